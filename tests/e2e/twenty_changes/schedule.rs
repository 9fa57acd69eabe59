use super::{Cast, trial};
use proxbox_fakes::fleet::{BackupJob, Fleet};
use serde_json::json;

/// The weekly copy, which keeps two and six of months.
fn weekly(fleet: &mut Fleet) -> &mut BackupJob {
    fleet.backup_jobs.iter_mut().find(|job| job.entry["schedule"] == "sat 03:30").unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_job_changes_its_retention_and_is_stale_when_it_is_gone() {
    let (mut trial, _) = trial().await;
    let id = trial.lab.change(|fleet| weekly(fleet).id.clone());
    trial
        .step(
            "retention",
            |fleet| {
                drop(weekly(fleet).entry.insert("prune-backups".into(), json!("keep-last=4,keep-monthly=6")))
            },
            &[&format!("backup-routines {id}: keep_last, raw_config")],
        )
        .await;
    trial
        .step(
            "switched off",
            |fleet| drop(weekly(fleet).entry.insert("enabled".into(), json!(0))),
            &[&format!("backup-routines {id}: enabled, raw_config")],
        )
        .await;
    let remove = |fleet: &mut Fleet| fleet.backup_jobs.retain(|job| job.id != id);
    let report = trial.step("removed", remove, &[&format!("backup-routines {id}: status")]).await;
    trial.tells(&report, "sync-stale", &id);
    trial.settle();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replication_changes_its_schedule_and_is_stale_when_it_is_gone() {
    let (mut trial, Cast { neighbour, .. }) = trial().await;
    let name = |text: &str| format!("replications neighbour / {neighbour}-0: {text}");
    trial
        .step(
            "schedule",
            |fleet| {
                let job = fleet.replications.iter_mut().find(|job| job.vmid == neighbour).unwrap();
                job.schedule = "mon..fri 22:00".into();
            },
            &[&name("raw_config, schedule")],
        )
        .await;
    let remove = |fleet: &mut Fleet| fleet.replications.retain(|job| job.vmid != neighbour);
    let report = trial.step("removed", remove, &[&name("status")]).await;
    trial.tells(&report, "sync-stale", &format!("{neighbour}-0"));
    trial.settle();
}

use super::{Cast, backup, trial};
use proxbox_fakes::fleet::{Backup, Fleet};

fn first(fleet: &mut Fleet) -> &mut Backup {
    fleet.backups.iter_mut().find(|backup| backup.volid.ends_with("/first")).unwrap()
}

fn without(fleet: &mut Fleet, name: &str) {
    let name = format!("/{name}");
    fleet.backups.retain(|backup| !backup.volid.ends_with(&name));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_snapshot_is_added_and_is_stale_when_it_is_gone() {
    let (mut trial, Cast { subject, .. }) = trial().await;
    trial
        .step(
            "taken",
            |fleet| fleet.take_snapshot(subject, "before-upgrade").unwrap(),
            &["snapshots subject / before-upgrade: new"],
        )
        .await;
    let remove = |fleet: &mut Fleet| {
        let guest = fleet.change(subject).unwrap();
        guest.snapshots.retain(|snapshot| snapshot.name != "before-upgrade");
        guest.current_parent = Some("golden".into());
    };
    let stale = ["snapshots subject / before-upgrade: status"];
    let report = trial.step("removed", remove, &stale).await;
    trial.tells(&report, "sync-stale", "before-upgrade");
    let status = trial.lab.netbox.list("plugins/proxbox/snapshots/?name=before-upgrade").await;
    trial.claims.same("its status", &status[0]["status"]["value"], "stale");
    trial
        .step_with(
            "with the flag",
            |job| job.options.delete_nonexistent_snapshot = true,
            |_| {},
            &["snapshots subject / before-upgrade: gone"],
        )
        .await;
    trial.settle();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_snapshot_of_the_same_name_is_active_again() {
    let (mut trial, Cast { subject, .. }) = trial().await;
    let remove = |fleet: &mut Fleet| fleet.change(subject).unwrap().snapshots.clear();
    trial.step("removed", remove, &["snapshots subject / golden: status"]).await;
    trial
        .step(
            "taken again",
            |fleet| {
                fleet.change(subject).unwrap().current_parent = None;
                fleet.take_snapshot(subject, "golden").unwrap();
            },
            &["snapshots subject / golden: snaptime, status"],
        )
        .await;
    trial.settle();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_is_made_verified_and_annotated() {
    let (mut trial, Cast { subject, .. }) = trial().await;
    let name = |text: &str| format!("backups subject / pbs-main:backup/vm/{subject}/{text}");
    trial
        .step("made", |fleet| fleet.backups.push(backup(fleet, subject, "second")), &[&name("second: new")])
        .await;
    trial
        .step(
            "verified",
            |fleet| first(fleet).verification = Some(("ok".into(), "UPID:pbs:1".into())),
            &[&name("first: verification_state, verification_upid")],
        )
        .await;
    trial
        .step("annotated", |fleet| first(fleet).notes = "before the move".into(), &[&name("first: notes")])
        .await;
    trial.settle();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_that_is_gone_stays_until_a_run_is_asked_to_remove_it() {
    let (mut trial, Cast { subject, .. }) = trial().await;
    let report = trial.step("gone", |fleet| without(fleet, "first"), &[]).await;
    trial.tells(&report, "sync-stale", "/first");
    let gone = format!("backups subject / pbs-main:backup/vm/{subject}/first: gone");
    trial
        .step_with("with the flag", |job| job.options.delete_nonexistent_backup = true, |_| {}, &[&gone])
        .await;
    trial.settle();
}

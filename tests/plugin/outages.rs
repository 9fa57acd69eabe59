//! The program is away, restarted, forgetful or under attack while the plugin works.

use proxbox_model::report::{ObjectResult, RunStatus};
use proxbox_tests::{PluginLab, SyncJob, Token};
use reqwest::Method;
use serde_json::json;

const GUESTS: usize = 30;

/// Claims that everything is in NetBox once, and that a completed job is what brought it there.
async fn is_whole(lab: &PluginLab, job: &SyncJob) {
    assert_eq!(job.status(), "completed", "{}\n{:#?}", job.error(), job.log());
    let more = lab.look_for_more().await;
    assert_eq!(more.status, RunStatus::Completed, "{:?}", more.problems);
    let left = more
        .objects
        .iter()
        .filter(|object| !matches!(object.result, ObjectResult::Unchanged | ObjectResult::Skipped { .. }));
    let left: Vec<String> = left.map(|object| format!("{}: {:?}", object.identity, object.result)).collect();
    assert!(left.is_empty(), "left undone: {left:#?}");
    let machines = lab.netbox.list("virtualization/virtual-machines/").await.len();
    assert_eq!(machines, lab.fleet().guests.len(), "nothing is twice");
}

async fn badge(lab: &PluginLab) -> serde_json::Value {
    let path = format!("/plugins/proxbox/keepalive-status/fastapi/{}/", lab.rows.backend);
    lab.browser().await.open(&path).await.json()
}

/// Saves the backend's row with a key of the operator's choice.
async fn save_key(lab: &PluginLab, key: &str) {
    let path = format!("plugins/proxbox/endpoints/fastapi/{}/", lab.rows.backend);
    let (status, saved) = lab.netbox.request(Method::PATCH, &path, Some(json!({ "token": key }))).await;
    assert_eq!(status, 200, "{saved}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_without_the_program_says_so_and_the_next_one_does_the_work() {
    let mut lab = PluginLab::start(2, GUESTS, Token::V1).await;
    lab.host.stop().await;
    let job = lab.full_update().await;
    assert_ne!(job.status(), "completed");
    assert!(job.error().contains("backend") || job.error().contains("Backend"), "{}", job.error());
    assert_eq!(lab.netbox.list("virtualization/virtual-machines/").await.len(), 0, "nothing was written");
    assert_eq!(badge(&lab).await["status"], "error");
    lab.host.start_again().await;
    is_whole(&lab, &lab.full_update().await).await;
}

/// Restarts the program in the middle of a job, the moment that a stage writes.
async fn restarted_during(stage: &str, end: impl AsyncFnOnce(&mut PluginLab)) {
    let mut lab = PluginLab::start(2, GUESTS, Token::V1).await;
    let job = lab.schedule(json!({ "sync_types": ["all"] })).await;
    let line = format!("Starting stage: {stage} ");
    lab.job_when(job, |job| job.says(&line)).await;
    let written = lab.host.runs().len();
    end(&mut lab).await;
    lab.host.start_again().await;
    let job = lab.end_of(job).await;
    assert!(lab.host.runs().len() > written, "it went on afterwards");
    is_whole(&lab, &job).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_in_the_middle_of_a_job_is_made_good_by_the_same_job() {
    restarted_during("task-history", async |lab: &mut PluginLab| lab.host.stop().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn so_is_a_power_cut() {
    restarted_during("vm-interfaces", async |lab: &mut PluginLab| lab.host.kill()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_keys_from_the_plugins_address_do_not_lock_it_out() {
    let lab = PluginLab::start(2, GUESTS, Token::V1).await;
    let mut refused = Vec::new();
    for number in 0..60 {
        let key = format!("a-wrong-key-number-{number:02}-0123456789");
        refused.push(lab.host.ask("/proxmox/endpoints", Some(&key)).await);
    }
    assert!(refused.iter().all(|status| matches!(status, 401 | 429)), "{refused:?}");
    assert!(refused.contains(&429), "the address is locked: {refused:?}");
    assert_eq!(badge(&lab).await["status"], "success");
    is_whole(&lab, &lab.full_update().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_with_a_wrong_key_says_so_and_a_right_one_is_enough_to_go_on() {
    let mut lab = PluginLab::start(2, GUESTS, Token::V1).await;
    lab.host.stop().await;
    let made = lab.host.run(&["key", "create", "--label", "another"]);
    lab.host.run(&["key", "delete", "1"]);
    lab.host.start_again().await;
    let job = lab.full_update().await;
    assert_eq!(job.status(), "errored");
    assert!(job.error().contains("API-key preflight failed"), "{}", job.error());
    assert!(job.says("candidate_rejected"), "{:#?}", job.log());
    assert_eq!(badge(&lab).await["status"], "error");
    save_key(&lab, String::from_utf8(made.stdout).unwrap().trim()).await;
    is_whole(&lab, &lab.full_update().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_database_is_told_and_a_new_key_is_enough_to_go_on() {
    let mut lab = PluginLab::start(2, GUESTS, Token::V1).await;
    is_whole(&lab, &lab.full_update().await).await;
    lab.host.stop().await;
    lab.host.forget();
    lab.host.start_again().await;
    let job = lab.full_update().await;
    assert_eq!(job.status(), "errored");
    assert!(job.error().contains("API-key preflight failed"), "{}", job.error());
    assert!(job.says("bootstrap_required"), "{:#?}", job.log());
    assert_eq!(badge(&lab).await["status"], "error");
    save_key(&lab, "a-key-of-the-operator-0123456789-abcdefghijklmnop").await;
    is_whole(&lab, &lab.full_update().await).await;
}

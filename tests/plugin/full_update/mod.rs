//! Two full updates of the plugin from an empty NetBox, with two nodes and a hundred guests.
//!
//! The jobs are run once; each test makes its claims about what they left.

mod estate;
mod job;
mod pages;

use proxbox_fakes::fleet::Fleet;
use proxbox_model::report::RunReport;
use proxbox_tests::{Page, PluginLab, RunLine, Served, Snapshot, SyncJob, Token};
use reqwest::Method;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::OnceCell;

/// A job and what was seen of it.
struct Update {
    job: SyncJob,
    /// Requests that the program answered meanwhile.
    served: Vec<Served>,
    /// Runs that it made meanwhile.
    runs: Vec<RunLine>,
    /// Requests that the cluster answered meanwhile.
    proxmox_requests: usize,
    /// NetBox afterwards.
    netbox: Snapshot,
    /// Entries of NetBox's change log that the job added, by the sort of object.
    changes: BTreeMap<String, usize>,
}

struct Story {
    fleet: Fleet,
    first: Update,
    second: Update,
    /// What the host itself still finds to write after both.
    more: Arc<RunReport>,
    /// Status badges by endpoint.
    badges: BTreeMap<&'static str, Json>,
    /// Pages by path.
    pages: BTreeMap<String, Page>,
}

static STORY: OnceCell<Arc<Story>> = OnceCell::const_new();

/// What happened.
async fn story() -> Arc<Story> {
    STORY.get_or_init(tell).await.clone()
}

async fn tell() -> Arc<Story> {
    let lab = PluginLab::start(2, 100, Token::V1).await;
    let fleet = lab.fleet();
    let first = update(&lab).await;
    let second = update(&lab).await;
    let (badges, pages) = pages::visit(&lab).await;
    let more = lab.look_for_more().await;
    Arc::new(Story { fleet, first, second, more, badges, pages })
}

async fn update(lab: &PluginLab) -> Update {
    let (served, runs) = (lab.host.served().len(), lab.host.runs().len());
    lab.proxmox.clear_requests();
    let before = newest_change(lab).await;
    let job = lab.full_update().await;
    let update = Update {
        served: lab.host.served().split_off(served),
        runs: lab.host.runs().split_off(runs),
        proxmox_requests: lab.proxmox.requests().len(),
        netbox: Snapshot::take(&lab.netbox).await,
        changes: changes_after(lab, before).await,
        job,
    };
    measure(&update);
    update
}

async fn newest_change(lab: &PluginLab) -> u64 {
    let path = "core/object-changes/?ordering=-id&limit=1";
    let (_, newest) = lab.netbox.request(Method::GET, path, None).await;
    newest["results"][0]["id"].as_u64().unwrap_or_default()
}

async fn changes_after(lab: &PluginLab, id: u64) -> BTreeMap<String, usize> {
    let mut sorts = BTreeMap::new();
    for change in lab.netbox.list(&format!("core/object-changes/?id__gt={id}&exclude=changed_object")).await {
        *sorts.entry(change["changed_object_type"].as_str().unwrap_or_default().to_owned()).or_default() += 1;
    }
    sorts
}

#[allow(clippy::print_stdout)]
fn measure(update: &Update) {
    let sum = |number: fn(&RunLine) -> u64| update.runs.iter().map(number).sum::<u64>();
    println!(
        "full update: {:.0} s, {} requests to NetBox of which {} write, {} to Proxmox; {} of the plugin to us",
        update.job.seconds(),
        sum(|run| run.netbox_requests),
        sum(|run| run.netbox_writes),
        update.proxmox_requests,
        update.served.len(),
    );
}

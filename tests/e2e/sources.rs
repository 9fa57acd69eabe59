//! A source is what issued its certificates, not what it is called: nothing is doubled, and nothing that is another's is written.

use futures::future::BoxFuture;
use proxbox_fakes::fleet::FleetSpec;
use proxbox_fakes::netbox::Flavour;
use proxbox_fakes::proxmox::Fault;
use proxbox_model::endpoint::{KnownSource, KnownSources};
use proxbox_model::report::{RunReport, RunStatus};
use proxbox_model::{Identity, Problem};
use proxbox_sync::{Job, SourceBook, SyncSettings, Synced, SyncedBook, Syncer, WriterLease};
use proxbox_tests::{Lab, LabBuilder, told};
use serde_json::Value;
use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex};
use std::time::Duration;

const MACHINES: &str = "virtualization/virtual-machines/";

/// A host on its own, called as the installer calls it.
fn host(seed: u64, network: u8) -> FleetSpec {
    FleetSpec { network, ..FleetSpec::standalone("pve", 6, seed) }
}

/// Two hosts of one name, each with networks of its own.
async fn two_hosts(flavour: Flavour) -> Lab {
    LabBuilder::default().flavour(flavour).fleet(host(1, 10)).fleet(host(2, 60)).start().await
}

/// A run over one of the endpoints.
async fn sync_one(lab: &Lab, index: usize) -> Arc<RunReport> {
    lab.run(Job { proxmox: vec![lab.endpoint(index)], ..lab.job() }).await
}

fn code_of(report: &RunReport, code: &str) -> bool {
    report.problems.iter().any(|problem| problem.code == code)
}

fn names(rows: &[Value]) -> BTreeSet<String> {
    rows.iter().map(|row| row["name"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hosts_of_one_name_stand_side_by_side() {
    for flavour in [Flavour::Bare, Flavour::CurrentPlugin] {
        let lab = two_hosts(flavour).await;
        let report = lab.sync().await;
        assert!(code_of(&report, "sync-source-told-apart"), "{:?}", report.problems);
        assert_eq!(report.counts.failed, 0, "{:#?}", report.objects);
        assert_eq!(lab.netbox.list(MACHINES).await.len(), 12);
        let clusters = names(&lab.netbox.list("virtualization/clusters/").await);
        assert_eq!(clusters, ["pve", "pve (pve-2)"].map(str::to_owned).into());
        assert_eq!(lab.netbox.list("dcim/devices/").await.len(), 2);
        assert_eq!(lab.sync().await.netbox_writes, 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn hosts_of_one_name_in_separate_runs_leave_each_other_alone() {
    let lab = two_hosts(Flavour::CurrentPlugin).await;
    sync_one(&lab, 0).await;
    let before = lab.look().await;
    let second = sync_one(&lab, 1).await;
    assert_eq!(second.counts.failed, 0, "{:#?}", second.problems);
    assert_eq!(lab.netbox.list(MACHINES).await.len(), 12);
    // The plugin's rows of the second endpoint get their links.
    let is_known = |change: &String| change.ends_with(": new") || change.contains(": netbox_");
    let mut rewritten = told(&before, &lab.look().await);
    rewritten.retain(|change| !is_known(change));
    assert_eq!(rewritten, Vec::<String>::new());
    for index in [0, 1, 0] {
        assert_eq!(sync_one(&lab, index).await.netbox_writes, 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_founds_a_cluster_keeps_its_machines_and_is_called_anew() {
    for flavour in [Flavour::Bare, Flavour::CurrentPlugin] {
        let spec = FleetSpec::standalone("pve", 6, 7);
        let lab = LabBuilder::default().flavour(flavour).fleet(spec).start().await;
        lab.sync().await;
        let before = lab.netbox.list(MACHINES).await;
        lab.change(|fleet| fleet.cluster = Some("home".to_owned()));
        let report = lab.sync().await;
        assert_eq!((report.counts.created, report.counts.failed), (0, 0), "{:#?}", report.objects);
        let after = lab.netbox.list(MACHINES).await;
        let ids = |rows: &[Value]| rows.iter().map(|row| row["id"].clone()).collect::<Vec<_>>();
        assert_eq!(ids(&before), ids(&after));
        assert_eq!(names(&lab.netbox.list("virtualization/clusters/").await), ["home".to_owned()].into());
        assert_eq!(lab.sync().await.netbox_writes, 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_loses_sight_of_the_cluster_writes_nothing_under_another_name() {
    let lab = Lab::with_plugin(2, 10).await;
    lab.sync().await;
    let before = lab.look().await;
    for fault in [Fault::Status(403, "Permission check failed".into()), Fault::Empty] {
        lab.proxmox[0].fault("*/cluster/status", fault);
        let report = lab.sync().await;
        assert_eq!(report.status, RunStatus::Partial);
        assert_eq!(told(&before, &lab.look().await), Vec::<String>::new());
        lab.proxmox[0].clear_faults();
    }
    let again = lab.sync().await;
    assert_eq!((again.netbox_writes, again.status), (0, RunStatus::Completed), "{:?}", again.problems);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_never_saw_the_cluster_writes_nothing_and_says_what_it_needs() {
    let lab = Lab::with_cluster(2, 4).await;
    lab.proxmox[0].fault("*/cluster/status", Fault::Status(403, "Permission check failed".into()));
    let report = lab.sync().await;
    assert!(code_of(&report, "sync-source-unknown"), "{:?}", report.problems);
    assert_eq!(lab.netbox.list(MACHINES).await, Vec::<Value>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn another_installation_behind_an_endpoint_is_told_and_not_written() {
    let lab = two_hosts(Flavour::Bare).await;
    sync_one(&lab, 0).await;
    let before = lab.look().await;
    let moved = proxbox_model::endpoint::ProxmoxEndpoint { id: 1, ..lab.endpoint(1) };
    let report = lab.run(Job { proxmox: vec![moved], ..lab.job() }).await;
    assert!(code_of(&report, "sync-source-changed"), "{:?}", report.problems);
    assert_eq!(told(&before, &lab.look().await), Vec::<String>::new());
    assert_eq!(sync_one(&lab, 0).await.netbox_writes, 0);
}

/// What two processes on one database share: a book and the right to write.
#[derive(Default)]
struct Shared {
    known: Mutex<KnownSources>,
    uuids: Mutex<HashMap<Identity, String>>,
    synced: Mutex<HashMap<(i64, String), Synced>>,
    writer: Mutex<Option<String>>,
}

impl SourceBook for Shared {
    fn known(&self) -> BoxFuture<'_, Result<KnownSources, Problem>> {
        let known = self.known.lock().unwrap().clone();
        Box::pin(async { Ok(known) })
    }

    fn learned(&self, endpoint: i64, source: KnownSource) -> BoxFuture<'_, Result<(), Problem>> {
        self.known.lock().unwrap().of_endpoints.insert(endpoint, source);
        Box::pin(async { Ok(()) })
    }

    fn uuids(&self) -> BoxFuture<'_, Result<HashMap<Identity, String>, Problem>> {
        let uuids = self.uuids.lock().unwrap().clone();
        Box::pin(async { Ok(uuids) })
    }

    fn uuids_learned(&self, uuids: HashMap<Identity, String>) -> BoxFuture<'_, Result<(), Problem>> {
        self.uuids.lock().unwrap().extend(uuids);
        Box::pin(async { Ok(()) })
    }
}

impl SyncedBook for Shared {
    fn synced(&self, endpoint: i64, netbox: &str) -> BoxFuture<'_, Result<Option<Synced>, Problem>> {
        let synced = self.synced.lock().unwrap().get(&(endpoint, netbox.to_owned())).cloned();
        Box::pin(async { Ok(synced) })
    }

    fn note_synced(&self, endpoint: i64, netbox: &str, synced: Synced) -> BoxFuture<'_, Result<(), Problem>> {
        self.synced.lock().unwrap().insert((endpoint, netbox.to_owned()), synced);
        Box::pin(async { Ok(()) })
    }
}

impl WriterLease for Shared {
    fn take(&self, _netbox: &str, holder: &str, _holds: Duration) -> BoxFuture<'_, Result<bool, Problem>> {
        let mut writer = self.writer.lock().unwrap();
        let taken = writer.as_deref().is_none_or(|writer| writer == holder);
        if taken {
            *writer = Some(holder.to_owned());
        }
        Box::pin(async move { Ok(taken) })
    }

    fn give_back(&self, _netbox: &str, holder: &str) -> BoxFuture<'_, Result<(), Problem>> {
        self.writer.lock().unwrap().take_if(|writer| writer == holder);
        Box::pin(async { Ok(()) })
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_processes_on_one_database_make_nothing_twice() {
    let lab = Lab::with_plugin(2, 12).await;
    let shared = Arc::new(Shared::default());
    let process = || {
        let transforms = Arc::clone(lab.syncer.transforms());
        Syncer::with_book(transforms, SyncSettings::default(), Arc::clone(&shared))
    };
    let (one, other) = (process(), process());
    let runs = [one.start(lab.job()).unwrap(), other.start(lab.job()).unwrap()];
    let mut made = Vec::new();
    for run in &runs {
        let report = run.wait().await;
        assert_eq!(report.status, RunStatus::Completed, "{:#?}", report.problems);
        made.push(report.counts.created);
    }
    assert_eq!(made.iter().filter(|made| **made == 0).count(), 1, "one of them found everything: {made:?}");
    assert_eq!(lab.netbox.list(MACHINES).await.len(), 12);
    assert_eq!(lab.netbox.list("virtualization/clusters/").await.len(), 1);
}

//! A generated fleet, read as a whole.

use crate::common::{connect, parts_of, quick};
use crate::fake::endpoint_of;
use proxbox_fakes::fleet::{Agent, Fleet as Estate, FleetSpec, Guest, GuestKind as Kind, GuestStatus, Task};
use proxbox_fakes::proxmox::{Account, FakeProxmox, Fault, Options, Rights};
use proxbox_model::facts::{AddressOrigin, AddressOwner, GuestKind};
use proxbox_proxmox::{Fleet, GuestRead, Parts, Proxmox, ProxmoxSettings, read_fleet};
use std::collections::BTreeSet;
use std::time::Duration;

fn lab() -> Estate {
    Estate::generate(&FleetSpec::new("lab", 3, 60, 7))
}

async fn serve(estate: Estate) -> FakeProxmox {
    FakeProxmox::start(estate, Options::http()).await.unwrap()
}

async fn read(fake: &FakeProxmox, parts: &Parts) -> Fleet {
    parts_of(&endpoint_of(fake), parts).await.unwrap()
}

async fn all(fake: &FakeProxmox) -> Fleet {
    read(fake, &Parts::all()).await
}

fn codes(fleet: &Fleet) -> Vec<&str> {
    fleet.problems.iter().map(|problem| problem.code.as_str()).collect()
}

fn notes(fleet: &Fleet) -> Vec<&str> {
    fleet.notes.iter().map(|note| note.code.as_str()).collect()
}

fn guest(fleet: &Fleet, vmid: u32) -> &GuestRead {
    fleet.guests.iter().find(|guest| guest.vmid == vmid).unwrap()
}

fn names(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// A running machine of the fleet whose agent answers.
fn talkative(estate: &Estate) -> u32 {
    let talks = |guest: &&Guest| guest.agent == Agent::Answers && guest.status == GuestStatus::Running;
    estate.guests.values().find(talks).unwrap().vmid
}

fn asks_inside(guest: &Guest) -> bool {
    guest.status == GuestStatus::Running && (guest.kind == Kind::Lxc || guest.agent != Agent::Absent)
}

#[tokio::test]
async fn everything_is_read_in_full() {
    let estate = lab();
    let fleet = all(&serve(lab()).await).await;
    assert!(fleet.complete && fleet.problems.is_empty(), "{:?}", fleet.problems);
    assert_eq!(fleet.notes, []);
    assert_eq!(
        fleet.node_interfaces.len(),
        estate.nodes.iter().map(|node| node.interfaces.len()).sum::<usize>()
    );
    assert_eq!(fleet.storages.len(), estate.storages.len());
    assert_eq!(fleet.routines.len(), estate.backup_jobs.len());
    assert_eq!(fleet.replications.len(), estate.replications.len());
    assert_eq!(fleet.tasks.len(), estate.tasks.iter().filter(|task| !task.about.is_empty()).count());
    let mut volumes: Vec<&str> = estate.backups.iter().map(|backup| backup.volid.as_str()).collect();
    let mut read: Vec<&str> = fleet.backups.iter().map(|backup| backup.volume_id.as_str()).collect();
    volumes.sort_unstable();
    read.sort_unstable();
    assert_eq!(read, volumes);

    let everyone: BTreeSet<u32> = estate.guests.keys().copied().collect();
    assert_eq!(fleet.seen.configs, everyone);
    assert_eq!(fleet.seen.snapshots, everyone);
    assert_eq!(fleet.seen.networks, names(&["pve1", "pve2", "pve3"]));
    assert_eq!(fleet.seen.backups, names(&["local", "nas-nfs", "pbs-main"]));
    assert!(fleet.seen.storages && fleet.seen.backup_jobs && fleet.seen.replications && fleet.seen.tasks);
}

#[tokio::test]
async fn every_guest_is_read_as_it_is() {
    let estate = lab();
    let fleet = all(&serve(lab()).await).await;
    for (read, real) in fleet.guests.iter().zip(estate.guests.values()) {
        let keys: BTreeSet<&str> = read.disks.iter().map(|disk| disk.key.as_str()).collect();
        assert_eq!(keys, real.disks.keys().map(String::as_str).collect());
        let nets: Vec<String> = real.nics.keys().map(|number| format!("net{number}")).collect();
        assert_eq!(read.interfaces.iter().map(|interface| interface.key.clone()).collect::<Vec<_>>(), nets);
        let macs: Vec<String> = real.nics.values().map(|nic| nic.mac.to_lowercase()).collect();
        assert_eq!(read.macs.iter().map(|mac| mac.mac.clone()).collect::<Vec<_>>(), macs);
        let snapshots: Vec<&str> = real.snapshots.iter().map(|snapshot| snapshot.name.as_str()).collect();
        assert_eq!(
            read.snapshots.iter().map(|snapshot| snapshot.name.as_str()).collect::<Vec<_>>(),
            snapshots
        );
        assert_eq!(read.cloud_init.is_some(), real.options.contains_key("ciuser"));
        let answers = asks_inside(real) && real.agent != Agent::Silent;
        assert_eq!(read.guest_interfaces.len(), if answers { real.interfaces.len() } else { 0 });
        let nothing_to_ask = real.template || (real.kind == Kind::Qemu && real.agent == Agent::Absent);
        assert_eq!(fleet.seen.agents.contains(&real.vmid), answers || nothing_to_ask, "{}", real.vmid);
        if answers {
            let inside: BTreeSet<String> = real
                .interfaces
                .iter()
                .filter(|interface| interface.mac.as_ref().is_some_and(|mac| macs.contains(mac)))
                .flat_map(|interface| interface.addresses.iter().map(|(ip, _)| ip.to_string()))
                .collect();
            assert_eq!(
                read.addresses.iter().map(|fact| fact.address.ip.clone()).collect::<BTreeSet<_>>(),
                inside
            );
            assert!(read.addresses.iter().all(|fact| fact.origin == AddressOrigin::Agent));
        }
        let primary = read.primary.iter().flat_map(|primary| &primary.candidates);
        assert!(primary.clone().all(|(_, address)| !address.ip.starts_with("fe80")));
        assert_eq!(primary.count(), read.addresses.iter().filter(|fact| !fact.link_local).count());
    }
}

#[tokio::test]
async fn each_thing_is_read_once_and_only_with_gets() {
    let estate = lab();
    let fake = serve(lab()).await;
    all(&fake).await;
    let requests = fake.requests();
    let mut paths: Vec<String> =
        requests.iter().map(|request| format!("{}?{}", request.path, request.query)).collect();
    paths.sort();
    let sent = paths.len();
    paths.dedup();
    assert_eq!(paths.len(), sent, "nothing twice");
    assert!(requests.iter().all(|request| request.method == "GET"));
    let inside = estate.guests.values().filter(|guest| asks_inside(guest)).count();
    assert_eq!(fake.count("/nodes/*/config"), 60);
    assert_eq!(fake.count("/nodes/*/snapshot"), 60);
    assert_eq!(fake.count("/nodes/*/network-get-interfaces") + fake.count("/nodes/*/interfaces"), inside);
    assert_eq!(fake.count("/nodes/*/network"), 3);
    assert_eq!(fake.count("/nodes/*/tasks"), 3);
    assert_eq!(fake.count("/nodes/*/storage/local/content"), 3);
    assert_eq!(fake.count("/nodes/*/storage/pbs-main/content"), 1);
    assert_eq!(fake.count("/nodes/*/storage/usb-archive/content"), 0, "it is switched off");
    assert_eq!(fake.count("/nodes/*/storage/local-lvm/content"), 0, "it holds no backups");
    assert_eq!(sent, 5 + 3 + 60 + 60 + inside + 3 + 3 + 3 + 1 + 1);
}

#[tokio::test]
async fn no_more_requests_are_under_way_than_allowed() {
    let options = Options { latency: Duration::from_millis(2), ..Options::http() };
    let fake = FakeProxmox::start(lab(), options).await.unwrap();
    let endpoint = endpoint_of(&fake);
    let settings = ProxmoxSettings { concurrency: 3, ..quick() };
    let client = Proxmox::connect(&endpoint, settings).await.unwrap();
    read_fleet(&client, &endpoint, 0, &Parts::all(), &|_, _| {}).await.unwrap();
    assert!((2..=3).contains(&fake.max_in_flight()), "{}", fake.max_in_flight());
}

#[tokio::test]
async fn two_reads_of_the_same_are_the_same() {
    let fake = FakeProxmox::start(lab(), Options { tick: 0, ..Options::http() }).await.unwrap();
    let (one, other) = (all(&fake).await, all(&fake).await);
    assert_eq!(one, other);
}

#[tokio::test]
async fn nothing_is_read_that_is_not_wanted() {
    let fake = serve(lab()).await;
    let fleet = read(&fake, &Parts::default()).await;
    assert_eq!(fake.requests().len(), 5);
    assert!(fleet.complete && fleet.guests.len() == 60);
    assert_eq!(fleet.seen, proxbox_proxmox::Seen::default());
    let real = lab();
    for read in &fleet.guests {
        let real = real.guest(read.vmid).unwrap();
        assert_eq!(
            (&read.name, &read.node, read.status.as_str()),
            (&real.name, &real.node, real.status.as_str())
        );
        assert_eq!((&read.facts, read.interfaces.len()), (&None, 0));
    }
}

#[tokio::test]
async fn of_the_other_guests_only_the_lists_are_read() {
    let fake = serve(lab()).await;
    let fleet = read(&fake, &Parts { only: Some([101, 103].into()), ..Parts::all() }).await;
    assert_eq!((fake.count("/nodes/*/config"), fake.count("/nodes/*/snapshot")), (2, 2));
    assert_eq!(fleet.seen.configs, BTreeSet::from([101, 103]));
    assert!(fleet.complete && fleet.guests.len() == 60);
    assert!(guest(&fleet, 100).facts.is_none() && guest(&fleet, 101).facts.is_some());
    assert_eq!(fleet.backups.len(), lab().backups.len());
}

#[tokio::test]
async fn node_addresses_and_vlans_come_from_the_networks() {
    let fake = serve(lab()).await;
    let fleet = read(&fake, &Parts { networks: true, ..Parts::default() }).await;
    let estate = lab();
    let addresses = |node: &proxbox_fakes::fleet::Node| {
        node.interfaces
            .iter()
            .map(|interface| interface.cidr.iter().chain(&interface.cidr6).count())
            .sum::<usize>()
    };
    assert_eq!(fleet.node_addresses.len(), estate.nodes.iter().map(addresses).sum::<usize>());
    assert!(fleet.node_addresses.iter().all(|fact| fact.origin == AddressOrigin::Node && !fact.link_local));
    let owner = AddressOwner::NodeInterface("pve1".to_owned(), "vmbr0".to_owned());
    assert!(fleet.node_addresses.iter().any(|fact| fact.owner == owner));
    assert_eq!(fleet.vlans_of_nodes.len(), 1);
    assert!(fleet.vlans_of_guests.is_empty());
}

#[tokio::test]
async fn an_agent_that_hangs_costs_one_short_wait_and_keeps_the_configured_addresses() {
    let mut estate = lab();
    let vmid = talkative(&estate);
    let options = &mut estate.guest_mut(vmid).unwrap().options;
    options.insert("ipconfig0".to_owned(), "ip=198.51.100.7/25,ip6=auto".into());
    let fake = serve(estate).await;
    let settings = ProxmoxSettings { timeout: Duration::from_secs(600), ..quick() };
    let endpoint = endpoint_of(&fake);
    let client = Proxmox::connect(&endpoint, settings).await.unwrap();
    let parts = Parts::all();
    let read = || read_fleet(&client, &endpoint, 0, &parts, &|_, _| {});
    fake.clear_requests();
    read().await.unwrap();
    let requests = fake.requests().len();
    fake.clear_requests();
    fake.fault(&format!("/nodes/*/qemu/{vmid}/agent/*"), Fault::Hang);
    let asked = async {
        let asked = async {
            while fake.requests().len() < requests {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(60), asked).await.expect("the rest is not asked for");
        // All the rest was asked for while the agent was waited for, and only that wait is left.
        tokio::time::pause();
        tokio::time::Instant::now()
    };
    let (asked, (fleet, came)) =
        tokio::join!(asked, async { (read().await.unwrap(), tokio::time::Instant::now()) });
    tokio::time::resume();
    let waited = came - asked;
    assert!(waited < Duration::from_secs(30), "{waited:?} of the ten minutes that others get");
    assert_eq!(fake.count(&format!("/nodes/*/qemu/{vmid}/agent/*")), 1, "it is not asked again");
    assert_eq!((codes(&fleet), notes(&fleet)), (vec![], vec!["proxmox-agent-timeout"]));
    let name = &guest(&fleet, vmid).name;
    let message = &fleet.notes[0].message;
    assert!(message.contains(&vmid.to_string()) && message.contains(name.as_str()), "{message}");
    assert!(!fleet.seen.agents.contains(&vmid) && fleet.seen.configs.contains(&vmid));
    let addresses = &guest(&fleet, vmid).addresses;
    assert_eq!(addresses.len(), 1);
    assert_eq!(
        (addresses[0].address.ip.as_str(), addresses[0].origin),
        ("198.51.100.7", AddressOrigin::Config)
    );
    let candidates = &guest(&fleet, vmid).primary.as_ref().unwrap().candidates;
    assert_eq!((candidates[0].0.as_str(), candidates[0].1.prefix), ("net0", Some(25)));
    assert!(fleet.complete);
}

#[tokio::test]
async fn agents_that_all_hang_are_given_up_after_a_few() {
    let fake =
        serve(Estate::generate(&FleetSpec { qemu_percent: 100, ..FleetSpec::new("lab", 1, 60, 7) })).await;
    fake.fault("/nodes/*/agent/*", Fault::Hang);
    let settings = ProxmoxSettings { timeout: Duration::from_millis(900), concurrency: 16, ..quick() };
    let endpoint = endpoint_of(&fake);
    let client = Proxmox::connect(&endpoint, settings).await.unwrap();
    let fleet = read_fleet(&client, &endpoint, 0, &Parts::all(), &|_, _| {}).await.unwrap();
    let asked = fake.count("/nodes/*/agent/*");
    assert!((10..=18).contains(&asked), "{asked}");
    assert!(notes(&fleet).iter().all(|code| *code == "proxmox-agent-timeout"));
    assert_eq!(notes(&fleet).len(), asked);
    assert_eq!(codes(&fleet), ["proxmox-agents-given-up"], "guests that were not asked at all are missed");
    assert_eq!(fleet.seen.snapshots.len(), 60);
}

#[tokio::test]
async fn an_agent_that_does_not_run_is_no_problem() {
    let mut estate = lab();
    let vmid = talkative(&estate);
    estate.guest_mut(vmid).unwrap().agent = Agent::Silent;
    let fleet = all(&serve(estate).await).await;
    assert!(fleet.problems.is_empty() && !fleet.seen.agents.contains(&vmid));
    assert!(guest(&fleet, vmid).guest_interfaces.is_empty());
}

#[tokio::test]
async fn what_proxmox_hides_from_an_auditor_is_noted_once_and_is_no_problem() {
    let account = Account::new("proxbox@pve", "password", "sync", "5ec2e7", Rights::auditor());
    let fake = FakeProxmox::start(lab(), Options::http().accounts(vec![account])).await.unwrap();
    let fleet = all(&fake).await;
    assert_eq!(codes(&fleet), [""; 0]);
    assert_eq!(notes(&fleet), ["proxmox-agents-forbidden", "proxmox-backups-hidden"]);
    let hint = fleet.notes[1].hint.as_deref().unwrap();
    for words in ["Datastore.AllocateSpace", "VM.Backup", "deleting"] {
        assert!(hint.contains(words), "which privileges show them, and what these allow besides: {hint}");
    }
    assert!(fleet.backups.is_empty() && fleet.seen.backups.is_empty());
    assert!(fleet.seen.storages && fleet.seen.tasks && fleet.complete);
}

#[tokio::test]
async fn an_account_that_may_not_see_every_storage_misses_what_was_asked_for() {
    let rights = Rights::auditor().grant("/storage/nas-nfs", &["Datastore.AllocateTemplate"]);
    let account = Account::new("proxbox@pve", "password", "sync", "5ec2e7", rights);
    let fake = FakeProxmox::start(lab(), Options::http().accounts(vec![account])).await.unwrap();
    let fleet = read(&fake, &Parts { storages: true, ..Parts::default() }).await;
    assert_eq!((codes(&fleet), notes(&fleet)), (vec!["proxmox-part-hidden"], vec![]));
    assert!(!fleet.seen.storages);
}

#[tokio::test]
async fn an_offline_node_is_told_once_and_not_asked() {
    let mut estate = lab();
    estate.set_node_online("pve2", false).unwrap();
    let fake = serve(estate).await;
    let fleet = all(&fake).await;
    assert_eq!(fake.count("/nodes/pve2/*"), 0);
    assert_eq!(codes(&fleet), ["proxmox-node-offline"]);
    assert_eq!(fleet.seen.networks, names(&["pve1", "pve3"]));
    assert_eq!(fleet.seen.backups, names(&["nas-nfs", "pbs-main"]), "local is on each node");
    assert!(!fleet.seen.tasks && fleet.seen.storages && fleet.seen.backup_jobs);
    let there = |guest: &&GuestRead| guest.node == "pve2";
    assert!(fleet.guests.iter().filter(there).all(|guest| !fleet.seen.snapshots.contains(&guest.vmid)));
}

#[tokio::test]
async fn a_shared_storage_is_read_through_the_next_node_when_the_first_does_not_answer() {
    let fake = serve(lab()).await;
    fake.fault("/nodes/pve1/storage/pbs-main/content", Fault::Status(500, "datastore is busy".into()));
    fake.fault("/nodes/pve2/storage/pbs-main/content", Fault::Status(595, "No route to host".into()));
    let fleet = read(&fake, &Parts { backups: true, ..Parts::default() }).await;
    assert!(fleet.problems.is_empty(), "{:?}", fleet.problems);
    let of_pbs: Vec<_> = fleet.backups.iter().filter(|backup| backup.storage == "pbs-main").collect();
    assert!(!of_pbs.is_empty() && of_pbs.iter().all(|backup| backup.node == "pve3"));
    assert!(fleet.seen.backups.contains("pbs-main"));
}

#[tokio::test]
async fn a_storage_that_cannot_be_read_leaves_the_others_alone() {
    for fault in [
        Fault::Status(500, "storage 'x' is not online".into()),
        Fault::Status(403, "Permission check failed".into()),
        Fault::Data("odd".into()),
    ] {
        let fake = serve(lab()).await;
        fake.fault("/nodes/*/storage/nas-nfs/content", fault.clone());
        let fleet = all(&fake).await;
        assert_eq!(fleet.problems.len(), 1, "{fault:?}: {:?}", fleet.problems);
        assert!(fleet.problems[0].message.contains("nas-nfs") && fleet.problems[0].hint.is_some());
        assert_eq!(fleet.seen.backups, names(&["local", "pbs-main"]));
        assert!(fleet.backups.iter().any(|backup| backup.storage == "pbs-main"));
        assert!(fleet.complete && fleet.seen.tasks);
    }
}

#[tokio::test]
async fn a_folder_that_every_node_mounts_lists_each_backup_once() {
    let mut estate = lab();
    for backup in estate.backups.iter_mut().filter(|backup| backup.storage == "nas-nfs") {
        backup.node = None;
    }
    let nas = estate.storages.iter_mut().find(|storage| storage.name == "nas-nfs").unwrap();
    (nas.kind, nas.shared) = ("dir".to_owned(), false);
    let expected = estate.backups.iter().filter(|backup| backup.storage == "nas-nfs").count();
    let fake = serve(estate).await;
    let fleet = all(&fake).await;
    assert_eq!(fake.count("/nodes/*/storage/nas-nfs/content"), 3, "nobody says that the nodes share it");
    let of_nas: Vec<_> = fleet.backups.iter().filter(|backup| backup.storage == "nas-nfs").collect();
    let volumes: BTreeSet<&str> = of_nas.iter().map(|backup| backup.volume_id.as_str()).collect();
    assert_eq!((of_nas.len(), volumes.len()), (expected, expected));
    assert!(of_nas.iter().all(|backup| backup.node == "pve1") && expected > 0);
    assert!(fleet.seen.backups.contains("nas-nfs") && fleet.problems.is_empty());
}

#[tokio::test]
async fn one_node_without_its_local_backups_leaves_the_storage_unseen() {
    let fake = serve(lab()).await;
    fake.fault("/nodes/pve3/storage/local/content", Fault::Status(500, "disk on fire".into()));
    let fleet = all(&fake).await;
    assert_eq!(codes(&fleet), ["proxmox-server-error"]);
    assert!(!fleet.seen.backups.contains("local") && fleet.seen.backups.contains("nas-nfs"));
}

#[tokio::test]
async fn a_refused_list_is_one_problem_and_the_rest_is_complete() {
    for (path, parts) in [
        ("/nodes/pve2/tasks", "tasks"),
        ("/nodes/pve2/network", "networks"),
        ("/storage", "storages"),
        ("/cluster/backup", "jobs"),
        ("/cluster/replication", "replications"),
    ] {
        let fake = serve(lab()).await;
        fake.fault(path, Fault::Status(403, "Permission check failed".into()));
        let fleet = all(&fake).await;
        assert_eq!(codes(&fleet), ["proxmox-forbidden"], "{path}");
        let seen = &fleet.seen;
        assert_eq!(seen.tasks, parts != "tasks");
        assert_eq!(seen.networks.contains("pve2"), parts != "networks");
        assert_eq!((seen.storages, seen.backups.is_empty()), (parts != "storages", parts == "storages"));
        assert_eq!((seen.backup_jobs, seen.replications), (parts != "jobs", parts != "replications"));
        assert!(fleet.complete && seen.networks.contains("pve1"));
        assert!(!fleet.tasks.is_empty());
    }
}

#[tokio::test]
async fn tasks_are_read_page_by_page_up_to_a_bound() {
    for (more, full, kept) in [(1200, true, 1200), (2300, false, 2000)] {
        let mut estate = Estate::generate(&FleetSpec::new("lab", 1, 1, 7));
        estate.tasks.clear();
        for number in 0..more {
            estate.tasks.push(Task {
                node: "pve1".to_owned(),
                kind: "vzstart".to_owned(),
                about: "999".to_owned(),
                user: "root@pam".to_owned(),
                started: 1_700_000_000 + u64::from(number),
                ended: Some(1_700_000_001 + u64::from(number)),
                status: "OK".to_owned(),
                pid: number,
                pstart: 1,
            });
        }
        let fake = serve(estate).await;
        let fleet = read(&fake, &Parts { tasks: true, ..Parts::default() }).await;
        assert_eq!((fleet.tasks.len(), fleet.seen.tasks), (kept, full));
        assert!(fleet.tasks.iter().all(|task| task.guest == GuestKind::Lxc && task.vmid == 999));
        assert_eq!(fleet.tasks.last().unwrap().started, 1_700_000_000 + u64::from(more) - 1, "the newest");
        assert!(fleet.problems.is_empty());
    }
}

#[tokio::test]
async fn passwords_of_guests_do_not_leave() {
    let mut estate = lab();
    let vmid = talkative(&estate);
    estate.guest_mut(vmid).unwrap().options.insert("cipassword".to_owned(), "hunter2".into());
    let fleet = all(&serve(estate).await).await;
    assert!(guest(&fleet, vmid).cloud_init.as_ref().unwrap().has_password);
    assert!(!format!("{fleet:?}").contains("hunter2"));
}

#[tokio::test]
async fn an_endpoint_of_one_node_is_read_in_full_too() {
    let fake = serve(Estate::generate(&FleetSpec::standalone("solo", 8, 1))).await;
    let endpoint = endpoint_of(&fake);
    let client = connect(&endpoint).await.unwrap();
    let fleet = read_fleet(&client, &endpoint, 0, &Parts::all(), &|_, _| {}).await.unwrap();
    assert!(fleet.complete && fleet.problems.is_empty(), "{:?}", fleet.problems);
    assert!(fleet.seen.tasks && fleet.seen.networks.contains("solo"));
}

#[tokio::test]
async fn of_one_guest_lists_are_asked_for_it_alone_and_tell_of_nothing_that_is_gone() {
    let fake = serve(lab()).await;
    let whole = read(&fake, &Parts::all()).await;
    let fleet = read(&fake, &Parts { only: Some([101].into()), ..Parts::all() }).await;
    let backups: Vec<_> = whole.backups.iter().filter(|backup| backup.vmid == Some(101)).cloned().collect();
    assert!(!backups.is_empty());
    assert_eq!(fleet.backups, backups);
    assert!(fleet.tasks.iter().all(|task| task.vmid == 101));
    assert!(fleet.seen.backups.is_empty() && !fleet.seen.tasks);
    assert!(!whole.seen.backups.is_empty());
}

#[tokio::test]
async fn of_another_cluster_than_the_one_meant_nothing_is_read_but_its_guests() {
    let fake = serve(lab()).await;
    let fleet = read(&fake, &Parts { cluster: Some("elsewhere".to_owned()), ..Parts::all() }).await;
    assert_eq!((fake.count("/nodes/*"), fleet.guests.len()), (1, 60), "its authority, and nothing else");
    assert!(fleet.storages.is_empty() && fleet.backups.is_empty());
}

#[tokio::test]
async fn of_one_node_only_its_own_lists_are_read() {
    let fake = serve(lab()).await;
    let on_it = Parts { networks: true, tasks: true, node: Some("pve1".to_owned()), ..Parts::default() };
    let fleet = read(&fake, &on_it).await;
    assert_eq!((fake.count("/nodes/*/network"), fake.count("/nodes/pve1/network")), (1, 1));
    assert!(fleet.node_interfaces.iter().all(|interface| interface.node == "pve1"));
    assert!(fleet.tasks.iter().all(|task| task.node == "pve1") && !fleet.seen.tasks);
    let guests = Parts { configs: true, guests_on: Some("pve1".to_owned()), ..Parts::default() };
    let fleet = read(&fake, &guests).await;
    assert!(fleet.guests.iter().all(|guest| guest.facts.is_some() == (guest.node == "pve1")));
}

//! A generated fleet behind a server that answers as Proxmox does.

use crate::common::{configs, connect, endpoint, fleet_of, quick};
use proxbox_fakes::fleet::{Fleet as Estate, FleetSpec, GuestKind as Kind};
use proxbox_fakes::proxmox::{Account, FakeProxmox, Fault, Options, Rights};
use proxbox_model::Diagnostic;
use proxbox_model::endpoint::{ProxmoxAuth, ProxmoxEndpoint};
use proxbox_model::facts::{ClusterMode, GuestKind};
use proxbox_proxmox::{Fleet, Proxmox, ProxmoxSettings, Step, read_fleet};
use std::time::Duration;

fn lab() -> Estate {
    Estate::generate(&FleetSpec { odd_names: true, ..FleetSpec::new("lab", 3, 40, 7) })
}

async fn serve(estate: Estate) -> FakeProxmox {
    FakeProxmox::start(estate, Options::http()).await.unwrap()
}

async fn serve_to(rights: Rights) -> FakeProxmox {
    let account = Account::new("proxbox@pve", "password", "sync", "5ec2e7", rights);
    FakeProxmox::start(lab(), Options::http().accounts(vec![account])).await.unwrap()
}

pub(crate) fn endpoint_of(fake: &FakeProxmox) -> ProxmoxEndpoint {
    let (username, name, value) = fake.token();
    ProxmoxEndpoint {
        username,
        auth: ProxmoxAuth::Token { name, value: value.into() },
        ..endpoint(&fake.url())
    }
}

async fn read(fake: &FakeProxmox) -> Fleet {
    fleet_of(&endpoint_of(fake)).await.unwrap()
}

fn codes(fleet: &Fleet) -> Vec<&str> {
    fleet.problems.iter().map(|problem| problem.code.as_str()).collect()
}

#[tokio::test]
async fn a_cluster_is_read_as_it_is() {
    let fake = serve(lab()).await;
    let fleet = read(&fake).await;
    assert!(fleet.complete && fleet.problems.is_empty(), "{:?}", fleet.problems);
    assert_eq!((fleet.source.mode, fleet.source.cluster.as_str()), (ClusterMode::Cluster, "lab"));
    assert_eq!(fleet.cluster.nodes, ["pve1", "pve2", "pve3"]);
    assert_eq!(fleet.guests.len(), 40);
    let estate = lab();
    for (read, real) in fleet.guests.iter().zip(estate.guests.values()) {
        let facts = read.facts.as_ref().unwrap().as_ref().unwrap();
        let disk: u64 = real
            .disks
            .iter()
            .filter(|(key, disk)| !key.starts_with("unused") && !disk.options.contains_key("media"))
            .filter_map(|(_, disk)| disk.storage().and(disk.bytes()))
            .sum();
        assert_eq!((facts.vmid, &facts.node, &facts.tags), (real.vmid, &real.node, &real.tags));
        assert_eq!(
            (facts.cpus, facts.memory, facts.disk),
            (real.cpus(), real.memory_bytes(), disk),
            "{}",
            real.vmid
        );
        assert_eq!((facts.template, facts.start_at_boot), (real.template, real.onboot));
        assert_eq!((facts.notes.trim(), facts.status.as_str()), (real.notes.trim(), real.status.as_str()));
        assert_eq!(facts.unprivileged, real.unprivileged);
        assert_eq!(facts.pool.as_deref(), estate.pool_of(real.vmid));
        assert!(!facts.name.is_empty());
        if !real.name.is_empty() {
            assert_eq!(facts.name, real.name);
        }
    }
}

#[tokio::test]
async fn a_read_sends_five_requests_and_one_for_each_guest_and_only_gets() {
    let fake = serve(lab()).await;
    let endpoint = endpoint_of(&fake);
    let client = connect(&endpoint).await.unwrap();
    read_fleet(&client, &endpoint, 0, &configs(), &|_, _| {}).await.unwrap();
    assert_eq!(client.requests(), 5 + 40);
    let requests = fake.requests();
    assert_eq!(requests.len(), 5 + 40);
    assert!(requests.iter().all(|request| request.method == "GET"));
    assert_eq!(fake.count("/cluster/resources"), 1);
}

#[tokio::test]
async fn no_more_requests_are_under_way_than_allowed() {
    let options = Options { latency: Duration::from_millis(5), ..Options::http() };
    let fake = FakeProxmox::start(lab(), options).await.unwrap();
    let endpoint = endpoint_of(&fake);
    let settings = ProxmoxSettings { concurrency: 3, ..quick() };
    let client = Proxmox::connect(&endpoint, settings).await.unwrap();
    read_fleet(&client, &endpoint, 0, &configs(), &|_, _| {}).await.unwrap();
    assert!((2..=3).contains(&fake.max_in_flight()), "{}", fake.max_in_flight());
}

#[tokio::test]
async fn a_node_outside_a_cluster_gives_its_own_name() {
    let fake = serve(Estate::generate(&FleetSpec::standalone("solo", 5, 1))).await;
    let fleet = read(&fake).await;
    assert_eq!(fleet.source.mode, ClusterMode::Standalone);
    assert_eq!(fleet.source.cluster, fleet.nodes[0].name);
    assert!(fleet.complete, "{:?}", fleet.problems);
}

#[tokio::test]
async fn guests_of_an_offline_node_are_reported_without_asking_for_them() {
    let mut estate = lab();
    estate.set_node_online("pve2", false).unwrap();
    let there: Vec<u32> =
        estate.guests.values().filter(|guest| guest.node == "pve2").map(|guest| guest.vmid).collect();
    let fake = serve(estate).await;
    let fleet = read(&fake).await;
    assert!(!there.is_empty());
    for guest in &fleet.guests {
        match guest.facts.as_ref().unwrap() {
            Ok(_) => assert!(!there.contains(&guest.vmid)),
            Err(problem) => {
                assert!(there.contains(&guest.vmid));
                assert_eq!(problem.code, "proxmox-node-offline");
                assert!(problem.message.contains("pve2"));
                let word = if guest.kind == GuestKind::Qemu { "VM" } else { "CT" };
                assert_eq!(guest.name, format!("{word} {}", guest.vmid));
            }
        }
    }
    assert_eq!(fake.count("/nodes/pve2/*"), 0);
    assert_eq!(codes(&fleet), ["proxmox-node-offline"]);
    let node = fleet.nodes.iter().find(|node| node.name == "pve2").unwrap();
    assert_eq!((node.online, node.cpus, node.memory, node.disk), (false, None, None, None));
    assert!(!fleet.complete);
}

#[tokio::test]
async fn an_unreadable_guest_leaves_the_others_alone() {
    let fake = serve(lab()).await;
    fake.fault("/nodes/*/100/config", Fault::Status(500, "unable to parse config".into()));
    let fleet = read(&fake).await;
    let failed: Vec<_> = fleet.guests.iter().filter(|guest| matches!(guest.facts, Some(Err(_)))).collect();
    assert_eq!(failed.iter().map(|guest| guest.vmid).collect::<Vec<_>>(), [100]);
    let problem = failed[0].facts.as_ref().unwrap().as_ref().unwrap_err();
    assert_eq!(problem.code, "proxmox-server-error");
    assert!(problem.message.contains("unable to parse config"), "{}", problem.message);
    assert!(!fleet.complete);
}

#[tokio::test]
async fn a_guest_without_a_name_is_called_by_its_vmid() {
    let mut estate = lab();
    let (vm, ct) = (estate.add_guest(Kind::Qemu, ""), estate.add_guest(Kind::Lxc, ""));
    let fleet = read(&serve(estate).await).await;
    let name = |vmid| fleet.guests.iter().find(|guest| guest.vmid == vmid).unwrap().name.clone();
    assert_eq!((name(vm), name(ct)), (format!("VM {vm}"), format!("CT {ct}")));
}

#[tokio::test]
async fn a_token_with_separated_privileges_is_told_from_an_empty_cluster() {
    let fleet = read(&serve_to(Rights::default().grant("/", &["Sys.Audit"])).await).await;
    assert!(fleet.guests.is_empty() && !fleet.complete);
    assert_eq!(codes(&fleet), ["proxmox-token-sees-nothing"]);
    assert!(fleet.problems[0].hint.as_ref().unwrap().contains("PVEAuditor"));
}

#[tokio::test]
async fn a_token_without_any_privilege_reads_a_restricted_source() {
    let fake = serve_to(Rights::default()).await;
    let fleet = read(&fake).await;
    assert_eq!((fleet.source.mode, fleet.source.cluster.as_str()), (ClusterMode::Restricted, "127.0.0.1"));
    assert_eq!(codes(&fleet), ["proxmox-restricted", "proxmox-token-sees-nothing"]);
    assert!(!fleet.complete);
}

#[tokio::test]
async fn an_account_that_sees_one_guest_is_never_complete() {
    let rights = Rights::default().grant("/", &["Sys.Audit"]).grant("/vms/100", &["VM.Audit"]);
    let fleet = read(&serve_to(rights).await).await;
    assert_eq!(fleet.guests.len(), 1);
    assert_eq!(codes(&fleet), ["proxmox-token-sees-part"]);
    assert!(!fleet.complete);
}

#[tokio::test]
async fn an_account_that_may_not_read_the_status_still_reads_its_guests() {
    let rights = Rights::default().grant("/vms", &["VM.Audit"]);
    let fleet = read(&serve_to(rights).await).await;
    assert_eq!(fleet.source.mode, ClusterMode::Restricted);
    assert_eq!(fleet.guests.iter().filter(|guest| matches!(guest.facts, Some(Ok(_)))).count(), 40);
    assert_eq!(fleet.cluster.nodes, ["pve1", "pve2", "pve3"]);
    assert!(fleet.nodes.iter().all(|node| node.online));
    assert!(!fleet.complete);
}

#[tokio::test]
async fn a_wrong_token_is_refused_at_once_in_proxmoxs_words() {
    let fake = serve(lab()).await;
    let wrong = ProxmoxAuth::Token { name: "sync".into(), value: "wrong".into() };
    let error = connect(&ProxmoxEndpoint { auth: wrong, ..endpoint_of(&fake) }).await.unwrap_err();
    assert_eq!(error.code(), "proxmox-unauthorized");
    assert!(error.to_string().contains("invalid token value!"), "{error}");
    assert_eq!(fake.requests().len(), 1);
}

#[tokio::test]
async fn a_password_reads_as_much_as_a_token_even_when_its_ticket_expires() {
    let fake = serve(lab()).await;
    let (username, password) = fake.password();
    let auth = ProxmoxAuth::Password(password.into());
    let endpoint = ProxmoxEndpoint { username, auth, ..endpoint_of(&fake) };
    let client = connect(&endpoint).await.unwrap();
    fake.expire_tickets();
    let fleet = read_fleet(&client, &endpoint, 0, &configs(), &|_, _| {}).await.unwrap();
    assert!(fleet.complete, "{:?}", fleet.problems);
    assert_eq!(fake.count("/access/ticket"), 2);
}

#[tokio::test]
async fn a_wrong_password_is_refused_at_the_login() {
    let fake = serve(lab()).await;
    let auth = ProxmoxAuth::Password("wrong".into());
    let error = connect(&ProxmoxEndpoint { auth, ..endpoint_of(&fake) }).await.unwrap_err();
    assert_eq!((error.step(), error.code()), (&Step::LogIn, "proxmox-unauthorized"));
    assert_eq!(fake.requests().len(), 1);
}

#[tokio::test]
async fn broken_answers_are_asked_for_again() {
    for fault in [Fault::Truncated, Fault::Reset, Fault::Dropped, Fault::Status(596, "Broken pipe".into())] {
        let fake = serve(lab()).await;
        fake.fault_times("/cluster/resources", fault.clone(), 2);
        assert!(read(&fake).await.complete, "{fault:?}");
        assert_eq!(fake.count("/cluster/resources"), 3, "{fault:?}");
    }
}

#[tokio::test]
async fn broken_answers_that_stay_broken_are_called_by_their_names() {
    for (fault, code) in [
        (Fault::Truncated, "proxmox-truncated"),
        (Fault::Reset, "proxmox-truncated"),
        (Fault::Html(200), "proxmox-html"),
        (Fault::Html(502), "proxmox-server-error"),
        (Fault::Garbage, "proxmox-not-json"),
        (Fault::Status(595, "No route to host".into()), "proxmox-node-unreachable"),
    ] {
        let fake = serve(lab()).await;
        fake.fault("/cluster/resources", fault.clone());
        let error = fleet_of(&endpoint_of(&fake)).await.unwrap_err();
        assert_eq!(error.code(), code, "{fault:?}");
        assert!(
            error.to_string().starts_with("Proxmox endpoint lab: reading /cluster/resources failed"),
            "{error}"
        );
        assert!(error.hint().is_some(), "{fault:?}");
    }
}

#[tokio::test]
async fn a_slow_guest_is_waited_for_and_a_hanging_one_is_given_up() {
    let fake = serve(lab()).await;
    fake.fault("/nodes/*/100/config", Fault::Slow(Duration::from_millis(50)));
    fake.fault("/nodes/*/101/config", Fault::Hang);
    let endpoint = endpoint_of(&fake);
    let settings = ProxmoxSettings { timeout: Duration::from_secs(2), max_retries: 0, ..quick() };
    let client = Proxmox::connect(&endpoint, settings).await.unwrap();
    let fleet = read_fleet(&client, &endpoint, 0, &configs(), &|_, _| {}).await.unwrap();
    let failed: Vec<_> = fleet.guests.iter().filter(|guest| matches!(guest.facts, Some(Err(_)))).collect();
    assert_eq!(failed.len(), 1);
    assert_eq!(
        (failed[0].vmid, failed[0].facts.as_ref().unwrap().as_ref().unwrap_err().code.as_str()),
        (101, "proxmox-timeout")
    );
}

#[tokio::test]
async fn an_empty_cluster_is_not_complete() {
    let fleet = read(&serve(Estate::generate(&FleetSpec::new("new", 2, 0, 1))).await).await;
    assert!(fleet.guests.is_empty() && fleet.problems.is_empty() && !fleet.complete);
}

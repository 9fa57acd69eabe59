//! Against the NetBox in memory: its rules, its releases and its faults.

use crate::support::{apply, create, created, endpoint, kind, object, plan, problem, quick, update};
use proxbox_fakes::netbox::{FakeNetbox, Fault, Options};
use proxbox_model::Diagnostic;
use proxbox_model::endpoint::{NetboxEndpoint, NetboxToken};
use proxbox_model::kind::{KINDS, Kind};
use proxbox_model::plan::{Action, Applied, Plan, Planned, PlannedObject};
use proxbox_netbox::{Netbox, NetboxSettings};
use secrecy::SecretString;
use serde_json::{Value as Json, json};
use std::time::Duration;

async fn fake(version: &str) -> FakeNetbox {
    FakeNetbox::start(Options::default().version(version)).await.unwrap()
}

fn client(fake: &FakeNetbox) -> Netbox {
    with_token(fake, NetboxToken::V1(SecretString::from(fake.token())), quick())
}

fn with_token(fake: &FakeNetbox, token: NetboxToken, settings: NetboxSettings) -> Netbox {
    Netbox::new(&NetboxEndpoint { token, ..endpoint(&fake.url()) }, settings).unwrap()
}

fn slugged(kind: &str, name: &str, fields: &[(&str, Planned)]) -> PlannedObject {
    let mut object = create(kind, name, fields);
    if let Action::Create(fields) = &mut object.action {
        fields.insert("slug".to_owned(), Planned::Ready(json!(name)));
    }
    object
}

/// A plan as a first run makes it: custom fields and a tag, a cluster, and so many guests in it.
fn first_run(guests: usize) -> Plan {
    let field = |name: &str, holds: &str| {
        let fields = [
            ("type", Planned::Ready(json!(holds))),
            ("object_types", Planned::Ready(json!(["virtualization.virtualmachine"]))),
        ];
        create("extras.customfield", name, &fields)
    };
    let mut objects = vec![
        slugged("extras.tag", "proxbox", &[("color", Planned::Ready(json!("ff5722")))]),
        field("proxmox_cluster", "text"),
        field("proxmox_vm_id", "integer"),
        slugged("virtualization.clustertype", "proxmox", &[]),
        create("virtualization.cluster", "lab", &[("type", Planned::IdOf(3))]),
    ];
    objects.extend((0..guests).map(|n| {
        let identity = [
            ("proxmox_cluster".to_owned(), Planned::Ready(json!("lab"))),
            ("proxmox_vm_id".to_owned(), Planned::Ready(json!(100 + n))),
        ];
        let fields = [
            ("cluster", Planned::IdOf(4)),
            ("status", Planned::Ready(json!("active"))),
            ("vcpus", Planned::Ready(json!(2.5))),
            ("tags", Planned::Ready(json!(["proxbox"]))),
            ("custom_fields", Planned::Map(identity.into())),
        ];
        let mut vm = create("virtualization.virtualmachine", &format!("vm{n}"), &fields);
        vm.needs = vec![0, 1, 2, 4];
        vm
    }));
    plan(objects)
}

fn vms(fake: &FakeNetbox) -> Vec<String> {
    let objects = fake.objects("virtualization.virtualmachine");
    objects.iter().map(|vm| vm["name"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_first_run_arrives_whole_and_can_be_read_back() {
    for version in ["4.5.9", "4.6.2", "4.7.3"] {
        let fake = fake(version).await;
        let netbox = client(&fake);
        let applied = apply(&netbox, &first_run(120)).await;
        assert_eq!(created(&applied), 125, "NetBox {version}: {applied:?}");
        assert_eq!(fake.writes().len(), 7, "one for each kind and three for the guests");
        assert_eq!(netbox.writes(), 7);

        let kinds: Vec<&'static Kind> = KINDS.iter().collect();
        let state = netbox.snapshot(&kinds).await.unwrap();
        let vm = kind("virtualization.virtualmachine");
        assert_eq!(state.objects(vm).count(), 120);
        let Applied::Created(id) = applied[5 + 7] else { panic!() };
        let read = state.get(vm, id).unwrap();
        assert_eq!(read["name"], "vm7");
        assert_eq!(read["custom_fields"]["proxmox_vm_id"], 107);
        assert_eq!(read["tags"], json!(["proxbox"]));
        let cluster = fake.find("virtualization.cluster", "name", "lab").unwrap();
        assert_eq!(read["cluster"], cluster["id"]);
        assert_eq!(state.holds(kind("virtualization.virtualmachinetype")), version != "4.5.9");
        assert_eq!(fake.max_in_flight(), 1);
    }
}

#[tokio::test]
async fn an_update_leaves_other_custom_fields_alone() {
    let fake = fake("4.7.3").await;
    let netbox = client(&fake);
    let Applied::Created(id) = apply(&netbox, &first_run(1)).await[5] else { panic!() };
    let change =
        update("virtualization.virtualmachine", id, &[("custom_fields.proxmox_cluster", json!("new"))]);
    assert_eq!(apply(&netbox, &plan(vec![change])).await, [Applied::Updated(id)]);
    let vm = fake.find("virtualization.virtualmachine", "name", "vm0").unwrap();
    assert_eq!(vm["custom_fields"], json!({"proxmox_cluster": "new", "proxmox_vm_id": 100}));
}

#[tokio::test]
async fn three_bad_guests_of_fifty_fail_alone_in_every_release() {
    for version in ["4.5.9", "4.6.2", "4.7.3"] {
        let fake = fake(version).await;
        let mut plan = first_run(50);
        for index in [5, 20, 54] {
            let Action::Create(fields) = &mut plan.objects[index].action else { panic!() };
            fields.insert("status".to_owned(), Planned::Ready(json!("no such status")));
        }
        let applied = apply(&client(&fake), &plan).await;
        assert_eq!(created(&applied), 52, "NetBox {version}");
        for index in [5, 20, 54] {
            let (code, message) = problem(&applied[index]);
            assert_eq!(code, "netbox-rejected");
            assert!(message.contains("status: no such status is not a valid choice"), "{message}");
        }
        assert_eq!(vms(&fake).len(), 47);
    }
}

#[tokio::test]
async fn a_guest_whose_name_is_taken_is_a_conflict_in_every_release() {
    for version in ["4.5.9", "4.6.2", "4.7.3"] {
        let fake = fake(version).await;
        let netbox = client(&fake);
        apply(&netbox, &first_run(1)).await;
        let cluster = fake.find("virtualization.cluster", "name", "lab").unwrap()["id"].clone();
        let vm = |name| {
            create("virtualization.virtualmachine", name, &[("cluster", Planned::Ready(cluster.clone()))])
        };
        let applied = apply(&netbox, &plan(vec![vm("new"), vm("vm0"), vm("newer")])).await;
        assert!(matches!(applied[1], Applied::Conflict(_)), "NetBox {version}: {applied:?}");
        assert_eq!(problem(&applied[1]).0, "netbox-name-taken");
        assert_eq!(vms(&fake), ["vm0", "new", "newer"]);
    }
}

#[tokio::test]
async fn a_request_carried_out_without_an_answer_leaves_no_duplicates() {
    for fault in [Fault::Lost, Fault::Truncated, Fault::Reset] {
        let fake = fake("4.7.3").await;
        fake.fault_times("POST /api/*", fault.clone(), 3);
        let netbox = client(&fake);
        let applied = apply(&netbox, &first_run(60)).await;
        assert_eq!(created(&applied), 65, "{fault:?}: {applied:?}");
        assert_eq!(vms(&fake), (0..60).map(|n| format!("vm{n}")).collect::<Vec<_>>());
        assert_eq!(fake.writes().len(), 6, "{fault:?}: none is sent twice");
    }
}

#[tokio::test]
async fn every_guest_arrives_once_though_every_second_request_goes_wrong() {
    let faults = [
        Fault::Dropped,
        Fault::Lost,
        Fault::Html(502),
        Fault::TooMany(0),
        Fault::Reset,
        Fault::Status(503, json!({"detail": "busy"})),
        Fault::Truncated,
        Fault::Html(504),
    ];
    for offset in 0..faults.len() {
        let fake = fake("4.7.3").await;
        let netbox = client(&fake);
        let mut plan = first_run(30);
        let mut told = 0;
        // A new fault for the next request whenever something is heard of.
        netbox.probe().await.unwrap();
        fake.fault_times("*", faults[offset].clone(), 1);
        let applied = netbox
            .apply(&plan, &mut |_, _, _| {
                told += 1;
                fake.clear_faults();
                fake.fault_times("*", faults[(offset + told) % faults.len()].clone(), 1);
            })
            .await;
        assert_eq!(created(&applied), 35, "from {offset}: {applied:?}");
        assert_eq!(vms(&fake), (0..30).map(|n| format!("vm{n}")).collect::<Vec<_>>());

        fake.clear_faults();
        for (object, applied) in plan.objects.iter_mut().zip(&applied) {
            let Applied::Created(id) = applied else { panic!() };
            object.action = Action::Unchanged { id: *id };
        }
        fake.clear_requests();
        netbox.apply(&plan, &mut |_, _, _| ()).await;
        assert!(fake.requests().is_empty());
    }
}

#[tokio::test]
async fn a_netbox_that_hangs_once_costs_one_timeout() {
    let fake = fake("4.7.3").await;
    fake.fault_times("POST /api/virtualization/virtual-machines/", Fault::Hang, 1);
    let settings = NetboxSettings { timeout: Duration::from_millis(500), ..quick() };
    let netbox = with_token(&fake, NetboxToken::V1(SecretString::from(fake.token())), settings);
    let applied = apply(&netbox, &first_run(40)).await;
    assert_eq!(created(&applied), 45);
    assert_eq!(vms(&fake).len(), 40);
    let sent = fake.count("POST /api/virtualization/virtual-machines/");
    assert_eq!(sent, 3, "once in vain, then in halves");
}

#[tokio::test]
async fn small_pages_hold_the_whole_list() {
    let fake = FakeNetbox::start(Options { max_page_size: 7, ..Options::default() }).await.unwrap();
    let netbox = client(&fake);
    apply(&netbox, &first_run(40)).await;
    let vm = kind("virtualization.virtualmachine");
    fake.clear_requests();
    assert_eq!(netbox.snapshot(&[vm]).await.unwrap().objects(vm).count(), 40);
    assert_eq!(fake.count("GET /api/virtualization/virtual-machines/"), 6);
}

#[tokio::test]
async fn both_kinds_of_token_are_good_and_the_wrong_one_is_named() {
    let fake = fake("4.7.3").await;
    let (key, secret) = fake.token_v2();
    let v2 = NetboxToken::V2 { key: key.to_owned(), secret: SecretString::from(secret) };
    assert_eq!(with_token(&fake, v2, quick()).probe().await.unwrap().version, "4.7.3");

    let v1_as_v2 = NetboxToken::V2 { key: "x".to_owned(), secret: SecretString::from(fake.token()) };
    let found = with_token(&fake, v1_as_v2, quick()).probe().await.unwrap();
    assert_eq!(found.problems[0].code, "netbox-token-version");

    let wrong = NetboxToken::V1(SecretString::from("wrong"));
    let error = with_token(&fake, wrong, quick()).probe().await.unwrap_err();
    assert_eq!(error.code(), "netbox-unauthorized");
    assert!(error.to_string().ends_with("Invalid v1 token"), "{error}");
}

#[tokio::test]
async fn a_token_that_may_only_read_reads_and_is_refused_when_it_writes() {
    let fake = fake("4.7.3").await;
    let token = NetboxToken::V1(SecretString::from(fake.read_only_token()));
    let netbox = with_token(&fake, token, quick());
    netbox.snapshot(&[kind("dcim.site")]).await.unwrap();
    let applied = apply(&netbox, &first_run(3)).await;
    assert_eq!(problem(&applied[0]).0, "netbox-forbidden");
    let Applied::Failed(why) = &applied[0] else { panic!() };
    assert!(why.hint.as_ref().unwrap().contains("enable writing"));
    assert_eq!(problem(&applied[5]).0, "netbox-needs-failed");
    assert!(fake.objects("extras.tag").is_empty());
}

#[tokio::test]
async fn an_object_deleted_during_the_run_fails_alone_in_every_release() {
    for version in ["4.5.9", "4.7.3"] {
        let fake = fake(version).await;
        let netbox = client(&fake);
        let ids: Vec<u64> = ["a", "b", "c"]
            .iter()
            .map(|name| {
                fake.insert("dcim/sites", &json!({"name": name, "slug": name})).unwrap()["id"]
                    .as_u64()
                    .unwrap()
            })
            .collect();
        fake.delete(&format!("dcim/sites/{}", ids[1])).unwrap();
        let objects = ids.iter().map(|id| update("dcim.site", *id, &[("description", json!("x"))])).collect();
        let applied = apply(&netbox, &plan(objects)).await;
        assert_eq!(applied[0], Applied::Updated(ids[0]), "NetBox {version}");
        assert_eq!(problem(&applied[1]).0, "netbox-object-gone", "NetBox {version}");
        assert_eq!(applied[2], Applied::Updated(ids[2]));
    }
}

#[tokio::test]
async fn what_is_decided_already_goes_along_with_what_is_written() {
    let fake = fake("4.7.3").await;
    let mut plan = first_run(0);
    let site: Json = fake.insert("dcim/sites", &json!({"name": "s", "slug": "s"})).unwrap();
    let id = site["id"].as_u64().unwrap();
    plan.objects.insert(3, object("dcim.site", "s", Action::Unchanged { id }));
    // The cluster refers to the cluster type, which has moved by one.
    if let Action::Create(fields) = &mut plan.objects[5].action {
        fields.insert("type".to_owned(), Planned::IdOf(4));
    }
    let applied = apply(&client(&fake), &plan).await;
    assert_eq!(applied[3], Applied::Unchanged(id));
    assert_eq!(created(&applied), 5);
}

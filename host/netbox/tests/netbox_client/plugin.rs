//! Against a NetBox with the plugin, whose rows have rules of their own.

use crate::support::{Lab, apply, created, endpoint, kind, object, plan, problem, quick, sites};
use proxbox_fakes::netbox::{FakeNetbox, Fault, Flavour, Options};
use proxbox_model::endpoint::{NetboxEndpoint, NetboxToken};
use proxbox_model::plan::{Action, Applied, Planned, PlannedObject};
use proxbox_netbox::Netbox;
use secrecy::SecretString;
use serde_json::{Value as Json, json};
use wiremock::matchers::{body_string_contains, method};
use wiremock::{Mock, ResponseTemplate};

const ROW: &str = "netbox_proxbox.proxboxvirtualmachinesyncstate";
const ROWS: &str = "plugins/proxbox/sync-state/virtual-machines";

async fn with(flavour: Flavour) -> (FakeNetbox, Netbox) {
    let fake = FakeNetbox::start(Options::default().flavour(flavour)).await.unwrap();
    let token = NetboxToken::V1(SecretString::from(fake.token()));
    let netbox = Netbox::new(&NetboxEndpoint { token, ..endpoint(&fake.url()) }, quick()).unwrap();
    (fake, netbox)
}

fn insert(fake: &FakeNetbox, path: &str, body: Json) -> u64 {
    fake.insert(path, &body).unwrap()["id"].as_u64().unwrap()
}

fn machines(fake: &FakeNetbox, count: usize) -> Vec<u64> {
    let kind = insert(fake, "virtualization/cluster-types", json!({"name": "t", "slug": "t"}));
    let cluster = insert(fake, "virtualization/clusters", json!({"name": "c", "type": kind}));
    let machine = |n| {
        let body = json!({"name": format!("vm{n}"), "cluster": cluster, "status": "active"});
        insert(fake, "virtualization/virtual-machines", body)
    };
    (0..count).map(machine).collect()
}

fn row(machine: u64) -> PlannedObject {
    let fields = [("virtual_machine", json!(machine)), ("proxmox_cluster_name", json!("lab"))];
    let fields = fields.map(|(name, value)| (name.to_owned(), Planned::Ready(value)));
    object(ROW, &format!("row of {machine}"), Action::Create(fields.into()))
}

#[tokio::test]
async fn a_conflict_that_names_nobody_is_halved_until_the_culprit_is_known() {
    let (fake, netbox) = with(Flavour::CurrentPlugin).await;
    let machines = machines(&fake, 20);
    insert(&fake, ROWS, json!({"virtual_machine": machines[13]}));
    fake.clear_requests();
    let applied = apply(&netbox, &plan(machines.iter().map(|id| row(*id)).collect())).await;
    assert_eq!(created(&applied), 19, "{applied:?}");
    let (code, message) = problem(&applied[13]);
    assert_eq!(code, "netbox-rejected");
    assert!(message.contains("already has a Proxbox sync-state row"), "{message}");
    assert_eq!(fake.objects(ROW).len(), 20);
    assert!(fake.writes().len() <= 11, "{} requests", fake.writes().len());
}

#[tokio::test]
async fn a_row_that_was_made_before_the_connection_broke_is_found_by_its_parent() {
    let (fake, netbox) = with(Flavour::CurrentPlugin).await;
    let machines = machines(&fake, 5);
    fake.fault_times(&format!("POST /api/{ROWS}/"), Fault::Lost, 1);
    let applied = apply(&netbox, &plan(machines.iter().map(|id| row(*id)).collect())).await;
    assert_eq!(created(&applied), 5, "{applied:?}");
    assert_eq!(fake.objects(ROW).len(), 5);
}

#[tokio::test]
async fn every_kind_of_the_current_plugin_is_there_and_can_be_read() {
    let (_fake, netbox) = with(Flavour::CurrentPlugin).await;
    let found = netbox.probe().await.unwrap();
    assert!(found.features.contains(&"sync-state".to_owned()), "{:?}", found.features);
    let kinds: Vec<_> = proxbox_model::kind::KINDS.iter().collect();
    let missing: Vec<_> = kinds.iter().filter(|kind| !found.supports(kind)).map(|kind| kind.name).collect();
    assert_eq!(missing, [""; 0]);
    let state = netbox.snapshot(&kinds).await.unwrap();
    assert!(kinds.iter().all(|kind| state.holds(kind)));
}

#[tokio::test]
async fn the_older_plugin_keeps_records_in_custom_fields() {
    let (_fake, netbox) = with(Flavour::OlderPlugin).await;
    let found = netbox.probe().await.unwrap();
    assert!(found.features.contains(&"proxmox-custom-fields".to_owned()), "{:?}", found.features);
    assert!(!found.supports(kind(ROW)));
    assert!(found.supports(kind("netbox_proxbox.proxmoxstorage")));
    assert!(found.supports(kind("netbox_proxbox.proxmoxendpoint")));
}

#[tokio::test]
async fn rows_of_the_plugin_are_removed_in_bulk() {
    let (fake, netbox) = with(Flavour::CurrentPlugin).await;
    let machine = machines(&fake, 1)[0];
    let path = "plugins/proxbox/snapshots";
    let snapshot = |n: u32| json!({"virtual_machine": machine, "name": format!("s{n}"), "vmid": 100, "node": "pve1", "subtype": "qemu", "status": "active"});
    let ids: Vec<u64> = (0..3).map(|n| insert(&fake, path, snapshot(n))).collect();
    fake.clear_requests();
    let delete = |id: &u64| object("netbox_proxbox.vmsnapshot", "s", Action::Delete { id: *id });
    let applied = apply(&netbox, &plan(ids.iter().map(delete).collect())).await;
    assert_eq!(applied, ids.iter().map(|id| Applied::Deleted(*id)).collect::<Vec<_>>());
    assert!(fake.objects("netbox_proxbox.vmsnapshot").is_empty());
    assert_eq!(fake.writes().len(), 1);
}

#[tokio::test]
async fn a_conflict_without_a_word_concerns_one_object_only() {
    for answer in
        [ResponseTemplate::new(409), ResponseTemplate::new(409).set_body_json(json!({"detail": "Conflict"}))]
    {
        let lab = Lab::start().await;
        Mock::given(method("POST"))
            .and(wiremock::matchers::path("/api/dcim/sites/"))
            .and(body_string_contains("site 5"))
            .respond_with(answer)
            .with_priority(1)
            .mount(&lab.server)
            .await;
        let applied = apply(&lab.client(), &sites((0..8).map(|n| format!("site {n}")))).await;
        assert_eq!(created(&applied), 7);
        assert_eq!(problem(&applied[5]).0, "netbox-rejected");
        assert!(problem(&applied[5]).1.ends_with("Conflict"), "{}", problem(&applied[5]).1);
    }
}

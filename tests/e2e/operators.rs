//! What operators enter between two runs: nothing is undone that Proxmox does not state, and no write is refused.

use proxbox_model::report::RunStatus;
use proxbox_tests::{Lab, LabBuilder, LabNetbox};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Edits between two runs.
const EDITS: usize = 200;

/// The same edits for the same seed.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % limit
    }

    fn one<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        let place = self.below(of.len());
        &of[place]
    }
}

/// What an operator has in NetBox to assign things to.
struct Estate {
    sites: Vec<Value>,
    tenants: Vec<Value>,
    roles: Vec<Value>,
    types: Vec<Value>,
    vlan: Value,
}

impl Estate {
    async fn enter(netbox: &LabNetbox) -> Self {
        let mut estate =
            Self { sites: vec![], tenants: vec![], roles: vec![], types: vec![], vlan: Value::Null };
        let maker = netbox.create("dcim/manufacturers/", json!({"name": "Dell", "slug": "dell"})).await;
        for name in ["berlin", "bonn"] {
            let named = json!({"name": name, "slug": name});
            estate.sites.push(netbox.create("dcim/sites/", named.clone()).await["id"].clone());
            estate.tenants.push(netbox.create("tenancy/tenants/", named).await["id"].clone());
            let role = json!({"name": format!("role {name}"), "slug": name, "color": "112233"});
            estate.roles.push(netbox.create("dcim/device-roles/", role).await["id"].clone());
            let model = json!({"manufacturer": maker["id"], "model": name, "slug": name, "u_height": 1});
            estate.types.push(netbox.create("dcim/device-types/", model).await["id"].clone());
        }
        let vlan = json!({"vid": 3999, "name": "behind the bridge"});
        estate.vlan = netbox.create("ipam/vlans/", vlan).await["id"].clone();
        estate
    }

    /// Something that an operator enters into a row of that list; none when Proxmox states what could be entered.
    fn edit(&self, dice: &mut Dice, path: &str, row: &Value, number: usize) -> Option<Value> {
        let text = format!("entered by hand, {number}");
        let free = |field: &str| row[field].is_null() || row[field] == "";
        Some(match (path, dice.below(5)) {
            ("dcim/devices/", 0) => json!({"site": dice.one(&self.sites)}),
            ("dcim/devices/", 1) => json!({"role": dice.one(&self.roles)}),
            ("dcim/devices/", 2) => json!({"device_type": dice.one(&self.types)}),
            ("dcim/devices/", 3) => {
                json!({"serial": format!("SN{number}"), "tenant": dice.one(&self.tenants)})
            }
            ("dcim/interfaces/", 0) if row["type"]["value"] == "other" => json!({"type": "10gbase-x-sfpp"}),
            ("dcim/interfaces/", 1) if free("mtu") => json!({"mtu": 9000}),
            ("dcim/interfaces/", 2) if free("description") => json!({"description": text}),
            ("dcim/interfaces/", _) => json!({"label": format!("port {number}")}),
            ("virtualization/virtual-machines/", 0) => json!({"tenant": dice.one(&self.tenants)}),
            ("virtualization/virtual-machines/", 1) => json!({"serial": format!("X{number}")}),
            ("virtualization/virtual-machines/", 2) if free("role") => json!({"role": dice.one(&self.roles)}),
            ("virtualization/virtual-machines/", 3) => json!({"description": text}),
            ("virtualization/interfaces/", 0) if row["mode"].is_null() => {
                json!({"mode": "access", "untagged_vlan": self.vlan})
            }
            ("virtualization/interfaces/", 1) if free("mtu") => json!({"mtu": 9000}),
            ("virtualization/interfaces/", _) => json!({"description": text}),
            ("virtualization/virtual-disks/", _) => json!({"description": text}),
            ("ipam/ip-addresses/", 0) => json!({"tenant": dice.one(&self.tenants)}),
            ("ipam/ip-addresses/", _) => json!({"description": text}),
            ("ipam/vlans/", 0) => json!({"name": format!("VLAN by hand {number}")}),
            ("ipam/vlans/", _) => json!({"description": text}),
            ("virtualization/clusters/", 0) => json!({"tenant": dice.one(&self.tenants)}),
            ("dcim/devices/" | "virtualization/virtual-machines/" | "virtualization/clusters/", _) => {
                json!({"comments": text})
            }
            _ => return None,
        })
    }
}

const LISTS: [&str; 8] = [
    "dcim/devices/",
    "dcim/interfaces/",
    "virtualization/virtual-machines/",
    "virtualization/interfaces/",
    "virtualization/virtual-disks/",
    "ipam/ip-addresses/",
    "ipam/vlans/",
    "virtualization/clusters/",
];

/// A value as it was written: the value of a choice, the id of a relation.
fn written(value: &Value) -> &Value {
    ["value", "id"].iter().find_map(|field| value.get(*field)).unwrap_or(value)
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_operators_enter_is_undone_and_no_write_is_refused() {
    edits_survive(Lab::with_cluster(3, 30).await, 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_operators_enter_beside_the_plugin_is_undone_and_no_write_is_refused() {
    edits_survive(Lab::with_plugin(3, 30).await, 2).await;
}

async fn edits_survive(lab: Lab, seed: u64) {
    let first = lab.sync().await;
    assert_eq!(first.counts.failed, 0, "{:?}", first.problems);
    let estate = Estate::enter(&lab.netbox).await;
    let mut dice = Dice(seed);
    let mut entered: BTreeMap<(&str, u64, String), Value> = BTreeMap::new();
    let mut rows: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
    for path in LISTS {
        rows.insert(path, lab.netbox.list(path).await);
    }
    for number in 0.. {
        let path = *dice.one(&LISTS);
        let row = dice.one(&rows[path]);
        let Some(edit) = estate.edit(&mut dice, path, row, number) else { continue };
        let id = row["id"].as_u64().unwrap();
        let (status, _) =
            lab.netbox.request(reqwest::Method::PATCH, &format!("{path}{id}/"), Some(edit.clone())).await;
        // NetBox lets nobody change a machine whose device was moved before the next run.
        if status == 400 {
            continue;
        }
        assert_eq!(status, 200, "{path}{id}/ {edit}");
        for (field, value) in edit.as_object().unwrap() {
            entered.insert((path, id, field.clone()), value.clone());
        }
        if number >= EDITS {
            break;
        }
    }
    let second = lab.sync().await;
    let refused: Vec<_> = second.objects.iter().filter(|object| !object.without.is_empty()).collect();
    assert_eq!((second.counts.failed, refused.len()), (0, 0), "{:#?} {refused:#?}", second.problems);
    assert_eq!(second.status, first.status, "{:#?}", second.problems);
    for path in LISTS {
        let held: BTreeMap<u64, Value> =
            lab.netbox.list(path).await.into_iter().map(|row| (row["id"].as_u64().unwrap(), row)).collect();
        for ((_, id, field), value) in entered.iter().filter(|((of, ..), _)| *of == path) {
            assert_eq!(written(&held[id][field]), value, "{path}{id} {field}: {:#?}", held[id]);
        }
    }
    let third = lab.sync().await;
    assert_eq!(third.netbox_writes, 0, "{:#?}", third.problems);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_says_whose_a_field_is_for_one_endpoint_or_all() {
    let rules = "virtualization.virtualmachine.memory=never, pve-1/dcim.device.description=mirror, \
                 other/virtualization.virtualmachine.vcpus=never";
    let spec = proxbox_fakes::fleet::FleetSpec::new("lab", 1, 4, 7);
    let lab = LabBuilder::default().fleet(spec).fields(rules).start().await;
    assert_eq!(lab.sync().await.status, RunStatus::Completed);
    let machine = lab.netbox.list("virtualization/virtual-machines/").await.remove(0);
    assert_eq!((&machine["memory"], machine["vcpus"].is_null()), (&Value::Null, false));
    let device = lab.netbox.list("dcim/devices/").await.remove(0)["id"].as_u64().unwrap();
    lab.netbox.change("dcim/devices/", device, json!({"description": "in rack 7"})).await;
    lab.sync().await;
    assert_eq!(lab.netbox.list("dcim/devices/").await[0]["description"], "Proxmox Node pve1");
}

//! A plan needs the rows that a run can touch, however much else is in NetBox. That every plan of these tests is the same with the
//! whole NetBox and with what is reached is asserted where they are made.

use crate::build::*;
use crate::netbox::Netbox;
use crate::parts::*;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use proxbox_model::kind;
use proxbox_reconcile::{Fact, FactOutcome, lower};
use serde_json::{Value as Json, json};

const ADDRESSES: [&str; 4] = ["192.0.2.10/24", "192.0.2.10/16", "192.0.2.11/24", "2001:db8::10/64"];
const MACS: [&str; 2] = ["BC:24:11:00:00:01", "BC:24:11:00:00:02"];

/// What somebody documents who has nothing to do with Proxmox.
#[derive(Clone, Debug)]
struct Foreign {
    name: &'static str,
    /// In our cluster, in one of their own, or in none.
    cluster: Option<bool>,
    is_device: bool,
    address: Option<&'static str>,
    is_primary: bool,
    mac: Option<&'static str>,
    vlan: Option<u16>,
}

fn any_foreign() -> impl Strategy<Value = Foreign> {
    (
        select(vec!["web", "WEB", "web (2)", "pve1", "PVE1", "pve1 (2)", "sw1"]),
        option::weighted(0.7, any::<bool>()),
        any::<bool>(),
        option::of(select(ADDRESSES.to_vec())),
        any::<bool>(),
        option::of(select(MACS.to_vec())),
        option::of(select(vec![10, 20, 30])),
    )
        .prop_map(|(name, cluster, is_device, address, is_primary, mac, vlan)| Foreign {
            name,
            cluster,
            is_device,
            address,
            is_primary,
            mac,
            vlan,
        })
}

/// Puts it into NetBox as far as that takes it.
fn document(netbox: &mut Netbox, foreign: &Foreign, number: usize) {
    let made = |netbox: &mut Netbox, kind: &str, fields: Json| netbox.try_put(kind, fields).ok();
    let their_own = |netbox: &mut Netbox, kind: &str, name: &str, mut fields: Json| {
        let held = netbox.all(kind).find(|(_, row)| row.fields.get("name") == Some(&json!(name)));
        fields["name"] = json!(name);
        held.map(|(id, _)| id).or_else(|| made(netbox, kind, fields))
    };
    let role = their_own(netbox, "dcim.devicerole", "switch", json!({"slug": "switch"}));
    let sort = their_own(netbox, "virtualization.clustertype", "theirs", json!({"slug": "theirs"}));
    let site = their_own(netbox, "dcim.site", "site-prod", json!({"slug": "site-prod"}));
    let theirs = their_own(netbox, CLUSTER, "theirs", json!({ "type": sort }));
    let ours = netbox.all(CLUSTER).find(|(_, row)| row.fields["name"] == "prod").map(|(id, _)| id);
    let cluster = foreign.cluster.and_then(|ours_too| if ours_too { ours } else { theirs });
    let vlan = foreign.vlan.and_then(|vid| {
        made(netbox, VLAN, json!({"vid": vid, "name": format!("theirs {number}"), "site": site}))
    });
    let (kind, cards, parent) = if foreign.is_device {
        (DEVICE, NODE_INTERFACE, "device")
    } else {
        (VM, INTERFACE, "virtual_machine")
    };
    let mut fields = json!({"name": foreign.name, "cluster": cluster});
    if foreign.is_device {
        fields["site"] = json!(site);
        fields["role"] = json!(role);
    }
    let Some(owner) = made(netbox, kind, fields) else { return };
    let mut fields = json!({"name": "net0", "untagged_vlan": vlan});
    fields[parent] = json!(owner);
    let Some(card) = made(netbox, cards, fields) else { return };
    let on = json!({"assigned_object_type": cards, "assigned_object_id": card});
    if let Some(mac) = foreign.mac {
        let mut fields = on.clone();
        fields["mac_address"] = json!(mac);
        made(netbox, MAC, fields);
    }
    if let Some(address) = foreign.address {
        let mut fields = on;
        fields["address"] = json!(address);
        let address = made(netbox, IP, fields);
        if let (Some(address), true, false) = (address, foreign.is_primary, foreign.is_device) {
            netbox.edit(VM, owner).fields.insert("primary_ip4".to_owned(), json!(address));
        }
    }
}

/// A source with guests that each have a card, a disk and an address.
fn estate(guests: &[(usize, usize)]) -> Vec<(Fact, FactOutcome)> {
    let mut facts = source("prod", []);
    let (mut cards, mut addresses) = (Vec::new(), Vec::new());
    for ((name, ip), vmid) in guests.iter().zip(101..) {
        let mut own = guest("prod", vmid, ["web", "db"][*name]).custom("proxmox_vm_type", text("qemu"));
        own.fact.macs = vec![MACS[*name].to_owned()];
        facts.push(own.into());
        cards.push(disk("prod", vmid, "scsi0", 1024));
        cards.push(interface("prod", vmid, "net0").hint(MACS[*name]));
        cards.push(mac("prod", vmid, "net0", MACS[*name]));
        addresses.push(address("prod", vmid, "net0", ADDRESSES[*ip]));
        addresses.push(primary("prod", vmid, ADDRESSES[*ip].split('/').next()));
    }
    facts.push(vlan("prod", 10).into());
    facts.extend(cards.into_iter().chain(addresses).map(Into::into));
    facts
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever others document, before the first run and between two: namesakes, the same addresses, MAC addresses and VLANs.
    #[test]
    fn a_plan_from_what_is_reached_is_that_from_the_whole_netbox(
        before in vec(any_foreign(), 0..6),
        between in vec(any_foreign(), 0..4),
        first in vec((0..2_usize, 0..4_usize), 0..4),
        then in vec((0..2_usize, 0..4_usize), 0..4),
    ) {
        let mut lab = Lab::new();
        before.iter().enumerate().for_each(|(number, foreign)| document(&mut lab.netbox, foreign, number));
        for (facts, foreign) in [(estate(&first), &between), (estate(&then), &between), (estate(&first), &Vec::new())] {
            lab.sources = read_in_full(&facts);
            lab.sync(&facts);
            let number = |place: usize| 100 + place;
            foreign.iter().enumerate().for_each(|(place, foreign)| document(&mut lab.netbox, foreign, number(place)));
        }
    }
}

#[test]
fn rows_that_have_nothing_to_do_with_the_run_are_not_read() {
    let mut lab = Lab::new();
    let facts = estate(&[(0, 0), (1, 2)]);
    lab.settle(&facts);
    for number in 0..40 {
        let name = ["sw1", "sw2"][number % 2];
        let is_device = number < 2;
        let (address, mac) = (None, None);
        let foreign = Foreign {
            name,
            cluster: Some(false),
            is_device,
            address,
            is_primary: false,
            mac,
            vlan: Some(30),
        };
        document(&mut lab.netbox, &foreign, number);
    }
    let lowered = lower(facts.clone(), &lab.world);
    let state = reached(&lab.netbox, &lowered, &read_in_full(&facts));
    for (name, ours) in [(DEVICE, 1), (VM, 2), (INTERFACE, 2), (DISK, 2), (MAC, 2), (IP, 2), (VLAN, 1)] {
        let kind = kind::find(name).unwrap();
        assert_eq!(state.objects(kind).count(), ours, "{name}");
        assert!(!state.is_whole(kind), "{name}");
    }
    assert!(lab.netbox.all(VLAN).count() > 10);
}

#[test]
fn names_with_a_number_that_others_have_are_read_as_far_as_they_go() {
    let mut lab = Lab::new();
    let site = json!({"name": "site-prod", "slug": "site-prod"});
    let site = lab.netbox.put("dcim.site", site);
    for number in 1..9 {
        let name = if number == 1 { "pve1".to_owned() } else { format!("PVE1 ({number})") };
        let theirs = json!({"name": name, "site": site, "custom_fields": {"proxmox_cluster": "other", "proxmox_node": name}});
        lab.netbox.put(DEVICE, theirs);
    }
    lab.sync(&source("prod", []));
    assert!(lab.netbox.names(DEVICE).contains(&"pve1 (9)".to_owned()), "{:?}", lab.netbox.names(DEVICE));
}

#[test]
fn the_names_around_a_machine_that_an_operator_put_into_another_cluster_are_read() {
    let mut lab = Lab::new();
    let machine = lab.sync(&source("prod", [guest("prod", 101, "web")])).id("prod", 101);
    let sort = lab.netbox.put("virtualization.clustertype", json!({"name": "theirs", "slug": "theirs"}));
    let theirs = lab.netbox.put(CLUSTER, json!({"name": "theirs", "type": sort}));
    lab.netbox.edit(VM, machine).fields.insert("cluster".to_owned(), json!(theirs));
    lab.netbox.put(VM, json!({"name": "shop", "cluster": theirs}));
    let mut shop = guest("prod", 101, "shop");
    shop.drafts[0].fields.retain(|field| field.name == "name");
    lab.sync(&source("prod", [shop]));
    assert_eq!(lab.netbox.row(VM, machine).fields["name"], json!("shop (2)"));
}

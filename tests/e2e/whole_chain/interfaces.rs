use super::{Whole, interface_name, whole};
use proxbox_fakes::fleet::{Guest, Nic};
use proxbox_tests::Claims;
use serde_json::{Value as Json, json};

/// `10;20;30-32` as numbers.
fn trunks(nic: &Nic) -> Vec<u64> {
    let parts = nic.trunks.as_deref().unwrap_or_default().split(';').filter(|part| !part.is_empty());
    let range = |part: &str| {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        first.parse::<u64>().unwrap()..=last.parse::<u64>().unwrap()
    };
    parts.flat_map(range).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_network_line_is_an_interface_field_by_field() {
    let whole = whole().await;
    let mut claims = Claims::default();
    for guest in whole.fleet.guests.values() {
        let own = whole.of_guest("virtualization/interfaces/", guest.vmid);
        let names = own.iter().map(|interface| interface["name"].as_str().unwrap().to_owned()).collect();
        let lines = guest.nics.keys().map(|number| interface_name(guest, *number)).collect();
        claims.same_set(format!("interfaces of {}", guest.vmid), names, lines);
        for (number, nic) in &guest.nics {
            is_shown(&mut claims, &whole, guest, *number, nic);
        }
    }
    claims.settle();
}

fn is_shown(claims: &mut Claims, whole: &Whole, guest: &Guest, number: u32, nic: &Nic) {
    let interface = whole.interface(guest, number);
    let who = format!("{} net{number}", guest.vmid);
    let tagged = trunks(nic);
    let mode = match (tagged.is_empty(), nic.tag) {
        (false, _) => Some("tagged"),
        (true, Some(_)) => Some("access"),
        (true, None) => None,
    };
    let mtu = nic.options.get("mtu").map(|mtu| mtu.parse::<u64>().unwrap()).filter(|mtu| *mtu > 1);
    claims.same(format!("{who} enabled"), &interface["enabled"], !nic.link_down);
    claims.same(format!("{who} mtu"), &interface["mtu"], json!(mtu));
    claims.same(format!("{who} mode"), &interface["mode"]["value"], json!(mode));
    claims.same(format!("{who} VLAN"), &interface["untagged_vlan"]["vid"], json!(nic.tag));
    let vids = interface["tagged_vlans"].as_array().into_iter().flatten();
    claims.same_set(
        format!("{who} trunks"),
        vids.map(|vlan| vlan["vid"].as_u64().unwrap()).collect(),
        tagged,
    );
    let bridge = nic.bridge.as_deref().unwrap();
    let described = interface["description"].as_str().unwrap_or_default();
    claims.that(described.contains(&format!("Bridge: {bridge}")), || format!("{who}: {described}"));
    let row = whole
        .one("plugins/proxbox/sync-state/vm-interfaces/", |row| row["vm_interface"]["id"] == interface["id"]);
    let port = whole.port(&guest.node, bridge);
    claims.that(port["id"].is_u64(), || format!("{who}: {bridge} of {} is not there", guest.node));
    claims.same(format!("{who} bridge"), &row["proxbox_bridge"]["id"], port["id"].clone());
}

#[tokio::test(flavor = "multi_thread")]
async fn every_network_line_has_its_mac_address_as_the_primary_one() {
    let whole = whole().await;
    let mut claims = Claims::default();
    let mut count = 0;
    for guest in whole.fleet.guests.values() {
        for (number, nic) in &guest.nics {
            count += 1;
            let who = format!("{} net{number}", guest.vmid);
            let interface = whole.interface(guest, *number);
            let mac = whole.one("dcim/mac-addresses/", |mac| {
                mac["assigned_object_type"] == "virtualization.vminterface"
                    && mac["assigned_object_id"] == interface["id"]
            });
            claims.same(format!("{who} MAC address"), &mac["mac_address"], nic.mac.as_str());
            let primary = &interface["primary_mac_address"]["id"];
            claims.same(format!("{who} primary MAC address"), primary, mac["id"].clone());
        }
    }
    claims.same("MAC addresses", &json!(whole.netbox.of("dcim/mac-addresses/").count()), count);
    claims.settle();
}

#[tokio::test(flavor = "multi_thread")]
async fn every_vlan_in_use_is_there_once() {
    let whole = whole().await;
    let mut claims = Claims::default();
    let nics = || whole.fleet.guests.values().flat_map(|guest| guest.nics.values());
    let mut used: Vec<u64> =
        nics().flat_map(trunks).chain(nics().filter_map(|nic| nic.tag.map(u64::from))).collect();
    let ports = whole.fleet.nodes.iter().flat_map(|node| &node.interfaces);
    used.extend(ports.filter_map(|port| port.options.get("vlan-id")?.parse::<u64>().ok()));
    used.sort_unstable();
    used.dedup();
    let vids = whole.netbox.of("ipam/vlans/").map(|vlan| vlan["vid"].as_u64().unwrap()).collect();
    claims.same_set("VLANs", vids, used);
    for vlan in whole.netbox.of("ipam/vlans/") {
        claims.same("its name", &vlan["name"], format!("VLAN {}", vlan["vid"]));
        claims.same("its status", &vlan["status"]["value"], Json::from("active"));
    }
    claims.settle();
}

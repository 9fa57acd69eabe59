use super::{Whole, interface_name, speaks, whole};
use proxbox_fakes::fleet::{Guest, GuestInterface, GuestKind};
use proxbox_tests::Claims;
use serde_json::{Value as Json, json};
use std::net::IpAddr;

/// Whether an address is worth a row: no loopback, no link-local one of IPv6.
fn counts(address: &IpAddr) -> bool {
    let is_local = matches!(address, IpAddr::V6(address) if address.is_unicast_link_local());
    !address.is_loopback() && !is_local
}

/// What a guest says of the interface behind a network line; none when it says nothing of it.
fn said(guest: &Guest, number: u32) -> Option<&GuestInterface> {
    let mac = guest.nics[&number].mac.to_lowercase();
    guest.interfaces.iter().find(|inside| inside.mac.as_ref() == Some(&mac)).filter(|_| speaks(guest))
}

/// Addresses behind a network line, `192.0.2.1/24`: those that the guest says, else those that are configured.
fn addresses(guest: &Guest, number: u32) -> Vec<String> {
    if let Some(inside) = said(guest, number) {
        let kept = inside.addresses.iter().filter(|(address, _)| counts(address));
        return kept.map(|(address, prefix)| format!("{address}/{prefix}")).collect();
    }
    let line: Vec<(String, String)> = match guest.kind {
        GuestKind::Lxc => guest.nics[&number].options.clone().into_iter().collect(),
        GuestKind::Qemu => {
            let line =
                guest.options.get(&format!("ipconfig{number}")).and_then(Json::as_str).unwrap_or_default();
            line.split(',')
                .filter_map(|part| part.split_once('='))
                .map(|(k, v)| (k.into(), v.into()))
                .collect()
        }
    };
    let of = |key: &str| line.iter().find(|(known, _)| known == key).map(|(_, value)| value.clone());
    ["ip", "ip6"].into_iter().filter_map(of).filter(|value| value.contains('/')).collect()
}

fn shown_on(whole: &Whole, interface: &Json) -> Vec<String> {
    let on = |address: &&Json| {
        address["assigned_object_type"] == "virtualization.vminterface"
            && address["assigned_object_id"] == interface["id"]
    };
    let text = |address: &Json| address["address"].as_str().unwrap().to_owned();
    whole.netbox.of("ipam/ip-addresses/").filter(on).map(text).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_address_of_a_guest_is_on_its_interface() {
    let whole = whole().await;
    let mut claims = Claims::default();
    for guest in whole.fleet.guests.values() {
        for number in guest.nics.keys() {
            let who = format!("{} {}", guest.vmid, interface_name(guest, *number));
            let shown = shown_on(&whole, whole.interface(guest, *number));
            claims.same_set(who, shown, addresses(guest, *number));
        }
    }
    claims.settle();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_address_of_each_family_is_the_primary_one() {
    let whole = whole().await;
    let mut claims = Claims::default();
    let mut primaries = 0;
    for guest in whole.fleet.guests.values() {
        let all: Vec<String> = guest.nics.keys().flat_map(|number| addresses(guest, *number)).collect();
        let vm = whole.machine(guest.vmid);
        for (field, is_ipv6) in [("primary_ip4", false), ("primary_ip6", true)] {
            let first = all.iter().find(|address| address.contains(':') == is_ipv6);
            primaries += usize::from(first.is_some());
            claims.same(format!("{} {field}", guest.vmid), &vm[field]["address"], json!(first));
        }
    }
    claims.that(primaries > 30, || format!("{primaries} primary addresses"));
    claims.settle();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_guest_says_of_its_interfaces_is_there_with_its_addresses() {
    let whole = whole().await;
    let mut claims = Claims::default();
    for guest in whole.fleet.guests.values() {
        let own = whole.of_guest("plugins/proxbox/guest-vm-interfaces/", guest.vmid);
        let is_loopback = |inside: &&GuestInterface| inside.addresses.iter().any(|(ip, _)| ip.is_loopback());
        let told: Vec<&GuestInterface> =
            guest.interfaces.iter().filter(|inside| speaks(guest) && !is_loopback(inside)).collect();
        let names = own.iter().map(|row| row["name"].as_str().unwrap()).collect();
        claims.same_set(
            format!("interfaces inside {}", guest.vmid),
            names,
            told.iter().map(|inside| inside.name.as_str()).collect(),
        );
        for inside in told {
            if let Some(row) = own.iter().find(|row| row["name"] == inside.name) {
                is_shown(&mut claims, &whole, guest, inside, row);
            }
        }
    }
    claims.settle();
}

fn is_shown(claims: &mut Claims, whole: &Whole, guest: &Guest, inside: &GuestInterface, row: &Json) {
    let who = format!("{} {}", guest.vmid, inside.name);
    let mac = inside.mac.as_deref().unwrap_or_default().to_uppercase();
    let line = guest.nics.iter().find(|(_, nic)| nic.mac == mac).map(|(number, _)| *number);
    claims.same(format!("{who} MAC address"), &row["mac_address"], mac);
    let interface = line.map(|number| whole.interface(guest, number)["id"].clone());
    claims.same(format!("{who} stands for"), &row["vm_interface"]["id"], json!(interface));
    let of = |link: &&Json| link["guest_interface"]["id"] == row["id"];
    let links = whole.netbox.of("plugins/proxbox/guest-vm-interface-addresses/").filter(of);
    let shown = links.map(|link| link["ip_address"]["address"].as_str().unwrap().to_owned()).collect();
    let expected = line.map(|number| addresses(guest, number)).unwrap_or_default();
    claims.same_set(format!("{who} addresses"), shown, expected);
}

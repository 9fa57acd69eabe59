//! What a guest says of its own interfaces.

use crate::addresses::{distinct, parse, prefix_of, with_prefix};
use crate::error::{Fault, SERVER_ERROR, TIMEOUT};
use crate::guest_config::mac;
use crate::lenient::Fields;
use crate::part::{Part, Place};
use crate::resources::ListedGuest;
use proxbox_model::Problem;
use proxbox_model::facts::{Address, GuestInterfaceFacts, GuestKind};
use serde_json::Value as Json;

/// Words of a refusal when nothing in the guest can answer, which is nobody's mistake.
const SILENT: &[&str] =
    &["not running", "no qemu guest agent", "disabled", "not found", "not supported", "unsupported"];

/// Where a guest is asked.
pub(crate) fn path(guest: &ListedGuest) -> String {
    guest.path(match guest.kind {
        GuestKind::Qemu => "agent/network-get-interfaces",
        GuestKind::Lxc => "interfaces",
    })
}

/// Reads the answer of an agent or of a container; none when nobody answered in the guest.
pub(crate) fn interfaces(
    guest: &ListedGuest,
    answer: &Json,
    place: &Place<'_>,
) -> Result<Option<Part<GuestInterfaceFacts>>, Fault> {
    let list = answer.get("result").unwrap_or(answer);
    if list.is_null() || list.get("error").is_some() {
        return Ok(None);
    }
    let mut part = Part::parse(list, place, |entry| interface(guest, entry).map(Some))?;
    part.items = each_once(part.items);
    Ok(Some(part))
}

fn interface(guest: &ListedGuest, entry: Fields<'_>) -> Result<GuestInterfaceFacts, &'static str> {
    let name = entry.text("name").ok_or("has no name")?;
    let address = entry.text("hardware-address").or_else(|| entry.text("hwaddr"));
    Ok(GuestInterfaceFacts {
        vmid: guest.vmid,
        guest: guest.kind,
        name,
        mac: address.and_then(|text| mac(&text)),
        addresses: distinct(addresses(entry)),
        net: None,
        raw: entry.to_json(),
    })
}

/// All addresses of an entry, in either spelling. A container has one of each family beside a list that may be empty, or hold only some.
fn addresses(entry: Fields<'_>) -> Vec<Address> {
    let list = entry.get("ip-addresses").and_then(Json::as_array).into_iter().flatten();
    let listed = list.filter_map(|one| address(Fields::of(one)));
    let beside = ["inet", "inet6"].iter().filter_map(|family| parse(&entry.text(family)?));
    listed.chain(beside).collect()
}

/// An interface that is listed several times, as some systems do for each family of addresses, is one. Interfaces of one name that
/// differ in their MAC address are two, whatever that means.
fn each_once(interfaces: Vec<GuestInterfaceFacts>) -> Vec<GuestInterfaceFacts> {
    let mut kept: Vec<GuestInterfaceFacts> = Vec::with_capacity(interfaces.len());
    for interface in interfaces {
        let same = |known: &&mut GuestInterfaceFacts| {
            known.name == interface.name
                && (known.mac == interface.mac || known.mac.is_none() || interface.mac.is_none())
        };
        match kept.iter_mut().find(same) {
            Some(known) => {
                known.mac = known.mac.take().or(interface.mac);
                let both = std::mem::take(&mut known.addresses).into_iter().chain(interface.addresses);
                known.addresses = distinct(both);
            }
            None => kept.push(interface),
        }
    }
    kept
}

fn address(entry: Fields<'_>) -> Option<Address> {
    let ip = entry.text("ip-address")?;
    match entry.text("prefix") {
        Some(prefix) => with_prefix(&ip, prefix_of(&prefix)),
        None => parse(&ip),
    }
}

/// Whether a refusal only says that nobody answers in the guest.
pub(crate) fn is_silent(problem: &Problem) -> bool {
    let message = problem.message.to_lowercase();
    problem.code == SERVER_ERROR && SILENT.iter().any(|words| message.contains(words))
}

/// Whether the guest took too long, for us or for Proxmox.
pub(crate) fn is_late(problem: &Problem) -> bool {
    let message = problem.message.to_lowercase();
    problem.code == TIMEOUT
        || (problem.code == SERVER_ERROR && (message.contains("timeout") || message.contains("timed out")))
}

/// Whether the account may not ask.
pub(crate) fn is_forbidden(problem: &Problem) -> bool {
    problem.code == "proxmox-forbidden"
}

/// A guest that took too long.
pub(crate) fn late(endpoint: &str, guest: &ListedGuest, name: &str) -> Problem {
    let (vmid, node) = (guest.vmid, &guest.node);
    let (who, hint) = match guest.kind {
        GuestKind::Qemu => (
            "the guest agent of VM",
            "Look at the agent inside the guest (systemctl status qemu-guest-agent), or switch it off in the guest's options; until it answers, its addresses come from the configuration.",
        ),
        GuestKind::Lxc => (
            "container",
            "Look at the container's node; until it answers, its addresses come from the configuration.",
        ),
    };
    Problem::new(
        "proxmox-agent-timeout",
        format!(
            "Proxmox endpoint {endpoint}: {who} {vmid} ({name}) on node {node} did not say its addresses in time"
        ),
    )
    .with_hint(hint)
}

/// Agents that the account may not ask, which before Proxmox VE 9 is so of every auditor; one note for all of them.
pub(crate) fn forbidden(endpoint: &str, guests: usize) -> Problem {
    Problem::new(
        "proxmox-agents-forbidden",
        format!("Proxmox endpoint {endpoint}: the account may not ask the guest agents of {guests} guests for their addresses"),
    )
    .with_hint("Addresses come from the configurations instead. Guest agents answer an account (user and token) with the privilege VM.GuestAgent.Audit on path /vms, which only reads; before Proxmox VE 9 that is VM.Monitor, which also allows commands to the monitors of the machines.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn guest(kind: GuestKind) -> ListedGuest {
        ListedGuest { vmid: 101, kind, node: "pve1".to_owned(), entry: serde_json::Map::new() }
    }

    fn read(kind: GuestKind, answer: &Json) -> Option<Part<GuestInterfaceFacts>> {
        interfaces(&guest(kind), answer, &Place { endpoint: "lab", path: "/x" }).unwrap()
    }

    fn shown(interface: &GuestInterfaceFacts) -> Vec<String> {
        interface.addresses.iter().map(crate::addresses::to_text).collect()
    }

    #[test]
    fn an_agent_tells_names_macs_and_addresses() {
        let part = read(
            GuestKind::Qemu,
            &json!({"result": [
                {"name": "lo", "hardware-address": "00:00:00:00:00:00",
                 "ip-addresses": [{"ip-address": "127.0.0.1", "prefix": 8, "ip-address-type": "ipv4"}]},
                {"name": "ens18", "hardware-address": "BC:24:11:00:00:01", "ip-addresses": [
                    {"ip-address": "192.0.2.5", "prefix": 24}, {"ip-address": "192.0.2.5", "prefix": "24"},
                    {"ip-address": "2001:DB8::0005", "prefix": 64}, {"ip-address": "fe80::1%ens18", "prefix": 64}, 7]},
                {"name": "Ethernet 2"},
            ]}),
        )
        .unwrap();
        assert!(part.full);
        let names: Vec<&str> = part.items.iter().map(|seen| seen.name.as_str()).collect();
        assert_eq!(names, ["lo", "ens18", "Ethernet 2"]);
        assert_eq!(part.items[1].mac.as_deref(), Some("bc:24:11:00:00:01"));
        assert_eq!(shown(&part.items[1]), ["192.0.2.5/24", "2001:db8::5/64", "fe80::1/64"]);
        assert_eq!((part.items[0].mac.as_ref(), part.items[0].addresses.len()), (None, 0));
    }

    #[test]
    fn containers_tell_the_same_in_both_of_their_shapes() {
        let old = json!([{"name": "eth0", "hwaddr": "bc:24:11:00:00:02", "inet": "192.0.2.6/24", "inet6": "fe80::2/64"}]);
        let new = json!([{"name": "eth0", "hardware-address": "bc:24:11:00:00:02", "inet": "192.0.2.6/24",
            "ip-addresses": [{"ip-address": "192.0.2.6", "prefix": 24, "ip-address-type": "inet"},
                {"ip-address": "fe80::2", "prefix": 64, "ip-address-type": "inet6"}]}]);
        for answer in [old, new] {
            let part = read(GuestKind::Lxc, &answer).unwrap();
            assert_eq!(part.items[0].mac.as_deref(), Some("bc:24:11:00:00:02"));
            assert_eq!(shown(&part.items[0]), ["192.0.2.6/24", "fe80::2/64"]);
        }
    }

    #[test]
    fn an_empty_list_does_not_hide_the_other_spelling() {
        let part = read(
            GuestKind::Lxc,
            &json!([{"name": "eth0", "hwaddr": "bc:24:11:00:00:02", "inet": "192.0.2.6/24", "inet6": "2001:db8::6/64",
                "ip-addresses": []}]),
        )
        .unwrap();
        assert_eq!(shown(&part.items[0]), ["192.0.2.6/24", "2001:db8::6/64"]);
    }

    #[test]
    fn each_spelling_completes_the_other() {
        let part = read(
            GuestKind::Lxc,
            &json!([{"name": "eth0", "inet": "192.0.2.6/24", "inet6": "fe80::2/64", "ip-addresses": [
                {"ip-address": "fe80::2", "ip-address-type": "inet6"}, {"ip-address": "192.0.2.7", "prefix": "24"}]}]),
        )
        .unwrap();
        assert_eq!(shown(&part.items[0]), ["fe80::2/64", "192.0.2.7/24", "192.0.2.6/24"]);
    }

    #[test]
    fn an_interface_that_is_listed_for_each_family_is_one() {
        let part = read(
            GuestKind::Qemu,
            &json!({"result": [
                {"name": "em0", "hardware-address": "bc:24:11:00:00:02", "ip-addresses": [{"ip-address": "192.0.2.6", "prefix": 24}]},
                {"name": "em0", "ip-addresses": [{"ip-address": "2001:db8::6", "prefix": 64}]},
                {"name": "em0", "hardware-address": "bc:24:11:00:00:03"}]}),
        )
        .unwrap();
        assert_eq!(part.items.len(), 2, "another MAC address is another interface");
        assert_eq!(shown(&part.items[0]), ["192.0.2.6/24", "2001:db8::6/64"]);
    }

    proptest! {
        #[test]
        fn no_address_of_any_spelling_is_lost(
            listed in proptest::collection::btree_set(1..200u8, 0..5),
            inet in proptest::option::of(1..200u8),
            inet6 in proptest::option::of(1..200u8),
        ) {
            let list: Vec<Json> = listed.iter().map(|n| json!({"ip-address": format!("192.0.2.{n}"), "prefix": 24})).collect();
            let answer = json!([{"name": "eth0", "ip-addresses": list, "inet": inet.map(|n| format!("192.0.2.{n}/24")),
                "inet6": inet6.map(|n| format!("2001:db8::{n}/64"))}]);
            let shown: std::collections::BTreeSet<String> = shown(&read(GuestKind::Lxc, &answer).unwrap().items[0]).into_iter().collect();
            let v4 = listed.iter().chain(&inet).map(|n| format!("192.0.2.{n}/24"));
            let v6 = inet6.iter().map(|n| format!("2001:db8::{n}/64"));
            prop_assert_eq!(shown, v4.chain(v6).collect());
        }
    }

    #[test]
    fn an_answer_without_a_list_is_nobodys_answer() {
        for answer in [json!(null), json!({"result": null}), json!({"result": {"error": {"class": "x"}}})] {
            assert_eq!(read(GuestKind::Qemu, &answer), None, "{answer}");
        }
    }

    #[test]
    fn silence_lateness_and_other_refusals_are_told_apart() {
        let refused = |reason: &str| Problem::new(SERVER_ERROR, format!("the server answered 500 {reason}"));
        for reason in
            ["QEMU guest agent is not running", "No QEMU guest agent configured", "VM 101 is not running"]
        {
            assert!(is_silent(&refused(reason)) && !is_late(&refused(reason)), "{reason}");
        }
        assert!(is_late(&refused("VM 101 qga command 'x' failed - got timeout")));
        assert!(is_late(&Problem::new("proxmox-timeout", "x")));
        let other = refused("unable to open file");
        assert!(!is_silent(&other) && !is_late(&other));
        assert!(!is_silent(&Problem::new("proxmox-forbidden", "not running")));
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(name in ".*", mac in ".*", ip in ".*", prefix in ".*") {
            let answer = json!({"result": [{"name": name, "hardware-address": mac, "inet": ip, "ip-addresses":
                [{"ip-address": ip, "prefix": prefix}]}]});
            let _ = read(GuestKind::Qemu, &answer);
        }
    }
}

//! Network lines of a guest's configuration, and the addresses that it sets.

use super::number_of;
use crate::addresses;
use crate::lenient::{Fields, unsigned};
use crate::properties::Properties;
use proxbox_model::facts::{Address, GuestKind, VmInterfaceFacts};
use serde_json::Value as Json;
use std::collections::BTreeSet;

/// Bits a second of one megabyte a second, the unit of `rate`.
const MEGABYTE: f64 = 8_000_000.0;
/// What `mtu=1` stands for: the bridge's own.
const MTU_OF_BRIDGE: u64 = 1;
const VLANS: std::ops::RangeInclusive<u16> = 1..=4094;

/// Every network line, by number.
pub(crate) fn all(vmid: u32, guest: GuestKind, config: Fields<'_>) -> Vec<VmInterfaceFacts> {
    numbered(config, "net")
        .into_iter()
        .map(|(key, line)| interface(vmid, guest, key, Properties::of(line)))
        .collect()
}

/// Addresses that the configuration sets, with the key of their interface: `net0`.
pub(crate) fn addresses(guest: GuestKind, config: Fields<'_>) -> Vec<(String, Address)> {
    let stem = match guest {
        GuestKind::Qemu => "ipconfig",
        GuestKind::Lxc => "net",
    };
    let mut found = Vec::new();
    for (key, line) in numbered(config, stem) {
        let net = format!("net{}", key.strip_prefix(stem).unwrap_or_default());
        let line = Properties::of(line);
        let set = ["ip", "ip6"].into_iter().filter_map(|name| addresses::parse(line.get(name)?));
        found.extend(set.map(|address| (net.clone(), address)));
    }
    found
}

/// Lines whose key is this and a number, by number.
pub(super) fn numbered<'a>(config: Fields<'a>, stem: &str) -> Vec<(&'a str, &'a str)> {
    let mut lines: Vec<(u32, &str, &str)> = config
        .iter()
        .filter_map(|(key, line)| Some((number_of(key, stem)?, key.as_str(), line.as_str()?)))
        .filter(|(_, _, line)| !line.trim().is_empty())
        .collect();
    lines.sort_unstable();
    lines.into_iter().map(|(_, key, line)| (key, line)).collect()
}

fn interface(vmid: u32, guest: GuestKind, key: &str, line: Properties<'_>) -> VmInterfaceFacts {
    let (model, mac) = match guest {
        GuestKind::Qemu => card(line),
        GuestKind::Lxc => (line.get("type").unwrap_or("veth"), line.get("hwaddr").and_then(mac)),
    };
    let text = |name: &str| line.get(name).filter(|text| !text.is_empty()).map(str::to_owned);
    let number = |name: &str| line.get(name).and_then(|text| unsigned(&Json::from(text)));
    VmInterfaceFacts {
        vmid,
        guest,
        key: key.to_owned(),
        name: text("name"),
        guest_name: None,
        model: model.to_owned(),
        mac,
        bridge: text("bridge"),
        vlan: number("tag").and_then(vlan),
        trunks: line.get("trunks").map(trunks).unwrap_or_default(),
        link_down: line.is_on("link_down"),
        firewall: line.is_on("firewall"),
        mtu: number("mtu").filter(|mtu| *mtu > MTU_OF_BRIDGE).and_then(|mtu| u32::try_from(mtu).ok()),
        rate: line.get("rate").and_then(rate),
        options: line.pairs().map(|(key, value)| (key.to_owned(), value.to_owned())).collect(),
    }
}

/// Model and MAC address of `virtio=BC:24:11:00:00:01` or `model=virtio,macaddr=BC:24:11:00:00:01`.
fn card(line: Properties<'_>) -> (&str, Option<String>) {
    let named = line.pairs().find_map(|(key, value)| {
        let address = mac(value)?;
        (!matches!(key, "macaddr" | "hwaddr")).then_some((key, Some(address)))
    });
    named.unwrap_or_else(|| (line.main(&["model"]).unwrap_or_default(), line.get("macaddr").and_then(mac)))
}

/// A MAC address in lower case with colons; none for what is none, or only zeros.
pub(crate) fn mac(text: &str) -> Option<String> {
    let mut digits = String::new();
    for c in text.trim().chars().filter(|c| !matches!(c, ':' | '-' | '.')) {
        digits.push(c.is_ascii_hexdigit().then(|| c.to_ascii_lowercase())?);
    }
    let pairs: Vec<&str> = (0..6).filter_map(|at| digits.get(at * 2..at * 2 + 2)).collect();
    let is_address = digits.len() == 12 && pairs.len() == 6 && digits.bytes().any(|digit| digit != b'0');
    is_address.then(|| pairs.join(":"))
}

/// A VLAN id that can be one.
pub(crate) fn vlan(number: u64) -> Option<u16> {
    u16::try_from(number).ok().filter(|id| VLANS.contains(id))
}

/// `10;20-22` as 10, 20, 21, 22.
fn trunks(text: &str) -> Vec<u16> {
    let mut ids = BTreeSet::new();
    for part in crate::lenient::parts(text) {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        if let (Ok(first), Ok(last)) = (first.parse::<u16>(), last.parse::<u16>()) {
            ids.extend(first.max(*VLANS.start())..=last.min(*VLANS.end()));
        }
    }
    ids.into_iter().collect()
}

/// Bits a second of megabytes a second.
fn rate(text: &str) -> Option<u64> {
    let megabytes = crate::lenient::number(&Json::from(text))?;
    unsigned(&Json::from((megabytes * MEGABYTE).round())).filter(|bits| *bits > 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn machine(config: &Json) -> Vec<VmInterfaceFacts> {
        all(101, GuestKind::Qemu, Fields::of(config))
    }

    fn card_of(line: &str) -> (String, Option<String>) {
        let interface = machine(&json!({"net0": line})).remove(0);
        (interface.model, interface.mac)
    }

    #[test]
    fn cards_of_every_model_and_spelling_are_read() {
        for model in
            ["virtio", "e1000", "e1000e", "rtl8139", "vmxnet3", "ne2k_pci", "i82551", "e1000-82540em"]
        {
            let expected = (model.to_owned(), Some("bc:24:11:0a:0b:0c".to_owned()));
            for line in [
                format!("{model}=BC:24:11:0A:0B:0C,bridge=vmbr0"),
                format!("bridge=vmbr0,{model}=bc:24:11:0a:0b:0c"),
                format!("model={model},macaddr=BC-24-11-0A-0B-0C,bridge=vmbr0"),
                format!("{model},macaddr=BC24.110A.0B0C"),
            ] {
                assert_eq!(card_of(&line), expected, "{line}");
            }
        }
        assert_eq!(card_of("virtio,bridge=vmbr0"), ("virtio".to_owned(), None));
    }

    #[test]
    fn every_option_of_a_machines_line_is_read() {
        let line = "virtio=BC:24:11:00:00:01,bridge=vmbr1,firewall=1,link_down=1,mtu=9000,rate=12.5,tag=40,trunks=10;20-22;20";
        let interface = machine(&json!({"net0": line})).remove(0);
        assert_eq!((interface.key.as_str(), interface.bridge.as_deref()), ("net0", Some("vmbr1")));
        assert!(interface.firewall && interface.link_down);
        assert_eq!((interface.mtu, interface.rate), (Some(9000), Some(100_000_000)));
        assert_eq!((interface.vlan, interface.trunks), (Some(40), vec![10, 20, 21, 22]));
        assert_eq!(interface.options.len(), 8);
        assert_eq!(interface.options[1], ("bridge".to_owned(), "vmbr1".to_owned()));
    }

    #[test]
    fn a_containers_line_is_read() {
        let line =
            "name=eth0,bridge=vmbr0,hwaddr=BC:24:11:00:00:02,ip=192.0.2.5/24,gw=192.0.2.1,ip6=auto,type=veth";
        let config = json!({"net0": line});
        let interface = all(200, GuestKind::Lxc, Fields::of(&config)).remove(0);
        assert_eq!((interface.name.as_deref(), interface.model.as_str()), (Some("eth0"), "veth"));
        assert_eq!(interface.mac.as_deref(), Some("bc:24:11:00:00:02"));
        assert!(!interface.firewall && !interface.link_down);
    }

    #[test]
    fn interfaces_come_by_number_also_after_a_gap() {
        let config = json!({"net10": "virtio", "net5": "virtio", "net0": "virtio", "net": "x", "netx": "x", "net7": 7});
        let keys: Vec<String> = machine(&config).into_iter().map(|interface| interface.key).collect();
        assert_eq!(keys, ["net0", "net5", "net10"]);
    }

    #[test]
    fn what_an_option_cannot_be_is_none() {
        let interface =
            machine(&json!({"net0": "virtio=x,tag=0,mtu=1,rate=0,trunks=9-5;x;4090-9000"})).remove(0);
        assert_eq!((interface.mac, interface.vlan, interface.mtu, interface.rate), (None, None, None, None));
        assert_eq!(interface.trunks, [4090, 4091, 4092, 4093, 4094]);
        for text in ["", "00:00:00:00:00:00", "BC:24:11:00:00", "BC:24:11:00:00:01:02", "zz:24:11:00:00:01"] {
            assert_eq!(mac(text), None, "{text}");
        }
    }

    #[test]
    fn addresses_come_from_the_lines_of_their_kind() {
        let config = json!({
            "net0": "name=eth0,ip=192.0.2.5/24,ip6=2001:DB8:0::5/64",
            "net1": "name=eth1,ip=dhcp,ip6=auto",
            "net2": "name=eth2,ip=manual,ip6=manual",
            "ipconfig1": "ip=198.51.100.7/25,gw=198.51.100.1,ip6=dhcp",
            "ipconfig3": "gw=198.51.100.1,ip6=fe80::7",
        });
        let found = |guest| -> Vec<String> {
            let found = addresses(guest, Fields::of(&config));
            found.iter().map(|(key, address)| format!("{key} {}", addresses::to_text(address))).collect()
        };
        assert_eq!(found(GuestKind::Lxc), ["net0 192.0.2.5/24", "net0 2001:db8::5/64"]);
        assert_eq!(found(GuestKind::Qemu), ["net1 198.51.100.7/25", "net3 fe80::7"]);
    }

    proptest! {
        #[test]
        fn no_line_makes_it_panic(line in ".*", odd in "[a-z0-9=,;:.-]{0,40}") {
            for line in [line, odd] {
                for guest in [GuestKind::Qemu, GuestKind::Lxc] {
                    let config = json!({"net0": line, "ipconfig0": line});
                    let _ = (all(1, guest, Fields::of(&config)), addresses(guest, Fields::of(&config)));
                }
            }
        }
    }
}

//! IP addresses as Proxmox and guests write them, in the one form that this crate gives.

use proxbox_model::facts::{
    Address, AddressOrigin, AddressOwner, GuestInterfaceFacts, IpAddressFacts, PrimaryIpFacts,
    VmInterfaceFacts,
};
use std::net::IpAddr;

/// Reads `192.0.2.1/24`, `2001:db8::1` or `fe80::1%eth0`. None for words such as `dhcp`, and for what no interface can be reached at:
/// loopback, unspecified and multicast addresses.
pub(crate) fn parse(text: &str) -> Option<Address> {
    let (ip, prefix) = match text.trim().split_once('/') {
        Some((ip, prefix)) => (ip, prefix_of(prefix)),
        None => (text.trim(), None),
    };
    with_prefix(ip, prefix)
}

/// The same with the prefix length beside it.
pub(crate) fn with_prefix(ip: &str, prefix: Option<u64>) -> Option<Address> {
    let ip = ip.split('%').next().unwrap_or_default().trim().parse::<IpAddr>().ok()?;
    if ip.is_loopback() || ip.is_unspecified() || ip.is_multicast() {
        return None;
    }
    let longest = if ip.is_ipv4() { 32 } else { 128 };
    let prefix = prefix.and_then(|prefix| u8::try_from(prefix).ok()).filter(|prefix| *prefix <= longest);
    Some(Address { ip: ip.to_string(), prefix })
}

/// A prefix length, or a netmask of IPv4.
pub(crate) fn prefix_of(text: &str) -> Option<u64> {
    let text = text.trim();
    if let Ok(mask) = text.parse::<std::net::Ipv4Addr>() {
        let bits = mask.to_bits();
        return (bits.leading_ones() == bits.count_ones()).then(|| u64::from(bits.count_ones()));
    }
    text.parse().ok()
}

/// `192.0.2.1/24`; without a known prefix length, the address alone.
pub(crate) fn to_text(address: &Address) -> String {
    match address.prefix {
        Some(prefix) => format!("{}/{prefix}", address.ip),
        None => address.ip.clone(),
    }
}

/// Whether an address is only good on its own link.
pub(crate) fn is_link_local(address: &Address) -> bool {
    match address.ip.parse() {
        Ok(IpAddr::V4(ip)) => ip.is_link_local(),
        Ok(IpAddr::V6(ip)) => ip.is_unicast_link_local(),
        Err(_) => false,
    }
}

/// The fact of one address.
pub(crate) fn fact(owner: AddressOwner, address: Address, origin: AddressOrigin) -> IpAddressFacts {
    let link_local = is_link_local(&address);
    IpAddressFacts { owner, address, origin, link_local }
}

/// Takes each address once, the first time it comes, with the first prefix length that is known of it.
pub(crate) fn distinct(addresses: impl IntoIterator<Item = Address>) -> Vec<Address> {
    let mut kept: Vec<Address> = Vec::new();
    for address in addresses {
        match kept.iter_mut().find(|known| known.ip == address.ip) {
            Some(known) => known.prefix = known.prefix.or(address.prefix),
            None => kept.push(address),
        }
    }
    kept
}

/// Tells both views of a guest's interfaces of each other. Inside a guest several interfaces may share a MAC address (a bridge and its
/// port, a VLAN and its parent); the first of them gives its name.
pub(crate) fn match_by_mac(interfaces: &mut [VmInterfaceFacts], inside: &mut [GuestInterfaceFacts]) {
    for seen in inside.iter_mut().filter(|seen| seen.mac.is_some()) {
        if let Some(interface) = interfaces.iter_mut().find(|interface| interface.mac == seen.mac) {
            seen.net = Some(interface.key.clone());
            interface.guest_name.get_or_insert_with(|| seen.name.clone());
        }
    }
}

/// Addresses of a guest's interfaces in their order. Of an interface that the guest speaks of, only what it says counts; of the others,
/// what is `configured` by key.
pub(crate) fn of_guest(
    interfaces: &[VmInterfaceFacts],
    configured: &[(String, Address)],
    inside: &[GuestInterfaceFacts],
) -> Vec<IpAddressFacts> {
    let mut addresses = Vec::new();
    for VmInterfaceFacts { vmid, key, .. } in interfaces {
        let mut seen = inside.iter().filter(|seen| seen.net.as_ref() == Some(key)).peekable();
        let (found, origin) = if seen.peek().is_some() {
            (distinct(seen.flat_map(|seen| seen.addresses.clone())), AddressOrigin::Agent)
        } else {
            let own = configured.iter().filter(|(owner, _)| owner == key);
            (distinct(own.map(|(_, address)| address.clone())), AddressOrigin::Config)
        };
        let owner = || AddressOwner::VmInterface(*vmid, key.clone());
        addresses.extend(found.into_iter().map(|address| fact(owner(), address, origin)));
    }
    addresses
}

/// What could be the primary address of a guest.
pub(crate) fn primary(vmid: u32, addresses: &[IpAddressFacts]) -> Option<PrimaryIpFacts> {
    let candidates: Vec<(String, Address)> = addresses
        .iter()
        .filter(|fact| !fact.link_local)
        .filter_map(|fact| match &fact.owner {
            AddressOwner::VmInterface(_, key) => Some((key.clone(), fact.address.clone())),
            AddressOwner::NodeInterface(..) => None,
        })
        .collect();
    (!candidates.is_empty()).then_some(PrimaryIpFacts { vmid, candidates })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use proxbox_model::facts::GuestKind;

    fn text(text: &str) -> Option<String> {
        parse(text).as_ref().map(to_text)
    }

    fn interface(key: &str, mac: &str) -> VmInterfaceFacts {
        VmInterfaceFacts {
            vmid: 101,
            guest: GuestKind::Qemu,
            key: key.to_owned(),
            name: None,
            guest_name: None,
            model: "virtio".to_owned(),
            mac: Some(mac.to_owned()),
            bridge: None,
            vlan: None,
            trunks: Vec::new(),
            link_down: false,
            firewall: false,
            mtu: None,
            rate: None,
            options: Vec::new(),
        }
    }

    fn seen(name: &str, mac: &str, addresses: &[&str]) -> GuestInterfaceFacts {
        GuestInterfaceFacts {
            vmid: 101,
            guest: GuestKind::Qemu,
            name: name.to_owned(),
            mac: Some(mac.to_owned()),
            addresses: addresses.iter().filter_map(|text| parse(text)).collect(),
            net: None,
            raw: "{}".to_owned(),
        }
    }

    fn shown(addresses: &[IpAddressFacts]) -> Vec<String> {
        addresses
            .iter()
            .map(|fact| {
                let AddressOwner::VmInterface(_, key) = &fact.owner else { panic!("not a guest's") };
                format!("{key} {} {:?}", to_text(&fact.address), fact.origin)
            })
            .collect()
    }

    #[test]
    fn addresses_are_written_in_one_form() {
        assert_eq!(text("192.0.2.1/24").as_deref(), Some("192.0.2.1/24"));
        assert_eq!(text("192.0.2.1/255.255.255.0").as_deref(), Some("192.0.2.1/24"));
        assert_eq!(text(" 192.0.2.1 ").as_deref(), Some("192.0.2.1"));
        assert_eq!(text("2001:0DB8:0:0:0:0:0:1/64").as_deref(), Some("2001:db8::1/64"));
        assert_eq!(text("fe80::1%eth0/64").as_deref(), Some("fe80::1/64"));
        assert_eq!(text("fe80::1%eth0").as_deref(), Some("fe80::1"));
        assert_eq!(text("192.0.2.1/33").as_deref(), Some("192.0.2.1"));
        assert_eq!(text("192.0.2.1/255.0.255.0").as_deref(), Some("192.0.2.1"));
    }

    #[test]
    fn words_and_addresses_that_reach_no_interface_are_none() {
        for word in ["dhcp", "auto", "manual", "", "127.0.0.1/8", "::1/128", "0.0.0.0", "::", "ff02::1"] {
            assert_eq!(text(word), None, "{word}");
        }
    }

    #[test]
    fn link_local_addresses_are_flagged() {
        for (ip, expected) in [
            ("fe80::1", true),
            ("febf::1", true),
            ("169.254.3.4", true),
            ("fec0::1", false),
            ("169.253.0.1", false),
            ("10.0.0.1", false),
        ] {
            assert_eq!(is_link_local(&parse(ip).unwrap()), expected, "{ip}");
        }
    }

    #[test]
    fn the_guests_word_wins_on_the_interfaces_that_it_speaks_of() {
        let mut nets = [interface("net0", "a"), interface("net1", "b"), interface("net2", "c")];
        let mut inside = [
            seen("ens18", "a", &["10.0.0.9/24", "fe80::9/64"]),
            seen("br0", "a", &["10.0.0.9/24", "10.0.0.10/24"]),
            seen("ens20", "c", &[]),
            seen("docker0", "z", &["172.17.0.1/16"]),
        ];
        match_by_mac(&mut nets, &mut inside);
        let configured = ["net0", "net1", "net2"].map(|key| (key.to_owned(), parse("10.0.0.1/24").unwrap()));
        let addresses = of_guest(&nets, &configured, &inside);
        assert_eq!(
            shown(&addresses),
            [
                "net0 10.0.0.9/24 Agent",
                "net0 fe80::9/64 Agent",
                "net0 10.0.0.10/24 Agent",
                "net1 10.0.0.1/24 Config",
            ]
        );
        assert_eq!(nets[0].guest_name.as_deref(), Some("ens18"));
        assert_eq!((inside[1].net.as_deref(), inside[3].net.as_deref()), (Some("net0"), None));
        let candidates = primary(101, &addresses).unwrap().candidates;
        let candidates: Vec<_> =
            candidates.iter().map(|(key, address)| (key.as_str(), address.ip.as_str())).collect();
        assert_eq!(candidates, [("net0", "10.0.0.9"), ("net0", "10.0.0.10"), ("net1", "10.0.0.1")]);
    }

    #[test]
    fn a_guest_without_addresses_has_no_candidates() {
        assert_eq!(primary(101, &[]), None);
        let link_local =
            of_guest(&[interface("net0", "a")], &[("net0".into(), parse("fe80::1").unwrap())], &[]);
        assert_eq!((link_local.len(), primary(101, &link_local)), (1, None));
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(any in ".*", ip in "[0-9a-f:./%]{0,40}") {
            let _ = (parse(&any), parse(&ip), prefix_of(&any));
        }

        #[test]
        fn what_was_written_once_is_read_as_the_same(ip in any::<IpAddr>(), prefix in 0u64..=32) {
            if let Some(address) = with_prefix(&ip.to_string(), Some(prefix)) {
                prop_assert_eq!(parse(&to_text(&address)), Some(address));
            }
        }
    }
}

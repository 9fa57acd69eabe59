//! Network lines, and what the guest says of its interfaces.

use super::dice::Dice;
use super::roles::{Role, System, VLANS};
use crate::fleet::usage::mix;
use crate::fleet::{FleetSpec, GuestInterface, GuestKind, Nic};
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Who the interfaces are for.
pub(super) struct Owner<'a> {
    pub(super) spec: &'a FleetSpec,
    pub(super) role: &'a Role,
    pub(super) vmid: u32,
    pub(super) kind: GuestKind,
    /// Place among the fleet's guests; decides on its addresses.
    pub(super) place: u32,
}

/// Both sides of a guest's network: the configuration and the view from inside.
pub(super) fn of(dice: &mut Dice, owner: &Owner<'_>) -> (BTreeMap<u32, Nic>, Vec<GuestInterface>) {
    let mut nics = BTreeMap::new();
    let mut interfaces = vec![loopback(owner)];
    let mut number = 0;
    for n in 0..=dice.count(&[57, 85, 96]) {
        let network = Network::of(owner, n);
        let nic = nic(dice, owner, n, &network);
        interfaces.push(inside(dice, owner, n, &nic, &network));
        nics.insert(number, nic);
        number += if dice.percent(6) { 2 } else { 1 };
    }
    if owner.role.system == System::Linux && dice.percent(8) {
        interfaces.push(docker(owner));
    }
    (nics, interfaces)
}

/// The network an interface is on, with the guest's addresses in it.
struct Network {
    vlan: u16,
    address: Ipv4Addr,
    gateway: Ipv4Addr,
    address6: Ipv6Addr,
}

impl Network {
    fn of(owner: &Owner<'_>, n: u32) -> Self {
        let which = (u32::from(owner.role.network) + n) as usize % VLANS.len();
        let vlan = VLANS.get(which).copied().unwrap_or(1);
        let second = owner.spec.network.wrapping_add(1 + u8::try_from(which).unwrap_or_default());
        let third = u8::try_from(owner.place / 250 % 256).unwrap_or_default();
        let fourth = u8::try_from(2 + owner.place % 250).unwrap_or_default();
        let place = u16::try_from(owner.place % 0xffff).unwrap_or_default();
        Self {
            vlan,
            address: Ipv4Addr::new(10, second, third, fourth),
            gateway: Ipv4Addr::new(10, second, third, 1),
            address6: Ipv6Addr::new(0x2001, 0xdb8, owner.spec.network.into(), vlan, 0, 0, 0, place + 2),
        }
    }
}

/// Unique in the fleet below VMID 2 000 000; the first half is Proxmox's own.
pub(super) fn mac(seed: u64, vmid: u32, n: u32) -> String {
    let number = u64::from(vmid) * 8 + u64::from(n);
    let [_, a, b, c] = (((number ^ mix(seed)) & 0xff_ffff) as u32).to_be_bytes();
    format!("BC:24:11:{a:02X}:{b:02X}:{c:02X}")
}

fn nic(dice: &mut Dice, owner: &Owner<'_>, n: u32, network: &Network) -> Nic {
    let is_container = owner.kind == GuestKind::Lxc;
    let mut nic = Nic {
        model: if is_container { "veth".to_owned() } else { model(dice).to_owned() },
        mac: mac(owner.spec.seed, owner.vmid, n),
        name: is_container.then(|| format!("eth{n}")),
        bridge: Some(if n == 3 { "vmbr1" } else { "vmbr0" }.to_owned()),
        tag: dice.percent(85).then_some(network.vlan),
        firewall: dice.percent(60),
        link_down: dice.percent(3),
        ..Nic::default()
    };
    let mut set = |key: &str, value: String| {
        nic.options.insert(key.to_owned(), value);
    };
    if dice.percent(4) {
        set("mtu", dice.pick(&["1", "1400", "9000"]).to_owned());
    }
    if dice.percent(4) {
        set("rate", dice.pick(&["12.5", "125"]).to_owned());
    }
    if is_container {
        match dice.below(10) {
            0..4 => set("ip", "dhcp".to_owned()),
            _ => {
                set("ip", format!("{}/24", network.address));
                if n == 0 {
                    set("gw", network.gateway.to_string());
                }
            }
        }
        match dice.below(10) {
            0..3 => set("ip6", format!("{}/64", network.address6)),
            3..5 => set("ip6", "auto".to_owned()),
            _ => {}
        }
    } else if owner.role.system == System::Appliance {
        nic.tag = None;
        nic.trunks = Some("10;20;30-50".to_owned());
    }
    nic
}

fn model(dice: &mut Dice) -> &'static str {
    match dice.below(20) {
        0..15 => "virtio",
        15..17 => "e1000",
        17 => "vmxnet3",
        18 => "rtl8139",
        _ => "e1000e",
    }
}

fn inside(dice: &mut Dice, owner: &Owner<'_>, n: u32, nic: &Nic, network: &Network) -> GuestInterface {
    let name = match (owner.kind, owner.role.system) {
        (GuestKind::Lxc, _) => format!("eth{n}"),
        (_, System::Windows) if n == 0 => "Ethernet".to_owned(),
        (_, System::Windows) => format!("Ethernet {}", n + 1),
        (_, System::Appliance) => format!("vtnet{n}"),
        (_, System::Linux) => format!("ens{}", 18 + n),
    };
    let mut addresses = Vec::new();
    if !nic.link_down {
        addresses.push((IpAddr::V4(network.address), 24));
        if dice.percent(40) || nic.options.get("ip6").is_some_and(|ip6| ip6 != "auto") {
            addresses.push((IpAddr::V6(network.address6), 64));
        }
        addresses.push((IpAddr::V6(link_local(&nic.mac)), 64));
    }
    GuestInterface { name, mac: Some(nic.mac.to_lowercase()), addresses }
}

fn loopback(owner: &Owner<'_>) -> GuestInterface {
    let is_windows = owner.role.system == System::Windows;
    GuestInterface {
        name: if is_windows { "Loopback Pseudo-Interface 1" } else { "lo" }.to_owned(),
        mac: (!is_windows).then(|| "00:00:00:00:00:00".to_owned()),
        addresses: vec![(Ipv4Addr::LOCALHOST.into(), 8), (Ipv6Addr::LOCALHOST.into(), 128)],
    }
}

fn docker(owner: &Owner<'_>) -> GuestInterface {
    let [_, a, b, c] = owner.vmid.to_be_bytes();
    GuestInterface {
        name: "docker0".to_owned(),
        mac: Some(format!("02:42:ac:{a:02x}:{b:02x}:{c:02x}")),
        addresses: vec![(Ipv4Addr::new(172, 17, 0, 1).into(), 16)],
    }
}

/// The address an interface gives itself from its MAC (modified EUI-64).
fn link_local(mac: &str) -> Ipv6Addr {
    let mut octets = mac.split(':').map(|octet| u16::from_str_radix(octet, 16).unwrap_or_default());
    let mut next = || octets.next().unwrap_or_default();
    let (a, b, c, d, e, f) = (next() ^ 2, next(), next(), next(), next(), next());
    Ipv6Addr::new(0xfe80, 0, 0, 0, a << 8 | b, c << 8 | 0xff, 0xfe00 | d, e << 8 | f)
}

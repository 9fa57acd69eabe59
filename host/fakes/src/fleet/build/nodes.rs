//! Nodes with their networks.

use super::dice::Dice;
use super::roles::VLANS;
use crate::fleet::{FleetSpec, Node, NodeInterface};
use std::fmt::Write as _;
use std::net::Ipv4Addr;

/// Sockets, cores of each, model.
const PROCESSORS: [(u32, u32, &str); 4] = [
    (1, 16, "AMD EPYC 7313P 16-Core Processor"),
    (2, 32, "Intel(R) Xeon(R) Gold 6338 CPU @ 2.00GHz"),
    (1, 32, "AMD EPYC 9354P 32-Core Processor"),
    (2, 16, "Intel(R) Xeon(R) Silver 4314 CPU @ 2.40GHz"),
];

pub(super) fn all(spec: &FleetSpec) -> Vec<Node> {
    let level = Dice::new(spec.seed, "level", 0).pick(&["", "c", "b", "s", "p"]);
    (1..=u32::try_from(spec.nodes.max(1)).unwrap_or(u32::MAX)).map(|id| node(spec, id, level)).collect()
}

fn node(spec: &FleetSpec, id: u32, level: &str) -> Node {
    let mut dice = Dice::new(spec.seed, "node", u64::from(id));
    let (sockets, cores, model) = dice.pick(&PROCESSORS);
    let ip = address(spec.network, id);
    let name = if spec.standalone { spec.cluster.clone() } else { format!("{}{id}", spec.node_prefix) };
    Node {
        name,
        id,
        ip,
        online: true,
        cpus: sockets * cores * 2,
        sockets,
        cpu_model: model.to_owned(),
        memory: dice.pick(&[64u64, 128, 256, 512]) << 30,
        disk: dice.between(90, 900) << 30,
        booted: spec.now.saturating_sub(dice.between(86_400, 120 * 86_400)),
        fingerprint: fingerprint(&mut dice),
        level: level.to_owned(),
        kernel: "6.17.2-1-pve".to_owned(),
        interfaces: interfaces(spec, &mut dice, id, ip),
    }
}

fn address(network: u8, id: u32) -> Ipv4Addr {
    let [_, _, high, low] = (id + 10).to_be_bytes();
    Ipv4Addr::new(10, network, high, low)
}

fn fingerprint(dice: &mut Dice) -> String {
    (0..32).fold(String::new(), |mut text, n| {
        let separator = if n == 0 { "" } else { ":" };
        let _ = write!(text, "{separator}{:02X}", dice.below(256));
        text
    })
}

fn interface(name: &str, kind: &str, options: &[(&str, &str)]) -> NodeInterface {
    NodeInterface {
        name: name.to_owned(),
        kind: kind.to_owned(),
        active: true,
        options: options.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect(),
        ..NodeInterface::default()
    }
}

fn interfaces(spec: &FleetSpec, dice: &mut Dice, id: u32, ip: Ipv4Addr) -> Vec<NodeInterface> {
    let bond = [
        ("slaves", "eno1 eno2"),
        ("bond_mode", "802.3ad"),
        ("bond_xmit_hash_policy", "layer2+3"),
        ("bond_miimon", "100"),
    ];
    let bridge =
        [("bridge_ports", "bond0"), ("bridge_stp", "off"), ("bridge_fd", "0"), ("bridge_vlan_aware", "1")];
    let mut vmbr0 = interface("vmbr0", "bridge", &bridge);
    vmbr0.options.insert("bridge_vids".to_owned(), "2-4094".to_owned());
    vmbr0.cidr = Some(format!("{ip}/16"));
    vmbr0.gateway = Some(Ipv4Addr::new(10, spec.network, 0, 1).to_string());
    vmbr0.cidr6 = dice.percent(50).then(|| format!("2001:db8:{:x}:ffff::{id:x}/64", spec.network));
    let mut vmbr1 =
        interface("vmbr1", "bridge", &[("bridge_ports", "eno3"), ("bridge_stp", "off"), ("bridge_fd", "0")]);
    vmbr1.comment = Some("internal, no uplink\n".to_owned());
    vmbr1.options.insert("mtu".to_owned(), "9000".to_owned());
    let [management, ..] = VLANS;
    let mut vlan = interface(
        &format!("bond0.{management}"),
        "vlan",
        &[("vlan-id", &management.to_string()), ("vlan-raw-device", "bond0")],
    );
    let [_, _, high, low] = ip.octets();
    vlan.cidr = Some(format!("172.16.{high}.{low}/20"));
    let mut spare = interface("eno4", "eth", &[]);
    spare.active = false;
    vec![
        interface("eno1", "eth", &[]),
        interface("eno2", "eth", &[]),
        interface("eno3", "eth", &[]),
        spare,
        interface("bond0", "bond", &bond),
        vmbr0,
        vmbr1,
        vlan,
    ]
}

//! Guests.

use super::dice::Dice;
use super::nics::{self, Owner};
use super::roles::{self, Role, System};
use super::{disks, history};
use crate::fleet::{Agent, FleetSpec, Guest, GuestKind, GuestStatus, Node};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Environments; also the names of the pools.
pub(super) const POOLS: [&str; 3] = ["prod", "staging", "dev"];

/// A generated guest and the pool it belongs to.
pub(super) struct Placed {
    pub(super) guest: Guest,
    pub(super) pool: Option<&'static str>,
}

/// All guests, in the order of their VMIDs, which have gaps.
pub(super) fn all(spec: &FleetSpec, nodes: &[Node]) -> Vec<Placed> {
    let mut names = Names { spec, used: BTreeMap::new() };
    (0..u32::try_from(spec.guests).unwrap_or(u32::MAX))
        .map(|place| guest(spec, nodes, place, &mut names))
        .collect()
}

fn guest(spec: &FleetSpec, nodes: &[Node], place: u32, names: &mut Names<'_>) -> Placed {
    let mut dice = Dice::new(spec.seed, "guest", u64::from(place));
    let vmid = spec.first_vmid + place + place / 7;
    let role = roles::draw(&mut dice);
    let is_qemu = dice.percent(spec.qemu_percent) || (role.system != System::Linux && spec.qemu_percent > 0);
    let kind = if is_qemu { GuestKind::Qemu } else { GuestKind::Lxc };
    let template = dice.percent(4);
    let environment = dice.pick(&["prod", "prod", "prod", "staging", "dev"]);
    let name = names.next(&role, template, place);
    let node = nodes.get(dice.below(u32::try_from(nodes.len()).unwrap_or(1)) as usize);
    let (interfaces_by_number, interfaces) =
        nics::of(&mut dice, &Owner { spec, role: &role, vmid, kind, place });
    let snapshots = if template { Vec::new() } else { history::snapshots(&mut dice, spec.now, kind) };
    let booted = node.map_or(spec.now, |node| node.booted);
    let guest = Guest {
        vmid,
        kind,
        host_name: name.split('.').next().unwrap_or_default().to_owned(),
        name,
        node: node.map(|node| node.name.clone()).unwrap_or_default(),
        status: status(&mut dice, kind, template),
        template,
        tags: tags(&role, environment, &mut dice),
        sockets: if is_qemu && dice.percent(15) { 2 } else { 1 },
        cores: dice.pick(role.cores),
        memory: dice.pick(role.memory),
        ostype: ostype(&mut dice, &role, kind).to_owned(),
        onboot: !template && dice.percent(70),
        agent: if is_qemu { agent(&mut dice) } else { Agent::Absent },
        agent_line: dice.pick(&["1", "1", "1", "enabled=1", "1,fstrim_cloned_disks=1"]).to_owned(),
        unprivileged: !is_qemu && dice.percent(85),
        notes: notes(&mut dice, &role),
        disks: disks::of(&mut dice, &role, vmid, kind, template),
        nics: interfaces_by_number,
        interfaces,
        current_parent: snapshots.last().map(|snapshot| snapshot.name.clone()),
        snapshots,
        options: BTreeMap::new(),
        started: booted + dice.between(60, spec.now.saturating_sub(booted).max(61)),
        lock: dice.percent(1).then(|| "backup".to_owned()),
    };
    let options = options(&mut dice, &role, &guest, spec);
    let pool = dice.percent(70).then_some(environment);
    Placed { guest: Guest { options, ..guest }, pool }
}

/// Names: the role and a number, and odd ones where they are wanted.
struct Names<'a> {
    spec: &'a FleetSpec,
    used: BTreeMap<&'static str, u32>,
}

impl Names<'_> {
    fn next(&mut self, role: &Role, template: bool, place: u32) -> String {
        if self.spec.odd_names
            && let Some(odd) = odd(place)
        {
            return odd;
        }
        let used = self.used.entry(role.name).or_default();
        *used += 1;
        let stem = if template { "tpl-" } else { "" };
        format!("{stem}{}-{:02}", role.name, *used)
    }
}

/// Valid names that nobody expects; every sixth guest has one.
fn odd(place: u32) -> Option<String> {
    let name = match (place % 6, place / 6 % 7) {
        (5, 0) => format!("shop{place}.example.internal"),
        (5, 1) => format!("WIN-SRV{place}-Test"),
        (5, 2) => format!("{place}-{}", "x".repeat(62 - place.to_string().len())),
        (5, 3) => "legacy".to_owned(),
        (5, 4) => String::new(),
        (5, 5) => format!("{place}"),
        (5, _) => format!("a.b.c.d-{place}.xn--mnchen-3ya.example"),
        _ => return None,
    };
    Some(name)
}

fn status(dice: &mut Dice, kind: GuestKind, template: bool) -> GuestStatus {
    match dice.below(100) {
        _ if template => GuestStatus::Stopped,
        0..12 => GuestStatus::Stopped,
        12..14 if kind == GuestKind::Qemu => GuestStatus::Paused,
        _ => GuestStatus::Running,
    }
}

fn agent(dice: &mut Dice) -> Agent {
    match dice.below(100) {
        0..20 => Agent::Absent,
        20..30 => Agent::Silent,
        _ => Agent::Answers,
    }
}

fn tags(role: &Role, environment: &str, dice: &mut Dice) -> Vec<String> {
    let mut tags: Vec<String> = match dice.below(10) {
        0 => Vec::new(),
        _ => role.tags.iter().chain([&environment]).map(|tag| (*tag).to_owned()).collect(),
    };
    if dice.percent(5) {
        tags.push(dice.pick(&["pci-dss", "v1.2", "team_blue", "do-not-touch"]).to_owned());
    }
    tags.sort();
    tags
}

fn ostype(dice: &mut Dice, role: &Role, kind: GuestKind) -> &'static str {
    match (kind, role.system) {
        (GuestKind::Lxc, _) => dice.pick(&["debian", "debian", "debian", "ubuntu", "alpine", "centos"]),
        (_, System::Windows) => dice.pick(&["win11", "win11", "win10"]),
        (_, System::Appliance) => "other",
        (_, System::Linux) => "l26",
    }
}

fn notes(dice: &mut Dice, role: &Role) -> String {
    match dice.below(12) {
        0 => format!("# {}\n\nRebuilt with Ansible, ask **ops** first.\n", role.name),
        1 => "Übergabe an Zoë Müller ☕ <ops@example.com> & team\n".to_owned(),
        2 => "https://wiki.example.com/x?id=1&y=%20\n".to_owned(),
        _ => String::new(),
    }
}

fn options(dice: &mut Dice, role: &Role, guest: &Guest, spec: &FleetSpec) -> BTreeMap<String, Value> {
    let mut options = BTreeMap::new();
    let mut set = |key: &str, value: Value| {
        options.insert(key.to_owned(), value);
    };
    if guest.kind == GuestKind::Lxc {
        set("swap", json!(512));
        set("features", json!("nesting=1"));
        if dice.percent(40) {
            set("nameserver", json!("10.0.0.53"));
            set("searchdomain", json!("example.internal"));
        }
        if dice.percent(5) {
            set("lxc", json!([["lxc.apparmor.profile", "unconfined"]]));
        }
        return options;
    }
    let created = guest.started.saturating_sub(dice.between(1, 1000) * 86_400);
    set("scsihw", json!("virtio-scsi-single"));
    set("numa", json!(0));
    set("cpu", json!(dice.pick(&["x86-64-v2-AES", "host", "kvm64"])));
    set("meta", json!(format!("creation-qemu=9.2.0,ctime={created}")));
    set("smbios1", json!(format!("uuid={}", uuid(dice))));
    set("vmgenid", json!(uuid(dice)));
    set("boot", json!(boot_order(guest)));
    if role.system == System::Windows {
        set("machine", json!("pc-q35-9.2+pve1"));
        set("bios", json!("ovmf"));
    }
    if guest.disks.values().any(|disk| disk.volume.ends_with("-cloudinit")) {
        set("ciuser", json!("ops"));
        set("cipassword", json!("**********"));
        set("ciupgrade", json!(1));
        set("sshkeys", json!("ssh-ed25519%20AAAAC3NzaC1lZDI1NTE5AAAAIFake0Key%20ops%40example.com%0A"));
        set("ipconfig0", json!(ipconfig(guest, spec)));
        set("nameserver", json!("10.0.0.53 10.0.1.53"));
        set("searchdomain", json!("example.internal"));
    }
    options
}

fn boot_order(guest: &Guest) -> String {
    let disk = guest.disks.iter().find(|(key, disk)| disk.is_data(key)).map(|(key, _)| key.as_str());
    let nic = guest.nics.keys().next().map(|n| format!("net{n}"));
    let order: Vec<&str> = disk.into_iter().chain(nic.as_deref()).collect();
    format!("order={}", order.join(";"))
}

fn ipconfig(guest: &Guest, spec: &FleetSpec) -> String {
    let inside = guest.interfaces.get(1).map(|inside| inside.addresses.as_slice()).unwrap_or_default();
    match inside.first() {
        Some((address, prefix)) if address.is_ipv4() && spec.seed.wrapping_add(guest.vmid.into()) % 3 > 0 => {
            let gateway = address.to_string();
            let network = gateway.rsplit_once('.').map_or("10.0.0", |(network, _)| network);
            format!("ip={address}/{prefix},gw={network}.1")
        }
        _ => "ip=dhcp,ip6=auto".to_owned(),
    }
}

fn uuid(dice: &mut Dice) -> String {
    [8, 4, 4, 4, 12].map(|digits| dice.hex(digits)).join("-")
}

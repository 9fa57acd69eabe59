//! Firewalls of the cluster, its nodes and its guests.

use super::super::answer::Refusal;
use super::super::call::{Answer, Call};
use crate::fleet::{Guest, GuestKind};
use serde_json::{Value, json};

/// Security groups with their comments.
const GROUPS: [(&str, &str); 2] =
    [("web", "Public web servers"), ("management", "Reached by operators only")];
const SET: &str = "trusted";
const DIGEST: &str = "8d1c3f5b7a9e0246813579bdf02468ace1357902";

fn of_cluster(call: &Call<'_>, answer: Value) -> Answer {
    call.require("/", "Sys.Audit")?;
    Ok(answer)
}

pub(in crate::proxmox) fn groups(call: &Call<'_>) -> Answer {
    let group = |(name, comment): &(&str, &str)| json!({"group": name, "comment": comment, "digest": DIGEST});
    of_cluster(call, GROUPS.iter().map(group).collect())
}

pub(in crate::proxmox) fn group(call: &Call<'_>) -> Answer {
    let name = call.part("group");
    let rules = match name {
        "web" => json!([
            {"pos": 0, "type": "in", "action": "ACCEPT", "proto": "tcp", "dport": "80,443", "enable": 1, "digest": DIGEST},
            {"pos": 1, "type": "in", "action": "ACCEPT", "proto": "icmp", "icmp-type": "echo-request", "enable": 1,
             "digest": DIGEST},
        ]),
        "management" => json!([
            {"pos": 0, "type": "in", "action": "ACCEPT", "macro": "SSH", "source": "+dc/trusted", "enable": 1,
             "log": "nolog", "digest": DIGEST},
        ]),
        _ => return Err(Refusal::new(500, format!("no such security group '{name}'"))),
    };
    of_cluster(call, rules)
}

pub(in crate::proxmox) fn rules(call: &Call<'_>) -> Answer {
    let rules = json!([
        {"pos": 0, "type": "group", "action": "management", "enable": 1, "digest": DIGEST},
        {"pos": 1, "type": "in", "action": "DROP", "source": "203.0.113.0/24", "enable": 0, "comment": "Old office",
         "digest": DIGEST},
    ]);
    of_cluster(call, rules)
}

pub(in crate::proxmox) fn sets(call: &Call<'_>) -> Answer {
    of_cluster(call, json!([{"name": SET, "comment": "Operators and nodes", "digest": DIGEST}]))
}

pub(in crate::proxmox) fn set(call: &Call<'_>) -> Answer {
    let name = call.part("name");
    if name != SET {
        return Err(Refusal::new(500, format!("no such IPSet '{name}'")));
    }
    let nodes =
        call.fleet.nodes.iter().map(|node| json!({"cidr": node.ip, "comment": node.name, "digest": DIGEST}));
    let others = [
        json!({"cidr": "192.0.2.0/24", "digest": DIGEST}),
        json!({"cidr": "192.0.2.66", "nomatch": 1, "comment": "Guest network", "digest": DIGEST}),
    ];
    of_cluster(call, nodes.chain(others).collect())
}

pub(in crate::proxmox) fn aliases(call: &Call<'_>) -> Answer {
    of_cluster(
        call,
        json!([{"name": "monitoring", "cidr": "192.0.2.40", "comment": "Prometheus", "digest": DIGEST}]),
    )
}

pub(in crate::proxmox) fn options(call: &Call<'_>) -> Answer {
    of_cluster(call, json!({"enable": 1, "policy_in": "DROP", "policy_out": "ACCEPT", "digest": DIGEST}))
}

pub(in crate::proxmox) fn node_rules(call: &Call<'_>) -> Answer {
    let node = call.node()?;
    call.require(&format!("/nodes/{}", node.name), "Sys.Audit")?;
    Ok(json!([
        {"pos": 0, "type": "in", "action": "ACCEPT", "proto": "tcp", "dport": "8006", "source": "+dc/trusted", "enable": 1,
         "digest": DIGEST},
    ]))
}

pub(in crate::proxmox) fn node_options(call: &Call<'_>) -> Answer {
    let node = call.node()?;
    call.require(&format!("/nodes/{}", node.name), "Sys.Audit")?;
    Ok(json!({"enable": 1, "log_level_in": "nolog", "digest": DIGEST}))
}

fn guest<'a>(call: &Call<'a>, kind: GuestKind) -> Result<&'a Guest, Refusal> {
    call.node()?;
    call.guest(kind, "VM.Audit")
}

fn is_on(guest: &Guest) -> bool {
    guest.nics.values().any(|nic| nic.firewall)
}

fn guest_rules(call: &Call<'_>, kind: GuestKind) -> Answer {
    if !is_on(guest(call, kind)?) {
        return Ok(json!([]));
    }
    Ok(json!([
        {"pos": 0, "type": "group", "action": "web", "enable": 1, "digest": DIGEST},
        {"pos": 1, "type": "in", "action": "ACCEPT", "macro": "SSH", "source": "dc/monitoring", "enable": 1, "digest": DIGEST},
    ]))
}

fn guest_options(call: &Call<'_>, kind: GuestKind) -> Answer {
    let enable = u8::from(is_on(guest(call, kind)?));
    Ok(json!({"enable": enable, "policy_in": "DROP", "digest": DIGEST}))
}

both! {
    qemu_rules, lxc_rules => guest_rules;
    qemu_options, lxc_options => guest_options;
}

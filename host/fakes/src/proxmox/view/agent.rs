//! What the inside of a guest says.

use super::super::answer::Refusal;
use super::super::call::{Answer, Call};
use super::known;
use crate::fleet::{Agent, Guest, GuestInterface, GuestKind};
use serde_json::{Value, json};

/// The guest of the path, when its agent can answer.
fn agent<'a>(call: &Call<'a>) -> Result<&'a Guest, Refusal> {
    call.node()?;
    let is_old = call.fleet.major_version() < 9;
    let privilege = if is_old { "VM.Monitor" } else { "VM.GuestAgent.Audit" };
    let guest = call.guest(GuestKind::Qemu, privilege)?;
    if guest.agent == Agent::Absent {
        return Err(Refusal::new(500, "No QEMU guest agent configured"));
    }
    if !guest.is_running() {
        return Err(Refusal::new(500, format!("VM {} is not running", guest.vmid)));
    }
    if guest.agent == Agent::Silent {
        return Err(Refusal::new(500, "QEMU guest agent is not running"));
    }
    Ok(guest)
}

fn addresses(interface: &GuestInterface, families: [&str; 2]) -> Value {
    let [v4, v6] = families;
    let entry = |(address, prefix): &(std::net::IpAddr, u8)| {
        let family = if address.is_ipv4() { v4 } else { v6 };
        json!({"ip-address": address, "prefix": prefix, "ip-address-type": family})
    };
    interface.addresses.iter().map(entry).collect()
}

pub(in crate::proxmox) fn interfaces(call: &Call<'_>) -> Answer {
    let guest = agent(call)?;
    let entry = |interface: &GuestInterface| {
        let addresses = (!interface.addresses.is_empty()).then(|| addresses(interface, ["ipv4", "ipv6"]));
        known(json!({
            "name": interface.name, "hardware-address": interface.mac, "ip-addresses": addresses,
            "statistics": {"rx-bytes": 1024, "rx-packets": 8, "rx-errs": 0, "rx-dropped": 0,
                           "tx-bytes": 2048, "tx-packets": 16, "tx-errs": 0, "tx-dropped": 0},
        }))
    };
    Ok(json!({"result": guest.interfaces.iter().map(entry).collect::<Value>()}))
}

pub(in crate::proxmox) fn host_name(call: &Call<'_>) -> Answer {
    Ok(json!({"result": {"host-name": agent(call)?.host_name}}))
}

pub(in crate::proxmox) fn os_info(call: &Call<'_>) -> Answer {
    let guest = agent(call)?;
    let result = if guest.ostype.starts_with("win") {
        json!({
            "id": "mswindows", "name": "Microsoft Windows", "pretty-name": "Windows Server 2025 Standard",
            "version": "Microsoft Windows Server 2025", "version-id": "2025", "variant": "server",
            "variant-id": "server", "kernel-release": "26100", "kernel-version": "10.0", "machine": "x86_64",
        })
    } else {
        json!({
            "id": "debian", "name": "Debian GNU/Linux", "pretty-name": "Debian GNU/Linux 13 (trixie)",
            "version": "13 (trixie)", "version-id": "13", "kernel-release": "6.12.57+deb13-amd64",
            "kernel-version": "#1 SMP PREEMPT_DYNAMIC Debian 6.12.57-1", "machine": "x86_64",
        })
    };
    Ok(json!({ "result": result }))
}

/// Proxmox answers null for a container that is stopped.
pub(in crate::proxmox) fn lxc_interfaces(call: &Call<'_>) -> Answer {
    call.node()?;
    let guest = call.guest(GuestKind::Lxc, "VM.Audit")?;
    if !guest.is_running() {
        return Ok(Value::Null);
    }
    let entry = |interface: &GuestInterface| {
        let first = |v4: bool| {
            let found = interface.addresses.iter().find(|(address, _)| address.is_ipv4() == v4);
            found.map(|(address, prefix)| format!("{address}/{prefix}"))
        };
        known(json!({
            "name": interface.name, "hwaddr": interface.mac, "hardware-address": interface.mac,
            "inet": first(true), "inet6": first(false), "ip-addresses": addresses(interface, ["inet", "inet6"]),
        }))
    };
    Ok(guest.interfaces.iter().map(entry).collect())
}

//! Rules for addresses, prefixes, VLANs and services.

use serde_json::Value;

use super::super::errors::Errors;
use super::super::network::Network;
use super::super::represent::compute::vid_ranges;
use super::super::store::{HOST, Values};
use super::Candidate;

/// Roles of addresses that may exist more than once.
const SHARED_ROLES: &[&str] = &["anycast", "vip", "vrrp", "hsrp", "glbp", "carp"];

/// An address fits where it is assigned, and is unique where that is asked for.
pub(super) fn address(candidate: &mut Candidate<'_>) -> Result<(), Errors> {
    let Some(own) = Network::parse(candidate.row.text("address")) else { return Ok(()) };
    if own.length() == 0 {
        return Err(Errors::one("address", "Cannot create IP address with /0 mask."));
    }
    if candidate.row.id("assigned_object_id").is_some() {
        let single = if own.family() == 4 { 31 } else { 127 };
        if own.is_network_id() && own.length() < single {
            let message =
                format!("{} is a network ID, which may not be assigned to an interface.", own.address());
            return Err(Errors::all(message));
        }
        if own.family() == 4 && own.is_broadcast() && own.length() < single {
            let message = format!(
                "{} is a broadcast address, which may not be assigned to an interface.",
                own.address()
            );
            return Err(Errors::all(message));
        }
    }
    if let Some(table) = unique_within(candidate) {
        let role = candidate.row.text("role");
        let same = others(candidate, "ipam.ipaddress", "address", own, |other| other.same_host(own));
        let roles: Vec<_> = same
            .iter()
            .filter_map(|id| Some(candidate.store.get("ipam.ipaddress", *id)?.text("role").to_owned()))
            .collect();
        let shared =
            SHARED_ROLES.contains(&role) && roles.iter().all(|role| SHARED_ROLES.contains(&role.as_str()));
        if let Some(first) = same.first().filter(|_| !shared) {
            let first = candidate.label("ipam.ipaddress", Some(*first));
            return Err(Errors::one("address", format!("Duplicate IP address found in {table}: {first}")));
        }
    }
    stays_primary(candidate, own)?;
    if candidate.row.text("status") == "slaac" && own.family() != 6 {
        return Err(Errors::one("status", "Only IPv6 addresses can be assigned SLAAC status"));
    }
    Ok(())
}

/// The primary address of a device or virtual machine stays with it.
fn stays_primary(candidate: &Candidate<'_>, own: Network) -> Result<(), Errors> {
    let Some(old) = candidate.old else { return Ok(()) };
    let parent = |kind: &str, id: Option<u64>| {
        let (field, model) = match kind {
            "dcim.interface" => ("device", "dcim.device"),
            "virtualization.vminterface" => ("virtual_machine", "virtualization.virtualmachine"),
            _ => return None,
        };
        Some((model, candidate.store.get(kind, id?)?.id(field)?))
    };
    let before = parent(old.text("assigned_object_type"), old.id("assigned_object_id"));
    let now = parent(candidate.row.text("assigned_object_type"), candidate.row.id("assigned_object_id"));
    let Some((model, id)) = before.filter(|_| before != now) else { return Ok(()) };
    let field = if own.family() == 4 { "primary_ip4" } else { "primary_ip6" };
    let owner = candidate.store.get(model, id);
    if owner.and_then(|owner| owner.id(field)) == old.id("id") {
        return Err(Errors::all(
            "Cannot reassign IP address while it is designated as the primary IP for the parent object",
        ));
    }
    Ok(())
}

pub(super) fn prefix(candidate: &mut Candidate<'_>) -> Result<(), Errors> {
    let Some(own) = Network::parse(candidate.row.text("prefix")) else { return Ok(()) };
    if own.length() == 0 {
        return Err(Errors::one("prefix", "Cannot create prefix with /0 mask."));
    }
    if let Some(table) = unique_within(candidate) {
        let same = others(candidate, "ipam.prefix", "prefix", own, |other| other == own);
        if let Some(first) = same.first() {
            let first = candidate.label("ipam.prefix", Some(*first));
            return Err(Errors::one("prefix", format!("Duplicate prefix found in {table}: {first}")));
        }
    }
    Ok(())
}

/// The table in which addresses have to be unique, if they have to; the global one is, unless NetBox is set otherwise.
fn unique_within(candidate: &Candidate<'_>) -> Option<String> {
    match candidate.related("vrf", "ipam.vrf") {
        None => Some("global table".to_owned()),
        Some(vrf) if vrf.flag("enforce_unique") => {
            Some(format!("VRF {}", candidate.label("ipam.vrf", candidate.row.id("vrf"))))
        }
        Some(_) => None,
    }
}

/// Other rows of the same table with this network, as far as it counts. They have the same address at least.
fn others(
    candidate: &Candidate<'_>,
    model: &str,
    field: &str,
    network: Network,
    same: impl Fn(Network) -> bool,
) -> Vec<u64> {
    let (own, vrf) = (candidate.row.id("id"), candidate.row.id("vrf"));
    let is_other = |id: &u64| {
        let row = candidate.store.get(model, *id).filter(|row| Some(*id) != own && row.id("vrf") == vrf);
        row.and_then(|row| Network::parse(row.text(field))).is_some_and(&same)
    };
    candidate.store.find(model, HOST, &network.address().to_string()).filter(is_other).collect()
}

const LEAST_VID: i64 = 1;
const MOST_VID: i64 = 4094;

/// The ranges of a VLAN group are ranges, and apart from each other.
pub(super) fn vlan_group(candidate: &mut Candidate<'_>) -> Result<(), Errors> {
    let mut ranges = vid_ranges(candidate.row);
    let wrong = |message: String| Err(Errors::one("vid_ranges", message));
    if ranges.is_empty() {
        return wrong("This field cannot be blank.".to_owned());
    }
    for (first, last) in &ranges {
        if *first < LEAST_VID {
            return wrong(format!("Starting VLAN ID in range ({first}) cannot be less than {LEAST_VID}"));
        }
        if *last > MOST_VID {
            return wrong(format!("Ending VLAN ID in range ({last}) cannot exceed {MOST_VID}"));
        }
        if first > last {
            return wrong(format!(
                "Ending VLAN ID in range must be greater than or equal to the starting VLAN ID ({first}-{last})"
            ));
        }
    }
    ranges.sort_unstable();
    let overlap = ranges.iter().zip(ranges.iter().skip(1)).any(|((_, last), (next, _))| next <= last);
    if overlap { wrong("Ranges cannot overlap.".to_owned()) } else { Ok(()) }
}

/// A VLAN fits into its group.
fn in_group(candidate: &Candidate<'_>) -> Result<(), Errors> {
    let Some(group) = candidate.related("group", "ipam.vlangroup") else { return Ok(()) };
    let name = candidate.label("ipam.vlangroup", candidate.row.id("group"));
    let (site, scope) = (candidate.row.id("site"), group.id("scope_id"));
    if site.is_some() && group.text("scope_type") == "dcim.site" && site != scope {
        let (site, scope) = (candidate.label("dcim.site", site), candidate.label("dcim.site", scope));
        return Err(Errors::all(format!(
            "VLAN is assigned to group {name} (scope: {scope}); cannot also assign to site {site}."
        )));
    }
    let ranges = vid_ranges(group);
    let vid = candidate.row.get("vid").and_then(Value::as_i64).unwrap_or_default();
    if ranges.iter().any(|(first, last)| (*first..=*last).contains(&vid)) {
        return Ok(());
    }
    let ranges: Vec<_> = ranges
        .iter()
        .map(|(first, last)| if first == last { first.to_string() } else { format!("{first}-{last}") })
        .collect();
    let ranges = ranges.join(",");
    Err(Errors::one("vid", format!("VID must be in ranges {ranges} for VLANs in group {name}")))
}

pub(super) fn vlan(candidate: &mut Candidate<'_>) -> Result<(), Errors> {
    in_group(candidate)?;
    let customer = candidate.row.text("qinq_role") == "cvlan";
    match (candidate.row.id("qinq_svlan"), customer) {
        (Some(_), false) => {
            Err(Errors::one("qinq_svlan", "Only Q-in-Q customer VLANs maybe assigned to a service VLAN."))
        }
        (None, true) => {
            Err(Errors::one("qinq_role", "A Q-in-Q customer VLAN must be assigned to a service VLAN."))
        }
        _ => Ok(()),
    }
}

/// Brings the older pair of protocol and ports and the newer list of mappings together.
pub(super) fn service_ports(candidate: &mut Candidate<'_>) -> Result<(), Errors> {
    let given = |field: &str| candidate.data.get(field).filter(|value| !value.is_null());
    let (protocol, ports) = (given("protocol").is_some(), given("ports").is_some());
    let mapped = candidate.data.contains_key("port_mappings");
    if mapped && (protocol || ports) && !agree(candidate) {
        let message = "Specify either 'port_mappings' or the deprecated 'protocol'/'ports' fields, not both.";
        return Err(Errors::one(candidate.no_field, message));
    }
    if (protocol || ports) && !mapped {
        let source = |field: &str| match candidate.data.get(field).filter(|value| !value.is_null()) {
            Some(_) => candidate.row.get(field).cloned(),
            None => candidate.old.and_then(|old| old.get(field)).cloned(),
        };
        let name = source("protocol")
            .and_then(|value| value.as_str().map(str::to_owned))
            .filter(|name| !name.is_empty());
        let numbers = source("ports").and_then(|value| value.as_array().cloned());
        if given("ports").and_then(Value::as_array).is_some_and(Vec::is_empty) {
            return Err(Errors::one("ports", "At least one port mapping is required."));
        }
        let (Some(name), Some(numbers)) = (name, numbers.filter(|numbers| !numbers.is_empty())) else {
            return Err(Errors::one(
                candidate.no_field,
                "Both 'protocol' and 'ports' are required when writing via the deprecated legacy format; use \
                 port_mappings instead.",
            ));
        };
        let mappings: Vec<_> = numbers.iter().map(|port| format!("{name}/{port}")).collect();
        candidate.row.insert("port_mappings".to_owned(), mappings.into());
    }
    Ok(())
}

/// The pair says the same as the list.
fn agree(candidate: &Candidate<'_>) -> bool {
    let list = |field: &str| candidate.row.get(field).and_then(Value::as_array).cloned().unwrap_or_default();
    let protocol = candidate.row.text("protocol");
    let mut pair: Vec<_> = list("ports").iter().map(|port| format!("{protocol}/{port}")).collect();
    let mut mapped: Vec<_> =
        list("port_mappings").iter().filter_map(|mapping| mapping_form(mapping.as_str()?).ok()).collect();
    pair.sort();
    mapped.sort();
    pair == mapped
}

/// Each mapping is a protocol and a port, and none comes twice.
pub(super) fn service(candidate: &mut Candidate<'_>) -> Result<(), Errors> {
    let mappings = candidate.row.get("port_mappings").and_then(Value::as_array).cloned().unwrap_or_default();
    let mut good: Vec<String> = Vec::new();
    for mapping in mappings.iter().filter_map(Value::as_str) {
        let normal = mapping_form(mapping).map_err(|message| Errors::one("port_mappings", message))?;
        if good.contains(&normal) {
            return Err(Errors::one("port_mappings", format!("Duplicate port mapping: {mapping}")));
        }
        good.push(normal);
    }
    let Some((protocol, _)) = good.first().and_then(|first| first.split_once('/')) else {
        return Err(Errors::one("port_mappings", "At least one port mapping is required."));
    };
    let single =
        good.iter().all(|mapping| mapping.split_once('/').is_some_and(|(other, _)| other == protocol));
    let mut ports: Vec<u64> =
        good.iter().filter_map(|mapping| mapping.split_once('/')?.1.parse().ok()).collect();
    ports.sort_unstable();
    let protocol = if single { Value::from(protocol) } else { Value::Null };
    candidate.row.insert("protocol".to_owned(), protocol);
    candidate.row.insert("ports".to_owned(), if single { ports.into() } else { Value::Null });
    candidate.row.insert("port_mappings".to_owned(), good.into());
    Ok(())
}

fn mapping_form(mapping: &str) -> Result<String, String> {
    let (protocol, port) = mapping.split_once('/').unwrap_or((mapping, ""));
    if port.is_empty() {
        return Err(format!(
            "Invalid port mapping '{mapping}'. Expected format protocol/port (e.g. tcp/80)."
        ));
    }
    let lower = protocol.to_lowercase();
    if !matches!(lower.as_str(), "tcp" | "udp" | "sctp") {
        return Err(format!("Invalid protocol: {protocol}"));
    }
    let number: i64 = port.parse().map_err(|_| format!("Invalid port number: {port}"))?;
    if !(1..=65_535).contains(&number) {
        return Err(format!("Port {number} is not within the permitted range (1-65535)."));
    }
    Ok(format!("{lower}/{number}"))
}

//! Rules for device types, devices, their interfaces and MAC addresses.

use serde_json::Value;

use super::super::errors::Errors;
use super::super::models;
use super::super::network::Network;
use super::super::store::Values;
use super::super::table::Holds;
use super::virtualization::{interface_basics, is_set, mac_input};
use super::{Candidate, belongs, interfaces_of};

const INTERFACE: &str = "dcim.interface";
const LOCATION: &str = "dcim.location";

pub(super) fn device_type(candidate: &mut Candidate<'_>) -> Result<(), Errors> {
    let height = candidate.row.get("u_height").and_then(Value::as_f64).unwrap_or_default();
    if (height * 2.0).fract() != 0.0 {
        return Err(Errors::one("u_height", "U height must be in increments of 0.5 rack units."));
    }
    if height > 0.0 && candidate.row.text("subdevice_role") == "child" {
        return Err(Errors::one("u_height", "Child device types must be 0U."));
    }
    Ok(())
}

/// A location is on the site of the one that it is part of.
pub(super) fn location(candidate: &mut Candidate<'_>) -> Result<(), Errors> {
    let Some(parent) = candidate.related("parent", LOCATION) else { return Ok(()) };
    if parent.id("site") == candidate.row.id("site") {
        return Ok(());
    }
    let (parent, site) = (
        candidate.label(LOCATION, candidate.row.id("parent")),
        candidate.label("dcim.site", candidate.row.id("site")),
    );
    Err(Errors::all(format!("Parent location ({parent}) must belong to the same site ({site}).")))
}

/// Location, rack place, addresses, platform and cluster of a device.
pub(super) fn device(candidate: &mut Candidate<'_>) -> Result<(), Errors> {
    in_location(candidate)?;
    if !candidate.row.text("face").is_empty() {
        return Err(Errors::one("face", "Cannot select a rack face without assigning a rack."));
    }
    if candidate.row.get("position").and_then(Value::as_f64).is_some_and(|position| position != 0.0) {
        return Err(Errors::one("position", "Cannot select a rack position without assigning a rack."));
    }
    addresses(candidate)?;
    let kind = candidate.related("device_type", "dcim.devicetype");
    let maker = kind.and_then(|kind| kind.id("manufacturer"));
    let platform =
        candidate.related("platform", "dcim.platform").and_then(|platform| platform.id("manufacturer"));
    if platform.is_some() && platform != maker {
        let (platform, maker) =
            (candidate.label("dcim.manufacturer", platform), candidate.label("dcim.manufacturer", maker));
        let message = format!(
            "The assigned platform is limited to {platform} device types, but this device's type belongs to {maker}."
        );
        return Err(Errors::one("platform", message));
    }
    in_cluster(candidate)
}

fn in_location(candidate: &Candidate<'_>) -> Result<(), Errors> {
    let Some(location) = candidate.related("location", LOCATION) else { return Ok(()) };
    if location.id("site") == candidate.row.id("site") {
        return Ok(());
    }
    let (location, site) = (
        candidate.label(LOCATION, candidate.row.id("location")),
        candidate.label("dcim.site", candidate.row.id("site")),
    );
    Err(Errors::one("location", format!("Location {location} does not belong to site {site}.")))
}

/// The hosts of a cluster are where the cluster is.
fn in_cluster(candidate: &Candidate<'_>) -> Result<(), Errors> {
    let Some(cluster) = candidate.related("cluster", "virtualization.cluster") else { return Ok(()) };
    let site = cluster.id("_site");
    if site.is_some() && site != candidate.row.id("site") {
        let site = candidate.label("dcim.site", site);
        return Err(Errors::one(
            "cluster",
            format!("The assigned cluster belongs to a different site ({site})"),
        ));
    }
    let location = cluster.id("scope_id").filter(|_| cluster.text("scope_type") == LOCATION);
    if location.is_some() && location != candidate.row.id("location") {
        let location = candidate.label(LOCATION, location);
        return Err(Errors::one(
            "cluster",
            format!("The assigned cluster belongs to a different location ({location})"),
        ));
    }
    Ok(())
}

fn addresses(candidate: &Candidate<'_>) -> Result<(), Errors> {
    let interfaces: Vec<_> = interfaces_of(candidate, INTERFACE, "device").collect();
    for (field, family) in [("primary_ip4", Some(4)), ("primary_ip6", Some(6)), ("oob_ip", None)] {
        let Some(address) = candidate.row.id(field) else { continue };
        let text = candidate.label("ipam.ipaddress", Some(address));
        if let Some(family) = family
            && Network::parse(&text).map(Network::family) != Some(family)
        {
            return Err(Errors::one(field, format!("{text} is not an IPv{family} address.")));
        }
        if !belongs(candidate.store, address, INTERFACE, &interfaces) {
            let message = format!("The specified IP address ({text}) is not assigned to this device.");
            return Err(Errors::one(field, message));
        }
    }
    Ok(())
}

/// What the serializer of a device's interface checks.
pub(super) fn interface_input(candidate: &mut Candidate<'_>) -> Result<(), Errors> {
    mac_input(candidate)?;
    let mode = candidate.row.text("mode");
    let set = |field| is_set(candidate.row.get(field));
    let mut errors = Errors::default();
    if mode != "q-in-q" && set("qinq_svlan") {
        errors.add("qinq_svlan", "Interface mode does not support q-in-q service vlan");
    }
    if mode.is_empty() && set("untagged_vlan") {
        errors.add("untagged_vlan", "Interface mode does not support untagged vlan");
    }
    if matches!(mode, "" | "tagged-all" | "access") && set("tagged_vlans") {
        errors.add("tagged_vlans", "Interface mode does not support tagged vlans");
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    let site = candidate.related("device", "dcim.device").and_then(|device| device.id("site"));
    for vlan in candidate.row.ids("tagged_vlans") {
        let of = candidate.store.get("ipam.vlan", vlan).and_then(|vlan| vlan.id("site"));
        if candidate.data.contains_key("tagged_vlans") && of.is_some() && of != site {
            let vlan = candidate.label("ipam.vlan", Some(vlan));
            let message = format!(
                "VLAN {vlan} must belong to the same site as the interface's parent device, or it must be global."
            );
            return Err(Errors::one("tagged_vlans", message));
        }
    }
    Ok(())
}

pub(super) fn interface(candidate: &mut Candidate<'_>) -> Result<(), Errors> {
    let device = candidate.row.id("device");
    if candidate.old.is_some_and(|old| old.id("device") != device) {
        return Err(Errors::one("device", "Components cannot be moved to a different device."));
    }
    interface_basics(candidate, INTERFACE)?;
    own_kind(candidate)?;
    if VIRTUAL.contains(&candidate.row.text("type")) && candidate.row.flag("mark_connected") {
        let kind = kind_label(candidate.row.text("type"));
        return Err(Errors::one(
            "mark_connected",
            format!("{kind} interfaces cannot be marked as connected."),
        ));
    }
    on_same_device(candidate, "parent", "parent", "")?;
    on_same_device(candidate, "bridge", "bridge", ".")?;
    if candidate.row.text("type") == "virtual" && candidate.row.id("lag").is_some() {
        return Err(Errors::one("lag", "Virtual interfaces cannot have a parent LAG interface."));
    }
    is_itself(candidate, "lag", "A LAG interface cannot be its own parent.")?;
    on_same_device(candidate, "lag", "LAG", ".")?;
    let site = candidate.related("device", "dcim.device").and_then(|device| device.id("site"));
    let of = candidate.related("untagged_vlan", "ipam.vlan").and_then(|vlan| vlan.id("site"));
    if of.is_some() && of != site {
        let vlan = candidate.label("ipam.vlan", candidate.row.id("untagged_vlan"));
        let message = format!(
            "The untagged VLAN ({vlan}) must belong to the same site as the interface's parent device, or it must be \
             global."
        );
        return Err(Errors::one("untagged_vlan", message));
    }
    Ok(())
}

/// Types of interfaces that no cable can be plugged into.
const VIRTUAL: &[&str] = &["virtual", "lag", "bridge"];

fn kind_label(kind: &str) -> &'static str {
    let choices = models::by_name(INTERFACE).and_then(|model| model.field("type")).map(|field| field.holds);
    let Some(Holds::Choice(choices)) = choices else { return "" };
    choices.iter().find(|(known, _)| *known == kind).map_or("", |(_, label)| label)
}

fn is_itself(candidate: &Candidate<'_>, field: &str, message: &str) -> Result<(), Errors> {
    let own = candidate.row.id("id");
    if own.is_some() && candidate.row.id(field) == own { Err(Errors::one(field, message)) } else { Ok(()) }
}

/// What the type of an interface allows.
fn own_kind(candidate: &Candidate<'_>) -> Result<(), Errors> {
    let row = &candidate.row;
    let kind = row.text("type");
    let wireless = kind.starts_with("ieee802.");
    let connectable = !VIRTUAL.contains(&kind) && !wireless;
    is_itself(candidate, "parent", "An interface cannot be its own parent.")?;
    if row.id("parent").is_some() && kind != "virtual" && row.id("channel_id").is_none() {
        let message = "Only virtual interfaces, or a channel subinterface with a channel ID assigned, may be \
                       assigned to a parent interface.";
        return Err(Errors::one("parent", message));
    }
    if row.id("channels").is_some() && !connectable {
        let kind = kind_label(kind);
        return Err(Errors::one("channels", format!("{kind} interfaces cannot be channelized.")));
    }
    if row.id("channel_id").is_some() && !connectable {
        let message = "A channel ID cannot be assigned to a virtual, LAG, bridge, or wireless interface.";
        return Err(Errors::one("channel_id", message));
    }
    is_itself(candidate, "bridge", "An interface cannot be bridged to itself.")?;
    if !row.text("poe_mode").is_empty() && VIRTUAL.contains(&kind) {
        return Err(Errors::one("poe_mode", "Virtual interfaces cannot have a PoE mode."));
    }
    if !row.text("rf_role").is_empty() && !wireless {
        return Err(Errors::one("rf_role", "Wireless role may be set only on wireless interfaces."));
    }
    Ok(())
}

/// The interface in a field belongs to the same device.
fn on_same_device(
    candidate: &Candidate<'_>,
    field: &'static str,
    which: &str,
    end: &str,
) -> Result<(), Errors> {
    let of = candidate.related(field, INTERFACE).and_then(|other| other.id("device"));
    if of.is_none() || of == candidate.row.id("device") {
        return Ok(());
    }
    let (name, of) =
        (candidate.label(INTERFACE, candidate.row.id(field)), candidate.label("dcim.device", of));
    let message =
        format!("The selected {which} interface ({name}) belongs to a different device ({of}){end}");
    Err(Errors::one(field, message))
}

/// The primary MAC address of an interface stays with it.
pub(super) fn mac_address(candidate: &mut Candidate<'_>) -> Result<(), Errors> {
    let Some(old) = candidate.old else { return Ok(()) };
    let before = old.id("assigned_object_id").map(|id| (old.text("assigned_object_type"), id));
    let Some((kind, id)) = before else { return Ok(()) };
    let primary = candidate.store.get(kind, id).and_then(|interface| interface.id("primary_mac_address"));
    if primary != old.id("id") {
        return Ok(());
    }
    let now =
        candidate.row.id("assigned_object_id").map(|id| (candidate.row.text("assigned_object_type"), id));
    match now {
        None => Err(Errors::all(
            "Cannot unassign MAC Address while it is designated as the primary MAC for an object",
        )),
        Some(now) if now != (kind, id) => Err(Errors::all(
            "Cannot reassign MAC Address while it is designated as the primary MAC for an object",
        )),
        Some(_) => Ok(()),
    }
}

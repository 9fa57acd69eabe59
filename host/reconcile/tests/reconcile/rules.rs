//! What NetBox insists on beyond the types of fields.

use crate::netbox::{Netbox, Row};
use proxbox_model::kind::{Kind, find};
use serde_json::{Value as Json, json};

/// Fields that together no two objects share.
pub(crate) fn unique(kind: &str) -> &'static [&'static [&'static str]] {
    match kind {
        "virtualization.virtualmachine" => &[&["name", "cluster", "tenant"]],
        "dcim.device" => &[&["name", "site", "tenant"]],
        "dcim.devicetype" => &[&["manufacturer", "slug"], &["manufacturer", "model"]],
        "dcim.location" => &[&["site", "slug"], &["site", "name"]],
        "virtualization.cluster" | "ipam.service" => &[],
        "extras.customfield" => &[&["name"]],
        "virtualization.virtualdisk" | "virtualization.vminterface" => &[&["virtual_machine", "name"]],
        "dcim.interface" => &[&["device", "name"]],
        "dcim.macaddress" | "ipam.ipaddress" | "ipam.vlan" => &[],
        name if name.starts_with("netbox_proxbox.") => find(name).unwrap().keys,
        _ => &[&["slug"], &["name"]],
    }
}

/// An address is there once outside of VRFs, stays where it is while it is the primary one of a machine, and is only
/// the primary one of the machine that it is on. So is a MAC address of its interface.
pub(crate) fn addresses(netbox: &Netbox, kind: &Kind, id: Option<u64>, row: &Row) -> Result<(), String> {
    match (kind.model(), id) {
        ("ipam.ipaddress", id) => {
            once(netbox, id, row)?;
            id.map_or(Ok(()), |id| stays_while_primary(netbox, id, row))
        }
        ("virtualization.virtualmachine", Some(id)) => {
            ["primary_ip4", "primary_ip6"].iter().try_for_each(|field| match linked(row, field) {
                Some(address) if machine_of(netbox, netbox.row("ipam.ipaddress", address)) != Some(id) => {
                    Err(format!("{field} is not on an interface of the machine"))
                }
                _ => Ok(()),
            })
        }
        ("virtualization.vminterface", Some(id)) => match linked(row, "primary_mac_address") {
            Some(mac) if linked(netbox.row("dcim.macaddress", mac), "assigned_object_id") != Some(id) => {
                Err("primary_mac_address is not on the interface".to_owned())
            }
            _ => Ok(()),
        },
        _ => Ok(()),
    }
}

/// A machine without a site gets that of its device.
pub(crate) fn derive(netbox: &Netbox, kind: &Kind, row: &mut Row) {
    if kind.model() == "virtualization.virtualmachine"
        && linked(row, "site").is_none()
        && let Some(site) = linked(row, "device").and_then(|id| linked(netbox.row("dcim.device", id), "site"))
    {
        row.fields.insert("site".to_owned(), json!(site));
    }
}

/// A device is in a location of its own site, and a machine at the site of its device.
pub(crate) fn places(netbox: &Netbox, kind: &Kind, row: &Row) -> Result<(), String> {
    if kind.model() == "virtualization.virtualmachine"
        && let (Some(site), Some(device)) = (linked(row, "site"), linked(row, "device"))
        && linked(netbox.row("dcim.device", device), "site") != Some(site)
    {
        return Err("device is not assigned to this site".to_owned());
    }
    match linked(row, "location") {
        Some(location)
            if kind.model() == "dcim.device"
                && linked(netbox.row("dcim.location", location), "site") != linked(row, "site") =>
        {
            Err("location does not belong to the site".to_owned())
        }
        _ => Ok(()),
    }
}

fn once(netbox: &Netbox, id: Option<u64>, row: &Row) -> Result<(), String> {
    let host = |row: &Row| row.fields["address"].as_str().unwrap().split('/').next().unwrap().to_owned();
    let global = |row: &Row| linked(row, "vrf").is_none();
    let twice = global(row)
        && netbox
            .all("ipam.ipaddress")
            .any(|(held, other)| Some(held) != id && global(other) && host(other) == host(row));
    if twice { Err("Duplicate IP address found in global table".to_owned()) } else { Ok(()) }
}

fn stays_while_primary(netbox: &Netbox, id: u64, row: &Row) -> Result<(), String> {
    let before = netbox.row("ipam.ipaddress", id);
    let primary = netbox.all("virtualization.virtualmachine").any(|(_, machine)| {
        ["primary_ip4", "primary_ip6"].iter().any(|field| linked(machine, field) == Some(id))
    });
    if primary && machine_of(netbox, before) != machine_of(netbox, row) {
        return Err("Cannot reassign IP address while it is designated as the primary IP".to_owned());
    }
    Ok(())
}

fn machine_of(netbox: &Netbox, address: &Row) -> Option<u64> {
    let on = address.fields.get("assigned_object_type") == Some(&json!("virtualization.vminterface"));
    let interface = linked(address, "assigned_object_id").filter(|_| on)?;
    linked(netbox.row("virtualization.vminterface", interface), "virtual_machine")
}

fn linked(row: &Row, field: &str) -> Option<u64> {
    row.fields.get(field).and_then(Json::as_u64)
}

//! Rules for clusters, virtual machines and their interfaces.

use serde_json::Value;

use super::super::errors::{Errors, plain};
use super::super::network::Network;
use super::super::parse;
use super::super::store::Values;
use super::{Candidate, belongs, interfaces_of};

const MACHINE: &str = "virtualization.virtualmachine";
const CLUSTER: &str = "virtualization.cluster";
const INTERFACE: &str = "virtualization.vminterface";

/// The hosts of a cluster are on its site.
pub(super) fn cluster(candidate: &mut Candidate<'_>) -> Result<(), Errors> {
    let (Some(id), "dcim.site", site @ Some(_)) =
        (candidate.row.id("id"), candidate.row.text("scope_type"), candidate.row.id("scope_id"))
    else {
        return Ok(());
    };
    let hosts = candidate.store.find("dcim.device", "cluster", &id.to_string());
    let elsewhere = hosts
        .filter(|host| candidate.store.get("dcim.device", *host).is_some_and(|host| host.id("site") != site))
        .count();
    if elsewhere == 0 {
        return Ok(());
    }
    let site = candidate.label("dcim.site", site);
    Err(Errors::one(
        "scope",
        format!("{elsewhere} devices are assigned as hosts for this cluster but are not in site {site}"),
    ))
}

/// Where a virtual machine is, how large its disks are, and which addresses it may call its own.
pub(super) fn machine(candidate: &mut Candidate<'_>) -> Result<(), Errors> {
    place(candidate)?;
    disk(candidate)?;
    primary_addresses(candidate)
}

fn place(candidate: &Candidate<'_>) -> Result<(), Errors> {
    let (site, cluster, device) =
        (candidate.row.id("site"), candidate.row.id("cluster"), candidate.row.id("device"));
    if site.is_none() && cluster.is_none() && device.is_none() {
        return Err(Errors::all("A virtual machine must be assigned to a site, cluster, or device."));
    }
    let cluster_site = candidate.related("cluster", CLUSTER).and_then(|cluster| cluster.id("_site"));
    let host = candidate.related("device", "dcim.device");
    let site_name = candidate.label("dcim.site", site);
    let cluster_name = candidate.label(CLUSTER, cluster);
    let device_name = candidate.label("dcim.device", device);
    if cluster_site.is_some() && site.is_some() && cluster_site != site {
        let message =
            format!("The selected cluster ({cluster_name}) is not assigned to this site ({site_name}).");
        return Err(Errors::one("cluster", message));
    }
    let Some(host) = host else { return Ok(()) };
    if site.is_some() && host.id("site") != site {
        let message =
            format!("The selected device ({device_name}) is not assigned to this site ({site_name}).");
        return Err(Errors::one("site", message));
    }
    match (cluster, host.id("cluster")) {
        (None, hosts @ Some(_)) => {
            let hosts = candidate.label(CLUSTER, hosts);
            let message = format!(
                "Must specify the assigned device's cluster ({hosts}) when assigning host device {device_name}."
            );
            Err(Errors::one("cluster", message))
        }
        (Some(_), hosts) if hosts != cluster => {
            let message = format!(
                "The selected device ({device_name}) is not assigned to this cluster ({cluster_name})."
            );
            Err(Errors::one("device", message))
        }
        _ => Ok(()),
    }
}

fn disk(candidate: &mut Candidate<'_>) -> Result<(), Errors> {
    let Some(id) = candidate.row.id("id") else { return Ok(()) };
    let disks = candidate.store.find("virtualization.virtualdisk", "virtual_machine", &id.to_string());
    let sizes = disks.filter_map(|disk| candidate.store.get("virtualization.virtualdisk", disk)?.id("size"));
    let total: u64 = sizes.sum();
    if total == 0 {
        return Ok(());
    }
    match candidate.row.id("disk") {
        None if candidate.data.contains_key("disk") => Ok(()),
        None => {
            candidate.row.insert("disk".to_owned(), total.into());
            Ok(())
        }
        Some(size) if size != total => Err(Errors::one(
            "disk",
            format!(
                "The specified disk size ({size}) must match the aggregate size of assigned virtual disks ({total})."
            ),
        )),
        Some(_) => Ok(()),
    }
}

fn primary_addresses(candidate: &Candidate<'_>) -> Result<(), Errors> {
    let interfaces: Vec<_> = interfaces_of(candidate, INTERFACE, "virtual_machine").collect();
    for (field, family) in [("primary_ip4", 4), ("primary_ip6", 6)] {
        let Some(address) = candidate.row.id(field) else { continue };
        let text = candidate.label("ipam.ipaddress", Some(address));
        let actual = Network::parse(&text).map_or(family, Network::family);
        if actual != family {
            let message = format!("Must be an IPv{family} address. ({text} is an IPv{actual} address.)");
            return Err(Errors::one(field, message));
        }
        if !belongs(candidate.store, address, INTERFACE, &interfaces) {
            let message = format!("The specified IP address ({text}) is not assigned to this VM.");
            return Err(Errors::one(field, message));
        }
    }
    Ok(())
}

/// What the serializer of a virtual machine's interface checks.
pub(super) fn interface_input(candidate: &mut Candidate<'_>) -> Result<(), Errors> {
    mac_input(candidate)?;
    let site = candidate.related("virtual_machine", MACHINE).and_then(|machine| machine.id("site"));
    for vlan in candidate.row.ids("tagged_vlans") {
        let of = candidate.store.get("ipam.vlan", vlan).and_then(|vlan| vlan.id("site"));
        if candidate.data.contains_key("tagged_vlans") && of.is_some() && of != site {
            let vlan = candidate.label("ipam.vlan", Some(vlan));
            let message = format!(
                "VLAN {vlan} must belong to the same site as the interface's parent virtual machine, or it must be global."
            );
            return Err(Errors::one("tagged_vlans", message));
        }
    }
    Ok(())
}

/// The shortcut names a MAC address, and the same one as the field that it abbreviates.
pub(super) fn mac_input(candidate: &Candidate<'_>) -> Result<(), Errors> {
    let Some(given) = candidate.data.get("mac_address") else { return Ok(()) };
    let mac = parse::mac(&plain(given));
    if let Some(primary) = candidate.data.get("primary_mac_address") {
        let primary = if primary.is_null() {
            None
        } else {
            candidate.related("primary_mac_address", "dcim.macaddress")
        };
        let primary = primary.map(|primary| primary.text("mac_address").to_owned());
        if (mac.is_some() || given.is_null()) && primary != mac {
            let message = "The provided 'mac_address' and 'primary_mac_address' values conflict.";
            return Err(Errors::one(candidate.no_field, message));
        }
    }
    if !given.is_null() && mac.is_none() {
        return Err(Errors::one("mac_address", "Enter a valid MAC address (e.g. 00:11:22:33:44:55)."));
    }
    Ok(())
}

/// What an interface of a virtual machine may refer to.
pub(super) fn interface(candidate: &mut Candidate<'_>) -> Result<(), Errors> {
    interface_basics(candidate, INTERFACE)?;
    let own = candidate.row.id("id");
    let machine = candidate.row.id("virtual_machine");
    for (field, itself, which) in [
        ("parent", "An interface cannot be its own parent.", "parent"),
        ("bridge", "An interface cannot be bridged to itself.", "bridge"),
    ] {
        let other = candidate.row.id(field);
        if other.is_some() && other == own {
            return Err(Errors::one(field, itself));
        }
        let of = candidate.related(field, INTERFACE).and_then(|other| other.id("virtual_machine"));
        if of.is_some() && of != machine {
            let (name, of) = (candidate.label(INTERFACE, other), candidate.label(MACHINE, of));
            let message = format!(
                "The selected {which} interface ({name}) belongs to a different virtual machine ({of})."
            );
            return Err(Errors::one(field, message));
        }
    }
    let site = candidate.related("virtual_machine", MACHINE).and_then(|machine| machine.id("site"));
    let of = candidate.related("untagged_vlan", "ipam.vlan").and_then(|vlan| vlan.id("site"));
    if of.is_some() && of != site {
        let vlan = candidate.label("ipam.vlan", candidate.row.id("untagged_vlan"));
        let message = format!(
            "The untagged VLAN ({vlan}) must belong to the same site as the interface's parent virtual machine, or it \
             must be global."
        );
        return Err(Errors::one("untagged_vlan", message));
    }
    Ok(())
}

/// What holds for interfaces of devices and of virtual machines.
pub(super) fn interface_basics(candidate: &Candidate<'_>, model: &str) -> Result<(), Errors> {
    if candidate.row.id("qinq_svlan").is_some() && candidate.row.text("mode") != "q-in-q" {
        return Err(Errors::one("qinq_svlan", "Only Q-in-Q interfaces may specify a service VLAN."));
    }
    let Some(mac) = candidate.related("primary_mac_address", "dcim.macaddress") else { return Ok(()) };
    let assigned = mac.id("assigned_object_id").map(|id| (mac.text("assigned_object_type"), id));
    let own = candidate.row.id("id");
    match assigned {
        None if own.is_some() => {
            Err(Errors::all("Only a MAC address assigned to this interface can be its primary MAC address."))
        }
        Some((kind, id)) if kind != model || Some(id) != own => {
            let interface = candidate.label(kind, Some(id));
            Err(Errors::all(format!(
                "MAC address {} is assigned to a different interface ({interface}).",
                mac.text("mac_address")
            )))
        }
        _ => Ok(()),
    }
}

/// Whether a JSON value counts as set.
pub(super) fn is_set(value: Option<&Value>) -> bool {
    value.is_some_and(|value| {
        !value.is_null() && *value != "" && value.as_array().is_none_or(|list| !list.is_empty())
    })
}

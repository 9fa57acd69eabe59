//! Rules of the plugin's models.

use serde_json::{Value, json};

use super::super::address::is_domain;
use super::super::errors::{Errors, Refusal, duplicate};
use super::super::release::Release;
use super::super::store::Values;
use super::super::table::{Field, Model};
use super::Candidate;

const CLUSTER: &str = "netbox_proxbox.proxmoxcluster";
const NODE: &str = "netbox_proxbox.proxmoxnode";
const GUEST_INTERFACE: &str = "netbox_proxbox.guestvminterface";
const INTERFACE: &str = "virtualization.vminterface";

/// Characters of a domain; it is the model that counts them.
const MOST_DOMAIN: usize = 253;

const HAS_ROW: &str = "This object already has a Proxbox sync-state row.";
const HAS_GUEST: &str = "This core VM interface is already mapped to another guest interface (one-to-one). A guest \
                         interface that shares a MAC with the Proxmox NIC (e.g. a VLAN sub-interface) must not claim \
                         the same core interface.";

/// The field that names what a row of synchronisation state is about; none for other models.
fn parent(model: &'static Model) -> Option<&'static Field> {
    model.path.starts_with("plugins/proxbox/sync-state/").then(|| model.all().next()).flatten()
}

/// What the serializers check first.
pub(super) fn before_clean(candidate: &mut Candidate<'_>, model: &'static Model) -> Result<(), Errors> {
    let secret = |field: &str| candidate.data.get(field).is_some();
    match model.name {
        "netbox_proxbox.proxmoxvmcloudinit" if secret("password") || secret("private_key") => {
            let message = "Password and private-key inputs require OpenBao storage.";
            Err(Errors::one(candidate.no_field, message))
        }
        _ => Ok(()),
    }
}

/// Fields that may be null for the serializer, but not for the model.
const NEVER_NULL: &[(&str, &[&str])] =
    &[("netbox_proxbox.vmbackup", &["subtype", "format"]), ("netbox_proxbox.backuproutine", &["status"])];

/// What the models check.
pub(super) fn clean(candidate: &mut Candidate<'_>, model: &'static Model) -> Result<(), Errors> {
    let mut errors = Errors::default();
    let never = NEVER_NULL.iter().find(|(name, _)| *name == model.name).map_or(&[][..], |(_, fields)| fields);
    for field in never.iter().filter(|field| candidate.row.get(**field).is_some_and(Value::is_null)) {
        errors.add(field, "This field cannot be null.");
    }
    let routine = model.name == "netbox_proxbox.backuproutine";
    if routine && candidate.row.get("selection").is_none_or(is_empty) {
        errors.add("selection", "This field cannot be blank.");
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    match model.name {
        "netbox_proxbox.proxmoxendpoint" => endpoint(candidate),
        "netbox_proxbox.proxboxpluginsettings" => template(candidate),
        "netbox_proxbox.guestvminterface" => guest_interface(candidate),
        "netbox_proxbox.guestvminterfaceaddress" => guest_address(candidate),
        "netbox_proxbox.proxboxdevicesyncstate" => linked_node(candidate),
        "netbox_proxbox.proxboxclustersyncstate" => linked_cluster(candidate),
        _ => Ok(()),
    }
}

/// What is checked once the object itself is fine.
pub(super) fn after_clean(
    candidate: &mut Candidate<'_>,
    model: &'static Model,
    release: Release,
) -> Result<(), Refusal> {
    if let Some(parent) = parent(model) {
        only_row(candidate, model, parent)?;
        coherent(candidate, model)?;
        return stays_with_endpoint(candidate, model, candidate.old);
    }
    match model.name {
        "netbox_proxbox.guestvminterface" => match others(candidate, model, "vm_interface").is_empty() {
            true => Ok(()),
            false => Err(Errors::one("vm_interface", HAS_GUEST).into()),
        },
        "netbox_proxbox.proxmoxvmcloudinit" if !others(candidate, model, "virtual_machine").is_empty() => {
            let id = candidate.row.id("virtual_machine").unwrap_or_default();
            let detail = format!(
                " \"netbox_proxbox_proxmoxvmcloudinit_virtual_machine_id_key\"\nDETAIL:  Key \
                 (virtual_machine_id)=({id}) already exists."
            );
            Err(Refusal::Ended(500, duplicate(release, &detail)))
        }
        _ => Ok(()),
    }
}

/// Other objects of the model that refer to the same object.
fn others(candidate: &Candidate<'_>, model: &'static Model, field: &'static str) -> Vec<u64> {
    let Some(id) = candidate.row.id(field) else { return Vec::new() };
    let own = candidate.row.id("id");
    candidate.store.find(model.name, field, &id.to_string()).filter(|id| Some(*id) != own).collect()
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        _ => false,
    }
}

fn endpoint(candidate: &mut Candidate<'_>) -> Result<(), Errors> {
    let domain = candidate.row.text("domain");
    let length = domain.chars().count();
    if length > MOST_DOMAIN {
        let message = format!("Ensure this value has at most {MOST_DOMAIN} characters (it has {length}).");
        return Err(Errors::one("domain", message));
    }
    if !domain.is_empty() && !is_domain(domain) {
        return Err(Errors::one("domain", format!("{domain} is not a valid domain name")));
    }
    if domain.is_empty() && candidate.row.id("ip_address").is_none() {
        let message = "Provide either a domain or an IP address.";
        let mut errors = Errors::one("domain", message);
        errors.add("ip_address", message);
        return Err(errors);
    }
    template(candidate)
}

fn template(candidate: &mut Candidate<'_>) -> Result<(), Errors> {
    let template = candidate.row.text("node_device_name_template");
    if template.is_empty() || template.contains("{node}") {
        return Ok(());
    }
    Err(Errors::one("node_device_name_template", "Node device name template must contain {node}."))
}

fn guest_interface(candidate: &mut Candidate<'_>) -> Result<(), Errors> {
    let of = candidate.related("vm_interface", INTERFACE).and_then(|core| core.id("virtual_machine"));
    if of.is_none() || of == candidate.row.id("virtual_machine") {
        return Ok(());
    }
    let message = "Mapped core VM interface must belong to the same virtual machine as the guest interface.";
    Err(Errors::one("vm_interface", message))
}

/// An address that belongs to an interface belongs to the right one.
fn guest_address(candidate: &mut Candidate<'_>) -> Result<(), Errors> {
    let Some(guest) = candidate.related("guest_interface", GUEST_INTERFACE) else { return Ok(()) };
    let Some(address) = candidate.related("ip_address", "ipam.ipaddress") else { return Ok(()) };
    let Some(assigned) = address.id("assigned_object_id") else { return Ok(()) };
    let core = (address.text("assigned_object_type") == INTERFACE).then_some(assigned);
    let (right, message) = match guest.id("vm_interface") {
        Some(mapped) => (
            core == Some(mapped),
            "IP address must be the same object assigned to the mapped Proxmox core VM interface.",
        ),
        None => (
            core.and_then(|id| candidate.store.get(INTERFACE, id)?.id("virtual_machine"))
                == guest.id("virtual_machine"),
            "IP address must be assigned to a VM interface on the same virtual machine as the guest interface.",
        ),
    };
    if right { Ok(()) } else { Err(Errors::one("ip_address", message)) }
}

fn linked_node(candidate: &mut Candidate<'_>) -> Result<(), Errors> {
    match candidate.related("proxmox_node", NODE) {
        Some(node) if node.id("netbox_device") != candidate.row.id("device") => {
            Err(Errors::one("proxmox_node", "Proxmox node must be linked to the sync-state device."))
        }
        _ => Ok(()),
    }
}

fn linked_cluster(candidate: &mut Candidate<'_>) -> Result<(), Errors> {
    match candidate.related("proxmox_cluster", CLUSTER) {
        Some(cluster) if cluster.id("netbox_cluster") != candidate.row.id("cluster") => {
            Err(Errors::one("proxmox_cluster", "Proxmox cluster must be linked to the sync-state cluster."))
        }
        _ => Ok(()),
    }
}

/// There is one row for each object, and it stays with it.
fn only_row(candidate: &Candidate<'_>, model: &'static Model, parent: &'static Field) -> Result<(), Refusal> {
    let others = others(candidate, model, parent.name);
    if let Some(other) = others.first() {
        if candidate.old.is_none() {
            let taken = candidate.store.get(model.name, *other).map(AsRef::as_ref);
            stays_with_endpoint(candidate, model, taken)?;
        }
        return Err(Refusal::Ended(409, json!({ parent.name: HAS_ROW })));
    }
    if candidate.old.is_some_and(|old| old.id(parent.name) != candidate.row.id(parent.name)) {
        return Err(Errors::one(parent.name, "The sync-state parent cannot be changed.").into());
    }
    Ok(())
}

/// Node, cluster and endpoint of a row belong together; what follows from the others is filled in.
fn coherent(candidate: &mut Candidate<'_>, model: &'static Model) -> Result<(), Errors> {
    let given = |field: &&str| candidate.data.contains_key(*field);
    if !["endpoint", "proxmox_node", "proxmox_cluster"].iter().any(given) {
        return Ok(());
    }
    let mut errors = Errors::default();
    let mut endpoint = candidate.row.id("endpoint");
    let mut cluster = candidate.row.id("proxmox_cluster");
    if let Some(node) = candidate.related("proxmox_node", NODE) {
        if endpoint.is_some() && node.id("endpoint") != endpoint {
            errors.add("proxmox_node", "Node endpoint must match the sync-state endpoint.");
        } else {
            endpoint = node.id("endpoint");
        }
        match (node.id("proxmox_cluster"), cluster) {
            (Some(of), Some(cluster)) if of != cluster => {
                errors.set(
                    "proxmox_cluster",
                    json!(["Cluster must match the selected node's Proxmox cluster."]),
                );
            }
            (of @ Some(_), None) => cluster = of,
            _ => {}
        }
    }
    if let Some(row) = cluster.and_then(|id| candidate.store.get(CLUSTER, id)) {
        if endpoint.is_some() && row.id("endpoint") != endpoint {
            errors.set("proxmox_cluster", json!(["Cluster endpoint must match the sync-state endpoint."]));
        } else {
            endpoint = row.id("endpoint");
        }
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    for (field, id) in [("endpoint", endpoint), ("proxmox_cluster", cluster)] {
        if let Some(id) = id.filter(|_| model.field(field).is_some()) {
            candidate.row.insert(field.to_owned(), id.into());
        }
    }
    Ok(())
}

/// A device's row that belongs to one endpoint is not taken over by another.
fn stays_with_endpoint(
    candidate: &Candidate<'_>,
    model: &'static Model,
    before: Option<&super::super::store::Row>,
) -> Result<(), Refusal> {
    let field = "proxmox_endpoint_raw_id";
    let Some(before) = before.filter(|_| model.name == "netbox_proxbox.proxboxdevicesyncstate") else {
        return Ok(());
    };
    let stored = before.get(field).filter(|value| !value.is_null());
    let changed = stored.is_some_and(|stored| candidate.row.get(field) != Some(stored));
    if candidate.data.contains_key(field) && changed {
        let code = "endpoint_ownership_conflict";
        return Err(Refusal::Ended(409, json!({ field: [code], "code": code })));
    }
    Ok(())
}

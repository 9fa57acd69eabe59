//! What the host adds to the drafts of an object: the row that describes it further, and the plugin's links to it.

use crate::check::Checked;
use crate::custom;
use crate::error::Fault;
use crate::reference::Ref;
use crate::text::shown;
use crate::time;
use crate::value::{Want, Wants};
use crate::world::{Records, World};
use proxbox_model::kind::{self, FieldSpec, FieldType, Kind};
use proxbox_model::{Identity, SourceObject};
use serde_json::Value as Json;

const LAST_UPDATED: &str = "proxmox_last_updated";

/// Moves what belongs into other rows out of a checked draft, and says which rows those are.
pub(crate) fn split(draft: &mut Checked, world: &World) -> Result<Vec<Checked>, Fault> {
    let Some(identity) = draft.identity.clone().filter(|_| draft.kind.pass_of.is_none()) else {
        return Ok(Vec::new());
    };
    let mut rows = Vec::new();
    if let Some(endpoint) = world.endpoints.get(&identity.source) {
        rows.extend(link(&identity, &endpoint.cluster));
    }
    match world.records {
        Records::Sidecars => rows.extend(sidecar(draft, &identity, world)?),
        Records::CustomFields => stamp(draft, world),
        Records::Identity => {}
    }
    Ok(rows)
}

/// The time of the last change, where it is a custom field.
fn stamp(draft: &mut Checked, world: &World) {
    let carries =
        kind::custom_field(LAST_UPDATED).is_some_and(|field| field.kinds.contains(&draft.kind.name));
    if carries && draft.kind.name != "virtualization.virtualdisk" {
        draft.passive.insert(LAST_UPDATED, now(world));
    }
}

fn now(world: &World) -> Want {
    let text = i64::try_from(world.now).ok().and_then(time::from_seconds);
    Want::Plain(text.map_or(Json::Null, Json::from))
}

fn sidecar(draft: &mut Checked, identity: &Identity, world: &World) -> Result<Option<Checked>, Fault> {
    let Some(kind) = draft.kind.sidecar() else { return Ok(None) };
    let Some([parent]) = kind.keys.first().copied() else { return Ok(None) };
    let mut row = Checked::new(kind, None);
    let mut staying = Wants::default();
    let identity_names = draft.kind.identity.map(custom::identity_names).unwrap_or_default();
    for (name, want) in std::mem::take(&mut draft.custom_fields) {
        match kind.field(field_of(&name)) {
            Some(spec) if !identity_names.contains(&name.as_str()) => {
                row.fields.insert(spec.name, fitting(kind, spec, want)?);
            }
            _ => {
                staying.insert(name, want);
            }
        }
    }
    draft.custom_fields = staying;
    row.fields.extend(known_by_the_host(draft, identity, world, kind));
    row.fields.insert(parent, Want::One(Ref::to(draft.kind, identity.clone())));
    row.passive.insert(LAST_UPDATED, now(world));
    Ok(Some(row))
}

/// The field of a sidecar that holds what a custom field of that name holds elsewhere.
fn field_of(custom: &str) -> &str {
    match custom {
        "proxbox_storage_id" => "proxbox_storage",
        "proxmox_node" => "proxmox_node_name",
        "proxmox_cluster" => "proxmox_cluster_name",
        other => other,
    }
}

/// A custom field's value as the value of a sidecar's field.
fn fitting(kind: &'static Kind, spec: &'static FieldSpec, want: Want) -> Result<Want, Fault> {
    match (spec.holds, want) {
        (FieldType::Relation(target), Want::One(to) | Want::Perhaps(to)) if to.kind().name == target => {
            Ok(Want::Perhaps(to))
        }
        (FieldType::Text(_), Want::Plain(Json::Null)) => Ok(Want::Plain("".into())),
        (FieldType::Text(most), Want::Plain(Json::String(text))) => {
            Ok(Want::Plain(text.chars().take(most).collect::<String>().into()))
        }
        (FieldType::Flag, Want::Plain(value @ (Json::Bool(_) | Json::Null)))
        | (FieldType::Integer(_), Want::Plain(value @ (Json::Number(_) | Json::Null)))
        | (FieldType::Relation(_), Want::Plain(value @ Json::Null)) => Ok(Want::Plain(value)),
        (_, other) => {
            let got = match &other {
                Want::Plain(value) => shown(&value.to_string()),
                Want::One(_) | Want::Perhaps(_) | Want::Many(_) => "a reference".to_owned(),
            };
            let wants = "another type".to_owned();
            Err(Fault::WrongValue { kind: kind.name, field: spec.name.to_owned(), wants, got })
        }
    }
}

/// Who the object is, as far as the sidecar has fields for it.
fn known_by_the_host(draft: &Checked, identity: &Identity, world: &World, kind: &'static Kind) -> Wants {
    let plain = |value: Json| Some(Want::Plain(value));
    let perhaps = |name: &str, object: &SourceObject| {
        let kind = kind::find(name)?;
        Some(Want::Perhaps(Ref::to(kind, identity.beside(object.clone()))))
    };
    let endpoint = world.endpoints.get(&identity.source);
    let node = match &identity.object {
        SourceObject::Node(name) => Some(SourceObject::Node(name.clone())),
        SourceObject::Guest(_) => node_of(draft),
        _ => None,
    };
    let value = |field: &str| match field {
        "endpoint" => perhaps("netbox_proxbox.proxmoxendpoint", &SourceObject::Endpoint),
        "proxmox_cluster" => perhaps("netbox_proxbox.proxmoxcluster", &SourceObject::Cluster),
        "proxmox_node" => perhaps("netbox_proxbox.proxmoxnode", node.as_ref()?),
        "proxmox_node_name" => match node.as_ref()? {
            SourceObject::Node(name) => plain(name.as_str().into()),
            _ => None,
        },
        "proxmox_cluster_name" => plain(identity.source.as_str().into()),
        "proxmox_endpoint_raw_id" => plain(endpoint.map(|row| row.stored).filter(|id| *id > 0)?.into()),
        "proxmox_vm_id" => match identity.object {
            SourceObject::Guest(vmid) => plain(vmid.into()),
            _ => None,
        },
        "proxmox_vm_name" => draft.fields.get("name").cloned(),
        _ => None,
    };
    let known = kind.fields.iter().filter_map(|spec| {
        // Links between rows of the plugin only make sense where it has a row for the endpoint.
        let link = matches!(spec.name, "endpoint" | "proxmox_cluster" | "proxmox_node");
        if link && endpoint.is_none() { None } else { Some((spec.name, value(spec.name)?)) }
    });
    known.collect()
}

/// The node that a draft of a guest says it is on.
fn node_of(draft: &Checked) -> Option<SourceObject> {
    let Want::One(to) = draft.fields.get("device")? else { return None };
    match &**to {
        Ref::Identity { identity, .. } => Some(identity.object.clone()),
        Ref::Natural { .. } => None,
    }
}

/// The plugin's own row of a cluster, which it calls as Proxmox does, or of a node, with the link to the NetBox object.
fn link(identity: &Identity, cluster: &str) -> Option<Checked> {
    let (row, field, name) = match &identity.object {
        SourceObject::Cluster => ("netbox_proxbox.proxmoxcluster", "netbox_cluster", cluster),
        SourceObject::Node(name) => ("netbox_proxbox.proxmoxnode", "netbox_device", name.as_str()),
        _ => return None,
    };
    let kind = kind::find(row)?;
    let to = |object: SourceObject| {
        let kind = kind::of(&object)?;
        Some(Want::One(Ref::to(kind, identity.beside(object))))
    };
    let mut link = Checked::new(kind, None);
    link.fields.insert("endpoint", to(SourceObject::Endpoint)?);
    link.fields.insert("name", Want::Plain(name.into()));
    link.fields.insert(kind.field(field)?.name, to(identity.object.clone())?);
    Some(link)
}

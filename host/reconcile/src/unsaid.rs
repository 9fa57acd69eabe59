//! What Proxmox has no word for. The default mapping fills such fields in so that NetBox takes the object and people know where it
//! comes from; what an operator entered there instead stays.

use crate::desired::Desired;
use crate::reference::{Part, Ref};
use crate::resolve::Resolver;
use crate::value::Want;
use crate::{Object, diff, normal, owners};
use proxbox_model::kind::{FieldSpec, FieldType, Kind, find};
use serde_json::Value as Json;

/// How the descriptions begin that the default mapping writes.
const DESCRIPTIONS: &[(&str, &[&str])] = &[
    ("virtualization.cluster", &["Proxmox "]),
    ("dcim.device", &["Proxmox Node "]),
    ("virtualization.virtualmachine", &["Synced from Proxmox node "]),
    ("virtualization.virtualdisk", &["Storage: ", "Format: "]),
    ("virtualization.vminterface", &["Bridge: ", "Model: "]),
];

/// Slugs of what the default mapping puts where NetBox wants something.
const DEFAULTS: &[(&str, &str, &str)] =
    &[("dcim.device", "device_type", "proxmox-generic-device"), ("dcim.device", "role", "proxmox-node")];

const VLANS: [&str; 3] = ["mode", "untagged_vlan", "tagged_vlans"];

/// Whether a wanted value says nothing that Proxmox states, and NetBox holds something that no mapping has put there.
pub(crate) fn stays(
    object: &Desired,
    spec: &FieldSpec,
    wanted: &Want,
    current: &Object,
    resolver: &Resolver<'_>,
) -> bool {
    let held = diff::value(spec, current);
    if normal::is_empty(&held) {
        return false;
    }
    match spec.name {
        "type" => object.kind.name == "dcim.interface" && wanted.text() == Some("other"),
        "description" => is_written(object.kind, wanted.text()) && !is_written(object.kind, held.as_str()),
        name if VLANS.contains(&name) => is_nothing(wanted) && !are_ours(object.kind, current, resolver),
        _ => match default_of(object.kind, spec.name) {
            Some(slug) => names(wanted, slug) && !is_called(spec, &held, slug, resolver),
            None => false,
        },
    }
}

/// Whether the default mapping could have written a description.
fn is_written(kind: &Kind, text: Option<&str>) -> bool {
    let beginnings =
        DESCRIPTIONS.iter().find(|(name, _)| *name == kind.name).map(|(_, beginnings)| beginnings);
    let text = text.unwrap_or_default();
    beginnings.is_some_and(|beginnings| beginnings.iter().any(|beginning| text.starts_with(beginning)))
}

fn is_nothing(wanted: &Want) -> bool {
    match wanted {
        Want::Plain(value) => normal::is_empty(value),
        Want::Many(list) => list.is_empty(),
        Want::One(_) | Want::Perhaps(_) => false,
    }
}

/// Whether every VLAN of an interface is one that a sync has made, and there is one at all.
fn are_ours(kind: &Kind, current: &Object, resolver: &Resolver<'_>) -> bool {
    if !matches!(kind.name, "virtualization.vminterface" | "dcim.interface") {
        return true;
    }
    let one = current.get("untagged_vlan").and_then(normal::id);
    let many = current.get("tagged_vlans").and_then(Json::as_array).into_iter().flatten();
    let mut vlans = one.into_iter().chain(many.filter_map(normal::id)).peekable();
    let is_ours = |id| {
        let vlan = find("ipam.vlan").and_then(|kind| resolver.state.get(kind, id));
        vlan.is_some_and(owners::is_ours)
    };
    vlans.peek().is_some() && vlans.all(is_ours)
}

fn default_of(kind: &Kind, field: &str) -> Option<&'static str> {
    DEFAULTS.iter().find(|(name, of, _)| *name == kind.name && *of == field).map(|(_, _, slug)| *slug)
}

fn names(wanted: &Want, slug: &str) -> bool {
    let Want::One(to) = wanted else { return false };
    let Ref::Natural { parts, .. } = &**to else { return false };
    parts.iter().any(|part| matches!(part, Part::Text("slug", text) if text == slug))
}

fn is_called(spec: &FieldSpec, held: &Json, slug: &str, resolver: &Resolver<'_>) -> bool {
    let FieldType::Relation(target) = spec.holds else { return false };
    let held = held.as_u64().and_then(|id| resolver.state.get(find(target)?, id));
    held.and_then(|held| held.get("slug")?.as_str()) == Some(slug)
}

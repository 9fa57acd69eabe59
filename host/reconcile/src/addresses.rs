//! Whose an IP address in NetBox is. Addresses are unique there, so that one that moves must be moved, and one that is not
//! ours must be left where it is.

use crate::{Object, normal};
use proxbox_model::kind::Kind;
use serde_json::Value as Json;

/// The tag of everything that is mirrored from Proxmox.
pub(crate) const OURS: &str = "proxbox";

/// Whether that kind holds IP addresses.
pub(crate) fn are(kind: &Kind) -> bool {
    kind.name == "ipam.ipaddress"
}

/// Whether an address is outside of every VRF, as those that Proxmox tells of.
pub(crate) fn is_global(address: &Object) -> bool {
    address.get("vrf").is_none_or(Json::is_null)
}

/// Whether an address is on an interface.
pub(crate) fn is_assigned(address: &Object) -> bool {
    address.get("assigned_object_id").is_some_and(|id| !id.is_null())
}

/// Whether a sync has put an address where it is.
pub(crate) fn is_ours(address: &Object) -> bool {
    normal::tag_slugs(address.get("tags")).iter().any(|slug| slug == OURS)
}

/// Where an address is, in words.
pub(crate) fn place(address: &Object) -> String {
    let kind = address.get("assigned_object_type").and_then(normal::choice).unwrap_or_default();
    match address.get("assigned_object_id").and_then(Json::as_u64) {
        Some(id) => format!("{kind} {id}"),
        None => "nothing".to_owned(),
    }
}

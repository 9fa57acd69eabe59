//! Whose an IP address in NetBox is. Addresses are unique there, so that one that moves must be moved, and one that is not
//! ours must be left where it is.

use crate::desired::Desired;
use crate::{Object, State, address, normal};
use proxbox_model::kind::{FieldSpec, FieldType, Kind, find};
use serde_json::Value as Json;

/// The mapper of the product that chooses primary addresses.
const CHOOSER: &str = "proxbox-primary-ip ";

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

/// Whether the primary address that a machine has is as good as the wanted one: it is still one of the candidates, and no
/// site module has chosen.
pub(crate) fn stays_primary(
    object: &Desired,
    spec: &FieldSpec,
    module: &str,
    current: &Object,
    state: &State,
) -> bool {
    if !matches!(spec.name, "primary_ip4" | "primary_ip6") || !module.starts_with(CHOOSER) {
        return false;
    }
    let held = current.get(spec.name).and_then(normal::id);
    let address = held.zip(find("ipam.ipaddress")).and_then(|(id, kind)| state.get(kind, id));
    let host = address.and_then(|address| normal::key(FieldType::Address, address.get("address")?));
    host.is_some_and(|host| object.candidates.iter().any(|candidate| address::host(candidate) == host))
}

/// Where an address is, in words.
pub(crate) fn place(address: &Object) -> String {
    let kind = address.get("assigned_object_type").and_then(normal::choice).unwrap_or_default();
    match address.get("assigned_object_id").and_then(Json::as_u64) {
        Some(id) => format!("{kind} {id}"),
        None => "nothing".to_owned(),
    }
}

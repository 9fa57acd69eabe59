//! Objects that NetBox may hold once for each place (a VLAN for each site or group), while Proxmox knows the natural key only.

use crate::owners::is_ours;
use crate::reference::{self, Part, Ref};
use crate::{Object, State, keyed, normal};
use proxbox_model::kind::{FieldSpec, FieldType, Kind};
use serde_json::Value as Json;

/// What a natural key leads to when no object that fits is without a place: the one that a sync made and that has a place since, if
/// it is the only one. Where syncs have made one for each place, nobody can tell which is meant.
pub(crate) fn with_a_place(state: &State, kind: &Kind, fits: impl Fn(&Object) -> bool) -> Option<u64> {
    if kind.unscoped.is_empty() {
        return None;
    }
    let mut ours = state.objects(kind).filter(|(_, object)| is_ours(object) && fits(object));
    match (ours.next(), ours.next()) {
        (Some((id, _)), None) => Some(id),
        _ => None,
    }
}

/// What an object relates to already, when it is what is wanted at some place: whoever put it there knows the place.
pub(crate) fn held(state: &State, spec: &FieldSpec, to: &Ref, current: &Object) -> Option<u64> {
    let kind = to.kind();
    let natural;
    let parts = match to {
        _ if kind.unscoped.is_empty() => return None,
        Ref::Natural { parts, .. } => parts,
        Ref::Identity { identity, .. } => {
            natural = reference::natural_key(kind, identity)?;
            &natural
        }
    };
    let ids: Vec<u64> = match (spec.holds, current.get(spec.name)?) {
        (FieldType::Relation(_), held) => normal::id(held).into_iter().collect(),
        (FieldType::Relations(_), Json::Array(held)) => held.iter().filter_map(normal::id).collect(),
        _ => return None,
    };
    let means = |object: &Object| {
        parts.iter().all(|part| match part {
            Part::Text(field, text) => keyed::held(kind, object, field).as_ref() == Some(text),
            Part::Related(..) => false,
        })
    };
    ids.into_iter().find(|id| state.get(kind, *id).is_some_and(means))
}

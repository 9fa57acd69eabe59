//! A snapshot that contradicts itself: rows that refer to what a list does not hold, although it was read as a whole.

use crate::{Object, State, normal};
use proxbox_model::kind::{FieldSpec, FieldType, KINDS, Kind, Ownership, Provider, find};

/// Objects of a kind that this token may not see, as others refer to them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hidden {
    /// Kind of the rows that refer to them.
    pub referring: &'static Kind,
    /// Kind of what is not there.
    pub missing: &'static Kind,
    /// How many rows do.
    pub rows: usize,
}

/// What a snapshot refers to and does not hold, of kinds that a sync would make again. Rows that come or go while NetBox is read
/// look the same, so that only a snapshot that was read anew proves something.
pub fn hidden(state: &State) -> Vec<Hidden> {
    let mut all = Vec::new();
    for referring in state.kinds() {
        let passes = KINDS.iter().filter(|pass| pass.pass_of == Some(referring.name));
        let fields = std::iter::once(referring).chain(passes).flat_map(|kind| kind.fields);
        for spec in fields {
            let targets = spec.holds.targets().iter().filter_map(|name| find(name));
            for missing in targets.filter(|kind| is_made(kind) && state.holds(kind)) {
                let lost = |row: &Object| {
                    let is_lost = |id| state.would_hold(missing, id) && state.get(missing, id).is_none();
                    names(spec, row, missing).is_some_and(is_lost)
                };
                let rows = state.objects(referring).filter(|(_, row)| lost(row)).count();
                if rows > 0 {
                    all.push(Hidden { referring, missing, rows });
                }
            }
        }
    }
    all
}

/// Whether a sync makes an object of the kind when it does not see one.
fn is_made(kind: &Kind) -> bool {
    kind.ownership == Ownership::Mirrored && kind.provider == Provider::Core
}

/// The object of a kind that a field of a row names.
pub(crate) fn names(spec: &FieldSpec, row: &Object, kind: &Kind) -> Option<u64> {
    if let FieldType::Generic { type_field, .. } = spec.holds
        && normal::choice(row.get(type_field)?)? != kind.name
    {
        return None;
    }
    normal::id(row.get(spec.name)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn state(lists: &[(&str, serde_json::Value)]) -> State {
        let mut state = State::new();
        for (kind, rows) in lists {
            state.insert(find(kind).unwrap(), serde_json::from_value(rows.clone()).unwrap());
        }
        state
    }

    const MACHINE: &str = "virtualization.virtualmachine";

    #[test]
    fn machines_of_a_cluster_that_the_list_does_not_hold_are_told() {
        let machines = json!([{"id": 1, "cluster": {"id": 7}}, {"id": 2, "cluster": {"id": 8}}, {"id": 3}]);
        let state = state(&[("virtualization.cluster", json!([{"id": 8}])), (MACHINE, machines)]);
        let (referring, missing) = (find(MACHINE).unwrap(), find("virtualization.cluster").unwrap());
        assert_eq!(hidden(&state), [Hidden { referring, missing, rows: 1 }]);
    }

    #[test]
    fn a_mac_address_that_an_interface_has_and_the_list_does_not_is_told() {
        let cards = json!([{"id": 1, "primary_mac_address": {"id": 5}}]);
        let state = state(&[("virtualization.vminterface", cards), ("dcim.macaddress", json!([]))]);
        assert_eq!(hidden(&state).len(), 1);
    }

    #[test]
    fn what_was_not_read_or_is_on_another_kind_proves_nothing() {
        let machines = json!([{"id": 1, "cluster": {"id": 7}, "tenant": {"id": 3}}]);
        let macs = json!([{"id": 1, "assigned_object_type": "dcim.interface", "assigned_object_id": 4}]);
        let state = state(&[
            (MACHINE, machines),
            ("tenancy.tenant", json!([])),
            ("dcim.macaddress", macs),
            ("virtualization.vminterface", json!([])),
        ]);
        assert_eq!(hidden(&state), []);
    }
}

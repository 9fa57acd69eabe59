//! Machines whose guest is gone and whose vmid another guest has now: they let go of the vmid, and keep everything else.

use crate::desired::Desired;
use crate::planner::Decision;
use crate::text::shown;
use crate::{Object, State, diff};
use proxbox_model::Problem;
use proxbox_model::plan::{Action, Change, Planned};
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};

#[derive(Default)]
pub(crate) struct Replaced {
    pub(crate) decisions: Vec<Decision>,
    pub(crate) problems: Vec<Problem>,
}

/// What is done about guests that take the place of others, by their positions.
pub(crate) fn all(replaced: &[(usize, u64)], desired: &[Desired], state: &State) -> Replaced {
    let mut all = Replaced::default();
    for (position, id) in replaced {
        let Some(object) = desired.get(*position) else { continue };
        let (Some(identity), Some(held)) = (&object.identity, state.get(object.kind, *id)) else { continue };
        let name = diff::name(object.kind, held).unwrap_or_default();
        let before = |field: &str| custom_field(held, field);
        // The source stays, so that a row beside the machine is not asked for its identity.
        let changes = [("proxmox_cluster", json!(identity.source)), ("proxmox_vm_id", Json::Null)]
            .into_iter()
            .filter(|(field, after)| before(field) != *after)
            .map(|(field, after)| {
                let change = Change { before: before(field), after: Planned::Ready(after) };
                (format!("custom_fields.{field}"), change)
            });
        let changes: BTreeMap<String, Change> = changes.collect();
        all.problems.push(told(&name, *id, object));
        all.decisions.push(Decision {
            kind: object.kind,
            identity: None,
            name,
            action: Action::Update { id: *id, changes, adopted: false },
            needs: BTreeSet::new(),
            without: Vec::new(),
        });
    }
    all
}

fn custom_field(held: &Object, field: &str) -> Json {
    held.get("custom_fields").and_then(|fields| fields.get(field)).cloned().unwrap_or_default()
}

fn told(name: &str, id: u64, object: &Desired) -> Problem {
    let label = object.identity.as_ref().map(|identity| shown(&identity.to_string())).unwrap_or_default();
    let (name, now) = (shown(name), shown(&object.name()));
    Problem::new(
        "guest-replaced",
        format!("{label} is another guest than before: {now} instead of {name}, with which it shares neither UUID nor MAC address"),
    )
    .with_hint(format!(
        "The virtual machine {name} (NetBox id {id}) stays as it is, without its vmid; delete it when it is not needed."
    ))
}

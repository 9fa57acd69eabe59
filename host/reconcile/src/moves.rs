//! Making way for addresses that move: NetBox does not let go of an address while it is the primary one of its machine.

use crate::desired::Desired;
use crate::planner::Decision;
use crate::reference::Ref;
use crate::resolve::{Resolver, Target};
use crate::{Object, State, addresses, normal};
use proxbox_model::SourceObject;
use proxbox_model::facts::AddressOwner;
use proxbox_model::kind::{self, FieldSpec, Kind};
use proxbox_model::plan::{Action, Change, Planned};
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};

const RELEASE: &str = "virtualization.virtualmachine#release";
const PRIMARY: &str = "virtualization.virtualmachine#primary-ip";

/// The primary addresses that are given up before addresses move.
#[derive(Debug, Default)]
pub(crate) struct Moves {
    /// By NetBox id of the machine: its name, and the fields with the ids that they held.
    released: BTreeMap<u64, (String, BTreeMap<&'static str, u64>)>,
}

impl Moves {
    /// Hears of an object that changes.
    pub(crate) fn hear(
        &mut self,
        object: &Desired,
        id: u64,
        changes: &BTreeMap<String, Change>,
        state: &State,
        resolver: &Resolver<'_>,
    ) {
        let moved =
            changes.contains_key("assigned_object_id") || changes.contains_key("assigned_object_type");
        if !addresses::are(object.kind) || !moved {
            return;
        }
        let (Some(machines), Some(primary)) = (kind::of(&SourceObject::Guest(0)), kind::find(PRIMARY)) else {
            return;
        };
        let goes_to = self::machine(object, machines, resolver);
        for (machine, held) in state.objects(machines).filter(|(machine, _)| Some(*machine) != goes_to) {
            for spec in fields_with(primary, held, id) {
                let name = held.get("name").and_then(Json::as_str).unwrap_or_default().to_owned();
                self.released
                    .entry(machine)
                    .or_insert_with(|| (name, BTreeMap::new()))
                    .1
                    .insert(spec.name, id);
            }
        }
    }

    /// An object as it will be when way has been made.
    pub(crate) fn after(&self, id: u64, pass: &Kind, current: &Object) -> Object {
        let mut current = current.clone();
        if let Some((_, fields)) =
            self.released.get(&id).filter(|_| pass.model() == "virtualization.virtualmachine")
        {
            for field in fields.keys() {
                current.insert((*field).to_owned(), Json::Null);
            }
        }
        current
    }

    pub(crate) fn decisions(self) -> impl Iterator<Item = Decision> {
        let kind = kind::find(RELEASE);
        self.released.into_iter().filter_map(move |(id, (name, fields))| {
            let change = |held| Change { before: json!(held), after: Planned::Ready(Json::Null) };
            let changes = fields.into_iter().map(|(field, held)| (field.to_owned(), change(held))).collect();
            let action = Action::Update { id, changes, adopted: false };
            Some(Decision {
                kind: kind?,
                identity: None,
                name,
                action,
                needs: BTreeSet::new(),
                without: Vec::new(),
            })
        })
    }
}

fn fields_with(pass: &'static Kind, held: &Object, address: u64) -> impl Iterator<Item = &'static FieldSpec> {
    let holds = move |spec: &&FieldSpec| held.get(spec.name).and_then(normal::id) == Some(address);
    pass.fields.iter().filter(holds)
}

/// The machine whose interface a desired address is on, when that is in NetBox.
fn machine(object: &Desired, kind: &'static Kind, resolver: &Resolver<'_>) -> Option<u64> {
    let identity = object.identity.as_ref()?;
    let SourceObject::IpAddress(AddressOwner::VmInterface(vmid, _), _) = &identity.object else {
        return None;
    };
    let identity = identity.beside(SourceObject::Guest(*vmid));
    match resolver.resolve(&Ref::Identity { kind, identity }) {
        Ok(Target::Id(id)) => Some(id),
        _ => None,
    }
}

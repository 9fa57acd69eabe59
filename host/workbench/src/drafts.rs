//! What the host would say of the drafts of a module, without a NetBox.

use crate::identity;
use proxbox_model::draft::{Draft, KeyParts, Outcome, Reference, Value};
use proxbox_model::kind::{self, Ownership};
use proxbox_model::options::Kept;
use proxbox_model::report::{ObjectResult, Stage};
use proxbox_model::{Identity, SourceObject};
use proxbox_reconcile::{Fact, FactOutcome, FactResult, Sources, State, World, lower, reconcile};
use serde_json::Value as Json;
use std::collections::BTreeSet;

/// What the reconciler refuses in an outcome: an unknown kind or field, a wrong value, a missing key. None when it takes it.
pub(crate) fn refused(interface: &str, source: &str, fact: &Json, outcome: &Outcome) -> Option<String> {
    let object = identity::of(interface, fact)?;
    let identity = Identity { source: source.to_owned(), object };
    let fact = Fact::new(Stage::Devices, identity, identity::label(interface, fact), interface);
    let mapped = FactOutcome::Mapped { module: String::new(), outcome: outcome.clone() };
    let world = World::default();
    let lowered = lower(vec![(fact, mapped)], &world);
    let reconciled = reconcile(lowered, &State::default(), &Kept::default(), &Sources::default(), &world);
    reconciled.facts.into_iter().find_map(|(_, result)| match result {
        FactResult::Settled(ObjectResult::Failed { problem }) if problem.code.starts_with("draft-") => {
            Some(fault(&problem.message))
        }
        _ => None,
    })
}

/// The reconciler's message without the module and the object, which the reader knows.
fn fault(message: &str) -> String {
    message
        .split_once("returned a wrong draft for ")
        .and_then(|(_, rest)| rest.split_once(": "))
        .map_or_else(|| message.to_owned(), |(_, fault)| fault.to_owned())
}

/// Custom fields in which a draft gives its object out for another one: the host writes these itself.
pub(crate) fn false_identity(
    interface: &str,
    source: &str,
    fact: &Json,
    outcome: &Outcome,
) -> Option<String> {
    let Outcome::Keep(drafts) = outcome else { return None };
    let own = drafts.first()?;
    let truth: Vec<(&str, Value)> = match identity::of(interface, fact)? {
        SourceObject::Guest(vmid) => {
            vec![
                ("proxmox_vm_id", Value::Integer(vmid.into())),
                ("proxmox_cluster", Value::Text(source.to_owned())),
            ]
        }
        SourceObject::Node(node) => {
            vec![("proxmox_node", Value::Text(node)), ("proxmox_cluster", Value::Text(source.to_owned()))]
        }
        SourceObject::Cluster => {
            let name = fact.get("name").and_then(Json::as_str).unwrap_or(source);
            vec![("proxmox_cluster_name", Value::Text(name.to_owned()))]
        }
        _ => return None,
    };
    let wrong = own.custom_fields.iter().find(|field| {
        truth.iter().any(|(name, value)| field.name == *name && !is_alike(&field.value, value))
    })?;
    Some(format!("custom_fields.{} is {}", wrong.name, crate::show::value(&wrong.value)))
}

/// Identities may be numbers or texts.
fn is_alike(one: &Value, other: &Value) -> bool {
    let text = |value: &Value| match value {
        Value::Integer(number) => number.to_string(),
        Value::Text(text) | Value::Decimal(text) => text.clone(),
        _ => String::new(),
    };
    text(one) == text(other)
}

/// Shared objects that an outcome refers to and does not bring along, beyond those that `usual` refers to: they must be in
/// NetBox already.
pub(crate) fn needed(outcome: &Outcome, usual: &Outcome) -> BTreeSet<String> {
    let brought = match outcome {
        Outcome::Keep(drafts) => drafts.iter().skip(1).map(names).collect(),
        _ => Vec::new(),
    };
    let known = references(usual);
    references(outcome)
        .difference(&known)
        .filter(|one| kind::find(&one.kind).is_some_and(|kind| kind.ownership == Ownership::Shared))
        .filter(|one| {
            !brought
                .iter()
                .any(|(kind, parts)| *kind == one.kind && one.key.iter().all(|part| parts.contains(part)))
        })
        .map(|one| {
            let key: Vec<String> = one.key.iter().map(|(name, value)| format!("{name}={value}")).collect();
            format!("{} {}", one.kind, key.join(" "))
        })
        .collect()
}

/// The kind of a draft, and everything that names it.
fn names(draft: &Draft) -> (String, KeyParts) {
    let texts = draft.fields.iter().filter_map(|field| match &field.value {
        Value::Text(text) => Some((field.name.clone(), text.clone())),
        _ => None,
    });
    (draft.kind.clone(), draft.key.iter().cloned().chain(texts).collect())
}

fn references(outcome: &Outcome) -> BTreeSet<Reference> {
    let Outcome::Keep(drafts) = outcome else { return BTreeSet::new() };
    let fields = drafts.iter().flat_map(|draft| draft.fields.iter().chain(&draft.custom_fields));
    fields
        .flat_map(|field| match &field.value {
            Value::Reference(one) => vec![one.clone()],
            Value::References(many) => many.clone(),
            _ => Vec::new(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::standard;
    use proxbox_model::draft::Field;

    fn guest() -> (Json, Outcome) {
        let case = standard::cases("virtual-machine").remove(0);
        (case.fact, case.outcome.unwrap())
    }

    fn with(outcome: &Outcome, change: impl FnOnce(&mut Vec<Draft>)) -> Outcome {
        let Outcome::Keep(mut drafts) = outcome.clone() else { panic!("kept") };
        change(&mut drafts);
        Outcome::Keep(drafts)
    }

    fn field(name: &str, value: Value) -> Field {
        Field { name: name.to_owned(), value }
    }

    #[test]
    fn what_the_built_in_mappers_draft_is_taken() {
        for interface in proxbox_transform::interfaces() {
            for case in standard::cases(interface) {
                let outcome = case.outcome.unwrap();
                assert_eq!(
                    refused(interface, "lab", &case.fact, &outcome),
                    None,
                    "{interface}: {}",
                    case.name
                );
                assert_eq!(
                    false_identity(interface, "lab", &case.fact, &outcome),
                    None,
                    "{interface}: {}",
                    case.name
                );
            }
        }
    }

    #[test]
    fn a_wrong_draft_is_refused_by_kind_and_field() {
        let (fact, usual) = guest();
        let refuse = |outcome: &Outcome| refused("virtual-machine", "lab", &fact, outcome).unwrap();
        let unknown = with(&usual, |drafts| drafts[0].fields.push(field("vcpu", Value::Integer(1))));
        insta::assert_snapshot!(refuse(&unknown), @"virtualization.virtualmachine has no field `vcpu` (did you mean `vcpus`?)");
        let wrong = with(&usual, |drafts| drafts[0].fields[0].value = Value::Integer(1));
        insta::assert_snapshot!(refuse(&wrong), @"virtualization.virtualmachine.name wants text, not a whole number");
        let kind = with(&usual, |drafts| drafts[0].kind = "dcim.device".to_owned());
        insta::assert_snapshot!(refuse(&kind), @"the first draft must be a virtualization.virtualmachine, not a dcim.device");
    }

    #[test]
    fn giving_a_guest_out_for_another_one_is_seen() {
        let (fact, usual) = guest();
        let other = with(&usual, |drafts| {
            drafts[0].custom_fields.retain(|field| field.name != "proxmox_vm_id");
            drafts[0].custom_fields.push(field("proxmox_vm_id", Value::Integer(1)));
        });
        assert_eq!(
            false_identity("virtual-machine", "lab", &fact, &other).unwrap(),
            "custom_fields.proxmox_vm_id is 1"
        );
    }

    #[test]
    fn what_is_neither_usual_nor_brought_along_must_be_there() {
        let (_, usual) = guest();
        let tenant =
            || Reference { kind: "tenancy.tenant".into(), key: vec![("slug".into(), "acme".into())] };
        let refers =
            with(&usual, |drafts| drafts[0].fields.push(field("tenant", Value::Reference(tenant()))));
        assert_eq!(needed(&refers, &usual), ["tenancy.tenant slug=acme".to_owned()].into());
        let brings = with(&refers, |drafts| {
            drafts.push(Draft {
                kind: "tenancy.tenant".into(),
                key: Vec::new(),
                fields: vec![field("slug", Value::Text("acme".into()))],
                custom_fields: Vec::new(),
                tags: Vec::new(),
            });
        });
        assert!(needed(&brings, &usual).is_empty());
        assert!(needed(&usual, &usual).is_empty());
    }
}

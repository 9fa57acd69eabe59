//! Which objects a filter can find at all, where an index of the store tells.

use std::collections::BTreeSet;

use super::super::store::{HOST, Store, by_text, generic_key};
use super::super::table::{By, Filter, Model};
use super::term::Term;

/// Ids among which are those of all objects for which the value of a filter is one of the terms; none when no index tells.
pub(super) fn indexed(
    store: &Store,
    model: &'static Model,
    filter: &Filter,
    terms: &[Term],
) -> Option<BTreeSet<u64>> {
    let mut ids = BTreeSet::new();
    for term in terms {
        match (filter.path, filter.by, term) {
            (_, _, Term::Null) => return None,
            ([], By::Number, Term::Number(id)) if filter.name == "id" => {
                ids.insert(*id as u64);
            }
            ([], By::Text, Term::Text(text)) if model.field(filter.name).is_some_and(by_text) => {
                ids.extend(store.find(model.name, filter.name, text));
            }
            ([], By::Address, Term::Network(network)) => {
                ids.extend(store.find(model.name, HOST, &network.address().to_string()));
            }
            ([], By::Address, Term::Never) => {}
            ([step], By::Id | By::OneId, Term::Id(id)) => {
                ids.extend(related(store, model, step, *id)?);
            }
            ([step], By::AnyId, Term::Number(id)) => {
                ids.extend(related(store, model, step, *id as u64)?);
            }
            _ => return None,
        }
    }
    Some(ids)
}

/// The objects that name another one in a relation field, or by a generic reference to its model (`field:model`).
fn related(
    store: &Store,
    model: &'static Model,
    step: &'static str,
    id: u64,
) -> Option<impl Iterator<Item = u64>> {
    if let (Some((_, target)), Some(generic)) = (step.split_once(':'), model.generic) {
        return Some(store.find(model.name, generic.name, &generic_key(target, id)));
    }
    model.field(step)?.relation()?;
    Some(store.find(model.name, step, &id.to_string()))
}

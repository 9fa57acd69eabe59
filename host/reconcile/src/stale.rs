//! Objects that stand for Proxmox objects which are gone. They are reported, never written.

use crate::owners::Owners;
use crate::{Sources, State};
use proxbox_model::kind::{self, rank};
use proxbox_model::plan::Stale;
use proxbox_model::{Identity, SourceObject};
use std::collections::HashSet;
use std::mem::{Discriminant, discriminant};

/// Objects whose identity is of a source that was read in full and that neither a fact nor a draft named, whatever became of
/// the fact.
///
/// A source that named no object of a sort tells nothing about that sort: the stage may not have been part of the run,
/// and a token without privileges reads empty lists.
pub(crate) fn stale<'f>(
    facts: impl Iterator<Item = &'f Identity> + Clone,
    extended: impl Iterator<Item = &'f Identity>,
    state: &State,
    sources: &'f Sources,
) -> Vec<Stale> {
    let there = facts.chain(&sources.present);
    let told: HashSet<(&str, Discriminant<SourceObject>)> =
        there.clone().map(|identity| (identity.source.as_str(), discriminant(&identity.object))).collect();
    let named: HashSet<&Identity> = there.chain(extended).collect();
    let mut stale = Vec::new();
    for kind in state.kinds() {
        let Some(rule) = kind.identity else { continue };
        let owners = Owners::new(kind, rule, state);
        for (identity, ids) in owners.identities() {
            let told = told.contains(&(identity.source.as_str(), discriminant(&identity.object)));
            let ours = kind::of(&identity.object) == Some(kind);
            if ours && told && sources.complete.contains(&identity.source) && !named.contains(identity) {
                stale.extend(ids.iter().map(|id| Stale {
                    kind,
                    id: *id,
                    name: owners.name(*id).unwrap_or_default().to_owned(),
                    identity: identity.clone(),
                }));
            }
        }
    }
    stale.sort_by_key(|stale| (rank(stale.kind), stale.id));
    stale
}

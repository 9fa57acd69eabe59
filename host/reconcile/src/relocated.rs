//! Guests that left one source of ours for another: one machine with its history, not a new one beside a stale one.

use crate::guests::Compared;
use crate::matching::{Match, Seeker};
use crate::owners::Owners;
use crate::resolve::Resolver;
use proxbox_model::plan::Stale;
use std::collections::BTreeMap;

/// Gives seekers that found nothing the machine of a guest that is gone from another source: the only one that it can be, and that
/// nobody else could be.
pub(crate) fn settle(
    owners: &Owners<'_>,
    seekers: &[Seeker],
    matches: &mut [Match],
    gone: &[Stale],
    resolver: &Resolver<'_>,
) {
    let gone: Vec<&Stale> = gone.iter().filter(|stale| stale.kind == owners.kind).collect();
    if gone.is_empty() {
        return;
    }
    let mut claims: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
    for (place, (seeker, found)) in seekers.iter().zip(matches.iter()).enumerate() {
        let Some(marks) = seeker.marks.as_ref().filter(|_| matches!(found, Match::Absent)) else { continue };
        let left = |stale: &&&Stale| {
            let uuid_before = resolver.uuid_before(&stale.identity);
            let compared =
                Compared { owners, id: stale.id, marks, name: seeker.name.as_deref(), uuid_before };
            stale.identity.source != seeker.identity.source && compared.is_moved()
        };
        let mut candidates = gone.iter().filter(left);
        if let (Some(stale), None) = (candidates.next(), candidates.next()) {
            claims.entry(stale.id).or_default().push(place);
        }
    }
    for (id, places) in claims {
        if let [place] = places[..]
            && let Some(found) = matches.get_mut(place)
        {
            *found = Match::Held(id);
        }
    }
}

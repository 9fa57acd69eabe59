//! Which object in NetBox stands for a Proxmox object: by identity, else by unambiguous adoption.

use crate::error::ReconcileError;
use crate::owners::Owners;
use proxbox_model::kind::IdentityRule;
use proxbox_model::{Identity, SourceObject};
use std::collections::BTreeMap;

/// A Proxmox object that looks for its NetBox object.
#[derive(Clone, Debug)]
pub(crate) struct Seeker {
    pub(crate) identity: Identity,
    /// For messages.
    pub(crate) label: String,
    /// Name by which it may adopt; none when it may not.
    pub(crate) name: Option<String>,
    /// NetBox cluster that it belongs in, when that exists.
    pub(crate) cluster: Option<u64>,
    /// NetBox site that it belongs in, when that exists.
    pub(crate) site: Option<u64>,
}

/// What a seeker found.
#[derive(Debug)]
pub(crate) enum Match {
    /// An object that carries its identity.
    Held(u64),
    /// An object of nobody that can only be this one.
    Adopted(u64),
    Absent,
    Conflict(ReconcileError),
}

enum Found {
    Certain(u64),
    Candidates { ids: Vec<u64>, adopted: bool },
    Conflict(ReconcileError),
}

/// Matches all seekers of one kind at once: what two of them could claim goes to neither.
pub(crate) fn match_all(owners: &Owners<'_>, seekers: &[Seeker]) -> Vec<Match> {
    let found: Vec<Found> = seekers.iter().map(|seeker| find(owners, seeker)).collect();
    let mut claims: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
    for (position, found) in found.iter().enumerate() {
        if let Found::Candidates { ids, .. } = found {
            for id in ids {
                claims.entry(*id).or_default().push(position);
            }
        }
    }
    let rival = |id: u64, position: usize| {
        let other = claims.get(&id)?.iter().find(|other| **other != position)?;
        seekers.get(*other)
    };
    let decided = found.into_iter().zip(seekers).enumerate();
    decided
        .map(|(position, (found, seeker))| match found {
            Found::Certain(id) => Match::Held(id),
            Found::Conflict(error) => Match::Conflict(error),
            Found::Candidates { ids, adopted } => match ids.as_slice() {
                [] => Match::Absent,
                [id] => match rival(*id, position) {
                    None if adopted => Match::Adopted(*id),
                    None => Match::Held(*id),
                    Some(rival) => Match::Conflict(ReconcileError::ManyClaims {
                        object: seeker.label.clone(),
                        kind: owners.kind,
                        id: *id,
                        other: rival.label.clone(),
                    }),
                },
                _ => Match::Conflict(ReconcileError::ManyCandidates {
                    object: seeker.label.clone(),
                    kind: owners.kind,
                    ids,
                }),
            },
        })
        .collect()
}

fn find(owners: &Owners<'_>, seeker: &Seeker) -> Found {
    let duplicate = |ids: &[u64]| {
        let object = seeker.label.clone();
        Found::Conflict(ReconcileError::Duplicate { object, kind: owners.kind, ids: ids.to_vec() })
    };
    match owners.of(&seeker.identity) {
        [] => {}
        [id] => return Found::Certain(*id),
        ids => return duplicate(ids),
    }
    if let Some(cluster) = seeker.cluster
        && seeker.identity.object != SourceObject::Cluster
    {
        match owners.in_cluster(cluster, &seeker.identity.object) {
            [] => {}
            [id] => return Found::Candidates { ids: vec![*id], adopted: false },
            ids => return duplicate(ids),
        }
    }
    adoptable(owners, seeker)
}

/// Objects of nobody with the natural key of the seeker.
fn adoptable(owners: &Owners<'_>, seeker: &Seeker) -> Found {
    let candidates = |ids: Vec<u64>| Found::Candidates { ids, adopted: true };
    let Some(name) = &seeker.name else { return candidates(Vec::new()) };
    let namesakes = owners.named(name);
    let free = namesakes.iter().copied().filter(|id| owners.is_free_for(*id, &seeker.identity.source));
    let free: Vec<u64> = free.collect();
    let in_cluster = |id: &u64| seeker.cluster.is_some() && owners.relation(*id, "cluster") == seeker.cluster;
    match owners.kind.identity {
        Some(IdentityRule::Cluster) => {
            let same = |id: &u64| owners.name(*id) == Some(name.as_str());
            candidates(free.into_iter().filter(same).collect())
        }
        Some(IdentityRule::Guest) => candidates(free.into_iter().filter(in_cluster).collect()),
        Some(IdentityRule::Node) => {
            let ours: Vec<u64> = free.iter().copied().filter(in_cluster).collect();
            if ours.is_empty() { outside_clusters(owners, seeker, namesakes, free) } else { candidates(ours) }
        }
        None => candidates(Vec::new()),
    }
}

/// Devices that are in no cluster yet: at the node's site, or the only one of that name anywhere.
fn outside_clusters(owners: &Owners<'_>, seeker: &Seeker, namesakes: &[u64], free: Vec<u64>) -> Found {
    let loose: Vec<u64> = free.into_iter().filter(|id| owners.relation(*id, "cluster").is_none()).collect();
    let at_site = |id: &u64| seeker.site.is_some() && owners.relation(*id, "site") == seeker.site;
    let near: Vec<u64> = loose.iter().copied().filter(at_site).collect();
    if !near.is_empty() {
        return Found::Candidates { ids: near, adopted: true };
    }
    if loose.is_empty() || namesakes.len() == 1 {
        return Found::Candidates { ids: loose, adopted: true };
    }
    let object = seeker.label.clone();
    Found::Conflict(ReconcileError::ManyCandidates { object, kind: owners.kind, ids: namesakes.to_vec() })
}

//! Which object in NetBox stands for a Proxmox object: by identity, else by unambiguous adoption.

use crate::desired::Marks;
use crate::error::ReconcileError;
use crate::guests::Compared;
use crate::owners::Owners;
use proxbox_model::Identity;
use proxbox_model::kind::IdentityRule;
use std::collections::{BTreeMap, BTreeSet};

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
    /// What it is recognised by besides its identity.
    pub(crate) marks: Option<Marks>,
    /// SMBIOS UUID of the guest of that identity when it was last synced.
    pub(crate) uuid_before: Option<String>,
}

/// What a seeker found.
#[derive(Debug)]
pub(crate) enum Match {
    /// An object that carries its identity.
    Held(u64),
    /// An object of nobody that can only be this one.
    Adopted(u64),
    /// One of several objects that carry its identity: the only one that others are part of, or the oldest.
    Twin {
        id: u64,
        ids: Vec<u64>,
    },
    /// None: the object that carries its identity stands for another that had the vmid before.
    Replaces(u64),
    Absent,
    Conflict(ReconcileError),
}

/// What a seeker could be, before the others are heard.
enum Found {
    Certain(u64),
    Twin {
        id: u64,
        ids: Vec<u64>,
    },
    Replaced(u64),
    /// Objects that it lays a claim to.
    Candidates {
        ids: Vec<u64>,
        adopted: bool,
    },
    Conflict(ReconcileError),
}

/// Which seekers claim an object.
type Claims = BTreeMap<u64, Vec<usize>>;

/// Matches all seekers of one kind at once: what two of them could claim goes to neither.
pub(crate) fn match_all(owners: &Owners<'_>, seekers: &[Seeker]) -> Vec<Match> {
    let mut claims = Claims::new();
    let near = seekers.iter().map(|seeker| near(owners, seeker)).collect();
    let mut matches = decide(owners, seekers, near, &mut claims);
    if owners.kind.identity == Some(IdentityRule::Node) {
        // Only now is it known which devices are nobody's, and that does not change from run to run.
        let spoken_for: BTreeSet<u64> = matches.iter().filter_map(Match::id).collect();
        let far = seekers.iter().zip(&matches).map(|(seeker, matched)| match matched {
            Match::Absent => far(owners, seeker, &spoken_for),
            _ => Found::Candidates { ids: Vec::new(), adopted: true },
        });
        let far = far.collect();
        for (matched, far) in matches.iter_mut().zip(decide(owners, seekers, far, &mut claims)) {
            if matches!(matched, Match::Absent) {
                *matched = far;
            }
        }
    }
    matches
}

impl Match {
    fn id(&self) -> Option<u64> {
        match self {
            Self::Held(id) | Self::Adopted(id) | Self::Twin { id, .. } => Some(*id),
            Self::Replaces(_) | Self::Absent | Self::Conflict(_) => None,
        }
    }
}

fn decide(owners: &Owners<'_>, seekers: &[Seeker], found: Vec<Found>, claims: &mut Claims) -> Vec<Match> {
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
            Found::Replaced(id) => Match::Replaces(id),
            Found::Twin { id, ids } => Match::Twin { id, ids },
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
                _ => many(owners, seeker, ids),
            },
        })
        .collect()
}

fn many(owners: &Owners<'_>, seeker: &Seeker, ids: Vec<u64>) -> Match {
    let object = seeker.label.clone();
    Match::Conflict(ReconcileError::ManyCandidates { object, kind: owners.kind, ids })
}

/// By identity, else the objects of nobody with the seeker's natural key.
fn near(owners: &Owners<'_>, seeker: &Seeker) -> Found {
    let several = |ids: &[u64]| match owners.one_of(ids) {
        Some(id) => Found::Twin { id, ids: ids.to_vec() },
        None => {
            let object = seeker.label.clone();
            Found::Conflict(ReconcileError::Duplicate { object, kind: owners.kind, ids: ids.to_vec() })
        }
    };
    match owners.of(&seeker.identity) {
        [] => {}
        [id] => {
            let (name, uuid_before) = (seeker.name.as_deref(), seeker.uuid_before.as_deref());
            let compared = |marks| Compared { owners, id: *id, marks, name, uuid_before };
            return match seeker.marks.as_ref().is_some_and(|marks| compared(marks).is_another()) {
                true => Found::Replaced(*id),
                false => Found::Certain(*id),
            };
        }
        ids => return several(ids),
    }
    if let Some(cluster) = seeker.cluster {
        match owners.in_cluster(cluster, &seeker.identity.object) {
            [] => {}
            [id] => return Found::Candidates { ids: vec![*id], adopted: false },
            ids => return several(ids),
        }
    }
    let free = free_namesakes(owners, seeker);
    let in_cluster = |id: &u64| seeker.cluster.is_some() && owners.relation(*id, "cluster") == seeker.cluster;
    let at_site = |id: &u64| {
        owners.relation(*id, "cluster").is_none()
            && seeker.site.is_some()
            && owners.relation(*id, "site") == seeker.site
    };
    let same_case = |id: &u64| owners.name(*id) == seeker.name.as_deref();
    let that = |fits: &dyn Fn(&u64) -> bool| free.iter().copied().filter(|id| fits(id)).collect::<Vec<u64>>();
    let ids = match owners.kind.identity {
        Some(IdentityRule::Cluster) => that(&same_case),
        Some(IdentityRule::Guest) => that(&in_cluster),
        Some(IdentityRule::Node) => match that(&in_cluster) {
            none if none.is_empty() => that(&at_site),
            ours => ours,
        },
        None => Vec::new(),
    };
    Found::Candidates { ids, adopted: true }
}

/// The only device of that name that is nobody's, if it is in no cluster.
fn far(owners: &Owners<'_>, seeker: &Seeker, spoken_for: &BTreeSet<u64>) -> Found {
    let mut free = free_namesakes(owners, seeker);
    free.retain(|id| !spoken_for.contains(id));
    let loose = free.iter().any(|id| owners.relation(*id, "cluster").is_none());
    match (loose, free.as_slice()) {
        (false, _) => Found::Candidates { ids: Vec::new(), adopted: true },
        (true, [_]) => Found::Candidates { ids: free, adopted: true },
        (true, _) => {
            let object = seeker.label.clone();
            Found::Conflict(ReconcileError::ManyCandidates { object, kind: owners.kind, ids: free })
        }
    }
}

/// Objects of nobody that have the seeker's name.
fn free_namesakes(owners: &Owners<'_>, seeker: &Seeker) -> Vec<u64> {
    let namesakes = seeker.name.as_deref().map(|name| owners.named(name)).unwrap_or_default();
    namesakes.iter().copied().filter(|id| owners.is_free_for(*id, &seeker.identity.source)).collect()
}

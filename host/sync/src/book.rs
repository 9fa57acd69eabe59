//! Which source each endpoint leads to. A cluster's name is no evidence: two hosts may have one name, and one source changes its
//! own. What was found once is kept, and nothing is written under another name without being asked.

use crate::lease::WriterLease;
use crate::quick::{Synced, SyncedBook};
use futures::future::BoxFuture;
use proxbox_model::endpoint::{KnownSource, KnownSources};
use proxbox_model::facts::ClusterMode;
use proxbox_model::{Identity, Problem};
use proxbox_proxmox::Fleet;
use std::collections::{BTreeSet, HashMap};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Where it is written down which source each endpoint leads to, and what tells guests apart that NetBox has no field for.
pub trait SourceBook: Send + Sync {
    /// What is known.
    fn known(&self) -> BoxFuture<'_, Result<KnownSources, Problem>>;
    /// Notes which source an endpoint leads to.
    fn learned(&self, endpoint: i64, source: KnownSource) -> BoxFuture<'_, Result<(), Problem>>;
    /// The SMBIOS UUIDs of guests, as they were noted last.
    fn uuids(&self) -> BoxFuture<'_, Result<HashMap<Identity, String>, Problem>>;
    /// Notes the SMBIOS UUIDs of guests.
    fn uuids_learned(&self, uuids: HashMap<Identity, String>) -> BoxFuture<'_, Result<(), Problem>>;
}

/// A book that is forgotten with the process.
#[derive(Debug, Default)]
pub(crate) struct InMemory {
    sources: Mutex<KnownSources>,
    uuids: Mutex<HashMap<Identity, String>>,
    synced: Mutex<HashMap<(i64, String), Synced>>,
}

impl SourceBook for InMemory {
    fn known(&self) -> BoxFuture<'_, Result<KnownSources, Problem>> {
        let known = self.sources.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Box::pin(std::future::ready(Ok(known)))
    }

    fn learned(&self, endpoint: i64, source: KnownSource) -> BoxFuture<'_, Result<(), Problem>> {
        let mut sources = self.sources.lock().unwrap_or_else(PoisonError::into_inner);
        sources.of_endpoints.insert(endpoint, source);
        Box::pin(std::future::ready(Ok(())))
    }

    fn uuids(&self) -> BoxFuture<'_, Result<HashMap<Identity, String>, Problem>> {
        let uuids = self.uuids.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Box::pin(std::future::ready(Ok(uuids)))
    }

    fn uuids_learned(&self, uuids: HashMap<Identity, String>) -> BoxFuture<'_, Result<(), Problem>> {
        self.uuids.lock().unwrap_or_else(PoisonError::into_inner).extend(uuids);
        Box::pin(std::future::ready(Ok(())))
    }
}

impl SyncedBook for InMemory {
    fn synced(&self, endpoint: i64, netbox: &str) -> BoxFuture<'_, Result<Option<Synced>, Problem>> {
        let synced = self.synced.lock().unwrap_or_else(PoisonError::into_inner);
        let found = synced.get(&(endpoint, netbox.to_owned())).cloned();
        Box::pin(std::future::ready(Ok(found)))
    }

    fn note_synced(&self, endpoint: i64, netbox: &str, synced: Synced) -> BoxFuture<'_, Result<(), Problem>> {
        let mut all = self.synced.lock().unwrap_or_else(PoisonError::into_inner);
        all.insert((endpoint, netbox.to_owned()), synced);
        Box::pin(std::future::ready(Ok(())))
    }
}

/// Nobody else knows this book.
impl WriterLease for InMemory {
    fn take(&self, _netbox: &str, _holder: &str, _holds: Duration) -> BoxFuture<'_, Result<bool, Problem>> {
        Box::pin(std::future::ready(Ok(true)))
    }

    fn give_back(&self, _netbox: &str, _holder: &str) -> BoxFuture<'_, Result<(), Problem>> {
        Box::pin(std::future::ready(Ok(())))
    }
}

/// What a fleet is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Recognised {
    /// That source; `shown` is what its cluster is called in NetBox.
    Source { source: KnownSource, shown: String },
    /// Nobody can tell: the account may not read what it is, and no run has known it before.
    Unknown,
    /// Another source than that one, to which the endpoint led before.
    Changed(KnownSource),
}

/// A cluster in NetBox, and the source that it stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HeldCluster {
    pub(crate) name: String,
    pub(crate) source: String,
}

/// Recognises fleets, each with its endpoint, in their order. What NetBox holds tells of sources whose book is lost.
pub(crate) fn recognise(
    fleets: &[(i64, &Fleet)],
    known: &KnownSources,
    held: &[HeldCluster],
) -> Vec<Recognised> {
    let mut settled: Vec<(usize, KnownSource)> = Vec::new();
    let mut recognised = Vec::with_capacity(fleets.len());
    for (position, (endpoint, fleet)) in fleets.iter().enumerate() {
        let verdict = match known.of_endpoints.get(endpoint) {
            Some(before) => again(fleet, before),
            None if fleet.source.mode == ClusterMode::Restricted => Recognised::Unknown,
            None => for_the_first_time(fleet, &fleets_of(fleets, &settled), known, held),
        };
        if let Recognised::Source { source, .. } = &verdict {
            settled.push((position, source.clone()));
        }
        recognised.push(verdict);
    }
    recognised
}

/// The sources that were recognised, each with its fleet.
fn fleets_of<'a>(
    fleets: &'a [(i64, &'a Fleet)],
    settled: &'a [(usize, KnownSource)],
) -> Vec<(&'a Fleet, &'a KnownSource)> {
    settled.iter().filter_map(|(place, source)| Some((fleets.get(*place)?.1, source))).collect()
}

/// The source of an endpoint that nobody has looked behind.
fn for_the_first_time(
    fleet: &Fleet,
    settled: &[(&Fleet, &KnownSource)],
    known: &KnownSources,
    held: &[HeldCluster],
) -> Recognised {
    let here = settled.iter().find(|(other, source)| is_same(fleet, source) || looks_same(fleet, other));
    let elsewhere = || known.of_endpoints.values().find(|source| is_same(fleet, source));
    let former = || known.former.iter().find(|source| is_same(fleet, source) || is_back(fleet, source));
    if let Some(same) = here.map(|(_, source)| *source).or_else(elsewhere).or_else(former) {
        return known_as(&same.name, same.is_apart, fleet);
    }
    let others = known.of_endpoints.values().chain(&known.former);
    let others = others.chain(settled.iter().map(|(_, source)| *source));
    let taken: BTreeSet<&str> = others.map(|source| source.name.as_str()).collect();
    let name = name_in_netbox(fleet, held).filter(|name| !taken.contains(name)).map(str::to_owned);
    let name = name.unwrap_or_else(|| free_name(fleet, &taken));
    if held.iter().any(|cluster| cluster.name == fleet.source.cluster && cluster.source == name) {
        return known_as(&name, false, fleet);
    }
    let is_apart = name != fleet.source.cluster;
    known_as(&name, is_apart, fleet)
}

/// The source of an endpoint that was known before.
fn again(fleet: &Fleet, before: &KnownSource) -> Recognised {
    if fleet.source.mode == ClusterMode::Restricted {
        let shown = if before.is_apart { &before.name } else { &before.cluster };
        return Recognised::Source { source: before.clone(), shown: shown.clone() };
    }
    let same = match (&fleet.authority, &before.authority) {
        (Some(now), Some(before)) => now == before,
        // A node on its own that founds a cluster keeps its name, and so do the nodes of a cluster that is renamed.
        _ => before.nodes.is_empty() || fleet.nodes.iter().any(|node| before.nodes.contains(&node.name)),
    };
    if !same {
        return Recognised::Changed(before.clone());
    }
    match known_as(&before.name, before.is_apart, fleet) {
        Recognised::Source { source, shown } => {
            let authority = source.authority.clone().or_else(|| before.authority.clone());
            Recognised::Source { source: KnownSource { authority, ..source }, shown }
        }
        other => other,
    }
}

/// A fleet as the source of that name. Its cluster is called as in Proxmox, unless another source had that name first.
fn known_as(name: &str, is_apart: bool, fleet: &Fleet) -> Recognised {
    let cluster = fleet.source.cluster.clone();
    let nodes: BTreeSet<String> = fleet.nodes.iter().map(|node| node.name.clone()).collect();
    let shown = if is_apart { name.to_owned() } else { cluster.clone() };
    let source = KnownSource {
        name: name.to_owned(),
        is_apart,
        cluster,
        mode: fleet.source.mode,
        authority: fleet.authority.clone(),
        nodes: nodes.into_iter().collect(),
    };
    Recognised::Source { source, shown }
}

fn is_same(fleet: &Fleet, known: &KnownSource) -> bool {
    match (&fleet.authority, &known.authority) {
        (Some(one), Some(other)) => one == other,
        // Every installer calls a host `pve`; a cluster was named by somebody.
        _ => {
            let nodes = fleet.nodes.iter().map(|node| &node.name);
            fleet.source.mode == ClusterMode::Cluster
                && fleet.source.cluster == known.cluster
                && nodes.eq(known.nodes.iter())
        }
    }
}

/// Whether a source that no endpoint led to is there again, as far as that can be seen without its authority.
fn is_back(fleet: &Fleet, former: &KnownSource) -> bool {
    let unknown = fleet.authority.is_none() || former.authority.is_none();
    let nodes = fleet.nodes.iter().map(|node| &node.name);
    unknown && fleet.source.cluster == former.cluster && nodes.eq(former.nodes.iter())
}

/// Whether two endpoints lead to one source, as far as that can be seen without its authority.
fn looks_same(one: &Fleet, other: &Fleet) -> bool {
    let unknown = one.authority.is_none() || other.authority.is_none();
    let nodes = |fleet: &Fleet| -> Vec<_> {
        fleet.nodes.iter().map(|node| (node.name.clone(), node.ip.clone())).collect()
    };
    let guests = |fleet: &Fleet| -> Vec<_> {
        fleet.guests.iter().map(|guest| (guest.vmid, guest.kind, guest.name.clone())).collect()
    };
    unknown
        && one.source.cluster == other.source.cluster
        && nodes(one) == nodes(other)
        && guests(one) == guests(other)
}

/// The name in identities that NetBox holds for a source: of its own for this endpoint, or of a cluster that has been renamed.
fn name_in_netbox<'h>(fleet: &Fleet, held: &'h [HeldCluster]) -> Option<&'h str> {
    let apart = apart(fleet);
    let own = held.iter().find(|cluster| cluster.source == apart);
    let renamed = || held.iter().find(|cluster| cluster.name == fleet.source.cluster);
    own.or_else(renamed).map(|cluster| cluster.source.as_str())
}

fn apart(fleet: &Fleet) -> String {
    format!("{} ({})", fleet.source.cluster, fleet.source.endpoint)
}

/// A name in identities that no other source has.
fn free_name(fleet: &Fleet, taken: &BTreeSet<&str>) -> String {
    let cluster = &fleet.source.cluster;
    let apart = apart(fleet);
    let numbered = (2..).map(|number| format!("{cluster} ({} {number})", fleet.source.endpoint));
    let mut names = [cluster.clone(), apart.clone()].into_iter().chain(numbered);
    names.find(|name| !taken.contains(name.as_str())).unwrap_or(apart)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use proxbox_model::facts::{ClusterFacts, NodeFacts, Source};
    use proxbox_proxmox::Seen;
    use std::collections::BTreeMap;

    /// A host on its own, or a cluster when it has several nodes, behind endpoint `at-<name>`.
    fn fleet(name: &str, nodes: &[&str], authority: Option<&str>) -> Fleet {
        let mode = if nodes.len() > 1 { ClusterMode::Cluster } else { ClusterMode::Standalone };
        let node = |name: &&str| NodeFacts {
            name: (*name).to_owned(),
            online: true,
            ip: Some("192.0.2.1".to_owned()),
            level: String::new(),
            cpus: None,
            memory: None,
            disk: None,
            listing: "{}".to_owned(),
            status: "{}".to_owned(),
        };
        Fleet {
            called: name.to_owned(),
            authority: authority.map(str::to_owned),
            source: Source {
                endpoint: format!("at-{name}"),
                url: "https://192.0.2.1:8006".to_owned(),
                cluster: name.to_owned(),
                mode,
                pve_version: "9.1.1".to_owned(),
                now: 0,
            },
            cluster: ClusterFacts {
                name: name.to_owned(),
                mode,
                version: None,
                quorate: true,
                nodes: nodes.iter().map(|name| (*name).to_owned()).collect(),
                status: "[]".to_owned(),
            },
            nodes: nodes.iter().map(node).collect(),
            guests: Vec::new(),
            node_interfaces: Vec::new(),
            node_addresses: Vec::new(),
            storages: Vec::new(),
            backups: Vec::new(),
            routines: Vec::new(),
            replications: Vec::new(),
            tasks: Vec::new(),
            vlans_of_guests: Vec::new(),
            vlans_of_nodes: Vec::new(),
            complete: true,
            overview: None,
            narrowed: None,
            seen: Seen::default(),
            problems: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// What is known after a run over endpoints 1, 2 …, and what became of each.
    fn run(known: &mut KnownSources, fleets: &[(i64, Fleet)]) -> Vec<Recognised> {
        let borrowed: Vec<_> = fleets.iter().map(|(endpoint, fleet)| (*endpoint, fleet)).collect();
        let recognised = recognise(&borrowed, known, &[]);
        for ((endpoint, _), verdict) in fleets.iter().zip(&recognised) {
            if let Recognised::Source { source, .. } = verdict {
                known.of_endpoints.insert(*endpoint, source.clone());
            }
        }
        recognised
    }

    fn name(verdict: &Recognised) -> &str {
        match verdict {
            Recognised::Source { source, .. } => &source.name,
            Recognised::Unknown => "unknown",
            Recognised::Changed(_) => "changed",
        }
    }

    fn names(recognised: &[Recognised]) -> Vec<&str> {
        recognised.iter().map(name).collect()
    }

    fn shown(recognised: &[Recognised]) -> Vec<&str> {
        let shown = recognised.iter().map(|verdict| match verdict {
            Recognised::Source { shown, .. } => shown.as_str(),
            _ => "",
        });
        shown.collect()
    }

    fn pve(authority: &str) -> Fleet {
        fleet("pve", &["pve"], Some(authority))
    }

    #[test]
    fn two_hosts_of_one_name_are_two_sources_also_in_separate_runs() {
        let mut known = KnownSources::default();
        assert_eq!(names(&run(&mut known, &[(1, pve("a")), (2, pve("b"))])), ["pve", "pve (at-pve)"]);
        let mut known = KnownSources::default();
        run(&mut known, &[(1, pve("a"))]);
        assert_eq!(names(&run(&mut known, &[(2, pve("b"))])), ["pve (at-pve)"]);
        assert_eq!(names(&run(&mut known, &[(2, pve("b")), (1, pve("a"))])), ["pve (at-pve)", "pve"]);
    }

    #[test]
    fn two_hosts_of_one_name_are_two_sources_when_nothing_else_is_known_of_them() {
        let mut known = KnownSources::default();
        run(&mut known, &[(1, fleet("pve", &["pve"], None))]);
        assert_eq!(names(&run(&mut known, &[(2, fleet("pve", &["pve"], None))])), ["pve (at-pve)"]);
    }

    #[test]
    fn two_endpoints_of_one_cluster_lead_to_one_source() {
        let lab = |authority| fleet("lab", &["pve1", "pve2"], authority);
        for authority in [Some("a"), None] {
            let mut known = KnownSources::default();
            assert_eq!(names(&run(&mut known, &[(1, lab(authority)), (2, lab(authority))])), ["lab", "lab"]);
            assert_eq!(names(&run(&mut known, &[(3, lab(authority))])), ["lab"]);
        }
    }

    #[test]
    fn a_host_that_founds_a_cluster_stays_the_source_that_it_was_and_is_called_anew() {
        for authority in [Some("a"), None] {
            let mut known = KnownSources::default();
            run(&mut known, &[(1, fleet("pve", &["pve"], authority))]);
            let founded = run(&mut known, &[(1, fleet("home", &["pve", "pve2"], authority))]);
            assert_eq!((names(&founded), shown(&founded)), (vec!["pve"], vec!["home"]));
            let again = run(&mut known, &[(1, fleet("home", &["pve", "pve2"], authority))]);
            assert_eq!((names(&again), shown(&again)), (vec!["pve"], vec!["home"]));
        }
    }

    #[test]
    fn a_source_that_is_told_apart_stays_so_when_it_is_renamed() {
        let mut known = KnownSources::default();
        run(&mut known, &[(1, pve("a")), (2, pve("b"))]);
        let renamed = run(&mut known, &[(2, fleet("pve9", &["pve9"], Some("b")))]);
        assert_eq!((names(&renamed), shown(&renamed)), (vec!["pve (at-pve)"], vec!["pve (at-pve)"]));
    }

    #[test]
    fn an_account_that_may_not_see_what_it_is_leads_where_it_led_before_or_nowhere() {
        let blind = |host: &str| {
            let mut fleet = fleet(host, &["pve"], None);
            fleet.source.mode = ClusterMode::Restricted;
            fleet
        };
        let mut known = KnownSources::default();
        assert_eq!(names(&run(&mut known, &[(1, blind("192.0.2.1"))])), ["unknown"]);
        run(&mut known, &[(1, fleet("lab", &["pve1", "pve2"], Some("a")))]);
        let seen = run(&mut known, &[(1, blind("192.0.2.1"))]);
        assert_eq!((names(&seen), shown(&seen)), (vec!["lab"], vec!["lab"]));
        assert_eq!(names(&run(&mut known, &[(1, fleet("lab", &["pve1", "pve2"], Some("a")))])), ["lab"]);
    }

    #[test]
    fn another_installation_behind_an_endpoint_is_not_taken_for_the_former() {
        let mut known = KnownSources::default();
        run(&mut known, &[(1, pve("a"))]);
        assert_eq!(names(&run(&mut known, &[(1, pve("b"))])), ["changed"]);
        assert_eq!(names(&run(&mut known, &[(1, pve("a"))])), ["pve"], "nothing was learned of it");
        let other = fleet("prod", &["n1", "n2"], None);
        assert_eq!(names(&run(&mut known, &[(1, other)])), ["changed"]);
    }

    #[test]
    fn a_source_that_no_endpoint_leads_to_keeps_its_name_and_has_it_again() {
        let mut known = KnownSources::default();
        run(&mut known, &[(1, pve("a"))]);
        known.former.extend(known.of_endpoints.remove(&1));
        assert_eq!(names(&run(&mut known, &[(2, pve("b"))])), ["pve (at-pve)"]);
        assert_eq!(names(&run(&mut known, &[(3, pve("a"))])), ["pve"]);
    }

    #[test]
    fn a_source_that_was_installed_anew_goes_on_once_that_is_confirmed() {
        let mut known = KnownSources::default();
        run(&mut known, &[(1, pve("a"))]);
        if let Some(source) = known.of_endpoints.get_mut(&1) {
            source.authority = None;
            source.nodes.clear();
        }
        assert_eq!(names(&run(&mut known, &[(1, pve("b"))])), ["pve"]);
        assert_eq!(names(&run(&mut known, &[(1, pve("a"))])), ["changed"]);
    }

    #[test]
    fn a_source_whose_book_is_lost_is_known_by_what_netbox_holds() {
        let held =
            |name: &str, source: &str| HeldCluster { name: name.to_owned(), source: source.to_owned() };
        let alone = |fleet: &Fleet, held: &[HeldCluster]| {
            let recognised = recognise(&[(1, fleet)], &KnownSources::default(), held);
            (names(&recognised).remove(0).to_owned(), shown(&recognised).remove(0).to_owned())
        };
        let renamed = fleet("home", &["pve", "pve2"], None);
        assert_eq!(alone(&renamed, &[held("home", "pve")]), ("pve".to_owned(), "home".to_owned()));
        let second = [held("pve", "pve"), held("pve (at-pve)", "pve (at-pve)")];
        let apart = "pve (at-pve)".to_owned();
        assert_eq!(alone(&pve("b"), &second), (apart.clone(), apart));
        assert_eq!(alone(&pve("b"), &second[..1]).0, "pve");
    }

    const NAMES: [&str; 3] = ["pve", "proxmox", "pve (at-pve)"];

    proptest! {
        #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

        /// Whatever hosts are called and renamed to, and in whichever runs they are read: each has one name for good, and no two
        /// share one.
        #[test]
        fn every_source_has_a_name_of_its_own_that_stays(
            runs in prop::collection::vec(prop::collection::vec((0..4_usize, 0..NAMES.len()), 1..4), 1..8)
        ) {
            let mut known = KnownSources::default();
            let mut given: BTreeMap<usize, String> = BTreeMap::new();
            for fleets in runs {
                let fleets: BTreeMap<usize, usize> = fleets.into_iter().collect();
                let fleets: Vec<(usize, (i64, Fleet))> = fleets
                    .into_iter()
                    .map(|(host, name)| {
                        let fleet = fleet(NAMES[name], &[NAMES[name]], Some(&format!("authority {host}")));
                        (host, (i64::try_from(host).unwrap() + 1, fleet))
                    })
                    .collect();
                let read: Vec<(i64, Fleet)> = fleets.iter().map(|(_, fleet)| fleet.clone()).collect();
                let recognised = run(&mut known, &read);
                for ((host, _), name) in fleets.iter().zip(names(&recognised)) {
                    let before = given.entry(*host).or_insert_with(|| name.to_owned());
                    prop_assert_eq!(&*before, name);
                }
            }
            let distinct: BTreeSet<&String> = given.values().collect();
            prop_assert_eq!(distinct.len(), given.len());
        }
    }
}

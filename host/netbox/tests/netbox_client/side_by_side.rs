//! Requests that write side by side.

use crate::support::{Lab, apply, create, created, endpoint, plan, quick, sites};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use proxbox_model::plan::{Applied, Plan, Planned, PlannedObject};
use proxbox_netbox::{Netbox, NetboxSettings};
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use wiremock::matchers::{method, path};
use wiremock::{Mock, Request, ResponseTemplate};

const MACHINES: &str = "virtualization.virtualmachine";
const PARTS: [&str; 3] =
    ["virtualization.virtualdisk", "virtualization.vminterface", "netbox_proxbox.vmsnapshot"];

fn client(lab: &Lab, max_concurrent: usize, bulk_batch_size: usize) -> Netbox {
    let settings = NetboxSettings { max_concurrent, bulk_batch_size, ..quick() };
    Netbox::new(&endpoint(&lab.server.uri()), settings).unwrap()
}

/// So many machines, each with a part of every kind.
fn machines(count: usize) -> Plan {
    let name = |n: usize| format!("vm {n}");
    let mut objects: Vec<PlannedObject> = (0..count).map(|n| create(MACHINES, &name(n), &[])).collect();
    for kind in PARTS {
        let part = |n: usize| create(kind, &name(n), &[("virtual_machine", Planned::IdOf(n))]);
        objects.extend((0..count).map(part));
    }
    plan(objects)
}

fn list(kind: &str) -> &'static str {
    crate::support::kind(kind).path
}

/// Every list of NetBox, without ids.
fn held(lab: &Lab) -> BTreeMap<String, Vec<String>> {
    let store = lab.store.lock().unwrap();
    let names = |path: &String| {
        let mut names = store.names(path);
        names.sort_unstable();
        (path.clone(), names)
    };
    store.lists.keys().map(names).collect()
}

/// Makes NetBox take its time for a list, and notes when it is asked first.
async fn slow(lab: &Lab, kind: &str, time: Duration, asked: &Arc<Mutex<Option<Instant>>>) {
    let (store, asked) = (lab.store.clone(), asked.clone());
    Mock::given(method("POST"))
        .and(path(format!("/api/{}/", list(kind))))
        .respond_with(move |request: &Request| {
            asked.lock().unwrap().get_or_insert_with(Instant::now);
            store.lock().unwrap().answer(request).set_delay(time)
        })
        .with_priority(2)
        .mount(&lab.server)
        .await;
}

/// The lists that were written to, in the order of the requests.
async fn written(lab: &Lab) -> Vec<String> {
    let requests = lab.server.received_requests().await.unwrap();
    let writes = requests.iter().filter(|request| request.method.as_str() == "POST");
    writes
        .map(|request| request.url.path().trim_start_matches("/api/").trim_matches('/').to_owned())
        .collect()
}

#[tokio::test]
async fn parts_of_different_kinds_do_not_wait_for_each_other() {
    let lab = Lab::start().await;
    let (heard, arrivals) = (Arc::new(Mutex::new(None)), Arc::new(Mutex::new(None)));
    slow(&lab, PARTS[0], Duration::from_secs(2), &heard).await;
    slow(&lab, PARTS[2], Duration::ZERO, &arrivals).await;
    let applied = apply(&client(&lab, 2, 10), &machines(2)).await;
    assert_eq!(created(&applied), 8);
    let (disks, snapshots) = (heard.lock().unwrap().unwrap(), arrivals.lock().unwrap().unwrap());
    assert!(snapshots < disks + Duration::from_secs(2), "the snapshots waited for the answer to the disks");
}

#[tokio::test]
async fn one_request_at_a_time_is_the_order_of_the_plan() {
    let lab = Lab::start().await;
    apply(&client(&lab, 1, 1), &machines(2)).await;
    let expected: Vec<&str> =
        [MACHINES, PARTS[0], PARTS[1], PARTS[2]].into_iter().flat_map(|kind| [list(kind); 2]).collect();
    assert_eq!(written(&lab).await, expected);
}

#[tokio::test]
async fn never_more_requests_are_under_way_than_allowed() {
    for allowed in [1, 2, 3] {
        let lab = Lab::start().await;
        for kind in [MACHINES, PARTS[0], PARTS[1], PARTS[2]] {
            slow(&lab, kind, Duration::from_millis(40), &Arc::default()).await;
        }
        let begun = Instant::now();
        apply(&client(&lab, allowed, 1), &machines(6)).await;
        let least = Duration::from_millis(40) * 24 / u32::try_from(allowed).unwrap();
        assert!(begun.elapsed() >= least, "24 requests of 40 ms, {allowed} at a time");
    }
}

#[tokio::test]
async fn what_is_lost_beside_others_is_made_once() {
    let lab = Lab::start().await;
    lab.drop_after_work("POST", "dcim/sites", 2).await;
    let applied = apply(&client(&lab, 3, 2), &sites((0..12).map(|n| format!("site {n}")))).await;
    assert_eq!(created(&applied), 12);
    assert_eq!(lab.names("dcim/sites").len(), 12);
}

#[tokio::test]
async fn what_fails_beside_others_stops_only_what_needs_it() {
    let lab = Lab::start().await;
    let refused = ResponseTemplate::new(403).set_body_json(json!({"detail": "no"}));
    lab.instead("POST", list(PARTS[1]), 100, refused).await;
    let mut plan = machines(4);
    plan.objects.push(create("dcim.macaddress", "mac", &[("assigned_object_id", Planned::IdOf(8))]));
    let applied = apply(&client(&lab, 4, 2), &plan).await;
    let failed: Vec<usize> =
        (0..applied.len()).filter(|index| matches!(applied.get(*index), Some(Applied::Failed(_)))).collect();
    assert_eq!(failed, [8, 9, 10, 11, 16]);
}

#[tokio::test]
async fn a_refused_token_ends_what_goes_side_by_side() {
    let lab = Lab::start().await;
    let refused = ResponseTemplate::new(401).set_body_json(json!({"detail": "no"}));
    lab.instead("POST", list(MACHINES), 100, refused).await;
    let applied = apply(&client(&lab, 2, 1), &machines(10)).await;
    assert_eq!(created(&applied), 0);
    let sent = written(&lab).await.len();
    assert!(sent <= 4, "{sent} requests after the token was refused");
}

/// Plans in which objects need earlier ones, and faults of NetBox on the way.
#[derive(Clone, Debug)]
struct Story {
    objects: Vec<(usize, Option<usize>)>,
    lost: bool,
    unavailable: bool,
    allowed: usize,
    size: usize,
}

fn stories() -> impl Strategy<Value = Story> {
    let object = (0..4_usize, prop::option::of(0..30_usize));
    let objects = prop::collection::vec(object, 1..30);
    (objects, any::<bool>(), any::<bool>(), 2..5_usize, 1..6_usize).prop_map(
        |(objects, lost, unavailable, allowed, size)| Story { objects, lost, unavailable, allowed, size },
    )
}

fn told(story: &Story) -> Plan {
    let kinds = [MACHINES, PARTS[0], PARTS[1], PARTS[2]];
    let mut of_kinds = story.objects.clone();
    of_kinds.sort_by_key(|(kind, _)| *kind);
    let objects = of_kinds.iter().enumerate().map(|(index, (kind, need))| {
        let needs = need.filter(|need| *need < index).into_iter().collect();
        // What a part is known by again.
        let owner = [("virtual_machine", Planned::Ready(json!(7)))];
        PlannedObject { needs, ..create(kinds[*kind], &format!("object {index}"), &owner) }
    });
    plan(objects.collect())
}

async fn outcome(story: &Story, allowed: usize) -> (BTreeMap<String, Vec<String>>, Vec<String>) {
    let lab = Lab::start().await;
    if story.lost {
        lab.drop_after_work("POST", list(PARTS[0]), 1).await;
    }
    if story.unavailable {
        lab.instead("POST", list(PARTS[1]), 1, ResponseTemplate::new(503)).await;
    }
    let applied = apply(&client(&lab, allowed, story.size), &told(story)).await;
    let unmade = applied.iter().filter(|applied| !matches!(applied, Applied::Created(_)));
    (held(&lab), unmade.map(|applied| format!("{applied:?}")).collect())
}

#[test]
fn side_by_side_comes_to_the_same_as_one_after_the_other() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut runner =
        TestRunner::new(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() });
    runner
        .run(&stories(), |story| {
            runtime.block_on(async {
                prop_assert_eq!(outcome(&story, 1).await, outcome(&story, story.allowed).await);
                Ok(())
            })
        })
        .unwrap();
}

//! Lists that others change while they are read.

use crate::support::{endpoint, quick};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use proxbox_fakes::netbox::{FakeNetbox, Fault, Options};
use proxbox_model::endpoint::{NetboxEndpoint, NetboxToken};
use proxbox_netbox::{Netbox, NetboxSettings};
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;

const SITES: &str = "dcim/sites";
const READS: &str = "GET /api/dcim/sites/";

/// What others do between two pages.
#[derive(Clone, Debug)]
enum Edit {
    Add,
    /// Of all sites that ever were, the one at this place, when it is still there.
    Delete(usize),
}

/// The interleaving of one reading with the work of others.
#[derive(Clone, Debug)]
struct Story {
    version: &'static str,
    before: usize,
    page_size: usize,
    max_page_size: usize,
    between: Vec<Vec<Edit>>,
}

fn stories() -> impl Strategy<Value = Story> {
    let edit = prop_oneof![Just(Edit::Add), (0..40_usize).prop_map(Edit::Delete)];
    let between = prop::collection::vec(prop::collection::vec(edit, 0..5), 0..12);
    let version = prop_oneof![Just("4.5.9"), Just("4.7.3")];
    (version, 0..25_usize, 1..9_usize, 1..9_usize, between).prop_map(
        |(version, before, page_size, max_page_size, between)| Story {
            version,
            before,
            page_size,
            max_page_size,
            between,
        },
    )
}

fn site(n: usize) -> Json {
    // Names run against the ids, so that no order but that by id reads well.
    json!({"name": format!("site {:03}", 500 - n), "slug": format!("site-{n}")})
}

fn client(fake: &FakeNetbox, settings: NetboxSettings) -> Netbox {
    let token = NetboxToken::V1(fake.token().into());
    Netbox::new(&NetboxEndpoint { token, ..endpoint(&fake.url()) }, settings).unwrap()
}

fn ids(rows: impl IntoIterator<Item = Json>) -> Vec<u64> {
    rows.into_iter().map(|row| row["id"].as_u64().unwrap()).collect()
}

/// The script as requests of others; the ids of new sites follow each other.
fn script(story: &Story, first: &[u64]) -> Vec<Vec<(&'static str, String, Json)>> {
    let mut known = first.to_vec();
    let mut next = first.last().map_or(1, |last| last + 1);
    let mut edit = |edit: &Edit| match edit {
        Edit::Add => {
            known.push(next);
            next += 1;
            ("POST", SITES.to_owned(), site(known.len()))
        }
        Edit::Delete(place) => {
            let id = known.get(*place).copied().unwrap_or_default();
            ("DELETE", format!("{SITES}/{id}"), Json::Null)
        }
    };
    story.between.iter().map(|edits| edits.iter().map(&mut edit).collect()).collect()
}

async fn play(story: &Story) {
    let options = Options { max_page_size: story.max_page_size, ..Options::default().version(story.version) };
    let fake = FakeNetbox::start(options).await.unwrap();
    let first = ids((0..story.before).map(|n| fake.insert(SITES, &site(n)).unwrap()));
    // The latest fault counts, so the last one is set first.
    for others in script(story, &first).into_iter().rev() {
        fake.fault_times(READS, Fault::Meanwhile(others), 1);
    }
    let settings = NetboxSettings { page_size: story.page_size, ..quick() };
    let netbox = client(&fake, settings);

    let read = ids(netbox.every_row(SITES, &[]).await.unwrap().into_iter().map(Json::from));

    assert!(read.is_sorted_by(|one, next| one < next), "no row twice: {read:?}");
    let left: BTreeSet<u64> = ids(fake.objects("dcim.site")).into_iter().collect();
    let stayed: Vec<u64> = first.iter().copied().filter(|id| left.contains(id)).collect();
    let missed: Vec<&u64> = stayed.iter().filter(|id| !read.contains(id)).collect();
    assert!(missed.is_empty(), "{missed:?} of {stayed:?} were there all the time, but not in {read:?}");
}

#[test]
fn whatever_others_add_or_delete_meanwhile_every_row_that_stays_is_read_once() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let config = ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() };
    let mut runner = TestRunner::new(config);
    runner
        .run(&stories(), |story| {
            runtime.block_on(play(&story));
            Ok(())
        })
        .unwrap();
}

#[tokio::test]
async fn an_estate_on_one_page_costs_one_request_a_list() {
    let fake = FakeNetbox::start(Options::default()).await.unwrap();
    for n in 0..30 {
        fake.insert(SITES, &site(n)).unwrap();
    }
    let netbox = client(&fake, quick());
    assert_eq!(netbox.every_row(SITES, &[]).await.unwrap().len(), 30);
    assert_eq!(fake.count(READS), 1);
}

//! What became of the objects of each stage, in numbers.

use super::words::words;
use proxbox_model::report::{Counts, ObjectReport, ObjectResult, Stage};
use serde_json::{Map, Value as Json};
use std::collections::BTreeMap;

/// A stage so far.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tally {
    pub(super) counts: Counts,
    /// Objects of the stage's main types that are right in NetBox.
    pub(super) in_place: u64,
}

/// Every stage so far.
#[derive(Debug, Default)]
pub(super) struct Tallies(BTreeMap<Stage, Tally>);

impl Tallies {
    /// Counts one more object and gives its stage so far.
    pub(super) fn count(&mut self, object: &ObjectReport) -> Tally {
        let tally = self.0.entry(object.stage).or_default();
        tally.counts.count(&object.result);
        tally.in_place += u64::from(is_in_place(object));
        *tally
    }

    pub(super) fn of(&self, stage: Stage) -> Tally {
        self.0.get(&stage).copied().unwrap_or_default()
    }

    /// How many stages had anything to do.
    pub(super) fn stages(&self) -> usize {
        self.0.len()
    }
}

impl<'a> FromIterator<&'a ObjectReport> for Tallies {
    fn from_iter<I: IntoIterator<Item = &'a ObjectReport>>(objects: I) -> Self {
        let mut tallies = Self::default();
        for object in objects {
            tallies.count(object);
        }
        tallies
    }
}

/// Whether an object is one that its stage counts, and right in NetBox now.
fn is_in_place(object: &ObjectReport) -> bool {
    words(object.stage).counts(&object.item_type)
        && matches!(
            object.result,
            ObjectResult::Created | ObjectResult::Updated { .. } | ObjectResult::Unchanged
        )
}

/// `{created, updated, unchanged, skipped, failed, conflicts, total}`.
pub(super) fn members(counts: Counts) -> Map<String, Json> {
    let Counts { created, updated, unchanged, skipped, failed, conflicts } = counts;
    [
        ("created", created),
        ("updated", updated),
        ("unchanged", unchanged),
        ("skipped", skipped),
        ("failed", failed),
        ("conflicts", conflicts),
        ("total", counts.total()),
    ]
    .into_iter()
    .map(|(name, count)| (name.to_owned(), count.into()))
    .collect()
}

use serde_json::Value as Json;
use std::fmt::Display;

/// Most failed claims that are told, and most characters of each.
const TOLD: (usize, usize) = (40, 1500);

/// Many claims about one state of the world; all that do not hold are told at once.
#[derive(Default)]
pub struct Claims {
    made: usize,
    failed: Vec<String>,
}

impl Claims {
    /// Claims that a value is what it should be. Numbers are compared by value, so that `2` is `2.0`.
    pub fn same(&mut self, what: impl Display, got: &Json, expected: impl Into<Json>) {
        let expected = expected.into();
        let is_same = match (got.as_f64(), expected.as_f64()) {
            (Some(got), Some(expected)) => (got - expected).abs() < 1e-9,
            _ => *got == expected,
        };
        self.that(is_same, || format!("{what} is {got}, not {expected}"));
    }

    /// Claims that two lists are equal, in any order.
    pub fn same_set<T: Ord + std::fmt::Debug>(
        &mut self,
        what: impl Display,
        mut got: Vec<T>,
        mut expected: Vec<T>,
    ) {
        got.sort();
        expected.sort();
        let missing: Vec<&T> = expected.iter().filter(|item| !got.contains(item)).collect();
        let extra: Vec<&T> = got.iter().filter(|item| !expected.contains(item)).collect();
        let told =
            format!("{what}: missing {missing:?}, too many {extra:?}, {} of {}", got.len(), expected.len());
        self.that(got == expected, || told);
    }

    /// Claims anything.
    pub fn that(&mut self, holds: bool, what: impl FnOnce() -> String) {
        self.made += 1;
        if !holds {
            self.failed.push(what());
        }
    }

    /// Fails when a claim did not hold, or when there was nothing to claim.
    pub fn settle(self) {
        assert!(self.made > 0, "nothing was claimed");
        let (claims, characters) = TOLD;
        let told = self.failed.iter().take(claims).map(|told| told.chars().take(characters).collect());
        let told: Vec<String> = told.collect();
        assert!(self.failed.is_empty(), "{} of {} claims fail: {told:#?}", self.failed.len(), self.made);
    }
}

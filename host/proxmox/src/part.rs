//! A list of Proxmox, read entry by entry: one that cannot be used does not fail the others.

use crate::error::Fault;
use crate::lenient::Fields;
use proxbox_model::Problem;
use serde_json::Value as Json;

/// What was read of a part, and whether that is all of it.
#[derive(Debug, PartialEq)]
pub(crate) struct Part<T> {
    pub(crate) items: Vec<T>,
    pub(crate) problems: Vec<Problem>,
    /// Whether nothing is missing.
    pub(crate) full: bool,
    /// Whether there was an answer at all.
    pub(crate) answered: bool,
}

impl<T> Default for Part<T> {
    fn default() -> Self {
        Self { items: Vec::new(), problems: Vec::new(), full: false, answered: false }
    }
}

impl<T> Part<T> {
    /// Nothing but the reason why.
    pub(crate) fn failed(problem: Problem) -> Self {
        Self { problems: vec![problem], ..Self::default() }
    }

    /// All there is.
    pub(crate) fn full(items: Vec<T>) -> Self {
        Self { items, problems: Vec::new(), full: true, answered: true }
    }

    /// Reads a list. `entry` gives none for what does not belong to the part, and a reason for what cannot be used.
    pub(crate) fn parse(
        answer: &Json,
        place: &Place<'_>,
        mut entry: impl FnMut(Fields<'_>) -> Result<Option<T>, &'static str>,
    ) -> Result<Self, Fault> {
        let entries = answer.as_array().ok_or(Fault::Shape("it is not a list"))?;
        let mut items = Vec::new();
        let mut odd = Vec::new();
        for (index, value) in entries.iter().enumerate() {
            let read = if value.is_object() { entry(Fields::of(value)) } else { Err("is not an object") };
            match read {
                Ok(item) => items.extend(item),
                Err(what) => odd.push((index, what)),
            }
        }
        let problems = place.left_out(&odd).into_iter().collect();
        Ok(Self { items, problems, full: odd.is_empty(), answered: true })
    }

    /// Adds another part of the same kind.
    pub(crate) fn extend(&mut self, other: Self) {
        self.items.extend(other.items);
        self.problems.extend(other.problems);
        self.full &= other.full;
        self.answered &= other.answered;
    }
}

/// Where a list comes from, for messages.
pub(crate) struct Place<'a> {
    pub(crate) endpoint: &'a str,
    pub(crate) path: &'a str,
}

impl Place<'_> {
    /// One problem for all entries that were left out, so that a list of a new shape does not make a thousand.
    fn left_out(&self, odd: &[(usize, &'static str)]) -> Option<Problem> {
        let Self { endpoint, path } = self;
        let (index, what) = odd.first()?;
        let others = match odd.len() - 1 {
            0 => String::new(),
            1 => ", and so was another".to_owned(),
            more => format!(", and so were {more} others"),
        };
        let number = index + 1;
        Some(
            Problem::new(
                "proxmox-odd-entry",
                format!(
                    "Proxmox endpoint {endpoint}: entry {number} of {path} {what} and was left out{others}"
                ),
            )
            .with_hint(format!(
                "The other entries are not affected; look at the entry with pvesh get {path}."
            )),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const PLACE: Place<'_> = Place { endpoint: "lab", path: "/x" };

    fn names(answer: &Json) -> Result<Part<String>, Fault> {
        Part::parse(answer, &PLACE, |entry| entry.text("name").map(Some).ok_or("has no name"))
    }

    #[test]
    fn an_entry_that_cannot_be_used_leaves_the_others_alone() {
        let part = names(&json!([{"name": "a"}, {}, 7, {"name": "b"}])).unwrap();
        assert_eq!(part.items, ["a", "b"]);
        assert!(!part.full);
        assert_eq!(part.problems.len(), 1);
        assert_eq!(
            part.problems[0].message,
            "Proxmox endpoint lab: entry 2 of /x has no name and was left out, and so was another"
        );
    }

    #[test]
    fn a_list_without_oddities_is_full_and_no_list_is_a_fault() {
        assert_eq!(names(&json!([])).unwrap(), Part::full(Vec::new()));
        for answer in [json!(null), json!({}), json!("x")] {
            assert!(matches!(names(&answer), Err(Fault::Shape(_))), "{answer}");
        }
    }
}

//! Names that are unique in NetBox for objects whose names are not unique in Proxmox.
//!
//! An object keeps the name that it has, also with a number behind it, so that a name never moves from run to run. A name
//! that another object of the plan gives up may be taken once that object is updated. Objects that swap their names
//! cannot wait for each other: the last of them gets a number, and keeps it.

use crate::text::{fold, trim};
use std::collections::{HashMap, HashSet};

/// An object that wants a name within one scope.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bid<'a> {
    /// Its name in NetBox, when it is in the scope already.
    pub(crate) current: Option<&'a str>,
    /// Its name in the draft.
    pub(crate) wants: &'a str,
}

/// The name that an object gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Award {
    pub(crate) name: String,
    /// Position of the bid that must have given the name up.
    pub(crate) after: Option<usize>,
}

/// Gives every bid a name of at most `longest` characters. Earlier bids choose first. `taken` holds the folded names of
/// objects of the scope that keep theirs.
pub(crate) fn award(bids: &[Bid<'_>], taken: &HashSet<String>, longest: usize) -> Vec<Award> {
    let mut used = taken.clone();
    let mut awards: Vec<Option<Award>> = bids.iter().map(|bid| kept(bid, longest)).collect();
    used.extend(awards.iter().flatten().map(|award| fold(&award.name)));

    let mut leaving: HashMap<String, usize> = HashMap::new();
    for (position, (bid, award)) in bids.iter().zip(&awards).enumerate() {
        if let (Some(current), None) = (bid.current, award)
            && leaving.insert(fold(current), position).is_some()
        {
            used.insert(fold(current));
        }
    }
    for (bid, award) in bids.iter().zip(&mut awards) {
        award.get_or_insert_with(|| {
            let name = first_free(bid.wants, longest, |folded| !used.contains(folded));
            let folded = fold(&name);
            let after = leaving.get(&folded).copied();
            used.insert(folded);
            Award { name, after }
        });
    }
    let mut awards: Vec<Award> = awards.into_iter().flatten().collect();
    while let Some(last) = last_of_a_circle(&awards) {
        if let (Some(bid), Some(award)) = (bids.get(last), awards.get_mut(last)) {
            let free = |folded: &str| !used.contains(folded) && !leaving.contains_key(folded);
            let name = first_free(bid.wants, longest, free);
            used.insert(fold(&name));
            *award = Award { name, after: None };
        }
    }
    awards
}

fn kept(bid: &Bid<'_>, longest: usize) -> Option<Award> {
    let current = fold(bid.current?);
    let number = bid.current.and_then(number).filter(|number| *number >= 2);
    let plain = Some(bid.wants.to_owned());
    let numbered = number.map(|number| with_number(bid.wants, number, longest));
    let name = [plain, numbered].into_iter().flatten().find(|name| fold(name) == current)?;
    Some(Award { name, after: None })
}

fn first_free(wants: &str, longest: usize, free: impl Fn(&str) -> bool) -> String {
    let mut name = wants.to_owned();
    let mut number = 1;
    while !free(&fold(&name)) {
        number += 1;
        name = with_number(wants, number, longest);
    }
    name
}

pub(crate) fn with_number(name: &str, number: u32, longest: usize) -> String {
    let suffix = format!(" ({number})");
    let room = longest.saturating_sub(suffix.chars().count());
    let shortened: String = name.chars().take(room).collect();
    format!("{}{suffix}", trim(&shortened))
}

/// The number at the end of `web (2)`.
fn number(name: &str) -> Option<u32> {
    name.strip_suffix(')')?.rsplit_once(" (")?.1.parse().ok()
}

/// `web` of `web (2)`.
pub(crate) fn without_number(name: &str) -> &str {
    match number(name) {
        Some(_) => name.rsplit_once(" (").map_or(name, |(name, _)| name),
        None => name,
    }
}

/// The last bid of those that wait for each other in a circle.
fn last_of_a_circle(awards: &[Award]) -> Option<usize> {
    let next = |position: usize| awards.get(position).and_then(|award| award.after);
    (0..awards.len()).rev().find(|start| {
        let mut at = next(*start);
        let mut steps = 0;
        while let Some(position) = at {
            if position == *start {
                return true;
            }
            steps += 1;
            if steps > awards.len() {
                return false;
            }
            at = next(position);
        }
        false
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(bids: &[(Option<&str>, &str)], taken: &[&str]) -> Vec<(String, Option<usize>)> {
        let bids: Vec<Bid<'_>> =
            bids.iter().map(|(current, wants)| Bid { current: *current, wants }).collect();
        let taken = taken.iter().map(|name| fold(name)).collect();
        award(&bids, &taken, 64).into_iter().map(|award| (award.name, award.after)).collect()
    }

    fn new(name: &str) -> (String, Option<usize>) {
        (name.to_owned(), None)
    }

    #[test]
    fn later_namesakes_get_numbers() {
        let bids = [(None, "web"), (None, "Web"), (None, "web")];
        assert_eq!(names(&bids, &[]), [new("web"), new("Web (2)"), new("web (3)")]);
    }

    #[test]
    fn a_name_that_is_held_stays_whoever_comes_first() {
        let bids = [(None, "web"), (Some("web"), "web"), (Some("web (4)"), "web")];
        assert_eq!(names(&bids, &[]), [new("web (2)"), new("web"), new("web (4)")]);
    }

    #[test]
    fn a_foreign_name_is_taken_whatever_its_case() {
        assert_eq!(names(&[(None, "web")], &["WEB"]), [new("web (2)")]);
    }

    #[test]
    fn a_change_of_case_keeps_the_name() {
        assert_eq!(names(&[(Some("WEB (2)"), "web")], &["web"]), [new("web (2)")]);
    }

    #[test]
    fn a_name_that_is_given_up_is_taken_afterwards() {
        let bids = [(None, "web"), (Some("web"), "web-old")];
        assert_eq!(names(&bids, &[]), [("web".to_owned(), Some(1)), new("web-old")]);
    }

    #[test]
    fn names_that_swap_end_with_a_number_that_stays() {
        let swapped = names(&[(Some("a"), "b"), (Some("b"), "a")], &[]);
        assert_eq!(swapped, [("b".to_owned(), Some(1)), new("a (2)")]);
        assert_eq!(names(&[(Some("b"), "b"), (Some("a (2)"), "a")], &[]), [new("b"), new("a (2)")]);
    }

    #[test]
    fn a_long_name_makes_room_for_its_number() {
        let long = "x".repeat(64);
        let [_, (second, _)] = names(&[(None, &long), (None, &long)], &[]).try_into().unwrap();
        assert_eq!(second, format!("{} (2)", "x".repeat(60)));
    }
}

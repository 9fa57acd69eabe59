//! What objects were written without, put together by reason.

use proxbox_model::kind::Kind;
use proxbox_model::plan::Shortfall;
use proxbox_model::problem::Problem;
use std::collections::{BTreeMap, BTreeSet};

/// Names of objects that a reason is told with.
const MOST_NAMED: usize = 3;

/// Code of a reason that is another object's own outcome.
const DEPENDENCY: &str = "dependency-failed";

/// By kind, field, code and words, whom it concerns.
#[derive(Default)]
pub(crate) struct Shortfalls<'a>(BTreeMap<Reason<'a>, Concerned<'a>>);

#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Reason<'a> {
    label: &'a str,
    field: &'a str,
    code: &'a str,
    words: &'a str,
}

struct Concerned<'a> {
    problem: &'a Problem,
    names: Vec<&'a str>,
}

impl<'a> Shortfalls<'a> {
    pub(crate) fn add(
        &mut self,
        kind: &'a Kind,
        name: &'a str,
        without: impl Iterator<Item = &'a Shortfall>,
    ) {
        for Shortfall { field, problem } in without {
            let reason = Reason { label: kind.label, field, code: &problem.code, words: &problem.message };
            let concerned = self.0.entry(reason).or_insert(Concerned { problem, names: Vec::new() });
            concerned.names.push(name);
        }
    }

    /// Drops what concerns one object and is told with the outcome of what that refers to.
    pub(crate) fn without_the_told(mut self, told: &BTreeSet<&str>) -> Self {
        let is_told = |reason: &Reason<'_>| reason.code == DEPENDENCY || told.contains(reason.words);
        self.0.retain(|reason, concerned| concerned.names.len() > 1 || !is_told(reason));
        self
    }

    /// One problem for each reason.
    pub(crate) fn into_problems(self) -> Vec<Problem> {
        let told = |(reason, concerned): (Reason<'_>, Concerned<'_>)| {
            let who = who(reason.label, &concerned.names);
            let message = format!("{who} written without {}: {}", reason.field, reason.words);
            Problem { message, ..concerned.problem.clone() }
        };
        self.0.into_iter().map(told).collect()
    }
}

/// `2 IP addresses (10.0.0.1/24, 10.0.0.2/24) are`
fn who(label: &str, names: &[&str]) -> String {
    let named = names.iter().take(MOST_NAMED).copied().collect::<Vec<_>>().join(", ");
    let more = if names.len() > MOST_NAMED { ", …" } else { "" };
    match names.len() {
        1 => format!("The {label} {named} is"),
        count => {
            let plural = if label.ends_with('s') { "es" } else { "s" };
            format!("{count} {label}{plural} ({named}{more}) are")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proxbox_model::kind;

    fn without(field: &str, words: &str) -> Shortfall {
        Shortfall { field: field.to_owned(), problem: Problem::new("netbox-forbidden", words).with_hint("h") }
    }

    #[test]
    fn a_reason_that_concerns_many_is_told_once_with_their_number() {
        let kind = kind::find("virtualization.virtualmachine").unwrap();
        let (role, platform) = (without("role", "not allowed"), without("platform", "not allowed"));
        let mut reasons = Shortfalls::default();
        for name in ["vm0", "vm1", "vm2", "vm3", "vm4"] {
            reasons.add(kind, name, [&role].into_iter());
        }
        reasons.add(kind, "vm0", [&platform].into_iter());
        let told = reasons.into_problems();
        let messages: Vec<_> = told.iter().map(|problem| problem.message.as_str()).collect();
        assert_eq!(
            messages,
            [
                "The virtual machine vm0 is written without platform: not allowed",
                "5 virtual machines (vm0, vm1, vm2, …) are written without role: not allowed",
            ]
        );
        assert!(told.iter().all(|problem| problem.code == "netbox-forbidden" && problem.hint.is_some()));
    }

    #[test]
    fn what_is_told_with_the_outcome_of_another_object_is_not_told_again_for_a_single_one() {
        let kind = kind::find("virtualization.virtualmachine").unwrap();
        let refused = without("primary_ip4", "a network id");
        let told = BTreeSet::from(["a network id"]);
        let count = |names: &[&str], told: &BTreeSet<&str>| {
            let mut reasons = Shortfalls::default();
            names.iter().for_each(|name| reasons.add(kind, name, [&refused].into_iter()));
            reasons.without_the_told(told).into_problems().len()
        };
        assert_eq!(count(&["web"], &told), 0);
        assert_eq!(count(&["web", "db"], &told), 1);
        assert_eq!(count(&["web"], &BTreeSet::new()), 1);
    }
}

//! What holds of whatever the host says.

use proxbox_model::Problem;
use proxbox_model::draft::Outcome;

/// Longest text about a module, in bytes.
const LONGEST: usize = 4000;

/// A problem has a stable code, words, something to try, and nothing that a terminal would obey.
pub(crate) fn told(problem: &Problem) {
    let kebab = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    assert!(!problem.code.is_empty() && problem.code.chars().all(kebab), "{problem:?}");
    assert!(!problem.message.trim().is_empty(), "{problem:?}");
    assert!(problem.hint.as_ref().is_some_and(|hint| !hint.trim().is_empty()), "{problem:?}");
    for text in [&problem.message].into_iter().chain(&problem.hint).chain(&problem.causes) {
        harmless(text);
    }
}

/// A problem of a module is also short, however much of the module it repeats.
pub(crate) fn told_of_a_module(problem: &Problem) {
    told(problem);
    for text in [&problem.message].into_iter().chain(&problem.hint) {
        short(text);
    }
}

/// A text that a module wrote.
pub(crate) fn shown(text: &str) {
    harmless(text);
    short(text);
}

/// Nothing that a terminal would obey.
pub(crate) fn harmless(text: &str) {
    assert!(!text.chars().any(|c| c.is_control() && c != '\n'), "control characters: {text:?}");
}

fn short(text: &str) {
    assert!(text.len() <= LONGEST, "{} bytes: {text}", text.len());
}

/// An outcome that the host passes on has what it must have.
pub(crate) fn well_formed(outcome: &Outcome) {
    if let Outcome::Keep(drafts) = outcome {
        assert!(!drafts.is_empty(), "kept without a draft");
    }
}

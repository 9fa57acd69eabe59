//! What was found, as lines for a person.

use crate::check::{self, Level};
use crate::conformance::Conformance;
use crate::golden::{Tried, Verdict};
use crate::show;
use crate::trial::{Trial, Trials};
use proxbox_model::Problem;
use proxbox_model::report::LogLine;

/// How a line is meant; a terminal may show it in colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// As it should be.
    Good,
    /// Not as it should be.
    Bad,
    /// It deserves a look.
    Odd,
    /// What follows is about it.
    Heading,
    /// Nothing in particular.
    Plain,
    /// Beside the point.
    Faint,
}

/// A line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// How it is meant.
    pub tone: Tone,
    /// What it says.
    pub text: String,
}

fn line(tone: Tone, text: impl Into<String>) -> Line {
    Line { tone, text: text.into() }
}

/// Every case, and what speaks against it.
pub fn cases(tried: &[Tried]) -> Vec<Line> {
    let mut lines = Vec::new();
    for case in tried {
        let (tone, word) = match &case.verdict {
            Verdict::Holds => (Tone::Good, "ok"),
            Verdict::Updated => (Tone::Good, "updated"),
            Verdict::Differs { .. } => (Tone::Bad, "differs"),
            Verdict::Failed { .. } => (Tone::Bad, "failed"),
            Verdict::Open => (Tone::Odd, "open"),
        };
        lines.push(line(tone, format!("  {word:8} {}", case.name)));
        if case.is_bad() {
            lines.push(line(Tone::Faint, format!("           {}", case.file.display())));
            lines.extend(against(&case.verdict));
            lines.extend(logged(&case.log));
        }
    }
    lines
}

fn against(verdict: &Verdict) -> Vec<Line> {
    let indented = |text: String| line(Tone::Plain, format!("    {}", text.replace('\n', "\n    ")));
    match verdict {
        Verdict::Differs { changes } => {
            let mut lines = vec![line(Tone::Faint, "    expected → got")];
            lines.extend(changes.iter().map(|change| indented(change.to_string())));
            lines
        }
        Verdict::Failed { problems } => problems.iter().flat_map(problem).collect(),
        Verdict::Open => vec![indented(
            "it has no outcome yet; `--update` writes the one that the module gives".to_owned(),
        )],
        Verdict::Holds | Verdict::Updated => Vec::new(),
    }
}

/// A problem with its causes and what to try.
fn problem(problem: &Problem) -> Vec<Line> {
    let mut lines = vec![line(Tone::Plain, format!("    {}", problem.message))];
    lines.extend(problem.causes.iter().map(|cause| line(Tone::Faint, format!("      {cause}"))));
    lines.extend(problem.hint.iter().map(|hint| line(Tone::Faint, format!("    {hint}"))));
    lines
}

fn logged(log: &[LogLine]) -> Vec<Line> {
    let shown = |entry: &LogLine| {
        let level = format!("{:?}", entry.level).to_lowercase();
        line(Tone::Faint, format!("    {level}: {}", entry.message))
    };
    log.iter().map(shown).collect()
}

/// Every claim, and what speaks against it.
pub fn conformance(conformance: &Conformance) -> Vec<Line> {
    let mut lines = Vec::new();
    for finding in &conformance.findings {
        if finding.faults.is_empty() {
            let (tone, word) = if finding.tried { (Tone::Good, "ok") } else { (Tone::Faint, "untried") };
            lines.push(line(tone, format!("  {word:8} {}", finding.claim.text())));
            continue;
        }
        lines.push(line(Tone::Bad, format!("  {:8} {}", "broken", finding.claim.text())));
        lines.extend(
            finding
                .faults
                .iter()
                .map(|fault| line(Tone::Plain, format!("    {}", fault.replace('\n', "\n    ")))),
        );
        if finding.more > 0 {
            lines.push(line(Tone::Faint, format!("    … and {} more", finding.more)));
        }
        lines.push(line(Tone::Faint, format!("    {}", finding.claim.advice())));
    }
    lines.extend(conformance.notes.iter().map(|note| line(Tone::Odd, format!("  {:8} {note}", "note"))));
    lines
}

/// How many cases and claims hold.
pub fn ending(tried: &[Tried], conformance: &Conformance) -> Line {
    let held = tried.iter().filter(|case| !case.is_bad()).count();
    let kept = conformance.findings.iter().filter(|finding| finding.holds()).count();
    let good = held == tried.len() && conformance.holds();
    let text = format!(
        "{held} of {} cases hold; {kept} of {} claims hold for {} objects",
        tried.len(),
        conformance.findings.len(),
        conformance.objects
    );
    line(if good { Tone::Good } else { Tone::Bad }, text)
}

/// Everything that was looked at, and what to do about it.
pub fn check(lines: &[check::Line]) -> Vec<Line> {
    let mut told = Vec::new();
    for found in lines {
        let tone = match found.level {
            Level::Ok => Tone::Good,
            Level::Warning => Tone::Odd,
            Level::Error => Tone::Bad,
        };
        told.push(line(tone, format!("{:8} {:9} {}", found.level.as_str(), found.what, found.message)));
        // "For you: … For its author: …" are two lines.
        let hints = found.hint.iter().flat_map(|hint| match hint.find(" For its author: ") {
            Some(at) => vec![hint.get(..at).unwrap_or_default(), hint.get(at + 1..).unwrap_or_default()],
            None => vec![hint.as_str()],
        });
        told.extend(hints.map(|hint| line(Tone::Faint, format!("{:18} {hint}", ""))));
    }
    told
}

/// Every object: what became of it, and where that differs from the built-in mapping.
pub fn trials(trials: &Trials) -> Vec<Line> {
    let mut lines: Vec<Line> = trials.objects.iter().flat_map(trial).collect();
    for found in &trials.problems {
        lines.push(line(Tone::Bad, "the module failed"));
        lines.extend(problem(found));
    }
    if !trials.log.is_empty() {
        lines.push(line(Tone::Heading, "log"));
        lines.extend(logged(&trials.log));
    }
    lines
}

fn trial(trial: &Trial) -> Vec<Line> {
    let mut lines = vec![line(Tone::Heading, format!("{}, mapped by {}", trial.label, trial.by))];
    lines.extend(show::drafts(&trial.outcome).into_iter().map(|text| line(Tone::Plain, format!("  {text}"))));
    if trial.changes.is_empty() {
        lines.push(line(Tone::Faint, "no difference from the built-in mapping"));
        return lines;
    }
    lines.push(line(Tone::Heading, "difference from the built-in mapping (built-in → module)"));
    let changes = trial.changes.iter();
    lines.extend(
        changes.map(|change| line(Tone::Odd, format!("  {}", change.to_string().replace('\n', "\n  ")))),
    );
    lines
}

//! Perl expressions: as the `regex` crate and as JSON Schema write them, and a text that matches one.

use regex::Regex;
use regex_syntax::hir::{Class, Hir, HirKind};
use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};

/// What was compiled so far. Expressions come from schemas and from the table of formats, never from callers, so they are
/// few.
static COMPILED: LazyLock<Mutex<HashMap<String, Option<Regex>>>> = LazyLock::new(Mutex::default);

/// Who is to read an expression.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reader {
    Rust,
    JsonSchema,
}

/// Whether values are checked against this Perl expression. One that has no counterpart is not checked.
#[must_use]
pub fn supported(perl: &str) -> bool {
    compiled(perl).is_some()
}

/// The expression, which matches whole values as Proxmox's do.
pub(crate) fn compiled(perl: &str) -> Option<Regex> {
    regex(&anchored(&translated(perl, Reader::Rust)?))
}

/// The expression compiled, once.
pub(crate) fn regex(pattern: &str) -> Option<Regex> {
    let mut compiled = COMPILED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = compiled.get(pattern) {
        return known.clone();
    }
    let regex = Regex::new(pattern).ok();
    compiled.insert(pattern.to_owned(), regex.clone());
    regex
}

/// The expression as JSON Schema has it; there is none for those that ignore case in part.
pub(crate) fn for_json_schema(perl: &str) -> Option<String> {
    let readable = |pattern: &String| regex_syntax::parse(pattern).is_ok();
    translated(perl, Reader::JsonSchema).filter(readable).map(|pattern| anchored(&pattern))
}

pub(crate) fn anchored(pattern: &str) -> String {
    format!("^(?:{pattern})$")
}

/// Perl's own ways of writing what both readers know: groups with flags, groups without backtracking, `\0`, `{,8}`,
/// and backslashes before characters that need none.
fn translated(perl: &str, reader: Reader) -> Option<String> {
    let mut out = String::with_capacity(perl.len());
    let mut rest = perl;
    let mut class = false;
    while let Some(first) = rest.chars().next() {
        if !class && let Some((group, after)) = group(rest, reader) {
            out.push_str(group?);
            rest = after;
            continue;
        }
        rest = rest.get(first.len_utf8()..)?;
        match first {
            '\\' => {
                let escaped = rest.chars().next()?;
                rest = rest.get(escaped.len_utf8()..)?;
                push_escaped(&mut out, escaped, class);
            }
            '[' if class && !rest.starts_with(':') => out.push_str("\\["),
            '{' if !class && rest.starts_with(',') => out.push_str("{0"),
            other => {
                class = (class || other == '[') && other != ']';
                out.push(other);
            }
        }
    }
    Some(out)
}

/// The start of a group with Perl's flags, or of one that does not backtrack.
fn group(text: &str, reader: Reader) -> Option<(Option<&'static str>, &str)> {
    if let Some(after) = text.strip_prefix("(?>") {
        return Some((Some("(?:"), after));
    }
    let (flags, after) = text.strip_prefix("(?^")?.split_once(':')?;
    let start = match (flags.contains('i'), reader) {
        (true, Reader::Rust) => Some("(?i:"),
        (false, Reader::Rust) => Some("(?-i:"),
        (true, Reader::JsonSchema) => None,
        (false, Reader::JsonSchema) => Some("(?:"),
    };
    Some((start, after))
}

fn push_escaped(out: &mut String, escaped: char, class: bool) {
    let needed = "^$\\.*+?()[]{}|/".contains(escaped) || (class && escaped == '-');
    match escaped {
        '0' => out.push_str("\\x00"),
        plain if plain.is_ascii_punctuation() && !needed => out.push(plain),
        other => out.extend(['\\', other]),
    }
}

/// Texts that match, from short ones to longer ones.
pub(crate) fn samples(perl: &str) -> impl Iterator<Item = String> {
    let hir = translated(perl, Reader::Rust).and_then(|pattern| regex_syntax::parse(&pattern).ok());
    (0..=40).filter_map(move |more| {
        let mut text = String::new();
        write_sample(hir.as_ref()?, more, &mut text)?;
        Some(text)
    })
}

/// Writes a text that matches, with so many repetitions more than needed.
fn write_sample(hir: &Hir, more: u32, text: &mut String) -> Option<()> {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => {}
        HirKind::Literal(literal) => text.push_str(std::str::from_utf8(&literal.0).ok()?),
        HirKind::Class(class) => text.push(usual_character(class)?),
        HirKind::Repetition(repetition) => {
            let most = repetition.max.unwrap_or(u32::MAX);
            for _ in 0..repetition.min.saturating_add(more).min(most) {
                write_sample(&repetition.sub, more, text)?;
            }
        }
        HirKind::Capture(capture) => write_sample(&capture.sub, more, text)?,
        HirKind::Concat(parts) => parts.iter().try_for_each(|part| write_sample(part, more, text))?,
        HirKind::Alternation(choices) => write_sample(choices.first()?, more, text)?,
    }
    Some(())
}

fn usual_character(class: &Class) -> Option<char> {
    let Class::Unicode(class) = class else { return None };
    let holds = |c: char| class.iter().any(|range| range.start() <= c && c <= range.end());
    "a1A0".chars().find(|c| holds(*c)).or_else(|| class.iter().next().map(|range| range.start()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn perl_groups_keep_their_meaning() {
        let tag = compiled("(?^i:[a-z0-9_][a-z0-9_\\-\\+\\.]*)").unwrap();
        assert!(tag.is_match("Web-1") && !tag.is_match("web 1"));
        let realm = compiled("(?^:[A-Za-z][A-Za-z0-9\\.\\-_]+)").unwrap();
        assert!(realm.is_match("pam") && !realm.is_match("1pam"));
        assert!(compiled("^((?>[+-]?[\\w\\-\\._=]+,?)+)$").unwrap().is_match("+a,-b"));
    }

    #[test]
    fn an_expression_matches_the_whole_value() {
        let device = compiled("now|later").unwrap();
        assert!(device.is_match("now") && !device.is_match("now or never") && !device.is_match("not later"));
    }

    #[test]
    fn what_has_no_counterpart_is_not_checked() {
        assert!(!supported("(?=look)ahead") && !supported("(unclosed"));
    }

    #[test]
    fn json_schema_gets_no_needless_backslash_and_no_flags() {
        assert_eq!(for_json_schema("[A-Za-z][A-Za-z0-9\\-\\_]+").unwrap(), "^(?:[A-Za-z][A-Za-z0-9\\-_]+)$");
        assert_eq!(for_json_schema("(?^i:[a-z]+)"), None);
        assert_eq!(for_json_schema("[a-z]{,8}").unwrap(), "^(?:[a-z]{0,8})$");
    }

    #[test]
    fn samples_match_and_grow() {
        let pattern = "[1-9][0-9]{2,8}-\\d{1,9}";
        let samples: Vec<_> = samples(pattern).take(2).collect();
        assert_eq!(samples, ["111-1", "1111-11"]);
        assert!(samples.iter().all(|sample| compiled(pattern).unwrap().is_match(sample)));
    }
}

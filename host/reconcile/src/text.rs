//! Text as NetBox stores it, as people see it, and as names are compared.

/// Without the white space at both ends that NetBox strips before it stores a text.
pub(crate) fn trim(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&c))
}

/// The form in which NetBox compares unique names.
pub(crate) fn fold(text: &str) -> String {
    text.to_lowercase()
}

/// Text from outside, made fit for a message: one line, not long.
pub(crate) fn shown(text: &str) -> String {
    const MOST: usize = 80;
    let mut shown: String = text.chars().take(MOST).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().nth(MOST).is_some() {
        shown.push('…');
    }
    shown
}

/// ` (did you mean …?)` when one of the names is close to the wrong one, else nothing.
pub(crate) fn did_you_mean<'a>(wrong: &str, names: impl IntoIterator<Item = &'a str>) -> String {
    const CLOSE: f64 = 0.6;
    let wrong = shown(wrong);
    names
        .into_iter()
        .map(|name| (strsim::normalized_damerau_levenshtein(&wrong, name), name))
        .filter(|(likeness, _)| *likeness >= CLOSE)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, name)| format!(" (did you mean `{name}`?)"))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_trimmed_the_way_python_strips() {
        assert_eq!(trim("\u{1f} a b\u{a0}\n"), "a b");
        assert_eq!(trim("\u{200b}a"), "\u{200b}a");
    }

    #[test]
    fn a_hostile_text_is_one_short_line_in_messages() {
        let text = shown(&format!("a\nb\u{1b}[31m{}", "x".repeat(500)));
        assert!(!text.contains(['\n', '\u{1b}']));
        assert_eq!(text.chars().count(), 81);
    }

    #[test]
    fn only_a_close_name_is_suggested() {
        assert_eq!(did_you_mean("memmory", ["memory", "disk"]), " (did you mean `memory`?)");
        assert_eq!(did_you_mean("colour", ["memory", "disk"]), "");
    }
}

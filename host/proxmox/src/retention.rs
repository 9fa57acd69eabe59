//! Retention rules, which Proxmox gives as `keep-last=3,keep-daily=7` or as an object.

use crate::lenient::{Fields, text};
use crate::properties::Properties;
use serde_json::Value as Json;

/// Proxmox's own order; what it does not know yet comes behind.
const ORDER: &[&str] =
    &["keep-all", "keep-last", "keep-hourly", "keep-daily", "keep-weekly", "keep-monthly", "keep-yearly"];
const KEY: &str = "prune-backups";

/// One pair for each part of the rule of a storage or job, in the same order whichever form it came in.
pub(crate) fn rule(entry: Fields<'_>) -> Vec<(String, String)> {
    let mut rule: Vec<(String, String)> = match entry.get(KEY) {
        Some(Json::Object(parts)) => Fields::from(parts)
            .iter()
            .filter_map(|(key, value)| Some((key.clone(), text(value)?.trim().to_owned())))
            .collect(),
        Some(Json::String(line)) => {
            Properties::of(line).pairs().map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
        }
        _ => Vec::new(),
    };
    let place = |key: &str| ORDER.iter().position(|known| *known == key).unwrap_or(ORDER.len());
    rule.sort_by(|(one, _), (other, _)| (place(one), one).cmp(&(place(other), other)));
    rule.dedup_by(|(one, _), (other, _)| one == other);
    rule
}

/// The rule as `key=value,…`; none when there is none.
pub(crate) fn line(entry: Fields<'_>) -> Option<String> {
    let rule = rule(entry);
    let parts: Vec<String> = rule.into_iter().map(|(key, value)| format!("{key}={value}")).collect();
    (!parts.is_empty()).then(|| parts.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn both_forms_of_a_rule_are_the_same() {
        for value in [
            json!("keep-weekly=4,keep-last=3"),
            json!({"keep-weekly": "4", "keep-last": 3}),
            json!({"keep-last": "3 ", "keep-weekly": 4.0 as u64}),
        ] {
            let entry = json!({ KEY: value });
            assert_eq!(line(Fields::of(&entry)).as_deref(), Some("keep-last=3,keep-weekly=4"), "{entry}");
        }
        let all = json!({KEY: {"keep-all": true}});
        assert_eq!(rule(Fields::of(&all)), [("keep-all".to_owned(), "1".to_owned())]);
    }

    #[test]
    fn no_rule_is_none() {
        for entry in [json!({}), json!({KEY: ""}), json!({KEY: {}}), json!({KEY: 7}), json!({KEY: null})] {
            assert_eq!(line(Fields::of(&entry)), None, "{entry}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in ".*") {
            let _ = line(Fields::of(&json!({KEY: text})));
        }
    }
}

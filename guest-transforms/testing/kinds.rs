//! Shared by the tests of the default mapping: does an outcome fit the host's table of NetBox kinds?

use proxbox_model::kind::{CUSTOM_FIELDS, FieldType, find};
use proxbox_transform_sdk::{Draft, Outcome, Value};

/// The drafts of an outcome, each checked against the table of kinds.
pub(crate) fn drafts(outcome: Outcome) -> Vec<Draft> {
    let Outcome::Keep(drafts) = outcome else { panic!("not kept: {outcome:?}") };
    drafts.iter().for_each(check);
    drafts
}

fn check(draft: &Draft) {
    let kind = find(&draft.kind).unwrap_or_else(|| panic!("no kind {}", draft.kind));
    for field in &draft.fields {
        let place = format!("{}.{}", draft.kind, field.name);
        let spec = kind.field(&field.name).unwrap_or_else(|| panic!("{place} is not in the table"));
        match (&field.value, spec.holds) {
            (Value::Null, _)
            | (Value::Text(_), FieldType::Choice)
            | (Value::Flag(_), FieldType::Flag)
            | (Value::Decimal(_), FieldType::Decimal) => {}
            (Value::Text(text), FieldType::Text(limit)) => {
                assert!(text.chars().count() <= limit, "{place} is too long: {text}");
            }
            (Value::Text(slug), FieldType::Slug(limit)) => {
                assert!(!slug.is_empty() && slug.len() <= limit, "{place}: {slug}");
                assert!(
                    slug.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_'),
                    "{place}: {slug}"
                );
            }
            (Value::Text(color), FieldType::Color) => {
                assert!(color.len() == 6 && color.chars().all(|c| c.is_ascii_hexdigit()), "{place}: {color}");
            }
            (Value::Integer(number), FieldType::Integer(most)) => {
                assert!((0..=most).contains(number), "{place}: {number}");
            }
            (Value::Reference(reference), FieldType::Relation(related)) => {
                assert_eq!(reference.kind, related, "{place}");
            }
            (value, holds) => panic!("{place} holds {holds:?}, not {value:?}"),
        }
    }
    for field in &draft.custom_fields {
        let known = CUSTOM_FIELDS.iter().find(|known| known.name == field.name);
        let known = known.unwrap_or_else(|| panic!("no custom field {}", field.name));
        assert!(known.kinds.contains(&kind.name), "{} is not on {}", field.name, kind.name);
    }
    assert!(kind.tags || draft.tags.is_empty(), "{} has no tags", kind.name);
}

//! What the modules make of an object against what the built-in mapping makes of it.

use proxbox_model::draft::{Draft, Field, Outcome, Reference, Value};
use proxbox_model::kind;
use proxbox_model::report::Difference;
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};

/// What the modules of a chain make of one object.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Comparison {
    /// Names of the site modules that map it, outermost first.
    pub(crate) modules: Vec<String>,
    /// Where their outcome differs from the built-in mapping's.
    pub(crate) differences: Vec<Difference>,
}

/// Every difference between two outcomes of one fact.
pub(crate) fn differences(usual: &Outcome, ours: &Outcome) -> Vec<Difference> {
    match (usual, ours) {
        (Outcome::Keep(usual), Outcome::Keep(ours)) => of_drafts(usual, ours),
        (usual, ours) if usual == ours => Vec::new(),
        (usual, ours) => vec![differs("outcome", Some(in_words(usual)), Some(in_words(ours)))],
    }
}

fn differs(field: impl Into<String>, from: Option<Json>, to: Option<Json>) -> Difference {
    Difference { field: field.into(), from, to }
}

fn in_words(outcome: &Outcome) -> Json {
    match outcome {
        Outcome::Keep(_) => "kept".into(),
        Outcome::Skip(reason) => format!("left out: {reason}").into(),
        Outcome::Reject(rejection) => format!("failed: {}", rejection.message).into(),
    }
}

/// The first draft is the object itself, the others are what it brings along.
fn of_drafts(usual: &[Draft], ours: &[Draft]) -> Vec<Difference> {
    let values = |drafts: &[Draft]| drafts.first().map(of_object).unwrap_or_default();
    let mut found = between(&values(usual), &values(ours));
    found.extend(between(&companions(usual), &companions(ours)));
    found
}

/// By field, the values that differ; a field that is missing is left alone.
fn between(usual: &BTreeMap<String, Json>, ours: &BTreeMap<String, Json>) -> Vec<Difference> {
    let names: BTreeSet<&String> = usual.keys().chain(ours.keys()).collect();
    let pairs = names.into_iter().map(|name| (name, usual.get(name), ours.get(name)));
    pairs
        .filter(|(_, usual, ours)| usual != ours)
        .map(|(name, usual, ours)| differs(name.as_str(), usual.cloned(), ours.cloned()))
        .collect()
}

fn of_object(draft: &Draft) -> BTreeMap<String, Json> {
    let mut values: BTreeMap<String, Json> = fields(draft).collect();
    values.insert("kind".to_owned(), json!(draft.kind));
    if !draft.key.is_empty() {
        values.insert("key".to_owned(), draft.key.iter().cloned().collect());
    }
    if !draft.tags.is_empty() {
        let tags: BTreeSet<&str> = draft.tags.iter().map(|tag| tag.slug.as_str()).collect();
        values.insert("tags".to_owned(), json!(tags));
    }
    values
}

fn fields(draft: &Draft) -> impl Iterator<Item = (String, Json)> {
    let own = draft.fields.iter().map(|Field { name, value }| (name.clone(), readable(value)));
    let custom = draft.custom_fields.iter();
    own.chain(custom.map(|Field { name, value }| (format!("custom_fields.{name}"), readable(value))))
}

/// What an object brings along, by name, with its fields.
fn companions(drafts: &[Draft]) -> BTreeMap<String, Json> {
    let companion = |draft: &Draft| (called(draft), Json::Object(fields(draft).collect()));
    drafts.iter().skip(1).map(companion).collect()
}

/// `tenant acme`: the kind and what tells the object from others.
fn called(draft: &Draft) -> String {
    let field = |wanted: &str| {
        let field = draft.fields.iter().find(|field| field.name == wanted);
        field.and_then(|field| match &field.value {
            Value::Text(text) => Some(text.clone()),
            _ => None,
        })
    };
    let key = draft.key.iter().map(|(_, value)| value.clone()).reduce(|all, value| format!("{all} {value}"));
    let name = ["slug", "name", "model", "address"].into_iter().find_map(field).or(key);
    format!("{} {}", label(&draft.kind), name.unwrap_or_default()).trim_end().to_owned()
}

fn label(kind: &str) -> &str {
    kind::find(kind).map_or(kind, |kind| kind.label)
}

/// A value as people read it.
fn readable(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Flag(flag) => json!(flag),
        Value::Integer(number) => json!(number),
        Value::Decimal(text) | Value::Text(text) => json!(text),
        Value::Texts(texts) => json!(texts),
        Value::Json(text) => serde_json::from_str(text).unwrap_or_else(|_| json!(text)),
        Value::Reference(to) => json!(reference(to)),
        Value::References(to) => json!(to.iter().map(reference).collect::<Vec<_>>()),
    }
}

/// `device role web`.
fn reference(to: &Reference) -> String {
    let values: Vec<&str> = to.key.iter().map(|(_, value)| value.as_str()).collect();
    format!("{} {}", label(&to.kind), values.join(" / "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proxbox_model::draft::{Rejection, Tag};

    fn text(name: &str, value: &str) -> Field {
        Field { name: name.into(), value: Value::Text(value.into()) }
    }

    fn draft(kind: &str, fields: Vec<Field>) -> Draft {
        Draft { kind: kind.into(), key: Vec::new(), fields, custom_fields: Vec::new(), tags: Vec::new() }
    }

    fn machine(fields: Vec<Field>) -> Draft {
        draft("virtualization.virtualmachine", fields)
    }

    fn to(kind: &str, slug: &str) -> Value {
        Value::Reference(Reference { kind: kind.into(), key: vec![("slug".into(), slug.into())] })
    }

    #[test]
    fn a_changed_field_is_told_with_both_values() {
        let role = |slug| Field { name: "role".into(), value: to("dcim.devicerole", slug) };
        let usual = Outcome::Keep(vec![machine(vec![text("name", "web"), role("vm")])]);
        let ours = Outcome::Keep(vec![machine(vec![text("name", "web"), role("web")])]);
        let told = differences(&usual, &ours);
        assert_eq!(told, [differs("role", Some("device role vm".into()), Some("device role web".into()))]);
        assert!(differences(&usual, &usual).is_empty());
    }

    #[test]
    fn left_alone_and_emptied_are_two_things() {
        let emptied = Field { name: "comments".into(), value: Value::Null };
        let usual = Outcome::Keep(vec![machine(Vec::new())]);
        let ours = Outcome::Keep(vec![machine(vec![emptied])]);
        assert_eq!(differences(&usual, &ours), [differs("comments", None, Some(Json::Null))]);
    }

    #[test]
    fn tags_custom_fields_and_what_is_brought_along_are_told_by_name() {
        let mut changed = machine(Vec::new());
        changed.custom_fields.push(Field { name: "owner".into(), value: Value::Text("ops".into()) });
        changed.tags.push(Tag { name: "Lab".into(), slug: "lab".into(), color: "9e9e9e".into() });
        let tenant = draft("tenancy.tenant", vec![text("name", "Acme"), text("slug", "acme")]);
        let usual = Outcome::Keep(vec![machine(Vec::new())]);
        let told = differences(&usual, &Outcome::Keep(vec![changed, tenant]));
        assert_eq!(
            told,
            [
                differs("custom_fields.owner", None, Some("ops".into())),
                differs("tags", None, Some(json!(["lab"]))),
                differs("tenant acme", None, Some(json!({"name": "Acme", "slug": "acme"}))),
            ]
        );
    }

    #[test]
    fn another_outcome_is_told_with_its_reason() {
        let usual = Outcome::Keep(vec![machine(Vec::new())]);
        let skipped = differences(&usual, &Outcome::Skip("a template".into()));
        assert_eq!(skipped, [differs("outcome", Some("kept".into()), Some("left out: a template".into()))]);
        let rejection =
            Rejection { code: "module-panicked".into(), message: "it panicked".into(), field: None };
        let failed = differences(&usual, &Outcome::Reject(rejection));
        assert_eq!(failed[0].to, Some("failed: it panicked".into()));
    }
}

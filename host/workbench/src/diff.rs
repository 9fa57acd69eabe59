//! Where two outcomes differ, field by field.

use crate::show::{drafts as shown_drafts, in_short, quoted, title, value};
use proxbox_model::draft::{Draft, Field, Outcome, Value};
use serde::Serialize;
use similar::TextDiff;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// What differs: `role`, `custom_fields.site_code`, `dcim.devicerole slug=web: color`, `outcome`.
    pub place: String,
    /// How it is on the one side; none when it is not there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    /// How it is on the other side; none when it is not there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// Of long texts, the lines that differ.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lines: Option<String>,
}

impl Change {
    fn new(place: impl Into<String>, before: Option<String>, after: Option<String>) -> Self {
        Self { place: place.into(), before, after, lines: None }
    }
}

impl fmt::Display for Change {
    /// `role: none → reference dcim.devicerole slug=web`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(lines) = &self.lines {
            write!(f, "{}:", self.place)?;
            return lines.lines().try_for_each(|line| write!(f, "\n    {line}"));
        }
        let side = |side: &Option<String>| side.clone().unwrap_or_else(|| "none".to_owned());
        write!(f, "{}: {} → {}", self.place, side(&self.before), side(&self.after))
    }
}

/// Where the second outcome differs from the first. The order of fields, tags and of drafts beyond the first means nothing
/// to the host, so that it is no difference.
pub fn outcomes(before: &Outcome, after: &Outcome) -> Vec<Change> {
    match (before, after) {
        (Outcome::Keep(before), Outcome::Keep(after)) => drafts(before, after),
        (Outcome::Skip(before), Outcome::Skip(after)) => texts("skip", before, after).into_iter().collect(),
        (Outcome::Reject(before), Outcome::Reject(after)) => {
            let field = |field: &Option<String>| field.clone().unwrap_or_default();
            let (fields, others) = (field(&before.field), field(&after.field));
            let parts = [
                texts("reject.code", &before.code, &after.code),
                texts("reject.message", &before.message, &after.message),
                texts("reject.field", &fields, &others),
            ];
            parts.into_iter().flatten().collect()
        }
        _ => vec![Change::new("outcome", Some(in_short(before)), Some(in_short(after)))],
    }
}

/// The first drafts are compared with one another, the others by what names them.
fn drafts(before: &[Draft], after: &[Draft]) -> Vec<Change> {
    let mut changes = Vec::new();
    if let (Some(one), Some(other)) = (before.first(), after.first()) {
        changes.extend(draft("", one, other));
    }
    let (before, after) = (companions(before), companions(after));
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    for name in names {
        match (before.get(name), after.get(name)) {
            (Some(one), Some(other)) => changes.extend(draft(&format!("{name}: "), one, other)),
            (one, other) => {
                let shown = |draft: &&Draft| content(draft);
                changes.push(Change::new(name.as_str(), one.map(shown), other.map(shown)));
            }
        }
    }
    changes
}

/// The drafts beyond the first, by name; what comes twice in the same words counts once.
fn companions(drafts: &[Draft]) -> BTreeMap<String, &Draft> {
    let mut named: BTreeMap<String, &Draft> = BTreeMap::new();
    for draft in drafts.iter().skip(1) {
        let name = title(draft);
        let mut unique = name.clone();
        let mut count = 1;
        while named.get(&unique).is_some_and(|known| !is_same(known, draft)) {
            count += 1;
            unique = format!("{name} ({count})");
        }
        named.insert(unique, draft);
    }
    named
}

fn is_same(one: &Draft, other: &Draft) -> bool {
    draft("", one, other).is_empty()
}

/// A draft on one line, without its kind.
fn content(draft: &Draft) -> String {
    let lines = shown_drafts(&Outcome::Keep(vec![draft.clone()]));
    let parts: Vec<String> =
        lines.iter().skip(1).map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    if parts.is_empty() { "no fields".to_owned() } else { parts.join(", ") }
}

fn draft(prefix: &str, before: &Draft, after: &Draft) -> Vec<Change> {
    let mut changes = Vec::new();
    if before.kind != after.kind {
        let kinds = (Some(before.kind.clone()), Some(after.kind.clone()));
        changes.push(Change::new(format!("{prefix}kind"), kinds.0, kinds.1));
    }
    let keys = |draft: &Draft| draft.key.iter().cloned().collect::<BTreeMap<String, String>>();
    changes.extend(maps(&format!("{prefix}key."), &keys(before), &keys(after), |text| quoted(text)));
    changes.extend(fields(prefix, &before.fields, &after.fields));
    let custom = format!("{prefix}custom_fields.");
    changes.extend(fields(&custom, &before.custom_fields, &after.custom_fields));
    let tags = |draft: &Draft| -> BTreeMap<String, String> {
        draft
            .tags
            .iter()
            .map(|tag| (tag.slug.clone(), format!("{} #{}", quoted(&tag.name), tag.color)))
            .collect()
    };
    changes.extend(maps(&format!("{prefix}tags."), &tags(before), &tags(after), |tag| tag.clone()));
    changes
}

fn maps(
    prefix: &str,
    before: &BTreeMap<String, String>,
    after: &BTreeMap<String, String>,
    shown: impl Fn(&String) -> String,
) -> Vec<Change> {
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    names
        .into_iter()
        .filter(|name| before.get(*name) != after.get(*name))
        .map(|name| {
            Change::new(format!("{prefix}{name}"), before.get(name).map(&shown), after.get(name).map(&shown))
        })
        .collect()
}

/// In the order of the first side, then what only the other has.
fn fields(prefix: &str, before: &[Field], after: &[Field]) -> Vec<Change> {
    let (before, after) = (numbered(before), numbered(after));
    let find = |fields: &[(String, &Value)], name: &str| {
        fields.iter().find(|(known, _)| known == name).map(|(_, value)| (*value).clone())
    };
    let added = after.iter().filter(|(name, _)| find(&before, name).is_none());
    before
        .iter()
        .chain(added)
        .filter_map(|(name, _)| values(&format!("{prefix}{name}"), find(&before, name), find(&after, name)))
        .collect()
}

/// Fields by name; a field that comes twice is told from the first.
fn numbered(fields: &[Field]) -> Vec<(String, &Value)> {
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    let name = |field: &'_ Field, count: usize| match count {
        1 => field.name.clone(),
        count => format!("{} ({count})", field.name),
    };
    let mut named = Vec::with_capacity(fields.len());
    for field in fields {
        let count = seen.entry(&field.name).or_default();
        *count += 1;
        named.push((name(field, *count), &field.value));
    }
    named
}

fn values(place: &str, before: Option<Value>, after: Option<Value>) -> Option<Change> {
    if before == after {
        return None;
    }
    match (&before, &after) {
        (Some(Value::Text(before)), Some(Value::Text(after))) => texts(place, before, after),
        (Some(Value::Json(before)), Some(Value::Json(after))) => json(place, before, after),
        _ => Some(Change::new(place, before.as_ref().map(value), after.as_ref().map(value))),
    }
}

/// Longer texts, and those of several lines, are told line by line.
const SHORT: usize = 80;

fn texts(place: &str, before: &str, after: &str) -> Option<Change> {
    if before == after {
        return None;
    }
    let short = |text: &str| text.chars().count() <= SHORT && !text.contains('\n');
    if short(before) && short(after) {
        return Some(Change::new(place, Some(quoted(before)), Some(quoted(after))));
    }
    let lines =
        TextDiff::from_lines(&ended(before), &ended(after)).unified_diff().context_radius(1).to_string();
    Some(Change { lines: Some(lines), ..Change::new(place, Some(quoted(before)), Some(quoted(after))) })
}

/// JSON is compared as JSON: white space and the order of keys are no difference.
fn json(place: &str, before: &str, after: &str) -> Option<Change> {
    let parsed = |text: &str| serde_json::from_str::<serde_json::Value>(text).ok();
    match (parsed(before), parsed(after)) {
        (Some(one), Some(other)) if one == other => None,
        (Some(one), Some(other)) => texts(place, &pretty(&one), &pretty(&other)),
        _ => texts(place, before, after),
    }
}

fn pretty(json: &serde_json::Value) -> String {
    let line = json.to_string();
    if line.chars().count() <= SHORT { line } else { format!("{json:#}") }
}

fn ended(text: &str) -> String {
    format!("{}\n", text.trim_end_matches('\n'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proxbox_model::draft::{Reference, Rejection, Tag};

    fn field(name: &str, value: Value) -> Field {
        Field { name: name.to_owned(), value }
    }

    fn text(text: &str) -> Value {
        Value::Text(text.to_owned())
    }

    fn role(slug: &str) -> Value {
        Value::Reference(Reference {
            kind: "dcim.devicerole".into(),
            key: vec![("slug".into(), slug.into())],
        })
    }

    fn draft_of(kind: &str, fields: Vec<Field>) -> Draft {
        Draft { kind: kind.into(), key: Vec::new(), fields, custom_fields: Vec::new(), tags: Vec::new() }
    }

    fn shown(before: &Outcome, after: &Outcome) -> String {
        outcomes(before, after).iter().map(Change::to_string).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn a_changed_field_is_one_line() {
        let vm = |fields| draft_of("virtualization.virtualmachine", fields);
        let before = Outcome::Keep(vec![vm(vec![
            field("name", text("web")),
            field("memory", Value::Integer(512)),
            field("platform", Value::Null),
            field("status", text("active")),
        ])]);
        let mut changed = vm(vec![
            field("status", text("paused")),
            field("name", text("web")),
            field("role", role("web")),
            field("memory", Value::Decimal("512".into())),
        ]);
        changed.custom_fields.push(field("site_code", text("B2")));
        changed.tags.push(Tag { name: "Prod".into(), slug: "prod".into(), color: "ff0000".into() });
        let bring = draft_of("dcim.devicerole", vec![field("name", text("Web")), field("slug", text("web"))]);
        let after = Outcome::Keep(vec![changed, bring]);
        insta::assert_snapshot!(shown(&before, &after), @r#"
        memory: 512 → decimal 512
        platform: cleared → none
        status: "active" → "paused"
        role: none → reference dcim.devicerole slug=web
        custom_fields.site_code: none → "B2"
        tags.prod: none → "Prod" #ff0000
        dcim.devicerole slug=web: none → name "Web", slug "web"
        "#);
    }

    #[test]
    fn order_and_what_is_said_twice_are_no_difference() {
        let vm = draft_of("a.b", vec![field("a", text("1")), field("b", text("2"))]);
        let turned = draft_of("a.b", vec![field("b", text("2")), field("a", text("1"))]);
        let one = draft_of("c.d", vec![field("slug", text("one"))]);
        let two = draft_of("c.d", vec![field("slug", text("two"))]);
        let before = Outcome::Keep(vec![vm, one.clone(), two.clone()]);
        let after = Outcome::Keep(vec![turned, two, one.clone(), one]);
        assert_eq!(outcomes(&before, &after), []);
        let spaced =
            |text: &str| Outcome::Keep(vec![draft_of("a.b", vec![field("j", Value::Json(text.into()))])]);
        assert_eq!(outcomes(&spaced(r#"{"a":1,"b":2}"#), &spaced(r#"{"b": 2, "a": 1}"#)), []);
    }

    #[test]
    fn the_first_draft_is_another_one_than_its_companions() {
        let (one, two) = (draft_of("a.b", vec![field("slug", text("x"))]), draft_of("c.d", Vec::new()));
        let turned = shown(&Outcome::Keep(vec![one.clone(), two.clone()]), &Outcome::Keep(vec![two, one]));
        insta::assert_snapshot!(turned, @r#"
        kind: a.b → c.d
        slug: "x" → none
        a.b slug=x: none → slug "x"
        c.d: no fields → none
        "#);
    }

    #[test]
    fn a_field_that_comes_twice_is_a_difference() {
        let once = Outcome::Keep(vec![draft_of("a.b", vec![field("a", text("1"))])]);
        let twice = Outcome::Keep(vec![draft_of("a.b", vec![field("a", text("1")), field("a", text("1"))])]);
        assert_eq!(shown(&once, &twice), r#"a (2): none → "1""#);
    }

    #[test]
    fn another_sort_of_outcome_is_said_in_short() {
        let keep = Outcome::Keep(vec![draft_of("a.b", Vec::new()), draft_of("c.d", Vec::new())]);
        let rejection = Rejection { code: "odd".into(), message: "Odd.".into(), field: Some("name".into()) };
        let other = Rejection { code: "odder".into(), field: None, ..rejection.clone() };
        insta::assert_snapshot!(shown(&keep, &Outcome::Skip("lab guest".into())), @r#"outcome: keep a.b and 1 more → skip "lab guest""#);
        insta::assert_snapshot!(shown(&keep, &Outcome::Reject(rejection.clone())), @r#"outcome: keep a.b and 1 more → reject odd ("Odd.", field name)"#);
        insta::assert_snapshot!(shown(&Outcome::Reject(rejection), &Outcome::Reject(other)), @r#"
        reject.code: "odd" → "odder"
        reject.field: "name" → ""
        "#);
        assert_eq!(shown(&Outcome::Skip("a".into()), &Outcome::Skip("b".into())), r#"skip: "a" → "b""#);
    }

    #[test]
    fn of_a_long_text_the_lines_that_differ_are_shown() {
        let of =
            |comments: &str| Outcome::Keep(vec![draft_of("a.b", vec![field("comments", text(comments))])]);
        insta::assert_snapshot!(shown(&of("one\ntwo\nthree\nfour"), &of("one\ntwo\n3\nfour")), @r"
        comments:
            @@ -2,3 +2,3 @@
             two
            -three
            +3
             four
        ");
    }
}

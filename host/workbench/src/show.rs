//! Outcomes and values as people read them.

use proxbox_model::draft::{Draft, Field, KeyParts, Outcome, Reference, Rejection, Value};

/// A value on one line: `"web"`, `reference dcim.devicerole slug=web`, `cleared`.
pub(crate) fn value(value: &Value) -> String {
    match value {
        Value::Null => "cleared".to_owned(),
        Value::Flag(flag) => flag.to_string(),
        Value::Integer(number) => number.to_string(),
        Value::Decimal(text) => format!("decimal {text}"),
        Value::Text(text) => quoted(text),
        Value::Texts(texts) => format!("[{}]", joined(texts.iter().map(|text| quoted(text)))),
        Value::Json(text) => format!("JSON {text}"),
        Value::Reference(one) => format!("reference {}", reference(one)),
        Value::References(many) => format!("references [{}]", joined(many.iter().map(reference))),
    }
}

/// A text in quotes, with what cannot be seen escaped.
pub(crate) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn joined(parts: impl Iterator<Item = String>) -> String {
    parts.collect::<Vec<_>>().join(", ")
}

fn reference(reference: &Reference) -> String {
    format!("{} {}", reference.kind, key(&reference.key))
}

fn key(parts: &KeyParts) -> String {
    parts.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(" ")
}

/// What tells a draft from others of the same fact: its kind and its key, else the fields that name it.
pub(crate) fn title(draft: &Draft) -> String {
    let named = if draft.key.is_empty() { natural_key(draft) } else { key(&draft.key) };
    format!("{} {named}", draft.kind).trim_end().to_owned()
}

fn natural_key(draft: &Draft) -> String {
    let field = |name: &str| draft.fields.iter().find(|field| field.name == name);
    let shown = |field: &Field| match &field.value {
        Value::Text(text) => format!("{}={text}", field.name),
        other => format!("{}={}", field.name, value(other)),
    };
    ["slug", "address", "mac_address", "name"].into_iter().find_map(field).map(shown).unwrap_or_default()
}

/// An outcome in a few words: `keep virtualization.virtualmachine and 1 more`, `skip "lab guest"`.
pub(crate) fn in_short(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Keep(drafts) => {
            let first = drafts.first().map_or("nothing", |draft| draft.kind.as_str());
            match drafts.len() {
                0 | 1 => format!("keep {first}"),
                more => format!("keep {first} and {} more", more - 1),
            }
        }
        Outcome::Skip(reason) => format!("skip {}", quoted(reason)),
        Outcome::Reject(rejection) => rejected(rejection),
    }
}

fn rejected(Rejection { code, message, field }: &Rejection) -> String {
    let of = field.as_ref().map(|field| format!(", field {field}")).unwrap_or_default();
    format!("reject {code} ({}{of})", quoted(message))
}

/// An outcome as lines: each draft with its fields.
pub fn drafts(outcome: &Outcome) -> Vec<String> {
    let Outcome::Keep(drafts) = outcome else { return vec![in_short(outcome)] };
    drafts.iter().flat_map(draft).collect()
}

fn draft(draft: &Draft) -> Vec<String> {
    let custom =
        draft.custom_fields.iter().map(|field| (format!("custom_fields.{}", field.name), &field.value));
    let rows: Vec<(String, &Value)> =
        draft.fields.iter().map(|field| (field.name.clone(), &field.value)).chain(custom).collect();
    let width = rows.iter().map(|(name, _)| name.chars().count()).max().unwrap_or_default();
    let mut lines = vec![format!("{} {}", draft.kind, key(&draft.key)).trim_end().to_owned()];
    lines.extend(rows.into_iter().map(|(name, it)| format!("  {name:width$}  {}", value(it))));
    if !draft.tags.is_empty() {
        lines.push(format!("  tags: {}", joined(draft.tags.iter().map(|tag| tag.slug.clone()))));
    }
    lines
}

/// Bytes as people count them.
pub fn size(bytes: u64) -> String {
    const UNITS: [(&str, f64); 2] = [("MiB", 1_048_576.0), ("KiB", 1024.0)];
    #[expect(clippy::cast_precision_loss, reason = "shown with one digit")]
    let count = bytes as f64;
    match UNITS.into_iter().find(|(_, unit)| count >= *unit) {
        Some((name, unit)) => format!("{:.1} {name}", count / unit),
        None => format!("{bytes} bytes"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proxbox_model::draft::Tag;

    #[test]
    fn an_outcome_is_shown_draft_by_draft() {
        let field = |name: &str, value| Field { name: name.to_owned(), value };
        let role = Reference { kind: "dcim.devicerole".into(), key: vec![("slug".into(), "web".into())] };
        let vm = Draft {
            kind: "virtualization.virtualmachine".into(),
            key: Vec::new(),
            fields: vec![
                field("name", Value::Text("web".into())),
                field("vcpus", Value::Decimal("2".into())),
                field("role", Value::Reference(role)),
                field("comments", Value::Null),
            ],
            custom_fields: vec![field("proxmox_vm_id", Value::Integer(101))],
            tags: vec![Tag { name: "Prod".into(), slug: "prod".into(), color: "ff0000".into() }],
        };
        insta::assert_snapshot!(drafts(&Outcome::Keep(vec![vm])).join("\n"), @r#"
        virtualization.virtualmachine
          name                         "web"
          vcpus                        decimal 2
          role                         reference dcim.devicerole slug=web
          comments                     cleared
          custom_fields.proxmox_vm_id  101
          tags: prod
        "#);
    }

    #[test]
    fn sizes_are_short() {
        assert_eq!([size(12), size(2048), size(18 * 1024 * 1024)], ["12 bytes", "2.0 KiB", "18.0 MiB"]);
    }
}

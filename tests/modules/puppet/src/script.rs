//! Outcomes as JSON.

use proxbox_transform_sdk as sdk;
use serde::Deserialize;

/// The outcomes that a text describes; none when it describes none.
pub(crate) fn read(text: &str) -> Option<Vec<sdk::Outcome>> {
    let outcomes: Vec<Outcome> = serde_json::from_str(text).ok()?;
    Some(outcomes.into_iter().map(Into::into).collect())
}

type KeyParts = Vec<(String, String)>;

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Outcome {
    Keep(Vec<Draft>),
    Skip(String),
    Reject(Rejection),
}

#[derive(Deserialize)]
struct Draft {
    kind: String,
    key: KeyParts,
    fields: Vec<Field>,
    custom_fields: Vec<Field>,
    tags: Vec<Tag>,
}

#[derive(Deserialize)]
struct Field {
    name: String,
    value: Value,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Value {
    Null,
    Flag(bool),
    Integer(i64),
    Decimal(String),
    Text(String),
    Texts(Vec<String>),
    Json(String),
    Reference(Reference),
    References(Vec<Reference>),
}

#[derive(Deserialize)]
struct Reference {
    kind: String,
    key: KeyParts,
}

#[derive(Deserialize)]
struct Tag {
    name: String,
    slug: String,
    color: String,
}

#[derive(Deserialize)]
struct Rejection {
    code: String,
    message: String,
    field: Option<String>,
}

impl From<Outcome> for sdk::Outcome {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Keep(drafts) => Self::Keep(all(drafts)),
            Outcome::Skip(reason) => Self::Skip(reason),
            Outcome::Reject(Rejection { code, message, field }) => {
                Self::Reject(sdk::Rejection { code, message, field })
            }
        }
    }
}

impl From<Draft> for sdk::Draft {
    fn from(draft: Draft) -> Self {
        Self {
            kind: draft.kind,
            key: draft.key,
            fields: all(draft.fields),
            custom_fields: all(draft.custom_fields),
            tags: all(draft.tags),
        }
    }
}

impl From<Field> for sdk::Field {
    fn from(Field { name, value }: Field) -> Self {
        Self { name, value: value.into() }
    }
}

impl From<Value> for sdk::Value {
    fn from(value: Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Flag(flag) => Self::Flag(flag),
            Value::Integer(number) => Self::Integer(number),
            Value::Decimal(text) => Self::Decimal(text),
            Value::Text(text) => Self::Text(text),
            Value::Texts(texts) => Self::Texts(texts),
            Value::Json(text) => Self::Json(text),
            Value::Reference(one) => Self::Reference(one.into()),
            Value::References(many) => Self::References(all(many)),
        }
    }
}

impl From<Reference> for sdk::Reference {
    fn from(Reference { kind, key }: Reference) -> Self {
        Self { kind, key }
    }
}

impl From<Tag> for sdk::Tag {
    fn from(Tag { name, slug, color }: Tag) -> Self {
        Self { name, slug, color }
    }
}

fn all<From, To: std::convert::From<From>>(items: Vec<From>) -> Vec<To> {
    items.into_iter().map(To::from).collect()
}

//! What NetBox finds wrong with one object. It is judged by the fields that it is about: the words are for people, in their language.

use crate::answer::messages;
use proxbox_model::kind::{FieldType, Kind};
use serde_json::{Map, Value as Json};

type Object = Map<String, Json>;

/// Keys of errors that are about the object as a whole.
const WHOLE: [&str; 3] = ["__all__", "non_field_errors", "detail"];

pub(super) struct Fault {
    /// What is said, by field.
    errors: Object,
    words: String,
}

impl Fault {
    /// None when nothing is wrong.
    pub(super) fn read(errors: &Json) -> Option<Self> {
        let words = messages(errors);
        let errors = match errors {
            Json::Object(errors) => errors.clone(),
            other => Map::from_iter([("detail".to_owned(), other.clone())]),
        };
        (!words.is_empty()).then_some(Self { errors, words })
    }

    /// An answer that is about a single object.
    pub(super) fn of_one(body: &Json, detail: &str) -> Self {
        Self::read(body).unwrap_or_else(|| Self { errors: Map::new(), words: detail.to_owned() })
    }

    /// NetBox's words, each with its field.
    pub(super) fn words(&self) -> &str {
        &self.words
    }

    /// NetBox's words about one field.
    pub(super) fn words_about(&self, field: &str) -> String {
        self.errors.get(field).map(messages).unwrap_or_default()
    }

    pub(super) fn is_about(&self, field: &str) -> bool {
        self.errors.contains_key(field)
    }

    /// Whether the object to change is not there, as NetBox says from 4.7 on.
    pub(super) fn is_gone(&self) -> bool {
        self.is_about("id") && self.errors.len() == 1
    }

    pub(super) fn is_about_the_whole(&self) -> bool {
        self.errors.keys().all(|key| WHOLE.contains(&key.as_str()))
    }

    /// Whether it may be that another object has the name, or whatever must be unique. A later pass may find that another object
    /// gives up first what it is to have.
    pub(super) fn may_pass(&self, kind: &Kind) -> bool {
        kind.pass_of.is_some()
            || self.errors.keys().all(|key| WHOLE.contains(&key.as_str()) || is_unique(kind, key))
    }

    /// The fields that it is about, when the object is worth writing without each of them.
    pub(super) fn attributes(&self, kind: &Kind, sent: &Object) -> Vec<String> {
        let can_go = |field: &String| sent.contains_key(field) && is_attribute(kind, field);
        if self.errors.keys().all(can_go) { self.errors.keys().cloned().collect() } else { Vec::new() }
    }
}

/// Whether a field is part of what tells objects of its kind apart.
fn is_unique(kind: &Kind, field: &str) -> bool {
    let keys = kind.keys.iter().chain(kind.also_unique);
    keys.copied().flatten().any(|part| *part == field)
        || kind.unique_name.is_some_and(|unique| unique.field == field)
}

/// Whether a field refers to something that the object can be without.
fn is_attribute(kind: &Kind, field: &str) -> bool {
    let relates = kind
        .field(field)
        .is_some_and(|spec| matches!(spec.holds, FieldType::Relation(_) | FieldType::Relations(_)));
    relates && !is_unique(kind, field)
}

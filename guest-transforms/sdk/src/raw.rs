//! What a record leaves out, from the raw JSON beside it.

use crate::Value;
use serde_json::{Map, Value as Json};

/// The raw JSON object of a fact, read leniently: Proxmox writes `1`, `"1"` and `true` for the same thing.
#[derive(Clone, Debug, Default)]
pub struct Raw(Map<String, Json>);

impl Raw {
    /// Reads a fact's raw JSON; what is no object is an empty one.
    pub fn of(json: &str) -> Self {
        Self(serde_json::from_str(json).unwrap_or_default())
    }

    /// A value as text; none when it is missing or blank. A list is joined with commas, an object is written as
    /// `key=value,…`.
    pub fn text(&self, key: &str) -> Option<String> {
        let text = flat(self.0.get(key)?);
        let trimmed = text.trim();
        (!trimmed.is_empty()).then(|| trimmed.to_owned())
    }

    /// A whole number, also from text.
    pub fn integer(&self, key: &str) -> Option<i64> {
        self.text(key)?.parse().ok()
    }

    /// Whether something is on; none when the object does not say.
    pub fn flag(&self, key: &str) -> Option<bool> {
        self.text(key).map(|text| is_on(&text))
    }

    /// One part of a value such as `enabled=1,storage=local`.
    pub fn property(&self, key: &str, part: &str) -> Option<String> {
        property(&self.text(key)?, part).map(str::to_owned)
    }

    /// The whole object without these members, as the value of a JSON field.
    pub fn without(mut self, keys: &[&str]) -> Value {
        for key in keys {
            self.0.remove(*key);
        }
        Json::Object(self.0).into()
    }
}

/// One part of a line such as `ip=192.0.2.10/24,gw=192.0.2.1`; none when it is missing or blank.
pub fn property<'line>(line: &'line str, part: &str) -> Option<&'line str> {
    line.split(',')
        .filter_map(|pair| pair.split_once('='))
        .find(|(name, _)| name.trim() == part)
        .map(|(_, value)| value.trim())
        .filter(|value| !value.is_empty())
}

/// Whether Proxmox means yes.
pub fn is_on(text: &str) -> bool {
    ["1", "on", "yes", "true"].iter().any(|yes| text.trim().eq_ignore_ascii_case(yes))
}

fn flat(value: &Json) -> String {
    match value {
        Json::Null => String::new(),
        Json::Bool(flag) => u8::from(*flag).to_string(),
        Json::Number(number) => number.to_string(),
        Json::String(text) => text.clone(),
        Json::Array(items) => items.iter().map(flat).collect::<Vec<_>>().join(","),
        Json::Object(fields) => {
            let pairs = fields.iter().map(|(key, value)| [key, "=", &flat(value)].concat());
            pairs.collect::<Vec<_>>().join(",")
        }
    }
}

//! Reading JSON whose shapes drift between versions: numbers as strings, booleans as `0`, `"1"` or `"on"`, members that are missing.
//!
//! A value that cannot be understood is none; it never fails what is beside it.

use serde_json::{Map, Value as Json};
use std::collections::BTreeSet;

/// Members that are sets of words, in every object that Proxmox has them in.
const SETS: &[&str] = &["content", "exclude", "nodes", "prune-backups", "tags", "vmid"];
/// What such words are separated by.
const SEPARATORS: &[&str] = &[";", ",", " "];

/// The members of a JSON object; of anything else, none.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fields<'a>(Option<&'a Map<String, Json>>);

impl<'a> Fields<'a> {
    pub(crate) fn of(value: &'a Json) -> Self {
        Self(value.as_object())
    }

    pub(crate) fn from(object: &'a Map<String, Json>) -> Self {
        Self(Some(object))
    }

    pub(crate) fn get(&self, name: &str) -> Option<&'a Json> {
        self.0?.get(name).filter(|value| !value.is_null())
    }

    /// Text that is not blank, without surrounding white space.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        text(self.get(name)?).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
    }

    /// Text as it was written, white space included; empty when there is none.
    pub(crate) fn verbatim(&self, name: &str) -> String {
        self.get(name).and_then(text).unwrap_or_default()
    }

    pub(crate) fn flag(&self, name: &str) -> Option<bool> {
        flag(self.get(name)?)
    }

    pub(crate) fn unsigned(&self, name: &str) -> Option<u64> {
        unsigned(self.get(name)?)
    }

    /// A whole number of either sign.
    pub(crate) fn signed(&self, name: &str) -> Option<i64> {
        match self.get(name)? {
            Json::String(text) => text.trim().parse().ok(),
            other => other.as_i64(),
        }
    }

    pub(crate) fn number(&self, name: &str) -> Option<f64> {
        number(self.get(name)?)
    }

    /// The whole object as JSON text, its sets in order.
    pub(crate) fn to_json(self) -> String {
        self.0.map_or_else(|| "{}".to_owned(), |object| in_order(object).to_string())
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&'a String, &'a Json)> {
        self.0.into_iter().flatten()
    }
}

/// The parts of a list that is separated by `;`, `,` or white space.
pub(crate) fn parts(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| matches!(c, ';' | ',') || c.is_whitespace()).filter(|part| !part.is_empty())
}

/// Words of a list whose order says nothing, each once and sorted.
pub(crate) fn set(text: &str) -> Vec<String> {
    let words: BTreeSet<&str> = parts(text).collect();
    words.into_iter().map(str::to_owned).collect()
}

/// An object in which the sets are sorted, so that two copies of the same are equal. Proxmox prints some of them as its hash tables
/// happen to be ordered.
pub(crate) fn in_order(object: &Map<String, Json>) -> Json {
    let member = |(key, value): (&String, &Json)| {
        let value = if SETS.contains(&key.as_str()) { set_in_order(value) } else { value.clone() };
        (key.clone(), value)
    };
    Json::Object(object.iter().map(member).collect())
}

fn set_in_order(value: &Json) -> Json {
    let Some(text) = value.as_str() else { return value.clone() };
    let separator = SEPARATORS.iter().find(|separator| text.contains(**separator)).unwrap_or(&",");
    Json::String(set(text).join(separator))
}

/// Text as it is; numbers and booleans as Proxmox would write them.
pub(crate) fn text(value: &Json) -> Option<String> {
    match value {
        Json::String(text) => Some(text.clone()),
        Json::Number(number) => Some(number.to_string()),
        Json::Bool(flag) => Some(u8::from(*flag).to_string()),
        Json::Null | Json::Array(_) | Json::Object(_) => None,
    }
}

/// A boolean in any of Proxmox's spellings: `true`, `0`, `"1"`, `"on"`.
pub fn flag(value: &Json) -> Option<bool> {
    match value {
        Json::Bool(flag) => Some(*flag),
        Json::Number(number) => number.as_f64().map(|number| number != 0.0),
        Json::String(text) => flag_text(text),
        Json::Null | Json::Array(_) | Json::Object(_) => None,
    }
}

/// Proxmox's own spellings of a boolean.
pub(crate) fn flag_text(text: &str) -> Option<bool> {
    match text.trim().to_ascii_lowercase().as_str() {
        "1" | "true" | "yes" | "on" => Some(true),
        "0" | "false" | "no" | "off" => Some(false),
        _ => None,
    }
}

/// A whole number from zero up, also as text; the fraction of anything else is cut off.
pub fn unsigned(value: &Json) -> Option<u64> {
    match value {
        Json::Number(number) => number.as_u64().or_else(|| whole(number.as_f64()?)),
        Json::String(text) => {
            let text = text.trim();
            text.parse().ok().or_else(|| whole(text.parse().ok()?))
        }
        _ => None,
    }
}

pub(crate) fn number(value: &Json) -> Option<f64> {
    let number = match value {
        Json::Number(number) => number.as_f64()?,
        Json::String(text) => text.trim().parse().ok()?,
        _ => return None,
    };
    number.is_finite().then_some(number)
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn whole(number: f64) -> Option<u64> {
    (number >= 0.0 && number < u64::MAX as f64).then_some(number as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn numbers_come_as_numbers_or_as_text() {
        for value in [json!(2048), json!("2048"), json!(" 2048 "), json!(2048.0), json!("2048.7")] {
            assert_eq!(unsigned(&value), Some(2048), "{value}");
        }
        assert_eq!(unsigned(&json!(u64::MAX)), Some(u64::MAX));
        assert_eq!(unsigned(&json!(u64::MAX.to_string())), Some(u64::MAX));
        for value in
            [json!(-1), json!("-1"), json!("many"), json!(null), json!([1]), json!(1e30), json!("NaN")]
        {
            assert_eq!(unsigned(&value), None, "{value}");
        }
    }

    #[test]
    fn booleans_come_in_every_spelling() {
        for value in [json!(1), json!("1"), json!(true), json!("true"), json!("on"), json!("Yes"), json!(1.0)]
        {
            assert_eq!(flag(&value), Some(true), "{value}");
        }
        for value in [json!(0), json!("0"), json!(false), json!("off"), json!("no")] {
            assert_eq!(flag(&value), Some(false), "{value}");
        }
        for value in [json!(null), json!(""), json!("perhaps"), json!({})] {
            assert_eq!(flag(&value), None, "{value}");
        }
    }

    proptest! {
        #[test]
        fn the_order_of_a_set_says_nothing(
            (one, other) in proptest::collection::vec("[a-z]{1,4}", 0..6)
                .prop_flat_map(|words| (Just(words.clone()), Just(words).prop_shuffle())),
            key in proptest::sample::select(SETS),
            separator in proptest::sample::select(SEPARATORS),
        ) {
            let read = |words: &[String]| Fields::of(&json!({ key: words.join(separator), "n": 1 })).to_json();
            prop_assert_eq!(read(&one), read(&other));
        }
    }

    #[test]
    fn sets_keep_their_separator_and_other_members_their_order() {
        let object = json!({"tags": "b;a", "content": "rootdir,images", "nodes": "pve2", "vmid": 100,
            "ipconfig0": "ip=dhcp,gw=10.0.0.1", "description": "b, a"});
        let sorted = json!({"tags": "a;b", "content": "images,rootdir", "nodes": "pve2", "vmid": 100,
            "ipconfig0": "ip=dhcp,gw=10.0.0.1", "description": "b, a"});
        assert_eq!(serde_json::from_str::<Json>(&Fields::of(&object).to_json()).unwrap(), sorted);
    }

    #[test]
    fn missing_null_and_blank_members_are_none() {
        let object = json!({"null": null, "blank": "  ", "name": " web ", "number": 7});
        let fields = Fields::of(&object);
        assert_eq!(fields.text("null"), None);
        assert_eq!(fields.text("blank"), None);
        assert_eq!(fields.text("absent"), None);
        assert_eq!(fields.text("name").as_deref(), Some("web"));
        assert_eq!(fields.text("number").as_deref(), Some("7"));
        assert_eq!(Fields::of(&json!([1])).text("name"), None);
    }
}

//! Values of drafts, checked against the type of their field and put in the form that NetBox stores.

use crate::error::Fault;
use crate::reference::{self, Ref};
use crate::text::{shown, trim};
use crate::{address, time};
use litemap::LiteMap;
use proxbox_model::draft::Value;
use proxbox_model::kind::{self, FieldSpec, FieldType, Kind, Provider};
use serde_json::Value as Json;
use std::collections::BTreeSet;
use std::ops::RangeInclusive;
use std::sync::Arc;

/// Checked values by field. Most objects have a few, for which a tree would take the room of eleven.
pub(crate) type Wants<Name = &'static str> = LiteMap<Name, Want>;

/// A checked value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Want {
    /// As NetBox stores it; a decimal as its shortest text.
    Plain(Json),
    /// The id of an object.
    One(Arc<Ref>),
    /// The id of an object, if it is there: its absence is nobody's fault.
    Perhaps(Arc<Ref>),
    /// The ids of some objects.
    Many(Vec<Ref>),
}

impl Want {
    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Self::Plain(Json::String(text)) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn refs(&self) -> &[Ref] {
        match self {
            Self::Plain(_) => &[],
            Self::One(to) | Self::Perhaps(to) => std::slice::from_ref(to),
            Self::Many(to) => to,
        }
    }
}

/// Checks the value of a field of the table.
pub(crate) fn check(
    kind: &'static Kind,
    spec: &'static FieldSpec,
    value: Value,
    source: &str,
) -> Result<Want, Fault> {
    let wrong = |got: String| Fault::WrongValue {
        kind: kind.name,
        field: spec.name.to_owned(),
        wants: wants(spec.holds),
        got,
    };
    let names = kind.keys.iter().any(|key| key.contains(&spec.name));
    let plain = match (spec.holds, value) {
        (FieldType::Text(most), value @ (Value::Text(_) | Value::Null)) => {
            let Value::Text(text) = value else {
                return if names {
                    Err(wrong("nothing".to_owned()))
                } else {
                    Ok(Want::Plain(Json::from("")))
                };
            };
            let text = trim(&text);
            if text.contains('\0') {
                return Err(wrong("text with a NUL character".to_owned()));
            }
            if text.is_empty() && names {
                return Err(wrong("an empty text".to_owned()));
            }
            Json::from(bounded(kind, spec, text, most)?)
        }
        (FieldType::Slug(most), Value::Text(text)) => {
            let slug = trim(&text);
            let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
            if slug.is_empty() || !slug.chars().all(allowed) {
                return Err(wrong(format!("`{}`", shown(slug))));
            }
            Json::from(bounded(kind, spec, slug, most)?)
        }
        (FieldType::Color, Value::Text(text)) => {
            let color = trim(&text).to_ascii_lowercase();
            if color.len() != 6 || !color.chars().all(|c| c.is_ascii_hexdigit()) {
                return Err(wrong(format!("`{}`", shown(&text))));
            }
            Json::from(color)
        }
        (FieldType::Choice, Value::Text(text)) if !trim(&text).is_empty() => Json::from(trim(&text)),
        (FieldType::Flag, Value::Flag(flag)) => Json::from(flag),
        (FieldType::Integer(most), Value::Integer(number)) => {
            if !(0..=most).contains(&number) {
                return Err(wrong(number.to_string()));
            }
            Json::from(number)
        }
        (FieldType::Signed(most), Value::Integer(number)) => {
            if !(-most..=most).contains(&number) {
                return Err(wrong(number.to_string()));
            }
            Json::from(number)
        }
        (FieldType::Time, Value::Text(text)) => match time::canonical(&text) {
            Some(text) => Json::from(text),
            None => return Err(wrong(format!("`{}`", shown(&text)))),
        },
        (FieldType::Address, Value::Text(text)) => match address::with_prefix(&text) {
            Some(text) => Json::from(text),
            None => return Err(wrong(format!("`{}`", shown(&text)))),
        },
        (FieldType::Mac, Value::Text(text)) => match address::mac(&text) {
            Some(text) => Json::from(text),
            None => return Err(wrong(format!("`{}`", shown(&text)))),
        },
        (FieldType::Decimal, Value::Integer(number)) => Json::from(number.to_string()),
        (FieldType::Decimal, Value::Decimal(text)) => match decimal(&text) {
            Some(text) => Json::from(text),
            None => return Err(wrong(format!("`{}`", shown(&text)))),
        },
        (FieldType::Texts, Value::Texts(texts)) => Json::from(as_set(&texts)),
        (FieldType::Integers(least, most), Value::Json(text)) => match integers(&text, least..=most) {
            Some(numbers) => numbers.into_iter().collect(),
            None => return Err(wrong(format!("`{}`", shown(&text)))),
        },
        (FieldType::Json, Value::Json(text)) => match serde_json::from_str(&text) {
            Ok(json) => json,
            Err(_) => return Err(wrong("text that is not JSON".to_owned())),
        },
        (FieldType::Relation(target), Value::Reference(to)) => {
            let to = Arc::new(reference::check(to, source)?);
            if to.kind().name != target {
                return Err(wrong(format!("a reference to a {}", to.kind().name)));
            }
            return Ok(if is_optional(kind, spec.name, target) { Want::Perhaps(to) } else { Want::One(to) });
        }
        (FieldType::Generic { kinds, .. }, Value::Reference(to)) => {
            let to = Arc::new(reference::check(to, source)?);
            if !kinds.contains(&to.kind().name) {
                return Err(wrong(format!("a reference to a {}", to.kind().name)));
            }
            return Ok(Want::One(to));
        }
        (FieldType::Relations(_), Value::Null) => return Ok(Want::Many(Vec::new())),
        (FieldType::Relations(target), Value::References(to)) => {
            let to: Vec<Ref> =
                to.into_iter().map(|to| reference::check(to, source)).collect::<Result<_, _>>()?;
            if let Some(other) = to.iter().find(|to| to.kind().name != target) {
                return Err(wrong(format!("a reference to a {}", other.kind().name)));
            }
            return Ok(Want::Many(to));
        }
        (
            FieldType::Slug(_)
            | FieldType::Color
            | FieldType::Address
            | FieldType::Mac
            | FieldType::Integers(..),
            Value::Null,
        ) => {
            return Err(wrong("nothing".to_owned()));
        }
        (_, Value::Null) => Json::Null,
        (_, other) => return Err(wrong(sort(&other).to_owned())),
    };
    Ok(Want::Plain(plain))
}

/// Whether a relation between rows of the plugin may be left open: a backup is worth having without its storage's row.
fn is_optional(kind: &Kind, field: &str, target: &str) -> bool {
    let of_the_plugin = |name| kind::find(name).is_some_and(|kind| kind.provider == Provider::Plugin);
    let names = kind.keys.iter().any(|key| key.contains(&field));
    kind.provider == Provider::Plugin && !names && of_the_plugin(target)
}

/// Checks the value of a custom field as far as that is possible without NetBox.
pub(crate) fn check_custom(
    kind: &'static Kind,
    name: &str,
    value: Value,
    source: &str,
) -> Result<Want, Fault> {
    let wrong = |wants: &str, got: String| Fault::WrongValue {
        kind: kind.name,
        field: format!("custom_fields.{}", shown(name)),
        wants: wants.to_owned(),
        got,
    };
    Ok(Want::Plain(match value {
        Value::Null => Json::Null,
        Value::Flag(flag) => Json::from(flag),
        Value::Integer(number) => Json::from(number),
        Value::Decimal(text) => match decimal(&text) {
            Some(text) => Json::from(text),
            None => return Err(wrong("a decimal number", format!("`{}`", shown(&text)))),
        },
        Value::Text(text) if text.contains('\0') => {
            return Err(wrong("text", "text with a NUL character".to_owned()));
        }
        Value::Text(text) => match trim(&text) {
            "" => Json::Null,
            text => Json::from(text),
        },
        Value::Texts(texts) => Json::from(as_set(&texts)),
        Value::Json(text) => match serde_json::from_str(&text) {
            Ok(json) => json,
            Err(_) => return Err(wrong("JSON", "text that is not JSON".to_owned())),
        },
        Value::Reference(to) => {
            let to = Arc::new(reference::check(to, source)?);
            let of_the_host = kind::custom_field(name).is_some_and(|field| field.related.is_some());
            return Ok(if of_the_host { Want::Perhaps(to) } else { Want::One(to) });
        }
        Value::References(to) => {
            let to: Result<Vec<Ref>, Fault> = to.into_iter().map(|to| reference::check(to, source)).collect();
            return Ok(Want::Many(to?));
        }
    }))
}

/// The shortest text of a decimal number; none when the text is not one.
pub(crate) fn decimal(text: &str) -> Option<String> {
    let text = text.trim();
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    if !all_digits(whole) || !all_digits(fraction) {
        return None;
    }
    let whole = match whole.trim_start_matches('0') {
        "" => "0",
        whole => whole,
    };
    let fraction = fraction.trim_end_matches('0');
    let number = if fraction.is_empty() { whole.to_owned() } else { format!("{whole}.{fraction}") };
    Some(if negative && number != "0" { format!("-{number}") } else { number })
}

/// The numbers of a JSON list as a sorted set; none when it has none, or one out of range.
fn integers(text: &str, range: RangeInclusive<i64>) -> Option<BTreeSet<i64>> {
    let numbers: BTreeSet<i64> = serde_json::from_str(text).ok()?;
    (!numbers.is_empty() && numbers.iter().all(|number| range.contains(number))).then_some(numbers)
}

/// Sorted, without repetitions and without the white space that NetBox strips.
pub(crate) fn as_set(texts: &[String]) -> Vec<String> {
    let set: BTreeSet<&str> = texts.iter().map(|text| trim(text)).collect();
    set.into_iter().map(str::to_owned).collect()
}

fn bounded<'t>(kind: &'static Kind, spec: &FieldSpec, text: &'t str, most: usize) -> Result<&'t str, Fault> {
    let length = text.chars().count();
    if length > most {
        return Err(Fault::TooLong { kind: kind.name, field: spec.name.to_owned(), most, length });
    }
    Ok(text)
}

fn wants(holds: FieldType) -> String {
    match holds {
        FieldType::Text(_) => "text".to_owned(),
        FieldType::Slug(_) => "letters, digits, `-` and `_`".to_owned(),
        FieldType::Color => "six hexadecimal digits".to_owned(),
        FieldType::Choice => "the text of a choice".to_owned(),
        FieldType::Flag => "true or false".to_owned(),
        FieldType::Integer(most) => format!("a whole number from 0 to {most}"),
        FieldType::Signed(most) => format!("a whole number from -{most} to {most}"),
        FieldType::Decimal => "a decimal number".to_owned(),
        FieldType::Time => "a point in time with its zone, as `2026-01-02T03:04:05Z`".to_owned(),
        FieldType::Address => "an address with its prefix length".to_owned(),
        FieldType::Mac => "a MAC address".to_owned(),
        FieldType::Texts => "a list of texts".to_owned(),
        FieldType::Integers(least, most) => {
            format!("a JSON list of whole numbers from {least} to {most}, at least one")
        }
        FieldType::Json => "JSON".to_owned(),
        FieldType::Relation(target) => format!("a reference to a {target}"),
        FieldType::Relations(target) => format!("references to {target}s"),
        FieldType::Generic { kinds, .. } => format!("a reference to a {}", kinds.join(" or a ")),
    }
}

fn sort(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Flag(_) => "true or false",
        Value::Integer(_) => "a whole number",
        Value::Decimal(_) => "a decimal number",
        Value::Text(_) => "text",
        Value::Texts(_) => "a list of texts",
        Value::Json(_) => "JSON",
        Value::Reference(_) => "a reference",
        Value::References(_) => "a list of references",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decimal_has_one_shortest_text() {
        let texts = ["2", "+02.50", "-0.0", "0.10", "-3.000"];
        assert_eq!(texts.map(|text| decimal(text).unwrap()), ["2", "2.5", "0", "0.1", "-3"]);
    }

    #[test]
    fn other_texts_are_no_decimals() {
        for text in ["", "-", ".", "1.", ".5", "1e3", "NaN", "1,5", "1 000", "0x10"] {
            assert_eq!(decimal(text), None, "{text}");
        }
    }
}

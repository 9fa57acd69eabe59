//! Checks one value against its field and turns it into what is stored.

mod number;
mod text;

use serde_json::{Map, Value};

use super::errors::{no_field, plain, python, type_name};
use super::moment;
use super::network::Network;
use super::relation;
use super::release::Release;
use super::rights::Rights;
use super::store::Store;
use super::table::{Field, Holds};
use number::{big, decimal, float};
use text::{is_color, is_slug, text, url};

pub(crate) use number::integer;

/// What is wrong with a value: a list of messages, or something nested.
pub(crate) type Wrong = Value;

fn wrong<T>(message: impl Into<String>) -> Result<T, Wrong> {
    Err(Value::Array(vec![message.into().into()]))
}

fn all_wrong(messages: Vec<String>) -> Wrong {
    messages.into()
}

const NULL: &str = "This field may not be null.";
const BLANK: &str = "This field may not be blank.";

/// Checks a value that a client sent for a field.
pub(crate) fn parse(
    release: Release,
    store: &Store,
    rights: &Rights,
    field: &Field,
    value: &Value,
) -> Result<Value, Wrong> {
    if value.is_null() {
        return match field.holds {
            _ if field.null => Ok(Value::Null),
            Holds::Choice(_) if field.blank => Ok("".into()),
            Holds::Choice(_) => wrong(BLANK),
            _ => wrong(NULL),
        };
    }
    match field.holds {
        Holds::Text(most) => text(field, value, most, None),
        Holds::Slug(most) => text(field, value, most, Some(is_slug)),
        Holds::Color => text(field, value, 6, Some(is_color)),
        Holds::Flag => flag(value),
        Holds::Integer(least, most) => integer(value, least, most),
        Holds::Big(least) => big(value, least),
        Holds::Decimal(_) if field.null && *value == "" => Ok(Value::Null),
        Holds::Decimal(limits) => decimal(value, limits),
        Holds::Float => float(value),
        Holds::Choice(choices) => choice(field, value, choices),
        Holds::Word(choices) => word(field, value, choices),
        Holds::Related(relation) if relation.bare => key(store, relation.model, value),
        Holds::Related(relation) => {
            relation::resolve(store, rights, relation.model, value).map(Value::from).or_else(wrong)
        }
        Holds::Many(model) => many(store, model, value),
        Holds::ObjectType(allowed) => object_type(release, value, allowed).map(Value::from).or_else(wrong),
        Holds::ObjectTypes => object_types(release, value),
        Holds::Json => Ok(value.clone()),
        Holds::Mac => {
            let text = plain(value);
            mac(&text).map_or_else(
                || wrong(format!("Invalid MAC address format: {}", text.replace(' ', ""))),
                |mac| Ok(mac.into()),
            )
        }
        Holds::Shortcut(_) => text(field, value, usize::MAX, None),
        Holds::Network { host } => network(value, host),
        Holds::Host => host(value),
        Holds::Url(most) => text(field, value, most, Some(url)),
        Holds::Moment => instant(value),
        Holds::Texts => each(value, |item| text(field, item, usize::MAX, None)),
        Holds::Integers => each(value, |item| integer(item, 1, 65_535)),
        Holds::Ranges => each_keyed(no_field(release.version), value, range),
        Holds::Date => date(value),
        Holds::Foreign => relation::resolve(store, rights, "", value).map(Value::from).or_else(wrong),
        Holds::ForeignMany => many(store, "", value),
        _ => Ok(Value::Null),
    }
}

fn flag(value: &Value) -> Result<Value, Wrong> {
    let known = match value {
        Value::Bool(flag) => Some(*flag),
        Value::Number(number) => match number.as_f64() {
            Some(1.0) => Some(true),
            Some(0.0) => Some(false),
            _ => None,
        },
        Value::String(text) => match text.to_lowercase().as_str() {
            "t" | "y" | "yes" | "true" | "on" | "1" => Some(true),
            "f" | "n" | "no" | "false" | "off" | "0" => Some(false),
            _ => None,
        },
        _ => None,
    };
    known.map_or_else(|| wrong("Must be a valid boolean."), |flag| Ok(flag.into()))
}

fn choice(field: &Field, value: &Value, choices: &[(&str, &str)]) -> Result<Value, Wrong> {
    match value {
        Value::String(text) if text.is_empty() => {
            if field.blank {
                Ok("".into())
            } else {
                wrong(BLANK)
            }
        }
        Value::String(text) if choices.iter().any(|(known, _)| known == text) => Ok(value.clone()),
        Value::String(text) => {
            let shown = match text.to_lowercase().as_str() {
                "true" => "True".to_owned(),
                "false" => "False".to_owned(),
                _ => text.parse::<i64>().map_or_else(|_| text.clone(), |number| number.to_string()),
            };
            wrong(format!("{shown} is not a valid choice."))
        }
        Value::Array(_) | Value::Object(_) => {
            wrong("Value must be passed directly (e.g. \"foo\": 123); do not use a dictionary or list.")
        }
        other => wrong(format!("{} is not a valid choice.", python(other))),
    }
}

/// One of the choices of a field that shows them as they are written.
fn word(field: &Field, value: &Value, choices: &[(&str, &str)]) -> Result<Value, Wrong> {
    let text = plain(value);
    let known = choices.iter().any(|(known, _)| *known == text) || (field.blank && text.is_empty());
    if known { Ok(text.into()) } else { wrong(format!("\"{text}\" is not a valid choice.")) }
}

/// An object by its id alone.
fn key(store: &Store, model: &str, value: &Value) -> Result<Value, Wrong> {
    let id = match value {
        Value::Number(number) => number.as_u64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    match id {
        Some(id) if store.get(model, id).is_some() => Ok(id.into()),
        Some(id) => wrong(format!("Invalid pk \"{id}\" - object does not exist.")),
        None => wrong(format!("Incorrect type. Expected pk value, received {}.", type_name(value))),
    }
}

fn list(value: &Value) -> Result<&Vec<Value>, Wrong> {
    match value {
        Value::Array(items) => Ok(items),
        other => wrong(format!("Expected a list of items but got type \"{}\".", type_name(other))),
    }
}

fn range(value: &Value) -> Result<Value, Wrong> {
    let Some([first, last]) = value.as_array().map(Vec::as_slice) else {
        return wrong("Ranges must be specified in the form (lower, upper).");
    };
    if first.is_i64() && last.is_i64() {
        return Ok(value.clone());
    }
    wrong("Range boundaries must be defined as integers.")
}

/// The same as [`each`], but what is no list is told under a key.
fn each_keyed(
    key: &str,
    value: &Value,
    check: impl Fn(&Value) -> Result<Value, Wrong>,
) -> Result<Value, Wrong> {
    if value.is_array() {
        return each(value, check);
    }
    list(value)
        .cloned()
        .map(Value::from)
        .map_err(|message| Value::Object([(key.to_owned(), message)].into_iter().collect()))
}

/// Checks every item of a list; what is wrong comes by position.
fn each(value: &Value, check: impl Fn(&Value) -> Result<Value, Wrong>) -> Result<Value, Wrong> {
    let mut good = Vec::new();
    let mut wrong = Map::new();
    for (index, item) in list(value)?.iter().enumerate() {
        match check(item) {
            Ok(item) => good.push(item),
            Err(message) => {
                wrong.insert(index.to_string(), message);
            }
        }
    }
    if wrong.is_empty() { Ok(Value::Array(good)) } else { Err(Value::Object(wrong)) }
}

fn many(store: &Store, model: &str, value: &Value) -> Result<Value, Wrong> {
    list(value)?.iter().map(|item| key(store, model, item)).collect::<Result<Vec<_>, _>>().map(Value::Array)
}

fn object_type(release: Release, value: &Value, allowed: &[&str]) -> Result<String, String> {
    let text = value.as_str().filter(|text| text.split('.').count() == 2);
    let Some(text) = text else {
        return Err("Invalid value. Specify a content type as '<app_label>.<model_name>'.".to_owned());
    };
    let known =
        if allowed.is_empty() { relation::is_object_type(release, text) } else { allowed.contains(&text) };
    if known { Ok(text.to_owned()) } else { Err(format!("Invalid content type: {text}")) }
}

fn object_types(release: Release, value: &Value) -> Result<Value, Wrong> {
    let mut types = list(value)?
        .iter()
        .map(|item| object_type(release, item, &[]))
        .collect::<Result<Vec<_>, _>>()
        .or_else(wrong)?;
    types.sort();
    types.dedup();
    Ok(types.into())
}

fn network(value: &Value, host: bool) -> Result<Value, Wrong> {
    let Value::String(text) = value else {
        let kind = type_name(value);
        return wrong(format!("unexpected type <class '{kind}'> for addr arg"));
    };
    if text.trim().is_empty() {
        return wrong(BLANK);
    }
    let kind = if host { "address" } else { "prefix" };
    let Some(network) = Network::parse(text) else {
        return wrong(format!("Invalid IP {kind} format: {text}"));
    };
    if !host && network != network.network() {
        return wrong(format!("{network} is not a valid prefix. Did you mean {}?", network.network()));
    }
    Ok(network.to_string().into())
}

fn date(value: &Value) -> Result<Value, Wrong> {
    match value.as_str().and_then(|text| text.parse::<jiff::civil::Date>().ok()) {
        Some(date) => Ok(date.to_string().into()),
        None => wrong("Date has wrong format. Use one of these formats instead: YYYY-MM-DD."),
    }
}

fn host(value: &Value) -> Result<Value, Wrong> {
    match plain(value).trim().parse::<std::net::IpAddr>() {
        Ok(address) => Ok(address.to_string().into()),
        Err(_) => wrong("Enter a valid IPv4 or IPv6 address."),
    }
}

fn instant(value: &Value) -> Result<Value, Wrong> {
    match value.as_str().and_then(moment::read) {
        Some(moment) => Ok(moment::shown(moment).into()),
        None => wrong(
            "Datetime has wrong format. Use one of these formats instead: \
             YYYY-MM-DDThh:mm[:ss[.uuuuuu]][+HH:MM|-HH:MM|Z].",
        ),
    }
}

/// A MAC address in NetBox's form: upper case with colons.
pub(crate) fn mac(text: &str) -> Option<String> {
    let digits: String = text.chars().filter(|letter| !matches!(letter, ':' | '-' | '.' | ' ')).collect();
    let good = digits.len() == 12 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    good.then(|| {
        let bytes = digits.as_bytes().chunks(2).map(|pair| String::from_utf8_lossy(pair).to_uppercase());
        bytes.collect::<Vec<_>>().join(":")
    })
}

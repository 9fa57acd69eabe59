//! Checks one value against its field and turns it into what is stored.

use serde_json::{Map, Value};

use super::errors::{plain, python, type_name};
use super::network::Network;
use super::relation;
use super::store::Store;
use super::table::{Decimals, Field, Holds};

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
pub(crate) fn parse(store: &Store, field: &Field, value: &Value) -> Result<Value, Wrong> {
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
        Holds::Decimal(_) if field.null && *value == "" => Ok(Value::Null),
        Holds::Decimal(limits) => decimal(value, limits),
        Holds::Choice(choices) => choice(field, value, choices),
        Holds::Related(relation) => {
            relation::resolve(store, relation.model, value).map(Value::from).or_else(wrong)
        }
        Holds::Many(model) => many(store, model, value),
        Holds::ObjectType(allowed) => object_type(value, allowed).map(Value::from).or_else(wrong),
        Holds::ObjectTypes => object_types(value),
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
        Holds::Texts => each(value, |item| text(field, item, usize::MAX, None)),
        Holds::Integers => each(value, |item| integer(item, 1, 65_535)),
        Holds::Date => date(value),
        Holds::Foreign => relation::resolve(store, "", value).map(Value::from).or_else(wrong),
        Holds::ForeignMany => many(store, "", value),
        _ => Ok(Value::Null),
    }
}

fn text(
    field: &Field,
    value: &Value,
    most: usize,
    check: Option<fn(&str) -> Option<String>>,
) -> Result<Value, Wrong> {
    let text = match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        _ => return wrong("Not a valid string."),
    };
    if text.is_empty() {
        return if field.blank { Ok(text.into()) } else { wrong(BLANK) };
    }
    let mut messages: Vec<String> = check.and_then(|check| check(&text)).into_iter().collect();
    if text.chars().count() > most {
        let at = if matches!(field.holds, Holds::Slug(_)) { 0 } else { messages.len() };
        messages.insert(at, format!("Ensure this field has no more than {most} characters."));
    }
    if field.name == "dns_name" && !is_dns_name(&text) {
        let message = "Only alphanumeric characters, asterisks, hyphens, periods, and underscores are allowed in DNS names";
        messages.push(message.to_owned());
    }
    if text.contains('\0') {
        messages.push("Null characters are not allowed.".to_owned());
    }
    if field.name == "name" && field.unique == Some("name") && most == 50 {
        messages.extend(custom_field_name(&text));
    }
    if messages.is_empty() { Ok(text.into()) } else { Err(all_wrong(messages)) }
}

/// Labels of letters, digits, `-` and `_` with points between them; the first may be `*`.
fn is_dns_name(text: &str) -> bool {
    let label = |label: &str| {
        !label.is_empty()
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    };
    let text = text.strip_suffix('.').unwrap_or(text);
    let rest = text.strip_prefix("*.").unwrap_or(text);
    text == "*" || rest.split('.').all(label)
}

fn is_slug(text: &str) -> Option<String> {
    let good = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
    (!good)
        .then(|| "Enter a valid \"slug\" consisting of letters, numbers, underscores or hyphens.".to_owned())
}

fn is_color(text: &str) -> Option<String> {
    let good = text.len() == 6 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    (!good).then(|| "Enter a valid hexadecimal RGB color code.".to_owned())
}

fn custom_field_name(text: &str) -> Vec<String> {
    let mut messages = Vec::new();
    if !text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
        messages.push("Only alphanumeric characters and underscores are allowed.".to_owned());
    }
    if text.contains("__") {
        messages.push("Double underscores are not permitted in custom field names.".to_owned());
    }
    messages
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

pub(crate) fn integer(value: &Value, least: i64, most: i64) -> Result<Value, Wrong> {
    let digits = match value {
        Value::Number(number) => number.to_string(),
        Value::String(text) if text.len() > 1000 => return wrong("String value too large."),
        Value::String(text) => text.trim().to_owned(),
        _ => return wrong("A valid integer is required."),
    };
    let digits = digits.split_once('.').map_or(digits.as_str(), |(whole, rest)| {
        if rest.bytes().all(|byte| byte == b'0') { whole } else { &digits }
    });
    let number = match digits.parse::<i128>() {
        Ok(number) => number,
        Err(_) => match value.as_f64() {
            Some(number) if number.fract() == 0.0 && number > 1e18 => i128::MAX,
            Some(number) if number.fract() == 0.0 && number < -1e18 => i128::MIN,
            _ => return wrong("A valid integer is required."),
        },
    };
    if number > i128::from(most) {
        return wrong(format!("Ensure this value is less than or equal to {most}."));
    }
    if number < i128::from(least) {
        return wrong(format!("Ensure this value is greater than or equal to {least}."));
    }
    Ok(i64::try_from(number).unwrap_or_default().into())
}

fn decimal(value: &Value, limits: Decimals) -> Result<Value, Wrong> {
    let text = match value {
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.trim().to_owned(),
        _ => return wrong("A valid number is required."),
    };
    let number = text.parse::<f64>().ok().filter(|number| number.is_finite());
    let Some(number) = number else { return wrong("A valid number is required.") };
    let (total, places) = digits(&text);
    let whole = limits.digits - limits.places;
    let message = if total > limits.digits {
        Some(format!("Ensure that there are no more than {} digits in total.", limits.digits))
    } else if places > limits.places {
        Some(format!("Ensure that there are no more than {} decimal places.", limits.places))
    } else if total.saturating_sub(places) > whole {
        Some(format!("Ensure that there are no more than {whole} digits before the decimal point."))
    } else if let Some((_, most)) = limits.most.filter(|(most, _)| number > *most) {
        Some(format!("Ensure this value is less than or equal to {most}."))
    } else {
        let least = limits.least.filter(|(least, _)| number < *least);
        least.map(|(_, least)| format!("Ensure this value is greater than or equal to {least}."))
    };
    message.map_or_else(|| Ok(number.into()), wrong)
}

/// Digits in total, and those after the point.
fn digits(text: &str) -> (usize, usize) {
    let text = text.trim_start_matches(['-', '+']);
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all = format!("{whole}{fraction}");
    let significant = all.trim_start_matches('0').len().max(1);
    let places = fraction.len() as i64 - exponent.parse::<i64>().unwrap_or_default();
    match usize::try_from(places) {
        Ok(places) if places > significant => (places, places),
        Ok(places) => (significant, places),
        Err(_) => (significant + usize::try_from(-places).unwrap_or_default(), 0),
    }
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

fn list(value: &Value) -> Result<&Vec<Value>, Wrong> {
    match value {
        Value::Array(items) => Ok(items),
        other => wrong(format!("Expected a list of items but got type \"{}\".", type_name(other))),
    }
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
    let mut ids = Vec::new();
    for item in list(value)? {
        let id = match item {
            Value::Number(number) => number.as_u64(),
            Value::String(text) => text.parse().ok(),
            _ => None,
        };
        match id {
            Some(id) if store.get(model, id).is_some() => ids.push(Value::from(id)),
            Some(id) => return wrong(format!("Invalid pk \"{id}\" - object does not exist.")),
            None => {
                return wrong(format!("Incorrect type. Expected pk value, received {}.", type_name(item)));
            }
        }
    }
    Ok(Value::Array(ids))
}

fn object_type(value: &Value, allowed: &[&str]) -> Result<String, String> {
    let text = value.as_str().filter(|text| text.split('.').count() == 2);
    let Some(text) = text else {
        return Err("Invalid value. Specify a content type as '<app_label>.<model_name>'.".to_owned());
    };
    let known = if allowed.is_empty() { relation::is_object_type(text) } else { allowed.contains(&text) };
    if known { Ok(text.to_owned()) } else { Err(format!("Invalid content type: {text}")) }
}

fn object_types(value: &Value) -> Result<Value, Wrong> {
    let mut types = list(value)?
        .iter()
        .map(|item| object_type(item, &[]))
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

/// A MAC address in NetBox's form: upper case with colons.
pub(crate) fn mac(text: &str) -> Option<String> {
    let digits: String = text.chars().filter(|letter| !matches!(letter, ':' | '-' | '.' | ' ')).collect();
    let good = digits.len() == 12 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    good.then(|| {
        let bytes = digits.as_bytes().chunks(2).map(|pair| String::from_utf8_lossy(pair).to_uppercase());
        bytes.collect::<Vec<_>>().join(":")
    })
}

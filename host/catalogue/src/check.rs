//! Whether a value fits a schema.

use crate::formats::Named;
use crate::pattern;
use crate::schema::{Kind, Schema, scalar_text};
use serde_json::{Number, Value};
use std::fmt;

/// What is wrong with a value. Shown, it says what is allowed.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Fault {
    Type(Kind),
    Values(Vec<String>),
    Minimum(f64),
    Maximum(f64),
    MinLength(u64),
    MaxLength(u64),
    Pattern(String),
    Format(String),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Type(Kind::Integer) => write!(f, "must be a whole number"),
            Self::Type(Kind::Number) => write!(f, "must be a number"),
            Self::Type(Kind::Boolean) => write!(f, "must be 1 or 0 (or yes, no, true, false, on, off)"),
            Self::Type(kind) => write!(f, "must be of type {}", kind.as_str()),
            Self::Values(allowed) => write!(f, "must be one of: {}", allowed.join(", ")),
            Self::Minimum(least) => write!(f, "must be {least} or more"),
            Self::Maximum(most) => write!(f, "must be {most} or less"),
            Self::MinLength(least) => write!(f, "must have {least} characters or more"),
            Self::MaxLength(most) => write!(f, "must have {most} characters or less"),
            Self::Pattern(pattern) => write!(f, "must match the pattern {pattern}"),
            Self::Format(about) => write!(f, "must be {about}"),
        }
    }
}

/// What a text from a URL means for a schema; fails when it does not fit.
pub(crate) fn value_of(schema: Schema<'_>, text: &str) -> Result<Value, Fault> {
    let value = match schema.kind() {
        Kind::Integer => integer(text).map(Value::Number),
        Kind::Number => number(text).map(Value::Number),
        Kind::Boolean => boolean(text).map(|yes| Value::from(u8::from(yes))),
        _ => Some(Value::from(text)),
    };
    let value = value.ok_or(Fault::Type(schema.kind()))?;
    check_scalar(schema, &value)?;
    Ok(value)
}

/// Checks a scalar that has the right type already: values, range, length, pattern, format.
pub(crate) fn check_scalar(schema: Schema<'_>, value: &Value) -> Result<(), Fault> {
    let text = scalar_text(value);
    if let Some(allowed) = schema.values()
        && !allowed.contains(&text)
    {
        return Err(Fault::Values(allowed));
    }
    match schema.kind() {
        Kind::Integer | Kind::Number => check_range(schema, value)?,
        Kind::String => check_text(schema, &text)?,
        _ => {}
    }
    match schema.format().and_then(Named::find) {
        Some(format) if !format.takes(&text) => Err(Fault::Format(format.about())),
        _ => Ok(()),
    }
}

fn check_range(schema: Schema<'_>, value: &Value) -> Result<(), Fault> {
    let Some(number) = value.as_f64() else { return Ok(()) };
    if let Some(least) = schema.minimum().filter(|least| number < *least) {
        return Err(Fault::Minimum(least));
    }
    match schema.maximum().filter(|most| number > *most) {
        Some(most) => Err(Fault::Maximum(most)),
        None => Ok(()),
    }
}

fn check_text(schema: Schema<'_>, text: &str) -> Result<(), Fault> {
    let length = text.chars().count() as u64;
    if let Some(least) = schema.min_length().filter(|least| length < *least) {
        return Err(Fault::MinLength(least));
    }
    if let Some(most) = schema.max_length().filter(|most| length > *most) {
        return Err(Fault::MaxLength(most));
    }
    match schema.pattern() {
        Some(perl) if pattern::compiled(perl).is_some_and(|regex| !regex.is_match(text)) => {
            Err(Fault::Pattern(perl.to_owned()))
        }
        _ => Ok(()),
    }
}

fn integer(text: &str) -> Option<Number> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let plain = text.strip_prefix('+').unwrap_or(text);
    plain.parse::<i64>().map(Number::from).or_else(|_| plain.parse::<u64>().map(Number::from)).ok()
}

fn number(text: &str) -> Option<Number> {
    let digits = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'+' | b'-' | b'.' | b'e' | b'E');
    if let Some(whole) = integer(text) {
        return Some(whole);
    }
    text.bytes().all(digits).then(|| text.parse().ok()).flatten().and_then(Number::from_f64)
}

fn boolean(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "1" | "yes" | "true" | "on" => Some(true),
        "0" | "no" | "false" | "off" => Some(false),
        _ => None,
    }
}

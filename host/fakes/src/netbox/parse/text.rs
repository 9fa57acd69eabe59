//! Texts: how long they may be, and which letters they may have.

use serde_json::Value;

use super::super::address::is_url;
use super::super::table::{Field, Holds};
use super::{BLANK, Wrong, all_wrong, wrong};

/// A text of at most so many characters that passes a further check.
pub(super) fn text(
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

pub(super) fn url(text: &str) -> Option<String> {
    (!is_url(text)).then(|| "Enter a valid URL.".to_owned())
}

pub(super) fn is_slug(text: &str) -> Option<String> {
    let good = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
    (!good)
        .then(|| "Enter a valid \"slug\" consisting of letters, numbers, underscores or hyphens.".to_owned())
}

pub(super) fn is_color(text: &str) -> Option<String> {
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

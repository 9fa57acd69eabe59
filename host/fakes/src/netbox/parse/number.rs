//! Numbers: how large they may be, and how they may be written.

use serde_json::Value;

use super::super::table::Decimals;
use super::{Wrong, wrong};

/// A whole number between two limits.
pub(crate) fn integer(value: &Value, least: i64, most: i64) -> Result<Value, Wrong> {
    whole(value, least, most, "integer")
}

/// A whole number that NetBox calls a big one.
pub(super) fn big(value: &Value, least: i64) -> Result<Value, Wrong> {
    whole(value, least, i64::MAX, "biginteger")
}

fn whole(value: &Value, least: i64, most: i64, kind: &str) -> Result<Value, Wrong> {
    let needed = || wrong(format!("A valid {kind} is required."));
    let digits = match value {
        Value::Number(number) => number.to_string(),
        Value::String(text) if text.len() > 1000 => return wrong("String value too large."),
        Value::String(text) => text.trim().to_owned(),
        _ => return needed(),
    };
    let digits = digits.split_once('.').map_or(digits.as_str(), |(whole, rest)| {
        if rest.bytes().all(|byte| byte == b'0') { whole } else { &digits }
    });
    let number = match digits.parse::<i128>() {
        Ok(number) => number,
        Err(_) => match value.as_f64() {
            Some(number) if number.fract() == 0.0 && number > 1e18 => i128::MAX,
            Some(number) if number.fract() == 0.0 && number < -1e18 => i128::MIN,
            _ => return needed(),
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

pub(super) fn decimal(value: &Value, limits: Decimals) -> Result<Value, Wrong> {
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

pub(super) fn float(value: &Value) -> Result<Value, Wrong> {
    let number = match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        Value::Bool(flag) => Some(f64::from(u8::from(*flag))),
        _ => None,
    };
    number.map_or_else(|| wrong("A valid number is required."), |number| Ok(number.into()))
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

//! Making things odd: JSON values and bytes.

use arbitrary::{Result, Unstructured};
use serde_json::{Value as Json, json};

/// Texts that have tripped somebody up before.
const ODD_TEXTS: [&str; 22] = [
    "",
    " ",
    "lo",
    "-",
    "a\u{0}b",
    "\u{1b}[2J",
    "\u{202e}txt",
    "名前 %=,:/;",
    "..",
    "../../etc/passwd",
    "0",
    "-1",
    "99999999999999999999",
    "1e999",
    "0x10",
    "NaN",
    "{}",
    "[]",
    "{\"a\":{\"b\":[1,null]},\"server\":7,\"port\":-1}",
    "::ffff:192.0.2.1/200",
    "2025-02-30T25:61:00Z",
    "UPID:pve1:FFFFFFFFFFFFFFFF:00:-1:x:y:z:",
];

/// Numbers at the edges of what records and NetBox hold.
const ODD_NUMBERS: [i128; 12] = [
    0,
    1,
    -1,
    4095,
    65_536,
    i32::MAX as i128,
    u32::MAX as i128,
    u32::MAX as i128 + 1,
    i64::MAX as i128,
    i64::MIN as i128,
    u64::MAX as i128,
    253_402_300_800,
];

/// Longest text that is made longer.
const LONG: usize = 4000;

/// A text, mostly one that is odd in a telling way.
pub(crate) fn text(choices: &mut Unstructured<'_>) -> Result<String> {
    Ok(match choices.int_in_range(0..=4)? {
        0 => choices.arbitrary()?,
        1 => "ü".repeat(choices.int_in_range(0..=LONG / 2)?),
        2 => format!("{}{}", choices.choose(&ODD_TEXTS)?, choices.choose(&ODD_TEXTS)?),
        _ => (*choices.choose(&ODD_TEXTS)?).to_owned(),
    })
}

/// A whole number, mostly one at an edge.
pub(crate) fn number(choices: &mut Unstructured<'_>) -> Result<i64> {
    if choices.ratio(1_u8, 4_u8)? {
        return choices.arbitrary();
    }
    let odd = *choices.choose(&ODD_NUMBERS)?;
    Ok(i64::try_from(odd).unwrap_or(i64::MAX))
}

/// Makes some values of a fact odd.
pub(crate) fn make_odd(fact: &mut Json, choices: &mut Unstructured<'_>) -> Result<()> {
    for _ in 0..choices.int_in_range(0..=4)? {
        let pointers = pointers(fact);
        let Some(value) = fact.pointer_mut(choices.choose(&pointers)?) else { continue };
        change(value, choices)?;
    }
    Ok(())
}

/// Mostly another value of the same type, as a record holds no other.
fn change(value: &mut Json, choices: &mut Unstructured<'_>) -> Result<()> {
    if choices.ratio(1_u8, 32_u8)? {
        *value = oddity(choices)?;
        return Ok(());
    }
    match value {
        Json::String(text) => change_text(text, choices)?,
        Json::Array(items) => change_items(items, choices)?,
        Json::Number(_) => *value = odd_number(choices)?,
        Json::Bool(flag) => *flag = !*flag,
        Json::Null => *value = if choices.ratio(1_u8, 4_u8)? { json!(text(choices)?) } else { Json::Null },
        Json::Object(fields) => {
            if choices.ratio(1_u8, 3_u8)? {
                fields.insert(text(choices)?, oddity(choices)?);
            }
        }
    }
    Ok(())
}

/// Another text, or the same one cut, doubled, or with a part of the JSON in it made odd.
fn change_text(old: &mut String, choices: &mut Unstructured<'_>) -> Result<()> {
    if let Ok(mut inner) = serde_json::from_str::<Json>(old)
        && (inner.is_object() || inner.is_array())
        && choices.ratio(2_u8, 3_u8)?
    {
        make_odd(&mut inner, choices)?;
        *old = inner.to_string();
        return Ok(());
    }
    match choices.int_in_range(0..=3)? {
        0 => old.truncate(old.floor_char_boundary(choices.int_in_range(0..=old.len())?)),
        1 if old.len() < LONG => *old = old.repeat(choices.int_in_range(2..=40)?),
        2 => old.insert_str(old.floor_char_boundary(choices.int_in_range(0..=old.len())?), &text(choices)?),
        _ => *old = text(choices)?,
    }
    Ok(())
}

fn change_items(items: &mut Vec<Json>, choices: &mut Unstructured<'_>) -> Result<()> {
    let Some(mut copy) = items.first().cloned() else {
        items.push(json!(text(choices)?));
        return Ok(());
    };
    match choices.int_in_range(0..=3)? {
        0 => items.clear(),
        1 => items.truncate(1),
        2 => items.extend(std::iter::repeat_n(copy, choices.int_in_range(1..=60)?)),
        _ => {
            change(&mut copy, choices)?;
            items.push(copy);
        }
    }
    Ok(())
}

fn odd_number(choices: &mut Unstructured<'_>) -> Result<Json> {
    let odd = *choices.choose(&ODD_NUMBERS)?;
    Ok(match choices.int_in_range(0..=3)? {
        0 => json!(choices.arbitrary::<u32>()?),
        1 => json!(choices.arbitrary::<u16>()?),
        2 if choices.ratio(1_u8, 4_u8)? => json!(choices.arbitrary::<f64>()?),
        _ => u64::try_from(odd)
            .map_or_else(|_| json!(i64::try_from(odd).unwrap_or(i64::MIN)), |odd| json!(odd)),
    })
}

fn oddity(choices: &mut Unstructured<'_>) -> Result<Json> {
    Ok(match choices.int_in_range(0..=8)? {
        0 => Json::Null,
        1 => json!(choices.arbitrary::<bool>()?),
        2 | 3 => odd_number(choices)?,
        4 => json!([]),
        5 => json!({}),
        6 => json!([text(choices)?, text(choices)?]),
        _ => json!(text(choices)?),
    })
}

/// JSON pointers of all values, the whole among them.
fn pointers(value: &Json) -> Vec<String> {
    let mut found = vec![String::new()];
    let inside: Vec<(String, &Json)> = match value {
        Json::Array(items) => {
            items.iter().enumerate().take(8).map(|(place, item)| (place.to_string(), item)).collect()
        }
        Json::Object(fields) => {
            fields.iter().map(|(name, field)| (name.replace('~', "~0").replace('/', "~1"), field)).collect()
        }
        _ => Vec::new(),
    };
    for (name, value) in inside {
        found.extend(pointers(value).into_iter().map(|deeper| format!("/{name}{deeper}")));
    }
    found
}

/// Damages bytes in some places.
pub(crate) fn damage(bytes: &mut Vec<u8>, choices: &mut Unstructured<'_>) -> Result<()> {
    for _ in 0..choices.int_in_range(0..=6)? {
        let at = choices.int_in_range(0..=bytes.len())?;
        let end = bytes.len().min(at + choices.int_in_range(1..=64)?);
        match choices.int_in_range(0..=6)? {
            0 => bytes.truncate(at),
            1 => drop(bytes.drain(at..end)),
            2 => {
                let copy = bytes[at..end].to_vec();
                let to = choices.int_in_range(0..=bytes.len())?;
                bytes.splice(to..to, copy);
            }
            3 => {
                let inserted: [u8; 4] = choices.arbitrary()?;
                bytes.splice(at..at, inserted);
            }
            4 if at < bytes.len() => bytes[at] = choices.arbitrary()?,
            5 if at < bytes.len() => bytes[at] = *choices.choose(&[0x00, 0x7f, 0x80, 0xff])?,
            _ if at < bytes.len() => bytes[at] ^= 1 << choices.int_in_range(0..=7)?,
            _ => bytes.push(choices.arbitrary()?),
        }
    }
    Ok(())
}

//! Shapes of answers, themselves JSON.
//!
//! | Shape | Fits |
//! |---|---|
//! | `"text"` | a string that is not empty; also `string`, `integer`, `positive`, `number`, `boolean`, `null`, `object`, `address` (an IP address), `release` (a version of at least 0.0.15), `any` |
//! | `"=lab"`, `"^Proxbox"` | that string; a string that begins so |
//! | `"text\|null"` | one of them |
//! | `{"is": …}` | that value |
//! | `[shape]`, `["+", shape]` | a list of such; one that is not empty |
//! | `{"*": shape}`, `{"*1": shape}` | an object with members of any name, at least one; exactly one |
//! | `{"name": shape, "other?": shape, "!third": …}` | an object with the first, perhaps the second, not the third; further members are fine |

use serde_json::{Map, Value};
use std::net::IpAddr;

/// Whether a value has a shape; if not, where and why not.
pub fn check(shape: &Value, value: &Value) -> Result<(), String> {
    match shape {
        Value::String(words) => word(words, value),
        Value::Array(list) => elements(list, value),
        Value::Object(members) => object(members, value),
        other => Err(format!("{other} is no shape")),
    }
}

fn word(words: &str, value: &Value) -> Result<(), String> {
    if words.split('|').any(|word| fits(word, value)) {
        return Ok(());
    }
    let mut text = value.to_string();
    if let Some((cut, _)) = text.char_indices().nth(120) {
        text.truncate(cut);
    }
    Err(format!(" is {text} instead of {words}"))
}

fn fits(word: &str, value: &Value) -> bool {
    let text = value.as_str();
    if let Some(exact) = word.strip_prefix('=') {
        return text == Some(exact);
    }
    if let Some(start) = word.strip_prefix('^') {
        return text.is_some_and(|text| text.starts_with(start));
    }
    match word {
        "any" => true,
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_u64() || value.is_i64(),
        "positive" => value.as_u64().is_some_and(|number| number > 0),
        "number" => value.is_number(),
        "string" => text.is_some(),
        "text" => text.is_some_and(|text| !text.is_empty()),
        "address" => text.is_some_and(|text| text.parse::<IpAddr>().is_ok()),
        "release" => text.is_some_and(is_recent),
        "object" => value.is_object(),
        other => panic!("`{other}` is no shape"),
    }
}

/// The plugin calls what is older than 0.0.15 too old.
fn is_recent(version: &str) -> bool {
    let numbers: Result<Vec<u32>, _> = version.split('.').take(3).map(str::parse).collect();
    numbers.is_ok_and(|numbers| numbers.len() == 3 && numbers >= vec![0, 0, 15])
}

fn elements(list: &[Value], value: &Value) -> Result<(), String> {
    let Some(values) = value.as_array() else { return Err(format!(" is {value} instead of a list")) };
    let (shape, filled) = match list {
        [shape] => (shape, false),
        [plus, shape] if plus == "+" => (shape, true),
        other => return Err(format!("{other:?} is no shape")),
    };
    if filled && values.is_empty() {
        return Err(" is empty".to_owned());
    }
    values
        .iter()
        .enumerate()
        .try_for_each(|(at, value)| check(shape, value).map_err(|why| format!("[{at}]{why}")))
}

fn object(members: &Map<String, Value>, value: &Value) -> Result<(), String> {
    if let Some(exact) = members.get("is") {
        return if value == exact { Ok(()) } else { Err(format!(" is {value} instead of {exact}")) };
    }
    let Some(values) = value.as_object() else { return Err(format!(" is {value} instead of an object")) };
    members.iter().try_for_each(|(name, shape)| member(name, shape, values))
}

fn member(name: &str, shape: &Value, values: &Map<String, Value>) -> Result<(), String> {
    let one = |name: &str, value: &Value| check(shape, value).map_err(|why| format!(".{name}{why}"));
    match name {
        "*" if values.is_empty() => Err(" has no members".to_owned()),
        "*1" if values.len() != 1 => Err(format!(" has {} members instead of one", values.len())),
        "*" | "*1" => values.iter().try_for_each(|(name, value)| one(name, value)),
        _ => match (name.strip_prefix('!'), name.strip_suffix('?')) {
            (Some(absent), _) if values.contains_key(absent) => Err(format!(".{absent} is there")),
            (Some(_), _) => Ok(()),
            (None, Some(name)) => values.get(name).map_or(Ok(()), |value| one(name, value)),
            (None, None) => match values.get(name) {
                Some(value) => one(name, value),
                None => Err(format!(".{name} is missing")),
            },
        },
    }
}

#[cfg(test)]
mod tests {
    use super::check;
    use serde_json::{Value, json};

    fn fits(shape: Value, value: Value) -> bool {
        check(&shape, &value).is_ok()
    }

    #[test]
    fn shapes_tell_values_apart() {
        assert!(fits(json!("text|null"), json!(null)) && !fits(json!("text|null"), json!("")));
        assert!(fits(json!("=lab"), json!("lab")) && !fits(json!("=lab"), json!("lab2")));
        assert!(fits(json!("^Proxbox"), json!("Proxbox Backend")) && !fits(json!("^Proxbox"), json!("x")));
        assert!(fits(json!("release"), json!("0.0.15")) && fits(json!("release"), json!("1.0.0")));
        assert!(!fits(json!("release"), json!("0.0.14")) && !fits(json!("release"), json!("0.1")));
        assert!(fits(json!("number"), json!(1.5)) && !fits(json!("integer"), json!(1.5)));
        assert!(fits(json!("address"), json!("::1")) && !fits(json!("address"), json!("10.0.0.1/8")));
        assert!(fits(json!(["text"]), json!([])) && !fits(json!(["+", "text"]), json!([])));
        assert!(!fits(json!(["text"]), json!({})) && !fits(json!(["text"]), json!([1])));
        assert!(fits(json!({"a": "text", "b?": "text"}), json!({"a": "x", "c": 1})));
        assert!(
            !fits(json!({"a": "text"}), json!({"b": "x"})) && !fits(json!({"!a": "any"}), json!({"a": 1}))
        );
        assert!(
            fits(json!({"*1": "integer"}), json!({"x": 1}))
                && !fits(json!({"*1": "any"}), json!({"x": 1, "y": 2}))
        );
        assert!(!fits(json!({"*": "any"}), json!({})) && fits(json!({"is": [1]}), json!([1])));
    }

    #[test]
    fn what_does_not_fit_is_named() {
        let why = check(&json!([{"a": {"b": "integer"}}]), &json!([{"a": {"b": "x"}}]));
        assert_eq!(why, Err("[0].a.b is \"x\" instead of integer".to_owned()));
    }
}

//! Settings against the schema that a module gives for them.

use crate::refusal::Refusal;
use crate::tail::clean;
use jsonschema::{Draft, PatternOptions, Validator};
use serde_json::{Map, Value as Json};

/// Faults of the settings that are told; the rest is counted.
const TOLD: usize = 3;

/// Longest text of one fault.
const LONGEST: usize = 300;

/// Whether the settings are what the schema allows.
pub(crate) fn check(schema: Option<&Json>, settings: &Map<String, Json>) -> Result<(), Refusal> {
    let Some(schema) = schema else { return Ok(()) };
    let validator = validator(schema)?;
    let settings = Json::Object(settings.clone());
    let faults: Vec<String> = validator
        .iter_errors(&settings)
        .map(|fault| {
            let place = fault.instance_path().to_string();
            let place = if place.is_empty() { String::new() } else { format!("`{place}`: ") };
            clean(&format!("{place}{}", fault.masked()), LONGEST)
        })
        .collect();
    match faults.len().checked_sub(TOLD) {
        _ if faults.is_empty() => Ok(()),
        Some(more) if more > 0 => {
            let told = faults.iter().take(TOLD).map(String::as_str).collect::<Vec<_>>().join("; ");
            Err(Refusal::Settings(format!("{told}; and {more} more")))
        }
        _ => Err(Refusal::Settings(faults.join("; "))),
    }
}

/// Patterns are matched in linear time, and nothing is fetched.
fn validator(schema: &Json) -> Result<Validator, Refusal> {
    jsonschema::options()
        .with_draft(Draft::Draft202012)
        .with_pattern_options(PatternOptions::regex())
        .build(schema)
        .map_err(|error| Refusal::Schema(clean(&error.to_string(), LONGEST)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn told(schema: Json, settings: Json) -> Option<String> {
        check(Some(&schema), settings.as_object().unwrap()).err().map(|refusal| refusal.to_string())
    }

    #[test]
    fn settings_that_fit_are_taken() {
        let schema = json!({"type": "object", "properties": {"prefix": {"type": "string"}}, "additionalProperties": false});
        assert_eq!(told(schema.clone(), json!({"prefix": "tenant-"})), None);
        assert_eq!(told(schema, json!({})), None);
        assert_eq!(told(json!({}), json!({"anything": 1})), None);
    }

    #[test]
    fn settings_that_do_not_fit_are_told_with_their_place_and_without_their_value() {
        let schema = json!({"type": "object", "properties": {"roles": {"type": "object", "additionalProperties": {"type": "string"}}}});
        let told = told(schema, json!({"roles": {"web": ["hush"]}})).unwrap();
        assert!(told.starts_with("its settings are wrong: `/roles/web`: "), "{told}");
        assert!(!told.contains("hush"), "{told}");
    }

    #[test]
    fn a_key_that_is_not_known_is_told() {
        let schema = json!({"type": "object", "properties": {}, "additionalProperties": false});
        let told = told(schema, json!({"perfix": 1})).unwrap();
        assert!(told.contains("perfix"), "{told}");
    }

    #[test]
    fn a_schema_that_is_none_is_told() {
        let told = told(json!({"type": "objekt"}), json!({})).unwrap();
        assert!(told.starts_with("the schema of its settings is wrong: "), "{told}");
    }

    #[test]
    fn nothing_is_fetched_for_a_schema() {
        let told = told(json!({"$ref": "https://example.org/schema.json"}), json!({})).unwrap();
        assert!(told.starts_with("the schema of its settings is wrong: "), "{told}");
    }
}

use crate::check::{Fault, value_of};
use crate::operation::{Operation, parameter_name};
use crate::paths::harm;
use crate::schema::{Kind, Schema, is_number_of, numbered, scalar_text};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use proxbox_model::problem::Diagnostic;
use serde::Serialize;
use serde_json::{Value, json};
use std::fmt;

/// What a segment of a path keeps as it is.
const SEGMENT: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~').remove(b'@').remove(b':');

/// A name is called similar to another one from here on.
const SIMILAR: f64 = 0.7;

/// A call that fits its operation, as it goes to Proxmox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arguments {
    /// The path below `/api2/json`, percent-encoded.
    pub path: String,
    /// The query: every boolean as 1 or 0, everything else as it came.
    pub query: Vec<(String, String)>,
}

/// Where a parameter stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Place {
    /// In the path.
    Path,
    /// In the query.
    Query,
}

/// One parameter that does not fit.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ParameterError {
    /// Where it stands.
    pub place: Place,
    /// Its name.
    pub parameter: String,
    /// What is wrong, and what is allowed; it follows the name: `must be 1 or more`.
    pub problem: String,
    /// The value, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// What is allowed, for programs: some of `type`, `enum`, `minimum`, `maximum`, `minLength`, `maxLength`, `pattern`,
    /// `format`, `nearest`.
    pub allowed: Value,
}

impl fmt::Display for ParameterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.parameter, self.problem)
    }
}

/// Everything that is wrong with the parameters of a call.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
pub struct InvalidParameters(
    /// One for each parameter that does not fit; never empty.
    pub Vec<ParameterError>,
);

impl Diagnostic for InvalidParameters {
    fn code(&self) -> &'static str {
        "catalogue-invalid-parameters"
    }
}

impl Operation {
    /// Checks the parameters of a call against the operation, and gives the call as it goes to Proxmox. Both take names
    /// as Proxmox has them, and decoded values.
    ///
    /// # Errors
    /// When a parameter is missing, not known, or does not fit; all of them are told.
    pub fn check_parameters(
        &self,
        path: &[(String, String)],
        query: &[(String, String)],
    ) -> Result<Arguments, InvalidParameters> {
        let mut errors = Vec::new();
        let path = self.check_path(path, &mut errors);
        let query = self.check_query(query, &mut errors);
        if errors.is_empty() { Ok(Arguments { path, query }) } else { Err(InvalidParameters(errors)) }
    }

    fn check_path(&self, arguments: &[(String, String)], errors: &mut Vec<ParameterError>) -> String {
        let mut path = String::new();
        for segment in self.summary.path.split('/').filter(|segment| !segment.is_empty()) {
            path.push('/');
            let Some(name) = parameter_name(segment) else {
                path.push_str(segment);
                continue;
            };
            match self.path_argument(name, arguments) {
                Ok(value) => path.extend(utf8_percent_encode(&value, SEGMENT)),
                Err(error) => errors.push(error),
            }
        }
        if path.is_empty() { "/".to_owned() } else { path }
    }

    fn path_argument(&self, name: &str, arguments: &[(String, String)]) -> Result<String, ParameterError> {
        let schema = self.parameters().property(name);
        let Some((_, value)) = arguments.iter().find(|(known, _)| known == name) else {
            return Err(missing(Place::Path, name, schema));
        };
        match (harm(value), schema) {
            (Some(reason), _) => Err(ParameterError {
                place: Place::Path,
                parameter: name.to_owned(),
                problem: reason.to_owned(),
                value: Some(value.clone()),
                allowed: schema.map_or_else(|| json!({}), allowed),
            }),
            (None, Some(schema)) => checked(Place::Path, name, schema, value),
            (None, None) => Ok(value.clone()),
        }
    }

    fn check_query(
        &self,
        given: &[(String, String)],
        errors: &mut Vec<ParameterError>,
    ) -> Vec<(String, String)> {
        let known = self.query_parameters();
        let is_called = |known: &str, name: &str| {
            known == name || numbered(known).is_some_and(|base| is_number_of(name, base))
        };
        let schema_of =
            |name: &str| known.iter().find(|(known, _)| is_called(known, name)).map(|(_, schema)| *schema);
        let mut query: Vec<(String, String)> = Vec::with_capacity(given.len());
        for (name, value) in given {
            let result = match schema_of(name) {
                Some(schema) if twice(schema, name, &query) => Err(repeated(name, schema, value)),
                Some(schema) => checked(Place::Query, name, schema, value),
                None if self.parameters().open() && !self.path_parameters().any(|known| known == name) => {
                    Ok(value.clone())
                }
                None => Err(unknown(name, value, &known)),
            };
            match result {
                Ok(value) => query.push((name.clone(), value)),
                Err(error) => errors.push(error),
            }
        }
        for (name, schema) in &known {
            if !schema.optional() && !given.iter().any(|(given, _)| given == name) {
                errors.push(missing(Place::Query, name, Some(*schema)));
            }
        }
        query
    }
}

fn twice(schema: Schema<'_>, name: &str, query: &[(String, String)]) -> bool {
    schema.kind() != Kind::Array && query.iter().any(|(known, _)| known == name)
}

/// The value as it goes to Proxmox.
fn checked(place: Place, name: &str, schema: Schema<'_>, text: &str) -> Result<String, ParameterError> {
    let item = schema.items().filter(|_| schema.kind() == Kind::Array).unwrap_or(schema);
    match alternatives_take(item, text) {
        Ok(value) if item.kind() == Kind::Boolean => Ok(scalar_text(&value)),
        Ok(_) => Ok(text.to_owned()),
        Err(fault) => Err(ParameterError {
            place,
            parameter: name.to_owned(),
            problem: fault.to_string(),
            value: Some(text.to_owned()),
            allowed: allowed(item),
        }),
    }
}

/// One of the alternatives is enough; which one holds depends on another parameter.
fn alternatives_take(schema: Schema<'_>, text: &str) -> Result<Value, Fault> {
    let mut last = None;
    for alternative in schema.alternatives() {
        match value_of(alternative, text) {
            Ok(value) => return Ok(value),
            Err(fault) => last = Some(fault),
        }
    }
    match last {
        Some(fault) => Err(fault),
        None => value_of(schema, text),
    }
}

fn missing(place: Place, name: &str, schema: Option<Schema<'_>>) -> ParameterError {
    ParameterError {
        place,
        parameter: name.to_owned(),
        problem: "is missing".to_owned(),
        value: None,
        allowed: schema.map_or_else(|| json!({}), allowed),
    }
}

fn repeated(name: &str, schema: Schema<'_>, value: &str) -> ParameterError {
    ParameterError {
        place: Place::Query,
        parameter: name.to_owned(),
        problem: "is given more than once".to_owned(),
        value: Some(value.to_owned()),
        allowed: allowed(schema),
    }
}

fn unknown(name: &str, value: &str, known: &[(&str, Schema<'_>)]) -> ParameterError {
    let scored = known.iter().map(|(known, _)| (strsim::jaro_winkler(known, name), *known));
    let nearest =
        scored.max_by(|one, other| one.0.total_cmp(&other.0)).filter(|(score, _)| *score >= SIMILAR);
    let (problem, allowed) = match nearest {
        Some((_, nearest)) => {
            (format!("is not known here; did you mean {nearest}?"), json!({"nearest": nearest}))
        }
        None if known.is_empty() => {
            ("is not known here; this operation takes no parameters".to_owned(), json!({}))
        }
        None => {
            let names: Vec<_> = known.iter().map(|(name, _)| *name).collect();
            (format!("is not known here; known are: {}", names.join(", ")), json!({"enum": names}))
        }
    };
    ParameterError {
        place: Place::Query,
        parameter: name.to_owned(),
        problem,
        value: Some(value.to_owned()),
        allowed,
    }
}

/// What a schema allows, for programs.
fn allowed(schema: Schema<'_>) -> Value {
    let limits = [
        ("type", Some(json!(schema.kind().as_str()))),
        ("enum", schema.values().map(Value::from)),
        ("minimum", schema.minimum().map(Value::from)),
        ("maximum", schema.maximum().map(Value::from)),
        ("minLength", schema.min_length().map(Value::from)),
        ("maxLength", schema.max_length().map(Value::from)),
        ("pattern", schema.pattern().map(Value::from)),
        ("format", schema.format().map(Value::from)),
    ];
    limits.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))).collect()
}

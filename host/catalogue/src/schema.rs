use serde_json::{Map, Value};

/// What a schema says that a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Text.
    String,
    /// A whole number.
    Integer,
    /// A number.
    Number,
    /// Yes or no; on the wire mostly 1 or 0.
    Boolean,
    /// A list.
    Array,
    /// Named values.
    Object,
    /// Nothing.
    Null,
    /// Whatever it is.
    Any,
}

impl Kind {
    /// The name in a schema.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Integer => "integer",
            Self::Number => "number",
            Self::Boolean => "boolean",
            Self::Array => "array",
            Self::Object => "object",
            Self::Null => "null",
            Self::Any => "any",
        }
    }
}

/// A view of a schema in Proxmox's dialect of JSON Schema, which writes flags and limits as numbers or as text.
#[derive(Clone, Copy, Debug)]
pub struct Schema<'a>(&'a Value);

impl<'a> Schema<'a> {
    /// Looks at a value as a schema. What is no object says nothing.
    #[must_use]
    pub const fn new(value: &'a Value) -> Self {
        Self(value)
    }

    /// What it says that values are. Where it does not, what else it says tells.
    #[must_use]
    pub fn kind(self) -> Kind {
        match self.text("type") {
            Some("string") => Kind::String,
            Some("integer") => Kind::Integer,
            Some("number") => Kind::Number,
            Some("boolean") => Kind::Boolean,
            Some("array") => Kind::Array,
            Some("object") => Kind::Object,
            Some("null") => Kind::Null,
            Some(_) => Kind::Any,
            None if self.key("properties").is_some() => Kind::Object,
            None if self.key("items").is_some() => Kind::Array,
            None if self.values().is_some() => Kind::String,
            None => Kind::Any,
        }
    }

    /// Whether the value may be left out.
    #[must_use]
    pub fn optional(self) -> bool {
        self.flag("optional")
    }

    /// What it says about the value, for people.
    #[must_use]
    pub fn description(self) -> Option<&'a str> {
        self.text("description").map(str::trim).filter(|text| !text.is_empty())
    }

    /// The properties of an object, by name.
    pub fn properties(self) -> impl Iterator<Item = (&'a str, Schema<'a>)> {
        self.named().filter(|(name, _)| !is_placeholder(name))
    }

    fn named(self) -> impl Iterator<Item = (&'a str, Schema<'a>)> {
        self.object("properties").into_iter().flatten().map(|(name, schema)| (name.as_str(), Self(schema)))
    }

    /// One property of an object.
    #[must_use]
    pub fn property(self, name: &str) -> Option<Self> {
        self.object("properties")?.get(name).map(Self)
    }

    /// What the items of a list are.
    #[must_use]
    pub fn items(self) -> Option<Self> {
        self.key("items").filter(|value| value.is_object()).map(Self)
    }

    /// Whether an object may hold properties that are not listed.
    #[must_use]
    pub fn open(self) -> bool {
        self.key("additionalProperties").is_none_or(truthy)
    }

    /// What properties that are not listed are. Older schemas say it with a property called `{id}`.
    #[must_use]
    pub fn additional(self) -> Option<Self> {
        let said = self.key("additionalProperties").filter(|value| value.is_object()).map(Self);
        said.or_else(|| self.named().find(|(name, _)| is_placeholder(name)).map(|(_, schema)| schema))
    }

    /// The alternatives of a value that depends on its neighbour, each with the type of the whole where it has none.
    pub fn alternatives(self) -> impl Iterator<Item = Self> {
        self.key("oneOf").and_then(Value::as_array).into_iter().flatten().map(Self)
    }

    /// The values that are allowed, as text.
    #[must_use]
    pub fn values(self) -> Option<Vec<String>> {
        Some(self.key("enum")?.as_array()?.iter().map(scalar_text).collect())
    }

    /// The least number.
    #[must_use]
    pub fn minimum(self) -> Option<f64> {
        self.number("minimum")
    }

    /// The greatest number.
    #[must_use]
    pub fn maximum(self) -> Option<f64> {
        self.number("maximum")
    }

    /// The fewest characters.
    #[must_use]
    pub fn min_length(self) -> Option<u64> {
        self.length("minLength")
    }

    /// The most characters.
    #[must_use]
    pub fn max_length(self) -> Option<u64> {
        self.length("maxLength")
    }

    /// A Perl expression that the whole value matches.
    #[must_use]
    pub fn pattern(self) -> Option<&'a str> {
        self.text("pattern")
    }

    /// The name of a format.
    #[must_use]
    pub fn format(self) -> Option<&'a str> {
        self.text("format")
    }

    /// The parts of a text of the form `key=value,key=value`.
    #[must_use]
    pub fn parts(self) -> Option<&'a Map<String, Value>> {
        self.object("format")
    }

    /// What holds when the value is left out.
    #[must_use]
    pub fn default_value(self) -> Option<&'a Value> {
        self.key("default").filter(|value| !value.is_null())
    }

    pub(crate) fn flag(self, key: &str) -> bool {
        self.key(key).is_some_and(truthy)
    }

    pub(crate) fn text(self, key: &str) -> Option<&'a str> {
        self.key(key)?.as_str()
    }

    fn key(self, key: &str) -> Option<&'a Value> {
        self.0.as_object()?.get(key)
    }

    fn object(self, key: &str) -> Option<&'a Map<String, Value>> {
        self.key(key)?.as_object()
    }

    fn number(self, key: &str) -> Option<f64> {
        let value = self.key(key)?;
        value.as_f64().or_else(|| value.as_str()?.trim().parse().ok()).filter(|number| number.is_finite())
    }

    fn length(self, key: &str) -> Option<u64> {
        let value = self.key(key)?;
        value.as_u64().or_else(|| value.as_str()?.trim().parse().ok())
    }
}

/// Whether a property stands for all that are not listed.
fn is_placeholder(name: &str) -> bool {
    name.starts_with('{') && name.ends_with('}')
}

/// The name before the number of a property that comes in numbers: `net[n]` stands for `net0`, `net1` and so on.
pub(crate) fn numbered(name: &str) -> Option<&str> {
    name.strip_suffix("[n]")
}

/// Whether a name is such a property with its number.
pub(crate) fn is_number_of(name: &str, base: &str) -> bool {
    let digits = name.strip_prefix(base).unwrap_or_default();
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// As Perl sees it.
fn truthy(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(yes) => *yes,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !matches!(text.as_str(), "" | "0"),
        Value::Array(_) | Value::Object(_) => true,
    }
}

/// A value without quotes.
pub(crate) fn scalar_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

use crate::check::check_scalar;
use crate::formats;
use crate::operation::Operation;
use crate::pattern;
use crate::schema::{Kind, Schema, numbered, scalar_text};
use serde_json::{Map, Value, json};

/// What values are usually called and look like.
static USUAL: &[(&str, &str)] = &[
    ("comment", "An example"),
    ("content", "images,rootdir"),
    ("cpu", "0.05"),
    ("cpus", "4"),
    ("ctime", "1767225600"),
    ("digest", "da39a3ee5e6b4b0d3255bfef95601890afd80709"),
    ("disk", "8589934592"),
    ("endtime", "1767225660"),
    ("gateway", "192.0.2.1"),
    ("id", "example"),
    ("ip", "192.0.2.10"),
    ("maxcpu", "4"),
    ("maxdisk", "34359738368"),
    ("maxmem", "4294967296"),
    ("mem", "2147483648"),
    ("name", "example"),
    ("node", "pve1"),
    ("path", "/"),
    ("pid", "1234"),
    ("port", "8006"),
    ("release", "9.2"),
    ("size", "8589934592"),
    ("starttime", "1767225600"),
    ("status", "running"),
    ("storage", "local"),
    ("upid", "UPID:pve1:000004D2:00000000:6955B900:qmstart:100:root@pam:"),
    ("uptime", "86400"),
    ("user", "root@pam"),
    ("userid", "root@pam"),
    ("uuid", "00000000-0000-4000-8000-000000000001"),
    ("vmid", "100"),
];

/// An answer that fits the operation's own schema: every property, one item in every list. What is named like a
/// parameter of the path has its value. The same call gives the same answer.
#[must_use]
pub fn example(operation: &Operation, path_parameters: &[(String, String)]) -> Value {
    Maker { path_parameters }.value("", operation.returns())
}

struct Maker<'a> {
    path_parameters: &'a [(String, String)],
}

impl Maker<'_> {
    fn value(&self, name: &str, schema: Schema<'_>) -> Value {
        if let Some(first) = schema.alternatives().next() {
            return self.value(name, first);
        }
        match schema.kind() {
            Kind::Null => Value::Null,
            Kind::Any => json!({}),
            Kind::Array => schema.items().map(|items| self.value(name, items)).into_iter().collect(),
            Kind::Object => self.object(schema),
            Kind::String | Kind::Integer | Kind::Number | Kind::Boolean => self.scalar(name, schema),
        }
    }

    fn object(&self, schema: Schema<'_>) -> Value {
        let mut object: Map<_, _> =
            schema.properties().map(|(name, schema)| (first_name(name), self.value(name, schema))).collect();
        if let Some(additional) = schema.additional() {
            object.insert("example".to_owned(), self.value("example", additional));
        }
        Value::Object(object)
    }

    /// The first candidate that fits; the last resort is told by the tests.
    fn scalar(&self, name: &str, schema: Schema<'_>) -> Value {
        self.candidates(name, schema)
            .filter_map(|text| typed(schema.kind(), &text))
            .find(|value| check_scalar(schema, value).is_ok())
            .unwrap_or(Value::Null)
    }

    /// Texts to try, the most telling first.
    fn candidates<'b>(&'b self, name: &'b str, schema: Schema<'b>) -> impl Iterator<Item = String> + 'b {
        let given = self
            .path_parameters
            .iter()
            .filter(move |(known, _)| known == name)
            .map(|(_, value)| value.clone());
        let usual =
            USUAL.iter().filter(move |(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        given
            .chain(schema.values().unwrap_or_default())
            .chain(schema.parts().map(|parts| self.property_string(parts)))
            .chain(schema.format().and_then(formats::sample).map(str::to_owned))
            .chain(usual)
            .chain(schema.pattern().into_iter().flat_map(pattern::samples))
            .chain(schema.default_value().map(scalar_text))
            .chain(schema.minimum().map(|least| least.to_string()))
            .chain(["1", "0", "example"].map(str::to_owned).into_iter().rev())
            .chain(schema.maximum().map(|most| most.to_string()))
            .chain(schema.min_length().map(|least| "x".repeat(usize::try_from(least).unwrap_or_default())))
            .chain(
                schema
                    .max_length()
                    .map(|most| "example".chars().take(usize::try_from(most).unwrap_or(7)).collect()),
            )
    }

    /// A text such as `enable=1,rate=1/second`: what is needed, or the first part. Other names of the same are left out.
    fn property_string(&self, parts: &Map<String, Value>) -> String {
        let own = |(_, schema): &(&String, &Value)| {
            let schema = Schema::new(schema);
            schema.text("alias").is_none() && schema.kind() != Kind::Any
        };
        let parts: Vec<_> = parts.iter().filter(own).collect();
        let part = |(name, schema): &(&String, &Value)| {
            let text = scalar_text(&self.value(name, Schema::new(schema)));
            if Schema::new(schema).flag("default_key") { text } else { format!("{name}={text}") }
        };
        let needed: Vec<_> =
            parts.iter().filter(|(_, schema)| !Schema::new(schema).optional()).map(part).collect();
        if needed.is_empty() { parts.first().map(part).unwrap_or_default() } else { needed.join(",") }
    }
}

/// `net0` for `net[n]`.
fn first_name(name: &str) -> String {
    numbered(name).map_or_else(|| name.to_owned(), |base| format!("{base}0"))
}

fn typed(kind: Kind, text: &str) -> Option<Value> {
    match kind {
        Kind::Integer => text.parse::<i64>().ok().map(Value::from),
        Kind::Number => text.parse::<i64>().ok().map(Value::from).or_else(|| {
            let number: f64 = text.parse().ok()?;
            number.is_finite().then(|| Value::from(number))
        }),
        Kind::Boolean => matches!(text, "0" | "1").then(|| Value::from(u8::from(text == "1"))),
        _ => Some(Value::from(text)),
    }
}

//! Equality of two answers, but for ids, for times that are now, and for the times of what both had from the beginning.

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Headers that are not compared, and why. Every other one is.
const IGNORED: &[(&str, &str)] = &[
    ("connection", "says how the server keeps connections, not what it answers"),
    ("content-length", "follows from the body, which is compared"),
    ("date", "is when the server answered"),
    ("server", "is the name of the program"),
    ("set-cookie", "is the token of forms on pages for people, which the API does not ask for"),
    ("transfer-encoding", "says how the body is sent"),
    ("x-request-id", "is drawn anew for every request"),
];

/// Fields that hold the number of the token's user, which follows from whom a NetBox had before.
const USERS: &[&str] = &["created_by"];

/// How far from now a time may be that both made up by themselves.
const WINDOW: SignedDuration = SignedDuration::from_mins(5);

/// Ids that belong together, real and fake, and when the fake made what it has from the beginning.
pub(crate) struct Ids {
    pairs: BTreeSet<(u64, u64)>,
    began: Timestamp,
    ready: Timestamp,
}

impl Ids {
    /// None yet; the fake begins now.
    pub(crate) fn now() -> Self {
        let now = Timestamp::now();
        Self { pairs: BTreeSet::new(), began: now, ready: now }
    }

    /// The same; the fake has what it has from the beginning.
    pub(crate) fn found(self) -> Self {
        Self { ready: Timestamp::now(), ..self }
    }

    pub(crate) fn add(&mut self, real: u64, fake: u64) {
        self.pairs.insert((real, fake));
    }

    /// Notes every place where two values differ.
    pub(crate) fn compare(&self, at: &str, real: &Value, fake: &Value, differences: &mut Vec<String>) {
        match (real, fake) {
            (Value::Object(one), Value::Object(other)) => {
                let keys: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
                for key in keys {
                    let at = format!("{at}/{key}");
                    match (one.get(key), other.get(key)) {
                        (Some(real), Some(fake))
                            if USERS.contains(&key.as_str()) && real.is_u64() && fake.is_u64() => {}
                        (Some(real), Some(fake)) => self.compare(&at, real, fake, differences),
                        (real, fake) => differences.push(format!("{at}: real {real:?} fake {fake:?}")),
                    }
                }
            }
            (Value::Array(one), Value::Array(other)) if one.len() == other.len() => {
                for (index, (real, fake)) in one.iter().zip(other).enumerate() {
                    self.compare(&format!("{at}/{index}"), real, fake, differences);
                }
            }
            (Value::Number(one), Value::Number(other)) => {
                let ids = one.as_u64().zip(other.as_u64()).is_some_and(|ids| self.pairs.contains(&ids));
                if one != other && !ids {
                    differences.push(format!("{at}: real {one} fake {other}"));
                }
            }
            (Value::String(one), Value::String(other)) if self.texts(one, other) => {}
            (real, fake) if real == fake => {}
            (real, fake) => differences.push(format!("{at}: real {real} fake {fake}")),
        }
    }

    /// Notes every header in which two answers differ.
    pub(crate) fn compare_headers(
        &self,
        real: &BTreeMap<String, String>,
        fake: &BTreeMap<String, String>,
        differences: &mut Vec<String>,
    ) {
        let names: BTreeSet<&String> = real.keys().chain(fake.keys()).collect();
        for name in names.into_iter().filter(|name| !IGNORED.iter().any(|(known, _)| known == name)) {
            match (real.get(name), fake.get(name)) {
                (Some(real), Some(fake)) if self.texts(real, fake) => {}
                (real, fake) => differences.push(format!("{name}: real {real:?} fake {fake:?}")),
            }
        }
    }

    /// Both are now, or both of what was there before.
    fn times(&self, real: Timestamp, fake: Timestamp) -> bool {
        let is_now = |time: Timestamp| time.duration_until(Timestamp::now()).abs() < WINDOW;
        let before = real < self.began && (self.began..=self.ready).contains(&fake);
        before || (is_now(real) && is_now(fake))
    }

    fn texts(&self, real: &str, fake: &str) -> bool {
        if let (Some(one), Some(other)) = (dependants(real), dependants(fake)) {
            return one.len() == other.len()
                && one.iter().all(|one| other.iter().any(|other| self.texts(one, other)));
        }
        let times = time(real).zip(time(fake)).is_some_and(|(real, fake)| self.times(real, fake));
        let (one, other) = (pieces(real), pieces(fake));
        let same = |(real, fake): (&&str, &&str)| {
            let ids = real.parse().ok().zip(fake.parse().ok()).is_some_and(|ids| self.pairs.contains(&ids));
            real == fake || ids
        };
        times || (one.len() == other.len() && one.iter().zip(&other).all(same))
    }
}

/// The objects that stand in the way of a deletion; NetBox names them in no order.
fn dependants(text: &str) -> Option<Vec<&str>> {
    Some(text.split_once(" dependent objects were found: ")?.1.split(", ").collect())
}

/// A time, by itself or as an entity tag.
fn time(text: &str) -> Option<Timestamp> {
    text.strip_prefix("W/\"").and_then(|text| text.strip_suffix('"')).unwrap_or(text).parse().ok()
}

/// A text cut where digits begin and end.
fn pieces(text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut start = 0;
    let bytes = text.as_bytes();
    for at in 1..=bytes.len() {
        let cut = at == bytes.len() || bytes[at - 1].is_ascii_digit() != bytes[at].is_ascii_digit();
        if cut && text.is_char_boundary(at) {
            pieces.push(&text[start..at]);
            start = at;
        }
    }
    pieces
}

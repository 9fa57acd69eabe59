//! Equality of two answers, but for ids and times.

use serde_json::Value;
use std::collections::BTreeSet;

/// Ids that belong together: real and fake.
#[derive(Default)]
pub(super) struct Ids(BTreeSet<(u64, u64)>);

impl Ids {
    pub(super) fn add(&mut self, real: u64, fake: u64) {
        self.0.insert((real, fake));
    }

    /// Notes every place where two values differ.
    pub(super) fn compare(&self, at: &str, real: &Value, fake: &Value, differences: &mut Vec<String>) {
        match (real, fake) {
            (Value::Object(one), Value::Object(other)) => {
                let keys: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
                for key in keys {
                    let at = format!("{at}/{key}");
                    match (one.get(key), other.get(key)) {
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
                let ids = one.as_u64().zip(other.as_u64()).is_some_and(|ids| self.0.contains(&ids));
                if one != other && !ids {
                    differences.push(format!("{at}: real {one} fake {other}"));
                }
            }
            (Value::String(one), Value::String(other)) if self.texts(one, other) => {}
            (real, fake) if real == fake => {}
            (real, fake) => differences.push(format!("{at}: real {real} fake {fake}")),
        }
    }

    fn texts(&self, real: &str, fake: &str) -> bool {
        if let (Some(one), Some(other)) = (dependants(real), dependants(fake)) {
            return one.len() == other.len()
                && one.iter().all(|one| other.iter().any(|other| self.texts(one, other)));
        }
        let times = is_time(real) && is_time(fake);
        let (one, other) = (pieces(real), pieces(fake));
        let same = |(real, fake): (&&str, &&str)| {
            let ids = real.parse().ok().zip(fake.parse().ok()).is_some_and(|ids| self.0.contains(&ids));
            real == fake || ids
        };
        times || (one.len() == other.len() && one.iter().zip(&other).all(same))
    }
}

/// The objects that stand in the way of a deletion; NetBox names them in no order.
fn dependants(text: &str) -> Option<Vec<&str>> {
    Some(text.split_once(" dependent objects were found: ")?.1.split(", ").collect())
}

fn is_time(text: &str) -> bool {
    text.len() > 18 && text.get(10..11) == Some("T") && text.ends_with('Z')
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

//! Order and pages of a list.

use std::cmp::Ordering;
use std::sync::Arc;

use serde_json::{Value, json};

use super::filter::Query;
use super::models;
use super::network::Network;
use super::represent::{Presenter, Wanted, display};
use super::store::{Row, Store, Values};
use super::table::{Holds, Model};

/// Objects on a page when the client does not say.
const DEFAULT_LIMIT: usize = 50;

/// Makes the URL of another page: the query with these parameters changed, or left out.
pub(crate) type Link<'a> = &'a dyn Fn(&[(&str, Option<String>)]) -> String;

/// Which part of a list a client asks for.
pub(crate) struct Page {
    /// Most objects; with 0 there is no limit.
    limit: usize,
    offset: usize,
    /// First id of a page by id.
    start: Option<u64>,
}

impl Page {
    /// Reads the page from the query, or gives NetBox's message.
    pub(crate) fn read(query: &Query, most: usize) -> Result<Self, String> {
        let get =
            |name: &str| query.iter().rev().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
        let limit = match get("limit").and_then(|limit| limit.parse::<usize>().ok()) {
            Some(limit) if most == 0 => limit,
            Some(0) => most,
            Some(limit) => limit.min(most),
            None if most == 0 => DEFAULT_LIMIT,
            None => DEFAULT_LIMIT.min(most),
        };
        let offset = get("offset").and_then(|offset| offset.parse().ok()).unwrap_or_default();
        let start = match get("start") {
            None => None,
            Some(start) => {
                let invalid = "Invalid 'start' parameter: must be a non-negative integer.";
                Some(start.parse().map_err(|_| invalid.to_owned())?)
            }
        };
        if start.is_some() && get("offset").is_some() {
            return Err("'start' and 'offset' are mutually exclusive.".to_owned());
        }
        if start.is_some() && get("ordering").is_some() {
            return Err(
                "Ordering cannot be specified in conjunction with cursor-based pagination.".to_owned()
            );
        }
        Ok(Self { limit, offset, start })
    }

    /// The least id on it, and how many of the objects from there on decide what it holds.
    pub(crate) fn reach(&self) -> (u64, usize) {
        self.start.map_or((0, usize::MAX), |start| (start, self.most()))
    }

    fn most(&self) -> usize {
        if self.limit == 0 { usize::MAX } else { self.limit }
    }

    /// The body of a list answer.
    pub(crate) fn body(
        &self,
        presenter: &Presenter<'_>,
        model: &'static Model,
        rows: &[(u64, &Arc<Row>)],
        wanted: &Wanted,
        link: Link<'_>,
    ) -> Value {
        let show = |rows: &[(u64, &Arc<Row>)]| -> Vec<Value> {
            rows.iter().map(|(_, row)| presenter.object(model, row, wanted)).collect()
        };
        let most = self.most();
        let limit = self.limit.to_string();
        if let Some(start) = self.start {
            let from = rows.partition_point(|(id, _)| *id < start);
            let page: Vec<_> = rows.iter().skip(from).take(most).copied().collect();
            let next = page.last().filter(|_| page.len() == most).map(|(last, _)| {
                link(&[
                    ("start", Some((last + 1).to_string())),
                    ("limit", Some(limit.clone())),
                    ("offset", None),
                ])
            });
            return json!({ "count": null, "next": next, "previous": null, "results": show(&page) });
        }
        let count = rows.len();
        let page: Vec<_> = rows.iter().skip(self.offset).take(most).copied().collect();
        let after = self.offset.saturating_add(most);
        let next = (after < count)
            .then(|| link(&[("limit", Some(limit.clone())), ("offset", Some(after.to_string()))]));
        let previous = (self.offset > 0 && self.limit > 0).then(|| {
            let offset = (self.offset > self.limit).then(|| (self.offset - self.limit).to_string());
            link(&[("limit", Some(limit.clone())), ("offset", offset)])
        });
        json!({ "count": count, "next": next, "previous": previous, "results": show(&page) })
    }
}

/// Puts objects in the order that the client asks for, or that NetBox gives them.
pub(crate) fn order(store: &Store, model: &'static Model, query: &Query, rows: &mut [(u64, &Arc<Row>)]) {
    let asked =
        query.iter().rev().find(|(name, _)| name == "ordering").map_or("", |(_, value)| value.as_str());
    let known = |name: &&str| {
        let bare = name.trim_start_matches('-');
        matches!(bare, "id" | "created" | "last_updated") || model.field(bare).is_some()
    };
    let mut keys: Vec<&str> = asked.split(',').map(str::trim).filter(known).collect();
    if query.iter().any(|(name, _)| name == "start") {
        keys = vec!["id"];
    } else if keys.is_empty() {
        keys = model.ordering.to_vec();
    }
    // Rows come by their id.
    if matches!(keys.first(), None | Some(&"id")) {
        return;
    }
    keys.push("id");
    let mut keyed: Vec<_> = rows
        .iter()
        .map(|entry| {
            (keys.iter().map(|key| sort_key(store, model, entry.1, key)).collect::<Vec<_>>(), *entry)
        })
        .collect();
    keyed.sort_by(|(left, _), (right, _)| compare(&keys, left, right));
    for (slot, (_, entry)) in rows.iter_mut().zip(keyed) {
        *slot = entry;
    }
}

/// A value as it is ordered.
#[derive(Clone, Debug, PartialEq)]
enum Key {
    Number(f64),
    Natural(String),
    Network(Option<Network>),
    Missing,
}

fn sort_key(store: &Store, model: &'static Model, row: &Row, key: &str) -> Key {
    let name = key.trim_start_matches('-');
    if model.tree && name == "name" {
        return Key::Natural(tree_path(store, model, row));
    }
    let field = model.field(name);
    let raw = name.strip_suffix("_id").filter(|bare| field.is_none() && model.field(bare).is_some());
    if let Some(id) = raw.and_then(|bare| row.id(bare)) {
        return Key::Number(id as f64);
    }
    if let Some(Holds::Count { model, field, .. }) = field.map(|field| field.holds) {
        return Key::Number(store.count(model, field, &row.own_id().to_string()) as f64);
    }
    if let Some(relation) = field.and_then(|field| field.relation()) {
        let related = row
            .id(name)
            .and_then(|id| Some((models::by_name(relation.model)?, store.get(relation.model, id)?)));
        return related.map_or(Key::Missing, |(model, row)| Key::Natural(display(store, model, row)));
    }
    match row.get(name) {
        None | Some(Value::Null) => Key::Missing,
        Some(Value::Number(number)) => Key::Number(number.as_f64().unwrap_or_default()),
        Some(Value::Bool(flag)) => Key::Number(f64::from(u8::from(*flag))),
        Some(Value::String(text)) if matches!(name, "address" | "prefix") => {
            Key::Network(Network::parse(text))
        }
        Some(Value::String(text)) => Key::Natural(text.clone()),
        Some(other) => Key::Natural(other.to_string()),
    }
}

/// Names from the root down, so that children follow their parents.
fn tree_path(store: &Store, model: &'static Model, row: &Row) -> String {
    let mut path = row.text("name").to_owned();
    let mut parent = row.id("parent");
    while let Some(row) = parent.and_then(|id| store.get(model.name, id)) {
        path = format!("{}\t{path}", row.text("name"));
        parent = row.id("parent");
    }
    path
}

fn compare(keys: &[&str], left: &[Key], right: &[Key]) -> Ordering {
    for ((key, left), right) in keys.iter().zip(left).zip(right) {
        let order = match (left, right) {
            (Key::Missing, Key::Missing) => Ordering::Equal,
            (Key::Missing, _) => Ordering::Greater,
            (_, Key::Missing) => Ordering::Less,
            (Key::Number(left), Key::Number(right)) => left.total_cmp(right),
            (Key::Network(left), Key::Network(right)) => left.cmp(right),
            (Key::Natural(left), Key::Natural(right)) => natural(left, right),
            _ => Ordering::Equal,
        };
        let order = if key.starts_with('-') { order.reverse() } else { order };
        if order != Ordering::Equal {
            return order;
        }
    }
    Ordering::Equal
}

/// Numbers within texts by value, letters without regard to case first.
fn natural(left: &str, right: &str) -> Ordering {
    let (mut rest_left, mut rest_right) = (left, right);
    loop {
        match (rest_left.chars().next(), rest_right.chars().next()) {
            (None, None) => return left.cmp(right).reverse(),
            (None, Some(_)) => return Ordering::Less,
            (Some(_), None) => return Ordering::Greater,
            (Some(one), Some(other)) if one.is_ascii_digit() && other.is_ascii_digit() => {
                let (number_left, after_left) = number(rest_left);
                let (number_right, after_right) = number(rest_right);
                let order =
                    number_left.len().cmp(&number_right.len()).then_with(|| number_left.cmp(number_right));
                if order != Ordering::Equal {
                    return order;
                }
                (rest_left, rest_right) = (after_left, after_right);
            }
            (Some(one), Some(other)) => {
                let order =
                    rank(one).cmp(&rank(other)).then_with(|| one.to_lowercase().cmp(other.to_lowercase()));
                if order != Ordering::Equal {
                    return order;
                }
                rest_left = rest_left.get(one.len_utf8()..).unwrap_or_default();
                rest_right = rest_right.get(other.len_utf8()..).unwrap_or_default();
            }
        }
    }
}

/// Spaces before punctuation before digits before letters.
fn rank(letter: char) -> u8 {
    match letter {
        letter if letter.is_whitespace() => 0,
        letter if letter.is_ascii_digit() => 2,
        letter if letter.is_alphabetic() => 3,
        _ => 1,
    }
}

/// The digits that a text begins with, without leading zeros, and the rest.
fn number(text: &str) -> (&str, &str) {
    let end = text.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(text.len());
    let (digits, rest) = text.split_at_checked(end).unwrap_or((text, ""));
    (digits.trim_start_matches('0'), rest)
}

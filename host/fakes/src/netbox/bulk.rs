//! Lists of objects written in one request: all or none.

use serde_json::{Value, json};

use super::answer::Answer;
use super::delete::delete;
use super::errors::{ALL, Errors, Refusal, duplicate, no_field, type_name};
use super::page;
use super::rights::Action;
use super::store::Store;
use super::table::Model;
use super::write::{Writer, as_errors};

/// Errors of a bulk request: which object, and what is wrong with it.
type Failures = Vec<(Value, Value)>;

/// What a bulk request came to: ids in the order in which they are shown, or the refusal.
type Outcome = Result<Vec<u64>, Answer>;

fn refused(what: &str, key: &str, total: usize, failures: Failures, status: u16) -> Answer {
    let failed = failures.len();
    let errors: Vec<_> =
        failures.into_iter().map(|(which, errors)| json!({ key: which, "errors": errors })).collect();
    let detail = format!("{failed} of {total} objects {what}");
    Answer::json(status, json!({ "detail": detail, "errors": errors }))
}

/// Creates every object of a list, or none.
pub(crate) fn create(writer: &mut Writer<'_>, model: &'static Model, items: &[Value]) -> Outcome {
    if writer.release.version < (4, 7) {
        return create_before_4_7(writer, model, items);
    }
    let mut created = Vec::new();
    let mut failures = Failures::new();
    let mut denied = false;
    let point = writer.store.savepoint();
    for (index, item) in items.iter().enumerate() {
        let outcome = match item {
            Value::Null => {
                let message = "Invalid data. Expected a dictionary, but got NoneType.";
                Err(Refusal::Invalid(Errors::one(ALL, message)))
            }
            item => writer.create(model, item),
        };
        match outcome {
            Ok(id) => created.push(id),
            Err(Refusal::Ended(status, body)) => {
                writer.store.rollback(point);
                return Err(Answer::json(status, body));
            }
            Err(refusal) => {
                denied |= matches!(refusal, Refusal::Denied);
                failures.push((index.into(), as_errors(refusal)));
            }
        }
    }
    if failures.is_empty() {
        return Ok(created);
    }
    writer.store.rollback(point);
    Err(refused("could not be created.", "index", items.len(), failures, status(denied)))
}

/// The status of a bulk request with errors: what is denied outranks what is wrong.
fn status(denied: bool) -> u16 {
    if denied { 403 } else { 400 }
}

/// Before 4.7 every object was checked before the first was made, so that two which only exclude each other got as
/// far as the database; errors came as a list with a place for every object.
fn create_before_4_7(writer: &mut Writer<'_>, model: &'static Model, items: &[Value]) -> Outcome {
    let point = writer.store.savepoint();
    let checked: Vec<_> = items
        .iter()
        .map(|item| {
            let outcome = writer.create(model, item);
            writer.store.rollback(point);
            match outcome {
                // What is denied shows when it is saved.
                Ok(_) | Err(Refusal::Denied) => json!({}),
                Err(refusal) => as_errors(refusal),
            }
        })
        .collect();
    if checked.iter().any(|errors| *errors != json!({})) {
        return Err(Answer::json(400, checked.into()));
    }
    let created: Result<Vec<u64>, Refusal> = items.iter().map(|item| writer.create(model, item)).collect();
    created.map_err(|refusal| {
        writer.store.rollback(point);
        match refusal {
            Refusal::Denied => Answer::denied(),
            _ => Answer::json(500, duplicate(writer.release, "")),
        }
    })
}

/// Changes every object of a list, or none.
pub(crate) fn update(writer: &mut Writer<'_>, model: &'static Model, body: &Value, partial: bool) -> Outcome {
    let named = named(writer, model, body, Action::Change)?;
    let ordered = ordered(writer.store, model, named.iter().map(|(id, _)| *id));
    let mut failures = Failures::new();
    let mut denied = false;
    let point = writer.store.savepoint();
    for id in &ordered {
        let data = named.iter().rev().find(|(known, _)| known == id).map(|(_, data)| *data);
        if let Err(refusal) = writer.update(model, *id, data.unwrap_or(&Value::Null), partial) {
            if writer.release.version < (4, 7) || matches!(refusal, Refusal::Ended(..)) {
                writer.store.rollback(point);
                return Err(first(refusal));
            }
            denied |= matches!(refusal, Refusal::Denied);
            failures.push(((*id).into(), as_errors(refusal)));
        }
    }
    if failures.is_empty() {
        return Ok(page_order(writer.store, model, ordered));
    }
    writer.store.rollback(point);
    Err(refused("could not be updated.", "id", ordered.len(), failures, status(denied)))
}

/// Deletes every object of a list, or none.
pub(crate) fn destroy(writer: &mut Writer<'_>, model: &'static Model, body: &Value) -> Result<(), Answer> {
    let named = named(writer, model, body, Action::Delete)?;
    let ordered = ordered(writer.store, model, named.iter().map(|(id, _)| *id));
    let mut failures = Failures::new();
    let point = writer.store.savepoint();
    for id in &ordered {
        if let Err(protected) = delete(writer.store, model, *id) {
            if writer.release.version < (4, 7) {
                writer.store.rollback(point);
                return Err(super::state::dependants(&protected));
            }
            let message =
                format!("Unable to delete: {} dependent object(s) prevent deletion.", protected.len());
            failures.push(((*id).into(), Errors::one(ALL, message).into_value()));
        }
    }
    if failures.is_empty() {
        return Ok(());
    }
    writer.store.rollback(point);
    Err(refused("could not be deleted.", "id", ordered.len(), failures, 409))
}

/// A refusal as the answer to the whole request.
fn first(refusal: Refusal) -> Answer {
    match refusal {
        Refusal::Invalid(errors) => Answer::json(400, errors.into_value()),
        Refusal::Aborted(message) => Answer::detail(400, message),
        Refusal::Denied => Answer::denied(),
        Refusal::Ended(status, body) => Answer::json(status, body),
    }
}

/// The objects that a body names by id; those on which the user may not act are as if they were not there.
fn named<'b>(
    writer: &Writer<'_>,
    model: &'static Model,
    body: &'b Value,
    action: Action,
) -> Result<Vec<(u64, &'b Value)>, Answer> {
    let modern = writer.release.version >= (4, 7);
    let items = match body {
        Value::Array(items) => items,
        other => return Err(not_a_list(writer.release.version, other)),
    };
    let there = |id: i64| {
        let row = u64::try_from(id).ok().and_then(|id| writer.store.get(model.name, id));
        row.is_some_and(|row| writer.rights.allow(action, writer.store, model, row))
    };
    let mut named = Vec::new();
    let mut failures = Failures::new();
    for (index, item) in items.iter().enumerate() {
        match id_of(writer.release.version, item) {
            Ok(id) => named.push((id, item)),
            Err(errors) => failures.push((index.into(), errors.into_value())),
        }
    }
    if !failures.is_empty() {
        if modern {
            return Err(refused("failed validation.", "index", items.len(), failures, 400));
        }
        return Err(Answer::json(400, failures.into_iter().map(|(_, errors)| errors).collect()));
    }
    if !modern {
        named.retain(|(id, _)| there(*id));
        return Ok(named
            .into_iter()
            .filter_map(|(id, item)| Some((u64::try_from(id).ok()?, item)))
            .collect());
    }
    let mut twice = Failures::new();
    let mut missing = Failures::new();
    for (position, (id, _)) in named.iter().enumerate() {
        let times = named.iter().filter(|(other, _)| other == id).count();
        let seen = named.iter().take(position).any(|(other, _)| other == id);
        if times > 1 && !seen {
            let message = format!("Each object may be specified only once; ID {id} is listed {times} times");
            twice.push(((*id).into(), Errors::one("id", message).into_value()));
        }
        if !there(*id) {
            let message = format!("Object with ID {id} does not exist");
            missing.push(((*id).into(), Errors::one("id", message).into_value()));
        }
    }
    if !twice.is_empty() {
        return Err(refused("are listed more than once.", "id", items.len(), twice, 400));
    }
    if !missing.is_empty() {
        return Err(refused("could not be found.", "id", items.len(), missing, 400));
    }
    Ok(named.into_iter().filter_map(|(id, item)| Some((u64::try_from(id).ok()?, item))).collect())
}

fn id_of(version: (u32, u32), item: &Value) -> Result<i64, Errors> {
    let Value::Object(fields) = item else {
        let message = format!("Invalid data. Expected a dictionary, but got {}.", type_name(item));
        return Err(Errors::one(no_field(version), message));
    };
    let Some(id) = fields.get("id") else { return Err(Errors::one("id", "This field is required.")) };
    if id.is_null() {
        return Err(Errors::one("id", "This field may not be null."));
    }
    let id = super::parse::integer(id, i64::MIN, i64::MAX).ok().and_then(|id| id.as_i64());
    id.ok_or_else(|| Errors::one("id", "A valid integer is required."))
}

fn not_a_list(version: (u32, u32), body: &Value) -> Answer {
    if version < (4, 7) {
        let message = format!("Expected a list of items but got type \"{}\".", type_name(body));
        return Answer::json(400, json!({ no_field(version): [message] }));
    }
    let empty = body.is_null() || *body == json!({}) || *body == "";
    if empty {
        return Answer::detail(400, "Expected a list of objects, but no data was submitted.");
    }
    Answer::detail(400, format!("Expected a list of objects, but got {}.", type_name(body)))
}

/// Each id once, in the order in which NetBox goes through the objects.
fn ordered(store: &Store, model: &'static Model, ids: impl Iterator<Item = u64>) -> Vec<u64> {
    let mut ids: Vec<u64> = ids.collect();
    ids.sort_unstable();
    ids.dedup();
    page_order(store, model, ids)
}

fn page_order(store: &Store, model: &'static Model, ids: Vec<u64>) -> Vec<u64> {
    let mut rows: Vec<_> = ids.into_iter().filter_map(|id| Some((id, store.get(model.name, id)?))).collect();
    page::order(store, model, &Vec::new(), &mut rows);
    rows.into_iter().map(|(id, _)| id).collect()
}

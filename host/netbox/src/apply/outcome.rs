//! Reading NetBox's answer to a bulk request.

use super::fault::Fault;
use super::search::is_same;
use super::write::Item;
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// The ids of new objects, in the order in which they were sent; none when the answer does not fit.
pub(super) fn created(items: &[Item], answer: &Json) -> Option<Vec<u64>> {
    let one = std::slice::from_ref(answer);
    let objects = answer.as_array().map_or(one, Vec::as_slice);
    if objects.len() != items.len() {
        return None;
    }
    items
        .iter()
        .zip(objects)
        .map(|(item, object)| if is_same(&item.body, object) { object.get("id")?.as_u64() } else { None })
        .collect()
}

/// The ids of the objects that NetBox says it changed, in whichever order; none when the answer does not fit.
pub(super) fn updated(answer: &Json) -> Option<Vec<u64>> {
    let one = std::slice::from_ref(answer);
    let objects = answer.as_array().map_or(one, Vec::as_slice);
    objects.iter().map(|object| object.get("id")?.as_u64()).collect()
}

/// What NetBox finds wrong with the items at fault, by their place in the request; empty when it does not say which they are.
///
/// NetBox 4.7 lists `{"index" or "id", "errors"}` under `errors`; before, there was a list as long as the request, with an empty object for
/// what was right.
pub(super) fn faults(items: &[Item], body: &Json) -> BTreeMap<usize, Fault> {
    let listed = body.get("errors").and_then(Json::as_array);
    let faults = match (listed, body.as_array()) {
        (Some(entries), _) => {
            entries.iter().filter_map(|entry| Some((place(items, entry)?, entry.get("errors")?))).collect()
        }
        (None, Some(entries)) if entries.len() == items.len() => entries.iter().enumerate().collect(),
        _ => Vec::new(),
    };
    let fault = |(place, errors)| Some((place, Fault::read(errors)?));
    faults.into_iter().filter(|(place, _)| *place < items.len()).filter_map(fault).collect()
}

fn place(items: &[Item], entry: &Json) -> Option<usize> {
    if let Some(index) = entry.get("index").and_then(Json::as_u64) {
        return usize::try_from(index).ok();
    }
    let id = entry.get("id")?.as_u64();
    items.iter().position(|item| item.id == id)
}

//! Which guests a job covers, as JSON that is never empty: the plugin refuses an empty selection.

use proxbox_transform_sdk::Value;
use proxbox_transform_sdk::facts::{BackupRoutineFacts, Selection};
use serde_json::{Map, json};

/// `[100, 101]`, `{"all": true}`, `{"pool": "prod"}`; guests that are left out are under `exclude`.
pub(crate) fn of(fact: &BackupRoutineFacts) -> Value {
    let mut selection = Map::new();
    match &fact.selection {
        Selection::Guests(guests) if !guests.is_empty() => return json!(guests).into(),
        Selection::Guests(guests) => selection.insert("guests".to_owned(), json!(guests)),
        Selection::All => selection.insert("all".to_owned(), json!(true)),
        Selection::Pool(pool) => selection.insert("pool".to_owned(), json!(pool)),
    };
    if !fact.exclude.is_empty() {
        selection.insert("exclude".to_owned(), json!(fact.exclude));
    }
    serde_json::Value::Object(selection).into()
}

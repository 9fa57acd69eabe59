//! `/pools`.

use super::super::answer::Refusal;
use super::super::call::{Answer, Call};
use super::{guest, known, storage, text};
use crate::fleet::Pool;
use serde_json::{Value, json};

fn visible<'a>(call: &'a Call<'a>) -> impl Iterator<Item = &'a Pool> {
    call.fleet.pools.iter().filter(|pool| call.may(&format!("/pool/{}", pool.name), "Pool.Audit"))
}

pub(super) fn resources(call: &Call<'_>) -> Vec<Value> {
    let entry =
        |pool: &Pool| json!({"type": "pool", "id": format!("/pool/{}", pool.name), "pool": pool.name});
    visible(call).map(entry).collect()
}

/// The list; with `poolid` a list of one, with its members.
pub(in crate::proxmox) fn all(call: &Call<'_>) -> Answer {
    if let Some(name) = call.query("poolid") {
        return Ok(json!([with_members(call, find(call, name)?)]));
    }
    let entry = |pool: &Pool| known(json!({"poolid": pool.name, "comment": text(&pool.comment)}));
    Ok(visible(call).map(entry).collect())
}

pub(in crate::proxmox) fn one(call: &Call<'_>) -> Answer {
    let mut pool = super::object(with_members(call, find(call, call.part("poolid"))?));
    pool.remove("poolid");
    Ok(pool.into())
}

fn find<'a>(call: &Call<'a>, name: &str) -> Result<&'a Pool, Refusal> {
    call.require(&format!("/pool/{name}"), "Pool.Audit")?;
    let pool = call.fleet.pools.iter().find(|pool| pool.name == name);
    pool.ok_or_else(|| Refusal::new(500, format!("pool '{name}' does not exist")))
}

fn with_members(call: &Call<'_>, pool: &Pool) -> Value {
    let guests = guest::resources(call);
    let number =
        |entry: &Value| entry.get("vmid").and_then(Value::as_u64).and_then(|vmid| vmid.try_into().ok());
    let guests =
        guests.into_iter().filter(|entry| number(entry).is_some_and(|vmid| pool.members.contains(&vmid)));
    let names = |entry: &Value| entry.get("storage").and_then(Value::as_str).map(str::to_owned);
    let storages = storage::resources(call).into_iter();
    let storages = storages.filter(|entry| names(entry).is_some_and(|name| pool.storages.contains(&name)));
    known(json!({
        "poolid": pool.name, "comment": text(&pool.comment), "members": guests.chain(storages).collect::<Value>(),
    }))
}

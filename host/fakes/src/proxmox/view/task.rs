//! Tasks of nodes and of the cluster.

use super::super::answer::Refusal;
use super::super::call::{Answer, Call};
use super::{known, object, text};
use crate::fleet::Task;
use serde_json::{Map, Value, json};

fn entry(task: &Task) -> Map<String, Value> {
    object(known(json!({
        "upid": task.upid(), "node": task.node, "pid": task.pid, "pstart": task.pstart, "type": task.kind,
        "id": task.about, "user": task.user, "starttime": task.started, "endtime": task.ended,
        "status": text(&task.status),
    })))
}

/// Whether the caller may see a task: one's own, and all with the right to audit the node.
fn visible(call: &Call<'_>, task: &Task) -> bool {
    let owner = |user: &str| user.split('!').next().map(str::to_owned);
    owner(&task.user) == owner(&call.caller.user) || call.may(&format!("/nodes/{}", task.node), "Sys.Audit")
}

/// Newest first, fifty unless asked otherwise; without a source only those that ended.
pub(in crate::proxmox) fn of_node(call: &Call<'_>) -> Answer {
    let node = call.node()?;
    let source = call.choice("source", &["archive", "active", "all"])?.unwrap_or("archive");
    let (since, until) = (call.number("since")?, call.number("until")?);
    let vmid = call.number("vmid")?.map(|vmid| vmid.to_string());
    let start = usize::try_from(call.number("start")?.unwrap_or(0)).unwrap_or(usize::MAX);
    let limit = usize::try_from(call.number("limit")?.unwrap_or(50)).unwrap_or(usize::MAX);
    let wanted = |task: &&Task| {
        task.node == node.name
            && visible(call, task)
            && (source == "all" || (source == "active") == task.ended.is_none())
            && since.is_none_or(|since| task.started >= since)
            && until.is_none_or(|until| task.started <= until)
            && vmid.as_ref().is_none_or(|vmid| task.about == *vmid)
            && call.query("typefilter").is_none_or(|kind| task.kind == kind)
            && call.query("userfilter").is_none_or(|user| task.user.contains(user))
            && (call.query("errors") != Some("1") || task.status != "OK")
    };
    let newest = call.fleet.tasks.iter().rev().filter(wanted);
    let entry = |task: &Task| {
        let mut entry = entry(task);
        entry.entry("status").or_insert_with(|| json!("RUNNING"));
        Value::from(entry)
    };
    Ok(newest.skip(start).take(limit).map(entry).collect())
}

/// The newest tasks of all nodes.
pub(in crate::proxmox) fn of_cluster(call: &Call<'_>) -> Answer {
    let newest = call.fleet.tasks.iter().rev().filter(|task| visible(call, task)).take(100);
    let saved = |task: &Task| {
        let mut entry = entry(task);
        if task.ended.is_some() {
            entry.insert("saved".to_owned(), json!("1"));
        }
        Value::from(entry)
    };
    Ok(newest.map(saved).collect())
}

pub(in crate::proxmox) fn status(call: &Call<'_>) -> Answer {
    let node = call.node()?;
    let upid = call.part("upid");
    if !upid.starts_with("UPID:") {
        return Err(Refusal::parameter("upid", "unable to parse worker upid"));
    }
    let task = call.fleet.tasks.iter().rev().find(|task| task.node == node.name && task.upid() == upid);
    let task = task.ok_or_else(|| Refusal::new(500, "no such task"))?;
    if !visible(call, task) {
        return Err(Refusal::denied(&format!("/nodes/{}", node.name), "Sys.Audit"));
    }
    let mut entry = entry(task);
    entry.remove("endtime");
    let (user, token) = task.user.split_once('!').map_or((task.user.as_str(), None), |(u, t)| (u, Some(t)));
    entry.extend(object(known(json!({
        "user": user, "tokenid": token, "status": if task.ended.is_some() { "stopped" } else { "running" },
        "exitstatus": text(&task.status),
    }))));
    Ok(entry.into())
}

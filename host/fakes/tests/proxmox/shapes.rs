//! Answers against what Proxmox VE 9.2 documents of each path it can be asked for (`data/answers.json`: type of the
//! answer, names and types of its fields, `?` for optional ones).

use crate::client::{data, start};
use proxbox_fakes::fleet::{Agent, Fleet, FleetSpec, GuestKind};
use proxbox_fakes::proxmox::{FakeProxmox, paths};
use serde_json::{Map, Value};

fn documented() -> Map<String, Value> {
    serde_json::from_str(include_str!("../data/answers.json")).unwrap()
}

/// Every path there is for a template: `/nodes/{node}` becomes one path for each node.
fn concrete(fake: &FakeProxmox, template: &str) -> Vec<String> {
    let fleet = fake.fleet();
    let fleet = fleet.read().unwrap();
    let kind = if template.contains("/lxc/") { GuestKind::Lxc } else { GuestKind::Qemu };
    let of_agent = template.contains("/agent/");
    if template.contains("{vmid}") {
        let answers = |agent: Agent| !of_agent || agent == Agent::Answers;
        let guests = fleet.guests.values().filter(|guest| guest.kind == kind);
        return guests
            .filter(|guest| {
                answers(guest.agent) && (guest.is_running() || !template.contains("interfaces") && !of_agent)
            })
            .map(|guest| template.replace("{node}", &guest.node).replace("{vmid}", &guest.vmid.to_string()))
            .collect();
    }
    let fill =
        |key: &str, values: Vec<String>| values.iter().map(|value| template.replace(key, value)).collect();
    if template.contains("{upid}") {
        let tasks = fleet.tasks.iter().rev().take(20);
        return tasks
            .map(|task| template.replace("{node}", &task.node).replace("{upid}", &task.upid()))
            .collect();
    }
    if template.contains("/content") {
        let names = ["local", "local-lvm", "tank", "nas-nfs", "pbs-main"];
        return names.map(|name| template.replace("{node}", "pve1").replace("{storage}", name)).into();
    }
    if template.contains("{node}") {
        return fill("{node}", fleet.nodes.iter().map(|node| node.name.clone()).collect());
    }
    if template.contains("{storage}") {
        return fill("{storage}", fleet.storages.iter().map(|storage| storage.name.clone()).collect());
    }
    if template.contains("{group}") {
        return fill("{group}", ["web", "management"].map(str::to_owned).into());
    }
    if template.contains("{name}") {
        return fill("{name}", vec!["trusted".to_owned()]);
    }
    if template.starts_with("/cluster/backup/") {
        return fill("{id}", fleet.backup_jobs.iter().map(|job| job.id.clone()).collect());
    }
    if template.starts_with("/cluster/replication/") {
        return fill("{id}", fleet.replications.iter().map(|job| job.id()).collect());
    }
    fill("{poolid}", fleet.pools.iter().map(|pool| pool.name.clone()).collect::<Vec<_>>())
        .into_iter()
        .take(3)
        .collect()
}

/// Perl knows no types: numbers may come as texts, and truth is 0 or 1.
fn is_a(value: &Value, kind: &str) -> bool {
    match kind {
        "boolean" => value == 0 || value == 1 || value.is_boolean(),
        "integer" => {
            value.is_u64() || value.is_i64() || value.as_str().is_some_and(|text| text.parse::<i64>().is_ok())
        }
        "number" => value.is_number() || value.as_str().is_some_and(|text| text.parse::<f64>().is_ok()),
        "string" => value.is_string() || value.is_number(),
        "array" => value.is_array(),
        "object" => value.is_object() || value.is_string(),
        _ => true,
    }
}

fn check(path: &str, entry: &Value, fields: &Map<String, Value>) {
    for (name, kind) in fields {
        let kind = kind.as_str().unwrap();
        match entry.get(name) {
            Some(value) => {
                assert!(is_a(value, kind.trim_end_matches('?')), "{path}: {name} is {value}, not a {kind}")
            }
            None => assert!(kind.ends_with('?') || excused(name, entry), "{path}: no {name} in {entry}"),
        }
    }
}

/// Fields that are documented as always there and are not, in life as here.
fn excused(name: &str, entry: &Value) -> bool {
    let loopback = entry["name"] == "lo";
    let of_now = entry["name"] == "current";
    loopback || of_now || name == "digest"
}

#[test]
fn every_path_is_one_of_proxmox() {
    let documented = documented();
    assert!(paths().all(|path| documented.contains_key(path)));
    assert_eq!(paths().count(), documented.len());
}

#[tokio::test]
async fn answers_have_the_documented_fields_and_types() {
    let spec = FleetSpec { odd_names: true, version: "9.2.1".to_owned(), ..FleetSpec::new("lab", 3, 90, 7) };
    let fake = start(Fleet::generate(&spec)).await;
    for (template, shape) in documented() {
        let fields = shape["fields"].as_object().unwrap();
        for path in concrete(&fake, &template).into_iter().take(40) {
            let answer = data(&fake, &path).await;
            assert!(is_a(&answer, shape["type"].as_str().unwrap()), "{path}: {answer}");
            match answer.as_array() {
                Some(entries) => entries.iter().for_each(|entry| check(&path, entry, fields)),
                None => check(&path, &answer, fields),
            }
        }
    }
}

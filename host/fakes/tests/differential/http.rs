//! Logins, methods and paths.

use super::{Ask, Pair, VM, base};
use serde_json::{Value, json};

#[tokio::test]
async fn logins_methods_and_paths_are_answered_as_by_netbox() {
    let Some(mut pair) = Pair::new("logins and paths").await else { return };
    base(&mut pair).await;
    let list = format!("/api/{VM}/");
    let detail = format!("/api/{VM}/{{vm}}/");
    for path in [&list, &detail, "/api/", "/api/status/", "/api/nope/", "/api/dcim/nope/"] {
        pair.same(Ask::new("GET", path).anonymous()).await;
        pair.same(Ask::new("POST", path).anonymous().body(json!({}))).await;
        for token in [
            "Token bad",
            "Bearer nbt_x.y",
            "Bearer nbt_x",
            "Bearer a b",
            "Bearer bad",
            "Bearer",
            "Basic x",
            "token bad",
            "Token nbt_a.b",
        ] {
            pair.same(Ask::new("GET", path).anonymous().header("authorization", token)).await;
        }
    }
    if pair.has_reader() {
        for method in ["POST", "PATCH", "PUT", "DELETE"] {
            pair.same(Ask::new(method, &list).read_only().body(json!([]))).await;
            pair.same(Ask::new(method, &detail).read_only().body(json!({}))).await;
        }
        pair.same(Ask::new("GET", &detail).read_only()).await;
    }
    pair.get("/api/plugins/").await;
    pair.get(&format!("/api/{VM}/999999/")).await;
    for list in [
        "dcim/mac-addresses",
        "dcim/device-types",
        "dcim/devices",
        "virtualization/interfaces",
        "virtualization/virtual-disks",
        "virtualization/virtual-machine-types",
        "virtualization/cluster-types",
        "ipam/ip-addresses",
        "ipam/vlans",
        "ipam/vrfs",
        "ipam/services",
        "extras/custom-fields",
        "extras/journal-entries",
        "tenancy/tenant-groups",
        "ipam/prefixes",
        "dcim/device-roles",
    ] {
        pair.get(&format!("/api/{list}/999999/")).await;
    }
    pair.get(&format!("/api/{VM}/abc/")).await;
    for (method, path) in [
        ("POST", &detail),
        ("TRACE", &list),
        ("POST", &"/api/status/".to_owned()),
        ("DELETE", &"/api/".to_owned()),
    ] {
        pair.same(Ask::new(method, path)).await;
    }
    pair.same(Ask::new("GET", list.trim_end_matches('/'))).await;
    pair.same(Ask::new("POST", list.trim_end_matches('/')).body(json!({}))).await;
    pair.same(Ask::new("DELETE", &format!("/api/{VM}/999999/"))).await;
    pair.same(Ask::new("PATCH", &format!("/api/{VM}/999999/")).body(json!({}))).await;
    pair.same(Ask::new("GET", &list).header("accept", "application/json; version=4.1")).await;
    pair.same(Ask::new("PATCH", &detail).header("if-match", "W/\"x\"").body(json!({ "name": "q" }))).await;
    pair.same(Ask::new("PATCH", &detail).header("if-match", "*").body(json!({ "name": "q {run}" }))).await;
    pair.same(Ask::new("POST", &list).text("application/json", "")).await;
    pair.same(Ask::new("PATCH", &detail)).await;
    pair.finish().await;
}

/// Of each field what it is and what it takes, but for what the fake does not model.
fn takes(options: &Value) -> Value {
    let unmodelled = [
        "front_image",
        "rear_image",
        "wwn",
        "rf_channel",
        "poe_type",
        "rf_channel_frequency",
        "rf_channel_width",
        "created_by",
        "related_object_type",
        "assigned_object_type",
        "time_zone",
    ];
    let fields = options.pointer("/actions/POST").and_then(Value::as_object);
    let field = |(name, field): (&String, &Value)| {
        let parts = [
            "type",
            "required",
            "read_only",
            "max_length",
            "min_value",
            "max_value",
            "max_digits",
            "decimal_places",
            "choices",
        ];
        let read_only = field.get("read_only") == Some(&json!(true));
        let kept = parts.iter().filter(|part| !(read_only && **part != "read_only"));
        let kept = kept.filter(|part| {
            !(name == "type"
                && **part == "choices"
                && field["choices"].as_array().is_some_and(|list| list.len() > 13))
        });
        let kept = kept.filter_map(|part| Some(((*part).to_owned(), field.get(*part)?.clone())));
        (name.clone(), Value::Object(kept.collect()))
    };
    let fields = fields.map(|fields| {
        fields.iter().filter(|(name, _)| !unmodelled.contains(&name.as_str())).map(field).collect()
    });
    json!({ "name": options.get("name"), "fields": fields.map(Value::Object) })
}

const PLUGIN: &[&str] = &[
    "endpoints/proxmox",
    "proxmox-clusters",
    "proxmox-nodes",
    "storage",
    "backups",
    "snapshots",
    "task-history",
    "backup-routines",
    "replications",
    "vm-cloudinit",
    "guest-vm-interfaces",
    "guest-vm-interface-addresses",
    "settings",
    "sync-state/virtual-machines",
    "sync-state/devices",
    "sync-state/clusters",
    "sync-state/virtual-disks",
    "sync-state/vm-interfaces",
    "sync-state/ip-addresses",
    "sync-state/interfaces",
    "sync-state/vlans",
];

#[tokio::test]
async fn models_are_described_as_by_netbox() {
    let Some(mut pair) = Pair::new("descriptions").await else { return };
    for path in [
        "extras/tags",
        "extras/custom-fields",
        "extras/journal-entries",
        "tenancy/tenants",
        "tenancy/tenant-groups",
        "dcim/regions",
        "dcim/sites",
        "dcim/manufacturers",
        "dcim/device-types",
        "dcim/device-roles",
        "dcim/platforms",
        "dcim/devices",
        "dcim/interfaces",
        "dcim/mac-addresses",
        "virtualization/cluster-types",
        "virtualization/cluster-groups",
        "virtualization/clusters",
        "virtualization/virtual-machine-types",
        "virtualization/virtual-machines",
        "virtualization/virtual-disks",
        "virtualization/interfaces",
        "ipam/vlans",
        "ipam/ip-addresses",
        "ipam/prefixes",
        "ipam/vrfs",
        "ipam/services",
        "ipam/vlan-groups",
    ] {
        pair.same_part(Ask::new("OPTIONS", &format!("/api/{path}/")), takes).await;
    }
    let plugin: &[&str] = if pair.has_plugin() { PLUGIN } else { &[] };
    for path in plugin {
        pair.same_part(Ask::new("OPTIONS", &format!("/api/plugins/proxbox/{path}/")), takes).await;
    }
    if pair.has_reader() {
        pair.same(Ask::new("OPTIONS", "/api/extras/tags/").read_only()).await;
    }
    pair.finish().await;
}

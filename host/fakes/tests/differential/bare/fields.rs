//! What fields take.

use crate::differential::{Ask, Pair, VM, base};
use serde_json::json;

#[tokio::test]
async fn wrong_fields_are_refused_in_netboxs_words() {
    let mut pair = Pair::new("field errors").await;
    base(&mut pair).await;
    let long = "x".repeat(65);
    for wrong in [
        json!({ "name": long }),
        json!({ "name": "" }),
        json!({ "name": "   " }),
        json!({ "name": null }),
        json!({ "name": ["a"] }),
        json!({ "name": true }),
        json!({ "name": { "a": 1 } }),
        json!({ "cluster": 999_999 }),
        json!({ "cluster": { "name": "nope" } }),
        json!({ "cluster": { "name": "it's" } }),
        json!({ "cluster": "abc" }),
        json!({ "cluster": ["abc", 1, null, true] }),
        json!({ "cluster": { "id": 999_999 } }),
        json!({ "cluster": { "type": { "slug": "nope" }, "name": "x" } }),
        json!({ "status": "bad" }),
        json!({ "status": null }),
        json!({ "status": "" }),
        json!({ "status": { "value": "active" } }),
        json!({ "status": "true" }),
        json!({ "status": 5 }),
        json!({ "status": "5" }),
        json!({ "status": false }),
        json!({ "start_on_boot": "yes" }),
        json!({ "vcpus": "abc" }),
        json!({ "vcpus": 0 }),
        json!({ "vcpus": 1.234 }),
        json!({ "vcpus": 12345 }),
        json!({ "vcpus": 1_234_567.123 }),
        json!({ "vcpus": true }),
        json!({ "vcpus": -1 }),
        json!({ "vcpus": "" }),
        json!({ "vcpus": "NaN" }),
        json!({ "vcpus": [] }),
        json!({ "vcpus": 9999.99 }),
        json!({ "memory": -1 }),
        json!({ "memory": 2_147_483_648_i64 }),
        json!({ "memory": 1.5 }),
        json!({ "memory": true }),
        json!({ "memory": "x" }),
        json!({ "memory": "" }),
        json!({ "memory": [] }),
        json!({ "disk": 99_999_999_999_999_999_i64 }),
        json!({ "description": "x".repeat(201) }),
        json!({ "description": null }),
        json!({ "comments": null }),
        json!({ "comments": 5 }),
        json!({ "tags": [{ "slug": "nope" }] }),
        json!({ "tags": [{ "slug": "tag-{run}" }, { "name": "nope" }] }),
        json!({ "tags": "x" }),
        json!({ "tags": [999_999] }),
        json!({ "tags": ["word"] }),
        json!({ "tags": null }),
        json!({ "tags": [null] }),
        json!({ "tags": { "slug": "x" } }),
        json!({ "custom_fields": { "zz": 1, "aa": 2 } }),
        json!({ "custom_fields": [1] }),
        json!({ "custom_fields": null }),
        json!({ "custom_fields": "x" }),
        json!({ "owner": 999_999 }),
        json!({ "config_template": 999_999 }),
        json!({ "primary_ip4": 999_999 }),
        json!({ "serial": "s".repeat(51) }),
        json!({ "unknown": 1, "status": "bad", "memory": "a" }),
        json!({ "add_tags": ["{tag}"], "tags": ["{tag}"] }),
        json!({ "remove_tags": ["{tag}"] }),
    ] {
        let mut body = json!({ "name": "wrong {run}", "cluster": "{cluster}" });
        body.as_object_mut().unwrap().extend(wrong.as_object().unwrap().clone());
        if !wrong.as_object().unwrap().contains_key("comments") || wrong["comments"].is_null() {
            pair.post(VM, body).await;
        }
        if !wrong.as_object().unwrap().contains_key("name") {
            pair.patch(&format!("{VM}/{{vm}}"), wrong).await;
        }
    }
    for body in [json!({}), json!({ "cluster": "{cluster}" }), json!({ "name": "y" })] {
        pair.post(VM, body).await;
    }
    for (path, body) in [
        ("dcim/sites", json!({ "name": "site {run}", "slug": "site-{run}" })),
        ("dcim/sites", json!({ "name": "z {run}", "slug": "a b" })),
        ("dcim/sites", json!({ "name": "z {run}", "slug": format!("{}!", "s".repeat(101)) })),
        ("dcim/sites", json!({ "name": "z {run}" })),
        ("dcim/sites", json!({ "name": "z {run}", "slug": "" })),
        ("dcim/sites", json!({ "name": "z {run}", "slug": "z-{run}", "latitude": 91, "longitude": "x" })),
        ("extras/tags", json!({ "name": "z {run}", "slug": "z-{run}", "color": "red" })),
        ("extras/tags", json!({ "name": "z {run}", "slug": "z-{run}", "color": "FF0000" })),
        ("extras/tags", json!({ "name": "z {run}", "slug": "z-{run}", "color": "ff0000x" })),
        ("extras/tags", json!({ "name": "tag {run}", "slug": "tag-{run}" })),
        ("dcim/device-roles", json!({ "name": "role {run}", "slug": "role-{run}" })),
        ("dcim/device-roles", json!({ "name": "z {run}", "slug": "role-{run}", "vm_role": "maybe" })),
        (
            "dcim/platforms",
            json!({ "name": "platform {run}", "slug": "platform-{run}", "manufacturer": "{maker}" }),
        ),
        ("dcim/manufacturers", json!({ "name": "maker {run}", "slug": "maker-{run}" })),
        (
            "dcim/device-types",
            json!({ "manufacturer": "{maker}", "model": "model {run}", "slug": "other-{run}" }),
        ),
        ("dcim/device-types", json!({ "manufacturer": "{maker}", "model": "other", "slug": "model-{run}" })),
        (
            "dcim/device-types",
            json!({ "manufacturer": "{maker}", "model": "other", "slug": "o", "u_height": 0.7 }),
        ),
        (
            "dcim/device-types",
            json!({ "manufacturer": "{maker}", "model": "other", "slug": "o", "u_height": -1 }),
        ),
        ("tenancy/tenants", json!({ "name": "tenant {run}", "slug": "other-{run}" })),
        ("tenancy/tenants", json!({ "name": "tenant {run}", "slug": "tenant-{run}" })),
        ("virtualization/cluster-types", json!({ "name": "type {run}", "slug": "type-{run}" })),
        ("virtualization/clusters", json!({ "name": "placed {run}", "type": "{type}", "group": "{group}" })),
        ("virtualization/clusters", json!({ "name": "x {run}", "type": null })),
        (
            "virtualization/clusters",
            json!({ "name": "x {run}", "type": "{type}", "scope_type": "dcim.site" }),
        ),
        ("virtualization/clusters", json!({ "name": "x {run}", "type": "{type}", "scope_id": "{site}" })),
        (
            "virtualization/clusters",
            json!({ "name": "x {run}", "type": "{type}", "scope_type": "dcim.device", "scope_id": 1 }),
        ),
        (
            "virtualization/clusters",
            json!({ "name": "x {run}", "type": "{type}", "scope_type": "x", "scope_id": 1 }),
        ),
        (
            "virtualization/clusters",
            json!({ "name": "x {run}", "type": "{type}", "scope_type": "dcim.site", "scope_id": 999_999 }),
        ),
        ("dcim/devices", json!({})),
        (
            "dcim/devices",
            json!({ "name": "NODE {run}", "device_type": "{kind}", "role": "{role}", "site": "{site}" }),
        ),
        ("virtualization/virtual-disks", json!({ "virtual_machine": "{vm}", "name": "d" })),
        ("virtualization/virtual-disks", json!({ "virtual_machine": null, "name": "d", "size": -5 })),
        (
            "extras/journal-entries",
            json!({ "assigned_object_type": "dcim.site", "assigned_object_id": 999_999, "comments": "x" }),
        ),
        (
            "extras/journal-entries",
            json!({ "assigned_object_type": "dcim.site", "assigned_object_id": "{site}", "comments": "" }),
        ),
    ] {
        pair.post(path, body).await;
    }
    for text in ["\"text\"", "5", "null", "true"] {
        pair.same(Ask::new("POST", "/api/dcim/sites/").text("application/json", text)).await;
    }
    pair.same(Ask::new("POST", "/api/dcim/sites/").text("application/x-www-form-urlencoded", "name=x")).await;
    pair.finish().await;
}

//! Rules that span several fields or objects.

use crate::differential::{Ask, Pair, VM, base};
use serde_json::{Value, json};

#[tokio::test]
async fn virtual_machines_go_where_netbox_lets_them() {
    let mut pair = Pair::new("virtual machines").await;
    base(&mut pair).await;
    pair.make("tenant2", "tenancy/tenants", json!({ "name": "tenant2 {run}", "slug": "tenant2-{run}" }))
        .await;
    pair.make("maker2", "dcim/manufacturers", json!({ "name": "maker2 {run}", "slug": "maker2-{run}" }))
        .await;
    let device = |name: &str, more: Value| {
        let mut body = json!({ "name": format!("{name} {{run}}"), "device_type": "{kind}", "role": "{role}", "site": "{site}" });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    let machine = |name: &str, more: Value| {
        let mut body = json!({ "name": format!("{name} {{run}}") });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    pair.make("alone", "dcim/devices", device("alone", json!({}))).await;
    pair.make("away", "dcim/devices", device("away", json!({ "site": "{site2}" }))).await;
    pair.make("in_cluster", "dcim/devices", device("in cluster", json!({ "cluster": "{cluster}" }))).await;
    for wrong in [
        json!({ "site": "{site2}", "cluster": "{placed}" }),
        json!({ "site": "{site}", "device": "{away}" }),
        json!({ "device": "{in_cluster}" }),
        json!({ "cluster": "{placed}", "device": "{in_cluster}" }),
        json!({ "cluster": "{cluster}", "device": "{alone}" }),
        json!({ "cluster": null, "site": null, "device": null }),
    ] {
        pair.post(VM, machine("wrong", wrong)).await;
    }
    pair.make("by_site", VM, machine("by site", json!({ "site": "{site}" }))).await;
    pair.make("by_device", VM, machine("by device", json!({ "device": "{alone}" }))).await;
    pair.make("by_cluster", VM, machine("by cluster", json!({ "cluster": "{placed}" }))).await;
    for (path, body) in [
        (VM, machine("BY DEVICE", json!({ "device": "{alone}" }))),
        (VM, machine("by CLUSTER", json!({ "cluster": "{placed}" }))),
        (VM, machine("by cluster", json!({ "cluster": "{placed}", "tenant": "{tenant2}" }))),
        (VM, machine("by cluster", json!({ "cluster": "{placed}", "tenant": "{tenant2}" }))),
        (VM, machine("by site", json!({ "site": "{site}" }))),
        ("dcim/devices", device("alone", json!({ "site": "{site2}" }))),
        ("dcim/devices", device("ALONE", json!({ "tenant": "{tenant2}" }))),
        ("dcim/devices", device("alone", json!({}))),
        ("dcim/devices", device("x", json!({ "cluster": "{placed}", "site": "{site2}" }))),
        ("dcim/devices", device("x", json!({ "face": "front" }))),
        ("dcim/devices", device("x", json!({ "position": 4 }))),
        ("dcim/devices", device("x", json!({ "position": 0.2 }))),
        ("dcim/devices", device("x", json!({ "asset_tag": "{run}" }))),
        ("dcim/devices", device("y", json!({ "asset_tag": "{run}" }))),
    ] {
        pair.post(path, body).await;
    }
    pair.make("kind2", "dcim/device-types", json!({ "manufacturer": "{maker2}", "model": "m2 {run}", "slug": "m2-{run}", "default_platform": "{platform}", "airflow": "passive" })).await;
    pair.post("dcim/devices", device("z", json!({ "device_type": "{kind2}" }))).await;
    pair.post("dcim/devices", device("zz", json!({ "device_type": "{kind2}", "platform": "{platform}" })))
        .await;
    // The site that a machine took over from its device stays with it, and is checked whenever the machine is written.
    pair.patch(&format!("{VM}/{{by_device}}"), json!({ "site": "{site2}" })).await;
    pair.patch(&format!("{VM}/{{by_device}}"), json!({ "device": "{away}" })).await;
    pair.patch(&format!("{VM}/{{by_device}}"), json!({ "device": "{away}", "site": null })).await;
    pair.patch(&format!("{VM}/{{by_device}}"), json!({ "device": "{alone}", "site": null })).await;
    pair.patch(&format!("{VM}/{{by_device}}"), json!({ "device": "{in_cluster}" })).await;
    pair.patch(&format!("{VM}/{{by_device}}"), json!({ "device": "{in_cluster}", "cluster": "{cluster}" }))
        .await;
    pair.patch(&format!("{VM}/{{by_device}}"), json!({ "device": "{alone}" })).await;
    pair.patch(&format!("{VM}/{{by_device}}"), json!({ "device": "{alone}", "cluster": null })).await;
    pair.patch("dcim/devices/{alone}", json!({ "site": "{site2}" })).await;
    pair.get(&format!("/api/{VM}/{{by_device}}/")).await;
    pair.patch(&format!("{VM}/{{by_device}}"), json!({ "comments": "c" })).await;
    pair.same(
        Ask::new("PATCH", &format!("/api/{VM}/")).body(json!([{ "id": "{by_device}", "comments": "c" }])),
    )
    .await;
    pair.patch(&format!("{VM}/{{by_device}}"), json!({ "site": null })).await;
    pair.patch("dcim/devices/{alone}", json!({ "site": "{site}" })).await;
    pair.patch(&format!("{VM}/{{by_cluster}}"), json!({ "cluster": "{cluster}" })).await;
    pair.patch(&format!("{VM}/{{by_cluster}}"), json!({ "cluster": "{cluster}", "site": null })).await;
    pair.patch(&format!("{VM}/{{by_cluster}}"), json!({ "cluster": null })).await;
    pair.patch(
        "virtualization/clusters/{cluster}",
        json!({ "scope_type": "dcim.site", "scope_id": "{site}" }),
    )
    .await;
    pair.get(&format!("/api/{VM}/{{by_cluster}}/")).await;
    pair.get(&format!("/api/{VM}/{{vm}}/")).await;
    pair.patch(
        "virtualization/clusters/{cluster}",
        json!({ "scope_type": "dcim.site", "scope_id": "{site2}" }),
    )
    .await;
    pair.patch("virtualization/clusters/{cluster}", json!({ "scope_type": null, "scope_id": null })).await;
    pair.patch(&format!("{VM}/{{vm}}"), json!({ "name": "by cluster {run}", "cluster": "{placed}" })).await;
    pair.same(
        Ask::new("PUT", &format!("/api/{VM}/{{vm}}/"))
            .body(json!({ "name": "put {run}", "cluster": "{cluster}" })),
    )
    .await;
    pair.same(Ask::new("PUT", &format!("/api/{VM}/{{vm}}/")).body(json!({ "cluster": "{cluster}" }))).await;
    pair.same(
        Ask::new("PUT", "/api/dcim/devices/{node}/").body(device("put", json!({ "status": "failed" }))),
    )
    .await;
    pair.finish().await;
}

#[tokio::test]
async fn the_disk_of_a_virtual_machine_is_the_sum_of_its_disks() {
    let mut pair = Pair::new("virtual disks").await;
    base(&mut pair).await;
    let disks = "virtualization/virtual-disks";
    pair.patch(&format!("{VM}/{{vm}}"), json!({ "disk": 7 })).await;
    pair.make("one", disks, json!({ "virtual_machine": "{vm}", "name": "one", "size": 10 })).await;
    pair.make("two", disks, json!({ "virtual_machine": { "name": "vm {run}" }, "name": "two", "size": 5 }))
        .await;
    pair.get(&format!("/api/{VM}/{{vm}}/")).await;
    pair.patch(&format!("{VM}/{{vm}}"), json!({ "disk": 16 })).await;
    pair.patch(&format!("{VM}/{{vm}}"), json!({ "disk": 15, "memory": 1 })).await;
    pair.patch(&format!("{VM}/{{vm}}"), json!({ "disk": null })).await;
    pair.post(disks, json!({ "virtual_machine": "{vm}", "name": "one", "size": 1 })).await;
    pair.patch(&format!("{disks}/{{one}}"), json!({ "size": 20 })).await;
    pair.get(&format!("/api/{VM}/{{vm}}/")).await;
    pair.get("/api/virtualization/clusters/{cluster}/").await;
    pair.delete(&format!("{disks}/{{one}}")).await;
    pair.get(&format!("/api/{VM}/{{vm}}/")).await;
    pair.delete(&format!("{disks}/{{two}}")).await;
    pair.get(&format!("/api/{VM}/{{vm}}/")).await;
    pair.finish().await;
}

#[tokio::test]
async fn custom_fields_take_what_their_type_takes() {
    let mut pair = Pair::new("custom fields").await;
    base(&mut pair).await;
    let fields = "extras/custom-fields";
    let kinds = ["text", "longtext", "integer", "decimal", "boolean", "date", "datetime", "url", "json"];
    for kind in kinds {
        let body = json!({ "name": format!("f_{{run}}_{kind}"), "type": kind, "object_types": ["virtualization.virtualmachine"] });
        pair.make(&format!("f_{kind}"), fields, body).await;
    }
    let machines = ["virtualization.virtualmachine"];
    for (name, more) in [
        ("bad name", json!({})),
        ("a__b_{run}", json!({})),
        ("f_{run}_text", json!({})),
        ("x_{run}", json!({ "type": "nope" })),
        ("x_{run}", json!({ "object_types": ["x.y"] })),
        ("x_{run}", json!({ "object_types": ["bad"] })),
        ("x_{run}", json!({ "object_types": "dcim.site" })),
        ("x_{run}", json!({ "object_types": null })),
        ("x_{run}", json!({ "type": "integer", "default": "a" })),
        ("x_{run}", json!({ "type": "select" })),
        ("x_{run}", json!({ "type": "object" })),
        ("x_{run}", json!({ "type": "text", "validation_minimum": 1 })),
        ("x_{run}", json!({ "type": "integer", "validation_regex": "a" })),
        ("x_{run}", json!({ "type": "boolean", "unique": true })),
        ("x_{run}", json!({ "weight": 32768, "search_weight": -1 })),
        ("x_{run}", json!({ "ui_visible": "x", "ui_editable": "x", "filter_logic": "x" })),
        ("x_{run}", json!({ "label": "l".repeat(51), "group_name": "g".repeat(51) })),
    ] {
        let mut body = json!({ "name": name, "type": "text", "object_types": machines });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        pair.post(fields, body).await;
    }
    for (kind, value) in [
        ("text", json!(5)),
        ("text", json!("t")),
        ("text", json!("")),
        ("longtext", json!(["a"])),
        ("integer", json!("5")),
        ("integer", json!(5)),
        ("integer", json!(1.5)),
        ("integer", json!(true)),
        ("integer", json!(-3)),
        ("decimal", json!(1.5)),
        ("decimal", json!("2.5")),
        ("decimal", json!("x")),
        ("boolean", json!("yes")),
        ("boolean", json!(true)),
        ("boolean", json!(1)),
        ("boolean", json!("true")),
        ("date", json!("2024-02-30")),
        ("date", json!("2024-02-03")),
        ("datetime", json!("2024-13-01")),
        ("datetime", json!("2024-01-02 03:04")),
        ("datetime", json!("2024-01-02T03:04:05.678901+02:00")),
        ("datetime", json!("2024-01-02")),
        ("datetime", json!("x")),
        ("url", json!("javascript:alert(1)")),
        ("url", json!("https://h/#v1:0:=qemu/100")),
        ("url", json!("host/path")),
        ("url", json!(5)),
        ("json", json!({ "a": [1, null] })),
        ("json", json!("s")),
        ("json", json!(null)),
    ] {
        let body = json!({ "custom_fields": { format!("f_{{run}}_{kind}"): value } });
        pair.patch(&format!("{VM}/{{vm}}"), body).await;
    }
    pair.post(
        VM,
        json!({ "name": "vm {run}", "cluster": "{cluster}", "custom_fields": { "f_{run}_integer": "x" } }),
    )
    .await;
    pair.make(
        "f_default",
        fields,
        json!({ "name": "f_{run}_default", "type": "integer", "default": 9, "object_types": machines }),
    )
    .await;
    pair.get(&format!("/api/{VM}/{{vm}}/")).await;
    pair.post(VM, json!({ "name": "new {run}", "cluster": "{cluster}" })).await;
    pair.make(
        "f_required",
        fields,
        json!({ "name": "f_{run}_required", "type": "text", "required": true, "object_types": machines }),
    )
    .await;
    pair.post(VM, json!({ "name": "r {run}", "cluster": "{cluster}" })).await;
    pair.post(
        VM,
        json!({ "name": "r {run}", "cluster": "{cluster}", "custom_fields": { "f_{run}_text": "a" } }),
    )
    .await;
    pair.patch(&format!("{VM}/{{vm}}"), json!({ "comments": "c" })).await;
    pair.delete(&format!("{fields}/{{f_required}}")).await;
    pair.make(
        "f_unique",
        fields,
        json!({ "name": "f_{run}_unique", "type": "text", "unique": true, "object_types": machines }),
    )
    .await;
    pair.patch(&format!("{VM}/{{vm}}"), json!({ "custom_fields": { "f_{run}_unique": "u" } })).await;
    pair.post(
        VM,
        json!({ "name": "u {run}", "cluster": "{cluster}", "custom_fields": { "f_{run}_unique": "u" } }),
    )
    .await;
    pair.make("f_object", fields, json!({ "name": "f_{run}_object", "type": "object", "related_object_type": "dcim.site", "object_types": machines })).await;
    pair.patch(&format!("{VM}/{{vm}}"), json!({ "custom_fields": { "f_{run}_object": "{site}" } })).await;
    pair.patch(
        &format!("{VM}/{{vm}}"),
        json!({ "custom_fields": { "f_{run}_object": { "slug": "site2-{run}" } } }),
    )
    .await;
    pair.patch(&format!("{VM}/{{vm}}"), json!({ "custom_fields": { "f_{run}_object": 999_999 } })).await;
    pair.patch(&format!("{fields}/{{f_text}}"), json!({ "type": "integer" })).await;
    pair.patch(&format!("{fields}/{{f_text}}"), json!({ "name": "f_{run}_renamed", "label": "L" })).await;
    pair.get(&format!("/api/{VM}/{{vm}}/")).await;
    pair.patch(&format!("{fields}/{{f_date}}"), json!({ "object_types": ["dcim.site", "dcim.device"] }))
        .await;
    pair.get(&format!("/api/{VM}/{{vm}}/")).await;
    pair.patch("dcim/sites/{site}", json!({ "custom_fields": { "f_{run}_date": "2024-01-01" } })).await;
    pair.delete(&format!("{fields}/{{f_integer}}")).await;
    pair.get(&format!("/api/{VM}/{{vm}}/")).await;
    pair.finish().await;
}

#[tokio::test]
async fn what_others_depend_on_stays() {
    let mut pair = Pair::new("deletions").await;
    base(&mut pair).await;
    pair.make("child", VM, json!({ "name": "child {run}", "cluster": "{placed}", "device": "{node}", "role": "{role}", "tenant": "{tenant}", "platform": "{platform}", "tags": ["{tag}"] })).await;
    pair.make(
        "disk",
        "virtualization/virtual-disks",
        json!({ "virtual_machine": "{child}", "name": "d", "size": 1 }),
    )
    .await;
    for path in [
        "dcim/sites/{site2}",
        "virtualization/clusters/{placed}",
        "virtualization/cluster-types/{type}",
        "virtualization/cluster-groups/{group}",
        "dcim/devices/{node}",
        "dcim/device-types/{kind}",
        "dcim/manufacturers/{maker}",
    ] {
        pair.delete(path).await;
    }
    for (path, ids) in [
        ("virtualization/cluster-groups", json!([{ "id": "{group}" }])),
        ("dcim/device-roles", json!([{ "id": "{role}" }])),
        ("dcim/manufacturers", json!([{ "id": 999_999 }])),
    ] {
        pair.same(Ask::new("DELETE", &format!("/api/{path}/")).body(ids)).await;
    }
    pair.delete("dcim/platforms/{platform}").await;
    pair.get(&format!("/api/{VM}/{{child}}/")).await;
    pair.get("/api/dcim/devices/{node}/").await;
    pair.delete("extras/tags/{tag}").await;
    pair.get(&format!("/api/{VM}/{{child}}/")).await;
    pair.delete(&format!("{VM}/{{child}}")).await;
    pair.get("/api/virtualization/virtual-disks/{disk}/").await;
    pair.get("/api/virtualization/clusters/{placed}/").await;
    pair.delete("dcim/devices/{node}").await;
    pair.delete("virtualization/clusters/{placed}").await;
    pair.delete("virtualization/clusters/{placed}").await;
    pair.delete("dcim/sites/{site}").await;
    pair.finish().await;
}

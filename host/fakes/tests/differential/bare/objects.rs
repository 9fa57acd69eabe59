//! What objects look like.

use crate::differential::{Pair, VM, base};
use serde_json::{Value, json};

#[tokio::test]
async fn objects_look_as_in_netbox() {
    let mut pair = Pair::new("objects").await;
    base(&mut pair).await;
    for (name, kind) in
        [("count", "integer"), ("note", "text"), ("link", "url"), ("on", "boolean"), ("at", "datetime")]
    {
        let types = ["virtualization.virtualmachine", "dcim.device"];
        let field = json!({ "name": format!("cf_{{run}}_{name}"), "type": kind, "object_types": types,
            "label": "A label", "group_name": "Group" });
        pair.make(&format!("cf_{name}"), "extras/custom-fields", field).await;
    }
    pair.make("vmtype", "virtualization/virtual-machine-types", json!({ "name": "vt {run}", "slug": "vt-{run}", "default_vcpus": 2, "default_memory": 512, "default_platform": "{platform}" })).await;
    let full = json!({
        "name": "full {run}", "cluster": { "name": "placed {run}" }, "device": { "name": "node {run}" },
        "role": { "slug": "role-{run}" }, "platform": "{platform}", "tenant": "{tenant}",
        "virtual_machine_type": { "slug": "vt-{run}" }, "vcpus": 1.5, "memory": 2048, "disk": 100, "serial": "s1",
        "status": "offline", "start_on_boot": "on", "description": "d", "comments": "c",
        "local_context_data": { "a": 1 }, "tags": [{ "name": "tag {run}", "slug": "tag-{run}" }],
        "custom_fields": { "cf_{run}_count": 7 },
    });
    pair.make("full", VM, full).await;
    pair.make(
        "typed",
        VM,
        json!({ "name": "typed {run}", "site": "{site}", "virtual_machine_type": "{vmtype}" }),
    )
    .await;
    pair.make(
        "on_node",
        VM,
        json!({ "name": "standalone {run}", "cluster": "{placed}", "device": "{node}" }),
    )
    .await;
    pair.make(
        "disk",
        "virtualization/virtual-disks",
        json!({ "virtual_machine": "{vm}", "name": "scsi0", "size": 50 }),
    )
    .await;
    pair.make(
        "disk2",
        "virtualization/virtual-disks",
        json!({ "virtual_machine": "{vm}", "name": "scsi1", "size": 20, "description": "x" }),
    )
    .await;
    pair.make(
        "journal",
        "extras/journal-entries",
        json!({ "assigned_object_type": "dcim.site", "assigned_object_id": "{site}", "comments": "hello" }),
    )
    .await;
    for (path, name) in [
        (VM, "vm"),
        (VM, "full"),
        (VM, "typed"),
        ("dcim/devices", "node"),
        ("dcim/sites", "site"),
        ("dcim/device-roles", "role"),
        ("dcim/device-types", "kind"),
        ("dcim/manufacturers", "maker"),
        ("dcim/platforms", "platform"),
        ("extras/tags", "tag"),
        ("tenancy/tenants", "tenant"),
        ("virtualization/clusters", "placed"),
        ("virtualization/clusters", "cluster"),
        ("virtualization/cluster-types", "type"),
        ("virtualization/cluster-groups", "group"),
        ("virtualization/virtual-machine-types", "vmtype"),
        ("virtualization/virtual-disks", "disk"),
        ("extras/custom-fields", "cf_count"),
        ("extras/journal-entries", "journal"),
    ] {
        pair.get(&format!("/api/{path}/{{{name}}}/")).await;
        pair.get(&format!("/api/{path}/?id={{{name}}}")).await;
        pair.get(&format!("/api/{path}/?brief=1&id={{{name}}}")).await;
    }
    let set = |value: Value| json!({ "custom_fields": value });
    pair.patch(
        &format!("{VM}/{{full}}"),
        set(json!({ "cf_{run}_note": "n", "cf_{run}_link": "example.com/x" })),
    )
    .await;
    pair.patch(
        &format!("{VM}/{{full}}"),
        set(json!({ "cf_{run}_at": "2024-01-02 03:04:05", "cf_{run}_on": true })),
    )
    .await;
    pair.patch(
        &format!("{VM}/{{full}}"),
        set(json!({ "cf_{run}_at": "2024-01-02T03:04:05+00:00", "cf_{run}_on": 0 })),
    )
    .await;
    pair.patch(
        &format!("{VM}/{{full}}"),
        set(json!({ "cf_{run}_at": "2024-01-02T03:04:05Z", "cf_{run}_count": null })),
    )
    .await;
    pair.patch(&format!("{VM}/{{full}}"), json!({ "tags": [] })).await;
    pair.patch(&format!("{VM}/{{full}}"), json!({ "add_tags": ["{tag}"] })).await;
    pair.patch(&format!("{VM}/{{full}}"), json!({ "remove_tags": ["{tag}"] })).await;
    pair.patch(
        &format!("{VM}/{{full}}"),
        json!({ "vcpus": "3.25", "memory": "64", "disk": null, "role": null }),
    )
    .await;
    pair.patch("dcim/devices/{node}", json!({ "name": null })).await;
    pair.patch("dcim/devices/{node}", json!({ "name": "node {run}", "asset_tag": "{run}", "face": "" }))
        .await;
    pair.finish().await;
}

#[tokio::test]
async fn trees_look_as_in_netbox() {
    let mut pair = Pair::new("trees").await;
    for (path, field) in [
        ("dcim/regions", "parent"),
        ("tenancy/tenant-groups", "parent"),
        ("dcim/device-roles", "parent"),
        ("dcim/platforms", "parent"),
    ] {
        let name = |level: &str| format!("{level}_{}", path.replace(['/', '-'], "_"));
        let body = |level: &str, parent: Value| json!({ "name": format!("{level} {{run}}"), "slug": format!("{level}-{{run}}"), field: parent });
        pair.make(&name("top"), path, body("top", json!(null))).await;
        pair.make(&name("mid"), path, body("mid", json!(format!("{{{}}}", name("top"))))).await;
        pair.make(&name("low"), path, body("low", json!({ "slug": "mid-{run}" }))).await;
        pair.post(path, body("mid", json!({ "slug": "top-{run}" }))).await;
        pair.post(path, body("top", json!(null))).await;
        pair.patch(
            &format!("{path}/{{{}}}", name("top")),
            json!({ "parent": format!("{{{}}}", name("low")) }),
        )
        .await;
        pair.patch(
            &format!("{path}/{{{}}}", name("top")),
            json!({ "parent": format!("{{{}}}", name("top")) }),
        )
        .await;
        for filter in [
            "parent=top-{run}",
            "ancestor=top-{run}",
            "slug=low-{run}",
            "slug=top-{run}&brief=1",
            "name__ic={run}",
        ] {
            pair.get(&format!("/api/{path}/?{filter}")).await;
        }
    }
    pair.make(
        "in_region",
        "dcim/sites",
        json!({ "name": "s {run}", "slug": "s-{run}", "region": { "slug": "low-{run}" } }),
    )
    .await;
    pair.make(
        "in_group",
        "tenancy/tenants",
        json!({ "name": "t {run}", "slug": "t-{run}", "group": { "slug": "low-{run}" } }),
    )
    .await;
    for path in ["dcim/regions", "tenancy/tenant-groups", "dcim/sites", "tenancy/tenants"] {
        pair.get(&format!("/api/{path}/?name__ic={{run}}")).await;
    }
    pair.get("/api/dcim/sites/?region=top-{run}").await;
    pair.get("/api/tenancy/tenants/?group=mid-{run}").await;
    pair.delete("dcim/regions/{mid_dcim_regions}").await;
    pair.get("/api/dcim/sites/{in_region}/").await;
    pair.delete("tenancy/tenant-groups/{top_tenancy_tenant_groups}").await;
    pair.get("/api/tenancy/tenants/{in_group}/").await;
    pair.finish().await;
}

#[tokio::test]
async fn locations_are_as_in_netbox() {
    let mut pair = Pair::new("locations").await;
    base(&mut pair).await;
    let path = "dcim/locations";
    let location = |name: &str, more: Value| {
        let mut body =
            json!({ "name": format!("{name} {{run}}"), "slug": format!("{name}-{{run}}"), "site": "{site}" });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    pair.make("hall", path, location("hall", json!({ "tenant": "{tenant}", "facility": "H1" }))).await;
    pair.make("room", path, location("room", json!({ "parent": "{hall}", "status": "planned" }))).await;
    pair.make("away", path, location("hall", json!({ "site": "{site2}" }))).await;
    for wrong in [
        location("hall", json!({})),
        location("room", json!({ "parent": "{hall}" })),
        location("x", json!({ "site": "{site2}", "parent": "{hall}" })),
        location("x", json!({ "site": null })),
        location("x", json!({ "status": "lost" })),
    ] {
        pair.post(path, wrong).await;
    }
    for body in [json!({ "location": "{away}" }), json!({ "location": "{room}" })] {
        pair.patch("dcim/devices/{node}", body).await;
    }
    for name in ["hall", "room", "away"] {
        pair.get(&format!("/api/{path}/{{{name}}}/")).await;
    }
    pair.get("/api/dcim/devices/{node}/").await;
    pair.finish().await;
}

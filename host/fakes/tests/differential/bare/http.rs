//! Logins, methods and paths.

use crate::differential::{Ask, Pair, VM, base, takes};
use serde_json::json;

#[tokio::test]
async fn logins_methods_and_paths_are_answered_as_by_netbox() {
    let mut pair = Pair::new("logins and paths").await;
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
    for method in ["POST", "PATCH", "PUT", "DELETE"] {
        pair.same(Ask::new(method, &list).read_only().body(json!([]))).await;
        pair.same(Ask::new(method, &detail).read_only().body(json!({}))).await;
    }
    pair.same(Ask::new("GET", &detail).read_only()).await;
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
    for version in ["4.1", "4.7"] {
        let accept = format!("application/json; version={version}");
        for path in [&list, "/api/status/", "/api/"] {
            pair.same_part(Ask::new("GET", path).header("accept", &accept), |body| body["detail"].clone())
                .await;
            pair.same(Ask::new("GET", path).anonymous().header("accept", &accept)).await;
        }
    }
    pair.same(Ask::new("PATCH", &detail).header("if-match", "W/\"x\"").body(json!({ "name": "q" }))).await;
    pair.same(Ask::new("PATCH", &detail).header("if-match", "*").body(json!({ "name": "q {run}" }))).await;
    pair.same(Ask::new("POST", &list).text("application/json", "")).await;
    pair.same(Ask::new("PATCH", &detail)).await;
    pair.finish().await;
}

#[tokio::test]
async fn models_are_described_as_by_netbox() {
    let mut pair = Pair::new("descriptions").await;
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
    pair.same(Ask::new("OPTIONS", "/api/extras/tags/").read_only()).await;
    pair.finish().await;
}

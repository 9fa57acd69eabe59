//! The plugin's own rows, its inventory, its history and its settings.

use crate::differential::{Ask, Pair, VM, base};
use serde_json::{Value, json};

pub(super) const ROOT: &str = "plugins/proxbox";

/// A path below the plugin's.
pub(super) fn at(path: &str) -> String {
    format!("{ROOT}/{path}")
}

/// An endpoint with its cluster and a node, and a storage.
pub(super) async fn rows(pair: &mut Pair) {
    base(pair).await;
    pair.make(
        "endpoint",
        &at("endpoints/proxmox"),
        json!({ "name": "pve {run}", "domain": "pve-{run}.example.org", "mode": "undefined", "password": "p" }),
    )
    .await;
    pair.make(
        "pve",
        &at("proxmox-clusters"),
        json!({ "endpoint": { "name": "pve {run}" }, "name": "lab {run}", "mode": "cluster", "version": 3 }),
    )
    .await;
    pair.make(
        "pve1",
        &at("proxmox-nodes"),
        json!({ "endpoint": "{endpoint}", "proxmox_cluster": { "id": "{pve}" }, "name": "pve1", "ip_address": "10.0.0.1",
            "online": true, "node_id": 1 }),
    )
    .await;
    pair.make("local", &at("storage"), json!({ "cluster": "{cluster}", "name": "local" })).await;
}

/// The object with further fields.
pub(super) fn with(mut object: Value, more: Value) -> Value {
    object.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    object
}

#[tokio::test]
async fn the_plugin_has_the_same_roots() {
    let mut pair = Pair::new("plugin roots").await;
    for path in ["", "proxbox/", "proxbox/endpoints/", "proxbox/sync-state/", "proxbox/nodes/"] {
        pair.get(&format!("/api/plugins/{path}")).await;
    }
    for path in ["proxbox/", "proxbox/settings/runtime/"] {
        pair.same_part(Ask::new("POST", &format!("/api/plugins/{path}")).body(json!({})), |answer| {
            answer["detail"].clone()
        })
        .await;
    }
    pair.same_part(Ask::new("GET", "/api/status/"), |answer| answer["plugins"].clone()).await;
    pair.finish().await;
}

#[tokio::test]
async fn endpoints_clusters_and_nodes_are_as_in_the_plugin() {
    let mut pair = Pair::new("plugin inventory").await;
    rows(&mut pair).await;
    let endpoints = at("endpoints/proxmox");
    let endpoint = |more: Value| {
        with(json!({ "name": "e {run}", "domain": "e-{run}.example.org", "mode": "cluster" }), more)
    };
    let mark = u32::from_str_radix(&pair.run, 16).unwrap();
    let address = format!("10.{}.{}.9/24", mark % 250, mark / 250 % 250);
    pair.make("ip", "ipam/ip-addresses", json!({ "address": address })).await;
    pair.make(
        "second",
        &endpoints,
        endpoint(json!({ "ip_address": "{ip}", "domain": null, "environment": "lab", "timeout": 5,
            "retry_backoff": 1.5, "default_role_qemu": "{role}", "overwrite_vm_role": false, "sync_mode_vm": "disabled",
            "site": "{site}", "tenant": { "slug": "tenant-{run}" }, "tags": ["{tag}"] })),
    )
    .await;
    for wrong in [
        json!({ "mode": null }),
        json!({ "domain": null }),
        json!({ "domain": "" }),
        json!({ "domain": "not a domain!" }),
        json!({ "domain": "pve1" }),
        json!({ "domain": "a.b" }),
        json!({ "domain": format!("{}example", "label.".repeat(42)) }),
        json!({ "domain": "localhost" }),
        json!({ "port": 0, "username": "", "access_methods": "x", "verify_ssl": null, "sync_mode_vm": "x" }),
        json!({ "port": 70_000, "environment": "x", "max_retries": 40_000 }),
        json!({ "environment": "", "sync_mode_vm": "", "token_name": "t", "token_value": "v" }),
        json!({ "service_monitoring_units": null, "default_role_qemu": 999_999 }),
        json!({ "default_role_lxc": { "id": 1 } }),
        json!({ "node_device_name_template": "x" }),
        json!({ "node_device_name_template": "{node}.{cluster}" }),
        json!({ "ip_address": "{ip}", "domain": null }),
        json!({ "tags": [999_999], "site": 999_999 }),
        json!({ "name": null }),
    ] {
        pair.post(&endpoints, endpoint(wrong)).await;
    }
    pair.post(&endpoints, json!({})).await;
    let clusters = at("proxmox-clusters");
    for body in [
        json!({}),
        json!({ "endpoint": "{endpoint}", "name": "lab {run}", "mode": "cluster" }),
        json!({ "endpoint": { "name": "nope" }, "name": "x", "mode": "x", "cluster_id": null, "version": "x" }),
        json!({ "endpoint": "{endpoint}", "name": "other {run}", "mode": "standalone", "netbox_cluster": "{cluster}",
            "tags": [{ "slug": "tag-{run}" }], "quorate": true, "nodes_count": 3, "cluster_id": "c" }),
    ] {
        pair.post(&clusters, body).await;
    }
    let nodes = at("proxmox-nodes");
    for body in [
        json!({}),
        json!({ "endpoint": "{endpoint}", "name": "pve1", "ip_address": "10.0.0.1" }),
        json!({ "endpoint": "{endpoint}", "name": "x", "ip_address": "x", "cpu_usage": "x", "node_id": "x",
            "default_role_qemu": 999_999, "memory_usage": "x" }),
        json!({ "endpoint": "{endpoint}", "name": "pve2", "ip_address": "fe80::1", "location": "here",
            "default_role_lxc": "{role}", "support_level": "c", "ssl_fingerprint": "AA" }),
    ] {
        pair.post(&nodes, body).await;
    }
    for body in [
        json!({ "netbox_device": { "id": "{node}" }, "cpu_usage": 12, "memory_usage": 5, "max_memory": 10 }),
        json!({ "netbox_device": 999_999 }),
        json!({ "default_role_lxc": { "id": "{role}" } }),
        json!({ "max_memory": 0, "cpu_usage": 0.25 }),
    ] {
        pair.patch(&format!("{nodes}/{{pve1}}"), body).await;
    }
    pair.patch(&format!("{clusters}/{{pve}}"), json!({ "netbox_cluster": { "id": "{cluster}" } })).await;
    for path in [
        "endpoints/proxmox/{endpoint}/",
        "endpoints/proxmox/?name=pve {run}&brief=1",
        "endpoints/proxmox/?domain=pve-{run}.example.org&fields=id,name",
        "endpoints/proxmox/?ip_address={ip}&fields=id,name,display&ordering=-id",
        "endpoints/proxmox/?name=pve {run}&mode=x",
        "endpoints/proxmox/?name=pve {run}&enabled=false",
        "endpoints/proxmox/999999/",
        "proxmox-clusters/?endpoint={endpoint}",
        "proxmox-clusters/?endpoint={endpoint}&brief=true",
        "proxmox-clusters/?endpoint={endpoint}&mode=standalone&fields=name",
        "proxmox-clusters/?endpoint={endpoint}&mode=x",
        "proxmox-clusters/?netbox_cluster={cluster}&fields=name",
        "proxmox-clusters/?endpoint={endpoint}&q=other",
        "proxmox-clusters/?endpoint={endpoint}&cluster_id=nope&fields=id",
        "proxmox-clusters/?endpoint={endpoint}&endpoint_id=999999&fields=id",
        "proxmox-clusters/999999/",
        "proxmox-nodes/?endpoint={endpoint}",
        "proxmox-nodes/?endpoint=999999",
        "proxmox-nodes/?endpoint=x",
        "proxmox-nodes/?endpoint={endpoint}&proxmox_cluster=null&fields=name",
        "proxmox-nodes/?endpoint={endpoint}&name=pve1&brief=1",
        "proxmox-nodes/?endpoint={endpoint}&ip_address=10.0.0.1&fields=name",
        "proxmox-nodes/?netbox_device={node}&fields=name",
        "proxmox-nodes/999999/",
    ] {
        pair.get(&format!("/api/{}", at(path))).await;
    }
    pair.delete("ipam/ip-addresses/{ip}").await;
    pair.delete("dcim/devices/{node}").await;
    pair.get(&format!("/api/{}", at("proxmox-nodes/{pve1}/"))).await;
    pair.delete(&at("proxmox-clusters/{pve}")).await;
    pair.get(&format!("/api/{}", at("proxmox-nodes/{pve1}/"))).await;
    pair.delete(&at("endpoints/proxmox/{endpoint}")).await;
    pair.get(&format!("/api/{}", at("proxmox-nodes/{pve1}/"))).await;
    pair.finish().await;
}

#[tokio::test]
async fn storages_are_as_in_the_plugin() {
    let mut pair = Pair::new("plugin storages").await;
    rows(&mut pair).await;
    let list = at("storage");
    let storage = |name: &str, more: Value| with(json!({ "cluster": "{cluster}", "name": name }), more);
    let full = json!({ "storage_type": "dir", "content": "iso,backup", "path": "/var/lib/vz", "nodes": "pve1,pve2",
        "shared": true, "enabled": false, "server": "10.0.0.9", "port": 111, "prune_backups": "keep-last=3",
        "max_protected_backups": -1, "raw_config": { "a": [1] }, "backups": [], "tags": [{ "slug": "tag-{run}" }] });
    pair.make("full", &list, storage("full", full)).await;
    for body in [
        storage("local", json!({})),
        json!([
            storage("a", json!({})),
            storage("local", json!({})),
            storage("a", json!({})),
            { "name": "x" },
        ]),
        storage("x", json!({ "raw_config": null })),
        storage("x", json!({ "shared": "maybe", "port": -1, "max_protected_backups": 1.5 })),
        storage("x", json!({ "cluster": { "name": "nope" } })),
        json!({ "cluster": { "name": "cluster {run}" }, "name": "by name" }),
        storage(&"x".repeat(256), json!({ "storage_type": "t".repeat(101), "custom_fields": { "zz": 1 } })),
        json!([storage("b", json!({})), storage("c", json!({ "raw_config": [1] }))]),
    ] {
        pair.post(&list, body).await;
    }
    pair.patch(&format!("{list}/{{full}}"), json!({ "name": "local" })).await;
    pair.same(Ask::new("PATCH", &format!("/api/{list}/")).body(json!([
        { "id": "{local}", "content": "images", "cluster": { "id": "{cluster}" } },
        { "id": "{full}", "nodes": null, "add_tags": ["{tag}"] },
    ])))
    .await;
    pair.same(
        Ask::new("PATCH", &format!("/api/{list}/"))
            .body(json!([{ "id": "{local}", "name": "full" }, { "id": "{full}", "port": "x" }])),
    )
    .await;
    for query in [
        "?cluster={cluster}",
        "?cluster={cluster}&limit=2",
        "?cluster={cluster}&limit=2&offset=2&fields=id,name",
        "?cluster={cluster}&limit=0&fields=name",
        "?cluster={cluster}&ordering=-name&fields=name",
        "?cluster={cluster}&brief=1",
        "?cluster={cluster}&name=local&fields=name",
        "?cluster={cluster}&name=LOCAL&fields=name",
        "?cluster={cluster}&name__ic=LO&fields=name",
        "?cluster={cluster}&cluster_id=999999&fields=name",
        "?cluster=999999",
        "?cluster=x",
        "?cluster={placed}&cluster={cluster}&fields=name",
        "?cluster__name=cluster {run}&fields=name",
        "?cluster__name=nope",
        "?cluster__name__ic=cluster {run}&fields=name",
        "?cluster={cluster}&shared=true&fields=name",
        "?cluster={cluster}&shared=maybe&fields=name",
        "?cluster={cluster}&port=111&fields=name",
        "?cluster={cluster}&port__gt=5&fields=name",
        "?cluster={cluster}&port=x",
        "?cluster={cluster}&storage_type__empty=true&fields=name",
        "?cluster={cluster}&tag=tag-{run}&fields=name",
        "?cluster={cluster}&tag=nope",
        "?cluster={cluster}&q=vz&fields=name",
        "?cluster={cluster}&cluster__n={placed}&fields=name",
    ] {
        pair.get(&format!("/api/{list}/{query}")).await;
    }
    pair.same(
        Ask::new("DELETE", &format!("/api/{list}/")).body(json!([{ "id": "{full}" }, { "id": 999_999 }])),
    )
    .await;
    pair.same(Ask::new("DELETE", &format!("/api/{list}/")).body(json!([{ "id": "{full}" }]))).await;
    pair.same(Ask::new("DELETE", &format!("/api/{VM}/{{vm}}/"))).await;
    pair.delete("virtualization/clusters/{cluster}").await;
    pair.get(&format!("/api/{list}/{{local}}/")).await;
    pair.finish().await;
}

#[tokio::test]
async fn settings_are_as_in_the_plugin() {
    let mut pair = Pair::new("plugin settings").await;
    rows(&mut pair).await;
    let one = at("settings/1");
    pair.get(&format!("/api/{}?id=99&q=x", at("settings/"))).await;
    pair.get(&format!("/api/{}", at("settings/1/"))).await;
    pair.same_part(Ask::new("GET", &format!("/api/{}", at("settings/runtime/"))), |answer| {
        let mut answer = answer.clone();
        answer.as_object_mut().unwrap().remove("encryption_key");
        answer
    })
    .await;
    for body in [
        json!({ "netbox_timeout": -1, "bulk_batch_size": "x", "sync_mode_vm": "zz", "netbox_get_cache_max_bytes": "x" }),
        json!({ "vm_interface_sync_strategy": null, "interface_batch_size": 0, "cloud_customer_bridge": "" }),
        json!({ "netbox_retry_delay": "x", "sync_mode_vm": "", "use_guest_agent_interface_name": "maybe" }),
        json!({ "ceph_task_timeout": 0, "ceph_task_poll_interval": 61, "ceph_run_lease_seconds": "x" }),
        json!({ "node_device_name_template": "zz" }),
        json!({ "node_device_name_template": "" }),
        json!({ "default_role_qemu": 999_999, "sync_job_timeout": 1, "backend_log_file_path": "" }),
        json!({ "openbao_policy_slug": "a b", "primary_ip_preference": "x", "branch_on_conflict": "x" }),
        json!({ "singleton_key": "q", "netbox_retry_delay": 2.5, "default_role_lxc": "{role}" }),
        json!({ "netbox_retry_delay": 2, "default_role_lxc": null }),
    ] {
        pair.patch(&one, body).await;
    }
    for (method, path) in [
        ("POST", "settings/"),
        ("PUT", "settings/"),
        ("DELETE", "settings/"),
        ("PUT", "settings/1/"),
        ("DELETE", "settings/1/"),
        ("PATCH", "settings/runtime/"),
    ] {
        pair.same(Ask::new(method, &format!("/api/{}", at(path))).body(json!({}))).await;
    }
    pair.get(&format!("/api/{}", at("settings/99/"))).await;
    pair.finish().await;
}

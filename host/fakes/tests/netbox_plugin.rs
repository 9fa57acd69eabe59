//! The NetBox in memory with its plugin, without a real one beside it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use proxbox_fakes::netbox::{FakeNetbox, Flavour, Options};
use reqwest::{Client, Method};
use serde_json::{Value, json};

const VM: &str = "virtualization/virtual-machines";

async fn call(netbox: &FakeNetbox, method: &str, path: &str, body: Option<Value>) -> (u16, Value) {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let method: Method = method.parse().unwrap();
    let request = Client::new()
        .request(method, format!("{}/api/{path}", netbox.url()))
        .header("authorization", format!("Token {}", netbox.token()));
    let request = if let Some(body) = body { request.json(&body) } else { request };
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    (status, serde_json::from_str(&response.text().await.unwrap()).unwrap_or_default())
}

/// A NetBox with cluster 1 and machine 1 in it, and the plugin.
async fn with(flavour: Flavour) -> FakeNetbox {
    let options = Options::default()
        .flavour(flavour)
        .object("virtualization/cluster-types", json!({ "name": "type", "slug": "type" }))
        .object("virtualization/clusters", json!({ "name": "lab", "type": 1 }))
        .object(VM, json!({ "name": "web", "cluster": 1 }));
    FakeNetbox::start(options).await.unwrap()
}

/// The ids of an endpoint, its cluster and its node.
fn seeded(netbox: &FakeNetbox) -> (u64, u64, u64) {
    let endpoint = netbox.seed_plugin_endpoint("pve", "pve.example.org", 8006).unwrap();
    let cluster = netbox.seed_plugin_cluster(endpoint, "lab", "cluster").unwrap();
    let node = netbox.seed_plugin_node(endpoint, cluster, "pve1", "10.0.0.1").unwrap();
    (endpoint, cluster, node)
}

#[tokio::test]
async fn without_the_plugin_there_is_nothing_of_it() {
    let netbox = with(Flavour::Bare).await;
    let (_, status) = call(&netbox, "GET", "status/", None).await;
    assert_eq!(status["plugins"], json!({}));
    for path in ["plugins/proxbox/", "plugins/proxbox/storage/", "plugins/proxbox/settings/runtime/"] {
        assert_eq!(call(&netbox, "GET", path, None).await.0, 404, "{path}");
    }
    assert!(netbox.seed_plugin_endpoint("pve", "pve.example.org", 8006).is_err());
    let field = json!({ "name": "f", "type": "text", "object_types": ["netbox_proxbox.vmbackup"] });
    assert!(netbox.insert("extras/custom-fields", &field).is_err());
}

#[tokio::test]
async fn the_older_plugin_has_the_core_models_only() {
    let netbox = with(Flavour::OlderPlugin).await;
    let (_, status) = call(&netbox, "GET", "status/", None).await;
    assert_eq!(status["plugins"], json!({ "netbox_proxbox": "0.0.14" }));
    assert!(status["netbox-version"].as_str().unwrap().starts_with("4.6."));
    for path in ["storage/", "backups/", "task-history/", "replications/", "proxmox-nodes/", "settings/", ""]
    {
        assert_eq!(call(&netbox, "GET", &format!("plugins/proxbox/{path}"), None).await.0, 200, "{path}");
    }
    for path in [
        "sync-state/virtual-machines/",
        "vm-cloudinit/",
        "guest-vm-interfaces/",
        "settings/runtime/",
        "nodes/",
    ] {
        assert_eq!(call(&netbox, "GET", &format!("plugins/proxbox/{path}"), None).await.0, 404, "{path}");
    }
    let (_, settings) = call(&netbox, "GET", "plugins/proxbox/settings/", None).await;
    assert_eq!(settings["count"], 1);
    let settings = settings["results"][0].as_object().unwrap();
    assert_eq!(settings["bulk_batch_size"], 50);
    assert!(!settings.contains_key("delete_orphans") && !settings.contains_key("encryption_key"));
    assert_eq!(settings.keys().filter(|name| name.starts_with("overwrite_")).count(), 22);
    seeded(&netbox);
    let node = &netbox.objects("netbox_proxbox.proxmoxnode")[0];
    assert!(node.get("location").is_none() && node["proxmox_cluster"]["name"] == "lab");
}

#[tokio::test]
async fn custom_fields_of_the_plugin_are_there_on_request() {
    for flavour in [Flavour::OlderPlugin, Flavour::CurrentPlugin] {
        assert!(with(flavour).await.objects("extras.customfield").is_empty());
    }
    let options = Options { plugin_fields: true, ..Options::default() };
    for (flavour, fields) in [(Flavour::OlderPlugin, 0), (Flavour::CurrentPlugin, 2)] {
        let netbox = FakeNetbox::start(options.clone().flavour(flavour)).await.unwrap();
        assert_eq!(netbox.objects("extras.customfield").len(), fields);
    }
}

#[tokio::test]
async fn seeded_rows_are_those_of_the_plugins_own_job() {
    let netbox = with(Flavour::CurrentPlugin).await;
    let (endpoint, cluster, node) = seeded(&netbox);
    let shown = netbox.find("netbox_proxbox.proxmoxnode", "name", "pve1").unwrap();
    assert_eq!(shown["id"], node);
    assert_eq!(
        (&shown["endpoint"]["id"], &shown["proxmox_cluster"]["id"]),
        (&json!(endpoint), &json!(cluster))
    );
    assert_eq!((&shown["netbox_device"], &shown["display"]), (&Value::Null, &json!("pve1 (pve)")));
    let by_address = netbox.seed_plugin_endpoint("other", "10.0.0.9", 8006).unwrap();
    let again = netbox.seed_plugin_endpoint("third", "10.0.0.9", 8007).unwrap();
    let endpoints = netbox.objects("netbox_proxbox.proxmoxendpoint");
    let address = |id: u64| {
        let endpoint = endpoints.iter().find(|endpoint| endpoint["id"] == id).unwrap();
        endpoint["ip_address"]["address"].clone()
    };
    assert_eq!((address(by_address), address(again)), (json!("10.0.0.9/32"), json!("10.0.0.9/32")));
    assert!(netbox.seed_plugin_cluster(endpoint, "lab", "cluster").is_err());
}

#[tokio::test]
async fn settings_are_one_object_that_is_read_in_two_ways() {
    let netbox = with(Flavour::CurrentPlugin).await;
    netbox.plugin_settings(&json!({ "netbox_timeout": 7, "overwrite_vm_tags": false })).unwrap();
    assert!(netbox.plugin_settings(&json!({ "bulk_batch_size": "x" })).is_err());
    let (_, runtime) = call(&netbox, "GET", "plugins/proxbox/settings/runtime/", None).await;
    let (_, list) = call(&netbox, "GET", "plugins/proxbox/settings/?id=99", None).await;
    for settings in [&runtime, &list["results"][0]] {
        assert_eq!((&settings["netbox_timeout"], &settings["overwrite_vm_tags"]), (&json!(7), &json!(false)));
        assert_eq!(
            (&settings["netbox_retry_delay"], &settings["sync_mode_sdn"]),
            (&json!(2.0), &json!("disabled"))
        );
    }
    assert_eq!(runtime["encryption_key_configured"], true);
    assert!(list["results"][0].get("encryption_key").is_none());
    for (method, path) in [("POST", "settings/"), ("DELETE", "settings/1/"), ("PUT", "settings/runtime/")] {
        let path = format!("plugins/proxbox/{path}");
        assert_eq!(call(&netbox, method, &path, Some(json!({}))).await.0, 405, "{method} {path}");
    }
}

#[tokio::test]
async fn a_second_sync_state_row_of_a_machine_is_409() {
    let netbox = with(Flavour::CurrentPlugin).await;
    let list = "plugins/proxbox/sync-state/virtual-machines/";
    let row = json!({ "virtual_machine": { "name": "web" }, "proxmox_vm_id": 100 });
    assert_eq!(call(&netbox, "POST", list, Some(row.clone())).await.0, 201);
    let taken = json!({ "virtual_machine": "This object already has a Proxbox sync-state row." });
    assert_eq!(call(&netbox, "POST", list, Some(row.clone())).await, (409, taken.clone()));
    assert_eq!(
        call(&netbox, "POST", list, Some(json!([{ "virtual_machine": null }, row]))).await,
        (409, taken)
    );
}

#[tokio::test]
async fn a_devices_sync_state_stays_with_its_endpoint_and_its_node() {
    let netbox = with(Flavour::CurrentPlugin).await;
    let (.., node) = seeded(&netbox);
    netbox.insert("dcim/sites", &json!({ "name": "s", "slug": "s" })).unwrap();
    netbox.insert("dcim/manufacturers", &json!({ "name": "m", "slug": "m" })).unwrap();
    netbox.insert("dcim/device-types", &json!({ "manufacturer": 1, "model": "m", "slug": "m" })).unwrap();
    netbox.insert("dcim/device-roles", &json!({ "name": "r", "slug": "r" })).unwrap();
    netbox
        .insert("dcim/devices", &json!({ "name": "pve1", "device_type": 1, "role": 1, "site": 1 }))
        .unwrap();
    let list = "plugins/proxbox/sync-state/devices/";
    let row = json!({ "device": 1, "proxmox_node": node, "proxmox_endpoint_raw_id": 7 });
    assert_eq!(call(&netbox, "POST", list, Some(row.clone())).await.0, 400);
    netbox.change(&format!("plugins/proxbox/proxmox-nodes/{node}"), &json!({ "netbox_device": 1 })).unwrap();
    assert_eq!(call(&netbox, "POST", list, Some(row)).await.0, 201);
    let moved =
        call(&netbox, "PATCH", &format!("{list}1/"), Some(json!({ "proxmox_endpoint_raw_id": 8 }))).await;
    assert_eq!((moved.0, &moved.1["code"]), (409, &json!("endpoint_ownership_conflict")));
}

#[tokio::test]
async fn rows_go_with_what_they_are_about() {
    let netbox = with(Flavour::CurrentPlugin).await;
    let storage = json!({ "cluster": 1, "name": "local" });
    netbox.insert("plugins/proxbox/storage", &storage).unwrap();
    netbox.insert("plugins/proxbox/backups", &json!({ "virtual_machine": 1, "proxmox_storage": 1 })).unwrap();
    netbox.insert("plugins/proxbox/sync-state/virtual-machines", &json!({ "virtual_machine": 1 })).unwrap();
    netbox.delete("plugins/proxbox/storage/1").unwrap();
    assert_eq!(netbox.objects("netbox_proxbox.vmbackup")[0]["proxmox_storage"], Value::Null);
    netbox.delete("virtualization/virtual-machines/1").unwrap();
    assert!(netbox.objects("netbox_proxbox.vmbackup").is_empty());
    assert!(netbox.objects("netbox_proxbox.proxboxvirtualmachinesyncstate").is_empty());
    netbox.insert("plugins/proxbox/storage", &storage).unwrap();
    netbox.delete("virtualization/clusters/1").unwrap();
    assert!(netbox.objects("netbox_proxbox.proxmoxstorage").is_empty());
}

#[tokio::test]
async fn one_bad_row_rolls_the_whole_list_back() {
    for (flavour, detail) in [(Flavour::OlderPlugin, false), (Flavour::CurrentPlugin, true)] {
        let netbox = with(flavour).await;
        netbox.insert("plugins/proxbox/storage", &json!({ "cluster": 1, "name": "local" })).unwrap();
        let list = json!([{ "cluster": 1, "name": "a" }, { "cluster": 1, "name": "local" }]);
        let (status, answer) = call(&netbox, "POST", "plugins/proxbox/storage/", Some(list)).await;
        assert_eq!((status, answer.get("detail").is_some()), (400, detail));
        assert_eq!(netbox.objects("netbox_proxbox.proxmoxstorage").len(), 1);
    }
}

#[tokio::test]
async fn a_filter_that_the_plugin_does_not_know_filters_nothing() {
    let netbox = with(Flavour::CurrentPlugin).await;
    netbox.insert(VM, &json!({ "name": "db", "cluster": 1 })).unwrap();
    for machine in [1, 2] {
        netbox.insert("plugins/proxbox/backups", &json!({ "virtual_machine": machine })).unwrap();
        netbox
            .insert("plugins/proxbox/sync-state/virtual-machines", &json!({ "virtual_machine": machine }))
            .unwrap();
    }
    for (path, count) in [
        ("backups/?virtual_machine=1", 1),
        ("backups/?virtual_machine_id=1", 2),
        ("sync-state/virtual-machines/?virtual_machine_id=1", 1),
        ("sync-state/virtual-machines/?virtual_machine=99", 0),
    ] {
        let (_, list) = call(&netbox, "GET", &format!("plugins/proxbox/{path}"), None).await;
        assert_eq!(list["count"], count, "{path}");
    }
    assert_eq!(call(&netbox, "GET", "plugins/proxbox/backups/?virtual_machine=99", None).await.0, 400);
}

#[tokio::test]
async fn a_link_to_a_bare_host_name_is_refused() {
    let netbox = with(Flavour::CurrentPlugin).await;
    let row = |link: &str| json!({ "virtual_machine": 1, "proxmox_link": link });
    let path = "plugins/proxbox/sync-state/virtual-machines";
    assert!(netbox.insert(path, &row("https://pve1:8006/#v1:0:=qemu/100")).is_err());
    netbox.insert(path, &row("https://10.0.0.1:8006/#v1:0:=qemu/100")).unwrap();
}

#[tokio::test]
async fn a_machine_stays_while_a_guests_address_holds_on_to_one_of_its_own() {
    let netbox = with(Flavour::CurrentPlugin).await;
    netbox.insert("virtualization/interfaces", &json!({ "virtual_machine": 1, "name": "net0" })).unwrap();
    let address = json!({ "address": "10.0.0.5/24", "assigned_object_type": "virtualization.vminterface",
        "assigned_object_id": 1 });
    netbox.insert("ipam/ip-addresses", &address).unwrap();
    let guest = json!({ "virtual_machine": 1, "vm_interface": 1, "name": "ens18" });
    netbox.insert("plugins/proxbox/guest-vm-interfaces", &guest).unwrap();
    let link = json!({ "guest_interface": 1, "ip_address": 1 });
    netbox.insert("plugins/proxbox/guest-vm-interface-addresses", &link).unwrap();
    assert!(netbox.delete("virtualization/virtual-machines/1").is_err());
    netbox.delete("plugins/proxbox/guest-vm-interfaces/1").unwrap();
    netbox.delete("virtualization/virtual-machines/1").unwrap();
}

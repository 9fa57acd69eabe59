//! The plugin's rows of synchronisation state.

use super::inventory::{at, rows, with};
use crate::differential::{Ask, Pair, VM};
use serde_json::{Value, json};

#[tokio::test]
async fn states_of_machines_devices_and_clusters_are_as_in_the_plugin() {
    let mut pair = Pair::new("plugin states").await;
    rows(&mut pair).await;
    let (machines, devices, clusters) =
        (at("sync-state/virtual-machines"), at("sync-state/devices"), at("sync-state/clusters"));
    pair.make(
        "second",
        &at("endpoints/proxmox"),
        json!({ "name": "second {run}", "domain": "second-{run}.example.org", "mode": "cluster" }),
    )
    .await;
    for name in ["vm2", "vm3"] {
        pair.make(name, VM, json!({ "name": format!("{name} {{run}}"), "cluster": "{cluster}" })).await;
    }
    pair.make(
        "state",
        &machines,
        json!({ "virtual_machine": "{vm}", "proxmox_vm_id": 100, "proxmox_vm_type": "qemu", "proxmox_node": "{pve1}",
            "proxmox_link": "https://pve-{run}.example.org:8006/#v1:0:=qemu%2F100", "proxmox_start_at_boot": true,
            "proxmox_last_updated": "2024-01-01T00:00:00.5", "tags": ["{tag}"] }),
    )
    .await;
    for body in [
        json!({}),
        json!({ "virtual_machine": "{vm}" }),
        json!({ "virtual_machine": null }),
        json!([{ "virtual_machine": "{vm}" }, { "virtual_machine": "{vm2}" }, { "virtual_machine": null }]),
        json!([{ "virtual_machine": "{vm2}" }, { "virtual_machine": "{vm2}" }]),
        json!([{ "virtual_machine": null }, { "virtual_machine": "{vm2}", "proxmox_uptime": "x" }]),
        json!({ "virtual_machine": "{vm2}", "proxmox_link": "zzz", "proxmox_last_updated": "", "proxmox_uptime": 3_000_000_000_u32 }),
        json!({ "virtual_machine": "{vm2}", "proxmox_last_synced_role_id": "x", "proxmox_vm_type": "x".repeat(65) }),
        json!({ "virtual_machine": "{vm2}", "proxmox_last_synced_role_id": -1, "proxmox_qemu_agent": "x", "endpoint": 999_999 }),
        json!({ "virtual_machine": "{vm2}", "custom_fields": { "zz": 1 } }),
    ] {
        pair.post(&machines, body).await;
    }
    for link in [
        "https://h/",
        "https://localhost/",
        "https://10.0.0.1:8006/#v1:0:=node%2Fpve1",
        "https://pve1.lan:8006/#v1:0:=qemu/100",
        "https://[::1]:8006/",
        "http://a_b.com/",
        "ftp://x.com",
        "ssh://a.com",
        "https://a.b:8006",
        "https://pve-1.c1:8006/",
        "https://pve1.example.org:8006/a b",
        "",
    ] {
        pair.patch(&format!("{machines}/{{state}}"), json!({ "proxmox_link": link })).await;
    }
    pair.make(
        "state2",
        &machines,
        json!({ "virtual_machine": { "name": "vm2 {run}" }, "proxmox_status": "running" }),
    )
    .await;
    for body in [
        json!({ "virtual_machine": "{vm}" }),
        json!({ "virtual_machine": "{vm3}" }),
        json!({ "virtual_machine": "{vm2}", "proxmox_vm_id": 5 }),
        json!({ "proxmox_cluster": "{pve}", "endpoint": "{second}" }),
        json!({ "endpoint": "{second}" }),
        json!({ "proxmox_node": "{pve1}" }),
        json!({ "endpoint": null, "proxmox_node": "{pve1}", "proxmox_cluster": null }),
    ] {
        pair.patch(&format!("{machines}/{{state2}}"), body).await;
    }
    let list = format!("/api/{machines}/");
    pair.same(Ask::new("PATCH", &list).body(
        json!([{ "id": "{state2}", "virtual_machine": "{vm}" }, { "id": "{state}", "proxmox_vm_id": "x" }]),
    ))
    .await;
    pair.same(
        Ask::new("PATCH", &list).body(
            json!([{ "id": "{state2}", "proxmox_uptime": 5 }, { "id": "{state}", "proxmox_vm_id": "x" }]),
        ),
    )
    .await;
    pair.same(
        Ask::new("PATCH", &list).body(
            json!([{ "id": "{state2}", "proxmox_uptime": 5 }, { "id": "{state}", "proxmox_vm_id": 101 }]),
        ),
    )
    .await;
    pair.same(Ask::new("PUT", &format!("{list}{{state2}}/")).body(json!({ "virtual_machine": "{vm2}" })))
        .await;

    pair.post(&devices, json!({ "device": "{node}", "proxmox_node": "{pve1}" })).await;
    pair.patch(&at("proxmox-nodes/{pve1}"), json!({ "netbox_device": { "id": "{node}" } })).await;
    pair.make("device", &devices, json!({ "device": "{node}", "proxmox_node": "{pve1}", "proxmox_endpoint_raw_id": 7, "proxmox_node_name": "pve1" })).await;
    pair.make(
        "node2",
        "dcim/devices",
        json!({ "name": "node2 {run}", "device_type": "{kind}", "role": "{role}", "site": "{site}" }),
    )
    .await;
    for body in [
        json!({ "device": "{node}", "proxmox_endpoint_raw_id": 8 }),
        json!({ "device": "{node}", "proxmox_endpoint_raw_id": 7 }),
        json!({ "device": "{node}" }),
        json!([{ "device": "{node2}" }, { "device": "{node}", "proxmox_endpoint_raw_id": 9 }]),
        json!({ "device": "{node2}", "proxmox_node": "{pve1}" }),
    ] {
        pair.post(&devices, body).await;
    }
    for body in [
        json!({ "proxmox_endpoint_raw_id": 8 }),
        json!({ "proxmox_endpoint_raw_id": null }),
        json!({ "proxmox_endpoint_raw_id": 7, "proxmox_os": "Debian" }),
        json!({ "device": "{node2}" }),
        json!({ "device": "{node2}", "proxmox_node": null }),
    ] {
        pair.patch(&format!("{devices}/{{device}}"), body).await;
    }
    pair.same(
        Ask::new("PATCH", &format!("/api/{devices}/"))
            .body(json!([{ "id": "{device}", "proxmox_endpoint_raw_id": 8 }])),
    )
    .await;

    pair.post(&clusters, json!({ "cluster": "{cluster}", "proxmox_cluster": "{pve}" })).await;
    pair.patch(&at("proxmox-clusters/{pve}"), json!({ "netbox_cluster": { "id": "{cluster}" } })).await;
    pair.make(
        "clusters",
        &clusters,
        json!({ "cluster": "{cluster}", "proxmox_cluster": "{pve}", "proxmox_cluster_name": "lab" }),
    )
    .await;
    pair.post(&clusters, json!({ "cluster": { "name": "cluster {run}" } })).await;
    pair.post(&clusters, json!({ "cluster": "{placed}", "proxmox_cluster": "{pve}" })).await;
    for path in [
        "virtual-machines/?virtual_machine={vm}",
        "virtual-machines/?virtual_machine_id={vm}&brief=1",
        "virtual-machines/?virtual_machine=999999",
        "virtual-machines/?virtual_machine=x",
        "virtual-machines/?virtual_machine=null",
        "virtual-machines/?virtual_machine={vm}&virtual_machine={vm2}&fields=id",
        "virtual-machines/?virtual_machine={vm}&virtual_machine={vm2}&proxmox_vm_id__n=100&fields=id",
        "virtual-machines/?endpoint={endpoint}&fields=id",
        "virtual-machines/?proxmox_node_id={pve1}&fields=id",
        "virtual-machines/?proxmox_cluster={pve}&nope=1&fields=id",
        "virtual-machines/?proxmox_cluster={pve}&proxmox_last_updated=2024-01-01&fields=id",
        "virtual-machines/?proxmox_cluster={pve}&proxmox_last_updated__lt=2025-01-01&fields=id",
        "virtual-machines/?proxmox_cluster={pve}&proxmox_last_updated=bad",
        "virtual-machines/?proxmox_cluster={pve}&q=100&fields=proxmox_vm_id",
        "virtual-machines/?proxmox_cluster={pve}&ordering=-proxmox_vm_id&fields=proxmox_vm_id",
        "virtual-machines/999999/",
        "devices/?device={node}",
        "devices/?device={node}&brief=1",
        "devices/?device={node}&proxmox_endpoint_raw_id=7&fields=id",
        "devices/?device={node}&proxmox_endpoint_raw_id=8&fields=id",
        "devices/?device={node}&proxmox_endpoint_raw_id=x",
        "devices/?device={node}&proxmox_endpoint_raw_id__n=7&fields=id",
        "devices/?device={node}&proxmox_node_name=pve1&fields=id",
        "clusters/?cluster={cluster}",
        "clusters/?cluster_id={cluster}&brief=1",
    ] {
        pair.get(&format!("/api/{}", at(&format!("sync-state/{path}")))).await;
    }
    pair.delete(&at("proxmox-nodes/{pve1}")).await;
    pair.get(&format!("/api/{devices}/{{device}}/")).await;
    pair.delete(&at("endpoints/proxmox/{endpoint}")).await;
    pair.get(&format!("/api/{machines}/{{state}}/")).await;
    pair.get(&format!("/api/{clusters}/{{clusters}}/")).await;
    pair.delete(&format!("{VM}/{{vm}}")).await;
    pair.get(&format!("/api/{machines}/{{state}}/")).await;
    pair.delete("dcim/devices/{node}").await;
    pair.get(&format!("/api/{devices}/{{device}}/")).await;
    pair.finish().await;
}

#[tokio::test]
async fn states_of_disks_interfaces_addresses_and_vlans_are_as_in_the_plugin() {
    let mut pair = Pair::new("plugin network states").await;
    rows(&mut pair).await;
    let mark = u32::from_str_radix(&pair.run, 16).unwrap();
    let address = format!("10.{}.{}.77/24", mark % 250, mark / 250 % 250);
    pair.make(
        "disk",
        "virtualization/virtual-disks",
        json!({ "virtual_machine": "{vm}", "name": "scsi0", "size": 10 }),
    )
    .await;
    pair.make("eth0", "virtualization/interfaces", json!({ "virtual_machine": "{vm}", "name": "eth0" }))
        .await;
    pair.make("bridge", "dcim/interfaces", json!({ "device": "{node}", "name": "vmbr0", "type": "bridge" }))
        .await;
    pair.make("ip", "ipam/ip-addresses", json!({ "address": address })).await;
    pair.make("vlan", "ipam/vlans", json!({ "vid": 7, "name": "vlan {run}" })).await;
    let kinds = [
        (
            "virtual-disks",
            "virtual_disk",
            "{disk}",
            json!({ "proxbox_storage": "{local}", "proxbox_storage_raw_id": 5, "proxbox_storage_raw_value": "a" }),
        ),
        (
            "vm-interfaces",
            "vm_interface",
            "{eth0}",
            json!({ "proxbox_bridge": { "id": "{bridge}" }, "proxbox_bridge_raw_id": 5 }),
        ),
        (
            "ip-addresses",
            "ip_address",
            "{ip}",
            json!({ "proxmox_mac": "m", "proxmox_interface": "net0", "last_run_id": "r" }),
        ),
        (
            "interfaces",
            "interface",
            "{bridge}",
            json!({ "nic_speed_gbps": 1, "nic_link": true, "nic_duplex": "full" }),
        ),
        (
            "vlans",
            "vlan",
            "{vlan}",
            json!({ "proxmox_vlan_id": 7, "proxmox_last_updated": "2024-01-01T00:00:00Z" }),
        ),
    ];
    for (path, field, id, more) in kinds {
        let list = at(&format!("sync-state/{path}"));
        let name = format!("state_{field}");
        let row = |id: Value| -> Value { Value::Object([(field.to_owned(), id)].into_iter().collect()) };
        pair.make(&name, &list, with(row(json!(id)), more)).await;
        for body in [row(json!(id)), row(json!(null)), row(json!(999_999)), json!({})] {
            pair.post(&list, body).await;
        }
        for query in [
            format!("?{field}={id}"),
            format!("?{field}_id={id}&brief=1"),
            format!("?{field}={id}&proxmox_last_updated__empty=true&fields=id"),
            format!("{{{name}}}/"),
            "999999/".to_owned(),
        ] {
            pair.get(&format!("/api/{list}/{query}")).await;
        }
        pair.patch(
            &format!("{list}/{{{name}}}"),
            json!({ "last_run_id": "x", "proxmox_last_updated": null }),
        )
        .await;
    }
    pair.patch(
        &at("sync-state/virtual-disks/{state_virtual_disk}"),
        json!({ "proxbox_storage": { "name": "local", "cluster": "{cluster}" }, "proxbox_storage_raw_id": "x" }),
    )
    .await;
    pair.delete(&at("storage/{local}")).await;
    pair.get(&format!("/api/{}", at("sync-state/virtual-disks/{state_virtual_disk}/"))).await;
    pair.delete("dcim/interfaces/{bridge}").await;
    pair.get(&format!("/api/{}", at("sync-state/vm-interfaces/{state_vm_interface}/"))).await;
    pair.get(&format!("/api/{}", at("sync-state/interfaces/{state_interface}/"))).await;
    pair.delete("ipam/ip-addresses/{ip}").await;
    pair.get(&format!("/api/{}", at("sync-state/ip-addresses/{state_ip_address}/"))).await;
    pair.delete("virtualization/virtual-disks/{disk}").await;
    pair.get(&format!("/api/{}", at("sync-state/virtual-disks/{state_virtual_disk}/"))).await;
    pair.finish().await;
}

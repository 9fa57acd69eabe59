//! What the plugin keeps of guests: backups, snapshots, tasks, jobs, cloud-init and their own interfaces.

use super::inventory::{at, rows, with};
use crate::differential::{Ask, Pair, VM};
use serde_json::{Value, json};

#[tokio::test]
async fn backups_are_as_in_the_plugin() {
    let mut pair = Pair::new("plugin backups").await;
    rows(&mut pair).await;
    let list = at("backups");
    let backup = json!({ "proxmox_storage": "{local}", "storage": "local", "virtual_machine": "{vm}",
        "subtype": "qemu", "creation_time": "2024-01-01T00:00:00", "size": 1000, "notes": "n\n", "vmid": 100,
        "volume_id": "local:backup/{run}", "format": "tzst", "tags": [] });
    pair.make("backup", &list, backup.clone()).await;
    pair.make("bare", &list, json!({ "virtual_machine": { "name": "vm {run}" } })).await;
    for more in [
        json!({}),
        json!({ "vmid": 101, "creation_time": "2024-06-01T10:00:00.25+02:00", "size": "12", "encrypted": "x" }),
        json!({ "vmid": null }),
        json!({ "volume_id": "x".repeat(256), "size": "x", "creation_time": "bad", "encrypted": null, "vmid": -1 }),
        json!({ "format": "", "subtype": "bad" }),
        json!({ "format": null, "subtype": null, "vmid": 7 }),
        json!({ "format": { "value": "zst" }, "used": 1.5 }),
        json!({ "creation_time": "2024-01-01" }),
        json!({ "creation_time": "2024-01-01 05:06", "vmid": 8 }),
        json!({ "creation_time": 5 }),
        json!({ "proxmox_storage": { "name": "local", "cluster": "{cluster}" }, "vmid": 9 }),
        json!({ "proxmox_storage": 999_999 }),
        json!({ "virtual_machine": null }),
    ] {
        pair.post(&list, with(backup.clone(), more)).await;
    }
    pair.post(&list, json!({})).await;
    for query in [
        "virtual_machine={vm}",
        "virtual_machine={vm}&brief=1",
        "virtual_machine=999999",
        "virtual_machine=x",
        "virtual_machine={vm}&virtual_machine_id=999999&fields=id",
        "virtual_machine={vm}&storage=nope&fields=id",
        "virtual_machine={vm}&vmid=100&vmid=101&fields=id",
        "virtual_machine={vm}&subtype=qemu&fields=id",
        "virtual_machine={vm}&subtype=zz",
        "virtual_machine={vm}&subtype__n=qemu&fields=id",
        "virtual_machine={vm}&proxmox_storage=null&fields=id",
        "virtual_machine={vm}&proxmox_storage={local}&fields=id&ordering=id",
        "virtual_machine={vm}&creation_time=2024-01-01&fields=id&ordering=id",
        "virtual_machine={vm}&creation_time__gt=2024-01-01&fields=creation_time&ordering=creation_time",
        "virtual_machine={vm}&creation_time=bad",
        "virtual_machine={vm}&size=1000&fields=id&ordering=id",
        "virtual_machine={vm}&volume_id=local:backup/{run}&fields=id,volume_id&ordering=id",
        "virtual_machine={vm}&q=backup&fields=id&ordering=id",
        "virtual_machine={vm}&ordering=-size,id&fields=size",
    ] {
        pair.get(&format!("/api/{list}/?{query}")).await;
    }
    pair.patch(&format!("{list}/{{bare}}"), json!({ "verification_state": "ok", "proxmox_storage": null }))
        .await;
    pair.delete(&at("storage/{local}")).await;
    pair.get(&format!("/api/{list}/{{backup}}/")).await;
    pair.delete(&format!("{VM}/{{vm}}")).await;
    pair.get(&format!("/api/{list}/{{backup}}/")).await;
    pair.finish().await;
}

#[tokio::test]
async fn snapshots_and_tasks_are_as_in_the_plugin() {
    let mut pair = Pair::new("plugin history").await;
    rows(&mut pair).await;
    let snapshots = at("snapshots");
    // The name is unique over all of NetBox, together with the number and the node.
    let snapshot = json!({ "virtual_machine": "{vm}", "name": "snap {run}", "description": "d\n", "vmid": 100,
        "node": "pve1", "snaptime": "2023-11-14T22:13:20", "subtype": "qemu", "status": "active" });
    pair.make("snapshot", &snapshots, snapshot.clone()).await;
    for more in [
        json!({}),
        json!({ "node": "pve2", "parent": "p", "proxmox_storage": "{local}" }),
        json!({ "name": "", "vmid": "x", "status": "", "subtype": null }),
        json!({ "node": null, "status": "bad", "description": null }),
    ] {
        pair.post(&snapshots, with(snapshot.clone(), more)).await;
    }
    pair.post(&snapshots, json!({})).await;
    let tasks = at("task-history");
    let task = json!({ "virtual_machine": "{vm}", "vm_type": "qemu", "upid": "UPID:{run}", "node": "pve1", "pid": 100,
        "pstart": 1, "task_id": "100", "task_type": "qmstart", "username": "root@pam",
        "start_time": "2023-11-14T22:13:20+00:00", "description": "QEMU 100 - Start", "status": "OK", "exitstatus": "OK",
        "tags": [{ "slug": "tag-{run}" }], "custom_fields": {} });
    pair.make("task", &tasks, task.clone()).await;
    pair.make(
        "later",
        &tasks,
        with(task.clone(), json!({ "upid": "UPID:2{run}", "start_time": "2024-01-01T00:00:00Z" })),
    )
    .await;
    for more in [
        json!({}),
        json!({ "upid": "x", "vm_type": "", "status": "", "start_time": null, "pid": -1, "pstart": "x" }),
        json!({ "upid": "u".repeat(256), "description": "", "username": null }),
        json!({ "upid": null }),
        json!({ "upid": "UPID:3{run}", "vm_type": "x".repeat(17), "end_time": "" }),
    ] {
        pair.post(&tasks, with(task.clone(), more)).await;
    }
    pair.post(&tasks, json!({})).await;
    pair.post(&tasks, json!({ "virtual_machine": "{vm}", "upid": "UPID:4{run}", "node": "n", "task_type": "t", "username": "u",
        "start_time": "2020-01-01T00:00:00Z", "description": "d", "status": "running" }))
        .await;
    let same = with(task, json!({ "upid": "UPID:5{run}" }));
    pair.post(&tasks, json!([same, same])).await;
    pair.patch(&format!("{tasks}/{{later}}"), json!({ "upid": "UPID:{run}" })).await;
    pair.patch(
        &format!("{tasks}/{{later}}"),
        json!({ "upid": "UPID:2{run}", "end_time": "2024-01-02T00:00:00Z" }),
    )
    .await;
    for path in [
        "snapshots/?virtual_machine={vm}",
        "snapshots/?virtual_machine={vm}&brief=1",
        "snapshots/?vmid=100&name=snap {run}&node=pve1&fields=id",
        "snapshots/?virtual_machine={vm}&status=stale&fields=id",
        "snapshots/?virtual_machine={vm}&status=bad",
        "snapshots/?virtual_machine={vm}&snaptime__lte=2023-11-14T22:13:20Z&fields=id",
        "snapshots/?virtual_machine={vm}&description=d&fields=id,node",
        "task-history/?virtual_machine={vm}",
        "task-history/?virtual_machine={vm}&brief=1",
        "task-history/?upid=UPID:{run}&fields=id",
        "task-history/?virtual_machine={vm}&status=OK&fields=id",
        "task-history/?virtual_machine={vm}&status=ok&fields=id",
        "task-history/?virtual_machine={vm}&start_time__gte=2023-12-01&fields=id",
        "task-history/?virtual_machine={vm}&username=root@pam&fields=id",
        "task-history/?virtual_machine={vm}&ordering=start_time&fields=start_time",
        "task-history/?virtual_machine={vm}&tag=tag-{run}&fields=id",
        "task-history/?virtual_machine={vm}&limit=1",
    ] {
        pair.get(&format!("/api/{}", at(path))).await;
    }
    pair.delete(&format!("{VM}/{{vm}}")).await;
    pair.get(&format!("/api/{}", at("task-history/{task}/"))).await;
    pair.get(&format!("/api/{}", at("snapshots/{snapshot}/"))).await;
    pair.finish().await;
}

#[tokio::test]
async fn backup_routines_and_replications_are_as_in_the_plugin() {
    let mut pair = Pair::new("plugin jobs").await;
    rows(&mut pair).await;
    let routines = at("backup-routines");
    let routine = json!({ "endpoint": "{endpoint}", "job_id": "backup-1", "selection": [100, 101], "keep_last": 3,
        "schedule": "daily", "comment": "", "raw_config": { "id": "backup-1" }, "status": "active" });
    pair.make("routine", &routines, routine.clone()).await;
    let other = |more: Value| with(routine.clone(), with(json!({ "job_id": "backup-2" }), more));
    for more in [
        json!({ "selection": [] }),
        json!({ "selection": {} }),
        json!({ "selection": "" }),
        json!({ "selection": null }),
        json!({ "job_id": "backup-1" }),
        json!({ "status": "bad", "keep_all": "x", "keep_last": -1, "node": 999_999, "next_run": "2024" }),
        json!({ "status": null, "job_id": "backup-3" }),
        json!({ "selection": { "all": true }, "node": "{pve1}", "storage": "{local}",
            "fleecing_storage": { "name": "local", "cluster": { "name": "cluster {run}" } }, "keep_all": true,
            "next_run": "2024-01-01T05:00:00Z", "repeat_missed": false, "tags": ["{tag}"] }),
    ] {
        pair.post(&routines, other(more)).await;
    }
    pair.post(&routines, json!({})).await;
    pair.post(&routines, json!({ "endpoint": "{endpoint}", "job_id": "x" })).await;
    pair.patch(&format!("{routines}/{{routine}}"), json!({ "selection": [] })).await;
    pair.patch(&format!("{routines}/{{routine}}"), json!({ "status": "stale", "selection": [5] })).await;
    let replications = at("replications");
    let replication = json!({ "endpoint": "{endpoint}", "replication_id": "100-0", "guest": 100, "target": "pve2",
        "job_type": "local", "schedule": "*/15", "source": "pve1", "jobnum": 0, "virtual_machine": "{vm}", "rate": 1.5,
        "raw_config": { "a": 1 }, "status": "active" });
    pair.make("replication", &replications, replication.clone()).await;
    for more in [
        json!({}),
        json!({ "endpoint": null }),
        json!({ "replication_id": "9", "job_type": "x", "remove_job": "", "rate": "x", "status": null }),
        json!({ "replication_id": "100-1", "remove_job": "full", "rate": 3, "disable": true, "proxmox_node": "{pve1}" }),
        json!({ "replication_id": "100-2", "guest": -1, "jobnum": null, "target": "" }),
    ] {
        pair.post(&replications, with(replication.clone(), more)).await;
    }
    pair.post(&replications, json!({})).await;
    for path in [
        "backup-routines/?endpoint={endpoint}",
        "backup-routines/?endpoint={endpoint}&brief=1",
        "backup-routines/?endpoint={endpoint}&job_id=backup-1&fields=id",
        "backup-routines/?endpoint={endpoint}&status=stale&fields=id",
        "backup-routines/?endpoint={endpoint}&storage={local}&fields=id",
        "backup-routines/?endpoint={endpoint}&endpoint_id=999999&fields=id",
        "backup-routines/?endpoint=999999",
        "replications/?endpoint={endpoint}",
        "replications/?endpoint={endpoint}&brief=1",
        "replications/?virtual_machine={vm}&endpoint=null&fields=id",
        "replications/?virtual_machine={vm}&replication_id=100-1&fields=id",
        "replications/?virtual_machine={vm}&guest=100&fields=replication_id&ordering=replication_id,id",
        "replications/?virtual_machine={vm}&remove_job=full&fields=id",
    ] {
        pair.get(&format!("/api/{}", at(path))).await;
    }
    pair.delete(&at("endpoints/proxmox/{endpoint}")).await;
    pair.get(&format!("/api/{}", at("replications/{replication}/"))).await;
    pair.get(&format!("/api/{}", at("backup-routines/{routine}/"))).await;
    pair.finish().await;
}

#[tokio::test]
async fn cloud_init_and_guest_interfaces_are_as_in_the_plugin() {
    let mut pair = Pair::new("plugin guests").await;
    rows(&mut pair).await;
    let init = at("vm-cloudinit");
    pair.make("vm2", VM, json!({ "name": "vm2 {run}", "cluster": "{cluster}" })).await;
    pair.make(
        "init",
        &init,
        json!({ "virtual_machine": "{vm}", "ciuser": "root", "sshkeys": "a\nb\n", "ipconfig0": "ip=dhcp", "vlan_tag": 5 }),
    )
    .await;
    for body in [
        json!({}),
        json!({ "virtual_machine": "{vm2}", "password": "x" }),
        json!({ "virtual_machine": "{vm2}", "vlan_tag": 40_000, "ciuser": "x".repeat(65), "ssh_pwauth": "x" }),
    ] {
        pair.post(&init, body).await;
    }
    for body in [json!({ "virtual_machine": "{vm}" }), json!([{ "virtual_machine": "{vm}" }])] {
        let ask = Ask::new("POST", &format!("/api/{init}/")).body(body);
        pair.same_part(ask, |answer| json!([answer["exception"], answer["error"]])).await;
    }
    pair.patch(&format!("{init}/{{init}}"), json!({ "ciuser": "admin", "enable_agent": true })).await;
    let core = "virtualization/interfaces";
    pair.make("eth0", core, json!({ "virtual_machine": "{vm}", "name": "eth0" })).await;
    pair.make("eth1", core, json!({ "virtual_machine": "{vm2}", "name": "eth0" })).await;
    let guests = at("guest-vm-interfaces");
    pair.make(
        "ens18",
        &guests,
        json!({ "virtual_machine": "{vm}", "vm_interface": "{eth0}", "name": "ens18", "mac_address": "AA:bb", "mtu": 1500 }),
    )
    .await;
    pair.make(
        "lo",
        &guests,
        json!({ "virtual_machine": "{vm}", "name": "lo", "enabled": false, "tags": ["{tag}"] }),
    )
    .await;
    for body in [
        json!({}),
        json!({ "virtual_machine": "{vm}", "vm_interface": "{eth0}", "name": "ens18.5" }),
        json!({ "virtual_machine": "{vm}", "name": "ens18" }),
        json!({ "virtual_machine": "{vm}", "vm_interface": "{eth1}", "name": "ens20" }),
        json!({ "virtual_machine": "{vm}", "name": "x".repeat(129), "mtu": -1, "mac_address": "x".repeat(33) }),
        json!([{ "virtual_machine": "{vm}", "name": "a" }, { "virtual_machine": "{vm}", "name": "lo" }]),
    ] {
        pair.post(&guests, body).await;
    }
    let mark = u32::from_str_radix(&pair.run, 16).unwrap();
    let ip = |host: u32, on: &str| {
        let address = format!("10.{}.{}.{host}/24", mark % 250, mark / 250 % 250);
        let mut ip = json!({ "address": address });
        if !on.is_empty() {
            ip = with(
                ip,
                json!({ "assigned_object_type": "virtualization.vminterface", "assigned_object_id": on }),
            );
        }
        ip
    };
    pair.make("ip1", "ipam/ip-addresses", ip(1, "{eth0}")).await;
    pair.make("ip2", "ipam/ip-addresses", ip(2, "{eth1}")).await;
    pair.make("ip3", "ipam/ip-addresses", ip(3, "")).await;
    let links = at("guest-vm-interface-addresses");
    pair.make("link", &links, json!({ "guest_interface": "{ens18}", "ip_address": "{ip1}" })).await;
    for body in [
        json!({}),
        json!({ "guest_interface": "{ens18}", "ip_address": "{ip1}" }),
        json!({ "guest_interface": "{ens18}", "ip_address": "{ip2}" }),
        json!({ "guest_interface": "{lo}", "ip_address": "{ip2}" }),
        json!({ "guest_interface": "{lo}", "ip_address": "{ip3}" }),
        json!({ "guest_interface": { "name": "lo", "virtual_machine": "{vm}" }, "ip_address": "{ip1}" }),
    ] {
        pair.post(&links, body).await;
    }
    for path in [
        "vm-cloudinit/?virtual_machine={vm}",
        "vm-cloudinit/?virtual_machine={vm}&brief=1",
        "vm-cloudinit/?virtual_machine={vm}&virtual_machine_id=999999&fields=id",
        "guest-vm-interfaces/?virtual_machine={vm}",
        "guest-vm-interfaces/?virtual_machine_id={vm}&brief=1",
        "guest-vm-interfaces/?virtual_machine=999999",
        "guest-vm-interfaces/?virtual_machine={vm}&virtual_machine={vm2}&fields=name",
        "guest-vm-interfaces/?virtual_machine={vm}&name=ens18&fields=name",
        "guest-vm-interfaces/?virtual_machine={vm}&mac_address=BB&fields=name",
        "guest-vm-interfaces/?virtual_machine={vm}&enabled=false&fields=name",
        "guest-vm-interfaces/?vm_interface_id={eth0}&fields=name",
        "guest-vm-interfaces/{ens18}/",
        "guest-vm-interface-addresses/?virtual_machine={vm}",
        "guest-vm-interface-addresses/?guest_interface={ens18}&fields=id",
        "guest-vm-interface-addresses/?ip_address_id={ip1}&brief=1",
        "guest-vm-interface-addresses/?vm_interface={eth0}&fields=id",
        "guest-vm-interface-addresses/?ip_address=999999",
    ] {
        pair.get(&format!("/api/{}", at(path))).await;
    }
    pair.delete("ipam/ip-addresses/{ip1}").await;
    pair.delete("virtualization/interfaces/{eth0}").await;
    pair.delete(&format!("{VM}/{{vm}}")).await;
    pair.get(&format!("/api/{links}/{{link}}/")).await;
    pair.get(&format!("/api/{guests}/{{ens18}}/")).await;
    pair.get(&format!("/api/{init}/{{init}}/")).await;
    pair.finish().await;
}

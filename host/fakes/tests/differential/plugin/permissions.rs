//! What users may see of the plugin's objects who may not see everything.

use super::inventory::{at, rows};
use crate::differential::{Ask, Pair, VM};
use proxbox_fakes::netbox::{Action, Grant};
use serde_json::json;

const STATE: &str = "netbox_proxbox.proxboxvirtualmachinesyncstate";

#[tokio::test]
async fn object_permissions_hold_for_the_plugins_objects() {
    let mut pair = Pair::new("plugin permissions").await;
    rows(&mut pair).await;
    let states = at("sync-state/virtual-machines");
    pair.make("vm2", VM, json!({ "name": "vm2 {run}", "cluster": "{placed}" })).await;
    pair.make(
        "state",
        &states,
        json!({ "virtual_machine": "{vm}", "proxmox_vm_id": 100, "proxmox_node": "{pve1}" }),
    )
    .await;
    pair.make("state2", &states, json!({ "virtual_machine": "{vm2}", "proxmox_vm_id": 101 })).await;
    pair.user("nobody", false, vec![]).await;
    let own = json!({ "virtual_machine__cluster__name": "cluster {run}" });
    let settings = Grant::new(&[Action::View], &["netbox_proxbox.proxboxpluginsettings"]);
    let own = Grant::new(Action::ALL, &[STATE]).only(own);
    pair.user("owner", false, vec![own.clone(), settings]).await;
    // What a row is about must be visible as well, and what it names is shown to those who may see it.
    let machines = Grant::new(&[Action::View], &["virtualization.virtualmachine"]);
    pair.user("more", false, vec![own.clone(), machines.clone()]).await;
    let nodes = Grant::new(&[Action::View], &["netbox_proxbox.proxmoxnode"]);
    pair.user("most", false, vec![own, machines, nodes]).await;
    for user in ["nobody", "owner", "more", "most"] {
        for path in [
            "settings/",
            "settings/runtime/",
            "storage/",
            "sync-state/virtual-machines/?fields=id,proxmox_vm_id",
            "sync-state/virtual-machines/?proxmox_node={pve1}&fields=id,proxmox_node",
            "sync-state/virtual-machines/?proxmox_node_id={pve1}&fields=id,proxmox_vm_id",
            "sync-state/virtual-machines/?endpoint={endpoint}&fields=id,endpoint",
            "sync-state/virtual-machines/{state}/",
            "sync-state/virtual-machines/{state2}/",
        ] {
            pair.same(Ask::new("GET", &format!("/api/{}", at(path))).by(user)).await;
        }
        for body in [
            json!({ "virtual_machine": "{vm}" }),
            json!({ "virtual_machine": "{vm2}" }),
            json!([{ "virtual_machine": "{vm2}" }]),
            json!({ "virtual_machine": { "name": "vm {run}" } }),
            json!({ "virtual_machine": { "id": "{vm}" } }),
            json!({ "virtual_machine": "{vm}", "proxmox_node": "{pve1}", "endpoint": { "name": "pve {run}" } }),
        ] {
            pair.same(Ask::new("POST", &format!("/api/{states}/")).by(user).body(body)).await;
        }
        for id in ["{state}", "{state2}"] {
            let body = json!({ "proxmox_uptime": 5 });
            pair.same(Ask::new("PATCH", &format!("/api/{states}/{id}/")).by(user).body(body)).await;
            let list = json!([{ "id": id, "proxmox_uptime": 6 }]);
            pair.same(Ask::new("PATCH", &format!("/api/{states}/")).by(user).body(list)).await;
        }
        pair.same(
            Ask::new("PATCH", &format!("/api/{}", at("settings/1/")))
                .by(user)
                .body(json!({ "netbox_timeout": 7 })),
        )
        .await;
    }
    pair.finish().await;
}

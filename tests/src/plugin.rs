use crate::netbox::LabNetbox;
use proxbox_fakes::fleet::Fleet;
use proxbox_fakes::proxmox::FakeProxmox;
use serde_json::{Value as Json, json};

/// Enters a cluster into the plugin as its operator and its own job do: the endpoint, the cluster and its nodes. The
/// endpoint's name is not the host's, so that it is found by address and port.
pub(crate) async fn enter(netbox: &LabNetbox, proxmox: &FakeProxmox, number: usize) {
    let fleet = proxmox.fleet().read().expect("nobody panicked with the fleet").clone();
    let endpoint = json!({
        "name": format!("Proxmox {number}"), "ip_address": address(netbox, proxmox).await,
        "port": proxmox.addr().port(), "mode": "undefined",
    });
    let endpoint = netbox.create("plugins/proxbox/endpoints/proxmox/", endpoint).await["id"].clone();
    let cluster = json!({ "endpoint": endpoint, "name": fleet.name(), "mode": mode(&fleet) });
    let cluster = netbox.create("plugins/proxbox/proxmox-clusters/", cluster).await["id"].clone();
    for node in &fleet.nodes {
        let row = json!({
            "endpoint": endpoint, "proxmox_cluster": cluster, "name": node.name, "ip_address": node.ip.to_string(),
            "online": node.online,
        });
        netbox.create("plugins/proxbox/proxmox-nodes/", row).await;
    }
}

fn mode(fleet: &Fleet) -> &'static str {
    if fleet.cluster.is_some() { "cluster" } else { "standalone" }
}

/// All clusters of a laboratory listen at one address.
async fn address(netbox: &LabNetbox, proxmox: &FakeProxmox) -> Json {
    let text = format!("{}/32", proxmox.addr().ip());
    let known = netbox.list("ipam/ip-addresses/").await;
    match known.into_iter().find(|known| known["address"] == text) {
        Some(known) => known["id"].clone(),
        None => netbox.create("ipam/ip-addresses/", json!({ "address": text })).await["id"].clone(),
    }
}

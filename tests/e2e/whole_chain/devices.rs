use super::{Whole, whole};
use proxbox_fakes::fleet::{Node, NodeInterface};
use proxbox_tests::Claims;
use serde_json::{Value as Json, json};

#[tokio::test(flavor = "multi_thread")]
async fn every_node_is_a_device_that_the_plugins_row_leads_to() {
    let whole = whole().await;
    let mut claims = Claims::default();
    let devices = whole.netbox.of("dcim/devices/").count();
    claims.same("devices", &json!(devices), whole.fleet.nodes.len());
    for node in &whole.fleet.nodes {
        let device = whole.one("dcim/devices/", |device| device["name"] == node.name);
        claims.same(format!("{} status", node.name), &device["status"]["value"], "active");
        claims.same(format!("{} cluster", node.name), &device["cluster"]["name"], "lab");
        claims.same(format!("{} role", node.name), &device["role"]["slug"], "proxmox-node");
        claims.same(format!("{} site", node.name), &device["site"]["name"], "Proxmox Default Site - lab");
        let row = whole.node_row(&node.name);
        claims.same(format!("{} link", node.name), &row["netbox_device"]["id"], device["id"].clone());
        is_recorded(&mut claims, &whole, node, device, row);
    }
    claims.settle();
}

fn is_recorded(claims: &mut Claims, whole: &Whole, node: &Node, device: &Json, row_of_node: &Json) {
    let row = whole.one("plugins/proxbox/sync-state/devices/", |row| row["device"]["id"] == device["id"]);
    let cluster = whole.one("plugins/proxbox/proxmox-clusters/", |_| true);
    for (field, object) in
        [("endpoint", whole.endpoint()), ("proxmox_node", row_of_node), ("proxmox_cluster", cluster)]
    {
        claims.same(format!("{} {field}", node.name), &row[field]["id"], object["id"].clone());
    }
    claims.same(format!("{} name", node.name), &row["proxmox_node_name"], node.name.as_str());
    claims.same(format!("{} cluster name", node.name), &row["proxmox_cluster_name"], "lab");
    let link = row["proxmox_link"].as_str().unwrap_or_default();
    claims.that(link.ends_with(&format!("/#v1:0:=node/{}", node.name)), || format!("{}: {link}", node.name));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_interface_of_a_node_is_there_with_what_it_rides_on() {
    let whole = whole().await;
    let mut claims = Claims::default();
    for node in &whole.fleet.nodes {
        let own = whole.netbox.of("dcim/interfaces/").filter(|port| port["device"]["name"] == node.name);
        let names = own.map(|port| port["name"].as_str().unwrap()).collect();
        let expected = node.interfaces.iter().map(|interface| interface.name.as_str()).collect();
        claims.same_set(format!("interfaces of {}", node.name), names, expected);
        for interface in &node.interfaces {
            is_shown(&mut claims, &whole, node, interface);
        }
    }
    claims.settle();
}

/// The interface of a node that has this one among its members, and the field that says so.
fn above<'a>(node: &'a Node, name: &str) -> Option<(&'static str, &'a str)> {
    node.interfaces.iter().find_map(|other| {
        let lists = |option: &str| {
            other.options.get(option).is_some_and(|members| members.split(' ').any(|member| member == name))
        };
        match () {
            () if lists("slaves") => Some(("lag", other.name.as_str())),
            () if lists("bridge_ports") => Some(("bridge", other.name.as_str())),
            () => None,
        }
    })
}

fn is_shown(claims: &mut Claims, whole: &Whole, node: &Node, interface: &NodeInterface) {
    let who = format!("{} {}", node.name, interface.name);
    let port = whole.port(&node.name, &interface.name);
    let sort = match interface.kind.as_str() {
        "bridge" => "bridge",
        "bond" => "lag",
        "vlan" => "virtual",
        _ => "other",
    };
    claims.same(format!("{who} type"), &port["type"]["value"], sort);
    claims.same(format!("{who} enabled"), &port["enabled"], interface.active);
    let mtu = interface.options.get("mtu").map(|mtu| mtu.parse::<u64>().unwrap());
    claims.same(format!("{who} mtu"), &port["mtu"], json!(mtu));
    claims.same(
        format!("{who} comment"),
        &port["description"],
        interface.comment.as_deref().unwrap_or("").trim(),
    );
    let above = above(node, &interface.name);
    for field in ["lag", "bridge"] {
        let name = above.filter(|(of, _)| *of == field).map(|(_, name)| name);
        claims.same(format!("{who} {field}"), &port[field]["name"], json!(name));
    }
    let vlan = interface.options.get("vlan-id").map(|id| id.parse::<u64>().unwrap());
    claims.same(format!("{who} VLAN"), &port["untagged_vlan"]["vid"], json!(vlan));
    claims.same(format!("{who} mode"), &port["mode"]["value"], json!(vlan.map(|_| "access")));
    let parent = interface.options.get("vlan-raw-device");
    claims.same(format!("{who} parent"), &port["parent"]["name"], json!(parent));
    let on = |address: &&Json| {
        address["assigned_object_type"] == "dcim.interface" && address["assigned_object_id"] == port["id"]
    };
    let shown = whole.netbox.of("ipam/ip-addresses/").filter(on);
    let shown = shown.map(|address| address["address"].as_str().unwrap().to_owned()).collect();
    let expected = interface.cidr.iter().chain(&interface.cidr6).cloned().collect();
    claims.same_set(format!("{who} addresses"), shown, expected);
}

//! What interfaces and VLANs may refer to.

use crate::differential::{Ask, Pair, VM, base};
use serde_json::{Value, json};

fn with(mut object: Value, more: Value) -> Value {
    object.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    object
}

#[tokio::test]
async fn interfaces_of_devices_go_where_netbox_lets_them() {
    let mut pair = Pair::new("device interfaces").await;
    base(&mut pair).await;
    let list = "dcim/interfaces";
    pair.make(
        "node2",
        "dcim/devices",
        json!({ "name": "node2 {run}", "device_type": "{kind}", "role": "{role}", "site": "{site}" }),
    )
    .await;
    let interface =
        |name: &str, kind: &str, device: &str| json!({ "device": device, "name": name, "type": kind });
    for (key, name, kind, device) in [
        ("bond", "bond0", "lag", "{node}"),
        ("eno1", "eno1", "1000base-t", "{node}"),
        ("sub", "eno1.5", "virtual", "{node}"),
        ("bridge", "vmbr0", "bridge", "{node}"),
        ("far", "eno1", "10gbase-x-sfpp", "{node2}"),
        ("far_bond", "bond0", "lag", "{node2}"),
    ] {
        pair.make(key, list, interface(name, kind, device)).await;
    }
    for more in [
        json!({ "parent": "{eno1}" }),
        json!({ "lag": "{far_bond}" }),
        json!({ "lag": "{eno1}" }),
        json!({ "bridge": "{far}" }),
        json!({ "bridge": "{bridge}", "name": "y" }),
        json!({ "parent": "{far}", "type": "virtual" }),
        json!({ "type": "nope" }),
        json!({ "type": "ieee802.11ax", "rf_role": "ap", "name": "wlan0" }),
        json!({ "type": "virtual", "mark_connected": true }),
        json!({ "lag": 999_999, "parent": 999_999, "bridge": { "name": "nope" } }),
    ] {
        pair.post(list, with(interface("x", "1000base-t", "{node}"), more)).await;
    }
    for (key, body) in [
        ("sub", json!({ "parent": "{eno1}" })),
        ("sub", json!({ "parent": "{far}" })),
        ("sub", json!({ "parent": "{sub}" })),
        ("sub", json!({ "lag": "{bond}" })),
        ("sub", json!({ "type": "1000base-t" })),
        ("sub", json!({ "mark_connected": true })),
        ("sub", json!({ "poe_mode": "pd" })),
        ("eno1", json!({ "lag": "{bond}", "mgmt_only": true, "mtu": 9000, "enabled": false })),
        ("eno1", json!({ "lag": "{eno1}" })),
        ("eno1", json!({ "rf_role": "ap" })),
        ("eno1", json!({ "device": "{node2}" })),
        ("eno1", json!({ "channels": 4 })),
        ("eno1", json!({ "channels": null, "mtu": 0 })),
        ("eno1", json!({ "duplex": "x", "speed": -1 })),
        ("eno1", json!({ "duplex": "full", "speed": 1_000_000 })),
        ("bond", json!({ "lag": "{bond}" })),
        ("bond", json!({ "channels": 2 })),
        ("bond", json!({ "channel_id": 2 })),
        ("bridge", json!({ "bridge": "{bridge}" })),
        ("bridge", json!({ "parent": "{eno1}" })),
        ("bridge", json!({ "name": "bond0" })),
    ] {
        pair.patch(&format!("{list}/{{{key}}}"), body).await;
    }
    for query in ["", "&type=virtual", "&type=zz", "&lag_id={bond}", "&parent_id={eno1}", "&name__ic=eno"] {
        pair.get(&format!("/api/{list}/?device_id={{node}}{query}")).await;
    }
    pair.delete(&format!("{list}/{{eno1}}")).await;
    pair.delete(&format!("{list}/{{bond}}")).await;
    pair.get(&format!("/api/{list}/{{eno1}}/")).await;
    pair.same(Ask::new("PATCH", &format!("/api/{list}/")).body(json!([
        { "id": "{eno1}", "lag": "{far_bond}" }, { "id": "{bridge}", "mtu": 1500 },
    ])))
    .await;
    pair.delete("dcim/devices/{node}").await;
    pair.finish().await;
}

#[tokio::test]
async fn vlans_go_where_netbox_lets_them() {
    let mut pair = Pair::new("VLANs").await;
    base(&mut pair).await;
    let groups = "ipam/vlan-groups";
    pair.make("any", groups, json!({ "name": "any {run}", "slug": "any-{run}" })).await;
    let scoped = json!({ "name": "scoped {run}", "slug": "scoped-{run}", "scope_type": "dcim.site", "scope_id": "{site}" });
    pair.make(
        "scoped",
        groups,
        with(scoped.clone(), json!({ "vid_ranges": [[10, 20], [30, 30]], "tags": ["{tag}"] })),
    )
    .await;
    for more in [
        json!({}),
        json!({ "slug": "other" }),
        json!({ "name": "other", "vid_ranges": [] }),
        json!({ "name": "other", "slug": "o", "vid_ranges": [[5]] }),
        json!({ "name": "other", "slug": "o", "vid_ranges": [[20, 10]] }),
        json!({ "name": "other", "slug": "o", "vid_ranges": [[0, 5]] }),
        json!({ "name": "other", "slug": "o", "vid_ranges": [[1, 5], [3, 8]] }),
        json!({ "name": "other", "slug": "o", "vid_ranges": "x" }),
        json!({ "name": "other", "slug": "o", "vid_ranges": [["a", 1], 5] }),
        json!({ "name": "other", "slug": "o", "vid_ranges": [[1, 5000]] }),
        json!({ "scope_id": null }),
        json!({ "scope_type": "dcim.device" }),
        json!({ "scope_id": 999_999 }),
    ] {
        pair.post(groups, with(scoped.clone(), more)).await;
    }
    let vlan = |more: Value| with(json!({ "vid": 15, "name": "vlan {run}", "group": "{scoped}" }), more);
    pair.make("vlan", "ipam/vlans", vlan(json!({}))).await;
    for more in [
        json!({ "name": "b {run}" }),
        json!({ "vid": 16 }),
        json!({ "vid": 25, "name": "c {run}" }),
        json!({ "vid": 12, "name": "d {run}", "site": "{site2}" }),
        json!({ "vid": 12, "name": "d {run}", "site": "{site}", "status": "deprecated", "tenant": "{tenant}" }),
        json!({ "group": "{any}" }),
        json!({ "group": { "slug": "any-{run}" } }),
        json!({ "group": null, "site": "{site}" }),
        json!({ "group": null, "site": "{site}", "tags": [{ "slug": "tag-{run}" }] }),
        json!({ "group": 999_999, "vid": "x", "name": "" }),
    ] {
        pair.post("ipam/vlans", vlan(more)).await;
    }
    for path in [
        "ipam/vlan-groups/{scoped}/",
        "ipam/vlan-groups/?site={site}&brief=1",
        "ipam/vlan-groups/?slug=any-{run}",
        "ipam/vlans/?group_id={scoped}",
        "ipam/vlans/?group=scoped-{run}&fields=vid,group",
        "ipam/vlans/?site_id={site}&vid=15&fields=id,name",
        "ipam/vlans/?name=vlan {run}&ordering=id&fields=vid,site,group",
        "ipam/vlans/?group_id=999999",
    ] {
        pair.get(&format!("/api/{path}")).await;
    }
    pair.patch("ipam/vlans/{vlan}", json!({ "site": "{site2}" })).await;
    pair.patch("ipam/vlan-groups/{scoped}", json!({ "vid_ranges": [[1, 5]] })).await;
    pair.delete("ipam/vlan-groups/{scoped}").await;
    pair.finish().await;
}

#[tokio::test]
async fn addresses_stay_where_they_are_primary() {
    let mut pair = Pair::new("primary addresses").await;
    base(&mut pair).await;
    let mark = u32::from_str_radix(&pair.run, 16).unwrap();
    let net = format!("10.{}.{}", mark % 250, mark / 250 % 250);
    let (machines, devices) = ("virtualization/interfaces", "dcim/interfaces");
    pair.make("vm2", VM, json!({ "name": "vm2 {run}", "cluster": "{cluster}" })).await;
    pair.make("eth0", machines, json!({ "virtual_machine": "{vm}", "name": "eth0" })).await;
    pair.make("eth1", machines, json!({ "virtual_machine": "{vm}", "name": "eth1" })).await;
    pair.make("far", machines, json!({ "virtual_machine": "{vm2}", "name": "eth0" })).await;
    pair.make("port", devices, json!({ "device": "{node}", "name": "eno1", "type": "1000base-t" })).await;
    let on = |kind: &str, id: &str| json!({ "assigned_object_type": kind, "assigned_object_id": id });
    let (guest, host) = ("virtualization.vminterface", "dcim.interface");
    pair.make(
        "ip",
        "ipam/ip-addresses",
        with(json!({ "address": format!("{net}.1/24") }), on(guest, "{eth0}")),
    )
    .await;
    pair.make(
        "free",
        "ipam/ip-addresses",
        json!({ "address": format!("{net}.2/24"), "dns_name": "Free.Example.org" }),
    )
    .await;
    pair.make(
        "node_ip",
        "ipam/ip-addresses",
        with(json!({ "address": format!("{net}.3/24") }), on(host, "{port}")),
    )
    .await;
    pair.post("ipam/ip-addresses", json!({ "address": format!("{net}.1/24") })).await;
    pair.post("ipam/ip-addresses", json!({ "address": format!("{net}.1/32") })).await;
    pair.post("ipam/ip-addresses", with(json!({ "address": format!("{net}.9/24") }), on(guest, "x"))).await;
    for (path, body) in [
        (format!("{VM}/{{vm}}"), json!({ "primary_ip4": "{free}" })),
        (format!("{VM}/{{vm}}"), json!({ "primary_ip4": "{node_ip}" })),
        (format!("{VM}/{{vm2}}"), json!({ "primary_ip4": "{ip}" })),
        (format!("{VM}/{{vm}}"), json!({ "primary_ip6": "{ip}" })),
        (format!("{VM}/{{vm}}"), json!({ "primary_ip4": { "address": format!("{net}.1/24") } })),
        ("dcim/devices/{node}".into(), json!({ "primary_ip4": "{ip}" })),
        ("dcim/devices/{node}".into(), json!({ "primary_ip4": "{node_ip}" })),
        ("ipam/ip-addresses/{ip}".into(), on(guest, "{eth1}")),
        ("ipam/ip-addresses/{ip}".into(), on(guest, "{far}")),
        (
            "ipam/ip-addresses/{ip}".into(),
            json!({ "assigned_object_type": null, "assigned_object_id": null }),
        ),
        ("ipam/ip-addresses/{ip}".into(), json!({ "assigned_object_id": null })),
        ("ipam/ip-addresses/{node_ip}".into(), on(guest, "{far}")),
        ("ipam/ip-addresses/{ip}".into(), json!({ "address": format!("{net}.4/24"), "status": "reserved" })),
        (format!("{machines}/{{eth0}}"), json!({ "virtual_machine": "{vm2}" })),
        (format!("{VM}/{{vm}}"), json!({ "primary_ip4": null })),
        ("ipam/ip-addresses/{ip}".into(), on(guest, "{far}")),
    ] {
        pair.patch(&path, body).await;
    }
    pair.get(&format!("/api/{VM}/{{vm}}/")).await;
    pair.get("/api/ipam/ip-addresses/{ip}/").await;
    pair.get("/api/dcim/devices/{node}/").await;
    let macs = "dcim/mac-addresses";
    pair.make("mac", macs, with(json!({ "mac_address": "bc:24:11:00:00:01" }), on(guest, "{eth0}"))).await;
    for (path, body) in [
        (format!("{machines}/{{eth0}}"), json!({ "primary_mac_address": "{mac}" })),
        (format!("{machines}/{{eth1}}"), json!({ "primary_mac_address": "{mac}" })),
        (format!("{macs}/{{mac}}"), json!({ "assigned_object_type": null, "assigned_object_id": null })),
        (format!("{macs}/{{mac}}"), on(guest, "{eth1}")),
        (format!("{macs}/{{mac}}"), on(host, "x")),
        (format!("{machines}/{{eth0}}"), json!({ "primary_mac_address": null })),
        (format!("{macs}/{{mac}}"), on(guest, "{eth1}")),
    ] {
        pair.patch(&path, body).await;
    }
    pair.get(&format!("/api/{machines}/?virtual_machine_id={{vm}}")).await;
    pair.delete(&format!("{machines}/{{eth1}}")).await;
    pair.get(&format!("/api/{macs}/{{mac}}/")).await;
    pair.finish().await;
}

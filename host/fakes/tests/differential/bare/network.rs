//! Interfaces, addresses and services.

use crate::differential::{Ask, Pair, VM, base};
use serde_json::{Value, json};

async fn network(pair: &mut Pair) {
    base(pair).await;
    pair.make("vlan", "ipam/vlans", json!({ "vid": 10, "name": "vlan {run}" })).await;
    pair.make(
        "vlan_site",
        "ipam/vlans",
        json!({ "vid": 11, "name": "vlan site {run}", "site": "{site2}", "status": "reserved" }),
    )
    .await;
    pair.make("vrf", "ipam/vrfs", json!({ "name": "vrf {run}", "rd": "65000:{run}" })).await;
    pair.make(
        "eth0",
        "virtualization/interfaces",
        json!({ "virtual_machine": "{vm}", "name": "eth0", "mac_address": "aa:bb:cc:00:11:22" }),
    )
    .await;
    pair.learn("mac0", "/api/dcim/mac-addresses/?vminterface_id={eth0}").await;
    pair.make("port", "dcim/interfaces", json!({ "device": "{node}", "name": "eno1", "type": "1000base-t" }))
        .await;
    pair.make(
        "bridge",
        "dcim/interfaces",
        json!({ "device": "{node}", "name": "vmbr0", "type": "bridge", "mtu": 1500 }),
    )
    .await;
}

#[tokio::test]
async fn interfaces_are_as_in_netbox() {
    let mut pair = Pair::new("interfaces").await;
    network(&mut pair).await;
    let interfaces = "virtualization/interfaces";
    pair.make("eth1", interfaces, json!({ "virtual_machine": "{vm}", "name": "eth1", "enabled": false, "mtu": 9000, "mode": "tagged", "untagged_vlan": "{vlan}", "tagged_vlans": ["{vlan}"], "vrf": "{vrf}", "parent": "{eth0}", "bridge": "{eth0}", "description": "d", "tags": ["{tag}"] })).await;
    pair.make("vm2", VM, json!({ "name": "vm2 {run}", "cluster": "{cluster}" })).await;
    pair.make("other", interfaces, json!({ "virtual_machine": "{vm2}", "name": "eth0" })).await;
    for wrong in [
        json!({ "name": "eth0" }),
        json!({ "name": "x", "mtu": 0 }),
        json!({ "name": "x", "mtu": 65_537 }),
        json!({ "name": "x", "mode": "bad" }),
        json!({ "name": "x", "parent": "{other}" }),
        json!({ "name": "x", "bridge": "{other}" }),
        json!({ "name": "x", "mac_address": "zz" }),
        json!({ "name": "x", "mac_address": 5 }),
        json!({ "name": "x", "untagged_vlan": "{vlan_site}", "mode": "access" }),
        json!({ "name": "x", "tagged_vlans": ["{vlan_site}"], "mode": "tagged" }),
        json!({ "name": "x", "tagged_vlans": [999_999] }),
        json!({ "name": "x", "tagged_vlans": ["a"] }),
        json!({ "name": "x", "tagged_vlans": "a" }),
        json!({ "name": "x", "qinq_svlan": "{vlan}" }),
        json!({ "name": "x", "primary_mac_address": "{mac0}" }),
        json!({ "name": "x", "primary_mac_address": "{mac0}", "mac_address": "aa:bb:cc:00:11:23" }),
        json!({ "name": "x", "enabled": "maybe" }),
        json!({ "name": "x", "mode": "" }),
    ] {
        let mut body = json!({ "virtual_machine": "{vm}" });
        body.as_object_mut().unwrap().extend(wrong.as_object().unwrap().clone());
        pair.post(interfaces, body).await;
    }
    for (path, body) in [
        ("virtualization/interfaces/{eth0}", json!({ "parent": "{eth0}" })),
        ("virtualization/interfaces/{eth0}", json!({ "mac_address": "AABB.CC00.1122" })),
        ("virtualization/interfaces/{eth1}", json!({ "mode": null })),
        ("virtualization/interfaces/{eth1}", json!({ "tagged_vlans": ["{vlan}"] })),
        ("virtualization/interfaces/{eth1}", json!({ "primary_mac_address": "{mac0}" })),
        (
            "dcim/interfaces/{port}",
            json!({ "bridge": "{bridge}", "mgmt_only": true, "label": "l", "speed": 1_000_000 }),
        ),
        ("dcim/interfaces/{port}", json!({ "untagged_vlan": "{vlan}" })),
        (
            "dcim/interfaces/{port}",
            json!({ "mode": "access", "untagged_vlan": "{vlan}", "tagged_vlans": ["{vlan}"] }),
        ),
        (
            "dcim/interfaces/{port}",
            json!({ "mode": "tagged", "untagged_vlan": "{vlan}", "tagged_vlans": ["{vlan}"] }),
        ),
        (
            "dcim/interfaces/{port}",
            json!({ "mode": "access", "untagged_vlan": "{vlan_site}", "tagged_vlans": [] }),
        ),
        ("dcim/interfaces/{port}", json!({ "type": "nope" })),
        ("dcim/interfaces/{port}", json!({ "parent": "{port}" })),
        ("dcim/mac-addresses/{mac0}", json!({ "assigned_object_type": null, "assigned_object_id": null })),
        (
            "dcim/mac-addresses/{mac0}",
            json!({ "assigned_object_type": "dcim.interface", "assigned_object_id": "{port}" }),
        ),
        ("dcim/mac-addresses/{mac0}", json!({ "mac_address": "bad" })),
        (
            "dcim/mac-addresses/{mac0}",
            json!({ "assigned_object_type": "dcim.site", "assigned_object_id": 1 }),
        ),
    ] {
        pair.patch(path, body).await;
    }
    pair.make("mac1", "dcim/mac-addresses", json!({ "mac_address": "bc:24:11:00:64:01", "assigned_object_type": "virtualization.vminterface", "assigned_object_id": "{eth1}", "tags": ["{tag}"] })).await;
    pair.patch("virtualization/interfaces/{eth1}", json!({ "primary_mac_address": "{mac1}" })).await;
    pair.post("dcim/mac-addresses", json!({ "mac_address": "x", "assigned_object_id": 5 })).await;
    pair.post("dcim/interfaces", json!({ "device": "{node}", "name": "eno1", "type": "1000base-t" })).await;
    pair.post("dcim/interfaces", json!({ "device": "{node}", "name": "x" })).await;
    for path in [
        "virtualization/interfaces/{eth0}/",
        "virtualization/interfaces/{eth1}/",
        "dcim/interfaces/{port}/",
        "dcim/interfaces/{bridge}/",
        "dcim/mac-addresses/{mac0}/",
        "dcim/mac-addresses/{mac1}/",
        "virtualization/interfaces/?virtual_machine_id={vm}",
        "virtualization/interfaces/?virtual_machine_id={vm}&brief=1",
        "dcim/interfaces/?device_id={node}",
        "dcim/interfaces/?device_id={node}&brief=1",
        "virtualization/interfaces/?mac_address=aa:bb:cc:00:11:22&virtual_machine_id={vm}",
        "dcim/mac-addresses/?mac_address=bc:24:11:00:64:01&vminterface_id={eth1}",
        "dcim/mac-addresses/?virtual_machine_id={vm}",
        "virtualization/virtual-machines/?mac_address=aa:bb:cc:00:11:22&cluster_id={cluster}",
        "virtualization/interfaces/?cluster_id={cluster}&enabled=false",
        "ipam/vlans/?name=vlan {run}",
        "ipam/vlans/?vid=11&site_id={site2}",
        "ipam/vlans/{vlan}/",
        "ipam/vrfs/{vrf}/",
        "virtualization/virtual-machines/{vm}/",
        "dcim/devices/{node}/",
    ] {
        pair.get(&format!("/api/{}", path.replace(' ', "%20"))).await;
    }
    pair.delete("virtualization/interfaces/{eth0}").await;
    pair.delete("virtualization/interfaces/{eth1}").await;
    pair.delete("virtualization/interfaces/{eth0}").await;
    pair.delete("ipam/vlans/{vlan}").await;
    pair.get("/api/dcim/mac-addresses/{mac0}/").await;
    pair.finish().await;
}

#[tokio::test]
async fn addresses_and_services_are_as_in_netbox() {
    let mut pair = Pair::new("addresses and services").await;
    network(&mut pair).await;
    let mark = u32::from_str_radix(&pair.run, 16).unwrap();
    let net = format!("10.{}.{}", mark % 250, mark / 250 % 250);
    let ip = |host: u32, more: Value| {
        let mut body = json!({ "address": format!("{net}.{host}/24"), "vrf": "{vrf}" });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    let on = |kind: &str, id: &str| json!({ "assigned_object_type": kind, "assigned_object_id": id });
    pair.make("ip", "ipam/ip-addresses", ip(5, on("virtualization.vminterface", "{eth0}"))).await;
    pair.make("ip_node", "ipam/ip-addresses", ip(6, on("dcim.interface", "{port}"))).await;
    pair.make(
        "ip_free",
        "ipam/ip-addresses",
        ip(
            7,
            json!({ "dns_name": "HOST.Example.org", "nat_inside": "{ip}", "role": "vip", "status": "dhcp" }),
        ),
    )
    .await;
    pair.make("ip6", "ipam/ip-addresses", json!({ "address": "2001:0DB8::1/64", "vrf": "{vrf}", "assigned_object_type": "virtualization.vminterface", "assigned_object_id": "{eth0}" })).await;
    pair.make("prefix", "ipam/prefixes", json!({ "prefix": format!("{net}.0/24"), "vrf": "{vrf}", "scope_type": "dcim.site", "scope_id": "{site}", "vlan": "{vlan}" })).await;
    pair.make(
        "inner",
        "ipam/prefixes",
        json!({ "prefix": format!("{net}.0/25"), "vrf": "{vrf}", "status": "container" }),
    )
    .await;
    for body in [
        ip(5, json!({})),
        ip(0, on("virtualization.vminterface", "{eth0}")),
        ip(255, on("virtualization.vminterface", "{eth0}")),
        ip(9, json!({ "assigned_object_type": "virtualization.vminterface" })),
        ip(9, json!({ "assigned_object_id": 5 })),
        ip(9, on("virtualization.vminterface", "999999")),
        ip(9, json!({ "assigned_object_type": "dcim.site", "assigned_object_id": 1 })),
        ip(9, json!({ "status": "bad" })),
        ip(9, json!({ "status": "slaac" })),
        ip(9, json!({ "role": "bad" })),
        ip(9, json!({ "dns_name": "bad name!" })),
        json!({ "address": "x" }),
        json!({ "address": "10.0.0.1/33" }),
        json!({ "address": "10.0.0.0/0", "vrf": "{vrf}" }),
        json!({ "address": "" }),
        json!({ "address": null }),
        json!({ "address": 5 }),
        json!({}),
    ] {
        pair.post("ipam/ip-addresses", body).await;
    }
    for body in [
        json!({ "prefix": format!("{net}.0/24"), "vrf": "{vrf}" }),
        json!({ "prefix": format!("{net}.77/24") }),
        json!({ "prefix": "x" }),
        json!({ "prefix": "0.0.0.0/0" }),
    ] {
        pair.post("ipam/prefixes", body).await;
    }
    for (path, body) in [
        (format!("{VM}/{{vm}}"), json!({ "primary_ip4": "{ip6}" })),
        (format!("{VM}/{{vm}}"), json!({ "primary_ip4": "{ip_node}" })),
        (format!("{VM}/{{vm}}"), json!({ "primary_ip4": "{ip}", "primary_ip6": "{ip6}" })),
        ("dcim/devices/{node}".into(), json!({ "primary_ip4": "{ip}" })),
        ("dcim/devices/{node}".into(), json!({ "primary_ip6": "{ip_node}" })),
        ("dcim/devices/{node}".into(), json!({ "primary_ip4": "{ip_node}", "oob_ip": "{ip_node}" })),
        (
            "ipam/ip-addresses/{ip}".into(),
            json!({ "assigned_object_type": null, "assigned_object_id": null }),
        ),
        ("ipam/ip-addresses/{ip}".into(), on("dcim.interface", "{port}")),
        ("ipam/ip-addresses/{ip_free}".into(), json!({ "address": format!("{net}.5/24") })),
        ("ipam/vlans/{vlan}".into(), json!({ "vid": 0 })),
        ("ipam/vlans/{vlan}".into(), json!({ "vid": 5000, "qinq_role": "bad" })),
        ("ipam/vlans/{vlan}".into(), json!({ "qinq_svlan": "{vlan_site}" })),
        ("ipam/vlans/{vlan}".into(), json!({ "qinq_role": "cvlan" })),
        ("ipam/vrfs/{vrf}".into(), json!({ "rd": "r".repeat(22) })),
    ] {
        pair.patch(&path, body).await;
    }
    let service = |more: Value| {
        let mut body = json!({ "parent_object_type": "virtualization.virtualmachine", "parent_object_id": "{vm}", "name": "web {run}" });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    pair.make(
        "web",
        "ipam/services",
        service(json!({ "protocol": "tcp", "ports": [443, 80], "ipaddresses": ["{ip}"] })),
    )
    .await;
    pair.make("dns", "ipam/services", service(json!({ "port_mappings": ["tcp/53", "UDP/053"] }))).await;
    for wrong in [
        json!({}),
        json!({ "protocol": "tcp" }),
        json!({ "ports": [80] }),
        json!({ "protocol": "tcp", "ports": [] }),
        json!({ "protocol": "x", "ports": [80] }),
        json!({ "protocol": "tcp", "ports": [0] }),
        json!({ "protocol": "tcp", "ports": [70_000] }),
        json!({ "protocol": "tcp", "ports": ["a"] }),
        json!({ "port_mappings": [] }),
        json!({ "port_mappings": ["tcp"] }),
        json!({ "port_mappings": ["x/1"] }),
        json!({ "port_mappings": ["tcp/x"] }),
        json!({ "port_mappings": ["tcp/1", "tcp/01"] }),
        json!({ "port_mappings": ["tcp/99999"] }),
        json!({ "port_mappings": "tcp/1" }),
        json!({ "port_mappings": ["tcp/1"], "protocol": "udp", "ports": [1] }),
        json!({ "port_mappings": ["tcp/1"], "ipaddresses": [999_999] }),
        json!({ "port_mappings": ["tcp/1"], "parent_object_id": 999_999 }),
        json!({ "port_mappings": ["tcp/1"], "parent_object_type": "dcim.site" }),
    ] {
        pair.post("ipam/services", service(wrong)).await;
    }
    pair.patch("ipam/services/{web}", json!({ "ports": [8080] })).await;
    pair.patch("ipam/services/{dns}", json!({ "ports": [8080] })).await;
    for path in [
        "ipam/ip-addresses/{ip}/",
        "ipam/ip-addresses/{ip_free}/",
        "ipam/ip-addresses/{ip6}/",
        "ipam/prefixes/{prefix}/",
        "ipam/prefixes/{inner}/",
        "ipam/ip-addresses/?vrf_id={vrf}",
        "ipam/ip-addresses/?vrf_id={vrf}&family=6",
        "ipam/ip-addresses/?vrf_id={vrf}&address={net}.5",
        "ipam/ip-addresses/?vrf_id={vrf}&address={net}.5/24",
        "ipam/ip-addresses/?vrf_id={vrf}&parent={net}.0/24",
        "ipam/ip-addresses/?vrf_id={vrf}&address=x",
        "ipam/ip-addresses/?vminterface_id={eth0}",
        "ipam/ip-addresses/?virtual_machine_id={vm}",
        "ipam/ip-addresses/?device_id={node}",
        "ipam/ip-addresses/?vrf_id={vrf}&status=dhcp",
        "ipam/prefixes/?vrf_id={vrf}",
        "ipam/prefixes/?vrf_id={vrf}&site_id={site}",
        "ipam/prefixes/?vrf_id={vrf}&contains={net}.200",
        "ipam/prefixes/?vrf_id={vrf}&prefix={net}.0/25",
        "ipam/services/?virtual_machine_id={vm}",
        "ipam/services/{web}/",
        "ipam/vrfs/?rd=65000:{run}",
        "virtualization/virtual-machines/{vm}/",
        "dcim/devices/{node}/",
        "virtualization/virtual-machines/?has_primary_ip=true&cluster_id={cluster}",
        "virtualization/interfaces/{eth0}/",
        "dcim/interfaces/{port}/",
        "ipam/vrfs/{vrf}/",
        "dcim/sites/{site}/",
        "ipam/vlans/{vlan}/",
    ] {
        pair.get(&format!("/api/{}", path.replace("{net}", &net))).await;
    }
    pair.delete("ipam/vrfs/{vrf}").await;
    pair.delete("ipam/ip-addresses/{ip}").await;
    pair.get(&format!("/api/{VM}/{{vm}}/")).await;
    pair.same(Ask::new("DELETE", &format!("/api/{VM}/{{vm}}/"))).await;
    pair.get("/api/ipam/ip-addresses/{ip6}/").await;
    pair.get("/api/ipam/services/{web}/").await;
    pair.finish().await;
}

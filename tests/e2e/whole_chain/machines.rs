use super::{Whole, whole};
use proxbox_fakes::fleet::{Agent, Guest, GuestKind, GuestStatus};
use proxbox_tests::Claims;
use serde_json::{Value as Json, json};

const PLATFORMS: [(&str, &str); 8] = [
    ("l26", "Linux (kernel 2.6 or newer)"),
    ("win10", "Windows 10"),
    ("win11", "Windows 11"),
    ("other", "Other"),
    ("debian", "Debian"),
    ("ubuntu", "Ubuntu"),
    ("alpine", "Alpine Linux"),
    ("centos", "CentOS"),
];

#[tokio::test(flavor = "multi_thread")]
async fn every_guest_is_a_virtual_machine_field_by_field() {
    let whole = whole().await;
    let mut claims = Claims::default();
    let count = whole.netbox.of("virtualization/virtual-machines/").count();
    claims.same("virtual machines", &json!(count), whole.fleet.guests.len());
    for guest in whole.fleet.guests.values() {
        is_shown(&mut claims, guest, whole.machine(guest.vmid));
    }
    claims.settle();
}

fn is_shown(claims: &mut Claims, guest: &Guest, vm: &Json) {
    let who = format!("{} {}", guest.kind.as_str(), guest.vmid);
    let mut same =
        |field: &str, got: &Json, expected: Json| claims.same(format!("{who} {field}"), got, expected);
    let status = if guest.status == GuestStatus::Running { "active" } else { "offline" };
    let (sort, boot) = match guest.kind {
        GuestKind::Qemu => ("qemu-virtual-machine", guest.onboot),
        GuestKind::Lxc => ("lxc-container", guest.onboot),
    };
    same("name", &vm["name"], json!(guest.name));
    same("status", &vm["status"]["value"], json!(status));
    same("cluster", &vm["cluster"]["name"], json!("lab"));
    same("device", &vm["device"]["name"], json!(guest.node));
    same("vcpus", &vm["vcpus"], json!(guest.cpus()));
    same("memory", &vm["memory"], json!(guest.memory));
    same("start on boot", &vm["start_on_boot"]["value"], json!(if boot { "on" } else { "off" }));
    same("type", &vm["virtual_machine_type"]["slug"], json!(sort));
    same("description", &vm["description"], json!(format!("Synced from Proxmox node {}", guest.node)));
    let platform = PLATFORMS.iter().find(|(os, _)| *os == guest.ostype).map(|(_, name)| *name);
    same("platform", &vm["platform"]["name"], json!(platform));
    let tags = vm["tags"].as_array().unwrap().iter();
    let names: Vec<&str> =
        tags.filter(|tag| tag["slug"] != "proxbox").map(|tag| tag["name"].as_str().unwrap()).collect();
    claims.same_set(format!("{who} tags"), names, guest.tags.iter().map(String::as_str).collect());
    let is_ours = vm["tags"].as_array().unwrap().iter().any(|tag| tag["slug"] == "proxbox");
    claims.that(is_ours, || format!("{who} has no tag proxbox"));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_guest_has_a_row_of_what_netbox_has_no_field_for() {
    let whole = whole().await;
    let mut claims = Claims::default();
    let path = "plugins/proxbox/sync-state/virtual-machines/";
    claims.same("rows", &json!(whole.netbox.of(path).count()), whole.fleet.guests.len());
    for guest in whole.fleet.guests.values() {
        let rows = whole.of_guest(path, guest.vmid);
        claims.same(format!("rows of {}", guest.vmid), &json!(rows.len()), 1);
        rows.into_iter().for_each(|row| is_recorded(&mut claims, &whole, guest, row));
    }
    claims.settle();
}

fn is_recorded(claims: &mut Claims, whole: &Whole, guest: &Guest, row: &Json) {
    let who = format!("{} {}", guest.kind.as_str(), guest.vmid);
    let option = |name: &str| guest.options.get(name).and_then(Json::as_str).unwrap_or_default();
    let cluster = whole.one("plugins/proxbox/proxmox-clusters/", |_| true);
    let related = [
        ("endpoint", whole.endpoint()),
        ("proxmox_cluster", cluster),
        ("proxmox_node", whole.node_row(&guest.node)),
    ];
    for (field, object) in related {
        claims.same(format!("{who} {field}"), &row[field]["id"], object["id"].clone());
    }
    let unprivileged = if guest.kind == GuestKind::Lxc { json!(guest.unprivileged) } else { Json::Null };
    let values = [
        ("proxmox_cluster_name", json!("lab")),
        ("proxmox_node_name", json!(guest.node)),
        ("proxmox_vm_id", json!(guest.vmid)),
        ("proxmox_vm_type", json!(guest.kind.as_str())),
        ("proxmox_vm_name", json!(guest.name)),
        ("proxmox_endpoint_raw_id", json!(1)),
        ("proxmox_start_at_boot", json!(guest.onboot)),
        ("proxmox_unprivileged_container", unprivileged),
        ("proxmox_qemu_agent", json!(guest.agent != Agent::Absent)),
        ("proxmox_status", json!(guest.status.as_str())),
        ("proxmox_os", json!(guest.ostype)),
        ("proxmox_tags", json!(guest.tags.join(","))),
        ("proxmox_notes", json!(guest.notes.trim())),
        ("proxmox_search_domain", json!(option("searchdomain"))),
        ("proxmox_cpu_type", json!(option("cpu"))),
    ];
    for (field, expected) in values {
        claims.same(format!("{who} {field}"), &row[field], expected);
    }
    let link = row["proxmox_link"].as_str().unwrap_or_default();
    let end = format!("/#v1:0:={}/{}", guest.kind.as_str(), guest.vmid);
    claims.that(link.starts_with("https://") && link.ends_with(&end), || format!("{who} link {link}"));
    claims.that(row["proxmox_last_updated"].is_string(), || format!("{who} has no time of its last change"));
}

#[tokio::test(flavor = "multi_thread")]
async fn cloud_init_settings_are_rows() {
    let whole = whole().await;
    let mut claims = Claims::default();
    let path = "plugins/proxbox/vm-cloudinit/";
    let told = |guest: &&Guest| guest.kind == GuestKind::Qemu && guest.options.contains_key("ciuser");
    let guests: Vec<&Guest> = whole.fleet.guests.values().filter(told).collect();
    claims.same("rows", &json!(whole.netbox.of(path).count()), guests.len());
    for guest in guests {
        let rows = whole.of_guest(path, guest.vmid);
        let row = rows.first().copied().unwrap_or(&Json::Null);
        let line = guest.options["ipconfig0"].as_str().unwrap();
        let part = |name: &str| line.split(',').find_map(|part| part.strip_prefix(name)).unwrap_or_default();
        let address = Some(part("ip=")).filter(|ip| ip.contains('.')).unwrap_or_default();
        for (field, expected) in [
            ("ciuser", "ops"),
            ("sshkeys", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFake0Key ops@example.com"),
            ("ipconfig0", line),
            ("search_domain", "example.internal"),
            ("dns_servers", "10.0.0.53,10.0.1.53"),
            ("ip_cidr", address),
            ("gateway", part("gw=")),
        ] {
            let who = format!("{} {field}", guest.vmid);
            let got = row[field].as_str().unwrap_or_default();
            claims.that(got == expected, || format!("{who} is {got}, not {expected}"));
        }
        let text = row.to_string();
        claims.that(!text.contains("**********"), || "a password is told".to_owned());
    }
    claims.settle();
}

#[tokio::test(flavor = "multi_thread")]
async fn no_custom_field_repeats_what_the_rows_say() {
    let whole = whole().await;
    let mut claims = Claims::default();
    for vm in whole.netbox.of("virtualization/virtual-machines/") {
        for (name, value) in vm["custom_fields"].as_object().unwrap() {
            let is_identity = matches!(
                name.as_str(),
                "proxmox_cluster" | "proxmox_vm_id" | "proxmox_node" | "proxmox_vm_type"
            );
            claims.that(value.is_null() || is_identity, || format!("{}: {name} {value}", vm["name"]));
        }
    }
    claims.settle();
}

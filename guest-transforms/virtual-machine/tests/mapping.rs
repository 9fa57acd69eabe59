//! What becomes of a guest in NetBox.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "../../testing/cases.rs"]
mod cases;
#[path = "../../testing/kinds.rs"]
mod kinds;

use proxbox_transform_sdk::facts::{GuestFacts, GuestKind};
use proxbox_transform_sdk::{
    Context, Draft, Outcome, Reference, Value, VirtualMachineMapper, guest, node, proxbox_tag, testing,
    this_cluster,
};
use proxbox_virtual_machine::VirtualMachine;

fn qemu() -> GuestFacts {
    GuestFacts {
        vmid: 101,
        kind: GuestKind::Qemu,
        name: "web".to_owned(),
        node: "pve1".to_owned(),
        status: "running".to_owned(),
        template: false,
        tags: Vec::new(),
        pool: None,
        cpus: 2,
        memory: 2 << 30,
        disk: 32 << 30,
        os: Some("l26".to_owned()),
        start_at_boot: true,
        agent: true,
        unprivileged: false,
        search_domain: None,
        notes: String::new(),
        listing: "{}".to_owned(),
        config: "{}".to_owned(),
    }
}

fn lxc() -> GuestFacts {
    GuestFacts { kind: GuestKind::Lxc, os: Some("debian".to_owned()), ..qemu() }
}

fn old_netbox() -> Context {
    let mut cx = testing::context();
    cx.target.features = vec!["identity-custom-fields".to_owned()];
    cx
}

fn mapped(cx: &Context, fact: &GuestFacts) -> Vec<Draft> {
    kinds::drafts(VirtualMachine::map(cx, fact))
}

fn vm(fact: &GuestFacts) -> Draft {
    mapped(&testing::context(), fact).swap_remove(0)
}

fn text(value: &str) -> Option<Value> {
    Some(Value::Text(value.to_owned()))
}

fn field(draft: &Draft, name: &str) -> Option<Value> {
    draft.get(name).cloned()
}

#[test]
fn every_case_maps_as_written_and_odd_values_break_nothing() {
    cases::check::<proxbox_model::facts::GuestFacts>(env!("CARGO_MANIFEST_DIR"), VirtualMachine::map_all);
}

#[test]
fn a_guest_becomes_a_virtual_machine_of_its_cluster_on_its_node() {
    let cx = testing::context();
    let vm = vm(&qemu());
    assert_eq!(vm.kind, "virtualization.virtualmachine");
    assert_eq!(field(&vm, "name"), text("web"));
    assert_eq!(field(&vm, "cluster"), Some(this_cluster(&cx).into()));
    assert_eq!(field(&vm, "device"), Some(node("pve1").into()));
    assert_eq!(field(&vm, "vcpus"), Some(Value::Decimal("2".to_owned())));
    assert_eq!(field(&vm, "memory"), Some(Value::Integer(2048)));
    assert_eq!(field(&vm, "disk"), Some(Value::Integer(32_768)));
    assert_eq!(field(&vm, "description"), text("Synced from Proxmox node pve1"));
    assert_eq!(vm.tags, [proxbox_tag()]);
    assert!(vm.key.is_empty(), "identity is the host's: {:?}", guest(101));
}

#[test]
fn status_follows_proxmox() {
    let table = [
        ("running", Some("active")),
        ("Running", Some("active")),
        ("online", Some("active")),
        ("active", Some("active")),
        ("stopped", Some("offline")),
        ("STOPPED", Some("offline")),
        ("paused", Some("offline")),
        ("suspended", Some("offline")),
        ("offline", Some("offline")),
        ("planned", Some("planned")),
        ("prelaunch", Some("active")),
        ("", Some("active")),
        ("unknown", None),
    ];
    for (proxmox, netbox) in table {
        let vm = vm(&GuestFacts { status: proxmox.to_owned(), ..qemu() });
        assert_eq!(field(&vm, "status"), netbox.and_then(text), "{proxmox}");
    }
}

#[test]
fn sizes_are_mebibytes_and_stay_within_netbox() {
    let table = [
        (0, 0),
        (1, 0),
        ((1 << 20) - 1, 0),
        (1 << 20, 1),
        (540_672, 0),
        ((32 << 30) + 540_672, 32_768),
        (u64::MAX, 2_147_483_647),
    ];
    for (bytes, mebibytes) in table {
        let vm = vm(&GuestFacts { memory: bytes, disk: bytes, ..qemu() });
        assert_eq!(field(&vm, "memory"), Some(Value::Integer(mebibytes)), "{bytes}");
        assert_eq!(field(&vm, "disk"), Some(Value::Integer(mebibytes)), "{bytes}");
    }
}

#[test]
fn a_container_without_a_limit_leaves_the_processors_to_the_operator() {
    assert_eq!(field(&vm(&GuestFacts { cpus: 0, ..lxc() }), "vcpus"), None);
}

#[test]
fn a_status_that_proxmox_does_not_know_leaves_the_last_known_one() {
    let mut cx = testing::context();
    cx.target.features = vec!["sync-state".to_owned()];
    let status = |status: &str| {
        let vm = mapped(&cx, &GuestFacts { status: status.to_owned(), ..qemu() }).swap_remove(0);
        (field(&vm, "status"), vm.get_custom("proxmox_status").cloned())
    };
    assert_eq!(status("stopped"), (text("offline"), text("stopped")));
    assert_eq!(status("unknown"), (None, None));
}

#[test]
fn a_name_of_netbox_length_stays() {
    let name = "n".repeat(64);
    assert_eq!(field(&vm(&GuestFacts { name: name.clone(), ..qemu() }), "name"), text(&name));
    let name = "ü".repeat(64);
    assert_eq!(field(&vm(&GuestFacts { name: name.clone(), ..qemu() }), "name"), text(&name));
}

#[test]
fn long_names_are_cut_and_kept_apart_by_vmid() {
    let name = "n".repeat(65);
    let one = field(&vm(&GuestFacts { name: name.clone(), ..qemu() }), "name");
    let two = field(&vm(&GuestFacts { name: name.clone(), vmid: 102, ..qemu() }), "name");
    assert_eq!(one, text(&format!("{}~101", "n".repeat(60))));
    assert_eq!(two, text(&format!("{}~102", "n".repeat(60))));
}

#[test]
fn where_netbox_has_virtual_machine_types_a_guest_has_one_and_no_role() {
    let table = [
        (qemu(), "QEMU Virtual Machine", "qemu-virtual-machine", "Proxmox QEMU/KVM Virtual Machine"),
        (lxc(), "LXC Container", "lxc-container", "Proxmox LXC Container"),
    ];
    for (fact, name, slug, description) in table {
        let drafts = mapped(&testing::context(), &fact);
        let reference = Reference::new("virtualization.virtualmachinetype", "slug", slug);
        assert_eq!(field(&drafts[0], "virtual_machine_type"), Some(reference.into()));
        assert_eq!(field(&drafts[0], "role"), None);
        let kind = drafts.iter().find(|draft| draft.kind == "virtualization.virtualmachinetype").unwrap();
        assert_eq!(field(kind, "name"), text(name));
        assert_eq!(field(kind, "slug"), text(slug));
        assert_eq!(field(kind, "description"), text(description));
        assert_eq!(kind.tags, [proxbox_tag()]);
    }
}

#[test]
fn where_netbox_has_none_a_guest_has_a_role() {
    let table = [
        (qemu(), "Virtual Machine (QEMU)", "virtual-machine-qemu", "00ffff", "Proxmox Virtual Machine"),
        (lxc(), "Container (LXC)", "container-lxc", "7fffd4", "Proxmox LXC Container"),
    ];
    for (fact, name, slug, color, description) in table {
        let drafts = mapped(&old_netbox(), &fact);
        assert_eq!(field(&drafts[0], "role"), Some(Reference::new("dcim.devicerole", "slug", slug).into()));
        assert_eq!(field(&drafts[0], "virtual_machine_type"), None);
        let role = drafts.iter().find(|draft| draft.kind == "dcim.devicerole").unwrap();
        assert_eq!(field(role, "name"), text(name));
        assert_eq!(field(role, "slug"), text(slug));
        assert_eq!(field(role, "color"), text(color));
        assert_eq!(field(role, "description"), text(description));
        assert_eq!(field(role, "vm_role"), Some(Value::Flag(true)));
    }
}

#[test]
fn the_operating_system_becomes_a_platform() {
    let table = [
        ("l24", "Linux (kernel 2.4)", "linux-kernel-2-4"),
        ("l26", "Linux (kernel 2.6 or newer)", "linux-kernel-2-6-or-newer"),
        ("wxp", "Windows XP", "windows-xp"),
        ("w2k", "Windows 2000", "windows-2000"),
        ("w2k3", "Windows Server 2003", "windows-server-2003"),
        ("w2k8", "Windows Server 2008", "windows-server-2008"),
        ("wvista", "Windows Vista", "windows-vista"),
        ("win7", "Windows 7", "windows-7"),
        ("win8", "Windows 8", "windows-8"),
        ("win10", "Windows 10", "windows-10"),
        ("win11", "Windows 11", "windows-11"),
        ("solaris", "Solaris", "solaris"),
        ("other", "Other", "other"),
        ("alpine", "Alpine Linux", "alpine-linux"),
        ("archlinux", "Arch Linux", "arch-linux"),
        ("centos", "CentOS", "centos"),
        ("debian", "Debian", "debian"),
        ("devuan", "Devuan", "devuan"),
        ("fedora", "Fedora", "fedora"),
        ("gentoo", "Gentoo", "gentoo"),
        ("nixos", "NixOS", "nixos"),
        ("opensuse", "openSUSE", "opensuse"),
        ("ubuntu", "Ubuntu", "ubuntu"),
    ];
    for (os, name, slug) in table {
        let drafts = mapped(&testing::context(), &GuestFacts { os: Some(os.to_owned()), ..qemu() });
        let reference = Reference::new("dcim.platform", "slug", slug);
        assert_eq!(field(&drafts[0], "platform"), Some(reference.into()), "{os}");
        let platform = drafts.iter().find(|draft| draft.kind == "dcim.platform").unwrap();
        assert_eq!(field(platform, "name"), text(name));
        assert_eq!(field(platform, "slug"), text(slug));
    }
}

#[test]
fn an_operating_system_that_says_nothing_leaves_the_platform_alone() {
    for os in [None, Some("unmanaged"), Some("plan9")] {
        let drafts = mapped(&testing::context(), &GuestFacts { os: os.map(str::to_owned), ..qemu() });
        assert_eq!(field(&drafts[0], "platform"), None, "{os:?}");
        assert!(drafts.iter().all(|draft| draft.kind != "dcim.platform"), "{os:?}");
    }
}

#[test]
fn identity_is_in_custom_fields() {
    let custom = |fact: &GuestFacts| {
        let fields = vm(fact).custom_fields;
        fields.into_iter().map(|field| (field.name, field.value)).collect::<Vec<_>>()
    };
    let expected = |kind: &str| {
        vec![
            ("proxmox_vm_id".to_owned(), Value::Integer(101)),
            ("proxmox_vm_type".to_owned(), kind.into()),
            ("proxmox_cluster".to_owned(), "lab".into()),
            ("proxmox_node".to_owned(), "pve1".into()),
        ]
    };
    assert_eq!(custom(&qemu()), expected("qemu"));
    assert_eq!(custom(&lxc()), expected("lxc"));
}

#[test]
fn either_plugin_is_told_more_of_a_guest() {
    for (feature, fact, link) in
        [("sync-state", qemu(), "qemu/101"), ("proxmox-custom-fields", lxc(), "lxc/101")]
    {
        let mut cx = testing::context();
        cx.target.features = vec![feature.to_owned()];
        let fact = GuestFacts { tags: vec!["web".to_owned(), "db".to_owned()], unprivileged: true, ..fact };
        let vm = mapped(&cx, &fact).swap_remove(0);
        let is_container = fact.kind == GuestKind::Lxc;
        let unprivileged = if is_container { Value::Flag(true) } else { Value::Null };
        assert_eq!(vm.get_custom("proxmox_unprivileged_container"), Some(&unprivileged));
        assert_eq!(vm.get_custom("proxmox_tags"), Some(&"db,web".into()));
        assert_eq!(vm.get_custom("proxmox_search_domain"), Some(&Value::Null));
        let link = format!("https://pve.example.org:8006/#v1:0:={link}");
        assert_eq!(vm.get_custom("proxmox_link"), Some(&link.into()));
        assert_eq!(vm.get_custom("proxmox_vm_name").is_some(), feature == "sync-state");
    }
}

#[test]
fn what_always_changes_is_told_to_nobody() {
    let table = ["{\"uptime\":1,\"cpu\":0.1,\"mem\":1}", "{\"uptime\":2,\"cpu\":0.9,\"mem\":9}"];
    let mut cx = testing::context();
    cx.target.features = vec!["sync-state".to_owned()];
    let [before, after] =
        table.map(|listing| mapped(&cx, &GuestFacts { listing: listing.to_owned(), ..qemu() }));
    assert_eq!(before, after);
}

#[test]
fn the_type_of_the_processor_is_in_the_configuration() {
    let table = [
        ("host", "host"),
        ("x86-64-v2-AES,flags=+aes", "x86-64-v2-AES"),
        ("cputype=kvm64,hidden=1", "kvm64"),
        ("hidden=1,cputype=kvm64", "kvm64"),
        ("flags=+aes", ""),
        ("", ""),
    ];
    let mut cx = testing::context();
    cx.target.features = vec!["sync-state".to_owned()];
    for (line, name) in table {
        let config = format!("{{\"cpu\":\"{line}\"}}");
        let vm = mapped(&cx, &GuestFacts { config, ..qemu() }).swap_remove(0);
        let expected = if name.is_empty() { Value::Null } else { name.into() };
        assert_eq!(vm.get_custom("proxmox_cpu_type"), Some(&expected), "{line}");
    }
}

#[test]
fn tags_of_proxmox_are_tags_in_netbox() {
    let tags = ["prod", "Web.Tier", "_", "prod", "proxbox", " "].map(str::to_owned).to_vec();
    let vm = vm(&GuestFacts { tags, ..qemu() });
    let slugs: Vec<&str> = vm.tags.iter().map(|tag| tag.slug.as_str()).collect();
    assert_eq!(slugs, ["proxbox", "prod", "web-tier", "tag-da0c196e"]);
    assert!(vm.tags[1..].iter().all(|tag| tag.color == "9e9e9e"));
}

#[test]
fn the_operator_gives_roles() {
    let options = "{\"role-qemu\":\"server\",\"node-roles\":{\"pve2\":{\"qemu\":\"edge\"},\"pve3\":7}}";
    let table = [
        (qemu(), "pve1", Some("server")),
        (qemu(), "pve2", Some("edge")),
        (qemu(), "pve3", Some("server")),
        (lxc(), "pve2", None),
    ];
    for (fact, node, role) in table {
        let mut cx = testing::context();
        cx.options = options.to_owned();
        let vm = mapped(&cx, &GuestFacts { node: node.to_owned(), ..fact }).swap_remove(0);
        let expected = role.map(|slug| Reference::new("dcim.devicerole", "slug", slug).into());
        assert_eq!(field(&vm, "role"), expected, "{node}");
        assert!(vm.get("virtual_machine_type").is_some(), "a role is beside the type");
    }
}

#[test]
fn starting_at_boot_is_on_or_off() {
    assert_eq!(field(&vm(&qemu()), "start_on_boot"), text("on"));
    assert_eq!(field(&vm(&GuestFacts { start_at_boot: false, ..qemu() }), "start_on_boot"), text("off"));
}

#[test]
fn custom_fields_are_only_sent_to_a_netbox_that_keeps_identity_there() {
    let table: [(&[&str], bool); 5] = [
        (&[], true),
        (&["identity-custom-fields"], true),
        (&["proxmox-custom-fields"], true),
        (&["sync-state", "virtual-machine-types"], true),
        (&["virtual-machine-types"], false),
    ];
    for (features, expected) in table {
        let mut cx = testing::context();
        cx.target.features = features.iter().map(|feature| (*feature).to_owned()).collect();
        let vm = mapped(&cx, &qemu()).swap_remove(0);
        assert_eq!(!vm.custom_fields.is_empty(), expected, "{features:?}");
    }
}

#[test]
fn a_source_without_a_url_has_no_links() {
    let mut cx = testing::context();
    cx.target.features = vec!["sync-state".to_owned()];
    cx.source.url.clear();
    assert_eq!(mapped(&cx, &qemu())[0].get_custom("proxmox_link"), None);
}

#[test]
fn odd_names_lose_no_guest() {
    for name in ["", " ", "名前", "a\u{0}b", &"x".repeat(5000), "-", "VM 101"] {
        let outcome =
            VirtualMachine::map(&testing::context(), &GuestFacts { name: name.to_owned(), ..qemu() });
        assert!(matches!(outcome, Outcome::Keep(_)), "{name:?}");
    }
}

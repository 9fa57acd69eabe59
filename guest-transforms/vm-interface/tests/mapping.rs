//! What becomes of an interface of a guest in NetBox.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "../../testing/cases.rs"]
mod cases;
#[path = "../../testing/kinds.rs"]
mod kinds;

use proxbox_transform_sdk::facts::{GuestKind, VmInterfaceFacts};
use proxbox_transform_sdk::{Draft, Value, VmInterfaceMapper, testing, vlan};
use proxbox_vm_interface::VmInterface;

fn net0() -> VmInterfaceFacts {
    VmInterfaceFacts {
        vmid: 101,
        guest: GuestKind::Qemu,
        key: "net0".to_owned(),
        name: None,
        guest_name: Some("ens18".to_owned()),
        model: "virtio".to_owned(),
        mac: None,
        bridge: Some("vmbr0".to_owned()),
        vlan: None,
        trunks: Vec::new(),
        link_down: false,
        firewall: false,
        mtu: None,
        rate: None,
        options: Vec::new(),
    }
}

fn mapped(fact: &VmInterfaceFacts) -> Draft {
    kinds::drafts(VmInterface::map(&testing::context(), fact)).swap_remove(0)
}

fn text(text: &str) -> Option<Value> {
    Some(Value::Text(text.to_owned()))
}

#[test]
fn every_case_maps_as_written_and_odd_values_break_nothing() {
    cases::check::<proxbox_model::facts::VmInterfaceFacts>(env!("CARGO_MANIFEST_DIR"), VmInterface::map_all);
}

#[test]
fn names_follow_the_strategy() {
    let rename = "{\"vm-interface-sync-strategy\":\"legacy_rename\"}";
    let plain = "{\"vm-interface-sync-strategy\":\"legacy_rename\",\"use-guest-agent-interface-name\":false}";
    let table = [
        ("{}", None, Some("ens18"), "net0"),
        ("{}", Some("eth0"), Some("ens18"), "eth0"),
        ("{}", Some(" "), None, "net0"),
        (rename, None, Some("ens18"), "ens18"),
        (rename, Some("eth0"), Some("ens18"), "ens18"),
        (rename, Some("eth0"), None, "eth0"),
        (rename, None, Some(""), "net0"),
        (plain, Some("eth0"), Some("ens18"), "eth0"),
        ("[]", None, Some("ens18"), "net0"),
    ];
    for (options, name, guest_name, expected) in table {
        let mut cx = testing::context();
        cx.options = options.to_owned();
        let fact = VmInterfaceFacts {
            name: name.map(str::to_owned),
            guest_name: guest_name.map(str::to_owned),
            ..net0()
        };
        let interface = kinds::drafts(VmInterface::map(&cx, &fact)).swap_remove(0);
        assert_eq!(interface.get("name").cloned(), text(expected), "{options} {name:?} {guest_name:?}");
    }
}

/// Tag and trunks of a line; mode and tagged VLANs in NetBox.
type Vlans<'a> = (Option<u16>, &'a [u16], Option<&'a str>, &'a [u16]);

#[test]
fn vlans_decide_the_mode() {
    let all: Vec<u16> = (2..=4094).collect();
    let table: [Vlans<'_>; 7] = [
        (None, &[], None, &[]),
        (Some(20), &[], Some("access"), &[]),
        (None, &[30, 40], Some("tagged"), &[30, 40]),
        (Some(20), &[30, 20], Some("tagged"), &[30]),
        (Some(20), &[20], Some("access"), &[]),
        (Some(20), &all, Some("tagged-all"), &[]),
        (Some(4095), &[0], None, &[]),
    ];
    for (tag, trunks, mode, tagged) in table {
        let interface = mapped(&VmInterfaceFacts { vlan: tag, trunks: trunks.to_vec(), ..net0() });
        assert_eq!(interface.get("mode"), Some(&mode.into()), "{tag:?} {mode:?}");
        let tagged: Vec<_> = tagged.iter().map(|id| vlan(*id)).collect();
        assert_eq!(interface.get("tagged_vlans"), Some(&tagged.into()), "{tag:?} {mode:?}");
        let untagged = tag.filter(|tag| *tag < 4095).map(vlan);
        assert_eq!(interface.get("untagged_vlan"), Some(&untagged.into()), "{tag:?} {mode:?}");
    }
}

#[test]
fn what_proxmox_does_not_say_is_the_operators() {
    for (mtu, expected) in [
        (Some(1500), Some(Value::Integer(1500))),
        (Some(1), None),
        (Some(0), None),
        (Some(65_537), None),
        (None, None),
    ] {
        let interface = mapped(&VmInterfaceFacts { mtu, ..net0() });
        assert_eq!(interface.get("mtu"), expected.as_ref(), "{mtu:?}");
    }
    let unknown = VmInterfaceFacts { bridge: None, model: String::new(), ..net0() };
    assert_eq!(mapped(&unknown).get("description"), None);
    assert_eq!(mapped(&net0()).get("description").cloned(), text("Bridge: vmbr0 | Model: virtio"));
}

#[test]
fn an_unplugged_interface_is_not_enabled() {
    assert_eq!(mapped(&net0()).get("enabled"), Some(&Value::Flag(true)));
    let unplugged = VmInterfaceFacts { link_down: true, ..net0() };
    assert_eq!(mapped(&unplugged).get("enabled"), Some(&Value::Flag(false)));
}

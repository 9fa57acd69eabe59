//! What a guest says of itself: cloud-init and the interfaces of its operating system.

use super::super::super::represent::plugin as compute;
use super::super::super::table::*;
use super::{NEW, SMALL, machine, one, optional_count, together};

const CORE_INTERFACE: &[&str] = &["id", "url", "display_url", "display", "virtual_machine", "name"];
const GUEST_INTERFACE: &[&str] = &["id", "url", "display", "virtual_machine", "name"];
const ADDRESS: &[&str] = &["id", "url", "display_url", "display", "family", "address"];

pub(super) const MODELS: &[Model] = &[
    Model {
        name: "netbox_proxbox.proxmoxvmcloudinit",
        path: "plugins/proxbox/vm-cloudinit",
        label: "Proxmox VM cloud-init",
        fields: &[&[
            machine(),
            text("ciuser", 64),
            text("sshkeys", UNLIMITED),
            text("ipconfig0", 255),
            flag("sshkeys_truncated", false),
            flag("is_intent", false),
            text("hostname", 255),
            text("search_domain", 255),
            text("dns_servers", 255),
            text("bridge", 64),
            integer("vlan_tag", 0, SMALL).null(),
            text("gateway", 64),
            text("ip_cidr", 64),
            flag("ssh_pwauth", false).null(),
            flag("enable_agent", false).null(),
            optional_count("credential_reference_id"),
            text("password", UNLIMITED).write_only(),
            text("private_key", UNLIMITED).write_only(),
            read("password_configured", Holds::Computed(compute::never)),
            read("private_key_configured", Holds::Computed(compute::never)),
            read("credential_assignment_ready", Holds::Computed(compute::always)),
            read("credential_assignment_detail", Holds::Computed(compute::legacy_storage)),
            read("credential_assignment_lookup", Holds::Computed(compute::credential_lookup)),
            text("sshkeys_intent", UNLIMITED).write_only(),
            read("has_sshkeys", Holds::Computed(compute::has_intended_keys)),
            read("last_synced", Holds::Computed(compute::last_updated)),
        ]],
        brief: &["id", "url", "display", "virtual_machine", "ciuser"],
        ordering: &["virtual_machine"],
        search: &["virtual_machine", "ciuser", "ipconfig0"],
        filters: &[&[
            one("virtual_machine", &["virtual_machine"]),
            own("ciuser", By::Text),
            own("ipconfig0", By::Text),
            own("sshkeys_truncated", By::Flag),
        ]],
        display: Display::With(compute::cloudinit_label),
        ..NEW
    },
    Model {
        name: "netbox_proxbox.guestvminterface",
        path: "plugins/proxbox/guest-vm-interfaces",
        label: "Guest VM interface",
        fields: &[&[
            machine(),
            related("vm_interface", "virtualization.vminterface", OnDelete::Clear)
                .null()
                .shown(CORE_INTERFACE),
            text("name", 128).required(),
            text("mac_address", 32),
            flag("enabled", true),
            optional_count("mtu"),
        ]],
        brief: &["id", "url", "display", "virtual_machine", "vm_interface", "name"],
        ordering: &["virtual_machine", "name"],
        search: &["name", "mac_address", "virtual_machine", "vm_interface"],
        unique: &[together(
            "unique_machine_name",
            &["virtual_machine", "name"],
            "Guest VM interface with this Virtual machine and Name already exists.",
        )],
        filters: &[&[
            along("virtual_machine", &["virtual_machine"], By::Id),
            along("virtual_machine_id", &["virtual_machine"], By::Id),
            along("vm_interface", &["vm_interface"], By::Id),
            along("vm_interface_id", &["vm_interface"], By::Id),
            own("name", By::Text),
            own("mac_address", By::Part),
            own("enabled", By::Flag),
            own("mtu", By::Number),
        ]],
        ..NEW
    },
    Model {
        name: "netbox_proxbox.guestvminterfaceaddress",
        path: "plugins/proxbox/guest-vm-interface-addresses",
        label: "Guest VM interface address",
        fields: &[&[
            related("guest_interface", "netbox_proxbox.guestvminterface", OnDelete::Cascade)
                .required()
                .shown(GUEST_INTERFACE),
            related("ip_address", "ipam.ipaddress", OnDelete::Protect).required().shown(ADDRESS),
        ]],
        brief: &["id", "url", "display", "guest_interface", "ip_address"],
        ordering: &["guest_interface_id", "ip_address_id"],
        search: &["ip_address", "guest_interface"],
        unique: &[together(
            "unique_interface_address",
            &["guest_interface", "ip_address"],
            "Guest VM interface address with this Guest interface and Ip address already exists.",
        )],
        filters: &[&[
            along("guest_interface", &["guest_interface"], By::Id),
            along("guest_interface_id", &["guest_interface"], By::Id),
            along("ip_address", &["ip_address"], By::Id),
            along("ip_address_id", &["ip_address"], By::Id),
            along("virtual_machine", &["guest_interface", "virtual_machine"], By::Id),
            along("vm_interface", &["guest_interface", "vm_interface"], By::Id),
        ]],
        display: Display::With(compute::guest_address_label),
        ..NEW
    },
];

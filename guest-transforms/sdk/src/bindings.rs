//! What wit-bindgen makes of the contract: the records once, in [`shared`], and a module for each interface.
#![allow(missing_docs, unreachable_pub, clippy::all, clippy::restriction, clippy::pedantic, rust_2018_idioms)]

pub mod shared {
    wit_bindgen::generate!({
        path: ["../../wit/v0.1", "wit"],
        world: "proxbox:sdk/shared",
        additional_derives: [PartialEq, Clone],
        runtime_path: "wit_bindgen::rt",
        generate_all,
        generate_unused_types: true,
        disable_custom_section_link_helpers: true,
    });
    pub use proxbox::transform::{facts, log, types};
}

pub mod about {
    wit_bindgen::generate!({
        path: ["../../wit/v0.1", "wit"],
        world: "proxbox:sdk/about",
        runtime_path: "wit_bindgen::rt",
        with: {
            "proxbox:transform/log@0.1.0": crate::bindings::shared::log,
            "proxbox:transform/types@0.1.0": crate::bindings::shared::types,
            "proxbox:transform/about@0.1.0": generate,
        },
        export_macro_name: "export_about",
        pub_export_macro: true,
        disable_custom_section_link_helpers: true,
    });
    pub use exports::proxbox::transform::about::{Guest, Identity};
}

/// The bindings of one mapping interface: the next mapper to call and the trait to export.
macro_rules! interface {
    ($module:ident, $world:literal, $name:literal) => {
        pub mod $module {
            wit_bindgen::generate!({
                path: ["../../wit/v0.1", "wit"],
                world: $world,
                runtime_path: "wit_bindgen::rt",
                with: {
                    "proxbox:transform/types@0.1.0": crate::bindings::shared::types,
                    "proxbox:transform/facts@0.1.0": crate::bindings::shared::facts,
                    $name: generate,
                },
                export_macro_name: "export_mapper",
                pub_export_macro: true,
                disable_custom_section_link_helpers: true,
            });
            pub use self::exports::proxbox::transform::$module::Guest;
            pub use self::proxbox::transform::$module::transform as next;
        }
    };
}

interface!(cluster, "proxbox:sdk/cluster", "proxbox:transform/cluster@0.1.0");
interface!(node, "proxbox:sdk/node", "proxbox:transform/node@0.1.0");
interface!(node_interface, "proxbox:sdk/node-interface", "proxbox:transform/node-interface@0.1.0");
interface!(storage, "proxbox:sdk/storage", "proxbox:transform/storage@0.1.0");
interface!(virtual_machine, "proxbox:sdk/virtual-machine", "proxbox:transform/virtual-machine@0.1.0");
interface!(virtual_disk, "proxbox:sdk/virtual-disk", "proxbox:transform/virtual-disk@0.1.0");
interface!(vm_interface, "proxbox:sdk/vm-interface", "proxbox:transform/vm-interface@0.1.0");
interface!(mac_address, "proxbox:sdk/mac-address", "proxbox:transform/mac-address@0.1.0");
interface!(vlan, "proxbox:sdk/vlan", "proxbox:transform/vlan@0.1.0");
interface!(ip_address, "proxbox:sdk/ip-address", "proxbox:transform/ip-address@0.1.0");
interface!(primary_ip, "proxbox:sdk/primary-ip", "proxbox:transform/primary-ip@0.1.0");
interface!(snapshot, "proxbox:sdk/snapshot", "proxbox:transform/snapshot@0.1.0");
interface!(backup, "proxbox:sdk/backup", "proxbox:transform/backup@0.1.0");
interface!(backup_routine, "proxbox:sdk/backup-routine", "proxbox:transform/backup-routine@0.1.0");
interface!(replication, "proxbox:sdk/replication", "proxbox:transform/replication@0.1.0");
interface!(task, "proxbox:sdk/task", "proxbox:transform/task@0.1.0");
interface!(cloud_init, "proxbox:sdk/cloud-init", "proxbox:transform/cloud-init@0.1.0");
interface!(guest_interface, "proxbox:sdk/guest-interface", "proxbox:transform/guest-interface@0.1.0");

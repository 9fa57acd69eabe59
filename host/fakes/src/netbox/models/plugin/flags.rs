//! Settings that come in large families: what a synchronisation may overwrite, and what it does at all.

use super::super::super::release::Flavour;
use super::super::super::table::*;
use super::choices;

/// Name, first plugin that has it, and value in new settings.
const OVERWRITE: [(&str, Flavour, bool); 26] = [
    ("overwrite_device_role", Flavour::OlderPlugin, true),
    ("overwrite_device_type", Flavour::OlderPlugin, true),
    ("overwrite_device_tags", Flavour::OlderPlugin, true),
    ("overwrite_device_status", Flavour::OlderPlugin, true),
    ("overwrite_device_description", Flavour::OlderPlugin, true),
    ("overwrite_device_custom_fields", Flavour::OlderPlugin, true),
    ("overwrite_vm_role", Flavour::OlderPlugin, true),
    ("overwrite_vm_type", Flavour::OlderPlugin, true),
    ("overwrite_vm_platform", Flavour::CurrentPlugin, false),
    ("overwrite_vm_tags", Flavour::OlderPlugin, true),
    ("overwrite_vm_proxmox_tags", Flavour::CurrentPlugin, true),
    ("overwrite_vm_description", Flavour::OlderPlugin, true),
    ("overwrite_vm_custom_fields", Flavour::OlderPlugin, true),
    ("overwrite_vm_cloudinit", Flavour::CurrentPlugin, true),
    ("overwrite_cluster_tags", Flavour::OlderPlugin, true),
    ("overwrite_cluster_description", Flavour::OlderPlugin, true),
    ("overwrite_cluster_custom_fields", Flavour::OlderPlugin, true),
    ("overwrite_node_interface_tags", Flavour::OlderPlugin, true),
    ("overwrite_node_interface_custom_fields", Flavour::OlderPlugin, true),
    ("overwrite_storage_tags", Flavour::OlderPlugin, true),
    ("overwrite_vm_interface_tags", Flavour::OlderPlugin, true),
    ("overwrite_vm_interface_custom_fields", Flavour::OlderPlugin, true),
    ("overwrite_ip_status", Flavour::OlderPlugin, true),
    ("overwrite_ip_tags", Flavour::OlderPlugin, true),
    ("overwrite_ip_custom_fields", Flavour::OlderPlugin, true),
    ("overwrite_ip_address_dns_name", Flavour::CurrentPlugin, true),
];

/// The families, as an endpoint overrides them: nothing said means as in the settings.
pub(super) const OVERRIDES: [Field; 26] = overwrite(false);
/// The families, as the settings have them.
pub(super) const DEFAULTS: [Field; 26] = overwrite(true);

const fn overwrite(global: bool) -> [Field; 26] {
    let mut fields = [flag("", true); 26];
    let (mut slots, mut names) = (fields.as_mut_slice(), OVERWRITE.as_slice());
    while let (Some((slot, more)), Some(((name, flavour, initial), left))) =
        (slots.split_first_mut(), names.split_first())
    {
        *slot = if global { flag(name, *initial) } else { flag(name, *initial).null() };
        slot.flavour = *flavour;
        (slots, names) = (more, left);
    }
    fields
}

const SYNC_MODES: [(&str, &str); 10] = [
    ("sync_mode_vm", "always"),
    ("sync_mode_vm_template", "always"),
    ("sync_mode_vm_interface", "always"),
    ("sync_mode_mac", "always"),
    ("sync_mode_ip_address", "always"),
    ("sync_mode_cluster", "always"),
    ("sync_mode_node", "always"),
    ("sync_mode_storage", "always"),
    ("sync_mode_sdn", "disabled"),
    ("sync_mode_sdn_bgp", "disabled"),
];

pub(super) const MODE_OVERRIDES: [Field; 10] = modes(false);
pub(super) const MODE_DEFAULTS: [Field; 10] = modes(true);

const fn modes(global: bool) -> [Field; 10] {
    let mut fields = [flag("", true); 10];
    let (mut slots, mut names) = (fields.as_mut_slice(), SYNC_MODES.as_slice());
    while let (Some((slot, more)), Some(((name, initial), left))) =
        (slots.split_first_mut(), names.split_first())
    {
        let field = word(name, choices::SYNC_MODE, initial).current();
        *slot = if global { field } else { field.null().blank() };
        (slots, names) = (more, left);
    }
    fields
}

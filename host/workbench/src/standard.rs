//! Facts that every module is tried with besides its own cases: some of each interface, from the cases of the built-in
//! mappers.

use crate::case::Case;
use std::path::Path;

/// The texts of those cases.
macro_rules! standard {
    ($($interface:literal: $($file:literal),+;)+) => {
        const TEXTS: &[(&str, &str)] = &[$($((
            $interface,
            include_str!(concat!("../../../guest-transforms/", $interface, "/cases/", $file, ".json")),
        )),+),+];
    };
}

standard! {
    "cluster": "a-cluster-beside-the-current-plugin", "a-node-on-its-own", "a-cluster-without-the-plugin-keeps-its-identity-only";
    "node": "a-node-beside-the-current-plugin", "an-offline-node", "a-node-without-the-plugin-keeps-its-identity-only";
    "node-interface": "a-bridge-and-its-port", "a-bond-and-its-members", "a-vlan-rides-on-a-bond", "the-loopback-interface-is-left-out";
    "storage": "a-directory", "an-nfs-share-of-two-nodes", "a-disabled-storage";
    "virtual-machine": "a-virtual-machine-beside-the-current-plugin", "a-container-beside-the-current-plugin", "a-template-is-mapped-like-a-guest", "a-paused-guest-is-offline", "proxmox-tags-become-netbox-tags", "a-virtual-machine-without-the-plugin-keeps-its-identity-only";
    "virtual-disk": "a-disk-beside-the-current-plugin", "the-root-of-a-container", "a-cd-rom-drive-is-left-out";
    "vm-interface": "an-untagged-vlan", "an-interface-of-a-container-has-the-name-in-its-configuration", "tagged-vlans";
    "mac-address": "a-mac-address-is-the-primary-one-of-its-interface", "without-the-plugin";
    "vlan": "a-vlan", "4095-is-no-vlan";
    "ip-address": "an-address-of-a-guest", "an-address-of-a-node", "an-ipv6-link-local-address-is-left-out";
    "primary-ip": "the-first-address-of-each-family", "no-address-clears-both";
    "snapshot": "a-snapshot", "a-snapshot-of-a-container";
    "backup": "a-backup-of-a-virtual-machine-on-a-backup-server", "a-vma-zst-of-a-virtual-machine", "a-backup-of-nobody-is-left-out";
    "backup-routine": "a-job-for-all-guests", "a-job-for-a-pool";
    "replication": "a-replication-job", "a-job-that-is-off";
    "task": "a-task-that-went-well", "a-task-that-failed";
    "cloud-init": "all-settings", "what-is-not-set-is-cleared";
    "guest-interface": "an-interface-and-its-addresses", "an-interface-that-proxmox-does-not-know";
}

/// The standard cases of an interface. Their outcomes are those of the built-in mapper.
pub(crate) fn cases(interface: &str) -> Vec<Case> {
    let texts = TEXTS.iter().filter(|(of, _)| *of == interface);
    texts.filter_map(|(of, text)| Case::parse(text, Path::new(of)).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_interface_has_standard_facts_that_can_be_read() {
        for interface in proxbox_transform::interfaces() {
            let texts = TEXTS.iter().filter(|(of, _)| *of == interface).count();
            assert_eq!(cases(interface).len(), texts, "{interface}");
            assert!(texts >= 2, "{interface}");
        }
    }
}

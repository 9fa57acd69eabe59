//! The module contract, as this release speaks it.

/// Version of the contract.
pub const CONTRACT: &str = "0.1.0";

/// Folder of the contract in a module's project.
pub(crate) const FOLDER: &str = "wit/v0.1";

/// The files of the contract.
pub(crate) const FILES: &[(&str, &str)] = &[
    ("types.wit", include_str!("../../../wit/v0.1/types.wit")),
    ("facts.wit", include_str!("../../../wit/v0.1/facts.wit")),
    ("mappers.wit", include_str!("../../../wit/v0.1/mappers.wit")),
    ("worlds.wit", include_str!("../../../wit/v0.1/worlds.wit")),
];

/// The interfaces that map an object type, and the record that each of them takes.
pub(crate) const INTERFACES: &[(&str, &str)] = &[
    ("cluster", "cluster-facts"),
    ("node", "node-facts"),
    ("node-interface", "node-interface-facts"),
    ("storage", "storage-facts"),
    ("virtual-machine", "guest-facts"),
    ("virtual-disk", "virtual-disk-facts"),
    ("vm-interface", "vm-interface-facts"),
    ("mac-address", "mac-address-facts"),
    ("vlan", "vlan-facts"),
    ("ip-address", "ip-address-facts"),
    ("primary-ip", "primary-ip-facts"),
    ("snapshot", "snapshot-facts"),
    ("backup", "backup-facts"),
    ("backup-routine", "backup-routine-facts"),
    ("replication", "replication-facts"),
    ("task", "task-facts"),
    ("cloud-init", "cloud-init-facts"),
    ("guest-interface", "guest-interface-facts"),
];

/// The names of the object types that a module may map: `virtual-machine`.
pub fn interfaces() -> impl Iterator<Item = &'static str> {
    INTERFACES.iter().map(|(name, _)| *name)
}

/// The record of an interface; none when there is no such interface.
pub(crate) fn record(interface: &str) -> Option<&'static str> {
    INTERFACES.iter().find(|(name, _)| *name == interface).map(|(_, record)| *record)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mappers() -> &'static str {
        FILES.iter().find(|(name, _)| *name == "mappers.wit").unwrap().1
    }

    #[test]
    fn every_interface_is_known_with_its_record() {
        let mut known: Vec<_> = interfaces().collect();
        let mut named: Vec<_> = mappers()
            .lines()
            .filter_map(|line| line.strip_prefix("interface ")?.strip_suffix(" {"))
            .collect();
        known.sort_unstable();
        named.sort_unstable();
        assert_eq!(known, named);
        for (interface, record) in INTERFACES {
            let text = mappers().split(&format!("interface {interface} {{")).nth(1).unwrap();
            assert!(text.split('}').nth(1).unwrap().contains(record), "{interface} takes no {record}");
        }
    }

    #[test]
    fn the_version_is_that_of_the_files() {
        assert!(FILES[0].1.contains(&format!("package proxbox:transform@{CONTRACT};")));
    }
}

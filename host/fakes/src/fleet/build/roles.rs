//! What guests are for: it decides on their names, sizes, systems, networks and tags.

use super::dice::Dice;

/// A sort of guest.
#[derive(Clone, Copy)]
pub(super) struct Role {
    pub(super) name: &'static str,
    /// How often, against the sum of all.
    weight: u32,
    pub(super) system: System,
    pub(super) cores: &'static [u32],
    /// MiB.
    pub(super) memory: &'static [u64],
    /// Size of the first disk.
    pub(super) disk: &'static [&'static str],
    /// Which of the fleet's networks its first interface is on.
    pub(super) network: u8,
    pub(super) tags: &'static [&'static str],
}

/// Operating system family.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum System {
    Linux,
    Windows,
    /// Anything that only runs as a virtual machine.
    Appliance,
}

/// VLAN of each network, in the order of [`Role::network`].
pub(super) const VLANS: [u16; 6] = [10, 20, 30, 40, 50, 99];

const SMALL: &[&str] = &["4G", "8G", "10G", "16G"];
const MIDDLE: &[&str] = &["20G", "32G", "40G", "64G"];
const LARGE: &[&str] = &["100G", "200G", "500G", "1T"];

macro_rules! role {
    ($name:literal, $weight:literal, $system:ident, $cores:expr, $memory:expr, $disk:expr, $network:literal, $tags:expr) => {
        Role {
            name: $name,
            weight: $weight,
            system: System::$system,
            cores: &$cores,
            memory: &$memory,
            disk: $disk,
            network: $network,
            tags: &$tags,
        }
    };
}

const ROLES: [Role; 20] = [
    role!("web", 14, Linux, [2, 4], [2048, 4096], MIDDLE, 0, ["web", "frontend"]),
    role!("app", 12, Linux, [2, 4, 8], [4096, 8192], MIDDLE, 1, ["app"]),
    role!("db-primary", 4, Linux, [8, 16], [32768, 65536], LARGE, 2, ["database", "postgres"]),
    role!("db-replica", 6, Linux, [8, 16], [32768, 65536], LARGE, 2, ["database", "postgres"]),
    role!("cache", 5, Linux, [2, 4], [8192, 16384], SMALL, 2, ["cache"]),
    role!("proxy", 4, Linux, [1, 2], [512, 1024], SMALL, 0, ["frontend"]),
    role!("k8s-cp", 3, Linux, [4], [8192], MIDDLE, 1, ["k8s"]),
    role!("k8s-worker", 9, Linux, [8, 16], [16384, 32768], LARGE, 1, ["k8s"]),
    role!("ci-runner", 6, Linux, [4, 8], [8192, 16384], MIDDLE, 3, ["ci"]),
    role!("monitoring", 3, Linux, [2, 4], [4096, 8192], LARGE, 3, ["infra"]),
    role!("dns", 4, Linux, [1], [512, 1024], SMALL, 3, ["infra", "network"]),
    role!("ldap", 2, Linux, [1, 2], [1024, 2048], SMALL, 3, ["infra"]),
    role!("mail", 3, Linux, [2, 4], [4096, 8192], LARGE, 0, ["mail"]),
    role!("git", 2, Linux, [4], [8192], LARGE, 1, ["dev-tools"]),
    role!("files", 3, Linux, [2, 4], [4096], LARGE, 4, ["storage"]),
    role!("vpn", 3, Linux, [1, 2], [1024], SMALL, 0, ["network"]),
    role!("dev", 7, Linux, [2, 4], [2048, 4096, 6144], MIDDLE, 5, ["sandbox"]),
    role!("win-dc", 3, Windows, [2, 4], [4096, 8192], MIDDLE, 3, ["windows", "infra"]),
    role!("win-rds", 4, Windows, [4, 8], [16384, 32768], LARGE, 1, ["windows"]),
    role!("firewall", 3, Appliance, [2], [2048], SMALL, 0, ["network"]),
];

/// A role, common ones more often.
pub(super) fn draw(dice: &mut Dice) -> Role {
    let mut roll = dice.below(ROLES.iter().map(|role| role.weight).sum());
    for role in ROLES {
        if roll < role.weight {
            return role;
        }
        roll -= role.weight;
    }
    let [first, ..] = ROLES;
    first
}

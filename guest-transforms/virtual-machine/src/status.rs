//! From Proxmox's status to NetBox's.

/// NetBox's status; none when Proxmox does not know, so that the last known one stays.
///
/// Proxmox says `unknown` of every guest of a node that it cannot reach. A word that Proxmox does not use today counts
/// as `active`.
pub(crate) fn of(status: &str) -> Option<&'static str> {
    const OFFLINE: [&str; 4] = ["stopped", "paused", "suspended", "offline"];
    if is_unknown(status) {
        None
    } else if OFFLINE.iter().any(|word| status.eq_ignore_ascii_case(word)) {
        Some("offline")
    } else if status.eq_ignore_ascii_case("planned") {
        Some("planned")
    } else {
        Some("active")
    }
}

/// Whether Proxmox does not know how the guest is: its node cannot be reached, or the node's statistics hang.
pub(crate) fn is_unknown(status: &str) -> bool {
    status.eq_ignore_ascii_case("unknown")
}

//! Readings that change all the time, as a function of the fleet's clock.

use super::{Fleet, Guest, Node};

/// What a guest or node uses at this moment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Usage {
    /// Share of all its processors, 0 to 1.
    pub cpu: f64,
    /// Bytes.
    pub memory: u64,
    /// Bytes read or received since its start.
    pub incoming: u64,
    /// Bytes written or sent since its start.
    pub outgoing: u64,
    /// Seconds since its start.
    pub uptime: u64,
}

impl Usage {
    fn of(key: u64, now: u64, since: u64, memory: u64) -> Self {
        let noise = mix(key ^ now);
        let load = (mix(key) % 400 + noise % 200) as f64 / 1000.0;
        let uptime = now.saturating_sub(since);
        Self {
            cpu: load / 2.0,
            memory: memory / 4 + memory / 1024 * (mix(key ^ 7) % 500 + noise % 20),
            incoming: uptime * (mix(key ^ 1) % 90_000 + 512),
            outgoing: uptime * (mix(key ^ 2) % 60_000 + 256),
            uptime,
        }
    }
}

impl Fleet {
    /// What a running guest uses; none while it is stopped.
    pub fn guest_usage(&self, guest: &Guest) -> Option<Usage> {
        guest
            .is_running()
            .then(|| Usage::of(u64::from(guest.vmid), self.now, guest.started, guest.memory_bytes()))
    }

    /// What an online node uses; none while it is offline.
    pub fn node_usage(&self, node: &Node) -> Option<Usage> {
        let key = u64::from(node.id) << 32;
        node.online.then(|| Usage::of(key, self.now, node.booted, node.memory))
    }
}

/// Spreads the bits of a number over all others (the finalizer of SplitMix64).
pub(super) fn mix(value: u64) -> u64 {
    let a = value.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let b = (a ^ (a >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let c = (b ^ (b >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    c ^ (c >> 31)
}

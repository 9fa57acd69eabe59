//! Which VLANs an interface carries, as NetBox says it.

use proxbox_transform_sdk::facts::VmInterfaceFacts;
use proxbox_transform_sdk::{Reference, vlan};

/// `trunks=2-4094`: every VLAN but the one that a bridge uses for itself.
const EVERY: usize = 4093;

pub(crate) struct Vlans {
    untagged: Option<u16>,
    /// Without the untagged one; empty when it is all of them.
    tagged: Vec<u16>,
    all: bool,
}

impl Vlans {
    pub(crate) fn of(fact: &VmInterfaceFacts) -> Self {
        let is_id = |id: &u16| (1..=4094).contains(id);
        let untagged = fact.vlan.filter(is_id);
        let mut tagged: Vec<u16> = fact.trunks.iter().copied().filter(is_id).collect();
        tagged.sort_unstable();
        tagged.dedup();
        let all = tagged.len() >= EVERY;
        tagged.retain(|id| !all && Some(*id) != untagged);
        Self { untagged, tagged, all }
    }

    pub(crate) fn mode(&self) -> Option<&'static str> {
        if self.all {
            Some("tagged-all")
        } else if !self.tagged.is_empty() {
            Some("tagged")
        } else {
            self.untagged.map(|_| "access")
        }
    }

    pub(crate) fn untagged(&self) -> Option<Reference> {
        self.untagged.map(vlan)
    }

    pub(crate) fn tagged(&self) -> Vec<Reference> {
        self.tagged.iter().copied().map(vlan).collect()
    }
}

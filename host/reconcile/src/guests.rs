//! Whether an object in NetBox stands for a guest that is there: by what Proxmox says of the guest besides its vmid.

use crate::desired::Marks;
use crate::names;
use crate::owners::Owners;
use crate::text::fold;
use std::collections::BTreeSet;

/// What Proxmox calls the sorts of guests. One never becomes the other.
const SORTS: [&str; 2] = ["qemu", "lxc"];

/// A guest as it is now, beside an object in NetBox and what was last known of the guest that this stands for.
pub(crate) struct Compared<'a> {
    pub(crate) owners: &'a Owners<'a>,
    pub(crate) id: u64,
    pub(crate) marks: &'a Marks,
    pub(crate) name: Option<&'a str>,
    /// SMBIOS UUID when it was last synced; none when no run has noted it.
    pub(crate) uuid_before: Option<&'a str>,
}

impl Compared<'_> {
    /// Whether the object, which carries the guest's vmid, stands for another guest that had it before: they have no MAC address
    /// in common, and are of another sort, of another UUID, or called otherwise.
    pub(crate) fn is_another(&self) -> bool {
        if self.shares_mac() || self.same_uuid() == Some(true) {
            return false;
        }
        let both_have_cards = self.macs().is_some_and(|held| !held.is_empty()) && !self.marks.macs.is_empty();
        self.same_sort() == Some(false)
            || self.same_uuid() == Some(false)
            || (both_have_cards && self.same_name() == Some(false))
    }

    /// Whether the object stands for the guest wherever that is now: they have one UUID, or else a MAC address in common and
    /// the name.
    pub(crate) fn is_moved(&self) -> bool {
        let alike = self.shares_mac() && self.same_name() == Some(true);
        self.same_sort() != Some(false) && (self.same_uuid() == Some(true) || alike)
    }

    fn macs(&self) -> Option<&BTreeSet<String>> {
        self.owners.macs(self.id)
    }

    fn shares_mac(&self) -> bool {
        self.macs().is_some_and(|held| !held.is_disjoint(&self.marks.macs))
    }

    fn same_sort(&self) -> Option<bool> {
        let held = self.owners.record(self.id, "proxmox_vm_type")?;
        SORTS.contains(&held.as_str()).then(|| held == self.marks.sort)
    }

    fn same_uuid(&self) -> Option<bool> {
        Some(self.uuid_before? == self.marks.uuid.as_deref()?)
    }

    fn same_name(&self) -> Option<bool> {
        let plain = |name: &str| fold(names::without_number(name));
        Some(self.owners.name(self.id).map(plain)? == self.name.map(plain)?)
    }
}

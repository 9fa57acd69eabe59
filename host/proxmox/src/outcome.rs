//! One guest as it was read: what is known, and what was said meanwhile.

use crate::addresses::{match_by_mac, of_guest, primary};
use crate::guest::GuestRead;
use crate::inside;
use crate::part::Part;
use crate::parts::Seen;
use crate::resources::ListedGuest;
use proxbox_model::Problem;
use proxbox_model::facts::{Address, GuestInterfaceFacts, MacAddressFacts};
use std::collections::BTreeMap;

/// The guests of a source.
#[derive(Default)]
pub(crate) struct Guests {
    /// By vmid.
    pub(crate) reads: Vec<GuestRead>,
    /// What was read of each of them in full.
    pub(crate) seen: Seen,
    pub(crate) problems: Vec<Problem>,
    pub(crate) notes: Vec<Problem>,
}

/// One guest.
pub(crate) struct Outcome {
    pub(crate) guest: ListedGuest,
    pub(crate) read: GuestRead,
    /// Addresses that the configuration sets, with the key of their interface.
    configured: Vec<(String, Address)>,
    /// Whether it is to be asked for its interfaces.
    pub(crate) asks_inside: bool,
    pub(crate) inside_seen: bool,
    pub(crate) inside_forbidden: bool,
    pub(crate) snapshots_seen: bool,
    /// Whether it was not where it was looked for.
    pub(crate) is_missing: bool,
    pub(crate) problems: Vec<Problem>,
    pub(crate) notes: Vec<Problem>,
}

impl Outcome {
    /// A guest of which nobody but the listing and the configuration spoke yet.
    pub(crate) fn new(guest: ListedGuest, read: GuestRead, configured: Vec<(String, Address)>) -> Self {
        let mut outcome = Self {
            guest,
            read,
            configured,
            asks_inside: false,
            inside_seen: false,
            inside_forbidden: false,
            snapshots_seen: false,
            is_missing: false,
            problems: Vec::new(),
            notes: Vec::new(),
        };
        let read = &mut outcome.read;
        read.macs = read
            .interfaces
            .iter()
            .filter_map(|interface| {
                let (net, mac) = (interface.key.clone(), interface.mac.clone()?);
                Some(MacAddressFacts { vmid: interface.vmid, net, mac })
            })
            .collect();
        outcome.settle_addresses();
        outcome
    }

    /// Takes in what the guest says of its interfaces, in its own order.
    pub(crate) fn hear(&mut self, mut inside: Part<GuestInterfaceFacts>) {
        match_by_mac(&mut self.read.interfaces, &mut inside.items);
        self.inside_seen = inside.full;
        self.problems.extend(inside.problems);
        self.read.guest_interfaces = inside.items;
        self.settle_addresses();
        self.read
            .guest_interfaces
            .sort_by(|one, other| (&one.name, &one.mac).cmp(&(&other.name, &other.mac)));
    }

    fn settle_addresses(&mut self) {
        let read = &mut self.read;
        read.addresses = of_guest(&read.interfaces, &self.configured, &read.guest_interfaces);
        read.primary = primary(read.vmid, &read.addresses);
    }
}

/// All guests together, and what was seen of them.
pub(crate) fn gather(endpoint: &str, outcomes: BTreeMap<u32, Outcome>) -> Guests {
    let mut guests = Guests::default();
    let mut forbidden = 0;
    for (vmid, outcome) in outcomes {
        if matches!(outcome.read.facts, Some(Ok(_))) {
            guests.seen.configs.insert(vmid);
        }
        if outcome.inside_seen {
            guests.seen.agents.insert(vmid);
        }
        if outcome.snapshots_seen {
            guests.seen.snapshots.insert(vmid);
        }
        forbidden += usize::from(outcome.inside_forbidden);
        guests.problems.extend(outcome.problems);
        guests.notes.extend(outcome.notes);
        guests.reads.push(outcome.read);
    }
    if forbidden > 0 {
        guests.notes.push(inside::forbidden(endpoint, forbidden));
    }
    guests
}

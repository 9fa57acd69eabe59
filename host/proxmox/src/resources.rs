//! `/cluster/resources`: the one listing of nodes and guests, split.

use crate::error::Fault;
use crate::lenient::Fields;
use proxbox_model::Problem;
use proxbox_model::facts::GuestKind;
use serde_json::{Map, Value as Json};
use std::collections::{BTreeMap, BTreeSet};

/// Path of the listing.
pub(crate) const RESOURCES: &str = "/cluster/resources";
/// Types of entries that are neither nodes, guests nor storages.
const OTHERS: &[&str] = &["pool", "sdn", "network"];

/// The listing, split.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Resources {
    /// Entries of the nodes by name.
    pub(crate) nodes: BTreeMap<String, Json>,
    /// Guests in the order of their vmid.
    pub(crate) guests: BTreeMap<u32, ListedGuest>,
    /// Entries of the storages, one for each node that has it.
    pub(crate) storages: Vec<Json>,
    /// Entries that were left out, and why.
    pub(crate) problems: Vec<Problem>,
    /// Sorts of entries that nobody asked for and that are not known here.
    pub(crate) notes: Vec<Problem>,
    /// Whether a guest may be among the entries that were left out.
    pub(crate) guests_left_out: bool,
}

/// A guest of the listing.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ListedGuest {
    pub(crate) vmid: u32,
    pub(crate) kind: GuestKind,
    pub(crate) node: String,
    pub(crate) entry: Map<String, Json>,
}

impl ListedGuest {
    pub(crate) fn fields(&self) -> Fields<'_> {
        Fields::from(&self.entry)
    }

    /// A path below the guest's own: `/nodes/pve1/qemu/101/config`.
    pub(crate) fn path(&self, below: &str) -> String {
        format!("/nodes/{}/{}/{}/{below}", self.node, self.kind.as_str(), self.vmid)
    }

    /// As Proxmox says: `running`, `stopped` …
    pub(crate) fn status(&self) -> String {
        self.fields().text("status").unwrap_or_else(|| "unknown".to_owned())
    }

    /// The name in the listing.
    pub(crate) fn listed_name(&self) -> Option<String> {
        self.fields().text("name")
    }

    /// What a guest without a name is called, which is what Proxmox's own interface says.
    pub(crate) fn fallback_name(&self) -> String {
        match self.kind {
            GuestKind::Qemu => format!("VM {}", self.vmid),
            GuestKind::Lxc => format!("CT {}", self.vmid),
        }
    }
}

impl Resources {
    /// `endpoint` is for messages.
    pub(crate) fn parse(listing: Json, endpoint: &str) -> Result<Self, Fault> {
        let Json::Array(entries) = listing else { return Err(Fault::Shape("it is not a list")) };
        let mut resources = Self::default();
        let mut unknown = BTreeSet::new();
        for (index, entry) in entries.into_iter().enumerate() {
            match resources.add(entry) {
                Ok(()) => {}
                Err(Odd::Type(name)) => {
                    unknown.insert(name);
                }
                Err(Odd::Entry(odd)) => {
                    resources.guests_left_out |= odd.may_be_guest;
                    resources.problems.push(odd.problem(endpoint, index));
                }
            }
        }
        resources.notes.extend(unknown_types(endpoint, &unknown));
        Ok(resources)
    }

    fn add(&mut self, entry: Json) -> Result<(), Odd> {
        let fields = Fields::of(&entry);
        let id = fields.text("id");
        let odd =
            |what: String, may_be_guest| Err(Odd::Entry(OddEntry { id: id.clone(), what, may_be_guest }));
        let kind = match fields.text("type").as_deref() {
            Some("qemu") => GuestKind::Qemu,
            Some("lxc") => GuestKind::Lxc,
            Some("node") => {
                return match fields.text("node") {
                    Some(name) => {
                        self.nodes.insert(name, entry);
                        Ok(())
                    }
                    None => odd("is a node without a name".to_owned(), false),
                };
            }
            Some("storage") => {
                self.storages.push(entry);
                return Ok(());
            }
            Some(other) if OTHERS.contains(&other) => return Ok(()),
            Some(other) if fields.get("vmid").is_some() => {
                return odd(format!("has the type {other}, which is not known here"), true);
            }
            Some(other) => return Err(Odd::Type(other.to_owned())),
            None => return odd("has no type".to_owned(), true),
        };
        let vmid = fields.unsigned("vmid").and_then(|vmid| u32::try_from(vmid).ok()).filter(|vmid| *vmid > 0);
        let Some(vmid) = vmid else { return odd("is a guest without a usable vmid".to_owned(), true) };
        let Some(node) = fields.text("node") else {
            return odd(format!("is guest {vmid} without the node that it is on"), true);
        };
        if !is_node_name(&node) {
            return odd(format!("is guest {vmid} on a node whose name cannot be one"), true);
        }
        let Json::Object(entry) = entry else { return odd("is not an object".to_owned(), true) };
        if self.guests.contains_key(&vmid) {
            return odd(format!("is a second guest with the vmid {vmid}"), true);
        }
        self.guests.insert(vmid, ListedGuest { vmid, kind, node, entry });
        Ok(())
    }
}

/// Whether a text can be the name of a node, and so part of a path: node names are host names; anything else would change the path of
/// a request. Names of storages are not much different.
pub fn is_node_name(name: &str) -> bool {
    !name.is_empty()
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_'))
        && !name.starts_with('.')
}

/// Why an entry is not taken in.
enum Odd {
    /// It is of a type that is not known here, and no guest.
    Type(String),
    Entry(OddEntry),
}

/// An entry that cannot be used.
struct OddEntry {
    id: Option<String>,
    what: String,
    may_be_guest: bool,
}

impl OddEntry {
    fn problem(&self, endpoint: &str, index: usize) -> Problem {
        let Self { id, what, .. } = self;
        let entry = match id {
            Some(id) => format!("entry {id}"),
            None => format!("entry {}", index + 1),
        };
        Problem::new(
            "proxmox-odd-entry",
            format!("Proxmox endpoint {endpoint}: {entry} of /cluster/resources {what} and was left out"),
        )
        .with_hint("The other entries are not affected; look at the entry with pvesh get /cluster/resources.")
    }
}

/// One note for all types that are not known here: a newer Proxmox VE lists more than guests, nodes and storages.
fn unknown_types(endpoint: &str, types: &BTreeSet<String>) -> Option<Problem> {
    let names: Vec<&str> = types.iter().map(String::as_str).collect();
    (!names.is_empty()).then(|| {
        Problem::new(
            "proxmox-unknown-type",
            format!(
                "Proxmox endpoint {endpoint}: /cluster/resources lists entries of types that are not known here ({}); they are no guests, nodes or storages and were passed over",
                names.join(", ")
            ),
        )
        .with_hint("Nothing that is synced is missing because of them.")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn split(listing: Json) -> Resources {
        Resources::parse(listing, "lab").unwrap()
    }

    #[test]
    fn nodes_and_guests_are_told_apart_and_the_rest_is_nobodys_problem() {
        let resources = split(json!([
            {"type": "node", "node": "pve1", "id": "node/pve1"},
            {"type": "qemu", "vmid": 101, "node": "pve1", "id": "qemu/101"},
            {"type": "lxc", "vmid": "100", "node": "pve1", "id": "lxc/100"},
            {"type": "storage", "storage": "local", "node": "pve1"},
            {"type": "pool", "pool": "x"}, {"type": "sdn"}, {"type": "network"},
        ]));
        assert_eq!(resources.nodes.len(), 1);
        assert_eq!(resources.guests.keys().copied().collect::<Vec<_>>(), [100, 101]);
        assert_eq!(resources.guests[&100].kind, GuestKind::Lxc);
        assert!(resources.problems.is_empty() && !resources.guests_left_out);
    }

    #[test]
    fn an_odd_entry_is_named_and_the_others_go_on() {
        for odd in [
            json!({"type": "qemu", "id": "qemu/7", "node": "pve1"}),
            json!({"type": "qemu", "id": "qemu/7", "node": "pve1", "vmid": "seven"}),
            json!({"type": "qemu", "id": "qemu/7", "node": "pve1", "vmid": 0}),
            json!({"type": "qemu", "id": "qemu/7", "vmid": 7}),
            json!({"type": "qemu", "id": "qemu/7", "vmid": 7, "node": "../../x"}),
            json!({"type": "vapour", "id": "qemu/7", "vmid": 7, "node": "pve1"}),
            json!({"id": "qemu/7", "vmid": 7, "node": "pve1"}),
        ] {
            let resources = split(json!([odd, {"type": "lxc", "vmid": 100, "node": "pve1"}]));
            assert_eq!(resources.guests.len(), 1, "{odd}");
            assert!(resources.guests_left_out, "{odd}");
            assert!(resources.problems[0].message.contains("qemu/7"), "{odd}");
        }
        let resources = split(json!([null, {"type": "lxc", "vmid": 100, "node": "pve1"}]));
        assert_eq!((resources.guests.len(), resources.problems.len()), (1, 1));
    }

    #[test]
    fn types_that_are_not_known_and_no_guests_are_noted_once_and_are_no_problem() {
        let resources = split(json!([
            {"type": "mapping", "id": "mapping/usb1"}, {"type": "fabric", "id": "fabric/1"},
            {"type": "mapping", "id": "mapping/usb2"},
        ]));
        assert!(resources.problems.is_empty() && !resources.guests_left_out);
        let [note] = &resources.notes[..] else { panic!("{:?}", resources.notes) };
        assert!(note.message.contains("fabric, mapping") && note.hint.is_some(), "{note:?}");
    }

    #[test]
    fn the_first_of_two_guests_with_one_vmid_stays() {
        let resources = split(json!([
            {"type": "qemu", "vmid": 100, "node": "pve1"},
            {"type": "lxc", "vmid": 100, "node": "pve2"},
        ]));
        assert_eq!(resources.guests[&100].kind, GuestKind::Qemu);
        assert_eq!(resources.problems.len(), 1);
    }
}

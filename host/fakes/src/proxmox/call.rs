//! One request of a handler: what it asks, and what its caller may see.

use super::answer::Refusal;
use super::login::Caller;
use crate::fleet::{Fleet, Guest, GuestKind, Node, Storage};
use serde_json::Value;
use std::collections::HashMap;

/// What a handler answers: the value inside `data`.
pub(super) type Answer = Result<Value, Refusal>;

/// A request on its way through a handler.
pub(super) struct Call<'a> {
    pub(super) fleet: &'a Fleet,
    pub(super) caller: &'a Caller,
    pub(super) path: &'a HashMap<String, String>,
    pub(super) query: &'a HashMap<String, String>,
}

impl<'a> Call<'a> {
    /// A part of the path; empty when the route has none of this name.
    pub(super) fn part(&self, name: &str) -> &'a str {
        self.path.get(name).map_or("", String::as_str)
    }

    /// A query parameter.
    pub(super) fn query(&self, name: &str) -> Option<&'a str> {
        self.query.get(name).map(String::as_str)
    }

    /// A query parameter that must be a number.
    pub(super) fn number(&self, name: &str) -> Result<Option<u64>, Refusal> {
        let parse = |text: &str| {
            let message = format!("type check ('integer') failed - got '{text}'");
            text.parse().map_err(|_| Refusal::parameter(name, message))
        };
        self.query(name).map(parse).transpose()
    }

    /// A query parameter that must be one of these words.
    pub(super) fn choice(&self, name: &str, words: &[&str]) -> Result<Option<&'a str>, Refusal> {
        match self.query(name) {
            Some(word) if !words.contains(&word) => {
                let words = words.join(", ");
                let message = format!("value '{word}' does not have a value in the enumeration '{words}'");
                Err(Refusal::parameter(name, message))
            }
            word => Ok(word),
        }
    }

    /// Whether the caller has a privilege on a path.
    pub(super) fn may(&self, path: &str, privilege: &str) -> bool {
        self.caller.rights.allow(self.fleet, path, privilege)
    }

    /// Refuses unless the caller has a privilege on a path.
    pub(super) fn require(&self, path: &str, privilege: &str) -> Result<(), Refusal> {
        if self.may(path, privilege) { Ok(()) } else { Err(Refusal::denied(path, privilege)) }
    }

    /// Whether the caller may see a guest.
    pub(super) fn sees(&self, guest: &Guest) -> bool {
        self.may(&format!("/vms/{}", guest.vmid), "VM.Audit")
    }

    /// Whether the caller may see a storage.
    pub(super) fn sees_storage(&self, storage: &Storage) -> bool {
        let path = format!("/storage/{}", storage.name);
        self.may(&path, "Datastore.Audit") || self.may(&path, "Datastore.AllocateSpace")
    }

    /// The node of the path, which must be online: its requests are passed on to it.
    pub(super) fn node(&self) -> Result<&'a Node, Refusal> {
        let name = self.part("node");
        let unknown = || {
            let message = format!(
                "hostname lookup '{name}' failed - failed to get address info for: {name}: Name or service not known"
            );
            Refusal::new(500, message)
        };
        let node = self.fleet.node(name).ok_or_else(unknown)?;
        if node.online { Ok(node) } else { Err(Refusal::bare(595, "No route to host")) }
    }

    /// The guest of the path, which must be of this kind and on the path's node.
    pub(super) fn guest(&self, kind: GuestKind, privilege: &str) -> Result<&'a Guest, Refusal> {
        let text = self.part("vmid");
        let vmid = text.parse::<u32>().ok().filter(|vmid| *vmid >= 100).ok_or_else(|| {
            Refusal::parameter("vmid", format!("type check ('integer') failed - got '{text}'"))
        })?;
        self.require(&format!("/vms/{vmid}"), privilege)?;
        let node = self.part("node");
        let folder = if kind == GuestKind::Qemu { "qemu-server" } else { "lxc" };
        let guest = self.fleet.guest(vmid).filter(|guest| guest.kind == kind && guest.node == node);
        guest.ok_or_else(|| {
            let message = format!("Configuration file 'nodes/{node}/{folder}/{vmid}.conf' does not exist");
            Refusal::new(500, message)
        })
    }
}

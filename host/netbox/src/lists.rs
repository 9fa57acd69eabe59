//! Whole lists that a client keeps, so that the next run of the same job need not read them again. What is written makes it forget the
//! lists that may be other then.

use crate::client::{CUSTOM_FIELDS, Netbox};
use proxbox_model::kind::{KINDS, Kind, Ownership};
use proxbox_reconcile::Object;
use reqwest::Method;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Most rows that are kept; what comes then is read each time.
const MOST: usize = 20_000;

/// Lists by path, each with all of its rows.
#[derive(Default)]
pub(crate) struct Lists(Mutex<HashMap<&'static str, Vec<Object>>>);

impl Lists {
    fn held(&self) -> MutexGuard<'_, HashMap<&'static str, Vec<Object>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn find(&self, path: &str) -> Option<Vec<Object>> {
        self.held().get(path).cloned()
    }

    fn keep(&self, path: &'static str, rows: &[Object]) {
        let mut held = self.held();
        let others: usize = held.iter().filter(|(of, _)| **of != path).map(|(_, rows)| rows.len()).sum();
        if others + rows.len() <= MOST {
            held.insert(path, rows.to_vec());
        }
    }

    /// Forgets what a write to a list may change: the list itself, what its objects belong to, and what belongs to or names them.
    fn forget(&self, method: &Method, path: &str) {
        let mut held = self.held();
        if *method == Method::DELETE || path == CUSTOM_FIELDS {
            // NetBox deletes what belongs to an object with it, and a custom field is in the rows of any list.
            held.clear();
            return;
        }
        held.retain(|other, _| *other != path && !touches(path, other));
    }
}

/// Whether a write to one list may change rows of another.
fn touches(path: &str, other: &str) -> bool {
    let names = |one: &Kind, other: &Kind| {
        one.fields.iter().any(|field| field.holds.targets().contains(&other.model()))
    };
    at(path).any(|one| {
        at(other)
            .any(|other| names(other, one) || (other.ownership != Ownership::Shared && names(one, other)))
    })
}

fn at(path: &str) -> impl Iterator<Item = &'static Kind> {
    KINDS.iter().filter(move |kind| kind.path == path)
}

impl Netbox {
    /// The same, that keeps whole lists which it reads for a run until something is written that may change them.
    #[must_use]
    pub fn remembering(self) -> Self {
        Self { lists: Some(Lists::default()), ..self }
    }

    /// Forgets all lists: somebody else may have written.
    pub fn forget_lists(&self) {
        if let Some(lists) = &self.lists {
            lists.held().clear();
        }
    }

    pub(crate) fn forget_lists_around(&self, method: &Method, path: &str) {
        if let Some(lists) = &self.lists {
            lists.forget(method, path);
        }
    }

    pub(crate) fn keeps_lists(&self) -> bool {
        self.lists.is_some()
    }

    pub(crate) fn kept_list(&self, kind: &Kind) -> Option<Vec<Object>> {
        self.lists.as_ref()?.find(kind.path)
    }

    pub(crate) fn keep_list(&self, kind: &'static Kind, rows: &[Object]) {
        if let Some(lists) = &self.lists {
            lists.keep(kind.path, rows);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proxbox_model::kind::find;

    fn path(kind: &str) -> &'static str {
        find(kind).unwrap().path
    }

    fn all() -> Lists {
        let lists = Lists::default();
        KINDS.iter().for_each(|kind| lists.keep(kind.path, &[]));
        lists
    }

    #[test]
    fn a_write_forgets_the_list_and_those_of_owners_and_parts() {
        let lists = all();
        lists.forget(&Method::PATCH, path("virtualization.vminterface"));
        for other in [
            "virtualization.vminterface",
            "virtualization.virtualmachine",
            "dcim.macaddress",
            "ipam.ipaddress",
        ] {
            assert!(lists.find(path(other)).is_none(), "{other}");
        }
        for other in ["virtualization.cluster", "dcim.devicerole", "netbox_proxbox.vmbackup"] {
            assert!(lists.find(path(other)).is_some(), "{other}");
        }
    }

    #[test]
    fn what_is_only_named_stays_as_it_is() {
        let lists = all();
        lists.forget(&Method::POST, path("virtualization.virtualmachine"));
        assert!(lists.find(path("dcim.devicerole")).is_some());
        assert!(lists.find(path("virtualization.virtualdisk")).is_none(), "its rows name the machine");
    }

    #[test]
    fn deleting_and_defining_custom_fields_forget_everything() {
        for (method, path) in [(Method::DELETE, "ipam/vlans"), (Method::POST, CUSTOM_FIELDS)] {
            let lists = all();
            lists.forget(&method, path);
            assert!(lists.held().is_empty(), "{path}");
        }
    }

    #[test]
    fn what_does_not_fit_is_not_kept() {
        let lists = Lists::default();
        lists.keep("ipam/vlans", &vec![Object::new(); MOST - 1]);
        lists.keep("dcim/devices", &[Object::new(), Object::new()]);
        assert!(lists.find("dcim/devices").is_none());
        lists.keep("ipam/vlans", &[]);
        lists.keep("dcim/devices", &[Object::new(), Object::new()]);
        assert!(lists.find("dcim/devices").is_some());
    }
}

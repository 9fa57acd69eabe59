//! What every run needs whatever it finds in Proxmox: one tag, and the custom fields.

use crate::check::Checked;
use crate::custom;
use crate::desired::{Collection, Origin};
use crate::lower::Lowered;
use crate::value::{Want, Wants};
use crate::world::Records;
use proxbox_model::SourceObject;
use proxbox_model::draft::Tag;
use proxbox_model::kind;
use serde_json::Value as Json;
use std::collections::BTreeSet;
use std::sync::Arc;

/// What the default mapper says of a guest where there is nothing but custom fields, besides its identity.
const GUEST_TYPE: &str = "proxmox_vm_type";

/// A tag and the custom fields that a run makes in such a NetBox, as a run makes them, without any Proxmox object.
pub fn groundwork(tag: &Tag, records: Records) -> Lowered {
    let host: Arc<str> = "the host".into();
    let mut desired = Collection::default();
    let bearers = [SourceObject::Cluster, SourceObject::Node(String::new()), SourceObject::Guest(0)];
    let mut bearers: Vec<Checked> =
        bearers.iter().filter_map(kind::of).map(|kind| Checked::new(kind, None)).collect();
    if let Some(guest) = bearers.last_mut().filter(|_| records == Records::Identity) {
        guest.custom_fields.insert(GUEST_TYPE.to_owned(), Want::Plain(Json::Null));
    }
    for draft in tagged(tag).into_iter().chain(custom::needed(bearers.iter(), records)) {
        desired.add(draft, BTreeSet::new(), Origin::default(), &host);
    }
    Lowered::of(desired)
}

fn tagged(tag: &Tag) -> Option<Checked> {
    let kind = kind::find("extras.tag")?;
    let values = [("name", &tag.name), ("slug", &tag.slug), ("color", &tag.color)];
    let fields: Wants = values
        .into_iter()
        .filter_map(|(name, value)| Some((kind.field(name)?.name, Want::Plain(value.as_str().into()))))
        .collect();
    Some(Checked { fields, ..Checked::new(kind, None) })
}

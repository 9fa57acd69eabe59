//! What differs between an object in NetBox and what is wanted of it.

use crate::desired::Desired;
use crate::normal;
use crate::{Object, owners};
use proxbox_model::kind::{FieldSpec, Kind};
use proxbox_model::options::{FieldRule, Kept, Part};
use proxbox_model::plan::{Change, Planned};
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};

/// Whether a field of an existing object stays as it is, whatever is wanted.
pub(crate) fn stays(kind: &Kind, spec: &FieldSpec, current: &Object, kept: &Kept) -> bool {
    let held = || !normal::is_empty(&value(spec, current));
    match (kind.name, spec.name) {
        // An operator moves devices between sites; a default site only serves to make them.
        ("dcim.device", "site") | ("virtualization.cluster", "scope_id" | "scope_type") => held(),
        // The plugin lets nobody change it.
        ("netbox_proxbox.proxboxdevicesyncstate", "proxmox_endpoint_raw_id") => held(),
        // NetBox refuses any size but the sum of the virtual disks, once there are some.
        ("virtualization.virtualmachine", "disk") => {
            current.get("virtual_disk_count").and_then(Json::as_u64).is_some_and(|count| count > 0)
        }
        _ => match kept.rule(kind.name, spec.name) {
            Some(rule) => rule == FieldRule::FillWhenEmpty && held(),
            None => kept.keeps(kind.name, Part::Field(spec.name)) && held(),
        },
    }
}

/// Whether a draft says where a device is, down to its location or to none: NetBox refuses a location of another site, so
/// that the two go together.
pub(crate) fn is_placed(object: &Desired) -> bool {
    object.kind.name == "dcim.device" && object.fields.contains_key("location")
}

/// Whether the tags of an existing object stay as they are.
pub(crate) fn tags_stay(kind: &Kind, current: &Object, kept: &Kept) -> bool {
    kept.keeps(kind.name, Part::Tags) && !normal::tag_slugs(current.get("tags")).is_empty()
}

/// A custom field's value in NetBox, normalised.
pub(crate) fn custom_value(name: &str, holds: &str, current: &Object) -> Json {
    let value = current.get("custom_fields").and_then(|fields| fields.get(name));
    value.map_or(Json::Null, |value| normal::custom_field(holds, value))
}

/// The name of an existing object; none when it has none.
pub(crate) fn name(kind: &Kind, current: &Object) -> Option<String> {
    let spec = kind.field("name")?;
    value(spec, current).as_str().filter(|name| !name.is_empty()).map(str::to_owned)
}

/// The related object of an existing object.
pub(crate) fn relation(current: &Object, field: &str) -> Option<u64> {
    owners::relation(current, field)
}

/// The fields that differ.
pub(crate) fn fields(
    kind: &Kind,
    current: &Object,
    goals: &BTreeMap<&'static str, Planned>,
) -> BTreeMap<String, Change> {
    let changed = goals.iter().filter_map(|(name, after)| {
        let spec = kind.field(name)?;
        let before = value(spec, current);
        let same = match after {
            Planned::Ready(after) => normal::field(spec.holds, after) == before,
            _ => false,
        };
        (!same).then(|| ((*name).to_owned(), Change { before, after: after.clone() }))
    });
    changed.collect()
}

/// The change of a custom field, if it differs.
pub(crate) fn custom_field(name: &str, holds: &str, current: &Object, after: &Planned) -> Option<Change> {
    let before = custom_value(name, holds, current);
    let same = match after {
        Planned::Ready(after) => normal::custom_field(holds, after) == before,
        Planned::List(items) => {
            let ready = items.iter().map(|item| match item {
                Planned::Ready(id) => Some(id.clone()),
                _ => None,
            });
            let ids: Option<Vec<Json>> = ready.collect();
            ids.is_some_and(|ids| normal::custom_field(holds, &Json::Array(ids)) == before)
        }
        _ => false,
    };
    (!same).then(|| Change { before, after: after.clone() })
}

/// The change of a list that is only ever extended, if it lacks something.
pub(crate) fn extended(before: Vec<String>, more: &[String]) -> Option<Change> {
    merged(before, more, &BTreeSet::new())
}

/// The change of a list that gets some texts and loses others, if there is one.
pub(crate) fn merged(before: Vec<String>, more: &[String], gone: &BTreeSet<String>) -> Option<Change> {
    let mut after: Vec<String> =
        before.iter().filter(|text| !gone.contains(*text) || more.contains(text)).cloned().collect();
    after.extend(more.iter().filter(|text| !before.contains(text)).cloned());
    after.sort();
    after.dedup();
    (after != before).then(|| Change { before: json!(before), after: Planned::Ready(json!(after)) })
}

/// A field's value in NetBox, normalised.
pub(crate) fn value(spec: &FieldSpec, current: &Object) -> Json {
    normal::field(spec.holds, current.get(spec.name).unwrap_or(&Json::Null))
}

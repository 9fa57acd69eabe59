//! Rows of NetBox without what nothing looks at, so that a snapshot of a large NetBox stays small.

use crate::Object;
use crate::text::fold;
use proxbox_model::kind::{FieldType, Kind};
use serde_json::{Value as Json, json};

/// A row as a snapshot holds it: of a related object the id, of a choice the value, of a tag its name and slug. What has no value is left out,
/// and so is the text that NetBox shows for an object which has a name.
#[must_use]
pub fn bare(kind: &Kind, row: Object) -> Object {
    let is_text = |name: &str| row.get(name).and_then(Json::as_str).is_some_and(|text| !text.is_empty());
    let is_named = is_text("name") || is_text("model");
    let held = |(name, value): (String, Json)| {
        let value = match name.as_str() {
            _ if value.is_null() => return None,
            "display" if is_named => return None,
            "tags" => each(value, slug),
            "custom_fields" => filled(value),
            name if kind.field(name).is_some_and(|spec| spec.holds == FieldType::Json) => value,
            _ => each(value, plain),
        };
        Some((name, value))
    };
    row.into_iter().filter_map(held).collect()
}

fn each(value: Json, of: fn(Json) -> Json) -> Json {
    match value {
        Json::Array(items) => items.into_iter().map(of).collect(),
        value => of(value),
    }
}

fn plain(value: Json) -> Json {
    match &value {
        Json::Object(nested) => match (nested.get("id"), nested.get("value")) {
            (Some(id @ Json::Number(_)), _) => id.clone(),
            (None, Some(choice)) => choice.clone(),
            _ => value,
        },
        _ => value,
    }
}

/// The slug, if it says what the tag is called. Else both, by which mirrored tags are told.
fn slug(tag: Json) -> Json {
    let text = |name: &str| tag.get(name).and_then(Json::as_str);
    match (text("name"), text("slug")) {
        (Some(name), Some(slug)) if fold(name) == slug => slug.into(),
        (Some(name), Some(slug)) => json!({ "name": name, "slug": slug }),
        _ => tag,
    }
}

fn filled(fields: Json) -> Json {
    match fields {
        Json::Object(fields) => fields.into_iter().filter(|(_, value)| !value.is_null()).collect(),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proxbox_model::kind::find;

    fn of(kind: &str, row: Json) -> Json {
        bare(find(kind).unwrap(), serde_json::from_value(row).unwrap()).into()
    }

    #[test]
    fn what_is_nested_comes_down_to_what_is_compared() {
        let row = json!({
            "id": 7, "name": "web", "display": "web", "vcpus": 2.0, "site": null,
            "cluster": {"id": 3, "url": "https://netbox/api/clusters/3/", "name": "lab"},
            "status": {"value": "active", "label": "Active"},
            "tags": [{"id": 1, "name": "Proxmox", "slug": "proxmox"}, {"id": 2, "name": "C++", "slug": "c"}],
            "custom_fields": {"owner": null, "rack": {"id": 5, "display": "R5"}},
        });
        let held = json!({
            "id": 7, "name": "web", "vcpus": 2.0, "cluster": 3, "status": "active",
            "tags": ["proxmox", {"name": "C++", "slug": "c"}], "custom_fields": {"rack": {"id": 5, "display": "R5"}},
        });
        assert_eq!(of("virtualization.virtualmachine", row), held);
    }

    #[test]
    fn an_object_without_a_name_keeps_what_netbox_shows_for_it() {
        let row = json!({"id": 1, "display": "10.0.0.1/24", "tagged_vlans": [{"id": 4}, 5]});
        let held = json!({"id": 1, "display": "10.0.0.1/24", "tagged_vlans": [4, 5]});
        assert_eq!(of("ipam.ipaddress", row), held);
    }

    #[test]
    fn a_field_that_holds_any_json_is_left_as_it_is() {
        let of_json = proxbox_model::kind::KINDS.iter().find_map(|kind| {
            let field = kind.fields.iter().find(|field| field.holds == FieldType::Json)?;
            Some((kind.name, field.name))
        });
        let (kind, field) = of_json.unwrap();
        let row = json!({"id": 1, field: {"id": 2, "value": 3}});
        assert_eq!(of(kind, row.clone()), row);
    }
}

//! Shared by the tests of the default mapping: does an outcome fit the host's table of NetBox kinds?

use proxbox_model::kind::{CUSTOM_FIELDS, FieldType, Kind, find};
use proxbox_transform_sdk::{Draft, Field, Outcome, Reference, Value};
use std::net::IpAddr;

/// The Proxmox identities by which objects of a kind are named.
const IDENTITIES: &[(&str, &[&str])] = &[
    ("virtualization.cluster", &["proxmox-cluster"]),
    ("dcim.device", &["proxmox-node"]),
    ("dcim.interface", &["proxmox-node", "proxmox-interface"]),
    ("virtualization.virtualmachine", &["proxmox-vmid"]),
    ("virtualization.vminterface", &["proxmox-vmid", "proxmox-net"]),
    ("virtualization.virtualdisk", &["proxmox-vmid", "proxmox-disk"]),
    ("dcim.macaddress", &["proxmox-vmid", "proxmox-net"]),
    ("ipam.ipaddress", &["proxmox-vmid", "proxmox-net", "proxmox-ip"]),
    ("ipam.ipaddress", &["proxmox-node", "proxmox-interface", "proxmox-ip"]),
    ("netbox_proxbox.proxmoxstorage", &["proxmox-storage"]),
    ("netbox_proxbox.guestvminterface", &["proxmox-vmid", "proxmox-guest-interface"]),
    ("netbox_proxbox.proxmoxendpoint", &["proxmox-endpoint"]),
    ("netbox_proxbox.proxmoxnode", &["proxmox-node"]),
    ("netbox_proxbox.proxmoxcluster", &["proxmox-cluster"]),
];

/// The drafts of an outcome, each checked against the table of kinds.
pub(crate) fn drafts(outcome: Outcome) -> Vec<Draft> {
    let Outcome::Keep(drafts) = outcome else { panic!("not kept: {outcome:?}") };
    assert!(
        drafts.first().is_some_and(|own| own.key.is_empty()),
        "who the fact is, is the host's: {drafts:?}"
    );
    drafts.iter().for_each(check);
    drafts
}

fn check(draft: &Draft) {
    let kind = find(&draft.kind).unwrap_or_else(|| panic!("no kind {}", draft.kind));
    if !draft.key.is_empty() {
        check_reference(&Reference { kind: draft.kind.clone(), key: draft.key.clone() });
    }
    for field in &draft.fields {
        let place = format!("{}.{}", draft.kind, field.name);
        let later = || kind.pass_with(&field.name)?.field(&field.name);
        let spec = kind.field(&field.name).or_else(later);
        check_value(
            &place,
            &field.value,
            spec.unwrap_or_else(|| panic!("{place} is not in the table")).holds,
        );
    }
    draft.custom_fields.iter().for_each(|field| check_custom(kind, field));
    assert!(kind.tags || draft.tags.is_empty(), "{} has no tags", kind.name);
    for tag in &draft.tags {
        check_value("tag.name", &Value::Text(tag.name.clone()), FieldType::Text(100));
        check_value("tag.slug", &Value::Text(tag.slug.clone()), FieldType::Slug(100));
        check_value("tag.color", &Value::Text(tag.color.clone()), FieldType::Color);
    }
}

fn check_value(place: &str, value: &Value, holds: FieldType) {
    match (value, holds) {
        (Value::Null, FieldType::Slug(_) | FieldType::Color | FieldType::Address | FieldType::Mac) => {
            panic!("{place} cannot be cleared")
        }
        (Value::Null, _)
        | (Value::Text(_), FieldType::Choice)
        | (Value::Flag(_), FieldType::Flag)
        | (Value::Decimal(_), FieldType::Decimal) => {}
        (Value::Text(text), FieldType::Text(limit)) => {
            assert!(text.chars().count() <= limit, "{place} is too long: {text:.80}");
        }
        (Value::Text(slug), FieldType::Slug(limit)) => {
            assert!(!slug.is_empty() && slug.len() <= limit, "{place}: {slug}");
            assert!(
                slug.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_'),
                "{place}: {slug}"
            );
        }
        (Value::Text(color), FieldType::Color) => {
            assert!(color.len() == 6 && color.chars().all(|c| c.is_ascii_hexdigit()), "{place}: {color}");
        }
        (Value::Text(time), FieldType::Time) => assert!(is_time(time), "{place}: {time}"),
        (Value::Text(address), FieldType::Address) => assert!(is_cidr(address), "{place}: {address}"),
        (Value::Text(mac), FieldType::Mac) => assert!(is_mac(mac), "{place}: {mac}"),
        (Value::Integer(number), FieldType::Integer(most)) => {
            assert!((0..=most).contains(number), "{place}: {number}");
        }
        (Value::Integer(number), FieldType::Signed(most)) => {
            assert!((-most..=most).contains(number), "{place}: {number}");
        }
        (Value::Json(json), FieldType::Json) => {
            assert!(serde_json::from_str::<serde_json::Value>(json).is_ok(), "{place}: {json}");
        }
        (Value::Reference(reference), FieldType::Relation(related)) => {
            assert_eq!(reference.kind, related, "{place}");
            check_reference(reference);
        }
        (Value::Reference(reference), FieldType::Generic { kinds, .. }) => {
            assert!(kinds.contains(&reference.kind.as_str()), "{place}: {reference:?}");
            check_reference(reference);
        }
        (Value::References(references), FieldType::Relations(related)) => {
            for reference in references {
                assert_eq!(reference.kind, related, "{place}");
                check_reference(reference);
            }
        }
        (value, holds) => panic!("{place} holds {holds:?}, not {value:?}"),
    }
}

/// Named by a Proxmox identity of its kind, or by fields of it.
fn check_reference(reference: &Reference) {
    let parts: Vec<&str> = reference.key.iter().map(|(part, _)| part.as_str()).collect();
    if parts.iter().any(|part| part.starts_with("proxmox-")) {
        let is_known = IDENTITIES.contains(&(reference.kind.as_str(), &parts));
        assert!(is_known, "nothing is named so: {reference:?}");
        return;
    }
    let kind = find(&reference.kind).unwrap_or_else(|| panic!("no kind {}", reference.kind));
    assert!(!parts.is_empty(), "{reference:?}");
    for part in parts {
        let field = part.split('.').next().unwrap_or_default();
        assert!(kind.field(field).is_some(), "{} has no field {field}", kind.name);
    }
}

/// A custom field that the older plugin has, or that is a field of the current plugin's row for the object.
fn check_custom(kind: &Kind, field: &Field) {
    let place = format!("{}.custom_fields.{}", kind.name, field.name);
    let known =
        CUSTOM_FIELDS.iter().find(|known| known.name == field.name && known.kinds.contains(&kind.name));
    let row = kind.sidecar().and_then(|row| row.field(&field.name));
    assert!(known.is_some() || row.is_some(), "{place} is known to neither plugin");
    match (&field.value, known.map(|known| known.holds)) {
        (Value::Null, _)
        | (Value::Text(_), Some("text" | "url"))
        | (Value::Integer(_), Some("integer"))
        | (Value::Flag(_), Some("boolean"))
        | (_, None) => {}
        (Value::Reference(reference), Some("object")) => {
            assert_eq!(known.and_then(|known| known.related), Some(reference.kind.as_str()), "{place}");
            check_reference(reference);
        }
        (value, holds) => panic!("{place} holds {holds:?}, not {value:?}"),
    }
    // The host fills in the row's relations, and writes the identity itself.
    let is_identity = ["proxmox_cluster_name", "proxmox_vm_id"].contains(&field.name.as_str());
    let is_hosts = |holds| matches!(holds, FieldType::Relation(_)) || is_identity;
    if let Some(row) = row.filter(|row| !is_hosts(row.holds)) {
        check_value(&place, &field.value, row.holds);
    }
}

fn is_time(text: &str) -> bool {
    let shape = |c: char| if c.is_ascii_digit() { '0' } else { c };
    text.chars().map(shape).eq("0000-00-00T00:00:00Z".chars())
}

fn is_cidr(text: &str) -> bool {
    let Some((ip, prefix)) = text.split_once('/') else { return false };
    let most = if ip.contains(':') { 128 } else { 32 };
    ip.parse::<IpAddr>().is_ok() && prefix.parse::<u8>().is_ok_and(|prefix| (1..=most).contains(&prefix))
}

fn is_mac(text: &str) -> bool {
    let shape = |c: char| if c.is_ascii_digit() || ('A'..='F').contains(&c) { '0' } else { c };
    text.chars().map(shape).eq("00:00:00:00:00:00".chars())
}

//! Fields that NetBox works out when an object is read.

use serde_json::{Value, json};

use super::super::models;
use super::super::network::Network;
use super::super::store::{Row, Store, Values, generic, generic_key};
use super::super::table::Model;
use super::{Presenter, display};

/// What a custom field's values look like in JSON.
pub(crate) fn data_type(_: &Presenter<'_>, _: &Model, row: &Row) -> Value {
    match row.text("type") {
        kind @ ("integer" | "decimal" | "boolean") => kind,
        "json" | "object" => "object",
        "multiselect" | "multiobject" => "array",
        _ => "string",
    }
    .into()
}

/// The state of a custom field; the fake never has one that is still being filled in.
pub(crate) fn active(_: &Presenter<'_>, _: &Model, _: &Row) -> Value {
    json!({ "value": "active", "label": "Active" })
}

pub(crate) fn never(_: &Presenter<'_>, _: &Model, _: &Row) -> Value {
    false.into()
}

/// The label of a custom field, or its name made readable.
pub(crate) fn custom_field_label(_: &Store, row: &Row) -> String {
    if !row.text("label").is_empty() {
        return row.text("label").to_owned();
    }
    let name = row.text("name").replace('_', " ");
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().collect::<String>() + &letters.as_str().to_lowercase()
    })
}

/// Date, time and kind of a journal entry.
pub(crate) fn journal_label(_: &Store, row: &Row) -> String {
    let created = row.text("created");
    let day = created.get(..10).unwrap_or_default();
    let time = created.get(11..16).unwrap_or_default();
    let kind = row.text("kind");
    let (first, rest) = kind.split_at_checked(1).unwrap_or((kind, ""));
    format!("{day} {time} ({}{rest})", first.to_uppercase())
}

/// Name of a device, or its type when it has none.
pub(crate) fn device_label(store: &Store, row: &Row) -> String {
    let tag = row.text("asset_tag");
    let (name, fallback) = match row.text("name") {
        "" => {
            let kind = row.id("device_type").and_then(|id| store.get("dcim.devicetype", id));
            let maker = kind.and_then(|kind| store.get("dcim.manufacturer", kind.id("manufacturer")?));
            let maker = maker.map_or("", |maker| maker.text("name"));
            (format!("{maker} {}", kind.map_or("", |kind| kind.text("model"))), true)
        }
        name => (name.to_owned(), false),
    };
    match (tag, fallback) {
        ("", true) => format!("{name} ({})", row.own_id()),
        ("", false) => name,
        (tag, _) => format!("{name} ({tag})"),
    }
}

pub(crate) fn interface_label(_: &Store, row: &Row) -> String {
    match row.text("label") {
        "" => row.text("name").to_owned(),
        label => format!("{} ({label})", row.text("name")),
    }
}

pub(crate) fn vlan_label(_: &Store, row: &Row) -> String {
    format!("{} ({})", row.text("name"), row.id("vid").unwrap_or_default())
}

/// The ranges of a VLAN group.
pub(crate) fn vid_ranges(row: &Row) -> Vec<(i64, i64)> {
    let ranges = row.get("vid_ranges").and_then(Value::as_array).into_iter().flatten();
    let pair = |range: &Value| Some((range.get(0)?.as_i64()?, range.get(1)?.as_i64()?));
    ranges.filter_map(pair).collect()
}

fn vid_count(row: &Row) -> i64 {
    vid_ranges(row).iter().map(|(first, last)| last - first + 1).sum()
}

pub(crate) fn total_vlan_ids(_: &Presenter<'_>, _: &Model, row: &Row) -> Value {
    vid_count(row).into()
}

/// How much of a VLAN group is in use, in percent.
pub(crate) fn vlan_utilization(presenter: &Presenter<'_>, _: &Model, row: &Row) -> Value {
    let used = presenter.store.count("ipam.vlan", "group", &row.own_id().to_string()) as f64;
    let share = (used * 10_000.0 / vid_count(row).max(1) as f64).round() / 100.0;
    format!("{share:?}").into()
}

pub(crate) fn vrf_label(_: &Store, row: &Row) -> String {
    match row.text("rd") {
        "" => row.text("name").to_owned(),
        rd => format!("{} ({rd})", row.text("name")),
    }
}

/// How many objects are above this one in its tree.
pub(crate) fn depth(presenter: &Presenter<'_>, model: &Model, row: &Row) -> Value {
    let mut depth = 0;
    let mut parent = row.id("parent");
    while let Some(row) = parent.and_then(|id| presenter.store.get(model.name, id)) {
        depth += 1;
        parent = row.id("parent");
    }
    depth.into()
}

/// The place that a cluster or prefix is on.
pub(crate) fn scope(presenter: &Presenter<'_>, _: &Model, row: &Row) -> Value {
    presenter.nested_by_id(row.text("scope_type"), row.id("scope_id"), &[])
}

/// What an address, MAC address or journal entry belongs to.
pub(crate) fn assigned_object(presenter: &Presenter<'_>, _: &Model, row: &Row) -> Value {
    presenter.nested_by_id(row.text("assigned_object_type"), row.id("assigned_object_id"), &[])
}

pub(crate) fn service_parent(presenter: &Presenter<'_>, _: &Model, row: &Row) -> Value {
    presenter.nested_by_id(row.text("parent_object_type"), row.id("parent_object_id"), &[])
}

/// The IPv6 primary address where there is one, else the IPv4 one.
pub(crate) fn primary_address(presenter: &Presenter<'_>, _: &Model, row: &Row) -> Value {
    let id = row.id("primary_ip6").or_else(|| row.id("primary_ip4"));
    let shown =
        ["id", "url", "display", "family", "address", "description", "dns_name", "nat_inside", "nat_outside"];
    presenter.nested_by_id("ipam.ipaddress", id, &shown)
}

pub(crate) fn nat_outside(presenter: &Presenter<'_>, _: &Model, row: &Row) -> Value {
    let shown = ["id", "url", "display_url", "display", "family", "address"];
    let outside = presenter.store.find("ipam.ipaddress", "nat_inside", &row.own_id().to_string());
    outside.map(|id| presenter.nested_by_id("ipam.ipaddress", Some(id), &shown)).collect()
}

/// NetBox's rendered configuration context; the fake has only the local part.
pub(crate) fn config_context(_: &Presenter<'_>, _: &Model, row: &Row) -> Value {
    match row.get("local_context_data") {
        Some(local @ Value::Object(_)) => local.clone(),
        _ => json!({}),
    }
}

/// 4 or 6, with its label.
pub(crate) fn family(_: &Presenter<'_>, _: &Model, row: &Row) -> Value {
    let network = Network::parse(row.text("address")).or_else(|| Network::parse(row.text("prefix")));
    network.map_or(
        Value::Null,
        |network| json!({ "value": network.family(), "label": format!("IPv{}", network.family()) }),
    )
}

pub(crate) fn mac_address(presenter: &Presenter<'_>, _: &Model, row: &Row) -> Value {
    let primary = row.id("primary_mac_address").and_then(|id| presenter.store.get("dcim.macaddress", id));
    primary.map_or(Value::Null, |mac| mac.text("mac_address").into())
}

pub(crate) fn mac_addresses(presenter: &Presenter<'_>, model: &Model, row: &Row) -> Value {
    let key = generic_key(model.name, row.own_id());
    let macs = presenter.store.find("dcim.macaddress", "assigned_object", &key);
    macs.map(|id| presenter.nested_by_id("dcim.macaddress", Some(id), &[])).collect()
}

pub(crate) fn address_count(presenter: &Presenter<'_>, model: &Model, row: &Row) -> Value {
    presenter.store.count("ipam.ipaddress", "assigned_object", &generic_key(model.name, row.own_id())).into()
}

pub(crate) fn bridged(presenter: &Presenter<'_>, _: &Model, row: &Row) -> Value {
    let shown = ["id", "url", "display_url", "display", "device", "name", "cable", "_occupied"];
    let members = presenter.store.find("dcim.interface", "bridge", &row.own_id().to_string());
    members.map(|id| presenter.nested_by_id("dcim.interface", Some(id), &shown)).collect()
}

pub(crate) fn occupied(_: &Presenter<'_>, _: &Model, row: &Row) -> Value {
    row.flag("mark_connected").into()
}

/// Whether a MAC address is the primary one of its interface.
pub(crate) fn is_primary(presenter: &Presenter<'_>, model: &Model, row: &Row) -> Value {
    let interface = generic(model, row).and_then(|(model, id)| presenter.store.get(&model, id));
    interface.is_some_and(|interface| interface.id("primary_mac_address") == Some(row.own_id())).into()
}

fn prefixes<'a>(presenter: &'a Presenter<'_>, row: &Row) -> impl Iterator<Item = Network> + use<'a> {
    let (own, vrf) = (row.own_id(), row.id("vrf"));
    let others =
        presenter.store.rows("ipam.prefix").filter(move |(id, other)| *id != own && other.id("vrf") == vrf);
    others.filter_map(|(_, other)| Network::parse(other.text("prefix")))
}

pub(crate) fn prefix_children(presenter: &Presenter<'_>, _: &Model, row: &Row) -> Value {
    let own = Network::parse(row.text("prefix"));
    prefixes(presenter, row)
        .filter(|other| own.is_some_and(|own| own.contains(*other) && own != *other))
        .count()
        .into()
}

pub(crate) fn prefix_depth(presenter: &Presenter<'_>, _: &Model, row: &Row) -> Value {
    let own = Network::parse(row.text("prefix"));
    prefixes(presenter, row)
        .filter(|other| own.is_some_and(|own| other.contains(own) && own != *other))
        .count()
        .into()
}

/// A date and time as NetBox shows it: with the `T`, the seconds and the time zone.
pub(crate) fn moment(text: &str) -> String {
    let text = text.replacen(' ', "T", 1);
    let text = match text.len() {
        10 => format!("{text}T00:00:00"),
        16 => format!("{text}:00"),
        _ => text,
    };
    text.strip_suffix("+00:00").map_or(text.clone(), |bare| format!("{bare}Z"))
}

/// An object as text, by model name and id.
pub(crate) fn label(store: &Store, model: &str, id: u64) -> String {
    let found = models::by_name(model).and_then(|model| Some((model, store.get(model.name, id)?)));
    found.map_or_else(String::new, |(model, row)| display(store, model, row))
}

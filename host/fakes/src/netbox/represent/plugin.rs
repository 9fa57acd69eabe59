//! Fields and texts that the plugin works out when one of its objects is read.

use serde_json::{Value, json};

pub(crate) use super::compute::{label, never};

use super::super::moment;
use super::super::network::Network;
use super::super::store::{Row, Store, Values};
use super::super::table::Model;
use super::Presenter;

const MACHINE: &str = "virtualization.virtualmachine";

pub(crate) fn always(_: &Presenter<'_>, _: &Model, _: &Row) -> Value {
    true.into()
}

pub(crate) fn no_text(_: &Presenter<'_>, _: &Model, _: &Row) -> Value {
    "".into()
}

fn address(store: &Store, row: &Row) -> Option<String> {
    let address = row.id("ip_address").and_then(|id| store.get("ipam.ipaddress", id))?;
    Network::parse(address.text("address")).map(|network| network.address().to_string())
}

/// An endpoint's name, or else where it is.
pub(crate) fn endpoint_name(store: &Store, row: &Row) -> String {
    match (row.text("name"), row.text("domain")) {
        ("", "") => address(store, row).unwrap_or_else(|| format!("ProxmoxEndpoint({})", row.own_id())),
        ("", domain) => domain.to_owned(),
        (name, _) => name.to_owned(),
    }
}

/// An endpoint's name and where it is.
pub(crate) fn endpoint_title(presenter: &Presenter<'_>, _: &Model, row: &Row) -> Value {
    let name = match row.text("name") {
        "" => "Proxmox endpoint",
        name => name,
    };
    let place = address(presenter.store, row).unwrap_or_else(|| row.text("domain").to_owned());
    if place.is_empty() { name.into() } else { format!("{name} ({place})").into() }
}

pub(crate) fn nodes_count(_: &Presenter<'_>, _: &Model, row: &Row) -> Value {
    row.get("nodes_count").cloned().unwrap_or_default()
}

pub(crate) fn cpu_percent(_: &Presenter<'_>, _: &Model, row: &Row) -> Value {
    row.get("cpu_usage").cloned().unwrap_or_default()
}

pub(crate) fn memory_percent(_: &Presenter<'_>, _: &Model, row: &Row) -> Value {
    let number = |field| row.get(field).and_then(Value::as_f64);
    let share = number("memory_usage").zip(number("max_memory").filter(|most| *most != 0.0));
    share.map_or(Value::Null, |(used, most)| (used / most * 100.0).into())
}

pub(crate) fn legacy_storage(_: &Presenter<'_>, _: &Model, _: &Row) -> Value {
    "Legacy storage uses the external credential reference.".into()
}

pub(crate) fn credential_lookup(_: &Presenter<'_>, _: &Model, row: &Row) -> Value {
    let id = row.id("virtual_machine").unwrap_or_default().to_string();
    json!({ "assigned_object_type": MACHINE, "assigned_object_id": id, "purpose": "login" })
}

pub(crate) fn has_intended_keys(_: &Presenter<'_>, _: &Model, row: &Row) -> Value {
    (!row.text("sshkeys_intent").is_empty()).into()
}

pub(crate) fn last_updated(_: &Presenter<'_>, _: &Model, row: &Row) -> Value {
    row.get("last_updated").cloned().unwrap_or_default()
}

pub(crate) fn storage_id(_: &Presenter<'_>, _: &Model, row: &Row) -> Value {
    row.get("proxbox_storage").cloned().unwrap_or_default()
}

pub(crate) fn default_key(_: &Presenter<'_>, _: &Model, _: &Row) -> Value {
    "default".into()
}

pub(crate) fn settings_label(_: &Store, _: &Row) -> String {
    "Proxbox plugin settings".to_owned()
}

fn of(store: &Store, row: &Row, field: &str, model: &str) -> String {
    row.id(field).map_or_else(|| "None".to_owned(), |id| label(store, model, id))
}

fn endpoint(store: &Store, row: &Row) -> String {
    of(store, row, "endpoint", "netbox_proxbox.proxmoxendpoint")
}

fn machine(store: &Store, row: &Row) -> String {
    of(store, row, "virtual_machine", MACHINE)
}

pub(crate) fn name_at_endpoint(store: &Store, row: &Row) -> String {
    format!("{} ({})", row.text("name"), endpoint(store, row))
}

pub(crate) fn storage_label(store: &Store, row: &Row) -> String {
    format!("{}/{}", of(store, row, "cluster", "virtualization.cluster"), row.text("name"))
}

pub(crate) fn backup_label(store: &Store, row: &Row) -> String {
    let what = match (row.text("creation_time"), row.text("volume_id")) {
        ("", "") => "None".to_owned(),
        ("", volume) => volume.to_owned(),
        (moment, _) => moment::printed(moment),
    };
    format!("{} - {what}", machine(store, row))
}

pub(crate) fn snapshot_label(store: &Store, row: &Row) -> String {
    format!("{} - {}", machine(store, row), row.text("name"))
}

pub(crate) fn task_label(store: &Store, row: &Row) -> String {
    format!("{} - {}", machine(store, row), row.text("description"))
}

pub(crate) fn replication_label(store: &Store, row: &Row) -> String {
    format!("{} - {}", machine(store, row), row.text("replication_id"))
}

pub(crate) fn routine_label(store: &Store, row: &Row) -> String {
    format!("{} ({})", row.text("job_id"), endpoint(store, row))
}

pub(crate) fn cloudinit_label(store: &Store, row: &Row) -> String {
    format!("{} cloud-init", machine(store, row))
}

pub(crate) fn guest_address_label(store: &Store, row: &Row) -> String {
    let interface = of(store, row, "guest_interface", "netbox_proxbox.guestvminterface");
    format!("{interface} - {}", of(store, row, "ip_address", "ipam.ipaddress"))
}

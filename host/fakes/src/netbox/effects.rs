//! What saving or deleting an object does to others.

use serde_json::{Map, Value};

use super::custom;
use super::errors::plain;
use super::models;
use super::parse;
use super::store::{Row, Store, Values, generic_key};
use super::table::Model;
use super::write::Writer;

/// Fields that an object takes over from those it belongs to.
pub(crate) fn before_save(
    store: &Store,
    model: &'static Model,
    row: &mut Row,
    old: Option<&Row>,
    given: &Map<String, Value>,
) {
    let related =
        |row: &Row, field: &str, model: &str| row.id(field).and_then(|id| store.get(model, id)).cloned();
    match model.name {
        "virtualization.virtualmachine" => {
            if row.id("site").is_none() {
                let cluster =
                    related(row, "cluster", "virtualization.cluster").and_then(|cluster| cluster.id("_site"));
                let site = cluster
                    .or_else(|| related(row, "device", "dcim.device").and_then(|device| device.id("site")));
                set(row, "site", site);
            }
            if old.is_none()
                && let Some(kind) = related(row, "virtual_machine_type", "virtualization.virtualmachinetype")
            {
                inherit(row, &kind, "platform", "default_platform");
                inherit(row, &kind, "vcpus", "default_vcpus");
                inherit(row, &kind, "memory", "default_memory");
            }
        }
        "dcim.device" if old.is_none() => {
            if let Some(kind) = related(row, "device_type", "dcim.devicetype") {
                inherit(row, &kind, "platform", "default_platform");
                inherit(row, &kind, "airflow", "airflow");
                inherit(row, &kind, "cooling_method", "cooling_method");
            }
        }
        "virtualization.cluster" | "ipam.prefix" | "ipam.vlangroup" => cache_scope(store, row),
        "dcim.interface" | "virtualization.vminterface" => {
            if row.text("mode").is_empty() {
                row.insert("untagged_vlan".to_owned(), Value::Null);
            }
            if old.is_some() && row.text("mode") != "tagged" && !given.contains_key("tagged_vlans") {
                row.insert("tagged_vlans".to_owned(), Value::Array(Vec::new()));
            }
        }
        "ipam.ipaddress" => {
            let name = row.text("dns_name").to_lowercase();
            row.insert("dns_name".to_owned(), name.into());
        }
        _ => {}
    }
}

fn set(row: &mut Row, field: &str, id: Option<u64>) {
    row.insert(field.to_owned(), id.map_or(Value::Null, Value::from));
}

fn inherit(row: &mut Row, from: &Row, field: &str, default: &str) {
    let empty = row.get(field).is_none_or(|value| value.is_null() || *value == "");
    if let Some(value) = from.get(default).filter(|value| empty && !value.is_null()) {
        row.insert(field.to_owned(), value.clone());
    }
}

/// Notes the site and region of an object's scope, by which it is filtered.
fn cache_scope(store: &Store, row: &mut Row) {
    let id = row.id("scope_id");
    let (site, region) = match row.text("scope_type") {
        "dcim.site" => {
            let region = id.and_then(|id| store.get("dcim.site", id)).and_then(|site| site.id("region"));
            (id, region)
        }
        "dcim.location" => {
            let site =
                id.and_then(|id| store.get("dcim.location", id)).and_then(|location| location.id("site"));
            let region = site.and_then(|id| store.get("dcim.site", id)).and_then(|site| site.id("region"));
            (site, region)
        }
        "dcim.region" => (None, id),
        _ => (None, None),
    };
    set(row, "_site", site);
    set(row, "_region", region);
}

/// Changes that follow once an object is saved.
pub(crate) fn after_save(
    writer: &mut Writer<'_>,
    model: &'static Model,
    id: u64,
    old: Option<&Row>,
    mac: Option<Value>,
) {
    let Some(row) = writer.store.get(model.name, id).cloned() else { return };
    match model.name {
        "virtualization.virtualdisk" => {
            sum_disks(writer.store, row.id("virtual_machine"));
            if let Some(old) = old.filter(|old| old.id("virtual_machine") != row.id("virtual_machine")) {
                sum_disks(writer.store, old.id("virtual_machine"));
            }
        }
        "virtualization.cluster" => {
            if let Some(site) = row.id("_site") {
                let machines: Vec<_> =
                    writer.store.find("virtualization.virtualmachine", "cluster", &id.to_string()).collect();
                for machine in machines {
                    change(writer.store, "virtualization.virtualmachine", machine, |row| {
                        set(row, "site", Some(site))
                    });
                }
            }
        }
        "dcim.interface" | "virtualization.vminterface" => match mac {
            Some(mac) => set_mac(writer, model, id, Some(plain(&mac)).filter(|_| !mac.is_null())),
            None if old.is_none() => adopt_mac(writer.store, model, id, row.id("primary_mac_address")),
            None => {}
        },
        "extras.customfield" => custom_field_saved(writer.store, &row, old),
        _ => {}
    }
}

/// Changes a stored object in place, without the rules of a request.
pub(crate) fn change(store: &mut Store, model: &str, id: u64, change: impl FnOnce(&mut Row)) {
    let Some(model) = models::by_name(model) else { return };
    let Some(mut row) = store.get(model.name, id).map(|row| (**row).clone()) else { return };
    change(&mut row);
    store.put(model, id, row);
}

/// The disk of a virtual machine is the sum of its virtual disks.
pub(crate) fn sum_disks(store: &mut Store, machine: Option<u64>) {
    let Some(machine) = machine else { return };
    let disks = store.find("virtualization.virtualdisk", "virtual_machine", &machine.to_string());
    let sizes: Vec<u64> =
        disks.filter_map(|id| store.get("virtualization.virtualdisk", id)?.id("size")).collect();
    let total = if sizes.is_empty() { None } else { Some(sizes.iter().sum()) };
    change(store, "virtualization.virtualmachine", machine, |row| set(row, "disk", total));
}

/// Makes the MAC address the primary one of an interface, creating it where it does not exist.
fn set_mac(writer: &mut Writer<'_>, model: &'static Model, interface: u64, mac: Option<String>) {
    let mac = mac.and_then(|mac| parse::mac(&mac));
    let id = mac.map(|mac| {
        let key = generic_key(model.name, interface);
        let existing = writer.store.find("dcim.macaddress", "assigned_object", &key).find(|id| {
            writer.store.get("dcim.macaddress", *id).is_some_and(|known| known.text("mac_address") == mac)
        });
        existing.unwrap_or_else(|| new_mac(writer, model, interface, &mac))
    });
    change(writer.store, model.name, interface, |row| set(row, "primary_mac_address", id));
}

fn new_mac(writer: &mut Writer<'_>, model: &'static Model, interface: u64, mac: &str) -> u64 {
    let Some(target) = models::by_name("dcim.macaddress") else { return 0 };
    let id = writer.store.allocate(target);
    let mut row: Row = target
        .all()
        .filter(|field| field.stored())
        .map(|field| (field.name.to_owned(), field.initial.value()))
        .collect();
    row.insert("id".to_owned(), id.into());
    row.insert("mac_address".to_owned(), mac.into());
    row.insert("assigned_object_type".to_owned(), model.name.into());
    row.insert("assigned_object_id".to_owned(), interface.into());
    row.insert("custom_fields".to_owned(), Value::Object(Row::new()));
    row.insert("created".to_owned(), writer.now.clone().into());
    row.insert("last_updated".to_owned(), writer.now.clone().into());
    custom::fill(writer.store, target, &mut row);
    writer.store.put(target, id, row);
    id
}

/// A MAC address that a new interface names as its primary one becomes its own.
fn adopt_mac(store: &mut Store, model: &'static Model, interface: u64, mac: Option<u64>) {
    if let Some(mac) = mac {
        change(store, "dcim.macaddress", mac, |row| {
            row.insert("assigned_object_type".to_owned(), model.name.into());
            row.insert("assigned_object_id".to_owned(), interface.into());
        });
    }
}

fn custom_field_saved(store: &mut Store, row: &Row, old: Option<&Row>) {
    let types = |row: &Row| -> Vec<String> {
        let types = row.get("object_types").and_then(Value::as_array);
        types
            .map(|types| types.iter().filter_map(Value::as_str).map(str::to_owned).collect())
            .unwrap_or_default()
    };
    let now = types(row);
    let before = old.map(types).unwrap_or_default();
    if let Some(old) = old {
        let gone: Vec<_> = before.iter().filter(|name| !now.contains(name)).cloned().collect();
        custom::drop_values(store, old.text("name"), &gone);
        if old.text("name") != row.text("name") {
            custom::rename(store, old.text("name"), row.text("name"), &now);
        }
    }
    let added: Vec<_> = now.iter().filter(|name| !before.contains(name)).cloned().collect();
    if let Some(default) = row.get("default").filter(|default| !default.is_null()) {
        custom::spread_default(store, row.text("name"), default, &added);
    }
}

/// Changes that follow once an object is gone.
pub(crate) fn after_delete(store: &mut Store, model: &'static Model, row: &Row) {
    match model.name {
        "virtualization.virtualdisk" => sum_disks(store, row.id("virtual_machine")),
        "extras.customfield" => {
            let types = row.get("object_types").and_then(Value::as_array).cloned().unwrap_or_default();
            let types: Vec<_> = types.iter().filter_map(Value::as_str).map(str::to_owned).collect();
            custom::drop_values(store, row.text("name"), &types);
        }
        _ => {}
    }
}

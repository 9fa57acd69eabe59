//! Rules that span several fields or objects, with NetBox's messages.

mod dcim;
mod extras;
mod ipam;
mod plugin;
mod virtualization;

use serde_json::{Map, Value};

use super::custom;
use super::errors::{ALL, Errors, Refusal, no_field};
use super::models;
use super::represent::compute::label;
use super::store::{Row, Store, Values, unique_key};
use super::table::Model;
use super::write::Writer;

/// An object about to be saved.
pub(crate) struct Candidate<'a> {
    pub(crate) store: &'a Store,
    pub(crate) row: &'a mut Row,
    /// The object before the change; none when it is new.
    pub(crate) old: Option<&'a Row>,
    /// What the client sent.
    pub(crate) data: &'a Map<String, Value>,
    /// Key of errors that belong to no field.
    pub(crate) no_field: &'static str,
}

impl Candidate<'_> {
    /// The object that a relation field names.
    pub(crate) fn related(&self, field: &str, model: &str) -> Option<&Row> {
        self.store.get(model, self.row.id(field)?).map(AsRef::as_ref)
    }
    /// An object as text.
    pub(crate) fn label(&self, model: &str, id: Option<u64>) -> String {
        id.map_or_else(|| "None".to_owned(), |id| label(self.store, model, id))
    }
}

/// Checks an object as NetBox's serializer, model and constraints do.
pub(crate) fn check(
    writer: &Writer<'_>,
    model: &'static Model,
    row: &mut Row,
    old: Option<&Row>,
    data: &Map<String, Value>,
) -> Result<(), Refusal> {
    let mut candidate =
        Candidate { store: writer.store, row, old, data, no_field: no_field(writer.release.version) };
    before_clean(&mut candidate, model)?;
    let mut errors = clean(&mut candidate, model).err().unwrap_or_default();
    constraints(writer.store, model, candidate.row, &mut errors);
    if !errors.is_empty() {
        return Err(errors.into());
    }
    plugin::after_clean(&mut candidate, model, writer.release)
}

/// What the serializer checks before the model gets to see the object.
fn before_clean(candidate: &mut Candidate<'_>, model: &'static Model) -> Result<(), Errors> {
    match model.name {
        "extras.customfield" => extras::custom_field_type(candidate),
        "extras.journalentry" => extras::journal_target(candidate),
        "ipam.service" => ipam::service_ports(candidate),
        "dcim.interface" => dcim::interface_input(candidate),
        "virtualization.vminterface" => virtualization::interface_input(candidate),
        _ => plugin::before_clean(candidate, model),
    }
}

fn clean(candidate: &mut Candidate<'_>, model: &'static Model) -> Result<(), Errors> {
    generic(candidate, model)?;
    if model.custom_fields {
        custom::check(candidate.store, model, candidate.row)?;
    }
    if model.tree {
        tree(candidate, model)?;
    }
    match model.name {
        "extras.customfield" => extras::custom_field(candidate),
        "dcim.location" => dcim::location(candidate),
        "dcim.devicetype" => dcim::device_type(candidate),
        "dcim.device" => dcim::device(candidate),
        "dcim.interface" => dcim::interface(candidate),
        "dcim.macaddress" => dcim::mac_address(candidate),
        "virtualization.cluster" => virtualization::cluster(candidate),
        "virtualization.virtualmachine" => virtualization::machine(candidate),
        "virtualization.vminterface" => virtualization::interface(candidate),
        "ipam.ipaddress" => ipam::address(candidate),
        "ipam.prefix" => ipam::prefix(candidate),
        "ipam.vlan" => ipam::vlan(candidate),
        "ipam.vlangroup" => ipam::vlan_group(candidate),
        "ipam.service" => ipam::service(candidate),
        _ => plugin::clean(candidate, model),
    }
}

/// A generic reference needs both its type and its id, and an object behind them.
fn generic(candidate: &Candidate<'_>, model: &'static Model) -> Result<(), Errors> {
    let Some(generic) = model.generic else { return Ok(()) };
    let target = candidate.row.get(generic.type_field).and_then(Value::as_str);
    let id = candidate.row.get(generic.id_field).and_then(Value::as_i64);
    match (target, id) {
        (None, None) => Ok(()),
        (Some(target), None) if generic.name == "scope" => {
            let bare = target.split_once('.').map_or(target, |(_, bare)| bare);
            Err(Errors::all(format!("Please select a {bare}.")))
        }
        (Some(_), None) => Err(Errors::one(generic.id_field, "This field cannot be null.")),
        (None, Some(_)) => Err(Errors::one(generic.type_field, "This field cannot be null.")),
        (Some(target), Some(id)) => {
            let found = u64::try_from(id).ok().filter(|id| candidate.store.get(target, *id).is_some());
            let message = format!("Related object not found using the provided value: {id}.");
            found.map(|_| ()).ok_or_else(|| Errors::one(generic.id_field, message))
        }
    }
}

/// Nothing is above itself.
fn tree(candidate: &Candidate<'_>, model: &'static Model) -> Result<(), Errors> {
    let own = candidate.row.id("id");
    let mut parent = candidate.row.id("parent");
    while let Some(id) = parent {
        if Some(id) == own {
            return Err(Errors::one("parent", "Cannot assign self or a descendant as parent."));
        }
        parent = candidate.store.get(model.name, id).and_then(|row| row.id("parent"));
    }
    Ok(())
}

/// No other object has the same values; constraints on fields already in error are not looked at.
fn constraints(store: &Store, model: &'static Model, row: &Row, errors: &mut Errors) {
    let own = row.id("id");
    for unique in model.unique {
        let Some(key) = unique_key(unique, row) else { continue };
        let skip = unique.fields.iter().any(|field| errors.has(field));
        if !skip && store.find(model.name, unique.name, &key).any(|id| Some(id) != own) {
            errors.add(ALL, unique.message);
        }
    }
}

/// The interfaces of a device or virtual machine.
pub(crate) fn interfaces_of<'a>(
    candidate: &'a Candidate<'_>,
    model: &'static str,
    parent: &'static str,
) -> impl Iterator<Item = u64> + use<'a> {
    let key = candidate.row.id("id").map(|id| id.to_string()).unwrap_or_default();
    candidate.store.find(model, parent, &key).collect::<Vec<_>>().into_iter()
}

/// The interface that an address belongs to, when it is of that model.
pub(crate) fn interface_of(store: &Store, address: u64, model: &str) -> Option<u64> {
    let address = store.get("ipam.ipaddress", address)?;
    models::by_name(model)?;
    (address.text("assigned_object_type") == model).then(|| address.id("assigned_object_id")).flatten()
}

/// The address, or the one inside it by NAT, belongs to one of the interfaces.
pub(crate) fn belongs(store: &Store, address: u64, model: &str, interfaces: &[u64]) -> bool {
    let on_interface =
        |address| interface_of(store, address, model).is_some_and(|id| interfaces.contains(&id));
    let inside = store.get("ipam.ipaddress", address).and_then(|row| row.id("nat_inside"));
    on_interface(address) || inside.is_some_and(on_interface)
}

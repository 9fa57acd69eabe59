//! Custom fields: which of them the host makes, which of them an object may use, and the form of their values.

use crate::check::Checked;
use crate::desired::{Desired, Wanted};
use crate::error::ReconcileError;
use crate::normal;
use crate::reference::Ref;
use crate::text::shown;
use crate::value::{self, Want, Wants};
use crate::world::Records;
use crate::{Object, State};
use proxbox_model::kind::{self, CUSTOM_FIELD_GROUP, CustomField, IdentityRule, Kind};
use proxbox_model::{Identity, SourceObject};
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Drafts of the custom fields of the table that these drafts and their identities use; where records are kept in custom
/// fields, all of the table.
pub(crate) fn needed<'c>(drafts: impl Iterator<Item = &'c Checked>, records: Records) -> Vec<Checked> {
    let mut used: BTreeMap<&'static str, BTreeSet<&'static str>> = BTreeMap::new();
    for draft in drafts {
        let identity = draft.kind.identity.map(identity_names).unwrap_or_default();
        for name in draft.custom_fields.keys().map(String::as_str).chain(identity.iter().copied()) {
            if let Some(field) = of_kind(name, draft.kind) {
                used.entry(field.name).or_default().insert(draft.kind.name);
            }
        }
    }
    if records == Records::CustomFields && !used.is_empty() {
        used = kind::CUSTOM_FIELDS
            .iter()
            .map(|field| (field.name, field.kinds.iter().copied().collect()))
            .collect();
    }
    let Some(kind) = kind::find("extras.customfield") else { return Vec::new() };
    let known = kind::CUSTOM_FIELDS.iter();
    known
        .filter_map(|field| Some((field, used.get(field.name)?)))
        .map(|(field, kinds)| Checked { fields: fields(kind, field, kinds), ..Checked::new(kind, None) })
        .collect()
}

/// The custom field of the table, if that kind carries it.
fn of_kind(name: &str, kind: &Kind) -> Option<&'static CustomField> {
    kind::custom_field(name).filter(|field| field.kinds.contains(&kind.name))
}

fn fields(kind: &'static Kind, field: &CustomField, kinds: &BTreeSet<&'static str>) -> Wants {
    let values = [
        ("name", json!(field.name)),
        ("type", json!(field.holds)),
        ("label", json!(field.label)),
        ("group_name", json!(CUSTOM_FIELD_GROUP)),
        ("description", json!(field.description)),
        ("object_types", json!(kinds)),
        ("ui_visible", json!(field.visible)),
        ("ui_editable", json!("hidden")),
        ("weight", json!(if field.name == "proxmox_last_updated" { 200 } else { 100 })),
        ("filter_logic", json!("loose")),
        ("search_weight", json!(1000)),
    ];
    let related = field.related.map(|related| ("related_object_type", json!(related)));
    values
        .into_iter()
        .chain(related)
        .filter_map(|(name, value)| Some((kind.field(name)?.name, Want::Plain(value))))
        .collect()
}

/// Every kind that carries a custom field when the host makes it, among them those that use it now.
pub(crate) fn kinds_when_made(name: &str, used: &Json) -> Json {
    let mut kinds: BTreeSet<String> = normal::texts(used).into_iter().collect();
    if let Some(field) = kind::custom_field(name) {
        kinds.extend(field.kinds.iter().map(|kind| (*kind).to_owned()));
    }
    json!(kinds)
}

/// The custom fields that hold an identity.
pub(crate) fn identity_names(rule: IdentityRule) -> &'static [&'static str] {
    match rule {
        IdentityRule::Cluster => &["proxmox_cluster_name"],
        IdentityRule::Node => &["proxmox_cluster", "proxmox_node"],
        IdentityRule::Guest => &["proxmox_cluster", "proxmox_vm_id"],
    }
}

/// The identity as custom fields.
pub(crate) fn identity_values(identity: &Identity) -> Vec<(&'static str, Json)> {
    match &identity.object {
        SourceObject::Cluster => vec![("proxmox_cluster_name", json!(identity.source))],
        SourceObject::Node(node) => {
            vec![("proxmox_cluster", json!(identity.source)), ("proxmox_node", json!(node))]
        }
        SourceObject::Guest(vmid) => {
            vec![("proxmox_cluster", json!(identity.source)), ("proxmox_vm_id", json!(vmid))]
        }
        _ => Vec::new(),
    }
}

/// What a custom field holds.
#[derive(Clone, Debug)]
pub(crate) struct Definition {
    /// NetBox's name of the type: `text`, `integer` …
    pub(crate) holds: String,
    /// Kind of object of a custom field that holds objects.
    pub(crate) related: Option<String>,
    /// Desired custom field that must be written first.
    pub(crate) after: Option<usize>,
}

/// The custom fields of NetBox and those that this run makes.
pub(crate) struct Definitions<'a> {
    current: HashMap<&'a str, &'a Object>,
    desired: HashMap<&'a str, (usize, &'a Desired)>,
}

impl<'a> Definitions<'a> {
    pub(crate) fn new(state: &'a State, desired: &'a [Desired]) -> Self {
        let kind = kind::find("extras.customfield");
        let name = |object: &'a Object| object.get("name").and_then(Json::as_str);
        let wanted = desired.iter().enumerate().filter(|(_, object)| kind == Some(object.kind));
        Self {
            current: kind
                .into_iter()
                .flat_map(|kind| state.objects(kind))
                .filter_map(|(_, object)| Some((name(object)?, object)))
                .collect(),
            desired: wanted
                .filter_map(|(i, object)| Some((object.fields.get("name")?.want.text()?, (i, object))))
                .collect(),
        }
    }

    /// What the custom field of that name holds on objects of that kind; none when they cannot have it.
    pub(crate) fn on(&self, name: &str, kind: &Kind) -> Option<Definition> {
        let covers = |types: &Json| normal::texts(types).iter().any(|held| held == kind.name);
        let promised = self.desired.get(name).filter(|(_, object)| {
            object.fields.get("object_types").is_some_and(|wanted| match &wanted.want {
                Want::Plain(types) => covers(types),
                _ => false,
            })
        });
        if let Some(object) = self.current.get(name) {
            let there = object.get("object_types").is_some_and(covers);
            let after = if there { None } else { Some(promised?.0) };
            let text = |field| normal::choice(object.get(field).unwrap_or(&Json::Null));
            return Some(Definition { holds: text("type")?, related: text("related_object_type"), after });
        }
        let (position, object) = promised?;
        let text = |field| Some(object.fields.get(field)?.want.text()?.to_owned());
        Some(Definition {
            holds: text("type")?,
            related: text("related_object_type"),
            after: Some(*position),
        })
    }
}

/// A custom field's value in the form that its type wants.
pub(crate) fn convert(name: &str, wanted: &Wanted, definition: &Definition) -> Result<Want, ReconcileError> {
    let wrong = |got: &str| ReconcileError::CustomFieldType {
        module: shown(&wanted.module),
        field: shown(name),
        wants: definition.holds.clone(),
        got: got.to_owned(),
    };
    let value = match (&wanted.want, definition.holds.as_str()) {
        (Want::One(to) | Want::Perhaps(to), "object" | "multiobject") => {
            if definition.related.as_ref().is_some_and(|kind| kind != to.kind().name) {
                return Err(wrong(&format!("a {}", to.kind().name)));
            }
            let many = definition.holds == "multiobject";
            return Ok(if many { Want::Many(vec![Ref::clone(to)]) } else { wanted.want.clone() });
        }
        (Want::Many(to), "multiobject") => {
            let other = |to: &&Ref| definition.related.as_deref() != Some(to.kind().name);
            if definition.related.is_some()
                && let Some(to) = to.iter().find(other)
            {
                return Err(wrong(&format!("a {}", to.kind().name)));
            }
            return Ok(wanted.want.clone());
        }
        (Want::One(_) | Want::Perhaps(_) | Want::Many(_), _) => return Err(wrong("a reference")),
        (Want::Plain(value), _) => value,
    };
    plain(value, &definition.holds).map(Want::Plain).ok_or_else(|| wrong(&shown(&value.to_string())))
}

/// A plain value in the form that a type of custom field wants; none when it does not fit.
fn plain(value: &Json, holds: &str) -> Option<Json> {
    match (holds, value) {
        (_, Json::Null) => Some(Json::Null),
        ("json", value) => Some(value.clone()),
        ("boolean", Json::Bool(_)) => Some(value.clone()),
        ("integer", Json::Number(number)) if number.is_i64() || number.is_u64() => Some(value.clone()),
        ("integer", Json::String(text)) => text.parse::<i64>().ok().map(Json::from),
        ("decimal", Json::Number(_)) => Some(value.clone()),
        ("decimal", Json::String(text)) => {
            let number: f64 = value::decimal(text)?.parse().ok()?;
            serde_json::Number::from_f64(number).map(Json::Number)
        }
        ("multiselect", Json::Array(_)) => Some(value.clone()),
        ("multiselect", Json::String(_)) => Some(json!([value])),
        ("text" | "longtext" | "url" | "select" | "date" | "datetime", Json::String(_)) => {
            Some(value.clone())
        }
        ("text" | "longtext" | "select", Json::Number(number)) => Some(json!(number.to_string())),
        _ => None,
    }
}

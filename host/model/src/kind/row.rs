//! What rows of the table are made of.

use super::{FieldSpec, FieldType, Kind, Ownership, Provider, Reach};

pub(super) const fn field(name: &'static str, holds: FieldType) -> FieldSpec {
    FieldSpec { name, holds }
}

pub(super) const NAME_100: FieldSpec = field("name", FieldType::Text(100));
pub(super) const SLUG_100: FieldSpec = field("slug", FieldType::Slug(100));
pub(super) const DESCRIPTION: FieldSpec = field("description", FieldType::Text(200));
pub(super) const COMMENTS: FieldSpec = field("comments", FieldType::Text(usize::MAX));

/// A row for a kind that is made when missing and found by slug or name.
pub(super) const fn shared(
    name: &'static str,
    label: &'static str,
    path: &'static str,
    keys: &'static [&'static [&'static str]],
    fields: &'static [FieldSpec],
) -> Kind {
    Kind {
        name,
        label,
        path,
        page: path,
        keys,
        fields,
        reads: &[],
        reach: &[],
        tags: true,
        custom_fields: true,
        ownership: Ownership::Shared,
        identity: None,
        unique_name: None,
        since: None,
        also_unique: &[],
        may_double: false,
        required: &[],
        unscoped: &[],
        provider: Provider::Core,
        pass_of: None,
        sidecar_of: None,
    }
}

/// A row for a kind that is created and updated, and found by natural key.
pub(super) const fn mirrored(
    name: &'static str,
    label: &'static str,
    path: &'static str,
    keys: &'static [&'static [&'static str]],
    fields: &'static [FieldSpec],
) -> Kind {
    Kind { ownership: Ownership::Mirrored, ..shared(name, label, path, keys, fields) }
}

/// A row for a kind of the plugin that is created and updated.
pub(super) const fn plugin(
    name: &'static str,
    label: &'static str,
    path: &'static str,
    keys: &'static [&'static [&'static str]],
    fields: &'static [FieldSpec],
) -> Kind {
    Kind { provider: Provider::Plugin, ..mirrored(name, label, path, keys, fields) }
}

/// A row for a kind of the plugin that describes objects of another kind further, one to one.
pub(super) const fn sidecar(
    name: &'static str,
    label: &'static str,
    path: &'static str,
    of: &'static str,
    keys: &'static [&'static [&'static str]],
    fields: &'static [FieldSpec],
) -> Kind {
    Kind {
        sidecar_of: Some(of),
        tags: false,
        custom_fields: false,
        ..plugin(name, label, path, keys, fields)
    }
}

/// A row for a later pass over a kind: what relates to kinds that come after it.
pub(super) const fn pass(
    name: &'static str,
    label: &'static str,
    of: &'static str,
    path: &'static str,
    fields: &'static [FieldSpec],
) -> Kind {
    Kind { pass_of: Some(of), tags: false, custom_fields: false, ..mirrored(name, label, path, &[], fields) }
}

pub(super) const BY_SLUG_OR_NAME: &[&[&str]] = &[&["slug"], &["name"]];

/// NetBox's largest value of a positive integer field.
pub(super) const MAX_INT: i64 = 2_147_483_647;

pub(super) const VM_KIND: &str = "virtualization.virtualmachine";
pub(super) const DEVICE_KIND: &str = "dcim.device";
pub(super) const CLUSTER_KIND: &str = "virtualization.cluster";

/// When a row was last written; follows other changes and causes none.
pub(super) const LAST_UPDATED: FieldSpec = field("proxmox_last_updated", FieldType::Time);

pub(super) const ON_A_REACHED_INTERFACE: Reach = Reach::Of {
    field: "assigned_object_id",
    filters: &[("virtualization.vminterface", "vminterface_id"), ("dcim.interface", "interface_id")],
};

pub(super) const ON_AN_INTERFACE: FieldType = FieldType::Generic {
    type_field: "assigned_object_type",
    kinds: &["virtualization.vminterface", "dcim.interface"],
};

//! The one table of NetBox object kinds. It drives checking, references, comparing, reading and writing.
//!
//! A new object type is a row here, a record in `wit/` and a component; nothing else in the host names a NetBox model.
//! Rows are in dependency order: a row only relates to rows above it (or to itself).

/// What a field holds, and how it is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldType {
    /// Text of at most so many characters.
    Text(usize),
    /// Letters, digits, `-` and `_`, of at most so many characters.
    Slug(usize),
    /// Six hexadecimal digits.
    Color,
    /// One of NetBox's choices; comes back as `{"value", "label"}`.
    Choice,
    /// A boolean.
    Flag,
    /// A whole number from zero up to NetBox's limit for the field.
    Integer(i64),
    /// A decimal number; compared by value, so that `2` equals `2.00`.
    Decimal,
    /// A list of texts, compared as a set.
    Texts,
    /// Any JSON, compared as a whole.
    Json,
    /// One object of the named kind; comes back as an object with an `id`.
    Relation(&'static str),
}

/// A field of a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FieldSpec {
    /// NetBox's REST name.
    pub name: &'static str,
    /// What it holds.
    pub holds: FieldType,
}

/// How the objects of a kind come to be ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ownership {
    /// Made when missing, never changed: roles, types, sites, tags. Operators rename and recolour these.
    Shared,
    /// Mirrors a Proxmox object: created, updated, and matched by its Proxmox identity.
    Mirrored,
}

/// Which Proxmox object a mirrored kind stands for, and the custom fields that hold its identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdentityRule {
    /// A cluster: custom field `proxmox_cluster_name`.
    Cluster,
    /// A node: custom fields `proxmox_cluster` and `proxmox_node`.
    Node,
    /// A guest: custom fields `proxmox_cluster` and `proxmox_vm_id`.
    Guest,
}

/// A name that NetBox wants to be unique within a scope while Proxmox does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UniqueName {
    /// The field.
    pub field: &'static str,
    /// The relation within which it is unique (compared without regard to case).
    pub within: &'static str,
}

/// One kind of NetBox object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kind {
    /// NetBox's own name: `virtualization.virtualmachine`.
    pub name: &'static str,
    /// For messages, singular: `virtual machine`.
    pub label: &'static str,
    /// List path below `/api/`, without slashes at the ends: `virtualization/virtual-machines`.
    pub path: &'static str,
    /// Page of one object below the NetBox base URL; the same as `path` for NetBox's own models.
    pub page: &'static str,
    /// Natural keys, most telling first; each is a set of fields that together name one object.
    pub keys: &'static [&'static [&'static str]],
    /// Every field that a mapper may return.
    pub fields: &'static [FieldSpec],
    /// Further fields that the host reads and nobody writes.
    pub reads: &'static [&'static str],
    /// Whether objects carry tags.
    pub tags: bool,
    /// Whether objects carry custom fields.
    pub custom_fields: bool,
    /// How objects come to be ours.
    pub ownership: Ownership,
    /// Set for kinds that stand for a Proxmox object.
    pub identity: Option<IdentityRule>,
    /// Set when NetBox wants a unique name where Proxmox does not.
    pub unique_name: Option<UniqueName>,
    /// First NetBox version (major, minor) that has the kind; none means all that we support.
    pub since: Option<(u32, u32)>,
}

impl Kind {
    /// The field of that name.
    pub fn field(&self, name: &str) -> Option<&'static FieldSpec> {
        self.fields.iter().find(|field| field.name == name)
    }
}

impl std::hash::Hash for Kind {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

/// The kind of that name.
pub fn find(name: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.name == name)
}

/// Position of a kind in dependency order.
pub fn rank(kind: &Kind) -> usize {
    KINDS.iter().position(|row| row.name == kind.name).unwrap_or(KINDS.len())
}

const fn field(name: &'static str, holds: FieldType) -> FieldSpec {
    FieldSpec { name, holds }
}

const NAME_100: FieldSpec = field("name", FieldType::Text(100));
const SLUG_100: FieldSpec = field("slug", FieldType::Slug(100));
const DESCRIPTION: FieldSpec = field("description", FieldType::Text(200));
const COMMENTS: FieldSpec = field("comments", FieldType::Text(usize::MAX));

/// A row for a kind that is made when missing and found by slug or name.
const fn shared(
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
        tags: true,
        custom_fields: true,
        ownership: Ownership::Shared,
        identity: None,
        unique_name: None,
        since: None,
    }
}

const BY_SLUG_OR_NAME: &[&[&str]] = &[&["slug"], &["name"]];

/// NetBox's largest value of a positive integer field.
const MAX_INT: i64 = 2_147_483_647;

/// Every kind, in dependency order.
pub const KINDS: &[Kind] = &[
    Kind {
        tags: false,
        custom_fields: false,
        ..shared(
            "extras.tag",
            "tag",
            "extras/tags",
            BY_SLUG_OR_NAME,
            &[NAME_100, SLUG_100, field("color", FieldType::Color), DESCRIPTION],
        )
    },
    Kind {
        reads: &["related_object_type"],
        tags: false,
        custom_fields: false,
        ..shared(
            "extras.customfield",
            "custom field",
            "extras/custom-fields",
            &[&["name"]],
            &[
                field("name", FieldType::Text(50)),
                field("type", FieldType::Choice),
                field("label", FieldType::Text(50)),
                field("group_name", FieldType::Text(50)),
                DESCRIPTION,
                field("object_types", FieldType::Texts),
                field("ui_visible", FieldType::Choice),
                field("ui_editable", FieldType::Choice),
                field("weight", FieldType::Integer(32_767)),
                field("filter_logic", FieldType::Choice),
                field("search_weight", FieldType::Integer(32_767)),
            ],
        )
    },
    shared(
        "tenancy.tenant",
        "tenant",
        "tenancy/tenants",
        BY_SLUG_OR_NAME,
        &[NAME_100, SLUG_100, DESCRIPTION, COMMENTS],
    ),
    shared(
        "dcim.site",
        "site",
        "dcim/sites",
        BY_SLUG_OR_NAME,
        &[
            NAME_100,
            SLUG_100,
            field("status", FieldType::Choice),
            field("tenant", FieldType::Relation("tenancy.tenant")),
            DESCRIPTION,
            COMMENTS,
        ],
    ),
    shared(
        "dcim.manufacturer",
        "manufacturer",
        "dcim/manufacturers",
        BY_SLUG_OR_NAME,
        &[NAME_100, SLUG_100, DESCRIPTION],
    ),
    shared(
        "dcim.devicetype",
        "device type",
        "dcim/device-types",
        &[&["manufacturer", "slug"], &["manufacturer", "model"]],
        &[
            field("manufacturer", FieldType::Relation("dcim.manufacturer")),
            field("model", FieldType::Text(100)),
            SLUG_100,
            DESCRIPTION,
            COMMENTS,
        ],
    ),
    shared(
        "dcim.devicerole",
        "device role",
        "dcim/device-roles",
        BY_SLUG_OR_NAME,
        &[
            NAME_100,
            SLUG_100,
            field("color", FieldType::Color),
            field("vm_role", FieldType::Flag),
            DESCRIPTION,
        ],
    ),
    shared(
        "dcim.platform",
        "platform",
        "dcim/platforms",
        BY_SLUG_OR_NAME,
        &[NAME_100, SLUG_100, field("manufacturer", FieldType::Relation("dcim.manufacturer")), DESCRIPTION],
    ),
    shared(
        "virtualization.clustertype",
        "cluster type",
        "virtualization/cluster-types",
        BY_SLUG_OR_NAME,
        &[NAME_100, SLUG_100, DESCRIPTION],
    ),
    shared(
        "virtualization.clustergroup",
        "cluster group",
        "virtualization/cluster-groups",
        BY_SLUG_OR_NAME,
        &[NAME_100, SLUG_100, DESCRIPTION],
    ),
    Kind {
        since: Some((4, 6)),
        ..shared(
            "virtualization.virtualmachinetype",
            "virtual machine type",
            "virtualization/virtual-machine-types",
            BY_SLUG_OR_NAME,
            &[NAME_100, SLUG_100, DESCRIPTION, COMMENTS],
        )
    },
    Kind {
        reads: &["scope_type", "scope_id"],
        ownership: Ownership::Mirrored,
        identity: Some(IdentityRule::Cluster),
        ..shared(
            "virtualization.cluster",
            "cluster",
            "virtualization/clusters",
            &[&["name"]],
            &[
                NAME_100,
                field("type", FieldType::Relation("virtualization.clustertype")),
                field("group", FieldType::Relation("virtualization.clustergroup")),
                field("status", FieldType::Choice),
                field("tenant", FieldType::Relation("tenancy.tenant")),
                DESCRIPTION,
                COMMENTS,
            ],
        )
    },
    Kind {
        ownership: Ownership::Mirrored,
        identity: Some(IdentityRule::Node),
        unique_name: Some(UniqueName { field: "name", within: "site" }),
        ..shared(
            "dcim.device",
            "device",
            "dcim/devices",
            &[&["name", "cluster"]],
            &[
                field("name", FieldType::Text(64)),
                field("device_type", FieldType::Relation("dcim.devicetype")),
                field("role", FieldType::Relation("dcim.devicerole")),
                field("site", FieldType::Relation("dcim.site")),
                field("tenant", FieldType::Relation("tenancy.tenant")),
                field("platform", FieldType::Relation("dcim.platform")),
                field("cluster", FieldType::Relation("virtualization.cluster")),
                field("status", FieldType::Choice),
                field("serial", FieldType::Text(50)),
                DESCRIPTION,
                COMMENTS,
            ],
        )
    },
    Kind {
        reads: &["virtual_disk_count"],
        ownership: Ownership::Mirrored,
        identity: Some(IdentityRule::Guest),
        unique_name: Some(UniqueName { field: "name", within: "cluster" }),
        ..shared(
            "virtualization.virtualmachine",
            "virtual machine",
            "virtualization/virtual-machines",
            &[&["name", "cluster"]],
            &[
                field("name", FieldType::Text(64)),
                field("status", FieldType::Choice),
                field("start_on_boot", FieldType::Choice),
                field("site", FieldType::Relation("dcim.site")),
                field("cluster", FieldType::Relation("virtualization.cluster")),
                field("device", FieldType::Relation("dcim.device")),
                field("role", FieldType::Relation("dcim.devicerole")),
                field("virtual_machine_type", FieldType::Relation("virtualization.virtualmachinetype")),
                field("tenant", FieldType::Relation("tenancy.tenant")),
                field("platform", FieldType::Relation("dcim.platform")),
                field("vcpus", FieldType::Decimal),
                field("memory", FieldType::Integer(MAX_INT)),
                field("disk", FieldType::Integer(MAX_INT)),
                field("serial", FieldType::Text(50)),
                DESCRIPTION,
                COMMENTS,
            ],
        )
    },
];

/// A custom field that the host makes when a mapper returns it and NetBox lacks it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CustomField {
    /// NetBox name.
    pub name: &'static str,
    /// NetBox type: `integer`, `text`, `boolean`, `url`, `datetime`.
    pub holds: &'static str,
    /// Shown label.
    pub label: &'static str,
    /// Kinds that carry it.
    pub kinds: &'static [&'static str],
    /// Shown description.
    pub description: &'static str,
    /// `always` or `if-set`.
    pub visible: &'static str,
}

/// The custom field of that name.
pub fn custom_field(name: &str) -> Option<&'static CustomField> {
    CUSTOM_FIELDS.iter().find(|field| field.name == name)
}

const VM: &str = "virtualization.virtualmachine";
const DEVICE: &str = "dcim.device";
const CLUSTER: &str = "virtualization.cluster";

const fn custom(
    name: &'static str,
    holds: &'static str,
    label: &'static str,
    kinds: &'static [&'static str],
    description: &'static str,
    visible: &'static str,
) -> CustomField {
    CustomField { name, holds, label, kinds, description, visible }
}

/// Group under which NetBox shows the custom fields.
pub const CUSTOM_FIELD_GROUP: &str = "Proxmox";

/// The custom fields that the host knows how to make, named as existing installations name them.
pub const CUSTOM_FIELDS: &[CustomField] = &[
    custom("proxmox_vm_id", "integer", "VM ID", &[VM], "Proxmox Virtual Machine or Container ID", "always"),
    custom("proxmox_vm_type", "text", "VM Type", &[VM], "Proxmox VM type (qemu or lxc)", "always"),
    custom("proxmox_link", "url", "Proxmox Link", &[DEVICE, VM], "Link to Proxmox web interface", "always"),
    custom(
        "proxmox_node",
        "text",
        "Proxmox Node",
        &[DEVICE, VM],
        "Proxmox node hosting this device/VM",
        "always",
    ),
    custom("proxmox_cluster", "text", "Proxmox Cluster", &[DEVICE, VM], "Proxmox cluster name", "always"),
    custom("proxmox_cluster_name", "text", "Cluster Name", &[CLUSTER], "Cluster name from Proxmox", "always"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_only_relates_to_kinds_before_it() {
        for kind in KINDS {
            for field in kind.fields {
                if let FieldType::Relation(target) = field.holds {
                    let target = find(target)
                        .unwrap_or_else(|| panic!("{}.{} relates to nothing", kind.name, field.name));
                    assert!(
                        rank(target) < rank(kind),
                        "{}.{} relates to a later kind",
                        kind.name,
                        field.name
                    );
                }
            }
        }
    }

    #[test]
    fn every_key_names_fields_of_its_kind() {
        for kind in KINDS {
            for name in kind.keys.iter().copied().flatten() {
                assert!(kind.field(name).is_some(), "{} has no field {name}", kind.name);
            }
        }
    }

    #[test]
    fn custom_fields_are_on_known_kinds() {
        for field in CUSTOM_FIELDS {
            for kind in field.kinds {
                assert!(find(kind).is_some_and(|kind| kind.custom_fields), "{} is on {kind}", field.name);
            }
        }
    }
}

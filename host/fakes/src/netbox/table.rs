//! The shape of a NetBox model: one row of the table that drives the whole server.

pub(crate) use super::field::*;

use super::release::Flavour;
use super::store::{Row, Store};

/// No two objects share these values.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Unique {
    pub(crate) name: &'static str,
    pub(crate) fields: &'static [&'static str],
    /// Fields compared without regard to case.
    pub(crate) folded: &'static [&'static str],
    /// Objects that lack one of these are exempt.
    pub(crate) when_set: &'static [&'static str],
    /// Objects that have one of these are exempt.
    pub(crate) when_unset: &'static [&'static str],
    /// Two missing values count as the same value.
    pub(crate) nulls_equal: bool,
    pub(crate) message: &'static str,
}

/// How a filter parameter picks objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum By {
    /// Text, equal with regard to case.
    Text,
    /// Text, equal without regard to case.
    Folded,
    Number,
    Flag,
    /// One of the choices of the field.
    Choice,
    /// The same, but the last value alone counts.
    OneChoice,
    /// A number; objects that have none match as well.
    NumberOrNone,
    /// A part of the text.
    Part,
    Moment,
    /// Id of the related object at the path.
    Id,
    /// The same, but the last value alone counts.
    OneId,
    /// The same as a mere number, which no object needs to have.
    AnyId,
    /// Id of the related object at the path or of one above it in its tree.
    TreeId,
    /// An attribute of the related object at the path.
    Attr(&'static str),
    /// Slug of the related object at the path or of one above it in its tree.
    TreeSlug,
    /// A model name.
    ObjectType,
    /// A member of a list of model names.
    ObjectTypes,
    Mac,
    /// An address with or without prefix length.
    Address,
    /// A network.
    Prefix,
    /// Something set at the path, or nothing.
    Present,
    /// The prefix contains the given address.
    Contains,
    /// The prefix lies within the given one.
    Within,
}

impl By {
    /// `null` is no value that stands for nothing.
    pub(crate) fn has_no_null(self) -> bool {
        matches!(
            self,
            Self::Flag
                | Self::Choice
                | Self::OneChoice
                | Self::Number
                | Self::NumberOrNone
                | Self::AnyId
                | Self::Moment
                | Self::Part
        )
    }
}

/// A filter parameter.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Filter {
    pub(crate) name: &'static str,
    /// Fields to follow from the object; empty means the field of the same name.
    pub(crate) path: &'static [&'static str],
    pub(crate) by: By,
}

/// A parameter that looks along a path.
pub(crate) const fn along(name: &'static str, path: &'static [&'static str], by: By) -> Filter {
    Filter { name, path, by }
}
/// A parameter that looks at the field of the same name.
pub(crate) const fn own(name: &'static str, by: By) -> Filter {
    Filter { name, path: &[], by }
}

/// A model.
pub(crate) struct Model {
    /// `virtualization.virtualmachine`.
    pub(crate) name: &'static str,
    /// List path below `/api/`.
    pub(crate) path: &'static str,
    /// As NetBox calls one: `virtual machine`.
    pub(crate) label: &'static str,
    pub(crate) fields: &'static [&'static [Field]],
    pub(crate) brief: &'static [&'static str],
    pub(crate) ordering: &'static [&'static str],
    /// Fields that `q` looks in.
    pub(crate) search: &'static [&'static str],
    pub(crate) unique: &'static [Unique],
    pub(crate) filters: &'static [&'static [Filter]],
    pub(crate) tags: bool,
    pub(crate) custom_fields: bool,
    /// Objects form a tree through `parent`.
    pub(crate) tree: bool,
    /// Type and id fields that together name an object of any model.
    pub(crate) generic: Option<Generic>,
    pub(crate) since: (u32, u32),
    /// The least plugin that has the model.
    pub(crate) flavour: Flavour,
    /// Objects say where people find their page.
    pub(crate) display_url: bool,
    /// There is exactly one object, which can be changed.
    pub(crate) single: bool,
    /// How an object is shown as text.
    pub(crate) display: Display,
}

/// A reference to an object of any model; when that one is deleted, this one goes too.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Generic {
    pub(crate) name: &'static str,
    pub(crate) type_field: &'static str,
    pub(crate) id_field: &'static str,
}

/// How an object is shown as text.
#[derive(Clone, Copy)]
pub(crate) enum Display {
    Field(&'static str),
    With(fn(&Store, &Row) -> String),
    /// As the object in a relation field, and then a text.
    Of(&'static str, &'static str),
}

impl Model {
    /// Every field, in NetBox's order as far as it is known.
    pub(crate) fn all(&self) -> impl Iterator<Item = &'static Field> + use<> {
        self.fields.iter().flat_map(|part| part.iter())
    }
    /// Its rows are the plugin's about other objects, and show nobody more of those than NetBox itself does.
    pub(crate) fn guarded(&self) -> bool {
        self.path.starts_with("plugins/proxbox/sync-state/")
    }
    /// The filter parameter of that name.
    pub(crate) fn filter(&self, name: &str) -> Option<&'static Filter> {
        self.filters.iter().flat_map(|part| part.iter()).find(|filter| filter.name == name)
    }
    pub(crate) fn field(&self, name: &str) -> Option<&'static Field> {
        self.all().find(|field| field.name == name)
    }
}

impl std::fmt::Debug for Model {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.name)
    }
}

/// A row to start from.
pub(crate) const PLAIN: Model = Model {
    name: "",
    path: "",
    label: "",
    fields: &[],
    brief: &["id", "url", "display", "name", "slug", "description"],
    ordering: &["name"],
    search: &["name", "slug", "description"],
    unique: &[],
    filters: &[NAMED],
    tags: true,
    custom_fields: true,
    tree: false,
    generic: None,
    since: (0, 0),
    flavour: Flavour::Bare,
    display_url: true,
    single: false,
    display: Display::Field("name"),
};

/// Parameters of models with a name and a slug.
pub(crate) const NAMED: &[Filter] =
    &[own("name", By::Text), own("slug", By::Text), own("description", By::Text)];
/// Parameters of models with a tenant.
pub(crate) const TENANCY: &[Filter] = &[
    along("tenant_id", &["tenant"], By::Id),
    along("tenant", &["tenant"], By::Attr("slug")),
    along("tenant_group_id", &["tenant", "group"], By::TreeId),
    along("tenant_group", &["tenant", "group"], By::TreeSlug),
];
/// Parameters of models whose objects form a tree.
pub(crate) const TREE: &[Filter] = &[
    along("parent_id", &["parent"], By::Id),
    along("parent", &["parent"], By::Attr("slug")),
    along("ancestor_id", &["parent"], By::TreeId),
    along("ancestor", &["parent"], By::TreeSlug),
];

//! Tags and custom fields.

use super::row::{BY_SLUG_OR_NAME, DESCRIPTION, NAME_100, SLUG_100, field, shared};
use super::{FieldType, Kind};

pub(super) const TAG: Kind = Kind {
    reads: &["object_types"],
    tags: false,
    custom_fields: false,
    ..shared(
        "extras.tag",
        "tag",
        "extras/tags",
        BY_SLUG_OR_NAME,
        &[NAME_100, SLUG_100, field("color", FieldType::Color), DESCRIPTION],
    )
};

pub(super) const CUSTOMFIELD: Kind = Kind {
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
            field("related_object_type", FieldType::Choice),
        ],
    )
};

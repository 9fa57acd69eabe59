//! Tags, custom fields and journal entries.

use super::super::represent::compute;
use super::super::table::*;
use super::choices;

pub(super) const MODELS: &[Model] = &[
    Model {
        name: "extras.tag",
        path: "extras/tags",
        label: "tag",
        fields: &[&[
            NAME.unique("name"),
            SLUG.unique("slug"),
            other("color", Holds::Color, Initial::Text("9e9e9e")),
            DESCRIPTION,
            integer("weight", 0, MAX_SMALL).initial(Initial::Integer(1000)),
            other("object_types", Holds::ObjectTypes, Initial::List),
            count("tagged_items", "", "tags"),
        ]],
        brief: &["id", "url", "display", "name", "slug", "color", "description"],
        ordering: &["weight", "name"],
        search: &["name", "slug"],
        filters: &[
            NAMED,
            &[own("color", By::Text), own("weight", By::Number), own("object_types", By::ObjectTypes)],
        ],
        tags: false,
        custom_fields: false,
        ..PLAIN
    },
    Model {
        name: "extras.customfield",
        path: "extras/custom-fields",
        label: "custom field",
        fields: &[&[
            other("object_types", Holds::ObjectTypes, Initial::List).required(),
            choice("type", choices::CUSTOM_FIELD_TYPE, "text").required(),
            other("related_object_type", Holds::ObjectType(&[]), Initial::Null).null(),
            read("data_type", Holds::Computed(compute::data_type)),
            text("name", 50).required().unique("name"),
            text("label", 50),
            text("group_name", 50),
            DESCRIPTION,
            flag("required", false),
            flag("unique", false),
            integer("search_weight", 0, MAX_SMALL).initial(Initial::Integer(1000)),
            choice("filter_logic", choices::FILTER_LOGIC, "loose"),
            choice("ui_visible", choices::UI_VISIBLE, "always"),
            choice("ui_editable", choices::UI_EDITABLE, "yes"),
            flag("is_cloneable", false),
            flag("nulls_first", true).since(4, 7),
            other("default", Holds::Json, Initial::Null).null(),
            other("related_object_filter", Holds::Json, Initial::Null).null(),
            integer("weight", 0, MAX_SMALL).initial(Initial::Integer(100)),
            decimal("validation_minimum", BOUNDS).null(),
            decimal("validation_maximum", BOUNDS).null(),
            text("validation_regex", 500),
            other("validation_schema", Holds::Json, Initial::Null).null().since(4, 6),
            foreign("choice_set"),
            read("status", Holds::Computed(compute::active)).since(4, 7),
            OWNER,
            COMMENTS,
        ]],
        brief: &["id", "url", "display", "name", "description"],
        ordering: &["group_name", "weight", "name"],
        search: &["name", "label", "group_name", "description", "comments"],
        filters: &[&[
            own("name", By::Text),
            own("label", By::Text),
            own("group_name", By::Text),
            own("description", By::Text),
            own("type", By::Choice),
            own("required", By::Flag),
            own("unique", By::Flag),
            own("search_weight", By::Number),
            own("weight", By::Number),
            own("filter_logic", By::Choice),
            own("ui_visible", By::Choice),
            own("ui_editable", By::Choice),
            own("is_cloneable", By::Flag),
            along("object_type", &["object_types"], By::ObjectTypes),
        ]],
        tags: false,
        custom_fields: false,
        display: Display::With(compute::custom_field_label),
        ..PLAIN
    },
    Model {
        name: "extras.journalentry",
        path: "extras/journal-entries",
        label: "journal entry",
        fields: &[&[
            other("assigned_object_type", Holds::ObjectType(&[]), Initial::Null).required(),
            integer("assigned_object_id", 0, i64::MAX).required(),
            read("assigned_object", Holds::Computed(compute::assigned_object)),
            integer("created_by", 0, i64::MAX).null().initial(Initial::Integer(1)),
            choice("kind", choices::JOURNAL_KIND, "info"),
            text("comments", UNLIMITED).required(),
        ]],
        brief: &["id", "url", "display", "created"],
        ordering: &["-created"],
        search: &["comments"],
        filters: &[&[
            own("assigned_object_type", By::ObjectType),
            own("assigned_object_id", By::Number),
            own("kind", By::Choice),
        ]],
        generic: Some(Generic {
            name: "assigned_object",
            type_field: "assigned_object_type",
            id_field: "assigned_object_id",
        }),
        display: Display::With(compute::journal_label),
        ..PLAIN
    },
];

const BOUNDS: Decimals = Decimals { digits: 16, places: 4, least: None, most: None };

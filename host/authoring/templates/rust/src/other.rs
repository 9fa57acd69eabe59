//! {{description}}

use proxbox_transform_sdk::facts::{{Facts}};
use proxbox_transform_sdk::{Context, Outcome, {{Interface}}Override, export};

/// The module.
pub struct Module;

impl {{Interface}}Override for Module {
    /// `usual` is what the next mapper made, at the end of the chain the built-in one. Change a field of it with
    /// `usual.edit(|draft| draft.text("description", "…"))`, or leave the object out with `Outcome::leave_out("…")`.
    fn map(_cx: &Context, _fact: &{{Facts}}, usual: Outcome) -> Outcome {
        usual
    }
}

export!(Module: {{Interface}}Override, settings: include_str!("../settings.schema.json"));

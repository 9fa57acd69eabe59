//! Gives a guest the tenant that one of its tags names: `tenant-acme` is the tenant Acme.

use proxbox_transform_sdk::facts::GuestFacts;
use proxbox_transform_sdk::{Context, Draft, Outcome, VirtualMachineOverride, export, slug, tenant};

#[derive(serde::Deserialize)]
struct Settings {
    #[serde(default = "usual_prefix")]
    prefix: String,
}

fn usual_prefix() -> String {
    "tenant-".to_owned()
}

/// The module.
pub struct Module;

impl VirtualMachineOverride for Module {
    fn map(cx: &Context, guest: &GuestFacts, usual: Outcome) -> Outcome {
        let settings = match cx.settings::<Settings>() {
            Ok(settings) => settings,
            Err(wrong) => return wrong.into(),
        };
        let Some(tag) = guest.tagged(&settings.prefix).next() else { return usual };
        let name = title(tag);
        usual
            .edit(|vm| vm.reference("tenant", tenant(slug(&name))))
            .bring(Draft::named("tenancy.tenant", &name))
    }
}

/// `acme-labs` as `Acme Labs`.
fn title(tag: &str) -> String {
    let words = tag.split('-').map(|word| {
        let (first, rest) = word.split_at_checked(1).unwrap_or((word, ""));
        first.to_uppercase() + rest
    });
    words.collect::<Vec<_>>().join(" ")
}

export!(Module: VirtualMachineOverride, settings: include_str!("../settings.schema.json"));

//! Leaves templates and lab guests out of NetBox; everything else stays with the next mapper.

use proxbox_transform_sdk::facts::GuestFacts;
use proxbox_transform_sdk::{Context, Outcome, VirtualMachineOverride, export};

#[derive(serde::Deserialize)]
#[serde(default)]
struct Settings {
    templates: bool,
    tags: Vec<String>,
    pools: Vec<String>,
    names: Vec<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self { templates: true, tags: vec!["lab".to_owned()], pools: Vec::new(), names: Vec::new() }
    }
}

impl Settings {
    /// Why a guest is left out, as the operator reads it; none when it belongs into NetBox.
    fn reason(&self, guest: &GuestFacts) -> Option<String> {
        if self.templates && guest.template {
            return Some("it is a template".to_owned());
        }
        if let Some(tag) = self.tags.iter().find(|tag| guest.has_tag(tag)) {
            return Some(format!("it has the tag `{tag}`"));
        }
        if let Some(pool) = self.pools.iter().find(|pool| guest.pool.as_ref() == Some(pool)) {
            return Some(format!("it is in the pool `{pool}`"));
        }
        let name = self.names.iter().find(|pattern| guest.is_called(pattern))?;
        Some(format!("its name is one of `{name}`"))
    }
}

/// The module.
pub struct SkipLabs;

impl VirtualMachineOverride for SkipLabs {
    fn map(cx: &Context, guest: &GuestFacts, usual: Outcome) -> Outcome {
        match cx.settings::<Settings>() {
            Ok(settings) => settings.reason(guest).map_or(usual, Outcome::Skip),
            Err(wrong) => wrong.into(),
        }
    }
}

export!(SkipLabs: VirtualMachineOverride, settings: include_str!("settings.schema.json"));

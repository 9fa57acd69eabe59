//! What a mapper may ask of its context.

use crate::{Context, Rejection};
use serde::de::DeserializeOwned;

impl Context {
    /// The settings that the operator gave this module.
    ///
    /// # Errors
    /// A rejection that names the wrong setting, when they are not of this type.
    pub fn settings<T: DeserializeOwned>(&self) -> Result<T, Rejection> {
        serde_json::from_str(&self.settings).map_err(|wrong| {
            Rejection::new("wrong-settings", format!("The settings of this module are wrong: {wrong}."))
        })
    }

    /// A choice of the run: the text under that name, when there is one.
    pub fn option(&self, name: &str) -> Option<String> {
        if !self.options.contains(name) {
            return None;
        }
        let options: serde_json::Map<String, serde_json::Value> = serde_json::from_str(&self.options).ok()?;
        options.get(name)?.as_str().map(str::to_owned)
    }

    /// Whether the target NetBox has a feature of the contract: `virtual-machine-types`.
    pub fn has(&self, feature: &str) -> bool {
        self.target.features.iter().any(|known| known == feature)
    }

    /// Whether the identity of an object belongs into its custom fields. A target that names no feature at all is
    /// taken for one that has them.
    pub fn keeps_identity_in_custom_fields(&self) -> bool {
        self.target.features.is_empty()
            || self.has("identity-custom-fields")
            || self.has("proxmox-custom-fields")
    }
}

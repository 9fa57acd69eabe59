//! What a mapper may ask of its context.

use crate::{Context, Rejection};
use serde::de::DeserializeOwned;

impl Context {
    /// The settings that the operator gave this module.
    ///
    /// ```
    /// # use proxbox_transform_sdk::{Outcome, testing};
    /// #[derive(serde::Deserialize)]
    /// struct Settings {
    ///     tenant: String,
    /// }
    ///
    /// let cx = testing::with_settings(r#"{"tenant": "acme"}"#);
    /// assert_eq!(cx.settings::<Settings>().map(|it| it.tenant), Ok("acme".to_owned()));
    ///
    /// let cx = testing::with_settings(r#"{"tenant": 7}"#);
    /// let outcome = cx.settings::<Settings>().map_or_else(Outcome::from, |_| unreachable!());
    /// assert!(matches!(outcome, Outcome::Reject(why) if why.code == "wrong-settings"));
    /// ```
    ///
    /// # Errors
    /// A rejection that names the wrong setting, when they are not of this type.
    pub fn settings<T: DeserializeOwned>(&self) -> Result<T, Rejection> {
        serde_json::from_str(&self.settings).map_err(|wrong| {
            Rejection::new("wrong-settings", format!("The settings of this module are wrong: {wrong}."))
        })
    }

    /// A choice of the run: the text under that name, when there is one.
    ///
    /// ```
    /// # use proxbox_transform_sdk::testing;
    /// let mut cx = testing::context();
    /// cx.options = r#"{"site": "berlin"}"#.to_owned();
    /// assert_eq!(cx.option("site").as_deref(), Some("berlin"));
    /// assert_eq!(cx.option("tenant"), None);
    /// ```
    pub fn option(&self, name: &str) -> Option<String> {
        self.option_at(&[name])
    }

    /// A choice of the run inside others: `["node-roles", "pve1", "qemu"]`. A blank text is none.
    ///
    /// ```
    /// # use proxbox_transform_sdk::testing;
    /// let mut cx = testing::context();
    /// cx.options = r#"{"node-roles": {"pve1": {"qemu": "edge"}}}"#.to_owned();
    /// assert_eq!(cx.option_at(&["node-roles", "pve1", "qemu"]).as_deref(), Some("edge"));
    /// assert_eq!(cx.option_at(&["node-roles", "pve2", "qemu"]), None);
    /// ```
    pub fn option_at(&self, path: &[&str]) -> Option<String> {
        let text = self.chosen(path)?.as_str()?.trim().to_owned();
        (!text.is_empty()).then_some(text)
    }

    /// A choice of the run that is on or off.
    ///
    /// ```
    /// # use proxbox_transform_sdk::testing;
    /// let mut cx = testing::context();
    /// assert!(cx.flag("use-guest-agent-interface-name", true));
    /// cx.options = r#"{"use-guest-agent-interface-name": false}"#.to_owned();
    /// assert!(!cx.flag("use-guest-agent-interface-name", true));
    /// ```
    pub fn flag(&self, name: &str, default: bool) -> bool {
        self.chosen(&[name]).and_then(|value| value.as_bool()).unwrap_or(default)
    }

    fn chosen(&self, path: &[&str]) -> Option<serde_json::Value> {
        // Most choices are not made, and then nothing needs to be read.
        if !path.first().is_some_and(|name| self.options.contains(name)) {
            return None;
        }
        let mut value: serde_json::Value = serde_json::from_str(&self.options).ok()?;
        for name in path {
            value = value.get_mut(*name)?.take();
        }
        Some(value)
    }

    /// Whether the target NetBox has a feature of the contract: `virtual-machine-types`.
    ///
    /// ```
    /// # use proxbox_transform_sdk::testing;
    /// let cx = testing::context();
    /// assert!(cx.has("virtual-machine-types"));
    /// assert!(!cx.has("time-travel"));
    /// ```
    pub fn has(&self, feature: &str) -> bool {
        self.target.features.iter().any(|known| known == feature)
    }

    /// Whether the identity of an object belongs into its custom fields: those that hold nothing else, those of the
    /// older plugin, or those that the host moves to the current plugin's rows. A target that names no feature at all
    /// is taken for one that has them.
    ///
    /// ```
    /// # use proxbox_transform_sdk::testing;
    /// assert!(testing::context().keeps_identity_in_custom_fields());
    /// ```
    pub fn keeps_identity_in_custom_fields(&self) -> bool {
        self.target.features.is_empty() || self.has("identity-custom-fields") || self.keeps_details()
    }

    /// Whether there are custom fields for more than identity: status, link, notes … Either plugin has them.
    ///
    /// ```
    /// # use proxbox_transform_sdk::testing;
    /// let mut cx = testing::context();
    /// assert!(!cx.keeps_details());
    /// cx.target.features.push("sync-state".to_owned());
    /// assert!(cx.keeps_details());
    /// ```
    pub fn keeps_details(&self) -> bool {
        self.has("sync-state") || self.has("proxmox-custom-fields")
    }

    /// Address of an object in Proxmox's web interface: `node/pve1`, `qemu/101`. None when the source's is unknown, or
    /// when NetBox would not take it.
    ///
    /// ```
    /// # use proxbox_transform_sdk::testing;
    /// let link = testing::context().link("qemu/101");
    /// assert_eq!(link.as_deref(), Some("https://pve.example.org:8006/#v1:0:=qemu/101"));
    /// ```
    pub fn link(&self, object: &str) -> Option<String> {
        const LONGEST: usize = 500;
        let link = [&self.source.url, "/#v1:0:=", object].concat();
        (names_a_host(&self.source.url) && link.chars().count() <= LONGEST).then_some(link)
    }
}

/// Whether NetBox takes the URL as one: a plain host name without a domain is none to it.
fn names_a_host(url: &str) -> bool {
    let Some((_, rest)) = url.split_once("://") else { return false };
    let authority = rest.split('/').next().unwrap_or(rest);
    if authority.starts_with('[') {
        return true;
    }
    let host = authority.split(':').next().unwrap_or(authority);
    let is_address = host.parse::<std::net::Ipv4Addr>().is_ok();
    let last = host.trim_end_matches('.').rsplit_once('.').map(|(_, last)| last);
    let is_domain = last.is_some_and(|last| {
        last.len() > 1 && last.chars().all(|c| c.is_alphabetic() || c == '-') && !last.starts_with('-')
    });
    host == "localhost" || is_address || is_domain
}

#[cfg(test)]
mod tests {
    use super::names_a_host;

    #[test]
    fn netbox_takes_addresses_and_names_with_a_domain() {
        for url in [
            "https://pve.example.org:8006",
            "https://192.0.2.1:8006",
            "https://[2001:db8::1]:8006",
            "https://localhost",
        ] {
            assert!(names_a_host(url), "{url}");
        }
        for url in ["https://pve1:8006", "", "https://pve.lab1:8006", "https://pve.x"] {
            assert!(!names_a_host(url), "{url}");
        }
    }
}

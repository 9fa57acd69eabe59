//! What a record leaves out, from the raw JSON beside it.

use crate::Value;
use serde_json::{Map, Value as Json};

/// The raw JSON object of a fact, read leniently: Proxmox writes `1`, `"1"` and `true` for the same thing.
///
/// ```
/// # use proxbox_transform_sdk::{Raw, testing};
/// let mut guest = testing::guest(101, "web");
/// guest.config = r#"{"agent": "enabled=1,type=virtio", "sockets": "2", "protection": 1}"#.to_owned();
/// let config = guest.config();
/// assert_eq!(config.integer("sockets"), Some(2));
/// assert_eq!(config.flag("protection"), Some(true));
/// assert_eq!(config.property("agent", "type").as_deref(), Some("virtio"));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Raw(Map<String, Json>);

impl Raw {
    /// Reads a fact's raw JSON; what is no object is an empty one.
    ///
    /// ```
    /// # use proxbox_transform_sdk::Raw;
    /// assert_eq!(Raw::of(r#"{"hastate": "started"}"#).text("hastate").as_deref(), Some("started"));
    /// assert_eq!(Raw::of("no JSON").text("hastate"), None);
    /// ```
    pub fn of(json: &str) -> Self {
        Self(serde_json::from_str(json).unwrap_or_default())
    }

    /// A value as text; none when it is missing or blank. A list is joined with commas, an object is written as
    /// `key=value,…`.
    ///
    /// ```
    /// # use proxbox_transform_sdk::Raw;
    /// let raw = Raw::of(r#"{"cpu": "host", "nodes": ["pve1", "pve2"], "comment": " "}"#);
    /// assert_eq!(raw.text("cpu").as_deref(), Some("host"));
    /// assert_eq!(raw.text("nodes").as_deref(), Some("pve1,pve2"));
    /// assert_eq!(raw.text("comment"), None);
    /// ```
    pub fn text(&self, key: &str) -> Option<String> {
        let text = flat(self.0.get(key)?);
        let trimmed = text.trim();
        (!trimmed.is_empty()).then(|| trimmed.to_owned())
    }

    /// A whole number, also from text.
    ///
    /// ```
    /// # use proxbox_transform_sdk::Raw;
    /// let raw = Raw::of(r#"{"cores": "4", "cpu": "host"}"#);
    /// assert_eq!(raw.integer("cores"), Some(4));
    /// assert_eq!(raw.integer("cpu"), None);
    /// ```
    pub fn integer(&self, key: &str) -> Option<i64> {
        self.text(key)?.parse().ok()
    }

    /// Whether something is on; none when the object does not say.
    ///
    /// ```
    /// # use proxbox_transform_sdk::Raw;
    /// let raw = Raw::of(r#"{"onboot": 1, "protection": "0"}"#);
    /// assert_eq!((raw.flag("onboot"), raw.flag("protection"), raw.flag("lock")), (Some(true), Some(false), None));
    /// ```
    pub fn flag(&self, key: &str) -> Option<bool> {
        self.text(key).map(|text| is_on(&text))
    }

    /// One part of a value such as `enabled=1,storage=local`.
    ///
    /// ```
    /// # use proxbox_transform_sdk::Raw;
    /// let raw = Raw::of(r#"{"net0": "virtio=BC:24:11:00:00:01,bridge=vmbr0,tag=20"}"#);
    /// assert_eq!(raw.property("net0", "bridge").as_deref(), Some("vmbr0"));
    /// ```
    pub fn property(&self, key: &str, part: &str) -> Option<String> {
        property(&self.text(key)?, part).map(str::to_owned)
    }

    /// The whole object without these members, as the value of a JSON field.
    ///
    /// ```
    /// # use proxbox_transform_sdk::{Raw, Value};
    /// let raw = Raw::of(r#"{"path": "/backup", "password": "secret"}"#);
    /// assert_eq!(raw.without(&["password"]), Value::Json(r#"{"path":"/backup"}"#.to_owned()));
    /// ```
    pub fn without(mut self, keys: &[&str]) -> Value {
        for key in keys {
            self.0.remove(*key);
        }
        Json::Object(self.0).into()
    }
}

/// One part of a line such as `ip=192.0.2.10/24,gw=192.0.2.1`; none when it is missing or blank.
///
/// ```
/// # use proxbox_transform_sdk::property;
/// assert_eq!(property("ip=192.0.2.10/24,gw=192.0.2.1", "gw"), Some("192.0.2.1"));
/// assert_eq!(property("ip=dhcp", "gw"), None);
/// ```
pub fn property<'line>(line: &'line str, part: &str) -> Option<&'line str> {
    line.split(',')
        .filter_map(|pair| pair.split_once('='))
        .find(|(name, _)| name.trim() == part)
        .map(|(_, value)| value.trim())
        .filter(|value| !value.is_empty())
}

/// Whether Proxmox means yes.
///
/// ```
/// # use proxbox_transform_sdk::is_on;
/// assert!(is_on("1") && is_on("yes") && !is_on("0"));
/// ```
pub fn is_on(text: &str) -> bool {
    ["1", "on", "yes", "true"].iter().any(|yes| text.trim().eq_ignore_ascii_case(yes))
}

fn flat(value: &Json) -> String {
    match value {
        Json::Null => String::new(),
        Json::Bool(flag) => u8::from(*flag).to_string(),
        Json::Number(number) => number.to_string(),
        Json::String(text) => text.clone(),
        Json::Array(items) => items.iter().map(flat).collect::<Vec<_>>().join(","),
        Json::Object(fields) => {
            let pairs = fields.iter().map(|(key, value)| [key, "=", &flat(value)].concat());
            pairs.collect::<Vec<_>>().join(",")
        }
    }
}

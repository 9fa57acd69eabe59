//! Which value of a setting holds, and why: what the operator said with a flag or a variable, else what the plugin says of the
//! endpoint, else what the plugin's settings say, else the default.
//!
//! The plugin always holds a value for each of its settings. One that is still as the plugin ships it says nothing: nobody
//! chose it, and some of them (five seconds for Proxmox, half a second between writes) would only make a run worse.

mod explain;
mod table;
mod value;

pub use explain::{Asked, Explained, explain};
pub use table::{EXPOSE_INTERNAL_ERRORS, SETTINGS};
pub use value::Value;

use proxbox_model::address::AddressPolicy;
use proxbox_model::endpoint::ProxmoxEndpoint;
use proxbox_model::options::{FieldRules, RunOptions};
use proxbox_model::problem::Problem;
use proxbox_netbox::NetboxSettings;
use proxbox_proxmox::ProxmoxSettings;
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeSet;
use table::Shipped;
use value::Slot;

type Row = Map<String, Json>;

/// Settings of runs.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct SyncSettings {
    /// Of the Proxmox client.
    pub proxmox: ProxmoxSettings,
    /// Of the NetBox client.
    pub netbox: NetboxSettings,
    /// Where both may be; goes before what the settings of either client say.
    pub addresses: AddressPolicy,
    /// Whose single fields of NetBox are.
    pub fields: FieldRules,
    /// Whether the HTTP API shows chains of causes.
    pub expose_internal_errors: bool,
    /// Names of the settings that the operator said; the plugin has no say in those.
    pub said: BTreeSet<&'static str>,
}

/// A setting that the plugin may have a say in.
pub struct Setting {
    /// Name, also of the flag, which has dashes for underscores.
    pub name: &'static str,
    /// Environment variable.
    pub variable: &'static str,
    /// What it is, for help texts.
    pub help: &'static str,
    /// Smaller values are raised to this.
    least: f64,
    /// What the plugin calls it. The first that was changed holds.
    theirs: &'static [Theirs],
    /// What the plugin's row of an endpoint calls it.
    column: Option<&'static str>,
    slot: for<'a> fn(&'a mut SyncSettings) -> Slot<'a>,
}

/// A setting of the plugin.
struct Theirs {
    name: &'static str,
    shipped: Shipped,
}

/// Who decided a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The operator, with a flag or a variable.
    Said,
    /// The plugin's row of the endpoint.
    PluginEndpoint,
    /// The stored endpoint.
    Endpoint,
    /// The plugin's settings.
    Plugin,
    /// Nobody.
    Default,
}

impl Setting {
    /// Reads a value that a person wrote.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(&self, text: &str) -> Result<Value, String> {
        (self.slot)(&mut SyncSettings::default()).parse(text)
    }

    /// The value that holds in these settings, as a person would write it.
    pub fn show(&self, settings: &SyncSettings) -> String {
        (self.slot)(&mut settings.clone()).show()
    }

    /// The value when nobody says anything.
    pub fn default_text(&self) -> String {
        self.show(&SyncSettings::default())
    }

    /// What stands for the value in help texts: `SECONDS`.
    pub fn placeholder(&self) -> &'static str {
        (self.slot)(&mut SyncSettings::default()).placeholder()
    }

    /// Whether it is a yes or no.
    pub fn is_switch(&self) -> bool {
        matches!((self.slot)(&mut SyncSettings::default()), Slot::Switch(_))
    }

    fn put(&self, settings: &mut SyncSettings, value: Value) {
        (self.slot)(settings).put(value, self.least);
    }

    /// The value in a field of a row; what cannot be used is reported and left out.
    fn read(&self, row: &Row, field: &str, problems: &mut Vec<Problem>) -> Option<Value> {
        let json = row.get(field).filter(|json| !json.is_null())?;
        let (value, odd) = (self.slot)(&mut SyncSettings::default()).read(json);
        problems.extend(odd.map(|why| unusable(field, &why)));
        value
    }

    /// What the plugin's settings say, when that was changed.
    fn changed(&self, settings: &Row, problems: &mut Vec<Problem>) -> Option<Value> {
        self.theirs.iter().find_map(|theirs| {
            let value = self.read(settings, theirs.name, problems)?;
            (!theirs.shipped.is(&value)).then_some(value)
        })
    }
}

impl SyncSettings {
    /// The defaults, and what the operator said.
    pub fn new(said: impl IntoIterator<Item = (&'static Setting, Value)>) -> Self {
        let mut settings = Self::default();
        for (setting, value) in said {
            setting.put(&mut settings, value);
            settings.said.insert(setting.name);
        }
        settings.spread()
    }

    /// With what the plugin's settings say.
    pub(crate) fn with_plugin(&self, plugin: &Row, problems: &mut Vec<Problem>) -> Self {
        let mut settings = self.clone();
        for setting in SETTINGS.iter().chain([EXPOSE_INTERNAL_ERRORS]) {
            if self.said.contains(setting.name) {
                continue;
            }
            if let Some(value) = setting.changed(plugin, problems) {
                setting.put(&mut settings, value);
            }
        }
        settings.spread()
    }

    /// With what the request says. The plugin repeats its setting in every request, which says nothing new.
    pub(crate) fn with_request(mut self, options: &RunOptions, plugin: &Row) -> Self {
        const REPEATED: &str = "proxbox_fetch_max_concurrency";
        let repeated = plugin.get(REPEATED).and_then(Json::as_u64);
        let asked = options.fetch_max_concurrency.filter(|asked| repeated != u64::try_from(*asked).ok());
        if let Some(asked) = asked.filter(|_| !self.said.contains("proxmox_fetch_concurrency")) {
            self.proxmox.concurrency = asked.max(1);
        }
        self
    }

    /// What holds for one endpoint.
    pub(crate) fn with_endpoint(&self, endpoint: &ProxmoxEndpoint, row: Option<&Row>) -> Self {
        let mut settings = self.clone();
        for (setting, column) in SETTINGS.iter().filter_map(|setting| Some((setting, setting.column?))) {
            if let Some((value, _)) = self.of_endpoint(setting, column, endpoint, row) {
                setting.put(&mut settings, value);
            }
        }
        settings
    }

    /// The endpoint with the limits that hold for it. `None` for a row is for when the plugin was not asked.
    pub(crate) fn limit(&self, endpoint: &ProxmoxEndpoint, row: Option<&Row>) -> ProxmoxEndpoint {
        let limits = self.with_endpoint(endpoint, row).proxmox;
        ProxmoxEndpoint {
            timeout: Some(limits.timeout),
            max_retries: Some(limits.max_retries),
            retry_backoff: Some(limits.retry_backoff),
            ..endpoint.clone()
        }
    }

    /// An endpoint as it is to be connected to: with the limits that hold for it.
    pub fn ready(&self, endpoint: &ProxmoxEndpoint) -> ProxmoxEndpoint {
        self.limit(endpoint, None)
    }

    fn of_endpoint(
        &self,
        setting: &Setting,
        column: &str,
        endpoint: &ProxmoxEndpoint,
        row: Option<&Row>,
    ) -> Option<(Value, Origin)> {
        if self.said.contains(setting.name) {
            return None;
        }
        if let Some(row) = row.filter(|row| row.contains_key(column)) {
            // What cannot be used was said to be unusable when the row was written.
            return Some((setting.read(row, column, &mut Vec::new())?, Origin::PluginEndpoint));
        }
        let stored = setting.read(&stored(endpoint), column, &mut Vec::new())?;
        // The plugin fills in its own settings for what its row leaves open.
        let filled_in = is_pushed(endpoint) && setting.theirs.iter().any(|theirs| theirs.shipped.is(&stored));
        (!filled_in).then_some((stored, Origin::Endpoint))
    }

    /// Who decided a setting.
    pub(crate) fn origin(
        &self,
        setting: &Setting,
        plugin: &Row,
        endpoint: Option<(&ProxmoxEndpoint, Option<&Row>)>,
    ) -> Origin {
        if self.said.contains(setting.name) {
            return Origin::Said;
        }
        let of_endpoint = endpoint
            .zip(setting.column)
            .and_then(|((endpoint, row), column)| self.of_endpoint(setting, column, endpoint, row));
        match of_endpoint {
            Some((_, origin)) => origin,
            None if setting.changed(plugin, &mut Vec::new()).is_some() => Origin::Plugin,
            None => Origin::Default,
        }
    }

    /// Both clients go by the one address policy.
    fn spread(mut self) -> Self {
        self.proxmox.addresses = self.addresses.clone();
        self.netbox.addresses = self.addresses.clone();
        self
    }
}

fn is_pushed(endpoint: &ProxmoxEndpoint) -> bool {
    endpoint.name.contains(" (nb:")
}

/// The limits of a stored endpoint, as a row of the plugin would have them.
fn stored(endpoint: &ProxmoxEndpoint) -> Row {
    let limits = [
        ("timeout", endpoint.timeout.map(|timeout| json!(timeout.as_secs_f64()))),
        ("max_retries", endpoint.max_retries.map(|retries| json!(retries))),
        ("retry_backoff", endpoint.retry_backoff.map(|backoff| json!(backoff.as_secs_f64()))),
    ];
    limits.into_iter().filter_map(|(column, limit)| Some((column.to_owned(), limit?))).collect()
}

fn unusable(field: &str, why: &str) -> Problem {
    Problem::new(
        "sync-plugin-setting-unusable",
        format!("The plugin's setting {field} cannot be used as it is: {why}"),
    )
    .with_hint("Correct it in the plugin's settings in NetBox.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proxbox_model::endpoint::{ProxmoxAuth, TlsPolicy};
    use std::time::Duration;

    fn row(json: Json) -> Row {
        json.as_object().unwrap().clone()
    }

    fn said(name: &str, text: &str) -> SyncSettings {
        let setting = SETTINGS.iter().find(|setting| setting.name == name).unwrap();
        SyncSettings::new([(setting, setting.parse(text).unwrap())])
    }

    fn under(settings: &SyncSettings, plugin: Json) -> (SyncSettings, Vec<Problem>) {
        let mut problems = Vec::new();
        (settings.with_plugin(&row(plugin), &mut problems), problems)
    }

    fn endpoint(name: &str, timeout: Option<u64>) -> ProxmoxEndpoint {
        ProxmoxEndpoint {
            id: 1,
            name: name.into(),
            domain: None,
            ip_address: Some("192.0.2.1".into()),
            port: 8006,
            username: "root@pam".into(),
            auth: ProxmoxAuth::Password("x".to_owned().into()),
            tls: TlsPolicy::Insecure,
            timeout: timeout.map(Duration::from_secs),
            max_retries: None,
            retry_backoff: None,
        }
    }

    fn seconds(settings: &SyncSettings, endpoint: &ProxmoxEndpoint, row: Option<&Row>) -> u64 {
        settings.limit(endpoint, row).timeout.unwrap().as_secs()
    }

    #[test]
    fn what_the_operator_said_goes_before_the_plugin_and_the_plugin_before_the_default() {
        let plugin = json!({"netbox_timeout": 60, "bulk_batch_size": 25});
        let (settings, problems) = under(&said("netbox_timeout", "7"), plugin);
        assert_eq!(settings.netbox.timeout, Duration::from_secs(7));
        assert_eq!(settings.netbox.bulk_batch_size, 25);
        assert_eq!(settings.netbox.max_retries, 5);
        assert!(problems.is_empty());
    }

    #[test]
    fn a_value_as_the_plugin_ships_it_says_nothing() {
        let shipped = json!({"bulk_batch_delay_ms": 500, "proxmox_timeout": 5, "proxmox_max_retries": 0});
        assert_eq!(under(&SyncSettings::default(), shipped).0, SyncSettings::default());
        let changed = json!({"bulk_batch_delay_ms": 100, "proxmox_timeout": 9});
        let settings = under(&SyncSettings::default(), changed).0;
        assert_eq!(settings.netbox.bulk_batch_delay, Duration::from_millis(100));
        assert_eq!(settings.proxmox.timeout, Duration::from_secs(9));
    }

    #[test]
    fn every_setting_of_the_plugin_that_is_changed_has_an_effect() {
        for setting in SETTINGS.iter().chain([EXPOSE_INTERNAL_ERRORS]) {
            for theirs in setting.theirs {
                let value = match theirs.shipped {
                    Shipped::Number(shipped) => json!(shipped + 1.0),
                    Shipped::Switch(shipped) => json!(!shipped),
                    Shipped::Nothing => json!("198.51.100.0/24"),
                };
                let (settings, problems) = under(&SyncSettings::default(), json!({ theirs.name: value }));
                assert_ne!(settings, SyncSettings::default(), "{}", theirs.name);
                assert_ne!(setting.show(&settings), setting.default_text(), "{}", theirs.name);
                assert!(problems.is_empty(), "{problems:?}");
            }
        }
    }

    #[test]
    fn the_older_name_holds_where_the_newer_one_was_left_alone() {
        let plugin = json!({"proxmox_fetch_concurrency": 8, "proxbox_fetch_max_concurrency": 12});
        assert_eq!(under(&SyncSettings::default(), plugin).0.proxmox.concurrency, 12);
    }

    #[test]
    fn a_request_goes_before_the_plugin_and_what_the_operator_said_before_the_request() {
        let plugin = row(json!({"proxmox_fetch_concurrency": 16, "proxbox_fetch_max_concurrency": 8}));
        let asking = |asked| RunOptions { fetch_max_concurrency: Some(asked), ..RunOptions::default() };
        let concurrency = |settings: &SyncSettings, asked| {
            let settings = settings.with_plugin(&plugin, &mut Vec::new());
            settings.with_request(&asking(asked), &plugin).proxmox.concurrency
        };
        assert_eq!(concurrency(&SyncSettings::default(), 3), 3);
        assert_eq!(concurrency(&SyncSettings::default(), 8), 16, "the plugin repeats its setting");
        assert_eq!(concurrency(&said("proxmox_fetch_concurrency", "2"), 3), 2);
    }

    #[test]
    fn odd_values_are_reported_and_fall_through_and_small_ones_are_raised() {
        let plugin = json!({
            "netbox_timeout": "soon", "bulk_batch_size": 0, "netbox_get_cache_max_bytes": 1,
            "explicitly_blocked_ip_ranges": "192.0.2.0/24\noffice",
        });
        let (settings, problems) = under(&SyncSettings::default(), plugin);
        assert_eq!(settings.netbox.timeout, Duration::from_secs(120));
        assert_eq!(settings.netbox.bulk_batch_size, 1);
        assert_eq!(settings.netbox.get_cache_max_bytes, 1024);
        assert_eq!(settings.addresses.blocked.to_string(), "192.0.2.0/24");
        assert_eq!(problems.len(), 2);
        assert!(problems.iter().all(|problem| problem.code == "sync-plugin-setting-unusable"));
    }

    #[test]
    fn the_address_policy_reaches_both_clients() {
        let (settings, _) = under(&SyncSettings::default(), json!({"allow_private_ips": false}));
        assert!(!settings.proxmox.addresses.allow_private && !settings.netbox.addresses.allow_private);
    }

    #[test]
    fn the_plugins_row_of_the_endpoint_goes_before_its_settings() {
        let (settings, _) = under(&SyncSettings::default(), json!({"proxmox_timeout": 9}));
        let lab = endpoint("lab (nb:1)", Some(9));
        assert_eq!(seconds(&settings, &lab, Some(&row(json!({"timeout": 20})))), 20);
        assert_eq!(seconds(&settings, &lab, Some(&row(json!({"timeout": 5})))), 5, "the operator chose it");
        assert_eq!(seconds(&settings, &lab, Some(&row(json!({"timeout": null})))), 9);
        assert_eq!(seconds(&said("proxmox_timeout", "3"), &lab, Some(&row(json!({"timeout": 20})))), 3);
    }

    #[test]
    fn what_is_stored_holds_where_the_plugin_says_nothing_unless_the_plugin_filled_it_in() {
        let settings = SyncSettings::default();
        assert_eq!(seconds(&settings, &endpoint("lab (nb:1)", Some(5)), None), 30);
        assert_eq!(seconds(&settings, &endpoint("lab (nb:1)", Some(20)), None), 20);
        assert_eq!(seconds(&settings, &endpoint("by hand", Some(5)), None), 5);
        assert_eq!(seconds(&settings, &endpoint("by hand", None), None), 30);
    }

    #[test]
    fn the_origin_of_a_value_is_told() {
        let timeout = SETTINGS.iter().find(|setting| setting.name == "proxmox_timeout").unwrap();
        let plugin = row(json!({"proxmox_timeout": 9}));
        let lab = endpoint("by hand", Some(7));
        let (open, set) = (row(json!({"timeout": null})), row(json!({"timeout": 20})));
        let settings = SyncSettings::default();
        assert_eq!(settings.origin(timeout, &Row::new(), None), Origin::Default);
        assert_eq!(settings.origin(timeout, &plugin, None), Origin::Plugin);
        assert_eq!(settings.origin(timeout, &plugin, Some((&lab, Some(&open)))), Origin::Plugin);
        assert_eq!(settings.origin(timeout, &plugin, Some((&lab, Some(&set)))), Origin::PluginEndpoint);
        assert_eq!(settings.origin(timeout, &plugin, Some((&lab, None))), Origin::Endpoint);
        assert_eq!(said("proxmox_timeout", "3").origin(timeout, &plugin, None), Origin::Said);
    }
}

//! What a run does with the objects of one source: what the caller said wins, then the plugin's row of the endpoint, then the
//! plugin's settings, then the defaults.

use crate::plugin::{Plugin, related, text};
use crate::settings::{Explained, Origin};
use proxbox_model::options::{
    AddressFamily, InterfaceStrategy, Kept, OVERWRITE_FLAGS, RunOptions, SYNC_MODES, SyncMode,
};
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeMap;

type Row = Map<String, Json>;

/// The choices for one source.
#[derive(Clone, Debug)]
pub(crate) struct Choices {
    /// What stays of objects that are there already.
    pub(crate) kept: Kept,
    modes: BTreeMap<&'static str, SyncMode>,
    /// What mappers are told, a JSON object.
    pub(crate) options: Json,
}

impl Choices {
    pub(crate) fn new(options: &RunOptions, plugin: Option<&Plugin>, endpoint: Option<&Row>) -> Self {
        let empty = Row::new();
        let says = Says {
            endpoint: endpoint.unwrap_or(&empty),
            settings: plugin.map_or(&empty, |plugin| &plugin.settings),
        };
        let flags = OVERWRITE_FLAGS.iter().map(|flag| {
            let value = options.overwrite.get(flag.name).copied();
            (flag.name.to_owned(), value.or_else(|| says.flag(flag.name)).unwrap_or(flag.default))
        });
        let modes = SYNC_MODES.iter().map(|(name, default)| {
            let value = options.modes.get(*name).copied();
            let said = || SyncMode::parse(&says.text(name)?);
            (*name, value.or_else(said).unwrap_or(*default))
        });
        Self {
            kept: Kept::from_flags(&flags.collect()),
            modes: modes.collect(),
            options: mapping(options, &says, plugin, endpoint),
        }
    }

    /// How far objects of a `sync_mode_*` setting are kept in step.
    pub(crate) fn mode(&self, name: &str) -> SyncMode {
        self.modes.get(name).copied().unwrap_or_default()
    }
}

/// What the plugin says: of this endpoint, else of all.
struct Says<'a> {
    endpoint: &'a Row,
    settings: &'a Row,
}

impl Says<'_> {
    fn find<T>(&self, read: impl Fn(&Row) -> Option<T>) -> Option<(T, Origin)> {
        [(self.endpoint, Origin::PluginEndpoint), (self.settings, Origin::Plugin)]
            .into_iter()
            .find_map(|(row, origin)| Some((read(row)?, origin)))
    }

    fn flag(&self, name: &str) -> Option<bool> {
        self.find(|row| row.get(name)?.as_bool()).map(|(flag, _)| flag)
    }

    fn text(&self, name: &str) -> Option<String> {
        self.find(|row| text(row, name)).map(|(text, _)| text)
    }

    /// The slug of the role that a setting names.
    fn role(&self, plugin: &Plugin, name: &str) -> Option<String> {
        self.find(|row| plugin.role(row, name)).map(|(slug, _)| slug)
    }

    /// The slug of the object that a setting names.
    fn slug(&self, name: &str) -> Option<String> {
        self.find(|row| text(related(row, name)?, "slug")).map(|(slug, _)| slug)
    }
}

/// Names of the choices of mapping that are a yes or no; yes when nobody says.
const MAPPING_FLAGS: [&str; 2] = ["use_guest_agent_interface_name", "ignore_ipv6_link_local_addresses"];

/// Each choice that a run makes when its request leaves it open, and who decided it.
pub(crate) fn explain(plugin: Option<&Plugin>, endpoint: Option<&Row>) -> Vec<Explained> {
    let empty = Row::new();
    let says = Says {
        endpoint: endpoint.unwrap_or(&empty),
        settings: plugin.map_or(&empty, |plugin| &plugin.settings),
    };
    let told = |name, said: Option<(String, Origin)>, default: &str| {
        let (value, origin) = said.unwrap_or_else(|| (default.to_owned(), Origin::Default));
        Explained { name, value, origin, unused: None }
    };
    let flag = |name, default| {
        told(name, says.find(|row| row.get(name)?.as_bool().map(yes_or_no)), &yes_or_no(default))
    };
    let word = |name, default| told(name, says.find(|row| text(row, name)), default);
    let slug = |name| told(name, says.find(|row| text(related(row, name)?, "slug")), "");
    let role = |name| told(name, says.find(|row| plugin?.role(row, name)), "");
    let mode = |name, default: SyncMode| {
        told(
            name,
            says.find(|row| Some(SyncMode::parse(&text(row, name)?)?.as_str().into())),
            default.as_str(),
        )
    };
    MAPPING_FLAGS
        .iter()
        .map(|name| flag(name, true))
        .chain([
            word("vm_interface_sync_strategy", InterfaceStrategy::default().as_str()),
            word("primary_ip_preference", AddressFamily::default().as_str()),
            word("node_device_name_template", ""),
            slug("site"),
            slug("tenant"),
            role("default_role_qemu"),
            role("default_role_lxc"),
        ])
        .chain(SYNC_MODES.iter().map(|(name, default)| mode(name, *default)))
        .chain(OVERWRITE_FLAGS.iter().map(|choice| flag(choice.name, choice.default)))
        .collect()
}

fn yes_or_no(flag: bool) -> String {
    if flag { "yes" } else { "no" }.to_owned()
}

fn mapping(options: &RunOptions, says: &Says<'_>, plugin: Option<&Plugin>, endpoint: Option<&Row>) -> Json {
    let chosen = &options.mapping;
    let strategy = chosen
        .vm_interface_sync_strategy
        .or_else(|| InterfaceStrategy::parse(&says.text("vm_interface_sync_strategy")?))
        .unwrap_or_default();
    let family = chosen
        .primary_ip_preference
        .or_else(|| AddressFamily::parse(&says.text("primary_ip_preference")?))
        .unwrap_or_default();
    let flag = |chosen: Option<bool>, name| chosen.or_else(|| says.flag(name)).unwrap_or(true);
    let mut told = json!({
        "use-guest-agent-interface-name":
            flag(chosen.use_guest_agent_interface_name, "use_guest_agent_interface_name"),
        "vm-interface-sync-strategy": strategy.as_str(),
        "ignore-ipv6-link-local-addresses":
            flag(chosen.ignore_ipv6_link_local_addresses, "ignore_ipv6_link_local_addresses"),
        "primary-ip-preference": family.as_str(),
    });
    let named = [
        ("device-name-template", says.text("node_device_name_template")),
        ("site", says.slug("site")),
        ("tenant", says.slug("tenant")),
        ("role-qemu", plugin.and_then(|plugin| says.role(plugin, "default_role_qemu"))),
        ("role-lxc", plugin.and_then(|plugin| says.role(plugin, "default_role_lxc"))),
    ];
    for (name, value) in named {
        if let (Some(value), Some(told)) = (value, told.as_object_mut()) {
            told.insert(name.to_owned(), value.into());
        }
    }
    let roles =
        plugin.zip(endpoint).map(|(plugin, endpoint)| node_roles(plugin, endpoint)).unwrap_or_default();
    if let (false, Some(told)) = (roles.is_empty(), told.as_object_mut()) {
        told.insert("node-roles".to_owned(), Json::Object(roles));
    }
    told
}

/// By node, the roles of its guests by sort.
fn node_roles(plugin: &Plugin, endpoint: &Row) -> Map<String, Json> {
    let Some(id) = endpoint.get("id").and_then(Json::as_u64) else { return Map::new() };
    let roles = plugin.nodes_of(id).filter_map(|row| {
        let role = |field| plugin.role(row, field);
        let roles: Map<String, Json> =
            [("qemu", role("default_role_qemu")), ("lxc", role("default_role_lxc"))]
                .into_iter()
                .filter_map(|(sort, slug)| Some((sort.to_owned(), slug?.into())))
                .collect();
        (!roles.is_empty()).then_some((text(row, "name")?, Json::Object(roles)))
    });
    roles.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proxbox_model::options::Part;

    fn row(json: Json) -> Row {
        json.as_object().unwrap().clone()
    }

    fn plugin(settings: Json) -> Plugin {
        let mut plugin = Plugin::default();
        plugin.settings = row(settings);
        plugin
    }

    #[test]
    fn the_caller_wins_over_the_endpoint_and_the_endpoint_over_the_settings() {
        let plugin = plugin(
            json!({"sync_mode_vm": "disabled", "sync_mode_mac": "disabled", "sync_mode_node": "disabled"}),
        );
        let endpoint = row(
            json!({"id": 1, "sync_mode_vm": "always", "sync_mode_mac": null, "sync_mode_node": "always"}),
        );
        let mut options = RunOptions::default();
        options.modes.insert("sync_mode_node".into(), SyncMode::BootstrapOnly);
        let choices = Choices::new(&options, Some(&plugin), Some(&endpoint));
        assert_eq!(choices.mode("sync_mode_vm"), SyncMode::Always);
        assert_eq!(choices.mode("sync_mode_mac"), SyncMode::Disabled);
        assert_eq!(choices.mode("sync_mode_node"), SyncMode::BootstrapOnly);
        assert_eq!(choices.mode("sync_mode_sdn"), SyncMode::Disabled);
    }

    #[test]
    fn flags_come_from_the_plugin_when_the_caller_says_nothing() {
        let plugin = plugin(json!({"overwrite_vm_role": false, "overwrite_vm_platform": true}));
        let choices = Choices::new(&RunOptions::default(), Some(&plugin), None);
        assert!(choices.kept.keeps("virtualization.virtualmachine", Part::Field("role")));
        assert!(!choices.kept.keeps("virtualization.virtualmachine", Part::Field("platform")));
    }

    #[test]
    fn every_choice_is_explained_with_who_decided_it() {
        let plugin = plugin(json!({"sync_mode_vm": "disabled", "overwrite_vm_role": false}));
        let endpoint = row(json!({"id": 1, "overwrite_vm_role": true, "site": {"id": 9, "slug": "dc1"}}));
        let told = explain(Some(&plugin), Some(&endpoint));
        let of = |name: &str| {
            let one = told.iter().find(|one| one.name == name).unwrap();
            (one.value.clone(), one.origin)
        };
        assert_eq!(of("sync_mode_vm"), ("disabled".into(), Origin::Plugin));
        assert_eq!(of("overwrite_vm_role"), ("yes".into(), Origin::PluginEndpoint));
        assert_eq!(of("overwrite_vm_platform"), ("no".into(), Origin::Default));
        assert_eq!(of("site"), ("dc1".into(), Origin::PluginEndpoint));
        assert_eq!(of("primary_ip_preference"), ("ipv4".into(), Origin::Default));
    }

    #[test]
    fn mappers_are_told_slugs_and_plain_values() {
        let plugin = plugin(json!({
            "primary_ip_preference": {"value": "ipv6", "label": "IPv6"}, "default_role_qemu": {"id": 3, "slug": "vm"},
            "node_device_name_template": "{node}.lab",
        }));
        let endpoint = row(
            json!({"id": 1, "site": {"id": 9, "slug": "dc1"}, "tenant": null, "node_device_name_template": ""}),
        );
        let told = Choices::new(&RunOptions::default(), Some(&plugin), Some(&endpoint)).options;
        assert_eq!(told["primary-ip-preference"], "ipv6");
        assert_eq!(told["role-qemu"], "vm");
        assert_eq!(told["site"], "dc1");
        assert_eq!(told["device-name-template"], "{node}.lab");
        assert!(told.get("tenant").is_none());
        assert_eq!(told["use-guest-agent-interface-name"], true);
    }
}

//! The parameters of syncs, as the OpenAPI document describes them.

use proxbox_model::options::{OVERWRITE_FLAGS, SYNC_MODES, SyncMode};
use serde_json::Value;
use utoipa::IntoParams;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, Type};

/// The names of [`SyncMode`] on the wire.
pub(super) const MODES: &[&str] = &["always", "bootstrap_only", "disabled"];
/// The names of interface strategies on the wire.
pub(super) const STRATEGIES: &[&str] = &["guest_os_model", "legacy_rename"];
/// The names of address families on the wire.
pub(super) const FAMILIES: &[&str] = &["ipv4", "ipv6"];
/// Requests to a Proxmox endpoint at a time that a caller may ask for; more is taken as the most.
pub(super) const MOST_CONCURRENT: i64 = 64;

/// What a parameter takes.
#[derive(Clone, Copy)]
pub(super) enum Takes {
    Text,
    Whole { least: usize, most: Option<usize> },
    Switch,
    OneOf(&'static [&'static str]),
}

/// A parameter with its description.
pub(super) struct Described(pub(super) &'static str, pub(super) Takes, pub(super) &'static str);

const ANY_ID: Takes = Takes::Whole { least: 0, most: None };
const CONCURRENT: Takes = Takes::Whole { least: 1, most: Some(MOST_CONCURRENT as usize) };

/// Parameters of every sync, besides the flags and the modes.
const COMMON: &[Described] = &[
    Described(
        "proxmox_endpoint_ids",
        Takes::Text,
        "Proxmox endpoints, comma-separated ids of this service or of the plugin; all that are enabled when not given.",
    ),
    Described("endpoint_ids", Takes::Text, "The same; `proxmox_endpoint_ids` wins."),
    Described("name", Takes::Text, "The Proxmox endpoint of exactly this name."),
    Described("domain", Takes::Text, "The Proxmox endpoints of exactly this host name."),
    Described("ip_address", Takes::Text, "The Proxmox endpoints of exactly this address."),
    Described("netbox_id", ANY_ID, "The NetBox endpoint; the only one when not given."),
    Described("source", Takes::Text, "`database`. Other sources do not hand out credentials."),
    Described("dry_run", Takes::Switch, "Find out what would be done, and write nothing."),
    Described(
        "quick",
        Takes::Switch,
        "Look only at guests that may have changed since the last run that synced everything; of full updates. What its lists do not \
         tell (settings of containers, addresses inside guests, edits in NetBox) is found by the next run without it.",
    ),
    Described(
        "netbox_vm_ids",
        Takes::Text,
        "Only the guests of these virtual machines, comma-separated ids of NetBox; all when not given.",
    ),
    Described(
        "fetch_max_concurrency",
        CONCURRENT,
        "Requests to each Proxmox endpoint at a time; more than 64 is taken as 64.",
    ),
    Described(
        "use_guest_agent_interface_name",
        Takes::Switch,
        "Name interfaces as the guest agent does, with the strategy `legacy_rename`.",
    ),
    Described(
        "vm_interface_sync_strategy",
        Takes::OneOf(STRATEGIES),
        "Whether interfaces keep Proxmox's names, or take those that the guest knows.",
    ),
    Described("ignore_ipv6_link_local_addresses", Takes::Switch, "Leave IPv6 link-local addresses out."),
    Described(
        "primary_ip_preference",
        Takes::OneOf(FAMILIES),
        "The family of a guest's primary address where it has both.",
    ),
    Described("sync_vm_interface_macs", Takes::Switch, "False is the same as `sync_mode_mac=disabled`."),
    Described(
        "assign_vm_interface_ips",
        Takes::Switch,
        "False is the same as `sync_mode_ip_address=disabled`.",
    ),
    Described(
        "delete_nonexistent_backup",
        Takes::Switch,
        "Remove backups from NetBox that are gone from a storage that was read in full; false when not given.",
    ),
    Described(
        "delete_nonexistent_snapshot",
        Takes::Switch,
        "Remove snapshots from NetBox that are gone from a guest that was read in full; false when not given.",
    ),
    Described("run_id", Takes::Text, "Accepted from clients that send it. Runs have ids of their own."),
    Described(
        "parse_description_metadata",
        Takes::Switch,
        "Accepted from clients that send it. Descriptions are not searched for metadata.",
    ),
];

/// The parameters of every sync.
pub(super) struct SyncParams;

impl IntoParams for SyncParams {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let flags = OVERWRITE_FLAGS.iter().map(|flag| {
            let text = "Whether a value that is in NetBox already may be overwritten. The plugin's settings decide \
                        when not given.";
            parameter(flag.name, Takes::Switch, text, Some(flag.default.into()))
        });
        let modes = SYNC_MODES.iter().map(|(name, default)| {
            let text = "How far objects of this type are kept in step: created and updated, only created, or left \
                        out. The plugin's settings decide when not given.";
            parameter(name, Takes::OneOf(MODES), text, Some(mode_name(*default).into()))
        });
        COMMON.iter().map(Described::parameter).chain(flags).chain(modes).collect()
    }
}

fn mode_name(mode: SyncMode) -> &'static str {
    MODES.iter().find(|name| SyncMode::parse(name) == Some(mode)).copied().unwrap_or_default()
}

impl Described {
    /// As the document describes it.
    pub(super) fn parameter(&self) -> Parameter {
        parameter(self.0, self.1, self.2, None)
    }
}

fn parameter(name: &str, takes: Takes, text: &str, default: Option<Value>) -> Parameter {
    let schema = ObjectBuilder::new().default(default);
    let schema = match takes {
        Takes::Text => schema.schema_type(Type::String),
        Takes::Switch => schema.schema_type(Type::Boolean),
        Takes::OneOf(words) => schema.schema_type(Type::String).enum_values(Some(words.iter().copied())),
        Takes::Whole { least, most } => schema.schema_type(Type::Integer).minimum(Some(least)).maximum(most),
    };
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Query)
        .description(Some(text))
        .schema(Some(schema.build()))
        .build()
}

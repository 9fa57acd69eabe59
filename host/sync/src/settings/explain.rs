//! Every value that a run would go by, and who decided it.

use super::table::NOT_USED;
use super::{Origin, SETTINGS, SyncSettings};
use crate::choices;
use crate::plugin::{self, Plugin};
use proxbox_model::endpoint::ProxmoxEndpoint;
use proxbox_model::problem::Problem;
use proxbox_netbox::{Netbox, NetboxError};
use serde_json::{Map, Value as Json};

/// What the plugin said when it was asked.
pub struct Asked(Plugin);

/// A value, and who decided it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explained {
    /// Name of the setting.
    pub name: &'static str,
    /// Its value; empty when it has none.
    pub value: String,
    /// Who decided.
    pub origin: Origin,
    /// Why this service does not go by it.
    pub unused: Option<&'static str>,
}

impl Asked {
    /// Asks the plugin of that NetBox what it asks for in a run; none when it is not installed. What may not be read is told.
    ///
    /// # Errors
    /// When NetBox cannot be reached or does not accept the token.
    pub async fn of(netbox: &Netbox) -> Result<(Option<Self>, Vec<Problem>), NetboxError> {
        let capabilities = netbox.probe().await?;
        let mut problems = capabilities.problems.clone();
        if !plugin::is_installed(&capabilities) {
            return Ok((None, problems));
        }
        let plugin = Plugin::read(netbox, &mut problems).await?;
        Ok((Some(Self(plugin)), problems))
    }
}

/// Every value that a run would go by: for one endpoint, or where no endpoint says otherwise. What the plugin says that cannot
/// be used is added to the problems.
pub fn explain(
    settings: &SyncSettings,
    asked: Option<&Asked>,
    endpoint: Option<&ProxmoxEndpoint>,
    problems: &mut Vec<Problem>,
) -> (SyncSettings, Vec<Explained>) {
    let plugin = asked.map(|asked| &asked.0);
    let empty = Map::new();
    let theirs = plugin.map_or(&empty, |plugin| &plugin.settings);
    let row = endpoint.and_then(|endpoint| plugin?.endpoint(endpoint));
    let mut held = settings.with_plugin(theirs, problems);
    if let Some(endpoint) = endpoint {
        held = held.with_endpoint(endpoint, row);
    }
    let of_endpoint = endpoint.map(|endpoint| (endpoint, row));
    let told = SETTINGS.iter().chain([super::EXPOSE_INTERNAL_ERRORS]).map(|setting| Explained {
        name: setting.name,
        value: setting.show(&held),
        origin: settings.origin(setting, theirs, of_endpoint),
        unused: None,
    });
    let mut told: Vec<Explained> = told.collect();
    told.extend(choices::explain(plugin, row));
    told.extend(not_used(theirs));
    (held, told)
}

fn not_used(theirs: &Map<String, Json>) -> impl Iterator<Item = Explained> {
    NOT_USED.iter().filter_map(|(name, why)| {
        let value = match theirs.get(*name)? {
            Json::String(text) => text.clone(),
            Json::Null => String::new(),
            other => other.to_string(),
        };
        Some(Explained { name, value, origin: Origin::Plugin, unused: Some(why) })
    })
}

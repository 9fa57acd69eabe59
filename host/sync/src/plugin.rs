//! What the NetBox plugin knows of the endpoints and wants of a sync.

use proxbox_model::Problem;
use proxbox_model::endpoint::ProxmoxEndpoint;
use proxbox_netbox::{Capabilities, Netbox, NetboxError};
use serde_json::{Map, Value as Json};
use std::collections::BTreeMap;

type Row = Map<String, Json>;

const SETTINGS: &str = "plugins/proxbox/settings";
const RUNTIME_SETTINGS: &str = "plugins/proxbox/settings/runtime";
const ENDPOINTS: &str = "plugins/proxbox/endpoints/proxmox";
const NODES: &str = "plugins/proxbox/proxmox-nodes";

/// Settings and rows of the plugin.
#[derive(Clone, Debug, Default)]
pub(crate) struct Plugin {
    /// What its settings page says; empty when it may not be read.
    pub(crate) settings: Row,
    endpoints: Vec<Row>,
    nodes: Vec<Row>,
    /// Slugs of device roles by id; only read when a default role is set.
    roles: BTreeMap<u64, String>,
}

/// Where the plugin keeps default roles. It gives them as bare ids.
const ROLES: [&str; 2] = ["default_role_qemu", "default_role_lxc"];

impl Plugin {
    /// Reads what concerns a sync. What the token may not read is reported and left out.
    pub(crate) async fn read(netbox: &Netbox, problems: &mut Vec<Problem>) -> Result<Self, NetboxError> {
        let settings = match settings(netbox).await {
            Err(error) if is_closed(&error) => {
                problems.push(closed("its settings", &error));
                Row::new()
            }
            settings => settings?,
        };
        let mut plugin = Self {
            settings,
            endpoints: rows(netbox, ENDPOINTS, "its Proxmox endpoints", problems).await?,
            nodes: rows(netbox, NODES, "its Proxmox nodes", problems).await?,
            roles: BTreeMap::new(),
        };
        if plugin.names_roles() {
            let rows = rows(netbox, "dcim/device-roles", "the device roles", problems).await?;
            let role = |row: &Row| Some((row.get("id")?.as_u64()?, text(row, "slug")?));
            plugin.roles = rows.iter().filter_map(role).collect();
        }
        Ok(plugin)
    }

    fn names_roles(&self) -> bool {
        let names = |row: &Row| ROLES.iter().any(|field| row.get(*field).is_some_and(|role| !role.is_null()));
        names(&self.settings) || self.endpoints.iter().any(names) || self.nodes.iter().any(names)
    }

    /// The slug of the role that a row names.
    pub(crate) fn role(&self, row: &Row, field: &str) -> Option<String> {
        match row.get(field)? {
            Json::Object(role) => text(role, "slug"),
            id => self.roles.get(&id.as_u64()?).cloned(),
        }
    }

    /// The plugin's row of an endpoint: by the number that the plugin puts behind the name, else by host, else by name.
    pub(crate) fn endpoint(&self, endpoint: &ProxmoxEndpoint) -> Option<&Row> {
        let numbered = number(&endpoint.name).and_then(|number| {
            self.endpoints.iter().find(|row| row.get("id").and_then(Json::as_u64) == Some(number))
        });
        let one = |fits: &dyn Fn(&Row) -> bool| {
            let mut found = self.endpoints.iter().filter(|row| fits(row));
            match (found.next(), found.next()) {
                (Some(row), None) => Some(row),
                _ => None,
            }
        };
        let port = |row: &Row| {
            row.get("port").and_then(Json::as_u64).is_none_or(|port| port == u64::from(endpoint.port))
        };
        let same = |row: &Row, field: &str, host: &Option<String>| {
            let host = host.as_deref().filter(|host| !host.is_empty());
            host.is_some_and(|host| text(row, field).is_some_and(|held| held.eq_ignore_ascii_case(host)))
        };
        numbered
            .or_else(|| one(&|row| same(row, "domain", &endpoint.domain) && port(row)))
            .or_else(|| one(&|row| same(row, "ip_address", &endpoint.ip_address) && port(row)))
            .or_else(|| one(&|row| text(row, "name").as_deref() == Some(endpoint.name.as_str())))
    }

    /// The rows of an endpoint's nodes.
    pub(crate) fn nodes_of(&self, endpoint: u64) -> impl Iterator<Item = &Row> {
        self.nodes.iter().filter(move |row| {
            related(row, "endpoint").and_then(|row| row.get("id")?.as_u64()) == Some(endpoint)
        })
    }
}

/// A text of a row; of an address, the address without its prefix length.
pub(crate) fn text(row: &Row, field: &str) -> Option<String> {
    let text = match row.get(field)? {
        Json::String(text) => text.as_str(),
        Json::Object(nested) => nested.get("address").or_else(|| nested.get("value"))?.as_str()?,
        _ => return None,
    };
    let text = if field == "ip_address" { text.split('/').next().unwrap_or(text) } else { text };
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// The object that a row refers to.
pub(crate) fn related<'a>(row: &'a Row, field: &str) -> Option<&'a Row> {
    row.get(field)?.as_object()
}

/// The number in `lab (nb:7)`.
fn number(name: &str) -> Option<u64> {
    name.trim_end().strip_suffix(')')?.rsplit_once("(nb:")?.1.trim().parse().ok()
}

async fn settings(netbox: &Netbox) -> Result<Row, NetboxError> {
    match netbox.get_fresh(RUNTIME_SETTINGS).await {
        Ok(Json::Object(settings)) => Ok(settings),
        Ok(_) | Err(NetboxError::NotFound { .. }) => {
            Ok(netbox.every_row(SETTINGS, &[]).await?.into_iter().next().unwrap_or_default())
        }
        Err(error) => Err(error),
    }
}

/// The plugin's settings; none when there is no plugin or they may not be read.
pub(crate) async fn settings_if_open(netbox: &Netbox) -> Result<Option<Row>, NetboxError> {
    match settings(netbox).await {
        Err(error) if is_closed(&error) => Ok(None),
        settings => settings.map(Some),
    }
}

async fn rows(
    netbox: &Netbox,
    path: &str,
    what: &str,
    problems: &mut Vec<Problem>,
) -> Result<Vec<Row>, NetboxError> {
    match netbox.every_row(path, &[]).await {
        Err(error) if is_closed(&error) => {
            problems.push(closed(what, &error));
            Ok(Vec::new())
        }
        rows => rows,
    }
}

fn is_closed(error: &NetboxError) -> bool {
    matches!(error, NetboxError::Forbidden { .. } | NetboxError::NotFound { .. })
}

fn closed(what: &str, error: &NetboxError) -> Problem {
    let mut problem = Problem::new(
        "sync-plugin-closed",
        format!("The netbox-proxbox plugin is installed, but {what} cannot be read; the defaults are used"),
    )
    .with_hint("Give the token's user permission to view them.");
    problem.causes.push(error.to_string());
    problem
}

/// Whether the plugin is there at all.
pub(crate) fn is_installed(capabilities: &Capabilities) -> bool {
    capabilities.plugin().is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proxbox_model::endpoint::{ProxmoxAuth, TlsPolicy};
    use serde_json::json;

    fn endpoint(name: &str, domain: Option<&str>, ip: Option<&str>) -> ProxmoxEndpoint {
        ProxmoxEndpoint {
            id: 1,
            name: name.into(),
            domain: domain.map(Into::into),
            ip_address: ip.map(Into::into),
            port: 8006,
            username: "root@pam".into(),
            auth: ProxmoxAuth::Password("x".to_owned().into()),
            tls: TlsPolicy::Insecure,
            timeout: None,
            max_retries: None,
            retry_backoff: None,
        }
    }

    fn plugin() -> Plugin {
        let rows = json!([
            {"id": 7, "name": "lab", "domain": "pve.lab", "port": 8006, "ip_address": null},
            {"id": 8, "name": "prod", "domain": "", "port": 8006, "ip_address": {"id": 3, "address": "192.0.2.1/24"}},
        ]);
        Plugin { endpoints: serde_json::from_value(rows).unwrap(), ..Plugin::default() }
    }

    fn found(endpoint: &ProxmoxEndpoint) -> Option<u64> {
        plugin().endpoint(endpoint)?.get("id")?.as_u64()
    }

    #[test]
    fn the_number_behind_the_name_says_which_row_it_is() {
        assert_eq!(found(&endpoint("x (nb:8)", Some("pve.lab"), None)), Some(8));
    }

    #[test]
    fn without_a_number_the_host_says_it_then_the_name() {
        assert_eq!(found(&endpoint("x", Some("PVE.lab"), None)), Some(7));
        assert_eq!(found(&endpoint("x", None, Some("192.0.2.1"))), Some(8));
        assert_eq!(found(&endpoint("lab", Some("elsewhere"), None)), Some(7));
    }

    #[test]
    fn the_only_row_is_not_taken_for_an_endpoint_that_it_does_not_name() {
        let mut plugin = plugin();
        plugin.endpoints.truncate(1);
        assert!(plugin.endpoint(&endpoint("x", Some("elsewhere"), None)).is_none());
    }

    #[test]
    fn of_several_rows_none_is_guessed() {
        assert_eq!(found(&endpoint("x", Some("elsewhere"), None)), None);
    }
}

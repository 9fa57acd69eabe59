//! Objects of the plugin that its own job or its operator makes.

use serde_json::{Value, json};

use super::FakeNetbox;
use super::store::Values;

impl FakeNetbox {
    /// Enters a Proxmox endpoint of the plugin by name, host (a name or an address) and port, and returns its id.
    ///
    /// # Errors
    /// NetBox's answer, when it refuses the endpoint or has no plugin.
    pub fn seed_plugin_endpoint(&self, name: &str, host: &str, port: u16) -> Result<u64, Value> {
        let mut endpoint = json!({ "name": name, "port": port, "mode": "undefined" });
        let (field, value) = match host.parse::<std::net::IpAddr>() {
            Ok(address) => ("ip_address", self.seed_address(address)?.into()),
            Err(_) => ("domain", Value::from(host)),
        };
        if let Value::Object(endpoint) = &mut endpoint {
            endpoint.insert(field.to_owned(), value);
        }
        self.seed("plugins/proxbox/endpoints/proxmox", &endpoint)
    }

    /// Enters the row that the plugin's job makes for a Proxmox cluster, and returns its id. The mode is `cluster`,
    /// `standalone` or `undefined`.
    ///
    /// # Errors
    /// NetBox's answer, when it refuses the row or has no plugin.
    pub fn seed_plugin_cluster(&self, endpoint: u64, name: &str, mode: &str) -> Result<u64, Value> {
        let row = json!({ "endpoint": endpoint, "name": name, "mode": mode });
        self.seed("plugins/proxbox/proxmox-clusters", &row)
    }

    /// Enters the row that the plugin's job makes for a Proxmox node, and returns its id.
    ///
    /// # Errors
    /// NetBox's answer, when it refuses the row or has no plugin.
    pub fn seed_plugin_node(&self, endpoint: u64, cluster: u64, name: &str, ip: &str) -> Result<u64, Value> {
        let row = json!({
            "endpoint": endpoint, "proxmox_cluster": cluster, "name": name, "ip_address": ip, "online": true,
        });
        self.seed("plugins/proxbox/proxmox-nodes", &row)
    }

    /// Changes fields of the plugin's settings, and returns them as NetBox shows them.
    ///
    /// # Errors
    /// NetBox's answer, when it refuses a value or has no plugin.
    pub fn plugin_settings(&self, fields: &Value) -> Result<Value, Value> {
        self.change("plugins/proxbox/settings/1", fields)
    }

    fn seed_address(&self, address: std::net::IpAddr) -> Result<u64, Value> {
        let length = if address.is_ipv4() { 32 } else { 128 };
        let text = format!("{address}/{length}");
        let known = self.find("ipam.ipaddress", "address", &text);
        let known = known.as_ref().and_then(Value::as_object).map(Values::own_id);
        known.map_or_else(|| self.seed("ipam/ip-addresses", &json!({ "address": text })), Ok)
    }

    fn seed(&self, path: &str, body: &Value) -> Result<u64, Value> {
        let object = self.insert(path, body)?;
        Ok(object.as_object().map(Values::own_id).unwrap_or_default())
    }
}

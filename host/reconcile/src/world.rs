//! What kind of NetBox the drafts are for.

use proxbox_model::Identity;
use proxbox_model::options::Kept;
use std::collections::{BTreeMap, HashMap};

/// Where NetBox keeps what Proxmox says beyond NetBox's own fields.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Records {
    /// Nowhere but in the custom fields that hold identity: there is no plugin.
    #[default]
    Identity,
    /// In custom fields, all of which the older plugin knows.
    CustomFields,
    /// In the sync-state rows of the current plugin.
    Sidecars,
}

/// A Proxmox endpoint as the plugin and this service know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndpointRow {
    /// NetBox id of the plugin's row.
    pub id: u64,
    /// Row in the store of this service.
    pub stored: i64,
    /// What Proxmox calls the cluster, as the plugin's row of it does.
    pub cluster: String,
}

/// The target of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct World {
    /// Where records go.
    pub records: Records,
    /// By source, the plugin's endpoint; none where it has no row.
    pub endpoints: BTreeMap<String, EndpointRow>,
    /// By source, the parts of existing objects that stay, where they are others than the run's.
    pub kept: BTreeMap<String, Kept>,
    /// By guest, its SMBIOS UUID when it was last synced.
    pub uuids: HashMap<Identity, String>,
    /// The run's clock, seconds since the Unix epoch.
    pub now: u64,
}

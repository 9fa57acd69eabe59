//! One run brings everything of a cluster into NetBox with the current plugin, and the next one writes nothing.
//!
//! The run is made once; each claim compares NetBox with the cluster's own data.

mod backups;
mod budget;
mod devices;
mod disks;
mod estate;
mod inside;
mod interfaces;
mod jobs;
mod machines;
mod outcomes;
mod snapshots;
mod tasks;

use proxbox_fakes::fleet::{Agent, Fleet, Guest, GuestKind, GuestStatus};
use proxbox_model::report::RunReport;
use proxbox_tests::{Lab, Snapshot};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::OnceCell;

/// What was found after the run.
struct Whole {
    fleet: Fleet,
    netbox: Snapshot,
    /// Virtual machines by vmid, by the plugin's rows.
    machines: BTreeMap<u32, u64>,
    first: Arc<RunReport>,
    second: Arc<RunReport>,
    /// NetBox after the second run.
    then: Snapshot,
}

static WHOLE: OnceCell<Arc<Whole>> = OnceCell::const_new();

/// Both runs and what they left.
async fn whole() -> Arc<Whole> {
    WHOLE.get_or_init(run).await.clone()
}

async fn run() -> Arc<Whole> {
    let lab = Lab::with_plugin(2, 100).await;
    let fleet = lab.fleet();
    let first = lab.sync().await;
    let netbox = lab.look().await;
    let second = lab.sync().await;
    let then = lab.look().await;
    let rows = netbox.of("plugins/proxbox/sync-state/virtual-machines/");
    let machine = |row: &Json| {
        let vmid = u32::try_from(row["proxmox_vm_id"].as_u64()?).ok()?;
        Some((vmid, row["virtual_machine"]["id"].as_u64()?))
    };
    let machines = rows.filter_map(machine).collect();
    Arc::new(Whole { fleet, netbox, machines, first, second, then })
}

impl Whole {
    /// The virtual machine of a guest.
    fn machine(&self, vmid: u32) -> &Json {
        let id = self.machines.get(&vmid).unwrap_or_else(|| panic!("no virtual machine of vmid {vmid}"));
        self.netbox.get("virtualization/virtual-machines/", *id).unwrap()
    }

    /// The only object of a list that fits; null when there is none.
    fn one(&self, path: &'static str, fits: impl Fn(&Json) -> bool) -> &Json {
        let mut found = self.netbox.of(path).filter(|object| fits(object));
        match (found.next(), found.next()) {
            (Some(one), None) => one,
            (Some(_), Some(_)) => panic!("two objects of {path} fit"),
            (None, _) => &Json::Null,
        }
    }

    /// Objects of a list that belong to a guest's virtual machine.
    fn of_guest(&self, path: &'static str, vmid: u32) -> Vec<&Json> {
        let id = json!(self.machines.get(&vmid));
        self.netbox.of(path).filter(|object| object["virtual_machine"]["id"] == id).collect()
    }

    /// The interface of a guest's virtual machine that stands for a network line.
    fn interface(&self, guest: &Guest, number: u32) -> &Json {
        let name = interface_name(guest, number);
        let own = self.of_guest("virtualization/interfaces/", guest.vmid);
        own.into_iter().find(|interface| interface["name"] == name).unwrap_or(&Json::Null)
    }

    /// The row of a storage.
    fn storage(&self, name: &str) -> &Json {
        self.one("plugins/proxbox/storage/", |storage| storage["name"] == name)
    }

    /// The interface of a node.
    fn port(&self, node: &str, name: &str) -> &Json {
        self.one("dcim/interfaces/", |port| port["device"]["name"] == node && port["name"] == name)
    }

    /// The plugin's own row of a node.
    fn node_row(&self, name: &str) -> &Json {
        self.one("plugins/proxbox/proxmox-nodes/", |row| row["name"] == name)
    }

    /// The plugin's row of the endpoint.
    fn endpoint(&self) -> &Json {
        self.one("plugins/proxbox/endpoints/proxmox/", |_| true)
    }
}

/// A container's interface has its name inside; a virtual machine's is that of the line.
fn interface_name(guest: &Guest, number: u32) -> String {
    guest.nics[&number].name.clone().unwrap_or_else(|| format!("net{number}"))
}

/// Whether the guest itself says its interfaces.
fn speaks(guest: &Guest) -> bool {
    let runs = guest.status == GuestStatus::Running && !guest.template;
    runs && (guest.kind == GuestKind::Lxc || guest.agent == Agent::Answers)
}

/// Whether NetBox shows a moment, in UTC.
fn is_moment(shown: &Json, seconds: Option<u64>) -> bool {
    match (shown.as_str(), seconds) {
        (Some(text), Some(_)) => text.ends_with('Z') && seconds_of(text) == seconds,
        (None, None) => shown.is_null(),
        _ => false,
    }
}

/// `2026-01-01T00:00:00Z` as seconds since the Unix epoch.
fn seconds_of(text: &str) -> Option<u64> {
    let numbers: Vec<u64> =
        text.split(['-', 'T', ':', '.', 'Z']).map_while(|number| number.parse().ok()).collect();
    let [year, month, day, hour, minute, second, ..] = numbers[..] else { return None };
    // Years that begin in March, so that the leap day is the last one.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = year * 365 + year / 4 - year / 100 + year / 400 + (month * 153 + 2) / 5 + day - 1;
    Some(((days - 719_468) * 24 + hour) * 3600 + minute * 60 + second)
}

/// Null for a text that says nothing.
fn text_or_null(text: &str) -> Json {
    if text.is_empty() { Json::Null } else { text.into() }
}

//! What a run covers: which stages this NetBox can take, what must be read for them, and which guests are meant.

use proxbox_model::kind::{self, Kind};
use proxbox_model::report::Stage;
use proxbox_model::{Identity, Problem, SourceObject};
use proxbox_netbox::{Capabilities, Netbox, NetboxError};
use proxbox_proxmox::Parts;
use proxbox_reconcile::identities;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Stages whose objects only the plugin can hold, and the kind that they become.
const OF_THE_PLUGIN: [(Stage, &str); 6] = [
    (Stage::Storage, "netbox_proxbox.proxmoxstorage"),
    (Stage::Backups, "netbox_proxbox.vmbackup"),
    (Stage::Snapshots, "netbox_proxbox.vmsnapshot"),
    (Stage::BackupRoutines, "netbox_proxbox.backuproutine"),
    (Stage::Replications, "netbox_proxbox.replication"),
    (Stage::TaskHistory, "netbox_proxbox.vmtaskhistory"),
];

/// What a run covers.
#[derive(Clone, Debug)]
pub(crate) struct Coverage {
    /// Stages that were asked for and that this NetBox can take.
    stages: BTreeSet<Stage>,
    /// Whether NetBox holds cloud-init settings.
    pub(crate) cloud_init: bool,
    /// Whether NetBox holds what guests say of their interfaces.
    pub(crate) guest_interfaces: bool,
    /// Guests that are meant, by source; none means all.
    only: Option<BTreeMap<String, BTreeSet<u32>>>,
    /// By source of which only guests are looked at that may have changed, those guests.
    narrowed: BTreeMap<String, BTreeSet<u32>>,
}

impl Coverage {
    /// What can be done, and one problem about what cannot.
    pub(crate) fn new(stages: &[Stage], capabilities: &Capabilities) -> (Self, Option<Problem>) {
        let has = |name: &str| kind::find(name).is_some_and(|kind| capabilities.supports(kind));
        let missing: Vec<(Stage, &str)> =
            OF_THE_PLUGIN.into_iter().filter(|(stage, kind)| stages.contains(stage) && !has(kind)).collect();
        let taken =
            stages.iter().copied().filter(|stage| !missing.iter().any(|(missing, _)| missing == stage));
        let coverage = Self {
            stages: taken.collect(),
            cloud_init: has("netbox_proxbox.proxmoxvmcloudinit"),
            guest_interfaces: has("netbox_proxbox.guestvminterface"),
            only: None,
            narrowed: BTreeMap::new(),
        };
        (coverage, left_out(&missing, capabilities))
    }

    /// Restricts it to guests by the ids of their virtual machines in NetBox.
    ///
    /// # Errors
    /// When NetBox cannot be read.
    pub(crate) async fn restrict(
        &mut self,
        netbox: &Netbox,
        ids: &[u64],
    ) -> Result<Vec<Problem>, NetboxError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let held = guests_in(netbox).await?;
        let mut only: BTreeMap<String, BTreeSet<u32>> = BTreeMap::new();
        let mut problems = Vec::new();
        for id in ids {
            match held.get(id) {
                Some(Identity { source, object: SourceObject::Guest(vmid) }) => {
                    only.entry(source.clone()).or_default().insert(*vmid);
                }
                _ => problems.push(unknown(*id)),
            }
        }
        self.only = Some(only);
        Ok(problems)
    }

    pub(crate) fn has(&self, stage: Stage) -> bool {
        self.stages.contains(&stage)
    }

    /// Whether all guests are meant.
    pub(crate) fn is_whole(&self) -> bool {
        self.only.is_none()
    }

    /// Looks only at these guests of a source.
    pub(crate) fn narrow(&mut self, source: &str, guests: BTreeSet<u32>) {
        self.narrowed.insert(source.to_owned(), guests);
    }

    /// Whether a guest is looked at.
    pub(crate) fn covers(&self, source: &str, vmid: u32) -> bool {
        self.means(source, vmid) && self.narrowed.get(source).is_none_or(|guests| guests.contains(&vmid))
    }

    /// Whether a guest is among those that the run is about, be it looked at or not.
    pub(crate) fn means(&self, source: &str, vmid: u32) -> bool {
        self.only.as_ref().is_none_or(|only| only.get(source).is_some_and(|only| only.contains(&vmid)))
    }

    /// What must be read of Proxmox.
    pub(crate) fn parts(&self) -> Parts {
        let any = |stages: &[Stage]| stages.iter().any(|stage| self.has(*stage));
        Parts {
            configs: any(&[
                Stage::VirtualMachines,
                Stage::VirtualDisks,
                Stage::VmInterfaces,
                Stage::IpAddresses,
            ]),
            agents: any(&[Stage::VmInterfaces, Stage::IpAddresses]),
            snapshots: self.has(Stage::Snapshots),
            storages: any(&[Stage::Storage, Stage::Backups]),
            backups: self.has(Stage::Backups),
            networks: self.has(Stage::NodeInterfaces),
            backup_jobs: self.has(Stage::BackupRoutines),
            replications: self.has(Stage::Replications),
            tasks: self.has(Stage::TaskHistory),
            // Which source a guest is of is only known when it is read; one guest too many does no harm.
            only: self.only.as_ref().map(|only| only.values().flatten().copied().collect()),
            ..Parts::default()
        }
    }
}

/// By id of virtual machine, the guest that it stands for.
pub(crate) async fn guests_in(netbox: &Netbox) -> Result<HashMap<u64, Identity>, NetboxError> {
    let bearers: Vec<&'static Kind> = [SourceObject::Cluster, SourceObject::Guest(0)]
        .iter()
        .filter_map(kind::of)
        .flat_map(|kind| std::iter::once(kind).chain(kind.sidecar()))
        .collect();
    let state = netbox.snapshot(&bearers).await?;
    Ok(kind::of(&SourceObject::Guest(0)).map(|kind| identities(&state, kind)).unwrap_or_default())
}

fn left_out(missing: &[(Stage, &str)], capabilities: &Capabilities) -> Option<Problem> {
    if missing.is_empty() {
        return None;
    }
    let stages: Vec<&str> = missing.iter().map(|(stage, _)| stage.as_str()).collect();
    let why = match capabilities.plugin() {
        None => "NetBox has no plugin netbox-proxbox to hold them".to_owned(),
        Some(version) => format!("the installed netbox-proxbox {version} does not hold them"),
    };
    Some(
        Problem::new("sync-stages-left-out", format!("Left out: {}, because {why}", stages.join(", ")))
            .with_hint(
                "Install or upgrade the plugin in NetBox to have them there; everything else is synced.",
            ),
    )
}

fn unknown(id: u64) -> Problem {
    Problem::new(
        "sync-unknown-machine",
        format!("Virtual machine {id} in NetBox does not stand for a Proxmox guest"),
    )
    .with_hint("Run a full update first, or look whether the machine comes from Proxmox at all.")
}

use proxbox_model::endpoint::{NetboxEndpoint, ProxmoxEndpoint};
use proxbox_model::options::RunOptions;
use proxbox_model::report::Stage;
use std::collections::BTreeSet;

/// What a run is to do: the endpoints are already selected, and their secrets decrypted.
#[derive(Clone, Debug)]
pub struct Job {
    /// Sources.
    pub proxmox: Vec<ProxmoxEndpoint>,
    /// Target.
    pub netbox: NetboxEndpoint,
    /// How. `options.endpoints` has done its work by now and is not looked at.
    pub options: RunOptions,
}

impl Job {
    /// The stages to run, in order.
    pub(crate) fn stages(&self) -> Vec<Stage> {
        let wanted = &self.options.stages;
        Stage::ALL.into_iter().filter(|stage| wanted.is_empty() || wanted.contains(stage)).collect()
    }

    /// Whether only what may have changed is looked at. A run about some stages or some guests is narrow already.
    pub(crate) fn is_quick(&self) -> bool {
        self.options.quick && self.is_whole()
    }

    /// Whether it is about every stage and every guest.
    pub(crate) fn is_whole(&self) -> bool {
        let RunOptions { focus, netbox_vm_ids, .. } = &self.options;
        focus.is_none() && netbox_vm_ids.is_empty() && self.stages().len() == Stage::ALL.len()
    }

    /// What tells whether two jobs get in each other's way.
    pub(crate) fn scope(&self) -> Scope {
        Scope {
            netbox: self.netbox.url.clone(),
            endpoints: self.proxmox.iter().map(|endpoint| endpoint.name.clone()).collect(),
            stages: self.stages(),
            options: RunOptions { endpoints: Vec::new(), stages: Vec::new(), ..self.options.clone() },
        }
    }
}

/// The part of a job that two runs may share or fight over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Scope {
    /// URL of the target.
    pub(crate) netbox: String,
    pub(crate) endpoints: BTreeSet<String>,
    pub(crate) stages: Vec<Stage>,
    pub(crate) options: RunOptions,
}

impl Scope {
    /// Whether a run may be one of several that a client asks for as one job: it neither only plans, nor is about single objects, nor
    /// asks for every stage itself.
    pub(crate) fn may_be_part_of_a_job(&self) -> bool {
        let RunOptions { dry_run, focus, netbox_vm_ids, .. } = &self.options;
        !dry_run && focus.is_none() && netbox_vm_ids.is_empty() && self.stages.len() < Stage::ALL.len()
    }

    /// Whether both are about the same endpoints and the same NetBox.
    pub(crate) fn is_beside(&self, other: &Self) -> bool {
        self.netbox == other.netbox && self.endpoints == other.endpoints
    }

    /// Names of the endpoints that both would write for. A run that writes nothing, or into another NetBox, is in nobody's way.
    pub(crate) fn overlap(&self, other: &Self) -> Vec<String> {
        if self.netbox != other.netbox {
            return Vec::new();
        }
        if self.options.dry_run || other.options.dry_run {
            return Vec::new();
        }
        self.endpoints.intersection(&other.endpoints).cloned().collect()
    }
}

//! Facts through the modules: everything that was read of a source becomes outcomes, parents before what is part of them.

use crate::choices::Choices;
use crate::comparison::{Comparison, differences};
use crate::focus::Aim;
use crate::modules::RunModules;
use crate::progress::Progress;
use crate::rows::{self, Row};
use crate::scope::Coverage;
use proxbox_model::facts::Target;
use proxbox_model::options::SyncMode;
use proxbox_model::report::Stage;
use proxbox_model::{Identity, Problem, SourceObject};
use proxbox_proxmox::Fleet;
use proxbox_reconcile::{Fact, FactOutcome, Writing};
use proxbox_transform::{MapContext, Mapped, MappedFact};
use std::collections::HashMap;

/// What a run wants of a source.
pub(crate) struct OfRun<'a> {
    pub(crate) coverage: &'a Coverage,
    pub(crate) choices: &'a Choices,
    /// The objects that it is about; none means all.
    pub(crate) aim: Option<&'a Aim>,
}

/// What became of the facts of all sources so far.
#[derive(Default)]
pub(crate) struct MappedFacts {
    /// Every fact with its outcome.
    pub(crate) facts: Vec<(Fact, FactOutcome)>,
    /// What site modules make of objects, in runs that only plan.
    pub(crate) compared: HashMap<Identity, Comparison>,
}

/// Adds every fact of a fleet with its outcome.
pub(crate) async fn map(
    fleet: Fleet,
    target: &Target,
    of_run: OfRun<'_>,
    modules: &RunModules,
    progress: &Progress,
    mapped: &mut MappedFacts,
) {
    let OfRun { coverage, choices, aim } = of_run;
    let cx =
        MapContext { source: fleet.source.clone(), target: target.clone(), options: choices.options.clone() };
    let mut mapper = Mapper { cx, coverage, choices, aim, modules, progress, mapped };
    mapper.devices(&fleet).await;
    mapper.storages(&fleet).await;
    mapper.guests(&fleet).await;
    mapper.disks(&fleet).await;
    mapper.backups_and_snapshots(&fleet).await;
    mapper.node_interfaces(&fleet).await;
    mapper.interfaces(&fleet).await;
    mapper.addresses(&fleet).await;
    mapper.jobs_and_tasks(&fleet).await;
}

struct Mapper<'a> {
    cx: MapContext,
    coverage: &'a Coverage,
    choices: &'a Choices,
    aim: Option<&'a Aim>,
    modules: &'a RunModules,
    progress: &'a Progress,
    mapped: &'a mut MappedFacts,
}

/// Sends rows through the modules; `$mode` names the setting that says how far they are written.
macro_rules! through {
    ($self:ident, $function:ident, $rows:expr, $mode:expr) => {{
        let (facts, records) = $self.gate($rows, $mode);
        if !records.is_empty() {
            let mapped = $self.modules.set.$function(&$self.cx, &records).await;
            // A second mapping costs as much as the first: only runs that write nothing look at the difference.
            if let Some(usual) = $self.modules.usual.as_ref().filter(|_| !sites(&mapped).is_empty()) {
                let usual = usual.$function(&$self.cx, &records).await;
                $self.compare(&facts, &usual, &mapped);
            }
            $self.take(facts, mapped);
        }
    }};
}

impl Mapper<'_> {
    /// The machines and their nodes need both, so that they are written with them.
    async fn devices(&mut self, fleet: &Fleet) {
        if self.coverage.has(Stage::Devices) || self.coverage.has(Stage::VirtualMachines) {
            through!(self, clusters, rows::clusters(fleet), |_| "sync_mode_cluster");
            through!(self, nodes, rows::nodes(fleet), |_| "sync_mode_node");
        }
    }

    async fn storages(&mut self, fleet: &Fleet) {
        if self.coverage.has(Stage::Storage) {
            through!(self, storages, rows::storages(fleet), |_| "sync_mode_storage");
        }
    }

    async fn guests(&mut self, fleet: &Fleet) {
        if !self.coverage.has(Stage::VirtualMachines) {
            return;
        }
        let source = &fleet.source.cluster;
        let is_meant = |vmid| match self.aim {
            Some(aim) => aim.has(&SourceObject::Guest(vmid)),
            None => self.coverage.covers(source, vmid),
        };
        let why = || FactOutcome::Skipped("it is not what this run is about".to_owned());
        let namesakes = rows::namesakes(fleet, is_meant).into_iter().map(|fact| (fact, why()));
        self.mapped.facts.extend(namesakes);
        let (readable, broken) = rows::guests(fleet, self.coverage);
        for (mut fact, problem) in broken {
            if self.admits(&mut fact) {
                self.mapped.facts.push((fact, FactOutcome::Failed(problem)));
            }
        }
        through!(self, guests, readable, |guest| {
            if guest.template { "sync_mode_vm_template" } else { "sync_mode_vm" }
        });
        if self.coverage.cloud_init {
            through!(self, cloud_inits, rows::cloud_inits(fleet, self.coverage), |_| "sync_mode_vm");
        }
    }

    async fn disks(&mut self, fleet: &Fleet) {
        if self.coverage.has(Stage::VirtualDisks) {
            through!(self, disks, rows::disks(fleet, self.coverage), |_| "sync_mode_vm");
        }
    }

    async fn backups_and_snapshots(&mut self, fleet: &Fleet) {
        if self.coverage.has(Stage::Backups) {
            let (known, unknown) = rows::backups(fleet, self.coverage);
            self.leave_out(unknown);
            through!(self, backups, known, |_| "sync_mode_vm");
        }
        if self.coverage.has(Stage::Snapshots) {
            through!(self, snapshots, rows::snapshots(fleet, self.coverage), |_| "sync_mode_vm");
        }
    }

    async fn node_interfaces(&mut self, fleet: &Fleet) {
        if self.coverage.has(Stage::NodeInterfaces) {
            let stage = Stage::NodeInterfaces;
            through!(
                self,
                vlans,
                rows::vlans(fleet, &fleet.vlans_of_nodes, &[], stage),
                |_| "sync_mode_node"
            );
            through!(self, node_interfaces, rows::node_interfaces(fleet), |_| "sync_mode_node");
            through!(self, ip_addresses, rows::node_addresses(fleet), |_| "sync_mode_node");
        }
    }

    /// Interfaces are also found when only their addresses are wanted, since their names are the mapper's.
    async fn interfaces(&mut self, fleet: &Fleet) {
        let wanted = self.coverage.has(Stage::VmInterfaces);
        if !wanted && !self.coverage.has(Stage::IpAddresses) {
            return;
        }
        if wanted {
            let taken = if self.coverage.has(Stage::NodeInterfaces) { &*fleet.vlans_of_nodes } else { &[] };
            let vlans = rows::vlans(fleet, &fleet.vlans_of_guests, taken, Stage::VmInterfaces);
            through!(self, vlans, vlans, |_| "sync_mode_vm_interface");
        }
        let mut interfaces = rows::interfaces(fleet, self.coverage);
        if !wanted {
            interfaces.iter_mut().for_each(|(fact, _)| fact.writing = Writing::Nothing);
        }
        through!(self, interfaces, interfaces, |_| "sync_mode_vm_interface");
        if wanted {
            through!(self, mac_addresses, rows::mac_addresses(fleet, self.coverage), |_| "sync_mode_mac");
        }
    }

    async fn addresses(&mut self, fleet: &Fleet) {
        if self.coverage.has(Stage::IpAddresses) {
            through!(self, ip_addresses, rows::addresses(fleet, self.coverage), |_| "sync_mode_ip_address");
            through!(self, primary_ips, rows::primary_ips(fleet, self.coverage), |_| "sync_mode_ip_address");
            if self.coverage.guest_interfaces {
                let interfaces = rows::guest_interfaces(fleet, self.coverage);
                through!(self, guest_interfaces, interfaces, |_| "sync_mode_vm_interface");
            }
        }
    }

    async fn jobs_and_tasks(&mut self, fleet: &Fleet) {
        if self.coverage.has(Stage::BackupRoutines) {
            through!(self, backup_routines, rows::backup_routines(fleet), |_| "sync_mode_vm");
        }
        if self.coverage.has(Stage::Replications) {
            through!(self, replications, rows::replications(fleet, self.coverage), |_| "sync_mode_vm");
        }
        if self.coverage.has(Stage::TaskHistory) {
            let (known, unknown) = rows::tasks(fleet, self.coverage);
            self.leave_out(unknown);
            through!(self, tasks, known, |_| "sync_mode_vm");
        }
    }

    /// Applies the modes: what is disabled is left out, what is only bootstrapped is made and not changed.
    fn gate<T>(&mut self, rows: Vec<Row<T>>, mode: impl Fn(&T) -> &'static str) -> (Vec<Fact>, Vec<T>) {
        let mut facts = Vec::with_capacity(rows.len());
        let mut records = Vec::with_capacity(rows.len());
        for (mut fact, record) in rows {
            if !self.admits(&mut fact) {
                continue;
            }
            let name = mode(&record);
            match self.choices.mode(name) {
                SyncMode::Disabled if fact.writing != Writing::Nothing => {
                    self.mapped.facts.push((fact, FactOutcome::Skipped(format!("{name} is disabled"))));
                    continue;
                }
                SyncMode::BootstrapOnly => fact.writing = fact.writing.min(Writing::Missing),
                SyncMode::Always | SyncMode::Disabled => {}
            }
            facts.push(fact);
            records.push(record);
        }
        (facts, records)
    }

    /// Whether a fact is among those that the run is about, or needed by them.
    fn admits(&self, fact: &mut Fact) -> bool {
        self.aim.is_none_or(|aim| aim.admits(fact))
    }

    fn leave_out(&mut self, rows: Vec<(Fact, String)>) {
        for (mut fact, reason) in rows {
            if self.admits(&mut fact) {
                self.mapped.facts.push((fact, FactOutcome::Skipped(reason)));
            }
        }
    }

    /// Notes what the site modules make of each fact that the built-in mapping does not.
    fn compare(&mut self, facts: &[Fact], usual: &Mapped, mapped: &Mapped) {
        let modules = sites(mapped);
        for ((fact, usual), ours) in facts.iter().zip(&usual.outcomes).zip(&mapped.outcomes) {
            let differences = differences(&usual.outcome, &ours.outcome);
            let comparison = Comparison { modules: modules.clone(), differences };
            self.mapped.compared.insert(fact.identity.clone(), comparison);
        }
    }

    fn take(&mut self, facts: Vec<Fact>, mapped: Mapped) {
        self.progress.used(&mapped.usage, mapped.log);
        for problem in mapped.problems {
            self.progress.degrade(problem);
        }
        let mut outcomes = mapped.outcomes.into_iter();
        for fact in facts {
            let outcome = outcomes.next().map_or_else(missing, |MappedFact { outcome, module }| {
                FactOutcome::Mapped { module, outcome }
            });
            self.mapped.facts.push((fact, outcome));
        }
    }
}

/// Names of the site modules that were asked, outermost first.
fn sites(mapped: &Mapped) -> Vec<String> {
    let sites = mapped.usage.iter().filter(|usage| !usage.is_built_in());
    sites.map(|usage| usage.module.clone()).collect()
}

/// The sandbox answers every fact; this is what it would look like if it did not.
fn missing() -> FactOutcome {
    FactOutcome::Failed(Problem::new("sync-no-outcome", "the mapping gave no outcome for this object"))
}

/// The identity of an object of a fleet.
pub(crate) fn identity(fleet: &Fleet, object: SourceObject) -> Identity {
    Identity { source: fleet.source.cluster.clone(), object }
}

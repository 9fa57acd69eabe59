//! Quick runs: they look only at what may have changed since a run that looked at everything.
//!
//! A whole run keeps an [`Overview`] of each source with what it synced under. As long as that holds, a quick run asks a source for its
//! lists, and reads and writes nothing of guests of which these tell nothing new.

use crate::choices::Choices;
use crate::job::Job;
use crate::modules::RunModules;
use crate::plugin::Plugin;
use crate::settings::SyncSettings;
use crate::syncer::Shared;
use futures::future::BoxFuture;
use proxbox_model::endpoint::ProxmoxEndpoint;
use proxbox_model::facts::Target;
use proxbox_model::{Identity, Problem, SourceObject};
use proxbox_modules::Digest;
use proxbox_proxmox::{Fleet, Look, Overview, Parts, Proxmox, ProxmoxError, Unsure, look};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};
use std::collections::HashMap;

/// What a run has synced of a source into a NetBox.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Synced {
    /// A digest of what the run synced under: endpoint, settings, modules, NetBox. Under other conditions everything may be other.
    pub under: String,
    /// What the lists of the source said before the run looked at its guests; without guests that are to be looked at again.
    pub overview: Overview,
}

/// Where it is written down what was synced, by endpoint and URL of the NetBox.
pub trait SyncedBook: Send + Sync {
    /// What was noted last.
    fn synced(&self, endpoint: i64, netbox: &str) -> BoxFuture<'_, Result<Option<Synced>, Problem>>;
    /// Notes it.
    fn note_synced(&self, endpoint: i64, netbox: &str, synced: Synced) -> BoxFuture<'_, Result<(), Problem>>;
}

/// What decides, beside the facts, what a run makes of a source.
pub(crate) struct Conditions<'a> {
    pub(crate) job: &'a Job,
    pub(crate) settings: &'a SyncSettings,
    pub(crate) plugin: Option<&'a Plugin>,
    pub(crate) target: &'a Target,
    pub(crate) modules: &'a RunModules,
}

impl Conditions<'_> {
    /// The choices for the source of an endpoint, which the plugin may have a row of.
    pub(crate) fn choices(&self, endpoint: &str, row: Option<&Map<String, Json>>) -> Choices {
        let mut choices = Choices::new(&self.job.options, self.plugin, row);
        choices.kept = choices.kept.with_rules(&self.settings.fields, endpoint);
        choices
    }

    /// A digest of all that decides what becomes of a source. Secrets are no part of it: it is kept as it is.
    fn digest(&self, endpoint: &ProxmoxEndpoint, source: &str) -> String {
        let version = env!("CARGO_PKG_VERSION");
        let row = self.plugin.and_then(|plugin| plugin.endpoint(endpoint));
        let number = row.and_then(|row| row.get("id")?.as_u64());
        let removes =
            (self.job.options.delete_nonexistent_backup, self.job.options.delete_nonexistent_snapshot);
        let modules = self.modules.set.fingerprint();
        let text = format!(
            "{version} {source} {endpoint:?} {number:?} {removes:?} {:?} {:?} {modules}",
            self.choices(&endpoint.name, row),
            self.target,
        );
        Digest::of(text.as_bytes()).as_str().to_owned()
    }
}

/// What a quick run knows of the sources, by endpoint; only what holds under its conditions.
pub(crate) struct Known(HashMap<i64, Synced>);

/// What a quick run finds out about a source before it reads it.
pub(crate) enum Finding {
    /// Nothing may have changed.
    Nothing(Overview),
    /// Something may have.
    Something(Look),
    /// Everything is to be read, for this reason.
    Everything(Problem),
}

impl Known {
    /// What is known of the sources of a job.
    pub(crate) async fn of(
        shared: &Shared,
        netbox: &str,
        conditions: &Conditions<'_>,
    ) -> Result<Self, Problem> {
        let sources = shared.book.known().await?.of_endpoints;
        let mut known = HashMap::new();
        for endpoint in &conditions.job.proxmox {
            let Some(source) = sources.get(&endpoint.id) else { continue };
            let Some(synced) = shared.synced.synced(endpoint.id, netbox).await? else { continue };
            if synced.under == conditions.digest(endpoint, &source.name) {
                known.insert(endpoint.id, synced);
            }
        }
        Ok(Self(known))
    }

    /// What the lists of a source say.
    pub(crate) async fn look(
        &self,
        client: &Proxmox,
        endpoint: &ProxmoxEndpoint,
    ) -> Result<Finding, ProxmoxError> {
        let Some(before) = self.0.get(&endpoint.id) else {
            return Ok(Finding::Everything(unknown(endpoint)));
        };
        Ok(match look(client, endpoint, &before.overview).await? {
            Err(why) => Finding::Everything(unsure(endpoint, &why)),
            Ok(look) if look.changes.is_empty() => Finding::Nothing(look.overview),
            Ok(look) => Finding::Something(look),
        })
    }

    /// Notes what the lists of a source say of which nothing may have changed.
    pub(crate) async fn note_again(
        &self,
        shared: &Shared,
        netbox: &str,
        endpoint: i64,
        overview: Overview,
    ) -> Result<(), Problem> {
        match self.0.get(&endpoint) {
            Some(before) if before.overview != overview => {
                let synced = Synced { overview, ..before.clone() };
                shared.synced.note_synced(endpoint, netbox, synced).await
            }
            _ => Ok(()),
        }
    }
}

/// What a run will have synced of its sources when it is through.
#[derive(Default)]
pub(crate) struct ToNote(Vec<(i64, String, Synced)>);

impl ToNote {
    /// Adds a source that is going to be synced, if later runs can tell what changed in it.
    pub(crate) fn add(&mut self, fleet: &mut Fleet, parts: &Parts, conditions: &Conditions<'_>) {
        let mut endpoints = conditions.job.proxmox.iter();
        let endpoint = endpoints.find(|endpoint| endpoint.name == fleet.source.endpoint && endpoint.id > 0);
        let (Some(mut overview), Some(endpoint)) = (fleet.overview.take(), endpoint) else { return };
        for guest in fleet.guests.iter().filter(|guest| guest.facts.is_some()) {
            let snapshots = fleet.seen.snapshots.contains(&guest.vmid) || !parts.snapshots;
            if !fleet.seen.configs.contains(&guest.vmid) || !snapshots {
                overview.forget(guest.vmid);
            }
        }
        let source = fleet.source.cluster.clone();
        let under = conditions.digest(endpoint, &source);
        self.0.push((endpoint.id, source, Synced { under, overview }));
    }

    /// Notes them, but for what did not come right.
    pub(crate) async fn note(
        mut self,
        shared: &Shared,
        netbox: &str,
        not_right: &[Identity],
    ) -> Result<(), Problem> {
        for (_, source, synced) in &mut self.0 {
            for identity in not_right.iter().filter(|identity| identity.source == *source) {
                match (&identity.object, identity.object.guest()) {
                    (_, Some(vmid)) => synced.overview.forget(vmid),
                    (SourceObject::Backup(_), None) => synced.overview.backups_are_due(),
                    // What is around guests is the matter of whole runs.
                    _ => {}
                }
            }
        }
        for (endpoint, _, synced) in self.0 {
            shared.synced.note_synced(endpoint, netbox, synced).await?;
        }
        Ok(())
    }
}

const IN_FULL: &str = "sync-quick-in-full";

fn unknown(endpoint: &ProxmoxEndpoint) -> Problem {
    Problem::new(
        IN_FULL,
        format!(
            "{} is read in full: no run has synced all of it under the settings and modules that hold now",
            endpoint.name
        ),
    )
    .with_hint("Nothing has to be done: the next quick run goes on from here.")
}

fn unsure(endpoint: &ProxmoxEndpoint, why: &Unsure) -> Problem {
    let problem = Problem::new(IN_FULL, format!("{} is read in full: {why}", endpoint.name));
    match why {
        Unsure::TasksHidden => problem
            .with_hint("Give both the user and its token the privilege Sys.Audit on path /nodes (role PVEAuditor on path /)."),
        Unsure::TasksUnread { .. } => problem.with_hint("The next run tries again."),
        Unsure::TooManyTasks(_) => problem.with_hint("Let quick runs come more often."),
    }
}

//! What a run finds out about NetBox before anything else: what it can hold, and what the plugin in it wants.

use crate::job::{Job, Scope};
use crate::plugin::{self, Plugin};
use crate::progress::Progress;
use crate::settings::SyncSettings;
use crate::syncer::Shared;
use proxbox_model::Problem;
use proxbox_netbox::{Capabilities, Netbox, NetboxError, fingerprint};
use serde_json::Map;
use std::sync::Arc;

/// A NetBox that was asked what it is.
pub(crate) struct Opened {
    /// The client, with the settings that hold.
    pub(crate) netbox: Arc<Netbox>,
    pub(crate) capabilities: Capabilities,
    /// None when it is not installed.
    pub(crate) plugin: Option<Plugin>,
    /// The settings that hold, but for what a request says.
    pub(crate) settings: SyncSettings,
    /// What of the plugin cannot be read or used.
    problems: Vec<Problem>,
}

impl Opened {
    /// What the job of the run has found out so far, or else what NetBox says now.
    pub(crate) async fn of(
        shared: &Shared,
        (job, scope): (&Job, &Scope),
        progress: &Progress,
    ) -> Result<Arc<Self>, Problem> {
        let made_of = fingerprint(&job.netbox, &shared.settings.netbox);
        let opened = match shared.readings.opened(scope, &made_of) {
            Some(opened) => {
                progress.use_netbox(Arc::clone(&opened.netbox));
                opened
            }
            None => {
                let opened = Self::anew(shared, (job, scope), progress).await;
                let opened = Arc::new(opened.map_err(|error| Problem::from(&error))?);
                if scope.may_be_part_of_a_job() {
                    shared.readings.keep_opened(scope, made_of, &opened);
                }
                opened
            }
        };
        opened.problems.iter().for_each(|problem| progress.warn(problem.clone()));
        Ok(opened)
    }

    async fn anew(
        shared: &Shared,
        (job, scope): (&Job, &Scope),
        progress: &Progress,
    ) -> Result<Self, NetboxError> {
        let netbox = Netbox::new(&job.netbox, shared.settings.netbox.clone())?;
        let netbox = if scope.may_be_part_of_a_job() { netbox.remembering() } else { netbox };
        let netbox = Arc::new(netbox);
        progress.use_netbox(Arc::clone(&netbox));
        let capabilities = netbox.probe().await?;
        let mut problems = Vec::new();
        let plugin = match plugin::is_installed(&capabilities) {
            true => Some(Plugin::read(&netbox, &mut problems).await?),
            false => None,
        };
        let nothing = Map::new();
        let theirs = plugin.as_ref().map_or(&nothing, |plugin| &plugin.settings);
        let settings = shared.settings.with_plugin(theirs, &mut problems);
        // Also where they keep us from this NetBox.
        shared.learned(settings.clone());
        let netbox = match settings.netbox == shared.settings.netbox {
            true => netbox,
            false => Arc::new(netbox.again(&job.netbox, settings.netbox.clone())?),
        };
        Ok(Self { netbox, capabilities, plugin, settings, problems })
    }
}

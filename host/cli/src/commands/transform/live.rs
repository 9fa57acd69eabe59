//! Facts of a live Proxmox, read through a stored endpoint as `proxbox sync` does.

use super::workbench::patiently;
use crate::commands::endpoint::{open_store, stored_netbox, stored_proxmox};
use crate::error::CliError;
use crate::settings::{StoreArgs, SyncArgs};
use crate::terminal;
use proxbox_netbox::Netbox;
use proxbox_proxmox::{Parts, Proxmox, read_fleet};
use proxbox_store::Store;
use proxbox_sync::SyncSettings;
use proxbox_sync::facts::{SourceFact, facts, usual_options};
use proxbox_workbench::case::Context;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

/// What was read of an endpoint.
pub(crate) struct Live {
    pub(crate) context: Context,
    pub(crate) facts: Vec<SourceFact>,
}

/// Reads an endpoint; with a guest, that one alone of the guests.
pub(crate) async fn read(
    name: &str,
    guest: Option<u32>,
    store: &StoreArgs,
    sync: &SyncArgs,
) -> Result<Live, CliError> {
    let store = open_store(store).await?;
    let settings = sync.settings();
    let stored = stored_proxmox(&store).await?;
    let known: Vec<&str> = stored.iter().map(|endpoint| endpoint.name.as_str()).collect();
    let Some(endpoint) = stored.iter().find(|endpoint| endpoint.name == name) else {
        return Err(CliError::usage(
            format!("there is no enabled Proxmox endpoint called {name}"),
            format!("there are: {}", if known.is_empty() { "none".to_owned() } else { known.join(", ") }),
        ));
    };
    let mut context = target(&store, &settings).await;
    let parts = Parts { only: guest.map(|vmid| [vmid].into()), ..Parts::all() };
    let fleet = patiently(&format!("reading {name}"), async {
        let client = Arc::new(Proxmox::connect(&settings.ready(endpoint), settings.proxmox.clone()).await?);
        read_fleet(&client, endpoint, now(), &parts, &|_, _| {}).await
    })
    .await?;
    let told = fleet.problems.iter().chain(&fleet.notes);
    told.for_each(|problem| terminal::show_problem("warning", problem));
    context.source = (&fleet.source).into();
    let meant = |fact: &SourceFact| guest.is_none_or(|vmid| fact.vmid == Some(vmid));
    Ok(Live { context, facts: facts(&fleet).into_iter().filter(meant).collect() })
}

/// What the stored NetBox can hold; without one, or when it does not answer, what a current one with the plugin can.
async fn target(store: &Store, settings: &SyncSettings) -> Context {
    let options = usual_options().as_object().cloned().unwrap_or_default();
    let usual = Context { options, ..Context::default() };
    let Ok(endpoint) = stored_netbox(store).await else { return usual };
    let asked = async { Netbox::new(&endpoint, settings.netbox.clone())?.probe().await };
    match asked.await {
        Ok(found) => Context { netbox_version: found.version, features: found.features, ..usual },
        Err(error) => {
            terminal::show_problem("warning", &proxbox_model::Problem::from(&error));
            terminal::say("going on as for a current NetBox with the plugin");
            usual
        }
    }
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map(|since| since.as_secs()).unwrap_or_default()
}

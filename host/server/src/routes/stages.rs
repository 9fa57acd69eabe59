//! The stages, each on its own: one table of routes, from which the handlers and their documentation are made.

use super::sync::{no_head, outcome, start, streamed};
use super::sync_docs as docs;
use super::sync_params::{Described, SyncParams, Takes};
use crate::error::{ApiError, DetailBody};
use crate::query::Params;
use crate::state::AppState;
use crate::stream::{self, Surface};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use proxbox_model::report::Stage;
use serde_json::Value;
use utoipa_axum::router::OpenApiRouter;

/// Where a stage answers.
struct StageRoute {
    stage: Stage,
    /// The path of its stream, without `/stream`.
    path: &'static str,
    /// Whether the path without `/stream` answers as well, with the result alone.
    plain: bool,
    summary: &'static str,
    own: &'static [Described],
}

const fn streaming(stage: Stage, path: &'static str, summary: &'static str) -> StageRoute {
    StageRoute { stage, path, plain: false, summary, own: &[] }
}

const fn both(stage: Stage, path: &'static str, summary: &'static str) -> StageRoute {
    StageRoute { plain: true, ..streaming(stage, path, summary) }
}

/// What the route of virtual machines takes besides the parameters of every sync.
pub(super) const OF_MACHINES: &[Described] = &[
    Described(
        "sync_vm_network",
        Takes::Switch,
        "Disks, interfaces and addresses as well, and rows of single machines; true when not given.",
    ),
    Described("sync_task_history", Takes::Switch, "Task history as well; false when not given."),
];

/// The route of every stage, in the order of a full update.
static ROUTES: [StageRoute; 12] = [
    both(Stage::Devices, "/dcim/devices/create", "Clusters and nodes"),
    both(Stage::Storage, "/virtualization/virtual-machines/storage/create", "Storage definitions"),
    StageRoute {
        own: OF_MACHINES,
        ..both(
            Stage::VirtualMachines,
            "/virtualization/virtual-machines/create",
            "Virtual machines and containers",
        )
    },
    both(
        Stage::VirtualDisks,
        "/virtualization/virtual-machines/virtual-disks/create",
        "Disks of virtual machines and containers",
    ),
    both(Stage::Backups, "/virtualization/virtual-machines/backups/all/create", "Backups on storages"),
    both(Stage::Snapshots, "/virtualization/virtual-machines/snapshots/all/create", "Snapshots of guests"),
    both(Stage::NodeInterfaces, "/dcim/devices/interfaces/create", "Interfaces of nodes"),
    both(
        Stage::VmInterfaces,
        "/virtualization/virtual-machines/interfaces/create",
        "Interfaces of virtual machines and containers",
    ),
    both(
        Stage::IpAddresses,
        "/virtualization/virtual-machines/interfaces/ip-address/create",
        "Addresses of virtual machines and containers",
    ),
    streaming(Stage::BackupRoutines, "/proxmox/cluster/backup", "Backup jobs"),
    streaming(Stage::Replications, "/proxmox/replication", "Replication jobs"),
    both(
        Stage::TaskHistory,
        "/virtualization/virtual-machines/task-history/create",
        "Tasks that name a guest",
    ),
];

/// Adds the routes of all stages.
pub(super) fn add(router: OpenApiRouter<AppState>) -> OpenApiRouter<AppState> {
    ROUTES.iter().fold(router, |router, route| {
        let stream = move |State(state): State<AppState>, params: Params| async move {
            let (stages, network) = stages(route.stage, &params)?;
            streamed(state, params, &stages, Surface::Stage { stage: route.stage, network, machine: None })
                .await
        };
        let path = format!("{}/stream", route.path);
        let (summary, name) = (route.summary, stream::name(route.stage));
        let operation = docs::streaming(summary, name, docs::own(route.own));
        let router = router.routes((Vec::new(), docs::read(&path, operation), get(stream).head(no_head)));
        if !route.plain {
            return router;
        }
        let plain = move |State(state): State<AppState>, params: Params| async move {
            plain(state, params, route.stage).await
        };
        let operation = docs::plain(summary, stream::is_listed(route.stage), docs::own(route.own));
        router.routes((Vec::new(), docs::read(route.path, operation), get(plain).head(no_head)))
    })
}

/// The stages that a stage's route runs, and whether rows of machines are wanted.
pub(super) fn stages(stage: Stage, params: &Params) -> Result<(Vec<Stage>, bool), ApiError> {
    let mut stages = vec![stage];
    if stage != Stage::VirtualMachines {
        return Ok((stages, false));
    }
    let network = params.flag("sync_vm_network")?.unwrap_or(true);
    if network {
        stages.extend([Stage::VirtualDisks, Stage::VmInterfaces, Stage::IpAddresses]);
    }
    if params.flag("sync_task_history")?.unwrap_or(false) {
        stages.push(Stage::TaskHistory);
    }
    Ok((stages, network))
}

/// What a stage answers to those who want no stream.
pub(super) async fn plain(state: AppState, params: Params, stage: Stage) -> Result<Json<Value>, ApiError> {
    let (stages, _) = stages(stage, &params)?;
    let run = start(&state, &params, &stages).await?;
    let report = run.wait().await;
    outcome(&report, stream::name(stage))?;
    Ok(Json(stream::plain(&report, stage)))
}

/// Software-defined networks
///
/// Not synced by this service. Clients that leave `sync_mode_sdn` at `disabled`, its default, never ask.
#[utoipa::path(get, path = "/proxmox/sdn/create/stream", tag = "sync", params(SyncParams), responses(
    (status = 400, description = "Always", body = DetailBody),
    (status = 401, body = DetailBody),
))]
pub(super) async fn sdn() -> ApiError {
    ApiError::Detail(
        // Clients try again after 500 and above, and that would change nothing.
        StatusCode::BAD_REQUEST,
        "This service does not sync Proxmox's software-defined networks; set sync_mode_sdn to disabled."
            .to_owned(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_stage_has_one_route() {
        assert_eq!(ROUTES.each_ref().map(|route| route.stage), Stage::ALL);
    }

    #[test]
    fn machines_bring_what_belongs_to_them_unless_told_otherwise() {
        use Stage::{IpAddresses, TaskHistory, VirtualDisks, VirtualMachines, VmInterfaces};
        let of = |pairs| stages(VirtualMachines, &pairs).unwrap();
        let network = vec![VirtualMachines, VirtualDisks, VmInterfaces, IpAddresses];
        assert_eq!(of(Params::from([])), (network.clone(), true));
        let history = [network, vec![TaskHistory]].concat();
        assert_eq!(of(Params::from([("sync_task_history", "true")])), (history, true));
        let alone = Params::from([("sync_vm_network", "False"), ("sync_task_history", "false")]);
        assert_eq!(of(alone), (vec![VirtualMachines], false));
        let storage = stages(Stage::Storage, &Params::from([("sync_vm_network", "true")])).unwrap();
        assert_eq!(storage, (vec![Stage::Storage], false));
    }
}

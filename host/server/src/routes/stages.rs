//! The stages, each on its own: one table of routes, from which the handlers and their documentation are made.

use super::sync::{outcome, start, streamed};
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
use utoipa::IntoParams as _;
use utoipa::openapi::path::{HttpMethod, Operation, OperationBuilder, Paths};
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, Type};
use utoipa::openapi::{ContentBuilder, Ref, ResponseBuilder, Schema};
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
const OF_MACHINES: &[Described] = &[
    Described(
        "sync_vm_network",
        Takes::Switch,
        "Disks, interfaces and addresses as well, and rows of single machines; true when not given.",
    ),
    Described("sync_task_history", Takes::Switch, "Task history as well; false when not given."),
];

/// The route of every stage, in the order of a full update.
static ROUTES: [StageRoute; 12] = [
    streaming(Stage::Devices, "/dcim/devices/create", "Clusters and nodes"),
    both(Stage::Storage, "/virtualization/virtual-machines/storage/create", "Storage definitions"),
    StageRoute {
        own: OF_MACHINES,
        ..streaming(
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
    streaming(
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
            streamed(state, params, &stages, Surface::Stage { stage: route.stage, network }).await
        };
        let path = format!("{}/stream", route.path);
        let router = router.routes((Vec::new(), documented(&path, route.streaming_operation()), get(stream)));
        if !route.plain {
            return router;
        }
        let plain = move |State(state): State<AppState>, params: Params| async move {
            plain(state, params, route.stage).await
        };
        router.routes((Vec::new(), documented(route.path, route.plain_operation()), get(plain)))
    })
}

/// The stages that a stage's route runs, and whether rows of machines are wanted.
fn stages(stage: Stage, params: &Params) -> Result<(Vec<Stage>, bool), ApiError> {
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

async fn plain(state: AppState, params: Params, stage: Stage) -> Result<Json<Value>, ApiError> {
    let run = start(&state, &params, &[stage]).await?;
    let report = run.wait().await;
    outcome(&report, stream::name(stage))?;
    Ok(Json(stream::plain(&report, stage)))
}

fn documented(path: &str, operation: Operation) -> Paths {
    let mut paths = Paths::new();
    paths.add_path_operation(path, vec![HttpMethod::Get], operation);
    paths
}

impl StageRoute {
    fn streaming_operation(&self) -> Operation {
        let example = format!(
            "event: complete\ndata: {{\"ok\": true, \"message\": \"{} sync completed.\", \"result\": {{\"count\": 2}}}}\n\n",
            stream::name(self.stage)
        );
        let text = ObjectBuilder::new().schema_type(Type::String).build();
        let content = ContentBuilder::new().schema(Some(text)).example(Some(example.into())).build();
        let answer =
            ResponseBuilder::new().description("Progress and result").content("text/event-stream", content);
        self.operation(
            format!("{}, with progress", self.summary),
            "Server-Sent Events as of the full update, for this stage alone.",
        )
        .response("200", answer.build())
        .build()
    }

    fn plain_operation(&self) -> Operation {
        let object = ObjectBuilder::new().schema_type(Type::Object).build();
        let (schema, description): (Schema, _) = if stream::is_listed(self.stage) {
            (
                ArrayBuilder::new().items(object).build().into(),
                "The objects: id, url, name and operation of each",
            )
        } else {
            (object.into(), "The counts of the objects")
        };
        let content = ContentBuilder::new().schema(Some(schema)).build();
        let answer = ResponseBuilder::new().description(description).content("application/json", content);
        self.operation(
            self.summary.to_owned(),
            "Answers when it is done. Clients with little patience may leave; the run goes on.",
        )
        .response("200", answer.build())
        .response("502", refusal("Nothing could be done", "FaultBody"))
        .build()
    }

    fn operation(&self, summary: String, description: &str) -> OperationBuilder {
        let common = SyncParams::into_params(|| None);
        let own = self.own.iter().map(Described::parameter);
        OperationBuilder::new()
            .tag("sync")
            .summary(Some(summary))
            .description(Some(description))
            .parameters(Some(common.into_iter().chain(own)))
            .response("400", refusal("No endpoint, or ids that make no sense", "FaultBody"))
            .response("401", refusal("No key, or a wrong one", "DetailBody"))
            .response("409", refusal("Another run is at work on some of the same endpoints", "CodedBody"))
            .response("422", refusal("A parameter that cannot be used", "InvalidBody"))
    }
}

fn refusal(description: &str, body: &str) -> utoipa::openapi::Response {
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name(body))).build();
    ResponseBuilder::new().description(description).content("application/json", content).build()
}

/// Software-defined networks
///
/// Not synced by this service. Clients that leave `sync_mode_sdn` at `disabled`, its default, never ask.
#[utoipa::path(get, path = "/proxmox/sdn/create/stream", tag = "sync", params(SyncParams), responses(
    (status = 401, body = DetailBody),
    (status = 501, description = "Always", body = DetailBody),
))]
pub(super) async fn sdn() -> ApiError {
    ApiError::Detail(
        StatusCode::NOT_IMPLEMENTED,
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

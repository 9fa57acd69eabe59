//! Syncs of one virtual machine, by its id in NetBox.

use super::stages::{OF_MACHINES, plain, stages};
use super::sync::{no_head, streamed};
use super::sync_docs as docs;
use super::sync_params::Described;
use crate::error::{ApiError, InvalidPart};
use crate::query::Params;
use crate::state::AppState;
use crate::stream::{self, Surface};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::get;
use proxbox_model::report::Stage;
use utoipa::openapi::path::{Operation, Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa_axum::router::OpenApiRouter;

/// Where a part of a machine is synced; its stream is below.
struct MachineRoute {
    stage: Stage,
    path: &'static str,
    /// How sentences about its run begin.
    name: &'static str,
    summary: &'static str,
    own: &'static [Described],
}

const fn route(stage: Stage, path: &'static str, name: &'static str, summary: &'static str) -> MachineRoute {
    MachineRoute { stage, path, name, summary, own: &[] }
}

static ROUTES: [MachineRoute; 4] = [
    MachineRoute {
        own: OF_MACHINES,
        ..route(
            Stage::VirtualMachines,
            "/virtualization/virtual-machines/{netbox_vm_id}/create",
            "Virtual machine",
            "One virtual machine or container",
        )
    },
    route(
        Stage::VirtualDisks,
        "/virtualization/virtual-machines/{netbox_vm_id}/virtual-disks/create",
        "virtual-disks",
        "Disks of one virtual machine or container",
    ),
    route(
        Stage::Backups,
        "/virtualization/virtual-machines/{netbox_vm_id}/backups/create",
        "backups",
        "Backups of one virtual machine or container",
    ),
    route(
        Stage::Snapshots,
        "/virtualization/virtual-machines/{netbox_vm_id}/snapshots/create",
        "snapshots",
        "Snapshots of one virtual machine or container",
    ),
];

/// Adds the routes of single machines, each with and without progress.
pub(super) fn add(router: OpenApiRouter<AppState>) -> OpenApiRouter<AppState> {
    ROUTES.iter().fold(router, |router, route| {
        let stage = route.stage;
        let stream = move |State(state): State<AppState>, Path(id): Path<String>, params: Params| async move {
            let (id, params) = only(&state, &id, params).await?;
            let (stages, network) = stages(stage, &params)?;
            let surface = Surface::Stage { stage, network, machine: Some(id) };
            streamed(state, params, &stages, surface).await
        };
        let alone = move |State(state): State<AppState>, Path(id): Path<String>, params: Params| async move {
            let (_, params) = only(&state, &id, params).await?;
            plain(state, params, stage).await
        };
        let path = format!("{}/stream", route.path);
        let streaming = docs::streaming(route.summary, route.name, route.parameters());
        let listed = docs::plain(route.summary, stream::is_listed(stage), route.parameters());
        router
            .routes((Vec::new(), docs::read(&path, with_absence(streaming)), get(stream).head(no_head)))
            .routes((Vec::new(), docs::read(route.path, with_absence(listed)), get(alone)))
    })
}

impl MachineRoute {
    fn parameters(&self) -> Vec<Parameter> {
        let id = ParameterBuilder::new()
            .name("netbox_vm_id")
            .parameter_in(ParameterIn::Path)
            .required(utoipa::openapi::Required::True)
            .description(Some("Id of the virtual machine in NetBox."))
            .schema(Some(ObjectBuilder::new().schema_type(Type::Integer).build()))
            .build();
        let mut parameters = docs::own(self.own);
        parameters.push(id);
        parameters
    }
}

fn with_absence(mut operation: Operation) -> Operation {
    let absent = docs::refusal("The machine stands for no Proxmox guest", "DetailBody");
    operation.responses.responses.insert("404".to_owned(), absent.into());
    operation
}

/// The machine, and the parameters that restrict a run to it. One that stands for no guest is refused before anything starts.
async fn only(state: &AppState, id: &str, params: Params) -> Result<(u64, Params), ApiError> {
    let machine = id.parse::<u64>().map_err(|_| {
        ApiError::Invalid(vec![InvalidPart::new(
            "int_parsing",
            "path",
            "netbox_vm_id",
            "Input should be a valid integer, unable to parse string as an integer",
        )])
    })?;
    let netbox = state.netbox(params.number("netbox_id", 0, i64::MAX)?).await?;
    if state.syncer.guest_of(&netbox, machine).await?.is_none() {
        let detail =
            format!("Virtual machine {machine} is not in NetBox, or does not stand for a Proxmox guest");
        return Err(ApiError::Detail(StatusCode::NOT_FOUND, detail));
    }
    Ok((machine, params.with("netbox_vm_ids", machine.to_string())))
}

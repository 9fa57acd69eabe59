//! Syncs of one object: one table of routes, from which the handlers and their documentation are made.

use super::individual_answer::answer;
use super::narrowed::{given, need, vmid};
use super::sync::{no_head, start_for};
use super::sync_docs as docs;
use super::sync_params::{Described, Takes};
use crate::error::ApiError;
use crate::query::Params;
use crate::state::AppState;
use axum::Json;
use axum::extract::{Path, State};
use axum::routing::get;
use proxbox_model::facts::GuestKind;
use proxbox_model::options::{Focus, GuestRef, Only};
use serde_json::{Value, json};
use utoipa::openapi::path::{HttpMethod, Operation, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{ContentBuilder, Required, ResponseBuilder};
use utoipa_axum::router::OpenApiRouter;

/// Where an object of one type is synced.
struct ObjectRoute {
    /// Below `/sync/individual/`.
    path: &'static str,
    /// Type of the object in the answer.
    object_type: &'static str,
    summary: &'static str,
    /// Whether POST does the same.
    posts: bool,
    /// Parameters without which nothing can be found.
    needed: &'static [&'static str],
    /// Other parameters of its own.
    optional: &'static [&'static str],
    only: fn(&Params) -> Result<Only, ApiError>,
}

static ROUTES: [ObjectRoute; 12] = [
    ObjectRoute {
        path: "cluster",
        object_type: "cluster",
        summary: "One cluster",
        posts: false,
        needed: &["cluster_name"],
        optional: &[],
        only: |_| Ok(Only::Cluster),
    },
    ObjectRoute {
        path: "node",
        object_type: "node",
        summary: "One node",
        posts: false,
        needed: &["cluster_name", "node_name"],
        optional: &[],
        only: |params| Ok(Only::Node(given(params, "node_name"))),
    },
    ObjectRoute {
        path: "vm",
        object_type: "vm",
        summary: "One virtual machine or container",
        posts: false,
        needed: GUEST,
        optional: &[],
        only: |params| Ok(Only::Guest(guest(params)?)),
    },
    ObjectRoute {
        path: "interface",
        object_type: "interface",
        summary: "One interface of a guest",
        posts: true,
        needed: &["cluster_name", "node", "type", "vmid", "interface_name"],
        optional: &["auto_create_vm"],
        only: |params| Ok(Only::Interface(guest(params)?, given(params, "interface_name"))),
    },
    ObjectRoute {
        path: "ip",
        object_type: "ip",
        summary: "Addresses of a guest",
        posts: true,
        needed: GUEST,
        optional: &["interface_name", "auto_create_vm"],
        only: |params| {
            let text = |name| params.text(name).map(str::to_owned);
            Ok(Only::Addresses { guest: guest(params)?, interface: text("interface_name"), ip: text(IP) })
        },
    },
    ObjectRoute {
        path: "disk",
        object_type: "disk",
        summary: "One disk of a guest",
        posts: true,
        needed: &["cluster_name", "node", "type", "vmid", "disk_name"],
        optional: &["auto_create_vm", "auto_create_storage"],
        only: |params| Ok(Only::Disk(guest(params)?, given(params, "disk_name"))),
    },
    ObjectRoute {
        path: "storage",
        object_type: "storage",
        summary: "One storage",
        posts: false,
        needed: &["cluster_name", "storage_name"],
        optional: &[],
        only: |params| Ok(Only::Storage(given(params, "storage_name"))),
    },
    ObjectRoute {
        path: "snapshot",
        object_type: "snapshot",
        summary: "One snapshot",
        posts: true,
        needed: &["cluster_name", "node", "type", "vmid", "snapshot_name"],
        optional: &["auto_create_vm", "auto_create_storage"],
        only: |params| Ok(Only::Snapshot(guest(params)?, given(params, "snapshot_name"))),
    },
    ObjectRoute {
        path: "task-history",
        object_type: "task-history",
        summary: "Tasks of a guest",
        posts: false,
        needed: &["node", "type", "vmid"],
        optional: &["cluster_name", "upid"],
        only: |params| {
            let upid = params.text("upid").map(str::to_owned);
            Ok(Only::Tasks { guest: guest(params)?, node: given(params, "node"), upid })
        },
    },
    ObjectRoute {
        path: "replication",
        object_type: "replication",
        summary: "One replication job",
        posts: true,
        needed: &["cluster_name", "replication_id"],
        optional: &["auto_create_vm"],
        only: |params| Ok(Only::Replication(given(params, "replication_id"))),
    },
    ObjectRoute {
        path: "backup",
        object_type: "backup",
        summary: "One backup",
        posts: true,
        needed: &["cluster_name", "node", "storage", "vmid", "volid"],
        optional: &["auto_create_vm", "auto_create_storage"],
        only: |params| {
            let (node, storage) = (given(params, "node"), given(params, "storage"));
            let volume = given(params, "volid");
            Ok(Only::Backup { node, storage, vmid: guest(params)?.vmid, volume })
        },
    },
    ObjectRoute {
        path: "backup-routines",
        object_type: "backup-routine",
        summary: "One backup job",
        posts: true,
        needed: &["cluster_name", "job_id"],
        optional: &[],
        only: |params| Ok(Only::Routine(given(params, "job_id"))),
    },
];

const GUEST: &[&str] = &["cluster_name", "node", "type", "vmid"];
/// The path form of a guest.
const GUEST_PATH: &str = "/sync/individual/vm/{cluster_name}/{node}/{type}/{vmid}";
/// What the query's address is called once it is known not to select endpoints.
const IP: &str = "object_ip_address";
const KINDS: &[&str] = &["qemu", "lxc"];

/// Adds the routes of single objects.
pub(super) fn add(router: OpenApiRouter<AppState>) -> OpenApiRouter<AppState> {
    let router = ROUTES.iter().fold(router, |router, route| {
        let handler = move |State(state): State<AppState>, params: Params| async move {
            sync(&state, route, params).await
        };
        let path = format!("/sync/individual/{}", route.path);
        let operation = route.operation(ParameterIn::Query);
        if route.posts {
            let methods = vec![HttpMethod::Get, HttpMethod::Post];
            let documented = docs::with_methods(&path, methods, operation);
            return router.routes((Vec::new(), documented, get(handler).post(handler).head(no_head)));
        }
        router.routes((Vec::new(), docs::read(&path, operation), get(handler).head(no_head)))
    });
    let Some(of_guests) = ROUTES.iter().find(|route| route.path == "vm") else { return router };
    let handler = move |State(state): State<AppState>, Path(parts): Path<[String; 4]>, params: Params| async move {
        let params = GUEST.iter().zip(parts).fold(params, |params, (name, part)| params.with(name, part));
        sync(&state, of_guests, params).await
    };
    router.routes((
        Vec::new(),
        docs::read(GUEST_PATH, of_guests.operation(ParameterIn::Path)),
        get(handler).head(no_head),
    ))
}

async fn sync(state: &AppState, route: &ObjectRoute, params: Params) -> Result<Json<Value>, ApiError> {
    let params = settled(params, route);
    need(&params, route.needed)?;
    let create =
        |name| Ok::<bool, ApiError>(route.optional.contains(&name) && params.flag(name)?.unwrap_or(true));
    let focus = Focus {
        cluster: params.text("cluster_name").map(str::to_owned),
        only: (route.only)(&params)?,
        create_guest: create("auto_create_vm")?,
        create_storage: create("auto_create_storage")?,
    };
    let dry_run = params.flag("dry_run")?.unwrap_or(false);
    let run = start_for(state, &params, focus.clone()).await?;
    let report = run.wait().await;
    answer(route.object_type, &focus, dry_run, &report, run.found()).map(Json)
}

/// Takes what is called by another name here than in other syncs for what it is.
fn settled(params: Params, route: &ObjectRoute) -> Params {
    let sort = params.text("type").or_else(|| params.text("vm_type")).map(str::to_ascii_lowercase);
    let params = match sort {
        Some(sort) => params.with("type", sort),
        None => params,
    };
    match params.text("ip_address").map(str::to_owned) {
        Some(ip) if route.path == "ip" => params.without("ip_address").with(IP, ip),
        _ => params,
    }
}

fn guest(params: &Params) -> Result<GuestRef, ApiError> {
    let kind = |word: &str| match word {
        "qemu" => Some(GuestKind::Qemu),
        "lxc" => Some(GuestKind::Lxc),
        _ => None,
    };
    Ok(GuestRef { vmid: vmid(params)?.unwrap_or_default(), kind: params.choice("type", KINDS, kind)? })
}

impl ObjectRoute {
    fn operation(&self, place: ParameterIn) -> Operation {
        let needed = self.needed.iter().map(|name| {
            let mut parameter = described(name).parameter();
            parameter.parameter_in = place.clone();
            parameter.required = Required::True;
            parameter
        });
        let optional = self.optional.iter().map(|name| described(name).parameter());
        let own = needed.chain(optional).collect();
        let answer = json!({
            "object_type": self.object_type, "action": "updated", "dry_run": false, "error": null,
            "netbox_object": {"id": 1, "url": "https://netbox.example/x/1/", "name": "x"},
            "proxmox_resource": {}, "dependencies_synced": [],
        });
        let object = ObjectBuilder::new().schema_type(Type::Object).build();
        let content = ContentBuilder::new().schema(Some(object)).example(Some(answer)).build();
        let description = "What became of the object: `created`, `updated`, `unchanged`, `skipped`, `error`, or \
                           `dry_run`. What went wrong is in `error`.";
        let ok = ResponseBuilder::new().description(description).content("application/json", content);
        let text = "The object is read, mapped and compared as in any other sync; nothing else is, but what it needs to \
                    be there. Answers when it is done. Clients with little patience may leave; the run goes on.";
        docs::operation(self.summary.to_owned(), text, own)
            .response("200", ok.build())
            .response("404", docs::refusal("Proxmox does not hold the object", "DetailBody"))
            .build()
    }
}

fn described(name: &'static str) -> Described {
    let (takes, text) = match name {
        "cluster_name" => (Takes::Text, "Name of the cluster, or of a node on its own."),
        "node" => {
            (Takes::Text, "Name of the node that the guest is on. A guest that moved is found all the same.")
        }
        "node_name" => (Takes::Text, "Name of the node."),
        "type" => (Takes::OneOf(KINDS), "Virtual machine or container; `vm_type` is the same."),
        "vmid" => (Takes::Whole { least: 1, most: None }, "Number of the guest in Proxmox."),
        "interface_name" => (Takes::Text, "The interface: `net0`, or the name that it has in the guest."),
        "disk_name" => (Takes::Text, "The disk: `scsi0`."),
        "storage_name" | "storage" => (Takes::Text, "Name of the storage."),
        "snapshot_name" => (Takes::Text, "Name of the snapshot."),
        "upid" => (Takes::Text, "The task; all of the guest on the node when not given."),
        "replication_id" => (Takes::Text, "The job: `100-0`."),
        "volid" => (Takes::Text, "Volume id of the backup."),
        "job_id" => (Takes::Text, "The job: `backup-1a2b3c4d-5e6f`."),
        "auto_create_vm" => {
            (Takes::Switch, "Make the guest where NetBox does not hold it; true when not given.")
        }
        "auto_create_storage" => {
            (Takes::Switch, "Make the storage where NetBox does not hold it; true when not given.")
        }
        _ => (Takes::Text, ""),
    };
    Described(name, takes, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_parameter_is_described() {
        for route in &ROUTES {
            for name in route.needed.iter().chain(route.optional) {
                assert!(!described(name).2.is_empty(), "{name}");
            }
        }
    }

    #[test]
    fn an_address_of_the_query_selects_no_endpoint() {
        let route = ROUTES.iter().find(|route| route.path == "ip").unwrap();
        let params =
            settled(Params::from([("ip_address", "192.0.2.1"), ("vm_type", "LXC"), ("vmid", "7")]), route);
        assert_eq!(params.text("ip_address"), None);
        let guest = GuestRef { vmid: 7, kind: Some(GuestKind::Lxc) };
        let expected = Only::Addresses { guest, interface: None, ip: Some("192.0.2.1".into()) };
        assert_eq!((route.only)(&params).unwrap(), expected);
    }
}

//! Firewalls. What the account may not see is left out: an empty list that stands for "unknown" would have its readers forget what
//! they know.

use super::ask::{Live, Question, Trouble, all, objects};
use super::cluster::named;
use super::place::{Place, guest_kind, invalid, of_node};
use super::selecting::Selecting;
use crate::error::{ApiError, DetailBody, FaultBody, InvalidBody};
use crate::query::Params;
use crate::state::AppState;
use axum::Json;
use axum::extract::State;
use proxbox_model::facts::GuestKind;
use proxbox_proxmox::{is_node_name, unsigned};
use serde_json::{Map, Value, json};
use tokio::try_join;

const PARTS: [&str; 5] = ["rules", "groups", "ipset", "aliases", "options"];

type Row = Map<String, Value>;
/// How a member is written.
type Shape = fn(Row) -> Value;

const SUMMARY: Question = Question::patient("firewall");
const RULES: Question = Question::patient("firewall rules");

/// The firewalls of the clusters
///
/// What the accounts may not see is left out.
#[utoipa::path(get, path = "/proxmox/firewall/summary", tag = "proxmox", params(Selecting), responses(
    (status = 200, body = Value, example = json!([{"cluster_name": "lab",
        "security_groups": [{"name": "web", "group": "web", "rules": [{"pos": 0, "type": "in", "action": "ACCEPT", "enable": 1}]}],
        "rules": [], "ip_sets": [{"name": "trusted", "entries": [{"cidr": "192.0.2.0/24"}]}], "aliases": [],
        "options": {"enable": 1, "policy_in": "DROP"}}])),
    (status = 400, description = "No endpoint, or ids that make no sense", body = FaultBody),
    (status = 401, body = DetailBody),
    (status = 502, description = "None of them answers", body = FaultBody),
))]
pub(crate) async fn summary(
    State(state): State<AppState>,
    params: Params,
) -> Result<Json<Vec<Value>>, ApiError> {
    let found =
        all(&state, &params, SUMMARY, |live| async move { live.offered(of_cluster(&live).await) }).await?;
    Ok(Json(found.into_iter().flatten().collect()))
}

async fn of_cluster(live: &Live) -> Result<Value, Trouble> {
    let (name, groups, rules, sets, aliases, options) = try_join!(
        live.name(),
        live.rows("/cluster/firewall/groups"),
        live.rows("/cluster/firewall/rules"),
        live.rows("/cluster/firewall/ipset"),
        live.rows("/cluster/firewall/aliases"),
        live.get("/cluster/firewall/options"),
    )?;
    let groups = with_members(live, groups, ("group", "groups"), ("rules", rule)).await?;
    let sets = with_members(live, sets, ("name", "ipset"), ("entries", Value::from)).await?;
    Ok(json!({
        "cluster_name": name, "security_groups": groups, "ip_sets": sets, "aliases": aliases, "options": options,
        "rules": rules.into_iter().map(rule).collect::<Value>(),
    }))
}

/// Adds to each row what is in it.
async fn with_members(
    live: &Live,
    rows: Vec<Row>,
    (key, below): (&str, &str),
    (member, shape): (&str, Shape),
) -> Result<Vec<Value>, Trouble> {
    let filled = rows.into_iter().filter_map(|mut row| {
        let name = row.get(key)?.as_str().filter(|name| is_node_name(name))?.to_owned();
        Some(async move {
            let members = live.rows(&format!("/cluster/firewall/{below}/{name}")).await?;
            row.insert("name".to_owned(), name.into());
            row.insert(member.to_owned(), members.into_iter().map(shape).collect());
            Ok(Value::from(row))
        })
    });
    futures::future::try_join_all(filled).await
}

/// A rule as its readers expect it: numbers that are numbers, and names without hyphens beside those with.
fn rule(mut rule: Row) -> Value {
    for name in ["pos", "enable"] {
        if let Some(number) = rule.get(name).and_then(unsigned) {
            rule.insert(name.to_owned(), number.into());
        }
    }
    if let Some(icmp) = rule.get("icmp-type").cloned() {
        rule.insert("icmp_type".to_owned(), icmp);
    }
    rule.into()
}

/// The firewall rules of a node
#[utoipa::path(get, path = "/proxmox/firewall/nodes/{node}/rules", tag = "proxmox", params(("node" = String, Path),
    ("cluster_name" = Option<String>, Query, description = "Only the node of this cluster"), Selecting), responses(
    (status = 200, body = Value, example = json!([{"pos": 0, "type": "in", "action": "ACCEPT", "enable": 1, "dport": "8006"}])),
    (status = 400, description = "No endpoint, or ids that make no sense", body = FaultBody),
    (status = 401, body = DetailBody),
    (status = 404, body = DetailBody, example = json!({"detail": "Node pve9 not found"})),
    (status = 422, body = InvalidBody),
    (status = 502, description = "No answer", body = FaultBody),
))]
pub(crate) async fn of_a_node(
    State(state): State<AppState>,
    place: Place,
    params: Params,
) -> Result<Json<Vec<Value>>, ApiError> {
    let node = place.name("node")?;
    let path = &format!("/nodes/{node}/firewall/rules");
    let lists =
        of_node(&state, &params, RULES, node, |live| async move { live.offered_rows(path).await }).await?;
    Ok(rules(lists))
}

fn rules(lists: Vec<Option<Vec<Row>>>) -> Json<Vec<Value>> {
    Json(lists.into_iter().flatten().flatten().map(rule).collect())
}

/// The firewall options of a node
#[utoipa::path(get, path = "/proxmox/firewall/nodes/{node}/options", tag = "proxmox", params(("node" = String, Path),
    ("cluster_name" = Option<String>, Query, description = "Only the node of this cluster"), Selecting), responses(
    (status = 200, body = Value, example = json!({"enable": 1, "log_level_in": "nolog"})),
    (status = 400, description = "No endpoint, or ids that make no sense", body = FaultBody),
    (status = 401, body = DetailBody),
    (status = 404, body = DetailBody, example = json!({"detail": "Node pve9 not found"})),
    (status = 422, body = InvalidBody),
    (status = 502, description = "No answer", body = FaultBody),
))]
pub(crate) async fn options_of_a_node(
    State(state): State<AppState>,
    place: Place,
    params: Params,
) -> Result<Json<Value>, ApiError> {
    let node = place.name("node")?;
    let path = &format!("/nodes/{node}/firewall/options");
    let read = |live: Live| async move { live.offered(live.get(path).await) };
    Ok(options(of_node(&state, &params, RULES, node, read).await?))
}

fn options(found: Vec<Option<Value>>) -> Json<Value> {
    Json(found.into_iter().flatten().next().unwrap_or_else(|| json!({})))
}

/// The firewall rules of a guest
#[utoipa::path(get, path = "/proxmox/firewall/vms/{vmid}/rules", tag = "proxmox", params(("vmid" = u32, Path),
    ("vm_type" = Option<String>, Query, description = "`qemu` or `lxc`; either when not given"), Selecting), responses(
    (status = 200, body = Value, example = json!([{"pos": 0, "type": "in", "action": "ACCEPT", "enable": 1, "macro": "SSH"}])),
    (status = 400, description = "No endpoint, or ids that make no sense", body = FaultBody),
    (status = 401, body = DetailBody),
    (status = 404, body = DetailBody, example = json!({"detail": "Guest 100 not found"})),
    (status = 422, body = InvalidBody),
    (status = 502, description = "No answer", body = FaultBody),
))]
pub(crate) async fn of_a_guest(
    State(state): State<AppState>,
    place: Place,
    params: Params,
) -> Result<Json<Vec<Value>>, ApiError> {
    let (vmid, kind) = guest(&place, &params)?;
    let lists = all(&state, &params, RULES, |live| async move {
        let path = format!("{}/firewall/rules", path_of_guest(&live, vmid, kind).await?);
        live.offered_rows(&path).await
    });
    Ok(rules(lists.await?))
}

/// The firewall options of a guest
#[utoipa::path(get, path = "/proxmox/firewall/vms/{vmid}/options", tag = "proxmox", params(("vmid" = u32, Path),
    ("vm_type" = Option<String>, Query, description = "`qemu` or `lxc`; either when not given"), Selecting), responses(
    (status = 200, body = Value, example = json!({"enable": 1, "policy_in": "DROP"})),
    (status = 400, description = "No endpoint, or ids that make no sense", body = FaultBody),
    (status = 401, body = DetailBody),
    (status = 404, body = DetailBody, example = json!({"detail": "Guest 100 not found"})),
    (status = 422, body = InvalidBody),
    (status = 502, description = "No answer", body = FaultBody),
))]
pub(crate) async fn options_of_a_guest(
    State(state): State<AppState>,
    place: Place,
    params: Params,
) -> Result<Json<Value>, ApiError> {
    let (vmid, kind) = guest(&place, &params)?;
    let found = all(&state, &params, RULES, |live| async move {
        let path = format!("{}/firewall/options", path_of_guest(&live, vmid, kind).await?);
        live.offered(live.get(&path).await)
    });
    Ok(options(found.await?))
}

fn guest(place: &Place, params: &Params) -> Result<(u32, Option<GuestKind>), ApiError> {
    Ok((place.vmid()?, params.choice("vm_type", &["qemu", "lxc"], guest_kind)?))
}

/// Where a guest is now: `/nodes/pve1/qemu/100`.
async fn path_of_guest(live: &Live, vmid: u32, kind: Option<GuestKind>) -> Result<String, Trouble> {
    let guests = live.rows_where("/cluster/resources", &[("type", "vm")]).await?;
    let path = guests
        .iter()
        .filter(|guest| guest.get("vmid").and_then(unsigned) == Some(vmid.into()))
        .find_map(|guest| {
            let word = |name: &str| guest.get(name).and_then(Value::as_str);
            let found = guest_kind(word("type")?).filter(|found| kind.is_none_or(|kind| kind == *found))?;
            let node = word("node").filter(|node| is_node_name(node))?;
            Some(format!("/nodes/{node}/{}/{vmid}", found.as_str()))
        });
    path.ok_or_else(|| Trouble::Absent(format!("Guest {vmid} not found")))
}

/// A part of the firewalls of the clusters
///
/// `rules`, `groups`, `ipset`, `aliases` or `options`, with `cluster_name` added. What the accounts may not see is left out.
#[utoipa::path(get, path = "/proxmox/firewall/datacenter/{part}", tag = "proxmox", params(("part" = String, Path), Selecting), responses(
    (status = 200, body = Value, example = json!([{"pos": 0, "type": "group", "action": "web", "enable": 1, "cluster_name": "lab"}])),
    (status = 400, description = "No endpoint, or ids that make no sense", body = FaultBody),
    (status = 401, body = DetailBody),
    (status = 422, body = InvalidBody),
    (status = 502, description = "None of them answers", body = FaultBody),
))]
pub(crate) async fn of_datacenters(
    State(state): State<AppState>,
    place: Place,
    params: Params,
) -> Result<Json<Vec<Value>>, ApiError> {
    let asked = place.text("part");
    let part = PARTS.into_iter().find(|part| *part == asked);
    let part =
        part.ok_or_else(|| invalid("enum", "part", format!("Input should be one of {}", PARTS.join(", "))))?;
    let path = &format!("/cluster/firewall/{part}");
    let lists = all(&state, &params, RULES, |live| async move {
        let name = live.name().await?;
        let rows = match live.offered(live.get(path).await)? {
            Some(Value::Object(options)) => vec![options],
            Some(list) => objects(list).ok_or_else(|| Trouble::Shape(path.clone()))?,
            None => Vec::new(),
        };
        Ok(rows.into_iter().map(|row| named(row, &name)).collect::<Vec<_>>())
    });
    Ok(Json(lists.await?.into_iter().flatten().collect()))
}

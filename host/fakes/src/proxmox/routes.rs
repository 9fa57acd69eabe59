//! What the server answers.

use super::call::{Answer, Call};
use super::view::{access, agent, cluster, firewall, guest, ha, node, pool, storage, task};

/// Answers one path.
pub(super) type Handler = fn(&Call<'_>) -> Answer;

/// Every path that can be read, as Proxmox's own API schema writes it.
pub(super) const TABLE: &[(&str, Handler)] = &[
    ("/version", cluster::version),
    ("/access", access::index),
    ("/access/permissions", access::permissions),
    ("/cluster", cluster::index),
    ("/cluster/status", cluster::status),
    ("/cluster/resources", cluster::resources),
    ("/cluster/config/join", cluster::join),
    ("/cluster/options", cluster::options),
    ("/cluster/nextid", cluster::next_id),
    ("/cluster/tasks", task::of_cluster),
    ("/cluster/backup", cluster::backup_jobs),
    ("/cluster/backup/{id}", cluster::backup_job),
    ("/cluster/replication", cluster::replications),
    ("/cluster/replication/{id}", cluster::replication),
    ("/cluster/firewall/groups", firewall::groups),
    ("/cluster/firewall/groups/{group}", firewall::group),
    ("/cluster/firewall/rules", firewall::rules),
    ("/cluster/firewall/ipset", firewall::sets),
    ("/cluster/firewall/ipset/{name}", firewall::set),
    ("/cluster/firewall/aliases", firewall::aliases),
    ("/cluster/firewall/options", firewall::options),
    ("/cluster/ha/status/current", ha::status),
    ("/cluster/ha/groups", ha::groups),
    ("/cluster/ha/resources", ha::resources),
    ("/cluster/ha/rules", ha::rules),
    ("/cluster/qemu/custom-cpu-models", cluster::cpu_models),
    ("/nodes", node::all),
    ("/nodes/{node}", node::index),
    ("/nodes/{node}/status", node::status),
    ("/nodes/{node}/version", node::version),
    ("/nodes/{node}/certificates/info", node::certificates),
    ("/nodes/{node}/time", node::time),
    ("/nodes/{node}/network", node::network),
    ("/nodes/{node}/firewall/rules", firewall::node_rules),
    ("/nodes/{node}/firewall/options", firewall::node_options),
    ("/nodes/{node}/qemu", guest::all_qemu),
    ("/nodes/{node}/qemu/{vmid}", guest::qemu_index),
    ("/nodes/{node}/qemu/{vmid}/firewall", guest::qemu_firewall),
    ("/nodes/{node}/qemu/{vmid}/firewall/rules", firewall::qemu_rules),
    ("/nodes/{node}/qemu/{vmid}/firewall/options", firewall::qemu_options),
    ("/nodes/{node}/qemu/{vmid}/config", guest::qemu_config),
    ("/nodes/{node}/qemu/{vmid}/status/current", guest::qemu_current),
    ("/nodes/{node}/qemu/{vmid}/snapshot", guest::qemu_snapshots),
    ("/nodes/{node}/qemu/{vmid}/agent/network-get-interfaces", agent::interfaces),
    ("/nodes/{node}/qemu/{vmid}/agent/get-host-name", agent::host_name),
    ("/nodes/{node}/qemu/{vmid}/agent/get-osinfo", agent::os_info),
    ("/nodes/{node}/lxc", guest::all_lxc),
    ("/nodes/{node}/lxc/{vmid}", guest::lxc_index),
    ("/nodes/{node}/lxc/{vmid}/firewall", guest::lxc_firewall),
    ("/nodes/{node}/lxc/{vmid}/firewall/rules", firewall::lxc_rules),
    ("/nodes/{node}/lxc/{vmid}/firewall/options", firewall::lxc_options),
    ("/nodes/{node}/lxc/{vmid}/config", guest::lxc_config),
    ("/nodes/{node}/lxc/{vmid}/status/current", guest::lxc_current),
    ("/nodes/{node}/lxc/{vmid}/snapshot", guest::lxc_snapshots),
    ("/nodes/{node}/lxc/{vmid}/interfaces", agent::lxc_interfaces),
    ("/nodes/{node}/storage", storage::of_node),
    ("/nodes/{node}/storage/{storage}/content", storage::content),
    ("/nodes/{node}/tasks", task::of_node),
    ("/nodes/{node}/tasks/{upid}/status", task::status),
    ("/storage", storage::all),
    ("/storage/{storage}", storage::one),
    ("/pools", pool::all),
    ("/pools/{poolid}", pool::one),
];

/// Every path that can be read, as templates of the API schema: `/nodes/{node}/qemu/{vmid}/config`.
pub fn paths() -> impl Iterator<Item = &'static str> {
    TABLE.iter().map(|(path, _)| *path)
}

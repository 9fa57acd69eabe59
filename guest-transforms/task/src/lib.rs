//! The default mapping of a task of a guest to the plugin's task history.

mod action;
mod upid;

use proxbox_transform_sdk::facts::{GuestKind, TaskFacts};
use proxbox_transform_sdk::{
    Context, Draft, Outcome, Raw, TaskMapper, digest, export, fit, guest, proxbox_tag, time,
};
use upid::Upid;

/// The longest text of most fields.
const TEXT: usize = 255;
/// The plugin's largest process id.
const MOST_PID: u64 = 2_147_483_647;

/// The mapper that the host has built in.
pub struct Task;

impl TaskMapper for Task {
    fn map(_cx: &Context, fact: &TaskFacts) -> Outcome {
        let upid = Upid::of(&fact.upid);
        let raw = Raw::of(&fact.raw);
        let about = raw.text("id").unwrap_or_else(|| fact.vmid.to_string());
        let said = fact.status.as_deref().map(str::trim).filter(|status| !status.is_empty());
        Draft::new("netbox_proxbox.vmtaskhistory")
            .reference("virtual_machine", guest(fact.vmid))
            .text("vm_type", vm_type(fact.guest))
            .text("upid", fit(&fact.upid, TEXT, &["~", &digest(&fact.upid)].concat()))
            .text("node", fit(&fact.node, TEXT, ""))
            .with("pid", fact.process.or_else(|| upid.process()).filter(|pid| *pid <= MOST_PID))
            .with("pstart", upid.process_start())
            .text("task_id", fit(&about, TEXT, ""))
            .text("task_type", fit(or(&fact.kind, "unknown"), TEXT, ""))
            .text("username", fit(or(&fact.user, "root@pam"), TEXT, ""))
            .text("start_time", time(fact.started))
            .with("end_time", fact.ended.map(time))
            .text("description", description(fact))
            .text("status", said.unwrap_or(if is_running(fact) { "running" } else { "unknown" }))
            .text("task_state", if is_running(fact) { "running" } else { "stopped" })
            .with("exitstatus", if is_running(fact) { None } else { said })
            .tag(proxbox_tag())
            .into()
    }
}

/// Proxmox lists a task that came to an end without an end time, when its status was lost.
fn is_running(fact: &TaskFacts) -> bool {
    let said = fact.status.as_deref().map(str::trim).unwrap_or_default();
    fact.ended.is_none() && (said.is_empty() || said == "running")
}

/// The plugin wants a text here.
fn or<'text>(text: &'text str, otherwise: &'static str) -> &'text str {
    if text.trim().is_empty() { otherwise } else { text }
}

fn vm_type(kind: GuestKind) -> &'static str {
    match kind {
        GuestKind::Qemu => "qemu",
        GuestKind::Lxc => "lxc",
    }
}

/// `QEMU 101 - Start`.
fn description(fact: &TaskFacts) -> String {
    let kind = match fact.guest {
        GuestKind::Qemu => "QEMU",
        GuestKind::Lxc => "CT",
    };
    format!("{kind} {} - {}", fact.vmid, action::of(&fact.kind))
}

export!(Task: TaskMapper);

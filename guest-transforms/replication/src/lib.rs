//! The default mapping of a replication job to the plugin's replication.

use proxbox_transform_sdk::facts::ReplicationFacts;
use proxbox_transform_sdk::{
    Context, Draft, Outcome, Raw, ReplicationMapper, Value, digest, export, fit, guest, plugin_endpoint,
    plugin_node, proxbox_tag,
};

/// The longest text of most fields.
const TEXT: usize = 255;
/// The longest schedule.
const SCHEDULE: usize = 128;
/// The plugin's largest number.
const MOST: i64 = 2_147_483_647;

/// How a job fares, which is no part of its configuration.
const STATE: [&str; 9] =
    ["digest", "duration", "error", "fail_count", "last_sync", "last_try", "next_sync", "pid", "state"];

/// The mapper that the host has built in.
pub struct Replication;

impl ReplicationMapper for Replication {
    fn map(cx: &Context, fact: &ReplicationFacts) -> Outcome {
        let raw = Raw::of(&fact.raw);
        Draft::new("netbox_proxbox.replication")
            .reference("endpoint", plugin_endpoint(cx))
            .text("replication_id", fit(&fact.id, TEXT, &["~", &digest(&fact.id)].concat()))
            .reference("virtual_machine", guest(fact.vmid))
            .with("proxmox_node", fact.source_node.as_deref().map(plugin_node))
            .with("guest", i64::from(fact.vmid).min(MOST))
            .text("target", fit(&fact.target_node, TEXT, ""))
            .text("job_type", "local")
            .text("schedule", fit(&fact.schedule, SCHEDULE, "…"))
            .with("rate", rate(fact.rate))
            .text("comment", fact.comment.as_str())
            .with("disable", !fact.enabled)
            .with("source", fact.source_node.as_deref().map(|node| fit(node, TEXT, "")))
            .with("jobnum", i64::from(fact.number).min(MOST))
            .with("remove_job", removal(&raw))
            .text("status", "active")
            .tag(proxbox_tag())
            .with("raw_config", raw.without(&STATE))
            .into()
    }
}

fn rate(rate: Option<f64>) -> Value {
    match rate {
        Some(rate) if rate.is_finite() && rate >= 0.0 => Value::Decimal(rate.to_string()),
        _ => Value::Null,
    }
}

/// How a job that is being removed cleans up: only its own, or also the copies.
fn removal(raw: &Raw) -> Option<&'static str> {
    match raw.text("remove_job")?.as_str() {
        "local" => Some("local"),
        "full" => Some("full"),
        _ => None,
    }
}

export!(Replication: ReplicationMapper);

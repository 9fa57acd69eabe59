//! What a run shows before there is anything to tell: whether it can do anything at all.
//!
//! The NetBox plugin asks twice more after a stream that ended badly, and after an answer of 500 and above; after one
//! below that it gives up at once and shows the reason. So a run that never got to work is an answer, not a stream.

use axum::http::StatusCode;
use futures::{StreamExt as _, pin_mut};
use proxbox_model::event::Event;
use proxbox_model::report::{RunReport, RunStatus};
use proxbox_sync::Run;
use std::future::ready;
use std::sync::Arc;
use std::time::Duration;

/// How long an answer waits for the run to show that.
const PATIENCE: Duration = Duration::from_secs(10);

/// Problems that no further try cures.
const FINAL: &[&str] = &[
    "address-not-allowed",
    "netbox-forbidden",
    "netbox-invalid-token",
    "netbox-invalid-url",
    "netbox-not-found",
    "netbox-redirected",
    "netbox-tls",
    "netbox-tls-setup",
    "netbox-too-old",
    "netbox-unauthorized",
    "netbox-web-page",
    "proxmox-certificate-refused",
    "proxmox-fingerprint-mismatch",
    "proxmox-forbidden",
    "proxmox-invalid-address",
    "proxmox-invalid-credential",
    "proxmox-not-tls",
    "proxmox-plain-http",
    "proxmox-second-factor",
    "proxmox-unauthorized",
];

/// The report of a run that failed before it read or wrote anything; none of one that has to wait for its turn.
pub(super) async fn failed(run: &Run) -> Option<Arc<RunReport>> {
    let shown = run.events().filter_map(|event| {
        ready(match event {
            Event::RunDone { report } => Some((report.status == RunStatus::Failed).then_some(report)),
            Event::Waiting { .. } | Event::StageStarted { .. } | Event::Reading { total: Some(_), .. } => {
                Some(None)
            }
            _ => None,
        })
    });
    pin_mut!(shown);
    tokio::time::timeout(PATIENCE, shown.next()).await.ok()??
}

/// The status of an answer about a run that failed.
pub(super) fn status(report: &RunReport) -> StatusCode {
    let is_final = report.cause().is_some_and(|problem| FINAL.contains(&problem.code.as_str()));
    if is_final { StatusCode::BAD_REQUEST } else { StatusCode::BAD_GATEWAY }
}

//! What a monitoring system wants to know.

use super::cache::{EXPOSITION, exposition};
use crate::error::{ApiError, DetailBody, FaultBody};
use crate::proxied::{Drifted, Proxied};
use crate::state::AppState;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use proxbox_model::report::{ModuleUsage, RunStatus};
use proxbox_store::{RunRecord, RunState};
use std::fmt::Write as _;

/// Metrics, for Prometheus
///
/// The release, runs at work, the latest run that ended, what each mapping module did since the service started, answers of
/// Proxmox VE that were passed on and how well its schemas describe them, and the cache. A run that was done in part counts as a success of 0.
#[utoipa::path(get, path = "/metrics", tag = "meta", responses(
    (status = 200, body = String, content_type = "text/plain",
        example = "# TYPE proxbox_runs_active gauge\nproxbox_runs_active 0\n"),
    (status = 401, body = DetailBody),
    (status = 500, description = "The database does not answer", body = FaultBody),
))]
pub(crate) async fn metrics(State(state): State<AppState>) -> Result<impl IntoResponse, ApiError> {
    let mut text = String::new();
    gauge(&mut text, "build_info", &format!("{{version=\"{}\"}}", env!("CARGO_PKG_VERSION")), 1.0);
    gauge(&mut text, "runs_active", "", state.syncer.active().len() as f64);
    let ended = state.store.runs(50).await?.into_iter().find(|run| run.ended.is_some());
    if let Some(RunRecord { state, started, ended: Some(ended), .. }) = ended {
        let success = state == RunState::Ended(RunStatus::Completed);
        gauge(&mut text, "last_run_success", "", f64::from(u8::from(success)));
        gauge(&mut text, "last_run_ended_timestamp_seconds", "", ended);
        gauge(&mut text, "last_run_duration_seconds", "", ended - started);
    }
    modules(&mut text, &state.syncer.module_usage());
    proxied(&mut text, &state.proxied);
    text.push_str(&exposition(&state).await);
    Ok(([(header::CONTENT_TYPE, EXPOSITION)], text))
}

fn gauge(text: &mut String, name: &str, labels: &str, value: f64) {
    // Writing to a string does not fail.
    let _ = writeln!(text, "# TYPE proxbox_{name} gauge\nproxbox_{name}{labels} {value}");
}

/// A metric of modules: its name, type and meaning, and its values by further labels.
struct OfModules {
    name: &'static str,
    kind: &'static str,
    help: &'static str,
    values: fn(&ModuleUsage) -> Vec<(&'static str, f64)>,
}

const OF_MODULES: &[OfModules] = &[
    OfModules {
        name: "objects_total",
        kind: "counter",
        help: "Objects that a mapping module was asked about, by what came of it.",
        values: |usage| {
            vec![
                (",outcome=\"kept\"", usage.kept as f64),
                (",outcome=\"skipped\"", usage.skipped as f64),
                (",outcome=\"rejected\"", usage.rejected as f64),
                (",outcome=\"failed\"", usage.failed as f64),
            ]
        },
    },
    OfModules {
        name: "calls_total",
        kind: "counter",
        help: "Calls of a mapping module.",
        values: |usage| vec![("", usage.calls as f64)],
    },
    OfModules {
        name: "seconds_total",
        kind: "counter",
        help: "Time of a mapping module, without that of the next mappers.",
        values: |usage| vec![("", usage.seconds)],
    },
    OfModules {
        name: "restarts_total",
        kind: "counter",
        help: "Calls of a mapping module repeated with fewer objects because one with more failed.",
        values: |usage| vec![("", usage.restarts as f64)],
    },
    OfModules {
        name: "memory_peak_bytes",
        kind: "gauge",
        help: "Most memory that one instance of a mapping module had.",
        values: |usage| vec![("", usage.memory_peak as f64)],
    },
];

/// What modules did. Nothing before the first run.
fn modules(text: &mut String, used: &[ModuleUsage]) {
    for OfModules { name, kind, help, values } in OF_MODULES.iter().filter(|_| !used.is_empty()) {
        let _ = writeln!(text, "# HELP proxbox_module_{name} {help}\n# TYPE proxbox_module_{name} {kind}");
        for usage in used {
            let labels = format!(
                "module=\"{}\",version=\"{}\",object_type=\"{}\"",
                label(&usage.module),
                label(&usage.version),
                label(&usage.interface)
            );
            for (more, value) in values(usage) {
                let _ = writeln!(text, "proxbox_module_{name}{{{labels}{more}}} {value}");
            }
        }
    }
}

/// How much was passed on from Proxmox VE, and how well its schemas describe it.
fn proxied(text: &mut String, proxied: &Proxied) {
    let _ = writeln!(
        text,
        "# HELP proxbox_proxied_answers_total Answers of Proxmox VE that were passed on.\n\
         # TYPE proxbox_proxied_answers_total counter\nproxbox_proxied_answers_total {}",
        proxied.answers()
    );
    let drifted = proxied.drifted();
    if drifted.is_empty() {
        return;
    }
    let _ = writeln!(
        text,
        "# HELP proxbox_schema_drift_total Places where answers were not as their schema says.\n\
         # TYPE proxbox_schema_drift_total counter"
    );
    for (Drifted { version, path }, count) in drifted {
        let (version, path) = (label(&version), label(&path));
        let _ = writeln!(text, "proxbox_schema_drift_total{{version=\"{version}\",path=\"{path}\"}} {count}");
    }
}

/// A label's value: modules choose their names themselves.
fn label(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metrics_count_what_a_module_did() {
        let usage = ModuleUsage {
            module: "a\"b\nc".into(),
            version: "1.0.0".into(),
            interface: "node".into(),
            calls: 2,
            objects: 5,
            kept: 3,
            failed: 2,
            seconds: 0.5,
            memory_peak: 65_536,
            restarts: 1,
            ..ModuleUsage::default()
        };
        let mut text = String::new();
        modules(&mut text, &[usage]);
        insta::assert_snapshot!(text, @r#"
        # HELP proxbox_module_objects_total Objects that a mapping module was asked about, by what came of it.
        # TYPE proxbox_module_objects_total counter
        proxbox_module_objects_total{module="a\"b\nc",version="1.0.0",object_type="node",outcome="kept"} 3
        proxbox_module_objects_total{module="a\"b\nc",version="1.0.0",object_type="node",outcome="skipped"} 0
        proxbox_module_objects_total{module="a\"b\nc",version="1.0.0",object_type="node",outcome="rejected"} 0
        proxbox_module_objects_total{module="a\"b\nc",version="1.0.0",object_type="node",outcome="failed"} 2
        # HELP proxbox_module_calls_total Calls of a mapping module.
        # TYPE proxbox_module_calls_total counter
        proxbox_module_calls_total{module="a\"b\nc",version="1.0.0",object_type="node"} 2
        # HELP proxbox_module_seconds_total Time of a mapping module, without that of the next mappers.
        # TYPE proxbox_module_seconds_total counter
        proxbox_module_seconds_total{module="a\"b\nc",version="1.0.0",object_type="node"} 0.5
        # HELP proxbox_module_restarts_total Calls of a mapping module repeated with fewer objects because one with more failed.
        # TYPE proxbox_module_restarts_total counter
        proxbox_module_restarts_total{module="a\"b\nc",version="1.0.0",object_type="node"} 1
        # HELP proxbox_module_memory_peak_bytes Most memory that one instance of a mapping module had.
        # TYPE proxbox_module_memory_peak_bytes gauge
        proxbox_module_memory_peak_bytes{module="a\"b\nc",version="1.0.0",object_type="node"} 65536
        "#);
        let mut nothing = String::new();
        modules(&mut nothing, &[]);
        assert!(nothing.is_empty());
    }
}

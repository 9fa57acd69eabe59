//! The site's mapping modules: which there are, and what they did and logged.

use crate::error::{ApiError, DetailBody, FaultBody, InvalidBody};
use crate::query::Params;
use crate::state::AppState;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use proxbox_model::Problem;
use proxbox_model::report::ModuleUsage;
use proxbox_store::UsageRecord;
use proxbox_sync::InstalledModule;
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};

/// Log lines in an answer, when nothing is said.
const LINES: i64 = 200;
const MOST_LINES: i64 = 1000;

/// The site's modules.
#[derive(Serialize, ToSchema)]
pub(crate) struct SiteModules {
    /// In the order of the chain, the outermost first; the built-in mappers come after them.
    modules: Vec<SiteModule>,
    /// Why `transforms.toml` cannot be used: code, message and hint. The modules are those that it listed before.
    problem: Option<Value>,
}

/// An entry of `transforms.toml`.
#[derive(Serialize, ToSchema)]
struct SiteModule {
    /// How commands call the entry.
    #[schema(example = "acme-tenants")]
    entry: String,
    /// As the module says; null of one that is disabled.
    name: Option<String>,
    #[schema(example = "1.0.0")]
    version: Option<String>,
    description: String,
    /// Contract version that it was built for.
    #[schema(example = "0.1.0")]
    contract: Option<String>,
    file: String,
    /// Digest that the file must have, else the one that it has; hexadecimal.
    sha256: Option<String>,
    /// Whether another content is refused.
    pinned: bool,
    /// `enabled`, `staged` (seen by previews and dry runs alone) or `disabled`.
    #[schema(example = "enabled")]
    state: &'static str,
    /// `endpoint:NAME` or `cluster:NAME`; empty means everywhere.
    scope: Vec<String>,
    /// Object types that it is for; empty means all that it maps.
    types: Vec<String>,
    /// Object types that it maps here.
    #[schema(example = json!(["virtual-machine"]))]
    interfaces: Vec<String>,
    /// What becomes of what it fails on: `builtin`, `skip` or `fail`.
    #[schema(example = "builtin")]
    policy: &'static str,
    /// Without those that its schema marks `writeOnly`; null when they are not known to be free of secrets.
    settings: Option<Value>,
    /// JSON Schema of its settings.
    settings_schema: Option<Value>,
    /// Why it is not used: code, message and hint.
    problem: Option<Value>,
    /// What it did in the latest run in which it was asked, by object type.
    usage: Vec<SiteModuleUsage>,
}

/// What a module did with objects of a type in one run.
#[derive(Serialize, ToSchema)]
struct SiteModuleUsage {
    run_id: String,
    /// Seconds since the epoch.
    ended_at: f64,
    version: String,
    #[schema(example = "virtual-machine")]
    object_type: String,
    calls: u64,
    objects: u64,
    kept: u64,
    skipped: u64,
    rejected: u64,
    failed: u64,
    /// Its own time, without that of the next mappers.
    seconds: f64,
    memory_peak_bytes: u64,
    /// Calls repeated with fewer objects because one with more failed.
    restarts: u64,
}

impl From<&UsageRecord> for SiteModuleUsage {
    fn from(record: &UsageRecord) -> Self {
        let ModuleUsage { version, interface, calls, objects, .. } = record.usage.clone();
        Self {
            run_id: record.run.clone(),
            ended_at: record.ended,
            version,
            object_type: interface,
            calls,
            objects,
            kept: record.usage.kept,
            skipped: record.usage.skipped,
            rejected: record.usage.rejected,
            failed: record.usage.failed,
            seconds: record.usage.seconds,
            memory_peak_bytes: record.usage.memory_peak,
            restarts: record.usage.restarts,
        }
    }
}

fn told(problem: &Problem) -> Value {
    json!({ "code": problem.code, "message": problem.message, "hint": problem.hint, "causes": problem.causes })
}

fn listed(module: InstalledModule, usage: &[UsageRecord]) -> SiteModule {
    let name = module.name.as_deref().unwrap_or(&module.entry);
    let own = usage.iter().filter(|record| record.usage.module == name && !record.usage.is_built_in());
    SiteModule {
        usage: own.map(SiteModuleUsage::from).collect(),
        entry: module.entry,
        name: module.name,
        version: module.version,
        description: module.description,
        contract: module.contract,
        file: module.file,
        sha256: module.sha256,
        pinned: module.pinned,
        state: module.state.as_str(),
        scope: module.scope.iter().map(ToString::to_string).collect(),
        types: module.types,
        interfaces: module.interfaces,
        policy: module.policy.as_str(),
        settings: module.settings,
        settings_schema: module.settings_schema,
        problem: module.problem.as_ref().map(told),
    }
}

/// The site's mapping modules
///
/// Every entry of `transforms.toml`, those that are staged or disabled included. As for a run, the folder of modules is
/// looked at first.
#[utoipa::path(get, path = "/transforms/modules", tag = "transforms", responses(
    (status = 200, body = SiteModules),
    (status = 401, body = DetailBody),
    (status = 500, description = "The database does not answer", body = FaultBody),
))]
pub(crate) async fn modules(State(state): State<AppState>) -> Result<Json<SiteModules>, ApiError> {
    let installed = state.syncer.installed().await;
    let usage = state.store.latest_usage().await?;
    let modules = installed.modules.into_iter().map(|module| listed(module, &usage)).collect();
    Ok(Json(SiteModules { modules, problem: installed.problem.as_ref().map(told) }))
}

/// Which lines.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes what `logs` reads")]
pub(crate) struct LogParams {
    /// UUID of a run that ended; when not given, the latest in which any module logged.
    run: Option<String>,
    /// Name of a module.
    module: Option<String>,
    /// How many at most, the last ones.
    #[param(minimum = 1, maximum = 1000, default = 200)]
    limit: Option<u32>,
}

/// What modules logged in a run.
#[derive(Serialize, ToSchema)]
pub(crate) struct SiteModuleLogs {
    /// Null when no module has logged anything lately.
    run_id: Option<String>,
    /// Seconds since the epoch.
    ended_at: Option<f64>,
    /// In order.
    lines: Vec<SiteModuleLine>,
    /// How many the run kept that match.
    total: usize,
    /// Whether there are earlier ones before these.
    has_more: bool,
}

/// A line that a module logged. Text of a module: never trust it as markup.
#[derive(Serialize, ToSchema)]
struct SiteModuleLine {
    /// Name and version.
    #[schema(example = "acme-tenants 1.0.0")]
    module: String,
    /// `debug`, `info`, `warn` or `error`.
    #[schema(value_type = String, example = "info")]
    level: proxbox_model::report::Level,
    message: String,
}

/// What mapping modules logged
#[utoipa::path(get, path = "/transforms/logs", tag = "transforms", params(LogParams), responses(
    (status = 200, body = SiteModuleLogs),
    (status = 401, body = DetailBody),
    (status = 404, description = "No such run, or it goes on", body = DetailBody),
    (status = 422, body = InvalidBody),
    (status = 500, description = "The database does not answer", body = FaultBody),
))]
pub(crate) async fn logs(
    State(state): State<AppState>,
    params: Params,
) -> Result<Json<SiteModuleLogs>, ApiError> {
    let limit =
        usize::try_from(params.number("limit", 1, MOST_LINES)?.unwrap_or(LINES)).unwrap_or(usize::MAX);
    let run = params.text("run");
    let Some(log) = state.store.module_log(run, params.text("module")).await? else {
        return match run {
            Some(_) => Err(ApiError::Detail(StatusCode::NOT_FOUND, "No such run has ended".to_owned())),
            None => Ok(Json(SiteModuleLogs {
                run_id: None,
                ended_at: None,
                lines: Vec::new(),
                total: 0,
                has_more: false,
            })),
        };
    };
    let total = log.lines.len();
    let earlier = total.saturating_sub(limit);
    let lines = log.lines.into_iter().skip(earlier);
    let lines =
        lines.map(|line| SiteModuleLine { module: line.module, level: line.level, message: line.message });
    Ok(Json(SiteModuleLogs {
        run_id: Some(log.run),
        ended_at: Some(log.ended),
        lines: lines.collect(),
        total,
        has_more: earlier > 0,
    }))
}

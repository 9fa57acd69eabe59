//! What the page for operators shows.

use super::meta;
use crate::error::ApiError;
use crate::logs::{Entry, Filter, Level, LogQuery};
use crate::query::Params;
use crate::state::AppState;
use crate::stream::escape;
use jiff::Timestamp;
use proxbox_model::report::RunStatus;
use proxbox_store::{NetboxRecord, ProxmoxRecord, RunRecord, RunState, UsageRecord};
use proxbox_sync::{InstalledModule, RunInfo};

/// Runs that are looked at.
const MOST_RUNS: u32 = 200;
const RUNS_SHOWN: i64 = 20;
const ENTRIES_SHOWN: usize = 20;

/// The page's content in HTML. Every text from outside goes through `escape`.
pub(super) async fn of(state: &AppState, params: &Params) -> Result<String, ApiError> {
    let past = recent_runs(state, params).await?;
    let netbox = state.store.netbox_list().await?;
    let proxmox = state.store.proxmox_list().await?;
    let installed = state.syncer.installed().await;
    let usage = state.store.latest_usage().await?;
    let now = Timestamp::now().as_second();
    Ok([
        facts(state.syncer.active().len(), &meta::warnings(state, &netbox)),
        section(
            "Runs at work",
            &["Since", "Endpoints", "Stages", "Run"],
            state.syncer.active().iter().map(|run| at_work(run, now)),
            "No run is at work.",
        ),
        section(
            "Recent runs",
            &["Started", "Result", "Took", "Scope", "Run"],
            past.iter().map(ended),
            "There was no run yet.",
        ),
        section(
            "Site modules",
            &["Module", "Version", "State", "Objects", "Failed", "Time", "Trouble"],
            installed.modules.iter().map(|module| module_row(module, &usage)),
            "No mapping module of this site is installed.",
        ),
        section("Log", &["Time", "Level", "Message"], logged(state).into_iter(), "Nothing was logged yet."),
        section(
            "NetBox",
            &["Name", "Address", "Certificate", "Token", "In use"],
            netbox.iter().map(netbox_row),
            "No NetBox is stored.",
        ),
        section(
            "Proxmox VE",
            &["Id", "Name", "Address", "User", "Certificate", "In use"],
            proxmox.iter().map(proxmox_row),
            "No Proxmox VE endpoint is stored.",
        ),
    ]
    .concat())
}

/// Runs that ended, newest first, as far as they are asked for.
async fn recent_runs(state: &AppState, params: &Params) -> Result<Vec<RunRecord>, ApiError> {
    let offset = params.number("offset", 0, i64::MAX)?.unwrap_or(0);
    let limit = params.number("limit", 1, 100)?.unwrap_or(RUNS_SHOWN);
    let count = |number: i64| usize::try_from(number).unwrap_or(usize::MAX);
    let past = state.store.runs(MOST_RUNS).await?.into_iter();
    Ok(past.filter(|run| run.ended.is_some()).skip(count(offset)).take(count(limit)).collect())
}

/// The latest of the log; errors and warnings first would hide what led to them.
fn logged(state: &AppState) -> Vec<Vec<Cell>> {
    let query = LogQuery { filter: Filter::default(), limit: ENTRIES_SHOWN, offset: 0 };
    let page = state.config.logs.select(&query);
    page.entries.iter().map(|entry| log_row(entry)).collect()
}

fn log_row(entry: &Entry) -> Vec<Cell> {
    let (word, class) = match entry.level {
        Level::Debug => ("debug", ""),
        Level::Info => ("info", ""),
        Level::Warning => ("warning", "warn"),
        Level::Error | Level::Critical => ("error", "bad"),
    };
    let time = entry.timestamp.strftime("%H:%M:%S UTC").to_string();
    vec![(time, "time"), (word.to_owned(), class), text(&entry.message)]
}

/// The database answered when the endpoints were read: that is what ready means.
fn facts(active: usize, warnings: &[String]) -> String {
    let version = env!("CARGO_PKG_VERSION");
    let warnings: String =
        warnings.iter().map(|warning| format!("<li class=\"warn\">{}</li>", escape(warning))).collect();
    let warnings = if warnings.is_empty() { String::new() } else { format!("<ul>{warnings}</ul>") };
    format!(
        "<section aria-label=\"Service\"><dl class=\"facts\">\
         <div><dt>Release</dt><dd>{version}</dd></div>\
         <div><dt>Status</dt><dd class=\"good\">ready</dd></div>\
         <div><dt>Runs at work</dt><dd>{active}</dd></div></dl>{warnings}</section>\n"
    )
}

/// A cell: what it holds, in HTML, and the class of that.
type Cell = (String, &'static str);

fn text(text: &str) -> Cell {
    (escape(text), "")
}

fn section(title: &str, columns: &[&str], rows: impl Iterator<Item = Vec<Cell>>, none: &str) -> String {
    let body: String = rows.map(|cells| row(columns, cells)).collect();
    if body.is_empty() {
        return format!("<section><h2>{title}</h2><p class=\"none\">{none}</p></section>\n");
    }
    let head: String = columns.iter().map(|column| format!("<th scope=\"col\">{column}</th>")).collect();
    format!(
        "<section><h2>{title}</h2><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></section>\n"
    )
}

fn row(columns: &[&str], cells: Vec<Cell>) -> String {
    let cells: String = columns
        .iter()
        .zip(cells)
        .map(|(column, (html, class))| {
            format!("<td data-label=\"{column}\"><span class=\"{class}\">{html}</span></td>")
        })
        .collect();
    format!("<tr>{cells}</tr>")
}

fn at_work(run: &RunInfo, now: i64) -> Vec<Cell> {
    let started = i64::try_from(run.started).unwrap_or(now);
    let stages: Vec<&str> = run.stages.iter().map(|stage| stage.as_str()).collect();
    vec![
        (duration((now - started).max(0) as f64), "time"),
        text(&run.endpoints.join(", ")),
        text(&stages.join(", ")),
        (escape(&run.id), "id"),
    ]
}

fn ended(run: &RunRecord) -> Vec<Cell> {
    let (word, class) = match run.state {
        RunState::Running => ("running", ""),
        RunState::Ended(RunStatus::Completed) => ("completed", "good"),
        RunState::Ended(RunStatus::Partial) => ("done in part", "warn"),
        RunState::Ended(RunStatus::Failed) => ("failed", "bad"),
        RunState::Ended(RunStatus::Cancelled) => ("cancelled", "warn"),
        RunState::Interrupted => ("interrupted", "bad"),
    };
    let took = run.ended.map_or_else(String::new, |ended| duration((ended - run.started).max(0.0)));
    vec![
        (moment(run.started), "time"),
        (word.to_owned(), class),
        (took, "time"),
        text(&run.scope),
        (escape(&run.id), "id"),
    ]
}

/// A module with what it did when it was last asked.
fn module_row(module: &InstalledModule, usage: &[UsageRecord]) -> Vec<Cell> {
    let name = module.name.as_deref().unwrap_or(&module.entry);
    let own = || usage.iter().map(|record| &record.usage).filter(|usage| usage.module == name);
    let (objects, failed): (u64, u64) =
        own().fold((0, 0), |(objects, failed), usage| (objects + usage.objects, failed + usage.failed));
    let trouble = module.problem.as_ref().map_or("", |problem| problem.message.as_str());
    vec![
        text(&module.entry),
        text(module.version.as_deref().unwrap_or_default()),
        (module.state.as_str().to_owned(), if module.problem.is_some() { "bad" } else { "good" }),
        (objects.to_string(), ""),
        (failed.to_string(), if failed > 0 { "warn" } else { "" }),
        (duration(own().map(|usage| usage.seconds).sum()), "time"),
        text(trouble),
    ]
}

fn netbox_row(endpoint: &NetboxRecord) -> Vec<Cell> {
    vec![
        text(&endpoint.name),
        text(&endpoint.url),
        certificate(endpoint.verify_ssl, endpoint.fingerprint.as_deref(), &endpoint.url),
        text(&endpoint.token_version),
        in_use(endpoint.enabled),
    ]
}

fn proxmox_row(endpoint: &ProxmoxRecord) -> Vec<Cell> {
    let host = endpoint.domain.as_deref().filter(|domain| !domain.is_empty()).unwrap_or(&endpoint.ip_address);
    let user = match endpoint.token_name.as_deref().filter(|name| !name.is_empty()) {
        Some(token) => format!("{}!{token}", endpoint.username),
        None => endpoint.username.clone(),
    };
    vec![
        text(&endpoint.id.to_string()),
        text(&endpoint.name),
        text(&format!("{host}:{}", endpoint.port)),
        text(&user),
        certificate(endpoint.verify_ssl, endpoint.fingerprint.as_deref(), "https:"),
        in_use(endpoint.enabled),
    ]
}

fn certificate(checked: bool, fingerprint: Option<&str>, url: &str) -> Cell {
    let (word, class) = match (fingerprint, checked) {
        _ if url.starts_with("http:") => ("none: not encrypted", "warn"),
        (Some(_), _) => ("pinned", "good"),
        (None, true) => ("checked", "good"),
        (None, false) => ("not checked", "warn"),
    };
    (word.to_owned(), class)
}

fn in_use(enabled: bool) -> Cell {
    if enabled { ("yes".to_owned(), "good") } else { ("no".to_owned(), "warn") }
}

fn moment(seconds: f64) -> String {
    let moment = Timestamp::from_second(seconds as i64)
        .map(|moment| moment.strftime("%Y-%m-%d %H:%M:%S UTC").to_string());
    moment.unwrap_or_default()
}

/// `3.2 s`, `4 min 5 s`, `1 h 3 min`.
fn duration(seconds: f64) -> String {
    let whole = seconds as u64;
    match whole {
        0..60 => format!("{seconds:.1} s"),
        60..3600 => format!("{} min {} s", whole / 60, whole % 60),
        _ => format!("{} h {} min", whole / 3600, whole % 3600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_text() {
        let run = RunRecord {
            id: "r-1".to_owned(),
            scope: "full update of <img src=x>".to_owned(),
            state: RunState::Ended(RunStatus::Partial),
            started: 0.0,
            ended: Some(3.25),
        };
        let html =
            section("Recent runs", &["Started", "Result", "Took", "Scope"], [ended(&run)].into_iter(), "");
        assert!(html.contains("full update of &lt;img src=x&gt;"), "{html}");
        assert!(html.contains("1970-01-01 00:00:00 UTC") && html.contains("done in part"), "{html}");
        assert!(html.contains("3.2 s") && !html.contains("<img"), "{html}");
    }

    #[test]
    fn durations_are_short() {
        for (seconds, text) in
            [(0.04, "0.0 s"), (59.9, "59.9 s"), (245.0, "4 min 5 s"), (3780.0, "1 h 3 min")]
        {
            assert_eq!(duration(seconds), text);
        }
    }
}

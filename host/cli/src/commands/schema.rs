//! `proxbox schema`: the Proxmox VE API that the service knows.

use crate::error::CliError;
use crate::terminal;
use proxbox_catalogue::{
    Catalogue, Edition, FindError, LATEST, Method, Operation, Origin, Schema, Shelf, default_folder, diff,
    import, is_version, openapi_paths, pattern_supported, standard,
};
use proxbox_model::endpoint::TlsPolicy;
use proxbox_model::problem::Diagnostic as _;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

/// Proxmox's own file is about 4 MB.
const MAX_DOWNLOAD: usize = 64 << 20;

const TIMEOUT: Duration = Duration::from_secs(120);

/// Look into the Proxmox VE API that the service knows, and teach it other versions
///
/// The service knows every operation of some versions of Proxmox VE: its path, its parameters, its answer. Versions are
/// called by tag (9.2), by full version (9.1.11), or `latest`.
#[derive(clap::Subcommand)]
#[command(after_help = "Examples:
  proxbox schema list                                    the versions that there are
  proxbox schema show GET /nodes/pve1/qemu/100/config    what a call takes and answers
  proxbox schema diff 9.1 9.2                            what changed
  proxbox schema import apidoc.js --version 9.3          another version, from Proxmox's own file
  proxbox schema generate openapi --output pve.json      an OpenAPI document of the latest version")]
pub(crate) enum Command {
    /// List the versions that there are
    List {
        #[command(flatten)]
        folder: Folder,
    },
    /// Read versions and say what they hold, and whether they are whole
    #[command(disable_version_flag = true)]
    Status {
        /// Only this version
        #[arg(long)]
        version: Option<String>,
        #[command(flatten)]
        folder: Folder,
    },
    #[command(disable_version_flag = true)]
    Show(ShowArgs),
    #[command(disable_version_flag = true)]
    Import(ImportArgs),
    Diff(DiffArgs),
    /// Make documents of a version
    #[command(subcommand)]
    Generate(Generate),
}

/// Show an operation: what it takes and what it answers
///
/// The path is one that could be called, or its template: /nodes/pve1/status or /nodes/{node}/status.
#[derive(clap::Args)]
pub(crate) struct ShowArgs {
    /// GET, POST, PUT or DELETE
    method: Method,
    /// Path below /api2/json
    path: String,
    /// Version to look in
    #[arg(long, default_value = LATEST)]
    version: String,
    /// Print one JSON object, with the schemas as Proxmox wrote them
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    folder: Folder,
}

/// Add a version, made of Proxmox's own description of its API
///
/// Proxmox VE publishes its API as the file apidoc.js: on every node at /pve-docs/api-viewer/apidoc.js, and for the
/// current version at `https://pve.proxmox.com/pve-docs/api-viewer/apidoc.js`. An imported version wins over a bundled one
/// of the same tag.
#[derive(clap::Args)]
pub(crate) struct ImportArgs {
    /// File, https:// address, or - for stdin
    #[arg(value_name = "FILE|URL")]
    source: String,
    /// Which version this is: 9.2 or 9.2.4
    #[arg(long, value_name = "TAG")]
    version: String,
    /// Write it into this folder instead
    #[arg(long, value_name = "DIR")]
    output: Option<PathBuf>,
    #[command(flatten)]
    folder: Folder,
}

/// Show what changed between two versions
///
/// Operations that came, went, or take or answer something else. Descriptions do not count.
#[derive(clap::Args)]
pub(crate) struct DiffArgs {
    /// Old version, or the file of one
    old: String,
    /// New version, or the file of one
    new: String,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    folder: Folder,
}

#[derive(clap::Subcommand)]
pub(crate) enum Generate {
    /// An OpenAPI 3.1 document of every operation, as Proxmox VE itself would serve it
    #[command(disable_version_flag = true)]
    Openapi {
        /// Version to describe
        #[arg(long, default_value = LATEST)]
        version: String,
        /// Write it into this file instead of stdout
        #[arg(long, value_name = "FILE")]
        output: Option<PathBuf>,
        #[command(flatten)]
        folder: Folder,
    },
}

#[derive(clap::Args)]
pub(crate) struct Folder {
    /// Folder of the imported versions [default: $XDG_DATA_HOME/proxbox/schemas]
    #[arg(long, env = "PROXBOX_GENERATED_DIR", value_name = "DIR", hide_env_values = true)]
    folder: Option<PathBuf>,
}

impl Folder {
    fn path(&self) -> Option<PathBuf> {
        self.folder.clone().or_else(|| default_folder(|name| std::env::var_os(name)))
    }

    fn shelf(&self) -> Result<Shelf, CliError> {
        Ok(match self.path() {
            Some(path) => Shelf::open(&path)?,
            None => Shelf::bundled(),
        })
    }
}

pub(crate) async fn run(command: Command) -> Result<ExitCode, CliError> {
    match command {
        Command::List { folder } => list(&folder.shelf()?),
        Command::Status { version, folder } => status(&folder.shelf()?, version.as_deref()),
        Command::Show(args) => show(&args),
        Command::Import(args) => add(args).await,
        Command::Diff(args) => compare(&args),
        Command::Generate(Generate::Openapi { version, output, folder }) => {
            generate_openapi(&folder.shelf()?, &version, output.as_deref())
        }
    }
}

fn list(shelf: &Shelf) -> Result<ExitCode, CliError> {
    for edition in shelf.editions() {
        let origin = match edition.origin() {
            Origin::Bundled => "bundled".to_owned(),
            Origin::Imported(path) => path.display().to_string(),
        };
        let chosen = |name: &str| is_chosen(shelf, name, edition);
        let mark = match (edition.catalogue().is_ok(), chosen(LATEST), chosen(edition.tag())) {
            (false, ..) => "  (damaged, not used)",
            (true, true, _) => "  (latest)",
            (true, false, true) => "",
            (true, false, false) => "  (another one has the same tag)",
        };
        terminal::data(&format!("{:6} {:10} {origin}{mark}", edition.tag(), edition.version()))?;
    }
    tell_problems(shelf);
    Ok(ExitCode::SUCCESS)
}

/// Whether a name means this edition.
fn is_chosen(shelf: &Shelf, name: &str, edition: &Edition) -> bool {
    match (shelf.get(name), edition.catalogue()) {
        (Ok(chosen), Ok(own)) => Arc::ptr_eq(&chosen, &own),
        _ => false,
    }
}

fn tell_problems(shelf: &Shelf) {
    shelf.problems().iter().for_each(|problem| terminal::show_problem("warning", problem));
}

fn status(shelf: &Shelf, version: Option<&str>) -> Result<ExitCode, CliError> {
    let catalogues: Vec<_> = match version {
        Some(version) => vec![shelf.get(version)?],
        None => shelf.editions().iter().filter_map(|edition| edition.catalogue().ok()).collect(),
    };
    for catalogue in &catalogues {
        terminal::data(&status_line(catalogue))?;
    }
    tell_problems(shelf);
    Ok(if shelf.problems().is_empty() { ExitCode::SUCCESS } else { terminal::in_part() })
}

fn status_line(catalogue: &Catalogue) -> String {
    let count = |method| catalogue.operations().filter(|operation| operation.method == method).count();
    let methods: Vec<_> = Method::ALL.iter().map(|method| format!("{method} {}", count(*method))).collect();
    let patterns = catalogue.patterns();
    let skipped = patterns.iter().filter(|pattern| !pattern_supported(pattern)).count();
    format!(
        "Proxmox VE {}: {} operations on {} paths ({}); {} patterns, {skipped} of them not checked",
        catalogue.version(),
        catalogue.operations().len(),
        catalogue.path_count(),
        methods.join(", "),
        patterns.len(),
    )
}

fn show(args: &ShowArgs) -> Result<ExitCode, CliError> {
    let shelf = args.folder.shelf()?;
    let catalogue = shelf.get(&args.version)?;
    tell_problems(&shelf);
    let by_template = catalogue.operation(args.method, &args.path);
    let operation = match by_template {
        Some(operation) => operation,
        None => catalogue.find(args.method, &args.path).map_err(not_found)?.operation,
    };
    terminal::data(&if args.json { pretty(&as_json(&operation))? } else { as_text(&operation)? })?;
    Ok(ExitCode::SUCCESS)
}

fn not_found(error: FindError) -> CliError {
    let hint = error.hint().unwrap_or_else(|| "proxbox schema generate openapi lists every path".into());
    CliError::usage(error.to_string(), hint)
}

fn as_json(operation: &Operation) -> Value {
    let summary = &operation.summary;
    json!({
        "method": summary.method,
        "path": summary.path,
        "name": summary.name,
        "description": summary.description,
        "protected": summary.protected,
        "token": summary.token,
        "permissions": operation.permissions,
        "parameters": operation.parameters,
        "returns": operation.returns,
    })
}

fn as_text(operation: &Operation) -> Result<String, CliError> {
    let summary = &operation.summary;
    let mut lines = vec![format!("{} {}", summary.method, summary.path)];
    lines.extend(summary.description.clone());
    if !summary.token {
        lines.push("API tokens may not call it.".into());
    }
    lines.push("\nParameters:".into());
    let in_path = operation.path_parameters().map(|name| (name, operation.parameters().property(name)));
    let in_query = operation.query_parameters().into_iter().map(|(name, schema)| (name, Some(schema)));
    let parameters: Vec<_> =
        in_path.chain(in_query).map(|(name, schema)| parameter_line(name, schema)).collect();
    lines.extend(if parameters.is_empty() { vec!["  none".to_owned()] } else { parameters });
    lines.push("\nAnswer, as JSON Schema:".into());
    lines.push(pretty(&standard(operation.returns()))?);
    Ok(lines.join("\n"))
}

fn parameter_line(name: &str, schema: Option<Schema<'_>>) -> String {
    let Some(schema) = schema else { return format!("  {name:24} any text") };
    let optional = if schema.optional() { ", optional" } else { "" };
    let mut line = format!("  {name:24} {}{optional}", schema.kind().as_str());
    let rules = [
        schema.values().map(|values| format!("one of {}", values.join(", "))),
        schema.minimum().map(|least| format!("from {least}")),
        schema.maximum().map(|most| format!("up to {most}")),
        schema.format().map(|format| format!("format {format}")),
        schema.pattern().map(|pattern| format!("pattern {pattern}")),
        schema.min_length().map(|least| format!("{least} characters or more")),
        schema.max_length().map(|most| format!("{most} characters or less")),
    ];
    for rule in rules.into_iter().flatten() {
        line.push_str(", ");
        line.push_str(&rule);
    }
    line
}

async fn add(args: ImportArgs) -> Result<ExitCode, CliError> {
    if !is_version(&args.version) {
        return Err(CliError::usage(
            format!("{} is not a version", args.version),
            "write it as 9.2 or 9.2.4",
        ));
    }
    let folder = args.output.clone().or_else(|| args.folder.path()).ok_or_else(|| {
        CliError::usage("there is no home folder to keep the schema in", "say where: --output DIR")
    })?;
    let catalogue = import(&source_text(&args.source).await?, &args.version)?;
    let path = Shelf::save(&folder, &catalogue)?;
    terminal::say(&status_line(&catalogue));
    terminal::data(&path.display().to_string())?;
    Ok(ExitCode::SUCCESS)
}

async fn source_text(source: &str) -> Result<String, CliError> {
    if source.starts_with("http://") {
        return Err(CliError::usage(
            "a schema is not fetched over plain http",
            "use https://, or fetch the file yourself and name it",
        ));
    }
    if source.starts_with("https://") {
        return fetch(source).await;
    }
    if source == "-" {
        return std::io::read_to_string(std::io::stdin()).map_err(CliError::io("read stdin"));
    }
    std::fs::read_to_string(source).map_err(CliError::io(format!("read {source}")))
}

async fn fetch(url: &str) -> Result<String, CliError> {
    let failed = |reason: String| {
        CliError::usage(
            format!("cannot fetch {url}: {reason}"),
            "fetch the file yourself, and import it from there",
        )
    };
    let tls = proxbox_tls::client_config(&TlsPolicy::Verify).map_err(|error| failed(error.to_string()))?;
    let client =
        reqwest::Client::builder().tls_backend_preconfigured(tls).https_only(true).timeout(TIMEOUT).build();
    let request = client.map_err(|error| failed(error.to_string()))?.get(url);
    let answer = request.send().await.and_then(reqwest::Response::error_for_status);
    let mut answer = answer.map_err(|error| failed(root_cause(&error)))?;
    let mut bytes = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(|error| failed(root_cause(&error)))? {
        bytes.extend_from_slice(&chunk);
        if bytes.len() > MAX_DOWNLOAD {
            return Err(failed(format!("it is larger than {} MB", MAX_DOWNLOAD >> 20)));
        }
    }
    String::from_utf8(bytes).map_err(|_| failed("it is not UTF-8".into()))
}

fn root_cause(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
}

fn compare(args: &DiffArgs) -> Result<ExitCode, CliError> {
    let shelf = args.folder.shelf()?;
    let (old, new) = (version_or_file(&shelf, &args.old)?, version_or_file(&shelf, &args.new)?);
    tell_problems(&shelf);
    let diff = diff(&old, &new);
    let text = if args.json {
        serde_json::to_string_pretty(&diff).map_err(CliError::Json)?
    } else {
        diff.to_string().trim_end().to_owned()
    };
    terminal::data(&text)?;
    Ok(ExitCode::SUCCESS)
}

fn version_or_file(shelf: &Shelf, name: &str) -> Result<Arc<Catalogue>, CliError> {
    if !Path::new(name).is_file() {
        return Ok(shelf.get(name)?);
    }
    let bytes = std::fs::read(name).map_err(CliError::io(format!("read {name}")))?;
    Ok(Arc::new(Catalogue::from_bytes(&bytes)?))
}

fn generate_openapi(shelf: &Shelf, version: &str, output: Option<&Path>) -> Result<ExitCode, CliError> {
    let catalogue = shelf.get(version)?;
    tell_problems(shelf);
    let document = json!({
        "openapi": "3.1.0",
        "info": {"title": "Proxmox VE API", "version": catalogue.version()},
        "servers": [{"url": "/api2/json"}],
        "paths": openapi_paths(&catalogue, "", &[]),
    });
    let text = pretty(&document)?;
    match output {
        None => terminal::data(&text)?,
        Some(path) => {
            std::fs::write(path, text + "\n").map_err(CliError::io(format!("write {}", path.display())))?;
            terminal::say(&format!("{} operations in {}", catalogue.operations().len(), path.display()));
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn pretty(value: &Value) -> Result<String, CliError> {
    serde_json::to_string_pretty(value).map_err(CliError::Json)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operation_is_shown_with_the_rules_of_its_parameters() {
        let catalogue = Shelf::bundled().get("9.2").unwrap();
        let operation = catalogue.find(Method::Get, "/nodes/pve1/tasks").unwrap().operation;
        let text = as_text(&operation).unwrap();
        assert!(text.starts_with("GET /nodes/{node}/tasks\n"), "{text}");
        assert!(text.contains("node                     string, format pve-node"), "{text}");
        assert!(
            text.contains("source                   string, optional, one of archive, active, all"),
            "{text}"
        );
    }

    #[tokio::test]
    async fn a_schema_is_not_fetched_over_plain_http() {
        let error = source_text("http://pve.example.org/apidoc.js").await.unwrap_err();
        assert!(error.to_string().contains("plain http"), "{error}");
    }

    #[tokio::test]
    async fn an_imported_version_is_written_where_it_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let source = folder.path().join("apidoc.js");
        std::fs::write(&source, r#"const apiSchema = [{"path": "/a", "info": {"GET": {"name": "a"}}}];"#)
            .unwrap();
        let args = |version: &str| ImportArgs {
            source: source.display().to_string(),
            version: version.into(),
            output: None,
            folder: Folder { folder: Some(folder.path().to_owned()) },
        };
        add(args("9.2.7")).await.unwrap();
        let shelf = Shelf::open(folder.path()).unwrap();
        assert_eq!(shelf.get("9.2").unwrap().version(), "9.2.7");
        assert!(is_chosen(
            &shelf,
            LATEST,
            shelf.editions().iter().find(|one| one.version() == "9.2.7").unwrap()
        ));
        assert!(add(args("newest")).await.is_err());
    }
}

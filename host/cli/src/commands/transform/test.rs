use super::workbench::{self, heading};
use crate::error::CliError;
use crate::settings::CacheArgs;
use crate::terminal;
use proxbox_workbench::conformance::{Conformance, conformance};
use proxbox_workbench::golden::{Tried, try_all};
use proxbox_workbench::{Case, Project, Settings, Workbench, WorkbenchError, report};
use serde_json::json;
use std::path::PathBuf;
use std::process::ExitCode;

/// Run a built module's cases in the real sandbox, and hold it to what every module must keep to.
///
/// A case is a file in `cases/` with a fact of Proxmox and the outcome that it must have. An outcome that is another one is
/// told field by field. Then the module is tried with these and with standard facts: whether it is deterministic, keeps count
/// and order, drafts only what NetBox has, and changes nothing over its own output. Ends with 1 when anything does not hold.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  proxbox transform test                    # the module of the current folder, built before
  proxbox transform test acme-tenants.wasm --cases acme-tenants/cases
  proxbox transform test --filter tenant    # cases with that word in their names
  proxbox transform test --update           # write the outcomes that the module gives now; look at the difference")]
pub(crate) struct Args {
    /// Folder of the module's sources, or the built module
    #[arg(default_value = ".", value_name = "DIR|FILE")]
    module: PathBuf,
    /// Folder of the cases [default: cases, beside the module]
    #[arg(long, value_name = "DIR")]
    cases: Option<PathBuf>,
    /// Write the outcomes that the module gives into the cases that differ or have none
    #[arg(long)]
    update: bool,
    /// Only cases with this text in the name or the file name
    #[arg(long, value_name = "TEXT")]
    filter: Option<String>,
    /// Settings to try standard facts with when there are no cases: a JSON object, or @FILE
    #[arg(long, value_name = "JSON", value_parser = workbench::settings)]
    settings: Option<Settings>,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    cache: CacheArgs,
}

pub(crate) async fn run(args: &Args) -> Result<ExitCode, CliError> {
    let project = Project::find(&args.module, args.cases.as_deref())?;
    let cases = chosen(&project, args)?;
    let settings = args.settings.clone().unwrap_or_default();
    let bench = workbench::open(&project.module, &settings, args.cache.dir()).await?;
    let work = async {
        let tried = try_all(&bench, &cases, args.update).await?;
        Ok::<_, WorkbenchError>((tried, conformance(&bench, &cases, &settings).await?))
    };
    let (tried, found) = workbench::patiently("trying the module", work).await?;
    show(args, &bench, &tried, &found)?;
    let good = found.holds() && !tried.iter().any(Tried::is_bad);
    Ok(if good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn chosen(project: &Project, args: &Args) -> Result<Vec<Case>, CliError> {
    let Some(dir) = &project.cases else { return Ok(Vec::new()) };
    let mut cases = Case::load_folder(dir)?;
    if cases.is_empty() && args.cases.is_some() {
        return Err(WorkbenchError::NoCases { dir: dir.clone() }.into());
    }
    if let Some(text) = &args.filter {
        let text = text.to_lowercase();
        let file = |case: &Case| case.path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
        cases.retain(|case| case.name.to_lowercase().contains(&text) || file(case).contains(&text));
        if cases.is_empty() {
            return Err(CliError::usage(
                format!("no case has {text:?} in its name"),
                format!("the cases are in {}", dir.display()),
            ));
        }
    }
    Ok(cases)
}

fn show(args: &Args, bench: &Workbench, tried: &[Tried], found: &Conformance) -> Result<(), CliError> {
    let info = bench.info();
    if args.json {
        let all = json!({
            "module": info.name,
            "version": info.version,
            "passed": found.holds() && !tried.iter().any(Tried::is_bad),
            "cases": tried,
            "conformance": found,
        });
        return terminal::data(&serde_json::to_string_pretty(&all).map_err(CliError::Json)?);
    }
    let mut lines = vec![heading(format!("{} {}: {}", info.name, info.version, info.interfaces.join(", ")))];
    if tried.is_empty() {
        lines.push(heading("no cases; write one in cases/, or record some: proxbox transform record --help"));
    } else {
        lines.push(heading("cases"));
        lines.extend(report::cases(tried));
    }
    lines.push(heading("what every module keeps to"));
    lines.extend(report::conformance(found));
    lines.push(report::ending(tried, found));
    workbench::print(&lines)
}

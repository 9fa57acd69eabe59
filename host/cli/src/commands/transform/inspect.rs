use super::workbench;
use crate::error::CliError;
use crate::settings::CacheArgs;
use crate::terminal;
use proxbox_authoring::{Form, Inspection};
use proxbox_workbench::anatomy::{Anatomy, anatomy};
use proxbox_workbench::{Settings, show_size};
use serde_json::json;
use std::path::PathBuf;
use std::process::ExitCode;

/// Say what a file is, without running it.
///
/// Name, version and digest of its sources are what the file says of itself. With --settings the module is asked, in the
/// sandbox, which settings it has.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  proxbox transform inspect acme-tenants.wasm
  proxbox transform inspect acme-tenants.wasm --settings    # the JSON Schema of its settings")]
pub(crate) struct Args {
    /// A component, or a core module with an embedded component type
    file: PathBuf,
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// Print the JSON Schema of its settings
    #[arg(long, conflicts_with = "json")]
    settings: bool,
    #[command(flatten)]
    cache: CacheArgs,
}

pub(crate) async fn run(args: &Args) -> Result<ExitCode, CliError> {
    if args.settings {
        let bench = workbench::open(&args.file, &Settings::new(), args.cache.dir()).await?;
        let schema = bench.info().settings_schema.clone().unwrap_or_else(|| json!({}));
        terminal::data(&serde_json::to_string_pretty(&schema).map_err(CliError::Json)?)?;
        return Ok(ExitCode::SUCCESS);
    }
    let bytes = std::fs::read(&args.file).map_err(CliError::io(format!("read {}", args.file.display())))?;
    let inspection = proxbox_authoring::inspect(&bytes)?;
    let anatomy = anatomy(&bytes);
    if args.json {
        let mut all = serde_json::to_value(&inspection).map_err(CliError::Json)?;
        let made_of = serde_json::to_value(&anatomy).map_err(CliError::Json)?;
        if let Some(members) = all.as_object_mut() {
            members.insert("made_of".to_owned(), made_of);
        }
        terminal::data(&serde_json::to_string_pretty(&all).map_err(CliError::Json)?)?;
    } else {
        for (label, value) in describe(&inspection, &anatomy) {
            terminal::data(&format!("{label:10} {value}"))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn describe(inspection: &Inspection, anatomy: &Anatomy) -> Vec<(&'static str, String)> {
    let list = |names: &[String]| if names.is_empty() { "none".to_owned() } else { names.join(", ") };
    let form = match inspection.form {
        Form::Component => "component",
        Form::CoreModule => "core module",
    };
    let mut lines = Vec::new();
    if let Some(module) = &inspection.module {
        lines.push(("module", format!("{} {}", module.name, module.version)));
    }
    lines.push(("form", format!("{form}, {} bytes", inspection.size)));
    if let Some(language) = anatomy.language {
        lines.push(("language", language.to_owned()));
    }
    lines.push((
        "made of",
        format!(
            "{} code, {} data, {} names and notes",
            show_size(anatomy.code),
            show_size(anatomy.data),
            show_size(anatomy.custom)
        ),
    ));
    lines.push(("contract", inspection.contract.clone().unwrap_or_else(|| "none".into())));
    lines.push(("maps", list(&inspection.mappers)));
    lines.push(("wraps", list(&inspection.overrides)));
    lines.push(("imports", list(&inspection.imports)));
    if let Some(sources) = &inspection.sources {
        lines.push(("sources", sources.clone()));
    }
    lines
}

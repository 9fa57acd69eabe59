use crate::error::CliError;
use crate::terminal;
use proxbox_authoring::{Language, NewModule, USUAL_INTERFACE, scaffold};
use std::path::PathBuf;
use std::process::ExitCode;

/// Start a module: a folder with a mapper, its settings, cases, a README and a CI file.
///
/// The mapper gives a virtual machine the tenant that one of its tags names, and does so as it is: `tenant-acme` is the
/// tenant Acme. Of another object type it changes nothing yet. The folder has all that it needs, the SDK and the contract
/// too.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  proxbox transform new acme-tenants
  proxbox transform new acme-tenants --language python
  proxbox transform new acme-addresses --language javascript --wraps ip-address")]
pub(crate) struct NewArgs {
    /// Name of the module: words of a-z and 0-9 with hyphens between them
    name: String,
    /// rust, python or javascript
    #[arg(long, short, default_value_t = Language::Rust)]
    language: Language,
    /// Object type that it maps
    #[arg(long, value_name = "INTERFACE", default_value = USUAL_INTERFACE)]
    wraps: String,
    /// Where to put it [default: a folder of that name]
    #[arg(long, value_name = "FOLDER")]
    dir: Option<PathBuf>,
}

pub(crate) fn run(args: NewArgs) -> Result<ExitCode, CliError> {
    let dir = args.dir.unwrap_or_else(|| PathBuf::from(&args.name));
    let module = NewModule { name: args.name, language: args.language, wraps: args.wraps };
    let files = scaffold(&dir, &module)?;
    terminal::say(&format!("{}: {} files. Next:", dir.display(), files.len()));
    terminal::say(&format!("  cd {}", dir.display()));
    let prepare = module.language.prepare();
    let commands = ["proxbox transform build".to_owned(), "proxbox transform test".to_owned()];
    for command in prepare.into_iter().chain(commands) {
        terminal::say(&format!("  {command}"));
    }
    terminal::say("README.md says how to go on.");
    Ok(ExitCode::SUCCESS)
}

//! Builds every kept artifact whose sources have changed; with `--all`, every one.
//!
//! `cargo run -p proxbox-authoring --example build_artifacts`

use proxbox_authoring::{Artifact, BUILTIN, BuildError, FIXTURES, build_artifacts};
use proxbox_model::Diagnostic;
use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
    let all = std::env::args().any(|argument| argument == "--all");
    let is_stale = |artifact: &&Artifact| all || !artifact.is_fresh(root).unwrap_or(false);
    let stale: Vec<_> = BUILTIN.iter().chain(FIXTURES).filter(is_stale).copied().collect();
    match refresh(&stale, root) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}\n{}", error.hint().unwrap_or_default());
            ExitCode::FAILURE
        }
    }
}

fn refresh(artifacts: &[Artifact], root: &Path) -> Result<(), BuildError> {
    let built = build_artifacts(artifacts, root, &mut |line| eprintln!("  {line}"))?;
    for (artifact, built) in artifacts.iter().zip(&built) {
        artifact.keep(root, built)?;
        eprintln!("{}: {} bytes", artifact.file, built.component.len());
    }
    eprintln!("{} of {} artifacts built", built.len(), BUILTIN.len() + FIXTURES.len());
    Ok(())
}

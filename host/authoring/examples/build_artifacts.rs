//! Builds every kept artifact whose sources have changed; with `--all`, every one.
//!
//! `cargo run --release -p proxbox-authoring --example build_artifacts`

use proxbox_authoring::{BUILTIN, FIXTURES};
use proxbox_model::Diagnostic;
use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
    let all = std::env::args().any(|argument| argument == "--all");
    for artifact in BUILTIN.iter().chain(FIXTURES) {
        if !all && artifact.is_fresh(root).unwrap_or(false) {
            eprintln!("{} is up to date", artifact.file);
            continue;
        }
        match artifact.refresh(root, &mut |line| eprintln!("  {line}")) {
            Ok(built) => eprintln!("{}: {} bytes", artifact.file, built.component.len()),
            Err(error) => {
                eprintln!("{}: {error}\n{}", artifact.crate_dir, error.hint().unwrap_or_default());
                return ExitCode::FAILURE;
            }
        }
    }
    ExitCode::SUCCESS
}

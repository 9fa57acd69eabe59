//! Modules in Python, built with componentize-py.

use crate::error::BuildError;
use crate::name::{pascal, snake};
use crate::project::{Project, Role};
use crate::stage::{Stage, WORLD};
use crate::tools::{Tools, run};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

/// The version that this release was tried with.
pub(crate) const VERSION: &str = "0.25.1";

/// The SDK, beside the mapper.
pub(crate) const SDK: (&str, &str) =
    ("proxbox_sdk.py", include_str!("../../../guest-transforms/sdk-python/proxbox_sdk.py"));

/// Name of the module that exports what the project maps.
const EXPORTS: &str = "proxbox_exports";
/// How many lines of a traceback are told.
const TRACEBACK: usize = 10;
/// Folder of a project where editors look for types.
const TYPINGS: &str = "typings";

/// The command that installs componentize-py for one project.
pub(crate) fn install() -> String {
    format!("python3 -m venv .venv && .venv/bin/pip install componentize-py=={VERSION}")
}

/// Adds the SDK and what exports the project's mappers.
pub(crate) fn stage(project: &Project, stage: &Stage) -> Result<(), BuildError> {
    stage.offer(sources(project).join(SDK.0), SDK.1)?;
    stage.write(sources(project).join(format!("{EXPORTS}.py")), &exports(project))
}

/// The component of a staged project.
pub(crate) fn componentize(
    project: &Project,
    stage: &Stage,
    tools: &Tools,
    progress: &mut dyn FnMut(&str),
) -> Result<Vec<u8>, BuildError> {
    let tool = find(project, tools)?;
    write_typings(project, stage, &tool)?;
    progress(&format!("building {} with componentize-py", project.name));
    let component = stage.path().join("module.wasm");
    let mut command = command(&tool, stage)?;
    command.arg("componentize").arg("-p").arg(sources(project)).arg("-o").arg(&component).arg(EXPORTS);
    run(command, &mut |_| {})?.map_err(|lines| failed(project, &lines))?;
    fs::read(&component).map_err(|source| BuildError::File { path: component, source })
}

/// Gives editors the types of the contract, in a project that has its own copy of the SDK.
fn write_typings(project: &Project, stage: &Stage, tool: &Path) -> Result<(), BuildError> {
    if !project.dir.join(sources(project)).join(SDK.0).exists() {
        return Ok(());
    }
    let mut command = command(tool, stage)?;
    // Where the tool finds an earlier result, it stops.
    command.arg("bindings").arg(TYPINGS);
    run(command, &mut |_| {})?.map_err(|lines| failed(project, &lines))?;
    stage.give_back(TYPINGS, &project.dir.join(TYPINGS))
}

/// componentize-py for the staged contract.
fn command(tool: &Path, stage: &Stage) -> Result<Command, BuildError> {
    let mut command = Command::new(tool);
    command.current_dir(stage.path()).args(["-q", "-d", "wit", "-w", WORLD]);
    // Packages of this machine's Python would all become part of the module, so it is shown an environment without any.
    for library in ["lib", "Lib"] {
        let path = stage.path().join(".venv").join(library).join("site-packages");
        fs::create_dir_all(&path).map_err(|source| BuildError::File { path, source })?;
    }
    command
        .env("VIRTUAL_ENV", stage.path().join(".venv"))
        .env_remove("PYTHONPATH")
        .env("RUST_BACKTRACE", "0");
    Ok(command)
}

fn sources(project: &Project) -> &Path {
    project.entry.parent().unwrap_or(Path::new(""))
}

fn find(project: &Project, tools: &Tools) -> Result<PathBuf, BuildError> {
    let program = format!("componentize-py{}", env::consts::EXE_SUFFIX);
    let environments = tools.python.iter().cloned().chain([project.dir.join(".venv")]);
    let folders = environments.flat_map(|dir| [dir.join("bin"), dir.join("Scripts")]);
    let found = folders.map(|dir| dir.join(&program)).find(|path| path.is_file());
    found.or_else(|| tools.program("componentize-py")).ok_or_else(|| missing(project, tools))
}

fn missing(project: &Project, tools: &Tools) -> BuildError {
    let has_python = tools.program("python3").is_some();
    BuildError::MissingTool {
        tool: "componentize-py",
        needs: (!has_python).then_some("Python 3.10 or newer"),
        command: install(),
        dir: project.dir.clone(),
    }
}

/// The module that componentize-py is given: a class for each export, and the identity as constants.
fn exports(project: &Project) -> String {
    let entry = project.entry.file_stem().unwrap_or_default().to_string_lossy();
    let mut text = format!(
        "import {entry}\nimport proxbox_sdk\nfrom wit_world.exports.about import Identity\n\n\nclass About:\n    \
         def describe(self) -> Identity:\n        return Identity({}, {}, {}, {})\n\n\n",
        literal(&project.name),
        literal(&project.version),
        literal(&project.description),
        literal(&project.schema),
    );
    for mapped in &project.maps {
        let (name, role) = (snake(mapped.interface), mapped.role.name());
        // Imported here, when the module is built, for nothing can be at run time.
        let next =
            if mapped.role == Role::Wrap { format!("{name}_next.transform") } else { "None".to_owned() };
        if mapped.role == Role::Wrap {
            let _ = writeln!(text, "from wit_world.imports import {name} as {name}_next");
        }
        let class = pascal(mapped.interface);
        let _ = writeln!(text, "{class} = proxbox_sdk.exported(proxbox_sdk.{name}, \"{role}\", {next})");
    }
    text
}

/// A text as a literal of Python. A JSON string is one, but for pairs of surrogates, which are never written.
fn literal(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn failed(project: &Project, lines: &[String]) -> BuildError {
    BuildError::Tool {
        package: project.name.clone(),
        tool: "componentize-py",
        output: last_words(lines, &sources(project).to_string_lossy()),
    }
}

/// Python's own last words: the place in the sources, and the error. The tool gives them as the message of an error of
/// its own, tells the last line twice, and knows the sources as `/0`.
fn last_words(lines: &[String], sources: &str) -> String {
    const OWN: &str = "AssertionError: ";
    let start = lines.iter().position(|line| line.starts_with(OWN)).unwrap_or_default();
    let told = lines.iter().skip(start).take_while(|line| !line.starts_with("Caused by:"));
    let told: Vec<&str> = told.map(|line| line.strip_prefix(OWN).unwrap_or(line)).collect();
    let told = told.get(told.len().saturating_sub(TRACEBACK)..).unwrap_or_default().join("\n");
    told.trim_end().replace("\"/0/", &format!("\"{sources}/"))
}

#[cfg(test)]
mod tests {
    use super::last_words;

    #[test]
    fn what_python_said_is_told_without_what_is_around_it() {
        let said = "Traceback (most recent call last):\n  File \"bin/componentize-py\", line 8, in <module>\n\
                    AssertionError:   File \"/0/app.py\", line 1\n    def f(\n         ^\n\
                    SyntaxError: '(' was never closed\n\n\nCaused by:\n    SyntaxError: '(' was never closed";
        let lines: Vec<_> = said.lines().map(str::to_owned).collect();
        assert_eq!(
            last_words(&lines, "src"),
            "  File \"src/app.py\", line 1\n    def f(\n         ^\nSyntaxError: '(' was never closed"
        );
    }

    #[test]
    fn what_is_no_traceback_is_told_as_it_is() {
        assert_eq!(last_words(&["error: no such world".to_owned()], "src"), "error: no such world");
    }
}

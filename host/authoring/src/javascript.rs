//! Modules in JavaScript, built with componentize-js.

use crate::contract::CONTRACT;
use crate::error::BuildError;
use crate::name::camel;
use crate::project::{Project, Role};
use crate::stage::{Stage, WORLD};
use crate::tools::{Tools, run};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The version that this release was tried with.
pub(crate) const VERSION: &str = "0.23.0";
/// Its package.
pub(crate) const PACKAGE: &str = "@bytecodealliance/componentize-js";

/// The command that installs what a project's manifest lists.
pub(crate) const INSTALL: &str = "npm install";

/// The SDK, beside the mapper.
pub(crate) const SDK: (&str, &str) =
    ("proxbox-sdk.js", include_str!("../../../guest-transforms/sdk-javascript/proxbox-sdk.js"));
/// Its types.
pub(crate) const TYPES: (&str, &str) =
    ("proxbox-sdk.d.ts", include_str!("../../../guest-transforms/sdk-javascript/proxbox-sdk.d.ts"));

/// What Node runs: it calls the package's function, because the package's own command knows fewer options.
const SCRIPT: (&str, &str) = (".componentize.mjs", include_str!("script/componentize.mjs"));
/// Name of the module that exports what the project maps.
const EXPORTS: &str = "proxbox-exports.js";
/// What the tool writes.
const OUTPUT: &str = "module.wasm";

/// Adds the SDK and what exports the project's mappers.
pub(crate) fn stage(project: &Project, stage: &Stage) -> Result<(), BuildError> {
    stage.offer(sources(project).join(SDK.0), SDK.1)?;
    stage.write(sources(project).join(EXPORTS), &exports(project))
}

/// The component of a staged project.
pub(crate) fn componentize(
    project: &Project,
    stage: &Stage,
    tools: &Tools,
    progress: &mut dyn FnMut(&str),
) -> Result<Vec<u8>, BuildError> {
    let (node, package) = find(project, tools)?;
    progress(&format!("building {} with componentize-js", project.name));
    stage.write(SCRIPT.0, SCRIPT.1)?;
    let mut command = Command::new(node);
    command.current_dir(stage.path()).arg(SCRIPT.0).arg(package);
    command.arg(portable(&sources(project).join(EXPORTS))).args([WORLD, OUTPUT]);
    run(command, &mut |_| {})?.map_err(|lines| BuildError::Tool {
        package: project.name.clone(),
        tool: "componentize-js",
        output: last_words(&lines),
    })?;
    let path = stage.path().join(OUTPUT);
    fs::read(&path).map_err(|source| BuildError::File { path, source })
}

/// The engine's own last words, without what the tool says around them.
fn last_words(lines: &[String]) -> String {
    let around = ["Failed to initialize component", "Exception while evaluating"];
    let told = lines.iter().take_while(|line| !line.starts_with("Additionally, some promises"));
    let told = told.filter(|line| !around.iter().any(|words| line.starts_with(words)));
    told.map(String::as_str).collect::<Vec<_>>().join("\n").trim().to_owned()
}

fn sources(project: &Project) -> &Path {
    project.entry.parent().unwrap_or(Path::new(""))
}

fn portable(path: &Path) -> String {
    path.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/")
}

/// Node, and the folder of the package.
fn find(project: &Project, tools: &Tools) -> Result<(PathBuf, PathBuf), BuildError> {
    let node = tools.program("node").ok_or_else(|| missing(project, Some("Node.js 20 or newer")))?;
    let beside_node = node.parent().and_then(Path::parent).map(|prefix| prefix.join("lib"));
    let folders = tools.node.as_deref().into_iter().chain(project.dir.ancestors());
    let package = folders
        .chain(beside_node.as_deref())
        .map(|dir| dir.join("node_modules").join(PACKAGE))
        .find(|package| package.join("package.json").is_file())
        .ok_or_else(|| missing(project, None))?;
    Ok((node, package))
}

fn missing(project: &Project, needs: Option<&'static str>) -> BuildError {
    let manifest = fs::read_to_string(project.dir.join("package.json")).unwrap_or_default();
    let command = if manifest.contains(PACKAGE) {
        INSTALL.to_owned()
    } else {
        format!("npm install --save-dev {PACKAGE}@{VERSION}")
    };
    BuildError::MissingTool { tool: "componentize-js", needs, command, dir: project.dir.clone() }
}

/// The module that componentize-js is given: an object for each export, and the identity as constants.
fn exports(project: &Project) -> String {
    let entry = project.entry.file_name().unwrap_or_default().to_string_lossy();
    let import = |interface: &str| format!("proxbox:transform/{interface}@{CONTRACT}");
    let mut text = format!(
        "import {{ write }} from '{}';\nimport './{entry}';\nimport * as sdk from './{}';\n",
        import("log"),
        SDK.0
    );
    let identity = serde_json::json!({
        "name": project.name,
        "version": project.version,
        "description": project.description,
        "settingsSchema": project.schema,
    });
    let _ = writeln!(text, "export const about = {{ describe: () => ({identity}) }};");
    for mapped in &project.maps {
        let (name, role) = (camel(mapped.interface), mapped.role.name());
        let next = if mapped.role == Role::Wrap { format!("{name}Next") } else { "undefined".to_owned() };
        if mapped.role == Role::Wrap {
            let _ = writeln!(text, "import {{ transform as {next} }} from '{}';", import(mapped.interface));
        }
        let _ = writeln!(text, "export const {name} = sdk.exported(sdk.{name}, '{role}', write, {next});");
    }
    text
}

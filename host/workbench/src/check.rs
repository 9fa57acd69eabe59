//! What is right and wrong with a file, before it is installed.

use crate::bench::{Settings, Workbench};
use crate::show::size;
use proxbox_authoring::{Form, Inspection, inspect};
use proxbox_model::{Diagnostic as _, Problem};
use proxbox_transform::ModuleInfo;
use serde::Serialize;
use serde_json::Value as Json;

/// Bytes from which on a module is said to be large: the limit is twice that.
const LARGE: usize = 32 * 1024 * 1024;

/// How a check came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// As it should be.
    Ok,
    /// It works, and deserves a look.
    Warning,
    /// The host refuses the module.
    Error,
}

impl Level {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Line {
    /// What: `file`, `contract`, `imports`, `exports`, `identity`, `schema`, `settings`.
    pub what: &'static str,
    /// How it came out.
    pub level: Level,
    /// One sentence.
    pub message: String,
    /// What to do: whoever runs the module, and whoever wrote it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

impl Line {
    fn ok(what: &'static str, message: impl Into<String>) -> Self {
        Self { what, level: Level::Ok, message: message.into(), hint: None }
    }

    fn warning(what: &'static str, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { what, level: Level::Warning, message: message.into(), hint: Some(hint.into()) }
    }

    fn refused(what: &'static str, problem: &Problem) -> Self {
        // "Module X is not used: REASON; the next mapper does its work." is about a run.
        let reason =
            problem.message.split_once(" is not used: ").map_or(&*problem.message, |(_, reason)| reason);
        let reason = reason.rsplit_once("; what it should map ").map_or(reason, |(reason, _)| reason);
        let message = sentence(reason);
        Self { what, level: Level::Error, message, hint: problem.hint.clone() }
    }
}

/// With a capital letter at the beginning and a full stop at the end.
fn sentence(text: &str) -> String {
    let mut letters = text.trim_end_matches('.').chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(letters).chain(['.']).collect()
}

/// What the host found wrong, by the line that it belongs to.
struct Refused<'a>(Option<(&'static str, &'a Problem)>);

impl<'a> Refused<'a> {
    fn of(info: &'a ModuleInfo) -> Self {
        Self(info.problem.as_ref().map(|problem| (line_of(&problem.code), problem)))
    }

    /// The line of what is wrong, or that of what is right.
    fn or(&self, what: &'static str, right: impl FnOnce() -> Line) -> Line {
        match self.0 {
            Some((place, problem)) if place == what => Line::refused(what, problem),
            _ => right(),
        }
    }

    fn is_some(&self) -> bool {
        self.0.is_some()
    }
}

fn line_of(code: &str) -> &'static str {
    match code {
        "module-contract-version" | "module-contract-mismatch" => "contract",
        "module-import-refused" => "imports",
        "module-exports-nothing" | "module-types" => "exports",
        "module-identity" | "module-name-taken" => "identity",
        "module-settings-schema" => "schema",
        "module-settings" => "settings",
        _ => "file",
    }
}

/// Looks at the module on the bench, which was opened with these settings; none when nobody gave any.
pub fn check(bench: &Workbench, settings: Option<&Settings>) -> Vec<Line> {
    let info = bench.info();
    let refused = Refused::of(info);
    let inspection = match inspect(bench.bytes()) {
        Ok(inspection) => inspection,
        Err(error) => {
            let problem = Problem { hint: error.hint(), ..Problem::from(&error) };
            return vec![refused.or("file", || Line::refused("file", &problem))];
        }
    };
    let mut lines = vec![refused.or("file", || file(&inspection))];
    lines.extend(contract(&inspection, &refused));
    lines.push(refused.or("imports", || imports(&inspection)));
    lines.push(refused.or("exports", || Line::ok("exports", maps(&inspection))));
    // What follows is only known of a module that ran.
    let ran = !refused.is_some() || matches!(refused.0, Some(("schema" | "settings", _)));
    if ran || matches!(refused.0, Some(("identity", _))) {
        lines.push(refused.or("identity", || identity(&inspection, info)));
    }
    if ran {
        lines.push(refused.or("schema", || schema(info)));
    }
    if !refused.is_some() || matches!(refused.0, Some(("settings", _))) {
        lines.push(refused.or("settings", || given(settings)));
    }
    if settings.is_none() {
        lines.iter_mut().filter(|line| line.what == "settings").for_each(only_missing);
    }
    lines
}

/// That settings are missing which nobody gave is no fault of the file.
fn only_missing(line: &mut Line) {
    if line.level == Level::Error {
        line.level = Level::Warning;
        line.message = format!("It does not run without settings. {}", line.message);
        line.hint = Some("Give some with `--settings` to see whether it takes them.".to_owned());
    }
}

fn file(inspection: &Inspection) -> Line {
    let form = match inspection.form {
        Form::Component => "a component",
        Form::CoreModule => "a core module that the host makes a component of",
    };
    let bytes = u64::try_from(inspection.size).unwrap_or(u64::MAX);
    let message = format!("It is {form} of {}.", size(bytes));
    if inspection.size > LARGE {
        return Line::warning(
            "file",
            message,
            "For you: it takes long to compile, once. For its author: strip it, or leave dependencies out.",
        );
    }
    Line::ok("file", message)
}

fn contract(inspection: &Inspection, refused: &Refused<'_>) -> Option<Line> {
    let speaks = proxbox_transform::contract_version();
    let version = inspection.contract.as_ref();
    let line = refused.or("contract", || match version {
        Some(version) => {
            Line::ok("contract", format!("It is built for contract {version}; this host speaks {speaks}."))
        }
        None => Line::ok("contract", String::new()),
    });
    (!line.message.is_empty()).then_some(line)
}

fn imports(inspection: &Inspection) -> Line {
    let wasi = inspection.imports.iter().filter(|import| import.starts_with("wasi:")).count();
    let wraps = match &inspection.overrides {
        none if none.is_empty() => "It calls no other mapper".to_owned(),
        some => format!("It calls the next mapper of {}", some.join(", ")),
    };
    let wasi = match wasi {
        0 => String::new(),
        count => format!("; its {count} imports of WASI have no effect on the outside"),
    };
    Line::ok("imports", format!("{wraps}{wasi}."))
}

fn maps(inspection: &Inspection) -> String {
    format!("It maps {}.", inspection.mappers.join(", "))
}

/// The section can be read without running the module, `describe` is what counts.
fn identity(inspection: &Inspection, info: &ModuleInfo) -> Line {
    let described = format!("{} {}", info.name, info.version);
    match &inspection.module {
        None => Line::warning(
            "identity",
            format!("It says that it is {described}, but not in the section proxbox:module."),
            "For you: until it runs, it is called like its file. For its author: build it with `proxbox transform build`.",
        ),
        Some(section) if section.name == info.name && section.version == info.version => {
            Line::ok("identity", format!("It is {described}."))
        }
        Some(section) => Line {
            what: "identity",
            level: Level::Error,
            message: format!(
                "Its section proxbox:module says {} {}, `describe` says {described}.",
                section.name, section.version
            ),
            hint: Some(
                "For you: ask its author for another build. For its author: give the name and version of the manifest in \
                 `describe`, too."
                    .to_owned(),
            ),
        },
    }
}

fn schema(info: &ModuleInfo) -> Line {
    let members = info.settings_schema.as_ref().and_then(Json::as_object);
    match members {
        Some(members) if !members.is_empty() => {
            let names = members.get("properties").and_then(Json::as_object);
            let names: Vec<&str> = names.into_iter().flatten().map(|(name, _)| name.as_str()).collect();
            let message = match names.is_empty() {
                true => "The schema of its settings names none.".to_owned(),
                false => format!("It has the settings {}.", names.join(", ")),
            };
            match members.get("additionalProperties") {
                Some(Json::Bool(false)) => Line::ok("schema", message),
                _ => Line::warning(
                    "schema",
                    format!("{message} A setting with another name is taken without a word."),
                    "For its author: add \"additionalProperties\": false to the schema.",
                ),
            }
        }
        _ => Line::warning(
            "schema",
            "It does not say which settings it has.",
            "For you: its documentation may. For its author: give a JSON Schema, so that mistakes are told.",
        ),
    }
}

fn given(settings: Option<&Settings>) -> Line {
    match settings {
        Some(_) => Line::ok("settings", "It takes these settings."),
        None => Line::ok("settings", "It runs without settings."),
    }
}

//! A golden case: a fact, and the outcome that it must have.

use crate::error::WorkbenchError;
use proxbox_model::draft::Outcome;
use proxbox_model::facts::{ClusterMode, Source, Target};
use proxbox_transform::MapContext;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value as Json};
use std::path::{Path, PathBuf};

/// What a module is told of a run, as far as a case says it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Context {
    /// Where the fact comes from.
    pub source: SourceChoice,
    /// Version of NetBox.
    pub netbox_version: String,
    /// Feature names of the contract.
    pub features: Vec<String>,
    /// Choices of the run that concern mapping.
    pub options: Map<String, Json>,
}

/// The source of a case; what it does not say is that of a small cluster called `lab`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SourceChoice {
    /// Name of the Proxmox endpoint.
    pub endpoint: String,
    /// Base URL of its web interface.
    pub url: String,
    /// Cluster name.
    pub cluster: String,
    /// How it presents itself.
    pub mode: ClusterMode,
    /// Its version.
    pub pve_version: String,
    /// The run's clock, seconds since the Unix epoch.
    pub now: u64,
}

impl Default for SourceChoice {
    fn default() -> Self {
        Self {
            endpoint: "lab".to_owned(),
            url: "https://pve.example.org:8006".to_owned(),
            cluster: "lab".to_owned(),
            mode: ClusterMode::Cluster,
            pve_version: "9.1".to_owned(),
            now: 1_767_225_600,
        }
    }
}

impl From<&Source> for SourceChoice {
    fn from(source: &Source) -> Self {
        let Source { endpoint, url, cluster, mode, pve_version, now } = source.clone();
        Self { endpoint, url, cluster, mode, pve_version, now }
    }
}

impl Default for Context {
    fn default() -> Self {
        let features = ["virtual-machine-types", "identity-custom-fields", "proxbox-plugin", "sync-state"];
        Self {
            source: SourceChoice::default(),
            netbox_version: "4.7.3".to_owned(),
            features: features.map(str::to_owned).into(),
            options: Map::new(),
        }
    }
}

impl Context {
    /// As the sandbox takes it.
    pub fn to_map_context(&self) -> MapContext {
        let SourceChoice { endpoint, url, cluster, mode, pve_version, now } = self.source.clone();
        MapContext {
            source: Source { endpoint, url, cluster, mode, pve_version, now },
            target: Target { netbox_version: self.netbox_version.clone(), features: self.features.clone() },
            options: Json::Object(self.options.clone()),
        }
    }
}

/// A golden case.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// The claim that it makes.
    pub name: String,
    /// What it is of: `virtual-machine`; none where the module maps one interface only.
    #[serde(default)]
    pub interface: Option<String>,
    /// What the module is told of the run.
    #[serde(default)]
    pub context: Context,
    /// Settings of the module.
    #[serde(default)]
    pub settings: Map<String, Json>,
    /// The record of the contract.
    pub fact: Json,
    /// What becomes of the fact; none when nobody has said it yet.
    #[serde(default)]
    pub outcome: Option<Outcome>,
    /// Where it is kept.
    #[serde(skip)]
    pub path: PathBuf,
}

/// A case as it is written; what is not changed keeps the spelling of its author.
#[derive(Serialize, Deserialize)]
struct Sheet {
    name: Box<RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    interface: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    context: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    settings: Option<Box<RawValue>>,
    fact: Box<RawValue>,
    #[serde(skip_serializing_if = "Option::is_none", skip_deserializing)]
    outcome: Option<Outcome>,
}

/// A case that was made here.
#[derive(Serialize)]
struct Fresh<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    interface: Option<&'a str>,
    context: &'a Context,
    #[serde(skip_serializing_if = "Map::is_empty")]
    settings: &'a Map<String, Json>,
    fact: &'a Json,
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<&'a Outcome>,
}

impl Case {
    /// Reads the text of a case; errors name `file`.
    ///
    /// # Errors
    /// What is wrong, with the path within the JSON and the line.
    pub fn parse(text: &str, file: &Path) -> Result<Self, WorkbenchError> {
        let mut reader = serde_json::Deserializer::from_str(text);
        let wrong = |reason| WorkbenchError::Case { file: file.display().to_string(), reason };
        let case: Self = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
            let path = error.path().to_string();
            let at = if path == "." { String::new() } else { format!("`{path}`: ") };
            wrong(format!("{at}{}", error.into_inner()))
        })?;
        reader.end().map_err(|error| wrong(error.to_string()))?;
        Ok(Self { path: file.to_owned(), ..case })
    }

    /// Reads one case.
    ///
    /// # Errors
    /// When the file cannot be read or is not a case.
    pub fn load(file: &Path) -> Result<Self, WorkbenchError> {
        let text = std::fs::read_to_string(file).map_err(WorkbenchError::io("reading", file))?;
        Self::parse(&text, file)
    }

    /// Reads every `*.json` of a folder, in the order of the names.
    ///
    /// # Errors
    /// When the folder or one of the files cannot be read, or one is not a case.
    pub fn load_folder(dir: &Path) -> Result<Vec<Self>, WorkbenchError> {
        let failed = |source| WorkbenchError::io("reading the folder", dir)(source);
        let mut files = Vec::new();
        for entry in std::fs::read_dir(dir).map_err(failed)? {
            files.push(entry.map_err(failed)?.path());
        }
        files.retain(|file| file.extension().is_some_and(|extension| extension == "json"));
        files.sort();
        files.iter().map(|file| Self::load(file)).collect()
    }

    /// The text of the case. Of one that is on disk, everything but the outcome stays as it is written there.
    ///
    /// # Errors
    /// When the file that it comes from is no case any more.
    pub fn to_text(&self) -> Result<String, WorkbenchError> {
        let wrong = |error: serde_json::Error| WorkbenchError::Case {
            file: self.path.display().to_string(),
            reason: error.to_string(),
        };
        let mut text = match std::fs::read_to_string(&self.path) {
            Ok(former) => {
                let sheet: Sheet = serde_json::from_str(&former).map_err(wrong)?;
                serde_json::to_string_pretty(&Sheet { outcome: self.outcome.clone(), ..sheet })
            }
            Err(_) => serde_json::to_string_pretty(&Fresh {
                name: &self.name,
                interface: self.interface.as_deref(),
                context: &self.context,
                settings: &self.settings,
                fact: &self.fact,
                outcome: self.outcome.as_ref(),
            }),
        }
        .map_err(wrong)?;
        text.push('\n');
        Ok(text)
    }

    /// Writes it where it is kept.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn save(&self) -> Result<(), WorkbenchError> {
        let text = self.to_text()?;
        std::fs::write(&self.path, text).map_err(WorkbenchError::io("writing", &self.path))
    }

    /// The interface that it is of, for a module that maps those.
    ///
    /// # Errors
    /// When the case does not say it and the module maps several, or when the module does not map it.
    pub fn interface_among(&self, maps: &[String]) -> Result<String, WorkbenchError> {
        let refuse = |reason: String| WorkbenchError::Interface {
            file: self.path.display().to_string(),
            reason,
            maps: maps.to_vec(),
        };
        match (&self.interface, maps) {
            (Some(interface), _) if maps.contains(interface) => Ok(interface.clone()),
            (Some(interface), _) => {
                Err(refuse(format!("is a case of {interface}, which the module does not map")))
            }
            (None, [only]) => Ok(only.clone()),
            (None, _) => {
                Err(refuse("does not say what it is a case of, and the module maps several".to_owned()))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proxbox_model::draft::Rejection;

    const TEXT: &str = r#"{
  "name": "a guest",
  "settings": {"b":1,   "a": 2},
  "fact": {
    "vmid": 101
  }
}"#;

    fn built_in_cases() -> Vec<PathBuf> {
        let transforms = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../guest-transforms");
        let folders = std::fs::read_dir(transforms).unwrap().map(|entry| entry.unwrap().path().join("cases"));
        let files = folders.filter(|dir| dir.is_dir()).flat_map(|dir| std::fs::read_dir(dir).unwrap());
        files.map(|entry| entry.unwrap().path()).collect()
    }

    #[test]
    fn the_cases_of_the_built_in_mappers_are_written_back_as_they_were() {
        let files = built_in_cases();
        assert!(files.len() > 100, "{}", files.len());
        for file in files {
            let case = Case::load(&file).unwrap();
            assert_eq!(
                case.to_text().unwrap(),
                std::fs::read_to_string(&file).unwrap(),
                "{}",
                file.display()
            );
        }
    }

    #[test]
    fn an_update_changes_the_outcome_alone() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("case.json");
        std::fs::write(&file, TEXT).unwrap();
        let mut case = Case::load(&file).unwrap();
        case.outcome = Some(Outcome::Skip("lab".to_owned()));
        case.save().unwrap();
        let wanted = TEXT.replace("  }\n}", "  },\n  \"outcome\": {\n    \"skip\": \"lab\"\n  }\n}\n");
        assert_eq!(std::fs::read_to_string(&file).unwrap(), wanted);
        assert_eq!(Case::load(&file).unwrap(), case);
    }

    #[test]
    fn a_fresh_case_is_read_as_it_was_made() {
        let dir = tempfile::tempdir().unwrap();
        let rejection = Rejection { code: "odd".to_owned(), message: "Odd.".to_owned(), field: None };
        let case = Case {
            name: "a recorded guest".to_owned(),
            interface: Some("virtual-machine".to_owned()),
            context: Context::default(),
            settings: Map::new(),
            fact: serde_json::json!({"vmid": 101, "listing": "{\"a\":1}"}),
            outcome: Some(Outcome::Reject(rejection)),
            path: dir.path().join("fresh.json"),
        };
        case.save().unwrap();
        assert_eq!(Case::load(&case.path).unwrap(), case);
        assert!(std::fs::read_to_string(&case.path).unwrap().ends_with("}\n"));
    }

    #[test]
    fn an_error_names_the_file_and_the_place() {
        let wrong = |text: &str| Case::parse(text, Path::new("cases/odd.json")).unwrap_err().to_string();
        let outcome = r#"{"name": "odd", "fact": {}, "outcome": {"keep": [{"kind": "a.b", "key": [], "fields": [
            {"name": "memory", "value": {"integer": "much"}}], "custom_fields": [], "tags": []}]}}"#;
        insta::assert_snapshot!(wrong(outcome), @r#"cases/odd.json is not a case: `outcome.keep[0].fields[0].value.integer`: invalid type: string "much", expected i64 at line 2 column 58"#);
        insta::assert_snapshot!(wrong(r#"{"name": "odd", "facts": {}}"#), @"cases/odd.json is not a case: `facts`: unknown field `facts`, expected one of `name`, `interface`, `context`, `settings`, `fact`, `outcome` at line 1 column 23");
        insta::assert_snapshot!(wrong(r#"{"name": "odd"}"#), @"cases/odd.json is not a case: missing field `fact` at line 1 column 15");
        insta::assert_snapshot!(wrong(r#"{"name": "odd", "fact": {}} more"#), @"cases/odd.json is not a case: trailing characters at line 1 column 29");
    }

    #[test]
    fn what_a_case_does_not_say_is_usual() {
        let case = Case::parse(
            r#"{"name": "x", "fact": {}, "context": {"source": {"cluster": "prod"}}}"#,
            Path::new("x"),
        );
        let context = case.unwrap().context;
        assert_eq!(context.source.cluster, "prod");
        assert_eq!(context.source.endpoint, "lab");
        assert_eq!(context.netbox_version, "4.7.3");
        assert!(context.features.contains(&"sync-state".to_owned()));
    }

    #[test]
    fn a_case_without_an_interface_is_of_the_only_one_of_its_module() {
        let mut case = Case::parse(r#"{"name": "x", "fact": {}}"#, Path::new("x.json")).unwrap();
        let maps = |names: &[&str]| -> Vec<String> { names.iter().map(|name| (*name).to_owned()).collect() };
        assert_eq!(case.interface_among(&maps(&["node"])).unwrap(), "node");
        assert!(case.interface_among(&maps(&["node", "cluster"])).is_err());
        case.interface = Some("cluster".to_owned());
        assert_eq!(case.interface_among(&maps(&["node", "cluster"])).unwrap(), "cluster");
        assert!(case.interface_among(&maps(&["node"])).is_err());
    }
}

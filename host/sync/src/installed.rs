//! What modules a site has, those that are not in use included.

use proxbox_model::problem::Problem;
use proxbox_modules::{Entry, Policy, Scope, State};
use proxbox_transform::{ModuleInfo, Transforms};
use serde_json::{Map, Value as Json, json};

/// The modules of a site.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Installed {
    /// In the order of the chain, the outermost first.
    pub modules: Vec<InstalledModule>,
    /// Why `transforms.toml` cannot be used; the modules are those that it listed before.
    pub problem: Option<Problem>,
}

/// One entry of `transforms.toml`.
#[derive(Clone, Debug, PartialEq)]
pub struct InstalledModule {
    /// How commands call the entry.
    pub entry: String,
    /// As the module says; none of one that is not loaded.
    pub name: Option<String>,
    /// Semantic version; none when it is not known.
    pub version: Option<String>,
    /// One sentence; may be empty.
    pub description: String,
    /// Contract version that it was built for.
    pub contract: Option<String>,
    /// File in the folder of modules.
    pub file: String,
    /// SHA-256 that the file must have, else the one that it has.
    pub sha256: Option<String>,
    /// Whether another content is refused.
    pub pinned: bool,
    /// Whether it is used.
    pub state: State,
    /// Sources that it is for; empty means all.
    pub scope: Vec<Scope>,
    /// Object types that it is for; empty means all that it maps.
    pub types: Vec<String>,
    /// Object types that it maps here; empty of one that is not loaded.
    pub interfaces: Vec<String>,
    /// What becomes of what it fails on.
    pub policy: Policy,
    /// Its settings, without secrets; none when it is not known which of them are secret.
    pub settings: Option<Json>,
    /// JSON Schema of its settings.
    pub settings_schema: Option<Json>,
    /// Why it is not used.
    pub problem: Option<Problem>,
}

/// Looks whether the folder changed, as a run does, and tells what is in it.
pub async fn installed(transforms: &Transforms) -> Installed {
    let problem = transforms.refresh().await.err().map(|error| Problem::from(&error));
    let loaded: Vec<ModuleInfo> =
        transforms.preview().describe().into_iter().filter(|module| !module.builtin).collect();
    let entries = transforms.folder().and_then(|folder| folder.contents().ok());
    let modules = match entries.filter(|_| problem.is_none()) {
        Some(contents) => contents
            .entries
            .into_iter()
            .map(|entry| {
                let info = loaded.iter().find(|module| module.entry == entry.name());
                InstalledModule::of(&entry, info)
            })
            .collect(),
        None => loaded.iter().map(|info| InstalledModule::of(&entry_of(info), Some(info))).collect(),
    };
    Installed { modules, problem }
}

/// What is still known of an entry that cannot be read any more.
fn entry_of(info: &ModuleInfo) -> Entry {
    Entry {
        name: Some(info.entry.clone()),
        state: info.state,
        scope: info.scope.clone(),
        policy: info.policy,
        ..Entry::of_file(info.file.clone().unwrap_or_default())
    }
}

impl InstalledModule {
    fn of(entry: &Entry, info: Option<&ModuleInfo>) -> Self {
        let said = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        let schema = info.and_then(|info| info.settings_schema.clone());
        let pinned = entry.sha256.as_ref().map(|digest| digest.as_str().to_owned());
        Self {
            entry: entry.name().to_owned(),
            name: info.map(|info| info.name.clone()),
            version: info.and_then(|info| said(&info.version)),
            description: info.map(|info| info.description.clone()).unwrap_or_default(),
            contract: info.and_then(|info| info.contract.clone()),
            file: entry.file.clone(),
            pinned: pinned.is_some() || info.is_some_and(|info| info.pinned),
            sha256: pinned.or_else(|| info.and_then(|info| said(&info.digest))),
            state: entry.state,
            scope: entry.scope.clone(),
            types: entry.types.clone(),
            interfaces: info.map(|info| info.interfaces.clone()).unwrap_or_default(),
            policy: entry.policy,
            settings: schema.as_ref().and_then(|schema| without_secrets(&entry.settings, schema)),
            settings_schema: schema,
            problem: info.and_then(|info| info.problem.clone()),
        }
    }
}

const HIDDEN: &str = "(hidden)";

/// Settings without the values that their schema marks `writeOnly`; none when it marks some in a way that does not name
/// them.
fn without_secrets(settings: &Map<String, Json>, schema: &Json) -> Option<Json> {
    let mut names = Vec::new();
    let marked = secret_properties(schema, &mut names);
    if marked > names.len() {
        return None;
    }
    let mut shown = json!(settings);
    hide(&mut shown, &names);
    Some(shown)
}

/// Collects the names of `writeOnly` properties, and counts everything that is marked so, at any depth.
fn secret_properties<'a>(schema: &'a Json, names: &mut Vec<&'a str>) -> usize {
    let marks = |schema: &Json| schema.get("writeOnly") == Some(&Json::Bool(true));
    match schema {
        Json::Object(members) => {
            let properties = members.get("properties").and_then(Json::as_object).into_iter().flatten();
            names.extend(properties.filter(|(_, property)| marks(property)).map(|(name, _)| name.as_str()));
            usize::from(marks(schema))
                + members.values().map(|member| secret_properties(member, names)).sum::<usize>()
        }
        Json::Array(items) => items.iter().map(|item| secret_properties(item, names)).sum(),
        _ => 0,
    }
}

fn hide(value: &mut Json, names: &[&str]) {
    match value {
        Json::Object(members) => {
            for (name, member) in members {
                if names.contains(&name.as_str()) {
                    *member = json!(HIDDEN);
                } else {
                    hide(member, names);
                }
            }
        }
        Json::Array(items) => items.iter_mut().for_each(|item| hide(item, names)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(settings: Json, schema: &Json) -> Option<Json> {
        without_secrets(settings.as_object().unwrap(), schema)
    }

    #[test]
    fn secret_settings_are_hidden_at_any_depth() {
        let schema = json!({"properties": {
            "prefix": {"type": "string"},
            "token": {"type": "string", "writeOnly": true},
            "sites": {"items": {"properties": {"password": {"writeOnly": true}, "name": {}}}},
        }});
        let settings =
            json!({"prefix": "t-", "token": "s3cret", "sites": [{"name": "a", "password": "hunter2"}]});
        assert_eq!(
            shown(settings, &schema),
            Some(
                json!({"prefix": "t-", "token": "(hidden)", "sites": [{"name": "a", "password": "(hidden)"}]})
            )
        );
    }

    #[test]
    fn no_setting_is_shown_when_it_is_not_clear_which_are_secret() {
        let schema = json!({
            "$defs": {"secret": {"type": "string", "writeOnly": true}},
            "properties": {"token": {"$ref": "#/$defs/secret"}},
        });
        assert_eq!(shown(json!({"token": "s3cret"}), &schema), None);
    }
}

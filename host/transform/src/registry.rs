//! From files to a set of modules.

use crate::abi::Interface;
use crate::chain::Link;
use crate::componentize::componentize;
use crate::host::{Host, MAX_CHAIN};
use crate::inspect::{self, Inspection};
use crate::refusal::Refusal;
use crate::schema;
use crate::settings::Limits;
use crate::{ModuleInfo, ModuleSet, TransformError};
use proxbox_model::Problem;
use proxbox_modules::{Digest, Entry, Folder, MANIFEST, ModulesError, Policy, State};
use semver::Version;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// The embedded files of these mappers.
macro_rules! built_in {
    ($($interface:ident $file:literal;)+) => {
        &[$((
            Interface::$interface,
            include_bytes!(concat!("../../../guest-transforms/artifacts/", $file, ".wasm")),
        )),+]
    };
}

/// The mappers that are part of the program, in the order of the contract.
const BUILT_IN: &[(Interface, &[u8])] = built_in! {
    Cluster "cluster";
    Node "node";
    NodeInterface "node-interface";
    Storage "storage";
    VirtualMachine "virtual-machine";
    VirtualDisk "virtual-disk";
    VmInterface "vm-interface";
    MacAddress "mac-address";
    Vlan "vlan";
    IpAddress "ip-address";
    PrimaryIp "primary-ip";
    Snapshot "snapshot";
    Backup "backup";
    BackupRoutine "backup-routine";
    Replication "replication";
    Task "task";
    CloudInit "cloud-init";
    GuestInterface "guest-interface";
};

/// A module's place in the set, and what is told of it.
pub(crate) struct Loaded {
    pub link: Arc<Link>,
    pub info: ModuleInfo,
}

/// The built-in mappers, compiled; from a folder, when one is named.
pub(crate) async fn built_in(
    host: &Arc<Host>,
    dir: Option<&Path>,
) -> Result<Vec<Arc<Loaded>>, TransformError> {
    let loads = BUILT_IN.iter().map(|(interface, bytes)| load_built_in(host, dir, *interface, bytes));
    futures::future::try_join_all(loads).await
}

async fn load_built_in(
    host: &Arc<Host>,
    dir: Option<&Path>,
    interface: Interface,
    bytes: &[u8],
) -> Result<Arc<Loaded>, TransformError> {
    let name = interface.as_str();
    let entry = Entry { policy: Policy::Fail, ..Entry::of_file(format!("{name}.wasm")) };
    let bytes = match dir {
        // The size limit is for what sites bring.
        Some(dir) => Folder::new(dir).read(&entry, u64::MAX).map_err(Refusal::from),
        None => Ok(bytes.to_vec()),
    };
    let mut built_in = load(host, &entry, bytes).await;
    if let Err(problem) = &built_in.link.module {
        return Err(TransformError::BuiltIn { interface: name, problem: problem.clone() });
    }
    built_in.info.builtin = true;
    built_in.info.file = None;
    Ok(Arc::new(built_in))
}

/// The modules of a folder.
#[derive(Default)]
pub(crate) struct Site {
    /// Enabled and staged ones, in the order of the chain.
    modules: Vec<Arc<Loaded>>,
    /// What is to be told beside what is wrong with single modules.
    problems: Vec<Problem>,
}

impl Site {
    /// The modules in these states over the built-in ones.
    pub(crate) fn set(&self, host: &Arc<Host>, built_in: &[Arc<Loaded>], states: &[State]) -> ModuleSet {
        let chosen = self.modules.iter().filter(|module| states.contains(&module.info.state)).cloned();
        let modules: Vec<_> = chosen.chain(built_in.iter().cloned()).collect();
        let own = modules.iter().filter_map(|module| module.info.problem.clone());
        let problems = self.problems.iter().cloned().chain(own).collect();
        ModuleSet::new(Arc::clone(host), modules, problems)
    }
}

/// Loads the modules of a folder; those that are disabled are not looked at.
pub(crate) async fn site(
    host: &Arc<Host>,
    folder: Option<&Folder>,
    built_in: &[Arc<Loaded>],
) -> Result<Site, TransformError> {
    let Some(folder) = folder else {
        return Ok(Site { problems: host.problem().cloned().into_iter().collect(), ..Site::default() });
    };
    let contents = folder.contents()?;
    let used: Vec<Entry> =
        contents.entries.into_iter().filter(|entry| entry.state != State::Disabled).collect();
    check_types(folder, &used)?;
    let candidates = used.into_iter().map(|entry| {
        let bytes = folder.read(&entry, host.limits().file).map_err(Refusal::from);
        (entry, bytes)
    });
    let mut site = chain(host, candidates, built_in).await;
    site.problems.extend(contents.unlisted.iter().map(|file| unlisted(file)));
    Ok(site)
}

/// Loads modules in the order of the chain. Those that are refused keep their places.
pub(crate) async fn chain(
    host: &Arc<Host>,
    candidates: impl IntoIterator<Item = (Entry, Result<Vec<u8>, Refusal>)>,
    built_in: &[Arc<Loaded>],
) -> Site {
    let mut site = Site { problems: host.problem().cloned().into_iter().collect(), ..Site::default() };
    let mut names: BTreeMap<String, (String, String)> = built_in
        .iter()
        .map(|module| {
            (module.info.name.clone(), (module.info.digest.clone(), "a built-in mapper".to_owned()))
        })
        .collect();
    // At the end of every chain stands one built-in mapper.
    let room = MAX_CHAIN - 1;
    for (entry, bytes) in candidates {
        let bytes = if site.modules.len() < room { bytes } else { Err(Refusal::TooMany { limit: room }) };
        let mut module = load(host, &entry, bytes).await;
        let owner = (module.info.digest.clone(), entry.file.clone());
        let (digest, other) = names.entry(module.info.name.clone()).or_insert_with(|| owner.clone());
        if module.link.module.is_ok() && *digest != owner.0 {
            let refusal = Refusal::NameTaken { other: other.clone() };
            module = refused(&entry, module.info, module.link.interfaces.clone(), &refusal);
        }
        site.modules.push(Arc::new(module));
    }
    site
}

/// Files that the manifest does not speak of are told of.
fn unlisted(file: &str) -> Problem {
    Problem::new("module-not-listed", format!("{file} is not in {MANIFEST}, so that it is not used.")).with_hint(
        "List it, with `state = \"disabled\"` if it shall wait, or remove the file; `proxbox transform install FILE` \
         lists what it installs.",
    )
}

fn check_types(folder: &Folder, entries: &[Entry]) -> Result<(), ModulesError> {
    for entry in entries {
        if let Some(unknown) = entry.types.iter().find(|name| Interface::find(name).is_none()) {
            let known: Vec<&str> = crate::interfaces().collect();
            let message = format!(
                "`types` of {} names {unknown:?}, which is no object type; there are {}",
                entry.name(),
                known.join(", ")
            );
            return Err(ModulesError::Manifest { path: folder.path().join(MANIFEST), message });
        }
    }
    Ok(())
}

/// Makes a module ready. One that is refused keeps its place, so that its policy can be applied.
async fn load(host: &Arc<Host>, entry: &Entry, bytes: Result<Vec<u8>, Refusal>) -> Loaded {
    let limits = Arc::new(host.limits().of(entry));
    let mut info = blank_info(entry);
    let mut interfaces = stands_for(entry);
    let result = match bytes {
        Ok(bytes) => load_bytes(host, bytes, limits, &mut info, &mut interfaces).await,
        Err(refusal) => Err(refusal),
    };
    let result = result.and_then(|module| {
        schema::check(info.settings_schema.as_ref(), &entry.settings)?;
        narrow(&mut interfaces, &entry.types)?;
        Ok(module)
    });
    match result {
        Ok(module) => {
            info.interfaces = interfaces.iter().map(|interface| interface.as_str().to_owned()).collect();
            let link = Link {
                name: info.name.clone(),
                version: info.version.clone(),
                title: title(&info),
                module: Ok(module),
                interfaces,
                policy: entry.policy,
                settings: serde_json::Value::Object(entry.settings.clone()).to_string(),
            };
            Loaded { link: Arc::new(link), info }
        }
        Err(refusal) => {
            // It keeps those that it is listed for, if it has any of them.
            let all = interfaces.clone();
            let interfaces = narrow(&mut interfaces, &entry.types).map_or(all, |()| interfaces);
            refused(entry, info, interfaces, &refusal)
        }
    }
}

/// What a module that cannot be read stands for: what it mapped when it was accepted, else everything.
fn stands_for(entry: &Entry) -> Vec<Interface> {
    let known: Vec<Interface> = entry.maps.iter().filter_map(|name| Interface::find(name)).collect();
    if known.is_empty() { Interface::ALL.to_vec() } else { known }
}

/// Of the interfaces that a module exports those that it is listed for.
fn narrow(interfaces: &mut Vec<Interface>, types: &[String]) -> Result<(), Refusal> {
    let maps = interfaces.iter().map(|interface| interface.as_str()).collect();
    interfaces.retain(|interface| types.is_empty() || types.iter().any(|name| name == interface.as_str()));
    if interfaces.is_empty() {
        return Err(Refusal::Types { types: types.to_vec(), maps });
    }
    Ok(())
}

fn blank_info(entry: &Entry) -> ModuleInfo {
    ModuleInfo {
        entry: entry.name().to_owned(),
        state: entry.state,
        pinned: entry.sha256.is_some(),
        name: entry.name().to_owned(),
        version: String::new(),
        description: String::new(),
        contract: None,
        file: Some(entry.file.clone()),
        interfaces: Vec::new(),
        scope: entry.scope.clone(),
        policy: entry.policy,
        builtin: false,
        digest: String::new(),
        settings_schema: None,
        problem: None,
    }
}

fn title(info: &ModuleInfo) -> Arc<str> {
    format!("{} {}", info.name, info.version).trim_end().into()
}

/// Every step from bytes to a module; what is learnt on the way is noted even when a later step fails.
async fn load_bytes(
    host: &Arc<Host>,
    bytes: Vec<u8>,
    limits: Arc<Limits>,
    info: &mut ModuleInfo,
    interfaces: &mut Vec<Interface>,
) -> Result<crate::module::Module, Refusal> {
    info.digest = Digest::of(&bytes).to_string();
    let (component, inspection) = open(bytes).await?;
    note(&inspection, info);
    if !inspection.interfaces.is_empty() {
        interfaces.clone_from(&inspection.interfaces);
    }
    inspection.check()?;
    let compiled = host.compile(component, &info.digest).await?;
    let module = host.link(&compiled, interfaces, limits)?;
    let _instance = host.instances(1).await;
    let identity = module.describe(&title(info)).await.map_err(|failed| {
        let last =
            failed.last_words.last().map(|line| format!("; it wrote last: {line}")).unwrap_or_default();
        Refusal::Identity(format!("`describe` {}{last}", failed.failure))
    })?;
    if let Some(identity) = identity {
        check_identity(&identity.name, &identity.version)?;
        info.name = identity.name;
        info.version = identity.version;
        info.description = crate::tail::clean(&identity.description, 500);
        let schema = serde_json::from_str(&identity.settings_schema);
        info.settings_schema =
            Some(schema.map_err(|error| Refusal::Schema(format!("it is not JSON: {error}")))?);
    }
    Ok(module)
}

/// The module as a component, with what it says of itself. Off the threads of the runtime, as it may be large, and so
/// that not even a panic of the parser gets further.
async fn open(bytes: Vec<u8>) -> Result<(Arc<[u8]>, Inspection), Refusal> {
    let opened = tokio::task::spawn_blocking(move || {
        let component: Arc<[u8]> = componentize(&bytes)?.into();
        let inspection = inspect::read(&component)?;
        Ok((component, inspection))
    });
    opened.await.unwrap_or_else(|error| Err(Refusal::Componentize(error.to_string())))
}

/// What the module says of itself before it is compiled.
fn note(inspection: &Inspection, info: &mut ModuleInfo) {
    info.contract = inspection.contract();
    if let Some(stamp) = &inspection.stamp
        && check_identity(&stamp.name, &stamp.version).is_ok()
    {
        info.name.clone_from(&stamp.name);
        info.version.clone_from(&stamp.version);
    }
}

fn check_identity(name: &str, version: &str) -> Result<(), Refusal> {
    let words = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if name.is_empty() || name.len() > 64 || !name.chars().all(words) {
        return Err(Refusal::Identity(format!(
            "the name `{}` is not kebab-case",
            crate::tail::clean(name, 64)
        )));
    }
    Version::parse(version).map(drop).map_err(|_| {
        Refusal::Identity(format!(
            "the version `{}` is not a semantic version",
            crate::tail::clean(version, 64)
        ))
    })
}

/// A module that is not used, with the reason.
fn refused(entry: &Entry, mut info: ModuleInfo, interfaces: Vec<Interface>, refusal: &Refusal) -> Loaded {
    let title = title(&info);
    let mut problem = Problem::from(refusal);
    let named = if format!("{}.wasm", info.name) == entry.file {
        format!("Module {title}")
    } else {
        format!("Module {title} ({})", entry.file)
    };
    let then = match entry.policy {
        Policy::Builtin => "the next mapper does its work",
        Policy::Skip => "what it should map is skipped",
        Policy::Fail => "what it should map is reported as failed",
    };
    problem.message = format!("{named} is not used: {refusal}; {then}.");
    info.interfaces = interfaces.iter().map(|interface| interface.as_str().to_owned()).collect();
    info.problem = Some(problem.clone());
    let (name, version) = (info.name.clone(), info.version.clone());
    let settings = "{}".to_owned();
    let link =
        Link { name, version, title, module: Err(problem), interfaces, policy: entry.policy, settings };
    Loaded { link: Arc::new(link), info }
}

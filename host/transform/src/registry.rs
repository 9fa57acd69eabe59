//! From files to a set of modules.

use crate::abi::Interface;
use crate::chain::Link;
use crate::componentize::componentize;
use crate::hex::hex;
use crate::host::{Host, MAX_CHAIN};
use crate::inspect::{self, Inspection};
use crate::manifest::{self, Entry};
use crate::refusal::Refusal;
use crate::settings::{Limits, Policy};
use crate::{ModuleInfo, ModuleSet, TransformError};
use proxbox_model::Problem;
use semver::Version;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::io::Read;
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
        Some(_) => read(dir, &entry.file, u64::MAX),
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

/// The modules of a folder, followed by the built-in ones.
pub(crate) async fn site(
    host: &Arc<Host>,
    dir: Option<&Path>,
    built_in: &[Arc<Loaded>],
) -> Result<ModuleSet, TransformError> {
    let mut problems: Vec<Problem> = host.problem().cloned().into_iter().collect();
    let mut modules: Vec<Arc<Loaded>> = Vec::new();
    let mut names: BTreeMap<String, (String, String)> = built_in
        .iter()
        .map(|module| {
            (module.info.name.clone(), (module.info.digest.clone(), "a built-in mapper".to_owned()))
        })
        .collect();
    // At the end of every chain stands one built-in mapper.
    let room = MAX_CHAIN - 1;
    for entry in entries(dir, &mut problems)? {
        let bytes = if modules.len() < room {
            read(dir, &entry.file, host.limits().file)
        } else {
            Err(Refusal::TooMany { limit: room })
        };
        let mut module = load(host, &entry, bytes).await;
        let owner = (module.info.digest.clone(), entry.file.clone());
        let (digest, other) = names.entry(module.info.name.clone()).or_insert_with(|| owner.clone());
        if module.link.module.is_ok() && *digest != owner.0 {
            let refusal = Refusal::NameTaken { other: other.clone() };
            module = refused(&entry, module.info, module.link.interfaces.clone(), &refusal);
        }
        problems.extend(module.info.problem.clone());
        modules.push(Arc::new(module));
    }
    modules.extend(built_in.iter().cloned());
    Ok(ModuleSet::new(Arc::clone(host), modules, problems))
}

/// What to load, in order. Files that the manifest does not speak of are told of.
fn entries(dir: Option<&Path>, problems: &mut Vec<Problem>) -> Result<Vec<Entry>, TransformError> {
    let Some(dir) = dir else { return Ok(Vec::new()) };
    let mut files = wasm_files(dir)?;
    files.sort();
    let Some(manifest) = manifest::read(dir)? else {
        return Ok(files.into_iter().map(Entry::of_file).collect());
    };
    files.retain(|file| manifest.modules.iter().all(|entry| entry.file != *file));
    problems.extend(files.into_iter().map(|file| {
        Problem::new(
            "module-not-listed",
            format!("{file} is not in {}, so that it is not used.", manifest::FILE),
        )
        .with_hint("List it, with `enabled = false` if it shall wait, or remove the file.")
    }));
    Ok(manifest.modules.into_iter().filter(|entry| entry.enabled).collect())
}

/// Names of the modules in a folder; none when there is no such folder.
fn wasm_files(dir: &Path) -> Result<Vec<String>, TransformError> {
    let failed = |source| TransformError::Io { what: "reading the folder", path: dir.to_owned(), source };
    let entries = match std::fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(failed(error)),
    };
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.map_err(failed)?.path();
        if path.extension().is_some_and(|extension| extension == "wasm") {
            files.extend(path.file_name().and_then(|name| name.to_str()).map(str::to_owned));
        }
    }
    Ok(files)
}

fn read(dir: Option<&Path>, file: &str, limit: u64) -> Result<Vec<u8>, Refusal> {
    let path = dir.unwrap_or(Path::new("")).join(file);
    let failed = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::NotFound => Refusal::Missing,
        _ => Refusal::Unreadable(error.to_string()),
    };
    let file = std::fs::File::open(path).map_err(failed)?;
    let size = file.metadata().map_err(failed)?.len();
    if size > limit {
        return Err(Refusal::TooBig { size, limit });
    }
    let mut bytes = Vec::new();
    file.take(limit).read_to_end(&mut bytes).map_err(failed)?;
    Ok(bytes)
}

/// Makes a module ready. One that is refused keeps its place, so that its policy can be applied.
async fn load(host: &Arc<Host>, entry: &Entry, bytes: Result<Vec<u8>, Refusal>) -> Loaded {
    let limits = Arc::new(entry.limits(host.limits()));
    let mut info = blank_info(entry);
    let mut interfaces = Interface::ALL.to_vec();
    let result = match bytes {
        Ok(bytes) => load_bytes(host, bytes, limits, &mut info, &mut interfaces).await,
        Err(refusal) => Err(refusal),
    };
    match result {
        Ok(module) => {
            info.interfaces = interfaces.iter().map(|interface| interface.as_str().to_owned()).collect();
            let link = Link {
                title: title(&info),
                module: Ok(module),
                interfaces,
                policy: entry.policy,
                settings: serde_json::Value::Object(entry.settings.clone()).to_string(),
            };
            Loaded { link: Arc::new(link), info }
        }
        Err(refusal) => refused(entry, info, interfaces, &refusal),
    }
}

fn blank_info(entry: &Entry) -> ModuleInfo {
    ModuleInfo {
        name: stem(&entry.file).to_owned(),
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

fn stem(file: &str) -> &str {
    file.strip_suffix(".wasm").unwrap_or(file)
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
    info.digest = hex(&Sha256::digest(&bytes));
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
        info.settings_schema = serde_json::from_str(&identity.settings_schema).ok();
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
    let named = if info.name == stem(&entry.file) {
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
    let link =
        Link { title, module: Err(problem), interfaces, policy: entry.policy, settings: "{}".to_owned() };
    Loaded { link: Arc::new(link), info }
}

//! Changing the folder. `transforms.toml` keeps the comments and the order of whoever wrote it, and is replaced whole.

use crate::digest::Digest;
use crate::entry::{Entry, State, check_name};
use crate::error::{ContentError, ModulesError};
use crate::folder::{Folder, read_limited};
use crate::manifest::{self, MANIFEST};
use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use toml_edit::{ArrayOfTables, DocumentMut, Item, Table};

/// Held by whoever changes the folder.
const LOCK: &str = ".lock";

/// A module that is to be installed.
#[derive(Clone, Debug)]
pub struct Installation {
    /// Name of the entry.
    pub name: String,
    /// The module's version, for the name of the file.
    pub version: String,
    /// Content of the file.
    pub bytes: Vec<u8>,
    /// Object types that it maps.
    pub maps: Vec<String>,
    /// What is to be different from the entry that is there, or from a new one.
    pub change: Change,
}

/// What is to be different of an entry; what is none stays.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Change {
    /// Whether it is used.
    pub state: Option<State>,
    /// Sources that it is for, as [`Entry::scope`].
    pub scope: Option<Vec<crate::Scope>>,
    /// Object types that it is for, as [`Entry::types`].
    pub types: Option<Vec<String>>,
    /// What becomes of what it fails on.
    pub policy: Option<crate::Policy>,
    /// MiB.
    pub memory_mib: Option<usize>,
    /// Milliseconds.
    pub timeout_ms: Option<u64>,
    /// All of the settings.
    pub settings: Option<serde_json::Map<String, serde_json::Value>>,
}

impl Change {
    /// The entry with what is different.
    pub fn apply(&self, mut entry: Entry) -> Entry {
        let Self { state, scope, types, policy, memory_mib, timeout_ms, settings } = self.clone();
        entry.state = state.unwrap_or(entry.state);
        entry.scope = scope.unwrap_or(entry.scope);
        entry.types = types.unwrap_or(entry.types);
        entry.policy = policy.unwrap_or(entry.policy);
        entry.memory_mib = memory_mib.or(entry.memory_mib);
        entry.timeout_ms = timeout_ms.or(entry.timeout_ms);
        entry.settings = settings.unwrap_or(entry.settings);
        entry
    }
}

/// What an installation came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Installed {
    /// As it is listed now.
    pub entry: Entry,
    /// The content of an entry of that name before; none when it is new, or had no pinned content.
    pub replaced: Option<Digest>,
}

impl Folder {
    /// What [`Folder::install`] would list: the entry that is there with the change, else a new one that is staged.
    ///
    /// # Errors
    /// When the name is none, or the folder cannot be read.
    pub fn planned(&self, installation: &Installation) -> Result<Entry, ModulesError> {
        let Installation { name, version, bytes, maps, change } = installation;
        check_name(name).map_err(ModulesError::Name)?;
        let digest = Digest::of(bytes);
        let known = self.contents()?.entries.into_iter().find(|entry| entry.name() == name);
        let mut entry = known.unwrap_or_else(|| Entry { state: State::Staged, ..Entry::of_file("") });
        entry.name = Some(name.clone());
        entry.file = file_name(name, version, &digest);
        entry.sha256 = Some(digest);
        entry.maps.clone_from(maps);
        Ok(change.apply(entry))
    }

    /// Puts a module's file into the folder and lists it with its digest: in place of the entry of that name, else as the
    /// outermost. The folder is made when it is missing.
    ///
    /// # Errors
    /// When the name is none, or the folder cannot be read or written.
    pub fn install(&self, installation: &Installation) -> Result<Installed, ModulesError> {
        self.change(|folder, manifest| {
            let entry = folder.planned(installation)?;
            folder.write(&entry.file, &installation.bytes)?;
            let table = to_table(&entry);
            let replaced = match manifest.find(entry.name()) {
                Some(place) => {
                    let former = manifest.replace(place, table);
                    former.and_then(|former| former.get("sha256")?.as_str()?.parse().ok())
                }
                None => {
                    manifest.insert_first(table);
                    None
                }
            };
            Ok(Installed { entry, replaced })
        })
    }

    /// Changes an entry.
    ///
    /// # Errors
    /// When there is none of that name, or the folder cannot be read or written.
    pub fn configure(&self, name: &str, change: &Change) -> Result<Entry, ModulesError> {
        self.change(|folder, manifest| {
            let (place, entry) = folder.find(manifest, name)?;
            let entry = change.apply(entry);
            manifest.update(place, &entry);
            Ok(entry)
        })
    }

    /// Takes what the file of an entry holds now as what it must hold, and these as the object types that it maps. Gives the
    /// digest before, if there was one, and now.
    ///
    /// # Errors
    /// When there is no entry of that name, its file cannot be read or is too large, or the folder cannot be written.
    pub fn accept(
        &self,
        name: &str,
        maps: &[String],
        limit: u64,
    ) -> Result<(Option<Digest>, Digest), ModulesError> {
        self.change(|folder, manifest| {
            let (place, mut entry) = folder.find(manifest, name)?;
            let bytes = folder.bytes_of(&entry.file, limit)?;
            let now = Digest::of(&bytes);
            let before = entry.sha256.replace(now.clone());
            entry.maps = maps.to_vec();
            manifest.update(place, &entry);
            Ok((before, now))
        })
    }

    /// Puts the named entries first, in that order; the others follow as they were.
    ///
    /// # Errors
    /// When there is no entry of one of the names, or the folder cannot be read or written.
    pub fn order(&self, names: &[String]) -> Result<Vec<String>, ModulesError> {
        self.change(|folder, manifest| {
            for name in names {
                folder.find(manifest, name)?;
            }
            manifest.sort(names);
            Ok(manifest.names())
        })
    }

    /// Takes an entry off the list, and its file out of the folder unless another entry uses it.
    ///
    /// # Errors
    /// When there is none of that name, or the folder cannot be read or written.
    pub fn remove(&self, name: &str) -> Result<Entry, ModulesError> {
        self.change(|folder, manifest| {
            let (place, entry) = folder.find(manifest, name)?;
            manifest.remove(place);
            Ok(entry)
        })
    }

    /// Makes a change while nobody else does, and cleans up after it.
    fn change<R>(
        &self,
        with: impl FnOnce(&Self, &mut Manifest) -> Result<R, ModulesError>,
    ) -> Result<R, ModulesError> {
        fs::create_dir_all(self.path()).map_err(|source| self.failed("making", "", source))?;
        let lock =
            File::create(self.path().join(LOCK)).map_err(|source| self.failed("locking", LOCK, source))?;
        lock.lock().map_err(|source| self.failed("locking", LOCK, source))?;
        let before = self.contents()?;
        let mut manifest = Manifest::read(self, &before.entries)?;
        let result = with(self, &mut manifest)?;
        let text = manifest.document.to_string();
        // What would not be read again is not written.
        let after = manifest::parse(&text)
            .map_err(|message| ModulesError::Manifest { path: self.path().join(MANIFEST), message })?;
        self.write(MANIFEST, text.as_bytes())?;
        self.sweep(&before.entries, &after);
        Ok(result)
    }

    /// Removes files that no entry uses any more. What cannot be removed is told of as not listed.
    fn sweep(&self, before: &[Entry], after: &[Entry]) {
        let used = |file: &str| after.iter().any(|entry| entry.file == file);
        for entry in before.iter().filter(|entry| !used(&entry.file)) {
            let _ = fs::remove_file(self.path().join(&entry.file));
        }
    }

    fn find(&self, manifest: &Manifest, name: &str) -> Result<(usize, Entry), ModulesError> {
        let text = manifest.document.to_string();
        let entries = manifest::parse(&text)
            .map_err(|message| ModulesError::Manifest { path: self.path().join(MANIFEST), message })?;
        let known = entries.iter().map(|entry| entry.name().to_owned()).collect();
        entries
            .into_iter()
            .enumerate()
            .find(|(_, entry)| entry.name() == name)
            .ok_or_else(|| ModulesError::Unknown { name: name.to_owned(), known })
    }

    fn bytes_of(&self, file: &str, limit: u64) -> Result<Vec<u8>, ModulesError> {
        read_limited(&self.path().join(file), limit)
            .map_err(|source: ContentError| ModulesError::Content { file: file.to_owned(), source })
    }

    /// Whole or not at all, also when the process is killed.
    fn write(&self, file: &str, contents: &[u8]) -> Result<(), ModulesError> {
        let path = self.path().join(file);
        let unfinished = self.path().join(format!(".{file}.{}.tmp", std::process::id()));
        let written = write_and_rename(&unfinished, &path, contents);
        if written.is_err() {
            let _ = fs::remove_file(&unfinished);
        }
        written.map_err(|source| self.failed("writing", file, source))
    }

    fn failed(&self, what: &'static str, file: &str, source: std::io::Error) -> ModulesError {
        let path: PathBuf = if file.is_empty() { self.path().to_owned() } else { self.path().join(file) };
        ModulesError::Io { what, path, source }
    }
}

fn write_and_rename(unfinished: &Path, path: &Path, contents: &[u8]) -> std::io::Result<()> {
    let mut file = File::create(unfinished)?;
    file.write_all(contents)?;
    file.sync_all()?;
    fs::rename(unfinished, path)
}

/// Every content has a file of its own, so that no file ever changes under a reader.
fn file_name(name: &str, version: &str, digest: &Digest) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '+');
    let version: String = version.chars().filter(|c| plain(*c)).take(32).collect();
    let parts = [name, &version, digest.short()];
    let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    format!("{}.wasm", parts.join("-"))
}

/// `transforms.toml` with its comments.
struct Manifest {
    document: DocumentMut,
}

impl Manifest {
    /// The file; in a folder without one, a file that lists what lies there, with its content pinned.
    fn read(folder: &Folder, lying: &[Entry]) -> Result<Self, ModulesError> {
        let text = folder.manifest()?;
        let document = text.as_deref().unwrap_or_default().parse::<DocumentMut>().map_err(|error| {
            ModulesError::Manifest { path: folder.path().join(MANIFEST), message: error.message().to_owned() }
        })?;
        let mut manifest = Self { document };
        if text.is_none() {
            for entry in lying {
                let digest = Digest::of(&folder.bytes_of(&entry.file, u64::MAX)?);
                let pinned = Entry { sha256: Some(digest), ..entry.clone() };
                manifest.edit(|tables| tables.push(to_table(&pinned)));
            }
        }
        Ok(manifest)
    }

    fn tables(&self) -> impl Iterator<Item = &Table> {
        self.document.get("module").and_then(Item::as_array_of_tables).into_iter().flatten()
    }

    fn edit<R>(&mut self, with: impl FnOnce(&mut ArrayOfTables) -> R) -> R {
        let item = self.document.entry("module").or_insert(Item::ArrayOfTables(ArrayOfTables::new()));
        // An inline array of tables is the same list in another notation.
        if let Some(array) = item.as_array() {
            let tables = array.iter().filter_map(|value| value.as_inline_table().cloned());
            *item = Item::ArrayOfTables(tables.map(toml_edit::InlineTable::into_table).collect());
        }
        let mut nothing = ArrayOfTables::new();
        let tables = item.as_array_of_tables_mut().unwrap_or(&mut nothing);
        let result = with(tables);
        // The list is written in its order, whatever the places in the former text.
        for (place, table) in tables.iter_mut().enumerate() {
            table.set_position(isize::try_from(place).ok());
            let is_bare = table.decor().prefix().and_then(|prefix| prefix.as_str()).is_none_or(str::is_empty);
            if place > 0 && is_bare {
                table.decor_mut().set_prefix("\n");
            }
        }
        result
    }

    fn names(&self) -> Vec<String> {
        self.tables().map(name_of).collect()
    }

    fn find(&self, name: &str) -> Option<usize> {
        self.tables().position(|table| name_of(table) == name)
    }

    fn insert_first(&mut self, table: Table) {
        self.edit(|tables| {
            let others: Vec<Table> = tables.iter().cloned().collect();
            tables.clear();
            tables.push(table);
            others.into_iter().for_each(|other| tables.push(other));
        });
    }

    /// Puts a table in place of another one, whose comments it keeps.
    fn replace(&mut self, place: usize, table: Table) -> Option<Table> {
        self.edit(|tables| {
            let former = tables.get_mut(place)?;
            let mut table = table;
            *table.decor_mut() = former.decor().clone();
            Some(std::mem::replace(former, table))
        })
    }

    /// Writes what is different of an entry, and leaves the rest of the table as it is.
    fn update(&mut self, place: usize, entry: &Entry) {
        let wanted = to_table(entry);
        self.edit(|tables| {
            let Some(table) = tables.get_mut(place) else { return };
            for (key, item) in &wanted {
                match table.get(key) {
                    Some(known) if same(known, item) => {}
                    Some(_) | None => {
                        table.insert(key, item.clone());
                    }
                }
            }
            table.retain(|key, _| wanted.contains_key(key) || key == "name");
        });
    }

    fn remove(&mut self, place: usize) {
        self.edit(|tables| {
            tables.remove(place);
        });
    }

    fn sort(&mut self, first: &[String]) {
        self.edit(|tables| {
            let mut sorted: Vec<Table> = tables.iter().cloned().collect();
            sorted.sort_by_key(|table| {
                let name = name_of(table);
                first.iter().position(|first| *first == name).unwrap_or(first.len())
            });
            tables.clear();
            sorted.into_iter().for_each(|table| tables.push(table));
        });
    }
}

fn name_of(table: &Table) -> String {
    let text = |key: &str| table.get(key).and_then(Item::as_str).unwrap_or_default();
    match text("name") {
        "" => text("file").strip_suffix(".wasm").unwrap_or(text("file")).to_owned(),
        name => name.to_owned(),
    }
}

/// Whether two items say the same, whatever their layout.
fn same(one: &Item, other: &Item) -> bool {
    let value =
        |item: &Item| toml::from_str::<toml::Table>(&format!("it = {}", item.to_string().trim())).ok();
    match (value(one), value(other)) {
        (Some(one), Some(other)) => one == other,
        _ => false,
    }
}

/// The entry as a table; what is as usual is left out, except the state, which people like to see.
fn to_table(entry: &Entry) -> Table {
    let mut table = Table::new();
    let mut put = |key: &str, value: toml_edit::Value| table.insert(key, Item::Value(value));
    if let Some(name) = &entry.name {
        put("name", name.as_str().into());
    }
    put("file", entry.file.as_str().into());
    if let Some(digest) = &entry.sha256 {
        put("sha256", digest.as_str().into());
    }
    put("state", entry.state.as_str().into());
    if !entry.scope.is_empty() {
        put("scope", toml_edit::Array::from_iter(entry.scope.iter().map(ToString::to_string)).into());
    }
    if !entry.types.is_empty() {
        put("types", toml_edit::Array::from_iter(entry.types.iter().map(String::as_str)).into());
    }
    if !entry.maps.is_empty() {
        put("maps", toml_edit::Array::from_iter(entry.maps.iter().map(String::as_str)).into());
    }
    if entry.policy != crate::Policy::default() {
        put("policy", entry.policy.as_str().into());
    }
    for (key, number) in [
        ("memory_mib", entry.memory_mib.and_then(|mib| i64::try_from(mib).ok())),
        ("timeout_ms", entry.timeout_ms.and_then(|ms| i64::try_from(ms).ok())),
    ] {
        if let Some(number) = number {
            put(key, number.into());
        }
    }
    if !entry.settings.is_empty() {
        put("settings", inline(&entry.settings));
    }
    table
}

/// JSON as TOML. TOML has no null: a key that is null is left out, as if it had not been said.
fn inline(object: &serde_json::Map<String, serde_json::Value>) -> toml_edit::Value {
    let parts = object.iter().filter_map(|(key, value)| Some((key.as_str(), to_toml(value)?)));
    toml_edit::Value::InlineTable(toml_edit::InlineTable::from_iter(parts))
}

fn to_toml(value: &serde_json::Value) -> Option<toml_edit::Value> {
    use serde_json::Value as Json;
    Some(match value {
        Json::Null => return None,
        Json::Bool(flag) => (*flag).into(),
        Json::Number(number) => match number.as_i64() {
            Some(integer) => integer.into(),
            None => number.as_f64()?.into(),
        },
        Json::String(text) => text.as_str().into(),
        Json::Array(values) => toml_edit::Array::from_iter(values.iter().filter_map(to_toml)).into(),
        Json::Object(object) => inline(object),
    })
}

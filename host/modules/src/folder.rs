//! Reading the folder.

use crate::digest::Digest;
use crate::entry::Entry;
use crate::error::{ContentError, ModulesError};
use crate::manifest::{self, MANIFEST};
use std::fs::{self, File};
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// A folder of modules. It need not be there yet.
#[derive(Clone, Debug)]
pub struct Folder {
    dir: PathBuf,
}

/// What a folder holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Contents {
    /// In the order of the chain, the outermost first; those that are not used as well.
    pub entries: Vec<Entry>,
    /// Names of `*.wasm` files that `transforms.toml` does not list, so that they are not used.
    pub unlisted: Vec<String>,
}

/// Tells whether anything in a folder changed, without reading the files: names, sizes and times of change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fingerprint(Vec<(String, u64, Option<SystemTime>)>);

impl Folder {
    /// That folder.
    pub fn new(dir: impl Into<PathBuf>) -> Self {
        Self { dir: dir.into() }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.dir
    }

    /// The modules that it lists; without `transforms.toml`, those that lie there.
    ///
    /// # Errors
    /// When `transforms.toml` is wrong, or the folder is there and cannot be read.
    pub fn contents(&self) -> Result<Contents, ModulesError> {
        let mut files = self.files()?;
        files.sort();
        let Some(text) = self.manifest()? else {
            return Ok(Contents {
                entries: files.into_iter().map(Entry::of_file).collect(),
                unlisted: Vec::new(),
            });
        };
        let entries = manifest::parse(&text)
            .map_err(|message| ModulesError::Manifest { path: self.dir.join(MANIFEST), message })?;
        files.retain(|file| entries.iter().all(|entry| entry.file != *file));
        Ok(Contents { entries, unlisted: files })
    }

    /// The content of an entry's file, which must be what was accepted.
    ///
    /// # Errors
    /// When it is not there, too large, or not what was accepted.
    pub fn read(&self, entry: &Entry, limit: u64) -> Result<Vec<u8>, ContentError> {
        let bytes = read_limited(&self.dir.join(&entry.file), limit)?;
        if let Some(accepted) = &entry.sha256 {
            let found = Digest::of(&bytes);
            if found != *accepted {
                return Err(ContentError::Changed { accepted: accepted.clone(), found });
            }
        }
        Ok(bytes)
    }

    /// The state of the folder now. What cannot be read counts as not being there.
    pub fn fingerprint(&self) -> Fingerprint {
        let mut files: Vec<_> = fs::read_dir(&self.dir)
            .into_iter()
            .flatten()
            .flatten()
            .filter_map(|entry| {
                let name = entry.file_name().into_string().ok()?;
                let wanted = name == MANIFEST || is_wasm(&name);
                // Through links, which deployments like to turn.
                let metadata = wanted.then(|| fs::metadata(entry.path()).ok()).flatten()?;
                Some((name, metadata.len(), metadata.modified().ok()))
            })
            .collect();
        files.sort();
        Fingerprint(files)
    }

    /// The text of `transforms.toml`; none when there is none.
    pub(crate) fn manifest(&self) -> Result<Option<String>, ModulesError> {
        let path = self.dir.join(MANIFEST);
        match fs::read_to_string(&path) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(source) => Err(ModulesError::Io { what: "reading", path, source }),
        }
    }

    /// Names of the modules that lie in the folder.
    fn files(&self) -> Result<Vec<String>, ModulesError> {
        let failed = |source| ModulesError::Io { what: "reading the folder", path: self.dir.clone(), source };
        let entries = match fs::read_dir(&self.dir) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(failed(error)),
        };
        let mut files = Vec::new();
        for entry in entries {
            let name = entry.map_err(failed)?.file_name();
            files.extend(name.to_str().filter(|name| is_wasm(name)).map(str::to_owned));
        }
        Ok(files)
    }
}

fn is_wasm(name: &str) -> bool {
    Path::new(name).extension().is_some_and(|extension| extension == "wasm")
}

pub(crate) fn read_limited(path: &Path, limit: u64) -> Result<Vec<u8>, ContentError> {
    let failed = |error: std::io::Error| match error.kind() {
        ErrorKind::NotFound => ContentError::Missing,
        _ => ContentError::Unreadable(error),
    };
    let file = File::open(path).map_err(failed)?;
    let size = file.metadata().map_err(failed)?.len();
    if size > limit {
        return Err(ContentError::TooBig { size, limit });
    }
    let mut bytes = Vec::new();
    file.take(limit).read_to_end(&mut bytes).map_err(failed)?;
    Ok(bytes)
}

//! A new module's project: mapper, settings schema, cases, README, CI file and the SDK, ready to build.

mod sdk;
mod templates;

use crate::contract;
use crate::error::ScaffoldError;
use crate::language::Language;
use crate::name::check_name;
use std::fs;
use std::path::{Path, PathBuf};

/// The object type whose first mapper does something: a guest gets the tenant that its tag names.
pub const USUAL_INTERFACE: &str = "virtual-machine";

/// What to make.
#[derive(Clone, Debug)]
pub struct NewModule {
    /// Kebab-case name.
    pub name: String,
    /// Language of the mapper.
    pub language: Language,
    /// Object type that it wraps.
    pub wraps: String,
}

/// Writes a new project into a folder, which is made when it is missing. Returns the files, below the folder.
///
/// # Errors
/// When the name or the object type is none, the folder is not empty, or a file cannot be written.
pub fn scaffold(dir: &Path, module: &NewModule) -> Result<Vec<PathBuf>, ScaffoldError> {
    check_name(&module.name).map_err(|reason| ScaffoldError::Name { reason })?;
    let Some(record) = contract::record(&module.wraps) else {
        return Err(ScaffoldError::Interface { name: module.wraps.clone() });
    };
    if fs::read_dir(dir).is_ok_and(|mut entries| entries.next().is_some()) {
        return Err(ScaffoldError::NotEmpty { dir: dir.to_owned() });
    }
    let files = templates::files(module, record);
    for (name, text) in &files {
        let path = dir.join(name);
        let written = path.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::write(&path, text));
        written.map_err(|source| ScaffoldError::File { path, source })?;
    }
    Ok(files.into_iter().map(|(name, _)| name.into()).collect())
}

#[cfg(test)]
mod tests;

//! Compiled modules on disk, so that a start does not compile. Only the host writes here.

use proxbox_modules::Digest;
use std::hash::{Hash, Hasher};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use wasmtime::Engine;
use wasmtime::component::Component;

/// Files kept, two for each module.
const KEEP: usize = 128;

/// Bytes kept: some fifty modules with an interpreter of Python.
const KEEP_BYTES: u64 = 2 * 1024 * 1024 * 1024;

/// A folder of compiled modules. A file's name says what it was compiled from and for which engine, and a second file
/// beside it holds the digest of its contents.
pub(crate) struct Cache {
    dir: PathBuf,
    /// Of everything about the engine that compiled code depends on.
    engine: String,
}

impl Cache {
    /// Makes the folder when it is missing, and closes it to everybody else.
    pub(crate) fn open(dir: &Path, engine: &Engine) -> std::io::Result<Self> {
        std::fs::create_dir_all(dir)?;
        close(dir)?;
        let mut fingerprint = Fingerprint::default();
        engine.precompile_compatibility_hash().hash(&mut fingerprint);
        let engine = Digest::of(&fingerprint.0).as_str().chars().take(32).collect();
        Ok(Self { dir: dir.to_owned(), engine })
    }

    fn path(&self, digest: &str, extension: &str) -> PathBuf {
        self.dir.join(format!("{digest}-{}.{extension}", self.engine))
    }

    /// The compiled module; none when it is not there or not as it was written.
    pub(crate) fn load(&self, engine: &Engine, digest: &str) -> Option<Component> {
        let path = self.path(digest, "cwasm");
        let contents = std::fs::read(&path).ok()?;
        let expected = std::fs::read_to_string(self.path(digest, "sha256")).ok();
        if expected.as_deref() != Some(Digest::of(&contents).as_str()) {
            self.discard(digest, "its contents are not what was written");
            return None;
        }
        drop(contents);
        match deserialize(engine, &path) {
            Ok(component) => Some(component),
            Err(error) => {
                self.discard(digest, &format!("{error:#}"));
                None
            }
        }
    }

    /// Keeps a compiled module. A cache that cannot be written only costs time.
    pub(crate) fn store(&self, component: &Component, digest: &str) {
        let written = component.serialize().map_err(std::io::Error::other).and_then(|compiled| {
            self.write(&self.path(digest, "sha256"), Digest::of(&compiled).as_str().as_bytes())?;
            self.write(&self.path(digest, "cwasm"), &compiled)?;
            self.prune()
        });
        if let Err(error) = written {
            tracing::warn!(dir = %self.dir.display(), %error, "a compiled module could not be kept");
        }
    }

    /// Whole or not at all, also when the host is killed.
    fn write(&self, path: &Path, contents: &[u8]) -> std::io::Result<()> {
        // Two sets of modules in one process may compile the same one at the same time.
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let unfinished = path.with_added_extension(format!("{}-{number}.tmp", std::process::id()));
        let mut file = std::fs::File::create(&unfinished)?;
        file.write_all(contents)?;
        file.sync_all()?;
        std::fs::rename(&unfinished, path)
    }

    /// Removes what was written first when there is more than is worth keeping: modules that were built anew, and what
    /// other versions of the host left.
    fn prune(&self) -> std::io::Result<()> {
        let mut files = Vec::new();
        for entry in std::fs::read_dir(&self.dir)? {
            let entry = entry?;
            let metadata = entry.metadata()?;
            files.push((metadata.modified()?, metadata.len(), entry.path()));
        }
        files.sort();
        let mut bytes: u64 = files.iter().map(|(_, size, _)| size).sum();
        let mut kept = files.len();
        for (_, size, file) in files {
            if kept <= KEEP && bytes <= KEEP_BYTES {
                break;
            }
            std::fs::remove_file(file)?;
            kept -= 1;
            bytes -= size;
        }
        Ok(())
    }

    fn discard(&self, digest: &str, why: &str) {
        tracing::warn!(file = %self.path(digest, "cwasm").display(), why, "a compiled module is compiled anew");
        for extension in ["cwasm", "sha256"] {
            // What cannot be removed is written over.
            let _ = std::fs::remove_file(self.path(digest, extension));
        }
    }
}

/// Loads compiled code.
#[allow(unsafe_code)]
fn deserialize(engine: &Engine, path: &Path) -> wasmtime::Result<Component> {
    // SAFETY: wasmtime runs what the file holds, so that it must be what `Component::serialize` gave. It is: the folder
    // is open to this user only (mode 0700), nothing but `Cache::write` puts files there, modules of a site are never
    // taken in this form, and the contents have just been compared with the digest noted when they were written. Who
    // can change both files as this user can change the program itself. The engine's fingerprint is part of the name,
    // and wasmtime checks it again.
    unsafe { Component::deserialize_file(engine, path) }
}

#[cfg(unix)]
fn close(dir: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(dir, std::fs::Permissions::from_mode(0o700))
}

#[cfg(not(unix))]
fn close(_: &Path) -> std::io::Result<()> {
    Ok(())
}

/// Collects the bytes of what is `Hash`.
#[derive(Default)]
struct Fingerprint(Vec<u8>);

impl Hasher for Fingerprint {
    fn write(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    fn finish(&self) -> u64 {
        0
    }
}

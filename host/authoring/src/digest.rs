//! One number for a set of source files.

use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{fs, io};

/// The SHA-256 of files and folders below `root`, as 64 hexadecimal digits.
///
/// Folders are walked; hidden entries, `target` folders and built `.wasm` files do not count. Files are taken in the
/// order of their paths, and line ends of Windows count as those of Unix, so that every checkout gives the same.
///
/// # Errors
/// When a file cannot be read or a path is not below `root`.
pub fn digest(root: &Path, paths: &[PathBuf]) -> io::Result<String> {
    let mut files = Vec::new();
    for path in paths {
        collect(&root.join(path), &mut files)?;
    }
    let mut named = files
        .into_iter()
        .map(|file| Ok((portable_name(root, &file)?, file)))
        .collect::<io::Result<Vec<_>>>()?;
    named.sort();
    named.dedup();
    let mut hasher = Sha256::new();
    for (name, file) in named {
        let text = without_carriage_returns(&fs::read(file)?);
        hasher.update((name.len() as u64).to_le_bytes());
        hasher.update(name);
        hasher.update((text.len() as u64).to_le_bytes());
        hasher.update(text);
    }
    Ok(hasher.finalize().iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    }))
}

fn collect(path: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    if !path.is_dir() {
        files.push(path.to_owned());
        return Ok(());
    }
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if !name.starts_with('.') && name != "target" && !name.ends_with(".wasm") {
            collect(&entry.path(), files)?;
        }
    }
    Ok(())
}

/// The path below the root, with forward slashes on every system.
fn portable_name(root: &Path, file: &Path) -> io::Result<String> {
    let below = file.strip_prefix(root).map_err(|_| {
        io::Error::new(
            io::ErrorKind::InvalidInput,
            format!("{} is not below {}", file.display(), root.display()),
        )
    })?;
    let parts: Vec<_> = below.iter().map(|part| part.to_string_lossy()).collect();
    Ok(parts.join("/"))
}

fn without_carriage_returns(bytes: &[u8]) -> Vec<u8> {
    let mut kept = Vec::with_capacity(bytes.len());
    for (index, byte) in bytes.iter().enumerate() {
        if *byte != b'\r' || bytes.get(index + 1) != Some(&b'\n') {
            kept.push(*byte);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(files: &[(&str, &str)]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = root.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        root
    }

    fn of(files: &[(&str, &str)]) -> String {
        digest(tree(files).path(), &["src".into()]).unwrap()
    }

    #[test]
    fn line_ends_do_not_count() {
        assert_eq!(of(&[("src/a.rs", "one\r\ntwo\n")]), of(&[("src/a.rs", "one\ntwo\n")]));
    }

    #[test]
    fn a_lone_carriage_return_counts() {
        assert_ne!(of(&[("src/a.rs", "one\rtwo")]), of(&[("src/a.rs", "onetwo")]));
    }

    #[test]
    fn a_moved_byte_between_files_counts() {
        assert_ne!(
            of(&[("src/a.rs", "ab"), ("src/b.rs", "c")]),
            of(&[("src/a.rs", "a"), ("src/b.rs", "bc")])
        );
    }

    #[test]
    fn built_and_hidden_files_do_not_count() {
        let plain = of(&[("src/a.rs", "a")]);
        let littered = [("src/a.rs", "a"), ("src/m.wasm", "m"), ("src/.x", "x"), ("src/target/y", "y")];
        assert_eq!(of(&littered), plain);
    }

    #[test]
    fn overlapping_paths_count_once() {
        let root = tree(&[("src/a.rs", "a")]);
        let once = digest(root.path(), &["src".into()]).unwrap();
        assert_eq!(digest(root.path(), &["src/a.rs".into(), "src".into()]).unwrap(), once);
    }
}

//! From Proxmox's format of a backup to the plugin's choice.

/// The plugin's choices that Proxmox writes in the same way.
const SAME: [&str; 10] = ["pbs-vm", "pbs-ct", "zst", "iso", "tzst", "tgz", "qcow2", "raw", "tar", "tbz"];

/// Proxmox's other formats. The plugin has no word for a plain or gzip- or LZO-compressed `vma` nor for a `tar.lzo`:
/// they stay undefined rather than pass for something else.
const OTHERS: [(&str, &str); 6] = [
    ("vma.zst", "zst"),
    ("vma.zstd", "zst"),
    ("tar.zst", "tzst"),
    ("tar.zstd", "tzst"),
    ("tar.gz", "tgz"),
    ("tar.bz2", "tbz"),
];

/// The plugin's choice, by what Proxmox says and else by the name of the volume.
pub(crate) fn of(format: &str, volume: &str) -> &'static str {
    named(&format.trim().to_ascii_lowercase()).or_else(|| of_volume(volume)).unwrap_or("undefined")
}

fn named(format: &str) -> Option<&'static str> {
    let other = || OTHERS.iter().find(|(proxmox, _)| *proxmox == format).map(|(_, plugin)| *plugin);
    SAME.iter().find(|same| **same == format).copied().or_else(other)
}

fn of_volume(volume: &str) -> Option<&'static str> {
    if volume.contains("backup/vm/") {
        return Some("pbs-vm");
    }
    if volume.contains("backup/ct/") {
        return Some("pbs-ct");
    }
    let file = volume.rsplit('/').next()?.to_ascii_lowercase();
    let mut parts = file.rsplit('.');
    let last = parts.next()?;
    let before = parts.next()?;
    match before {
        "vma" | "tar" => named(&[before, ".", last].concat()),
        _ => named(last),
    }
}

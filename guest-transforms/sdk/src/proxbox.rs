//! What the default mapping and its overrides share.

use crate::Tag;

/// The tag of everything that is mirrored from Proxmox.
pub fn proxbox_tag() -> Tag {
    Tag { name: "Proxbox".to_owned(), slug: "proxbox".to_owned(), color: "ff5722".to_owned() }
}

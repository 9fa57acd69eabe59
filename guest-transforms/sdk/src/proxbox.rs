//! What the default mapping and its overrides share.

use crate::Tag;

/// The tag of everything that is mirrored from Proxmox.
///
/// ```
/// # use proxbox_transform_sdk::{Draft, proxbox_tag};
/// let tenant = Draft::named("tenancy.tenant", "Acme").tag(proxbox_tag());
/// assert_eq!(tenant.tags[0].slug, "proxbox");
/// ```
pub fn proxbox_tag() -> Tag {
    Tag { name: "Proxbox".to_owned(), slug: "proxbox".to_owned(), color: "ff5722".to_owned() }
}

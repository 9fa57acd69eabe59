//! Proxmox's tags become NetBox's.

use proxbox_transform_sdk::{Draft, Tag, digest, fit, slug};

const COLOR: &str = "9e9e9e";
/// The longest name and slug of a tag.
const NAME: usize = 100;

pub(crate) fn add(vm: Draft, tags: &[String]) -> Draft {
    let tags = tags.iter().map(|tag| tag.trim()).filter(|tag| !tag.is_empty());
    tags.fold(vm, |vm, name| vm.tag(tag(name)))
}

fn tag(name: &str) -> Tag {
    let name = fit(name, NAME, &["~", &digest(name)].concat());
    Tag { slug: slug_of(&name), name, color: COLOR.to_owned() }
}

/// A tag such as `_` has no character that a slug may have.
fn slug_of(name: &str) -> String {
    let slug = slug(name);
    if slug.is_empty() { ["tag-", &digest(name)].concat() } else { slug }
}

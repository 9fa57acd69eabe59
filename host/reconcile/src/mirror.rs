//! Proxmox's own tags of an object, mirrored as NetBox tags: which of them are new, which are gone, which stay as they are.

use crate::Object;
use crate::desired::Desired;
use crate::resolve::Resolver;
use crate::text::fold;
use proxbox_model::options::{Kept, Part};
use serde_json::Value as Json;
use std::collections::BTreeSet;

/// The record of the tags that were mirrored last.
const RECORD: &str = "proxmox_tags";

/// The mirrored tags of one object.
pub(crate) struct Mirror<'a> {
    current: Option<&'a Object>,
    /// Folded names of Proxmox's tags now; none when nobody said.
    now: Option<BTreeSet<String>>,
    /// Folded names of the tags that were mirrored last.
    before: BTreeSet<String>,
    /// Whether the tags of an existing object stay as they are.
    kept: bool,
}

impl<'a> Mirror<'a> {
    pub(crate) fn of(
        object: &Desired,
        current: Option<&'a Object>,
        kept: &Kept,
        resolver: &Resolver<'_>,
    ) -> Self {
        let record = || {
            let id = current?.get("id")?.as_u64()?;
            resolver.owners(object.kind)?.record(id, RECORD)
        };
        Self {
            current,
            now: object.source_tags.as_ref().map(|names| names.iter().map(|name| fold(name)).collect()),
            before: record().map(|names| split(&names)).unwrap_or_default(),
            kept: kept.keeps(object.kind.name, Part::SourceTags),
        }
    }

    /// Whether a wanted tag is not put on the object.
    pub(crate) fn leaves_out(&self, name: &str) -> bool {
        let mirrored = self.now.as_ref().is_some_and(|now| now.contains(&fold(name)));
        self.kept && self.current.is_some() && mirrored
    }

    /// Slugs of tags that the object has because Proxmox's had them.
    pub(crate) fn gone(&self) -> BTreeSet<String> {
        let Some(now) = self.now.as_ref().filter(|_| !self.kept) else { return BTreeSet::new() };
        let tags = self.current.and_then(|current| current.get("tags")?.as_array()).into_iter().flatten();
        let gone = tags.filter_map(|tag| {
            let slug = tag.get("slug").unwrap_or(tag).as_str()?;
            // A tag that is no more than a slug is called by it.
            let name = fold(tag.get("name").and_then(Json::as_str).unwrap_or(slug));
            (self.before.contains(&name) && !now.contains(&name)).then(|| slug.to_owned())
        });
        gone.collect()
    }
}

fn split(names: &str) -> BTreeSet<String> {
    names.split([',', ';']).map(str::trim).filter(|name| !name.is_empty()).map(fold).collect()
}

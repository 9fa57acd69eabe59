//! Writing an object without what NetBox refuses of it.

use super::body::{is_same_list, shortfall};
use super::fault::Fault;
use super::write::Item;
use super::{Run, problems};
use proxbox_model::kind::Kind;
use proxbox_model::plan::Action;
use serde_json::{Map, Value as Json, json};

/// What is asked of NetBox's tags.
const TAG_FIELDS: [(&str, &str); 1] = [("fields", "id,slug,object_types")];

/// Slug of the tag that is on everything that was synced.
const OURS: &str = "proxbox";

impl Run<'_> {
    /// Takes out of an item what NetBox refuses of it, when the rest is worth writing; says whether it did.
    pub(super) async fn relent(&mut self, kind: &'static Kind, item: &mut Item, fault: &Fault) -> bool {
        if fault.is_about("tags") || fault.is_about_the_whole() {
            return self.relent_in_tags(kind, item, fault).await;
        }
        let refused = fault.attributes(kind, &item.body);
        for field in &refused {
            item.body.remove(field);
            item.without.push(shortfall(field, problems::attribute_refused(&fault.words_about(field))));
        }
        !refused.is_empty()
    }

    /// NetBox says of a tag that is limited to other kinds only that the object cannot be saved, so that the tags are looked at.
    async fn relent_in_tags(&mut self, kind: &'static Kind, item: &mut Item, fault: &Fault) -> bool {
        let Some(Json::Array(tags)) = item.body.get("tags") else { return false };
        let slug = |tag: &Json| tag.get("slug").and_then(Json::as_str).unwrap_or_default().to_owned();
        let sent: Vec<String> = tags.iter().map(slug).collect();
        if sent.is_empty() {
            return false;
        }
        let known = self.known_tags().await;
        let usable = |slug: &String| known.is_none_or(|known| may_be_on(known, slug, kind));
        let (left, refused): (Vec<String>, Vec<String>) = sent.into_iter().partition(usable);
        let (left, because) = match fault.is_about("tags") {
            _ if !refused.is_empty() => {
                (left, refused.iter().map(|slug| problems::tag_refused(kind, slug)).collect())
            }
            // Which of them it is cannot be told.
            true => (only_ours(left), vec![problems::attribute_refused(&fault.words_about("tags"))]),
            false => return false,
        };
        item.without.extend(because.into_iter().map(|why| shortfall("tags", why)));
        let left: Json = left.iter().map(|slug| json!({ "slug": slug })).collect();
        if self.holds_these_tags(item.index, &left) {
            item.body.remove("tags");
        } else {
            item.body.insert("tags".to_owned(), left);
        }
        true
    }

    /// Whether an object that is there has these tags and no others.
    fn holds_these_tags(&self, index: usize, tags: &Json) -> bool {
        match self.plan.objects.get(index).map(|object| &object.action) {
            Some(Action::Update { changes, .. }) => {
                changes.get("tags").is_some_and(|change| is_same_list(&change.before, tags))
            }
            _ => false,
        }
    }

    /// The tags of NetBox, read once; none when they may not be read.
    async fn known_tags(&mut self) -> Option<&[Map<String, Json>]> {
        if self.tags.is_none() {
            self.tags = Some(self.netbox.every_row("extras/tags", &TAG_FIELDS).await.ok());
        }
        self.tags.as_ref()?.as_deref()
    }
}

/// Our own tag alone, and nothing when it was alone already.
fn only_ours(sent: Vec<String>) -> Vec<String> {
    let others = sent.iter().any(|slug| slug != OURS);
    sent.into_iter().filter(|slug| others && slug == OURS).collect()
}

/// Whether a tag is there and not limited to other kinds.
fn may_be_on(tags: &[Map<String, Json>], slug: &str, kind: &Kind) -> bool {
    let tag = tags.iter().find(|tag| tag.get("slug").and_then(Json::as_str) == Some(slug));
    let types = tag.map(|tag| tag.get("object_types").and_then(Json::as_array));
    types.is_some_and(|types| {
        types.is_none_or(|types| {
            types.is_empty() || types.iter().any(|name| name.as_str() == Some(kind.model()))
        })
    })
}

//! Which NetBox tag stands for a wanted one. A tag is its name: names that only share a slug stay two tags.

use crate::State;
use crate::desired::Desired;
use crate::text::fold;
use crate::value::Want;
use proxbox_model::kind;
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Longest slug that NetBox takes.
const LONGEST: usize = 100;

/// What makes two wanted tags one.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum TagKey {
    /// The name, when the slug is only another spelling of it.
    Name(String),
    /// The slug, when a mapper chose it.
    Slug(String),
}

impl TagKey {
    pub(crate) fn of(name: &str, slug: &str) -> Self {
        if spells(name, slug) { Self::Name(name.to_owned()) } else { Self::Slug(slug.to_owned()) }
    }
}

/// Whether a slug is what remains of a name without its case and punctuation.
fn spells(name: &str, slug: &str) -> bool {
    let bare = |text: &str| -> String {
        text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
    };
    bare(name) == bare(slug)
}

/// Gives each wanted tag the slug of the NetBox tag that stands for it, and new ones a slug that is free.
pub(crate) fn settle(desired: &mut [Desired], state: &State) {
    let Some(kind) = kind::find("extras.tag") else { return };
    let held = Held::new(state.objects(kind).filter_map(|(_, tag)| {
        Some((tag.get("name").and_then(Json::as_str)?, tag.get("slug").and_then(Json::as_str)?))
    }));
    let mut wanted: Vec<&mut Desired> = desired.iter_mut().filter(|object| object.kind == kind).collect();
    let names: BTreeSet<String> =
        wanted.iter().filter_map(|tag| text(tag, "name").map(str::to_owned)).collect();
    let mut used: BTreeSet<String> = held.slugs();
    let mut made = Vec::new();
    for (position, tag) in wanted.iter_mut().enumerate() {
        let (Some(name), Some(slug)) = (text(tag, "name"), text(tag, "slug")) else { continue };
        match held.slug_of(name, slug, &names).map(str::to_owned) {
            Some(held) => set_slug(tag, held),
            None => made.push(position),
        }
    }
    for position in made {
        let Some(tag) = wanted.get_mut(position) else { continue };
        let Some(slug) = text(tag, "slug").map(|slug| free(slug, &used)) else { continue };
        used.insert(slug.clone());
        set_slug(tag, slug);
    }
}

fn text<'d>(tag: &'d Desired, field: &str) -> Option<&'d str> {
    tag.fields.get(field)?.want.text()
}

fn set_slug(tag: &mut Desired, slug: String) {
    if let Some(wanted) = tag.fields.get_mut("slug") {
        wanted.want = Want::Plain(slug.into());
    }
}

fn free(slug: &str, used: &BTreeSet<String>) -> String {
    let mut number = 1;
    let mut free = slug.to_owned();
    while used.contains(&free) {
        number += 1;
        let suffix = format!("-{number}");
        let room = LONGEST.saturating_sub(suffix.len());
        free = slug.chars().take(room).chain(suffix.chars()).collect();
    }
    free
}

/// The tags of NetBox.
struct Held<'s> {
    by_name: HashMap<&'s str, &'s str>,
    by_folded_name: BTreeMap<String, Vec<&'s str>>,
    by_slug: HashMap<&'s str, &'s str>,
}

impl<'s> Held<'s> {
    fn new(tags: impl Iterator<Item = (&'s str, &'s str)>) -> Self {
        let mut held =
            Self { by_name: HashMap::new(), by_folded_name: BTreeMap::new(), by_slug: HashMap::new() };
        for (name, slug) in tags {
            held.by_name.insert(name, slug);
            held.by_folded_name.entry(fold(name)).or_default().push(name);
            held.by_slug.insert(slug, name);
        }
        held
    }

    fn slugs(&self) -> BTreeSet<String> {
        self.by_slug.keys().map(|slug| (*slug).to_owned()).collect()
    }

    /// The slug of the tag of that name; else of the only one whose name differs by case and is nobody else's; else of the
    /// one that has the slug, unless its own name says that it is another.
    fn slug_of(&self, name: &str, slug: &str, names: &BTreeSet<String>) -> Option<&'s str> {
        if let Some(slug) = self.by_name.get(name) {
            return Some(slug);
        }
        let free = |held: &&&str| !names.contains(**held);
        let mut alike = self.by_folded_name.get(&fold(name)).into_iter().flatten().filter(free);
        if let (Some(held), None) = (alike.next(), alike.next()) {
            return self.by_name.get(held).copied();
        }
        let (slug, held) = self.by_slug.get_key_value(slug)?;
        let another = spells(name, slug) && spells(held, slug);
        (!another).then_some(*slug)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found<'s>(held: &[(&'s str, &'s str)], name: &str, slug: &str, names: &[&str]) -> Option<&'s str> {
        let names = names.iter().map(|name| (*name).to_owned()).collect();
        Held::new(held.iter().copied()).slug_of(name, slug, &names)
    }

    #[test]
    fn a_tag_is_found_by_its_name_whatever_its_slug() {
        assert_eq!(found(&[("c++", "c-2"), ("c", "c")], "c++", "c", &["c++"]), Some("c-2"));
    }

    #[test]
    fn a_tag_that_shares_the_slug_and_is_called_like_it_is_another() {
        assert_eq!(found(&[("app-v1", "app-v1")], "app.v1", "app-v1", &["app.v1"]), None);
    }

    #[test]
    fn a_tag_that_an_operator_renamed_is_found_by_its_slug() {
        assert_eq!(found(&[("Production", "prod")], "prod", "prod", &["prod"]), Some("prod"));
    }

    #[test]
    fn a_name_in_other_letters_is_the_same_unless_both_are_wanted() {
        let held = [("Prod", "prod")];
        assert_eq!(found(&held, "prod", "prod", &["prod"]), Some("prod"));
        assert_eq!(found(&held, "prod", "prod", &["prod", "Prod"]), None);
    }

    #[test]
    fn a_slug_that_a_mapper_chose_is_the_tag_whatever_its_name() {
        assert_eq!(found(&[("Web", "web")], "Web servers", "web", &["Web servers"]), Some("web"));
        assert_eq!(TagKey::of("Web servers", "web"), TagKey::Slug("web".to_owned()));
        assert_eq!(TagKey::of("c++", "c"), TagKey::Name("c++".to_owned()));
    }

    #[test]
    fn a_slug_that_is_taken_gets_a_number_and_stays_short_enough() {
        let long = "x".repeat(100);
        let used = BTreeSet::from(["c".to_owned(), "c-2".to_owned(), long.clone()]);
        assert_eq!(free("c", &used), "c-3");
        assert_eq!(free(&long, &used), format!("{}-2", "x".repeat(98)));
    }
}

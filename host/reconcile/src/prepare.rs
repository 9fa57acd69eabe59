//! One desired object with its references followed, before its name is settled and before it is compared.

use crate::custom::{self, Definitions};
use crate::desired::{Desired, Wanted, label};
use crate::diff;
use crate::error::{ReconcileError, Unmet};
use crate::mirror::Mirror;
use crate::normal;
use crate::reference::Ref;
use crate::resolve::{Resolver, Standing, Target, Unresolved};
use crate::text::shown;
use crate::unsaid;
use crate::value::Want;
use crate::{Object, addresses, placed};
use proxbox_model::kind::Kind;
use proxbox_model::options::{FieldRule, Kept, Part};
use proxbox_model::plan::{Planned, Shortfall};
use proxbox_model::{Problem, SourceObject};
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};

/// Positions in [`Planned::IdOf`] and `needs` are those of the desired objects.
#[derive(Debug, Default)]
pub(crate) struct Prepared {
    pub(crate) fields: BTreeMap<&'static str, Planned>,
    /// With the type of each.
    pub(crate) custom_fields: BTreeMap<String, (Planned, String)>,
    /// Slugs as NetBox has them.
    pub(crate) tags: BTreeSet<String>,
    /// Desired custom fields that must be written before the object may use them.
    pub(crate) custom_fields_need: BTreeMap<String, usize>,
    /// Slugs of tags that the object has and Proxmox's does not any more.
    pub(crate) tags_gone: BTreeSet<String>,
    /// What is written with other changes, by the name of the change.
    pub(crate) passive: BTreeMap<String, Planned>,
    /// Attributes that it is written without.
    pub(crate) without: Vec<Shortfall>,
    /// Whether an attribute refers to something that is there, or stays as it is.
    reaches: bool,
    /// Why the first attribute that leads nowhere does not.
    nowhere: Option<Refusal>,
}

impl Prepared {
    /// Why nothing that it refers to is there.
    pub(crate) fn came_to_nothing(&mut self) -> Option<Refusal> {
        if self.reaches { None } else { self.nowhere.take() }
    }

    fn lacks(&mut self, field: impl Into<String>, unmet: &Unmet) {
        self.without.push(Shortfall { field: field.into(), problem: Problem::from(unmet) });
    }
}

/// Why an object is not written.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// For a reason that is nobody's fault.
    Skip(String),
    Fail(ReconcileError),
}

impl From<ReconcileError> for Refusal {
    fn from(error: ReconcileError) -> Self {
        Self::Fail(error)
    }
}

/// What preparing needs to know.
pub(crate) struct Preparer<'a> {
    pub(crate) desired: &'a [Desired],
    pub(crate) definitions: &'a Definitions<'a>,
    pub(crate) kept: &'a Kept,
    /// By source, instead of `kept`.
    pub(crate) kept_of: &'a BTreeMap<String, Kept>,
}

impl Preparer<'_> {
    /// What stays of an object that is there already.
    pub(crate) fn kept(&self, object: &Desired) -> &Kept {
        let source = object.identity.as_ref().or(object.parent.as_ref()).map(|identity| &identity.source);
        source.and_then(|source| self.kept_of.get(source)).unwrap_or(self.kept)
    }

    /// Follows the references of a desired object and leaves out what stays as it is in NetBox.
    pub(crate) fn prepare(
        &self,
        object: &Desired,
        current: Option<&Object>,
        resolver: &Resolver<'_>,
    ) -> Result<Prepared, Refusal> {
        let mut prepared = Prepared::default();
        let keeps = self.kept(object);
        let is_placed = diff::is_placed(object);
        for (name, wanted) in &object.fields {
            let Some(spec) = object.kind.field(name) else { continue };
            let may_stay = !(is_placed && spec.name == "site");
            let rule = keeps.rule(object.kind.name, spec.name);
            if rule == Some(FieldRule::Never) && (current.is_some() || object.kind.can_be_made_without(name))
            {
                continue;
            }
            let stays = |current: &Object| {
                diff::stays(object.kind, spec, current, keeps)
                    || rule != Some(FieldRule::Mirror)
                        && unsaid::stays(object, spec, &wanted.want, current, resolver)
                    || addresses::stays_primary(object, spec, &wanted.module, current, resolver.state)
            };
            if may_stay && current.is_some_and(stays) {
                prepared.reaches = true;
                continue;
            }
            let goal = match object.kind.can_lack(name) {
                true => self.attribute(object, name, &wanted.want, current, resolver, &mut prepared),
                false => self.goal(object, name, &wanted.want, resolver)?,
            };
            if let Some(goal) = goal {
                prepared.fields.insert(spec.name, goal);
            }
        }
        if current.is_none() && object.kind.name == "dcim.device" && !is_placed {
            at_the_clusters_site(&mut prepared, resolver);
        }
        if object.kind.custom_fields {
            self.custom_fields(object, current, resolver, &mut prepared)?;
        }
        if object.kind.tags && !current.is_some_and(|current| diff::tags_stay(object.kind, current, keeps)) {
            self.tags(object, current, resolver, &mut prepared);
        }
        for (name, want) in &object.passive {
            if let Want::Plain(value) = want {
                let goal = Planned::Ready(value.clone());
                if object.kind.field(name).is_some() {
                    prepared.passive.insert((*name).to_owned(), goal);
                } else if let Some(field) = self.definitions.on(name, object.kind) {
                    let blocked =
                        |position| matches!(resolver.standing(position), Some(Standing::Blocked(_)));
                    if field.after.is_none_or(|position| !blocked(position)) {
                        prepared
                            .custom_fields_need
                            .extend(field.after.map(|position| ((*name).to_owned(), position)));
                        prepared.passive.insert(format!("custom_fields.{name}"), goal);
                    }
                }
            }
        }
        Ok(prepared)
    }

    fn custom_fields(
        &self,
        object: &Desired,
        current: Option<&Object>,
        resolver: &Resolver<'_>,
        prepared: &mut Prepared,
    ) -> Result<(), Refusal> {
        let identity: Vec<(&str, Json)> =
            object.identity.as_ref().map(custom::identity_values).unwrap_or_default();
        let forged = |name: &str| identity.iter().any(|(own, _)| *own == name);
        let kept = |name: &str, holds: &str| {
            self.kept(object).keeps(object.kind.name, Part::CustomFields)
                && current.is_some_and(|current| !diff::custom_value(name, holds, current).is_null())
        };
        let host = |value: &Json| Wanted { want: Want::Plain(value.clone()), module: "the host".into() };
        let mappers = object.custom_fields.iter().filter(|(name, _)| !forged(name));
        let mappers = mappers.map(|(name, wanted)| (name.as_str(), wanted.clone(), true));
        let own = identity.iter().map(|(name, value)| (*name, host(value), false));
        for (name, wanted, may_stay) in mappers.chain(own) {
            let Some(definition) = self.definitions.on(name, object.kind) else {
                let module = shown(&wanted.module);
                let missing = ReconcileError::NoCustomField { module, field: shown(name), kind: object.kind };
                return Err(missing.into());
            };
            if may_stay && kept(name, &definition.holds) {
                continue;
            }
            let want = custom::convert(name, &wanted, &definition)?;
            let field = format!("custom_fields.{name}");
            let goal = self.attribute(object, &field, &want, current, resolver, prepared);
            let Some(goal) = goal else { continue };
            if let Some(position) = definition.after {
                match resolver.standing(position) {
                    Some(Standing::Blocked(why) | Standing::LeftOut(why)) => {
                        let field = format!("the custom field {}", shown(name));
                        return Err(self.blocked(object, field, why).into());
                    }
                    _ => prepared.custom_fields_need.insert(name.to_owned(), position),
                };
            }
            prepared.custom_fields.insert(name.to_owned(), (goal, definition.holds));
        }
        Ok(())
    }

    fn tags(
        &self,
        object: &Desired,
        current: Option<&Object>,
        resolver: &Resolver<'_>,
        prepared: &mut Prepared,
    ) {
        let mirror = Mirror::of(object, current, self.kept(object), resolver);
        prepared.tags_gone = mirror.gone();
        for position in &object.tags {
            let Some(tag) = self.desired.get(*position) else { continue };
            let text = |field: &str| tag.fields.get(field).and_then(|wanted| wanted.want.text());
            let (name, slug) = (text("name").unwrap_or_default(), text("slug").unwrap_or_default());
            if mirror.leaves_out(name) {
                continue;
            }
            let held = match resolver.standing(*position) {
                Some(Standing::Id(id)) => resolver.state.get(tag.kind, *id),
                Some(Standing::Blocked(because) | Standing::LeftOut(because)) => {
                    let (target, because) = (format!("tag {}", shown(name)), because.clone());
                    prepared.lacks("tags", &Unmet::Blocked { target, because });
                    continue;
                }
                Some(Standing::New) | None => None,
            };
            if held.is_some_and(|held| !may_carry(object.kind, held)) {
                prepared.lacks("tags", &Unmet::TagOfOthers { tag: shown(name), kind: object.kind });
                continue;
            }
            let held = held.and_then(|tag| tag.get("slug")?.as_str());
            prepared.tags.insert(held.unwrap_or(slug).to_owned());
        }
    }

    /// A value with its references followed; none when it refers to something whose absence is nobody's fault.
    fn goal(
        &self,
        object: &Desired,
        field: &str,
        want: &Want,
        resolver: &Resolver<'_>,
    ) -> Result<Option<Planned>, Refusal> {
        let planned = |to: &Ref| match resolver.resolve(to) {
            Ok(Target::Id(id)) => Ok(Planned::Ready(json!(id))),
            Ok(Target::New(position)) => Ok(Planned::IdOf(position)),
            Err(unresolved) => Err(self.unresolved(object, field, to, unresolved)),
        };
        Ok(Some(match want {
            Want::Plain(value) => Planned::Ready(value.clone()),
            Want::One(to) => planned(to)?,
            Want::Perhaps(to) => match resolver.resolve(to) {
                Ok(Target::Id(id)) => Planned::Ready(json!(id)),
                Ok(Target::New(position)) => Planned::IdIfMade(position),
                Err(_) => return Ok(None),
            },
            Want::Many(to) => list(to.iter().map(planned).collect::<Result<_, _>>()?),
        }))
    }

    /// A value that only describes the object: what it refers to and is not there costs that value, and is told.
    fn attribute(
        &self,
        object: &Desired,
        field: &str,
        want: &Want,
        current: Option<&Object>,
        resolver: &Resolver<'_>,
        prepared: &mut Prepared,
    ) -> Option<Planned> {
        let held = |to: &Ref| placed::held(resolver.state, object.kind.field(field)?, to, current?);
        let mut planned =
            |to: &Ref| match held(to).map_or_else(|| resolver.resolve(to), |id| Ok(Target::Id(id))) {
                Ok(target) => {
                    prepared.reaches = true;
                    Some(match target {
                        Target::Id(id) => Planned::Ready(json!(id)),
                        Target::New(position) => Planned::IdIfMade(position),
                    })
                }
                Err(_) if matches!(want, Want::Perhaps(_)) => None,
                Err(why) => {
                    if prepared.nowhere.is_none() {
                        prepared.nowhere = Some(self.unresolved(object, field, to, why.clone()));
                    }
                    if let Some(unmet) = unmet(to, why) {
                        prepared.lacks(field, &unmet);
                    }
                    None
                }
            };
        match want {
            Want::Plain(value) => Some(Planned::Ready(value.clone())),
            Want::One(to) | Want::Perhaps(to) => planned(to),
            Want::Many(to) => {
                let found: Vec<Planned> = to.iter().filter_map(&mut planned).collect();
                // What is there already may be in the list for good reasons.
                if current.is_some() && found.len() < to.len() { None } else { Some(list(found)) }
            }
        }
    }

    fn unresolved(&self, object: &Desired, field: &str, to: &Ref, why: Unresolved) -> Refusal {
        let (object_label, field, target) = (called(object), shown(field), to.to_string());
        let parent = matches!(to, Ref::Identity { identity, .. } if Some(identity) == object.parent.as_ref());
        let endpoint =
            matches!(to, Ref::Identity { identity, .. } if identity.object == SourceObject::Endpoint);
        Refusal::Fail(match why {
            Unresolved::LeftOut(why) => return Refusal::Skip(why),
            Unresolved::Missing(_) if endpoint => {
                return Refusal::Skip("the plugin has no Proxmox endpoint for its source".to_owned());
            }
            Unresolved::Missing(None) if parent => {
                return Refusal::Skip(format!("the {target} is not in NetBox"));
            }
            Unresolved::Missing(because) => {
                ReconcileError::Missing { object: object_label, field, target, because }
            }
            Unresolved::Many(count) => {
                ReconcileError::Ambiguous { object: object_label, field, target, count }
            }
            Unresolved::Blocked(because) => self.blocked(object, format!("the {target}"), &because),
        })
    }

    fn blocked(&self, object: &Desired, target: String, because: &str) -> ReconcileError {
        ReconcileError::Blocked { object: called(object), target, because: because.to_owned() }
    }
}

/// Why a reference leads nowhere; none when that is nobody's fault.
fn unmet(to: &Ref, why: Unresolved) -> Option<Unmet> {
    let target = to.to_string();
    Some(match why {
        Unresolved::LeftOut(_) => return None,
        Unresolved::Missing(because) => Unmet::Missing { target, because },
        Unresolved::Many(count) => Unmet::Ambiguous { target, count },
        Unresolved::Blocked(because) => Unmet::Blocked { target, because },
    })
}

/// Whether NetBox lets objects of the kind carry a tag: an operator may limit one to some kinds.
fn may_carry(kind: &Kind, tag: &Object) -> bool {
    let kinds = tag.get("object_types").map(normal::texts).unwrap_or_default();
    kinds.is_empty() || kinds.iter().any(|name| name == kind.model())
}

/// A list of which everything is known is a sorted value.
fn list(items: Vec<Planned>) -> Planned {
    let known: Option<Vec<u64>> = items
        .iter()
        .map(|item| match item {
            Planned::Ready(id) => id.as_u64(),
            _ => None,
        })
        .collect();
    match known {
        Some(mut ids) => {
            ids.sort_unstable();
            Planned::Ready(json!(ids))
        }
        None => Planned::List(items),
    }
}

/// NetBox refuses a device that is not at its cluster's site, so an operator who gave the cluster a site has decided.
fn at_the_clusters_site(prepared: &mut Prepared, resolver: &Resolver<'_>) {
    if let Some(Planned::Ready(cluster)) = prepared.fields.get("cluster")
        && let Some(site) = cluster.as_u64().and_then(|cluster| resolver.site_of(cluster))
    {
        prepared.fields.insert("site", Planned::Ready(json!(site)));
    }
}

/// How messages call a desired object.
pub(crate) fn called(object: &Desired) -> String {
    match &object.identity {
        Some(identity) => label(identity, &object.name()),
        None => format!("the {} {}", object.kind.label, shown(&object.name())),
    }
}

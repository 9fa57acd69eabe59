//! One desired object with its references followed, before its name is settled and before it is compared.

use crate::Object;
use crate::custom::{self, Definitions};
use crate::desired::{Desired, Wanted, label};
use crate::diff;
use crate::error::ReconcileError;
use crate::reference::Ref;
use crate::resolve::{Resolver, Standing, Target, Unresolved};
use crate::text::shown;
use crate::value::Want;
use proxbox_model::options::{Kept, Part};
use proxbox_model::plan::Planned;
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};

/// Positions in [`Planned::IdOf`] and `needs` are those of the desired objects.
#[derive(Clone, Debug, Default)]
pub(crate) struct Prepared {
    pub(crate) fields: BTreeMap<&'static str, Planned>,
    /// With the type of each.
    pub(crate) custom_fields: BTreeMap<String, (Planned, String)>,
    /// Slugs as NetBox has them.
    pub(crate) tags: BTreeSet<String>,
    /// Desired tags and custom fields that must be written before the object may use them.
    pub(crate) tags_need: BTreeSet<usize>,
    pub(crate) custom_fields_need: BTreeMap<String, usize>,
}

/// What preparing needs to know.
pub(crate) struct Preparer<'a> {
    pub(crate) desired: &'a [Desired],
    pub(crate) definitions: &'a Definitions<'a>,
    pub(crate) kept: &'a Kept,
}

impl Preparer<'_> {
    /// Follows the references of a desired object and leaves out what stays as it is in NetBox.
    pub(crate) fn prepare(
        &self,
        object: &Desired,
        current: Option<&Object>,
        resolver: &Resolver<'_>,
    ) -> Result<Prepared, ReconcileError> {
        let mut prepared = Prepared::default();
        for (name, wanted) in &object.fields {
            let Some(spec) = object.kind.field(name) else { continue };
            if current.is_some_and(|current| diff::stays(object.kind, spec, current, self.kept)) {
                continue;
            }
            let goal = self.goal(object, name, &wanted.want, resolver)?;
            prepared.fields.insert(spec.name, goal);
        }
        if current.is_none() && object.kind.name == "dcim.device" {
            at_the_clusters_site(&mut prepared, resolver);
        }
        if object.kind.custom_fields {
            self.custom_fields(object, current, resolver, &mut prepared)?;
        }
        if !current.is_some_and(|current| diff::tags_stay(object.kind, current, self.kept)) {
            self.tags(object, resolver, &mut prepared)?;
        }
        Ok(prepared)
    }

    fn custom_fields(
        &self,
        object: &Desired,
        current: Option<&Object>,
        resolver: &Resolver<'_>,
        prepared: &mut Prepared,
    ) -> Result<(), ReconcileError> {
        let identity: Vec<(&str, Json)> =
            object.identity.as_ref().map(custom::identity_values).unwrap_or_default();
        let forged = |name: &str| identity.iter().any(|(own, _)| *own == name);
        let kept = |name: &str, holds: &str| {
            self.kept.keeps(object.kind.name, Part::CustomFields)
                && current.is_some_and(|current| !diff::custom_value(name, holds, current).is_null())
        };
        let host = |value: &Json| Wanted { want: Want::Plain(value.clone()), module: "the host".into() };
        let mappers = object.custom_fields.iter().filter(|(name, _)| !forged(name));
        let mappers = mappers.map(|(name, wanted)| (name.as_str(), wanted.clone(), true));
        let own = identity.iter().map(|(name, value)| (*name, host(value), false));
        for (name, wanted, may_stay) in mappers.chain(own) {
            let Some(definition) = self.definitions.on(name, object.kind) else {
                let module = shown(&wanted.module);
                return Err(ReconcileError::NoCustomField { module, field: shown(name), kind: object.kind });
            };
            if may_stay && kept(name, &definition.holds) {
                continue;
            }
            let want = custom::convert(name, &wanted, &definition)?;
            let goal = self.goal(object, name, &want, resolver)?;
            if let Some(position) = definition.after {
                match resolver.standing(position) {
                    Some(Standing::Blocked(why)) => {
                        return Err(self.blocked(object, format!("the custom field {}", shown(name)), why));
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
        resolver: &Resolver<'_>,
        prepared: &mut Prepared,
    ) -> Result<(), ReconcileError> {
        for position in &object.tags {
            let Some(tag) = self.desired.get(*position) else { continue };
            let slug = tag.fields.get("slug").and_then(|wanted| wanted.want.text()).unwrap_or_default();
            match resolver.standing(*position) {
                Some(Standing::Id(id)) => {
                    let held = resolver.state.get(tag.kind, *id).and_then(|tag| tag.get("slug")?.as_str());
                    prepared.tags.insert(held.unwrap_or(slug).to_owned());
                }
                Some(Standing::Blocked(why)) => {
                    return Err(self.blocked(object, format!("the tag {}", shown(slug)), why));
                }
                Some(Standing::New) | None => {
                    prepared.tags.insert(slug.to_owned());
                    prepared.tags_need.insert(*position);
                }
            }
        }
        Ok(())
    }

    fn goal(
        &self,
        object: &Desired,
        field: &str,
        want: &Want,
        resolver: &Resolver<'_>,
    ) -> Result<Planned, ReconcileError> {
        let planned = |to: &Ref| match resolver.resolve(to) {
            Ok(Target::Id(id)) => Ok(Planned::Ready(json!(id))),
            Ok(Target::New(position)) => Ok(Planned::IdOf(position)),
            Err(unresolved) => Err(self.unresolved(object, field, to, unresolved)),
        };
        match want {
            Want::Plain(value) => Ok(Planned::Ready(value.clone())),
            Want::One(to) => planned(to),
            Want::Many(to) => Ok(Planned::List(to.iter().map(planned).collect::<Result<_, _>>()?)),
        }
    }

    fn unresolved(&self, object: &Desired, field: &str, to: &Ref, why: Unresolved) -> ReconcileError {
        let (object_label, field, target) = (called(object), shown(field), to.to_string());
        match why {
            Unresolved::Missing(because) => {
                ReconcileError::Missing { object: object_label, field, target, because }
            }
            Unresolved::Many(count) => {
                ReconcileError::Ambiguous { object: object_label, field, target, count }
            }
            Unresolved::Blocked(because) => self.blocked(object, format!("the {target}"), &because),
        }
    }

    fn blocked(&self, object: &Desired, target: String, because: &str) -> ReconcileError {
        ReconcileError::Blocked { object: called(object), target, because: because.to_owned() }
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

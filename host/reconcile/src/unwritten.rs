//! Which objects of this run are there although nothing is written for them.

use crate::Fact;
use crate::lower::Lowering;
use crate::resolve::{Resolver, Standing};
use crate::sources::Part;
use proxbox_model::Identity;
use proxbox_model::report::ObjectResult;
use std::collections::{BTreeSet, HashSet};

/// Objects that are there but that no row in NetBox is known to stand for, because their facts were left out or failed.
pub(crate) struct Unwritten<'f> {
    objects: HashSet<&'f Identity>,
    /// Parts of which something failed, or that were left out with their whole: any of their rows may stand for that.
    parts: BTreeSet<(String, Part)>,
}

impl<'f> Unwritten<'f> {
    pub(crate) fn new(facts: &'f [(Fact, Lowering)], resolver: &Resolver<'_>) -> Self {
        let mut unwritten = Self { objects: HashSet::new(), parts: BTreeSet::new() };
        for (fact, lowering) in facts {
            let failed = match lowering {
                Lowering::Settled(ObjectResult::Skipped { .. }) => false,
                Lowering::Settled(_) => true,
                Lowering::Desired { own, .. } => match resolver.standing(*own) {
                    Some(Standing::LeftOut(_)) => false,
                    Some(Standing::Blocked(_)) => true,
                    Some(Standing::Id(_) | Standing::New) | None => continue,
                },
            };
            // Parents come before what is part of them.
            let with_parent = fact.parent.as_ref().is_some_and(|parent| unwritten.objects.contains(parent));
            unwritten.objects.insert(&fact.identity);
            let part = Part::of(&fact.identity.object).filter(|_| failed || with_parent);
            unwritten.parts.extend(part.map(|part| (fact.identity.source.clone(), part)));
        }
        unwritten
    }

    /// Whether a row that goes by that identity may stand for one of them.
    pub(crate) fn may_be(&self, identity: &Identity, part: &(String, Part)) -> bool {
        self.objects.contains(identity) || self.parts.contains(part)
    }
}

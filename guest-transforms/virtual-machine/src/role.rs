//! The role that the operator gives a guest.

use crate::word;
use proxbox_transform_sdk::Context;
use proxbox_transform_sdk::facts::GuestFacts;

/// The slug of the role: that of its node, else that of its sort of guests. None when the operator gives none.
pub(crate) fn of(cx: &Context, fact: &GuestFacts) -> Option<String> {
    let kind = word(fact.kind);
    let of_node = cx.option_at(&["node-roles", &fact.node, kind]);
    of_node.or_else(|| cx.option(&["role-", kind].concat()))
}

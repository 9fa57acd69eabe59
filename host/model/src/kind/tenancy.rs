//! Tenants.

use super::Kind;
use super::row::{BY_SLUG_OR_NAME, COMMENTS, DESCRIPTION, NAME_100, SLUG_100, shared};

pub(super) const TENANT: Kind = shared(
    "tenancy.tenant",
    "tenant",
    "tenancy/tenants",
    BY_SLUG_OR_NAME,
    &[NAME_100, SLUG_100, DESCRIPTION, COMMENTS],
);

//! NetBox REST client: capability probe, state snapshot, bulk apply, cache and retry.

//! The default mapping of the cluster facts.

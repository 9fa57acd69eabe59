//! The default mapping of the node facts.

//! One file a command.

pub(crate) mod config;
pub(crate) mod demo;
pub(crate) mod endpoint;
pub(crate) mod fake;
pub(crate) mod key;
pub(crate) mod schema;
pub(crate) mod serve;
pub(crate) mod sync;
pub(crate) mod transform;

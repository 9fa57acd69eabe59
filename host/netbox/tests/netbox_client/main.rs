//! The NetBox client against servers that behave well and badly.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

mod applying;
mod attributes;
mod busy;
mod caching;
mod connecting;
mod doubt;
mod fake;
mod finishing;
mod plugin;
mod probing;
mod reading;
mod retrying;
mod side_by_side;
mod support;

//! What the service logs, kept in memory for whoever asks for it over HTTP.
//!
//! A [`LogLayer`] turns tracing events into entries of a [`LogBuffer`], which forgets the oldest beyond a number of
//! entries and of bytes. Secrets do not belong into the log in the first place; what still looks like one is taken out
//! before it is kept.

mod buffer;
mod entry;
mod layer;
mod query;
mod redact;
mod stream;

pub use buffer::LogBuffer;
pub(crate) use entry::{Entry, Level};
pub use layer::LogLayer;
pub(crate) use query::{ActiveFilters, Filter, LogQuery};
pub(crate) use stream::response;

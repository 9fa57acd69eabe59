//! Desired objects and current objects in, a plan out: pure, no I/O.

mod fact;
mod lower;
mod plan;
mod report;
mod state;

pub use fact::{Fact, FactOutcome};
pub use lower::{Lowered, lower};
pub use plan::{FactResult, Reconciled, Sources, reconcile};
pub use report::report;
pub use state::{Object, State};

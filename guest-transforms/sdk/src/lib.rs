//! The SDK of transform authors: a trait to implement and one macro line.
//!
//! A mapper stands on its own; an override changes what the next mapper of the chain made.
//!
//! ```
//! use proxbox_transform_sdk::{Context, Outcome, VirtualMachineOverride, device_role, export};
//! use proxbox_transform_sdk::facts::GuestFacts;
//!
//! struct Roles;
//!
//! impl VirtualMachineOverride for Roles {
//!     fn map(_cx: &Context, guest: &GuestFacts, usual: Outcome) -> Outcome {
//!         match &guest.pool {
//!             Some(pool) => usual.edit(|vm| vm.reference("role", device_role(pool))),
//!             None => usual,
//!         }
//!     }
//! }
//!
//! export!(Roles: VirtualMachineOverride);
//! ```
//!
//! Each interface of the contract has a `…Mapper` and an `…Override` trait, with one function for one fact; one type may
//! implement several, and [`export!`] names them. [`next`] calls the next mapper at any time, [`Context::settings`] reads
//! what the operator set, and [`info!`] and its like write to the operator's log, where a panic's message also goes.
//! [`Raw`] reads the JSON beside a record, [`InterfaceAddress`] and [`time()`] write addresses and times as NetBox does.
//!
//! `proxbox transform build` makes the component. Natively a mapper is an ordinary type: [`testing`] has a context and
//! stands in for the host, so `cargo test` needs no WebAssembly.

mod address;
#[doc(hidden)]
pub mod bindings;
mod context;
mod draft;
mod export;
#[doc(hidden)]
pub mod glue;
mod interfaces;
pub mod log;
mod proxbox;
mod raw;
mod reference;
#[cfg(not(target_arch = "wasm32"))]
pub mod testing;
mod text;
mod time;
mod value;

/// What Proxmox VE says, one record for each object type.
pub use bindings::shared::facts;
/// The records that every mapper speaks.
pub use bindings::shared::types;

pub use address::InterfaceAddress;
pub use interfaces::*;
pub use proxbox::proxbox_tag;
pub use raw::{Raw, is_on, property};
pub use reference::*;
pub use text::{digest, fit, slug};
pub use time::time;
pub use types::{Context, Draft, Field, Outcome, Reference, Rejection, Tag, Value};

//! The SDK of transform authors: a trait to implement and one macro line.
//!
//! A module decides what the objects of one Proxmox look like in NetBox. It gets [facts], returns [`Outcome`]s, and
//! can do nothing else: no network, no files, no clock. `proxbox transform new NAME` writes the project around it.
//!
//! # A mapper that wraps
//!
//! Most wishes are "as usual, but …". An `…Override` gets the outcome of the next mapper of the chain, at the end the
//! built-in one, and changes it. This one gives guests the tenant that a tag names, and brings the tenant along, so that it
//! is made where NetBox lacks it:
//!
//! ```
//! use proxbox_transform_sdk::facts::GuestFacts;
//! use proxbox_transform_sdk::{Context, Draft, Outcome, VirtualMachineOverride, export, slug, tenant};
//!
//! #[derive(serde::Deserialize)]
//! #[serde(default, deny_unknown_fields)]
//! struct Settings {
//!     prefix: String,
//! }
//!
//! impl Default for Settings {
//!     fn default() -> Self {
//!         Self { prefix: "tenant-".to_owned() }
//!     }
//! }
//!
//! pub struct Tenants;
//!
//! impl VirtualMachineOverride for Tenants {
//!     fn map(cx: &Context, guest: &GuestFacts, usual: Outcome) -> Outcome {
//!         let settings = match cx.settings::<Settings>() {
//!             Ok(settings) => settings,
//!             Err(wrong) => return wrong.into(),
//!         };
//!         match guest.tagged(&settings.prefix).next() {
//!             Some(name) => usual
//!                 .edit(|vm| vm.reference("tenant", tenant(slug(name))))
//!                 .bring(Draft::named("tenancy.tenant", name)),
//!             None => usual,
//!         }
//!     }
//! }
//!
//! export!(Tenants: VirtualMachineOverride, settings: r#"{
//!     "type": "object",
//!     "properties": { "prefix": { "type": "string", "default": "tenant-" } },
//!     "additionalProperties": false
//! }"#);
//!
//! // Natively it is an ordinary type, so that `cargo test` needs no WebAssembly:
//! use proxbox_transform_sdk::testing;
//!
//! testing::virtual_machine::always(Draft::new("virtualization.virtualmachine").text("name", "web"));
//! let mut guest = testing::guest(101, "web");
//! guest.tags = vec!["tenant-acme".to_owned()];
//! let drafts = testing::kept(Tenants::map_one(&testing::context(), guest));
//! assert_eq!(drafts[0].get("tenant"), Some(&tenant("acme").into()));
//! assert_eq!(drafts[1].get_text("slug"), Some("acme"));
//! ```
//!
//! # A mapper that stands on its own
//!
//! A `…Mapper` makes the whole object, and nobody below it is asked. What it does not draft is not its own: NetBox keeps
//! what is there.
//!
//! ```
//! use proxbox_transform_sdk::facts::VlanFacts;
//! use proxbox_transform_sdk::{Context, Draft, Outcome, VlanMapper, export};
//!
//! pub struct Vlans;
//!
//! impl VlanMapper for Vlans {
//!     fn map(_cx: &Context, vlan: &VlanFacts) -> Outcome {
//!         match vlan.id {
//!             1 => Outcome::leave_out("the default VLAN is not documented"),
//!             id => Draft::new("ipam.vlan")
//!                 .with("vid", id)
//!                 .text("name", format!("{}-{id}", vlan.bridges.join("-")))
//!                 .text("status", "active")
//!                 .into(),
//!         }
//!     }
//! }
//!
//! export!(Vlans: VlanMapper);
//!
//! use proxbox_transform_sdk::testing;
//!
//! let vlan = |id| VlanFacts { id, bridges: vec!["vmbr0".to_owned()] };
//! let [left_out, kept] = [1, 20].map(|id| Vlans::map(&testing::context(), &vlan(id)));
//! assert_eq!(testing::left_out(left_out), "the default VLAN is not documented");
//! assert_eq!(testing::kept(kept)[0].get_text("name"), Some("vmbr0-20"));
//! ```
//!
//! # What there is
//!
//! - Each interface of the contract has a `…Mapper` and an `…Override` trait, with one function for one fact; one type may
//!   implement several, and [`export!`] names them. [`next`] calls the next mapper at any time.
//! - [`Draft`] and [`Outcome`] are made and changed step by step; [`tenant()`], [`node()`], [`guest()`] and their like are
//!   [`Reference`]s to other objects, by natural key or by what Proxmox knows them as.
//! - [`Context::settings`] reads what the operator set, [`Context::option`] the choices of the run.
//! - [`facts::GuestFacts`] knows its tags and name, [`Raw`] reads the JSON beside a record, [`InterfaceAddress`] and
//!   [`time()`] write addresses and times as NetBox does, [`slug()`] and [`fit()`] make texts that it takes.
//! - [`info!`] and its like write to the operator's log, where a panic's message also goes.
//! - [`testing`] has a context, facts to start from, and stands in for the host.
//!
//! `proxbox transform build` makes the component, `proxbox transform test` runs its cases in the real sandbox.

mod address;
#[doc(hidden)]
pub mod bindings;
mod context;
mod draft;
mod export;
#[doc(hidden)]
pub mod glue;
mod guest;
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
pub use text::{digest, fit, matches, slug};
pub use time::time;
pub use types::{Context, Draft, Field, Outcome, Reference, Rejection, Tag, Value};

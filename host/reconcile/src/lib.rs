#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]
//! Desired objects and current objects in, a plan out: pure, no I/O.
//!
//! [`lower`] checks what mappers returned against the table of kinds and merges it into desired objects;
//! [`Reaching`] says what must be read from NetBox into a [`State`]; [`reconcile`] compares both into a plan; and
//! [`report`] says what became of each fact once the plan was applied.
//!
//! # Rules
//!
//! - **Identity.** A cluster, node or guest is found by the custom fields that hold its Proxmox identity. An object that
//!   names the vmid or node but no source counts when it is in the source's NetBox cluster. Of two objects with one identity the
//!   one that others are part of is used, else the older, and the other is told; when both have something, it is a conflict.
//!   A guest that shares nothing but the vmid with the object that carries its identity (no MAC address, and of another sort,
//!   UUID or name) is another one, and starts clean; that object lets go of the vmid. One that is gone from a source that was
//!   read in full and is there in another, with its UUID, or its name and a MAC address, has moved.
//!   What carries no identity (disks, interfaces, addresses, the plugin's rows) is found by natural key within what it is part
//!   of; an interface whose name changed by its MAC address. What two facts would make once is a conflict of the second.
//! - **Records.** What mappers draft as custom fields goes where this NetBox keeps it ([`Records`]); the host adds the rows
//!   that describe an object further and the plugin's links to it. A row's result is part of its object's.
//! - **Addresses** that a sync put where they are move with their guest; others are left where they are. Of several claims to
//!   one address the best [`Evidence`] wins, then whoever has it. A machine gives its primary address up before that moves, and
//!   keeps it while it is among the candidates.
//! - **Parents.** What belongs to something that was left out, or that NetBox does not hold, is skipped; what belongs to
//!   something that failed fails.
//! - **Adoption.** Without a match, the one object of nobody with the same name in the same place is taken over: a cluster of
//!   that name; a virtual machine of that name in our cluster; a device of that name in our cluster, else in no cluster and
//!   at our site, else in no cluster and the only one of that name that is nobody's. Several candidates, or several Proxmox
//!   objects for one candidate (also such as could not be read), are a conflict. An object that names another source is
//!   never touched.
//! - **Fields.** Only what a draft holds is compared and written; tags and custom fields are merged. What an `overwrite_*`
//!   flag protects stays once it holds a value; identity custom fields are always written. The site of a device is only
//!   set when it has none (and is that of its NetBox cluster, if an operator gave it one), unless a draft names its location,
//!   or that it has none: the two go together. The disk size of a virtual machine is not set while it has virtual disks,
//!   whose sum NetBox demands.
//! - **References** that only describe an object cost nothing but themselves: where they lead nowhere, the object is written
//!   without them, and says so. What an object cannot do without (its key, [`proxbox_model::kind::Kind::required`]) it waits for.
//! - **What Proxmox has no word for** (the type of a card, the VLAN behind a bridge, a device's type) is an operator's: the
//!   default mapping only fills it in.
//! - **Derived fields.** The site of a virtual machine goes along with its cluster's or device's, as NetBox demands.
//! - **Places.** A VLAN of ours stays the one that is meant when it gets a site or a group, and a card stays on the VLAN of the
//!   wanted id that it is on, wherever that is.
//! - **Shared kinds** (roles, types, sites, tags …) are made when missing and otherwise left alone. A custom field is
//!   extended to the kinds that need it. A tag is its name, and gets another slug where that is taken. Tags that mirror
//!   Proxmox's own are taken off again when they are gone there.
//! - **Names** that NetBox wants unique get a number that stays; objects that swap names end with a number on one of them.
//! - **Stale** objects are listed. Snapshots and jobs are marked; kinds of [`Sources::remove`] are removed, if not too many.

mod action;
mod address;
mod addresses;
mod bare;
mod check;
mod custom;
mod derived;
mod desired;
mod diff;
mod error;
mod fact;
mod gone;
mod groundwork;
mod guests;
mod hidden;
mod keyed;
mod lower;
mod matching;
mod mirror;
mod moves;
mod names;
mod normal;
mod order;
mod owners;
mod placed;
mod plan;
mod planner;
mod prepare;
mod reach;
mod reference;
mod relocated;
mod replaced;
mod report;
mod resolve;
mod sidecars;
mod sources;
mod stale;
mod state;
mod tags;
mod text;
mod time;
mod twins;
mod unsaid;
mod unwritten;
mod value;
mod world;

pub use bare::bare;
pub use fact::{Evidence, Fact, FactOutcome, Writing};
pub use groundwork::groundwork;
pub use hidden::{Hidden, hidden};
pub use lower::{Lowered, lower};
pub use owners::identities;
pub use plan::{FactResult, Reconciled, reconcile};
pub use reach::{Question, Reaching};
pub use report::report;
pub use sources::{Part, Sources};
pub use state::{Object, State};
pub use world::{EndpointRow, Records, World};

//! What the plugin adds.

mod descriptions;
mod guests;
mod inventory;
mod permissions;
mod states;

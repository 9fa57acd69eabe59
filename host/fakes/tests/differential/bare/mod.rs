//! NetBox by itself.

mod bulk;
mod fields;
mod http;
mod limits;
mod lists;
mod network;
mod network_rules;
mod objects;
mod permissions;
mod rules;

//! The HTTP side: routes, authentication, Server-Sent Events, OpenAPI.
//!
//! [`Server`] serves the NetBox plugin over a [`proxbox_store::Store`] and a [`proxbox_sync::Syncer`]. It is the only
//! crate that knows the status codes of this API: every other crate says what is wrong as a type, and `error` here says
//! how that looks on the wire.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

mod auth;
mod body;
mod config;
mod error;
mod layers;
mod limit;
mod logs;
mod openapi;
mod proxied;
mod proxmox_clients;
mod query;
mod routes;
mod server;
mod state;
mod stream;
mod ws;

pub use config::{InvalidProxy, ServerConfig, TrustedProxies};
pub use logs::{LogBuffer, LogLayer};
pub use server::Server;

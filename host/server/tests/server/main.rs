//! The server over a real socket, a real store and, where a run is wanted, a fleet and a NetBox that are made up.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, unreachable_pub)]

mod access;
mod api2;
mod endpoints;
mod extras;
mod faults;
mod individual;
mod lab;
mod logs;
mod machines;
mod modules;
mod openapi;
mod pages;
mod queue;
mod reads;
mod settings;
mod shutdown;
mod sse;
mod surroundings;
mod syncs;
mod websockets;
mod wire;
mod world;

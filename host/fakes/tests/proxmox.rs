//! The server answers as Proxmox VE does.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "proxmox/client.rs"]
mod client;
#[path = "proxmox/faults.rs"]
mod faults;
#[path = "proxmox/login.rs"]
mod login;
#[path = "proxmox/reads.rs"]
mod reads;
#[path = "proxmox/shapes.rs"]
mod shapes;

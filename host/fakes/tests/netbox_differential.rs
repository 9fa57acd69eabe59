//! The fake answers as a real NetBox does.
//!
//! Runs against the NetBox that `PROXBOX_TEST_NETBOX_URL` and `PROXBOX_TEST_NETBOX_TOKEN` name; what it makes there it
//! deletes again. Nobody may reset that NetBox meanwhile. Without them nothing is compared, and standard output says so.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout
)]

mod differential;

//! The fleet in the shapes of the API: numbers where Proxmox has numbers, 0 and 1 where it has those, texts elsewhere.

/// Handlers of both sorts of guests.
macro_rules! both {
    ($($qemu:ident, $lxc:ident => $of:ident;)*) => {
        $(
            pub(in crate::proxmox) fn $qemu(call: &Call<'_>) -> Answer {
                $of(call, GuestKind::Qemu)
            }

            pub(in crate::proxmox) fn $lxc(call: &Call<'_>) -> Answer {
                $of(call, GuestKind::Lxc)
            }
        )*
    };
}

pub(super) mod access;
pub(super) mod agent;
pub(super) mod cluster;
pub(super) mod firewall;
pub(super) mod guest;
pub(super) mod ha;
pub(super) mod node;
pub(super) mod pool;
pub(super) mod storage;
pub(super) mod task;

use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;

/// The members of an object that `json!` made.
fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(object) => object,
        _ => Map::new(),
    }
}

/// Takes out what is null: Proxmox leaves out what it does not know.
fn known(value: Value) -> Value {
    let mut object = object(value);
    object.retain(|_, value| !value.is_null());
    object.into()
}

/// A text when it has any.
fn text(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}

/// A digest of a configuration: forty hexadecimal digits that change when it does.
fn digest(config: &Map<String, Value>) -> String {
    let text = serde_json::to_string(config).unwrap_or_default();
    Sha256::digest(text).iter().take(20).fold(String::new(), |mut digits, byte| {
        let _ = write!(digits, "{byte:02x}");
        digits
    })
}

/// An index of what lies below a path.
fn index(key: &str, names: &[&str]) -> Value {
    names.iter().map(|name| Value::from(Map::from_iter([(key.to_owned(), Value::from(*name))]))).collect()
}

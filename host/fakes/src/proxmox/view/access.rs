//! `/access`.

use super::super::call::{Answer, Call};
use super::index as list;

pub(in crate::proxmox) fn index(_: &Call<'_>) -> Answer {
    Ok(list(
        "subdir",
        &["users", "groups", "roles", "acl", "domains", "openid", "tfa", "ticket", "permissions"],
    ))
}

pub(in crate::proxmox) fn permissions(call: &Call<'_>) -> Answer {
    Ok(call.caller.rights.table(call.fleet, call.query("path")))
}

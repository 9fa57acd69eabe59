//! What an interface is called.

use proxbox_transform_sdk::facts::VmInterfaceFacts;
use proxbox_transform_sdk::{Context, digest, fit};

/// The longest name of an interface.
const NAME: usize = 64;

/// Proxmox's name, which for a container is the guest's; the name that the guest reports where the operator wants that.
pub(crate) fn of(cx: &Context, fact: &VmInterfaceFacts) -> String {
    let reported = if asks_the_guest(cx) { fact.guest_name.as_deref() } else { None };
    let names = [reported, fact.name.as_deref()];
    let name = names.into_iter().flatten().map(str::trim).find(|name| !name.is_empty());
    fit(name.unwrap_or(&fact.key), NAME, &["~", &digest(&fact.key)].concat())
}

fn asks_the_guest(cx: &Context) -> bool {
    cx.option("vm-interface-sync-strategy").as_deref() == Some("legacy_rename")
        && cx.flag("use-guest-agent-interface-name", true)
}

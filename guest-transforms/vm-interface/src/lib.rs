//! The default mapping of a network line of a guest to a NetBox VM interface.

mod name;
mod vlans;

use proxbox_transform_sdk::facts::VmInterfaceFacts;
use proxbox_transform_sdk::{Context, Draft, Outcome, VmInterfaceMapper, export, fit, guest, proxbox_tag};
use vlans::Vlans;

/// The longest description.
const DESCRIPTION: usize = 200;
/// NetBox's largest MTU.
const MOST_MTU: u32 = 65_536;

/// The mapper that the host has built in.
pub struct VmInterface;

impl VmInterfaceMapper for VmInterface {
    fn map(cx: &Context, fact: &VmInterfaceFacts) -> Outcome {
        let vlans = Vlans::of(fact);
        Draft::new("virtualization.vminterface")
            .reference("virtual_machine", guest(fact.vmid))
            .text("name", name::of(cx, fact))
            .with("enabled", !fact.link_down)
            .stated("mtu", mtu(fact.mtu))
            .with("mode", vlans.mode())
            .with("untagged_vlan", vlans.untagged())
            .with("tagged_vlans", vlans.tagged())
            .stated("description", description(fact))
            .tag(proxbox_tag())
            .into()
    }
}

/// To Proxmox, an MTU of 1 means that of the bridge, which it does not name here.
fn mtu(mtu: Option<u32>) -> Option<u32> {
    mtu.filter(|mtu| (2..=MOST_MTU).contains(mtu))
}

/// None when Proxmox says neither where the interface is plugged in nor what it is.
fn description(fact: &VmInterfaceFacts) -> Option<String> {
    let bridge = fact.bridge.as_deref().map(|name| ["Bridge: ", name].concat());
    let model = (!fact.model.is_empty()).then(|| ["Model: ", &fact.model].concat());
    let parts: Vec<String> = bridge.into_iter().chain(model).collect();
    (!parts.is_empty()).then(|| fit(&parts.join(" | "), DESCRIPTION, "…"))
}

export!(VmInterface: VmInterfaceMapper);

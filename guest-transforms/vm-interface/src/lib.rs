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
            .with("mtu", mtu(fact.mtu))
            .with("mode", vlans.mode())
            .with("untagged_vlan", vlans.untagged())
            .with("tagged_vlans", vlans.tagged())
            .text("description", fit(&description(fact), DESCRIPTION, "…"))
            .tag(proxbox_tag())
            .into()
    }
}

/// To Proxmox, an MTU of 1 means that of the bridge.
fn mtu(mtu: Option<u32>) -> Option<u32> {
    mtu.filter(|mtu| (2..=MOST_MTU).contains(mtu))
}

fn description(fact: &VmInterfaceFacts) -> String {
    let bridge = fact.bridge.as_deref().map(|name| ["Bridge: ", name].concat());
    let model = (!fact.model.is_empty()).then(|| ["Model: ", &fact.model].concat());
    bridge.into_iter().chain(model).collect::<Vec<_>>().join(" | ")
}

export!(VmInterface: VmInterfaceMapper);

//! The default mapping of a VLAN id to a NetBox VLAN.

use proxbox_transform_sdk::facts::VlanFacts;
use proxbox_transform_sdk::{Context, Draft, Outcome, Rejection, VlanMapper, export, proxbox_tag};

/// The mapper that the host has built in.
pub struct Vlan;

impl VlanMapper for Vlan {
    fn map(_cx: &Context, fact: &VlanFacts) -> Outcome {
        if !(1..=4094).contains(&fact.id) {
            let message = format!("{} is no VLAN id: they are 1 to 4094.", fact.id);
            return Rejection::new("wrong-vlan-id", message).of("id").into();
        }
        Draft::new("ipam.vlan")
            .with("vid", fact.id)
            .text("name", format!("VLAN {}", fact.id))
            .text("status", "active")
            .tag(proxbox_tag())
            .into()
    }
}

export!(Vlan: VlanMapper);

//! Stands alone: a virtual machine is its name, and a template is left out.

use proxbox_transform_sdk::facts::GuestFacts;
use proxbox_transform_sdk::{Context, Draft, Outcome, Tag, VirtualMachineMapper, export, this_cluster};

/// The module.
pub struct PlainGuests;

impl VirtualMachineMapper for PlainGuests {
    fn map(cx: &Context, guest: &GuestFacts) -> Outcome {
        if guest.template {
            return Outcome::leave_out("a template");
        }
        Draft::new("virtualization.virtualmachine")
            .text("name", &guest.name)
            .with("vcpus", i64::from(guest.cpus))
            .reference("cluster", this_cluster(cx))
            .tag(Tag::new("Plain", "00ff00"))
            .into()
    }
}

export!(PlainGuests: VirtualMachineMapper);

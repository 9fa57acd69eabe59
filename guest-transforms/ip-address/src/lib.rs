//! The default mapping of an address of an interface to a NetBox IP address.

use proxbox_transform_sdk::facts::{AddressOwner, IpAddressFacts};
use proxbox_transform_sdk::{
    Context, Draft, InterfaceAddress, IpAddressMapper, Outcome, Reference, Rejection, export,
    guest_interface, node_interface, proxbox_tag,
};

/// The mapper that the host has built in.
pub struct IpAddress;

impl IpAddressMapper for IpAddress {
    fn map(cx: &Context, fact: &IpAddressFacts) -> Outcome {
        let ip = &fact.address.ip;
        let Some(address) = InterfaceAddress::of(&fact.address) else {
            return Rejection::new("wrong-address", format!("`{ip}` is no IP address.")).of("address").into();
        };
        if let Some(why) = cx.leaves_out(&address) {
            return Outcome::leave_out(format!("{ip} is {why}"));
        }
        Draft::new("ipam.ipaddress")
            .text("address", address.cidr())
            .text("status", "active")
            .reference("assigned_object_id", interface(&fact.owner))
            .tag(proxbox_tag())
            .into()
    }
}

fn interface(owner: &AddressOwner) -> Reference {
    match owner {
        AddressOwner::VmInterface((vmid, net)) => guest_interface(*vmid, net),
        AddressOwner::NodeInterface((node, interface)) => node_interface(node, interface),
    }
}

export!(IpAddress: IpAddressMapper);

//! The default choice of a guest's primary addresses: the first one of each family.

use proxbox_transform_sdk::facts::PrimaryIpFacts;
use proxbox_transform_sdk::{
    Context, Draft, InterfaceAddress, Outcome, PrimaryIpMapper, Reference, export, guest_address,
};

/// The mapper that the host has built in.
pub struct PrimaryIp;

impl PrimaryIpMapper for PrimaryIp {
    fn map(cx: &Context, fact: &PrimaryIpFacts) -> Outcome {
        Draft::new("virtualization.virtualmachine")
            .with("primary_ip4", first(cx, fact, false))
            .with("primary_ip6", first(cx, fact, true))
            .into()
    }
}

/// The first address of a family that others can reach the guest by.
fn first(cx: &Context, fact: &PrimaryIpFacts, ipv6: bool) -> Option<Reference> {
    let reachable = |address: &InterfaceAddress| {
        address.is_ipv6() == ipv6 && !address.is_link_local() && cx.leaves_out(address).is_none()
    };
    fact.candidates
        .iter()
        .find(|(_, address)| InterfaceAddress::of(address).is_some_and(|address| reachable(&address)))
        .map(|(net, address)| guest_address(fact.vmid, net, &address.ip))
}

export!(PrimaryIp: PrimaryIpMapper);

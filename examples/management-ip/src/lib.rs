//! Takes a guest's primary addresses from the management networks, whatever its first interface is on.

use ipnet::IpNet;
use proxbox_transform_sdk::facts::PrimaryIpFacts;
use proxbox_transform_sdk::{
    Context, InterfaceAddress, Outcome, PrimaryIpOverride, Reference, export, guest_address,
};

#[derive(serde::Deserialize)]
struct Settings {
    networks: Vec<Network>,
    #[serde(default)]
    only: bool,
}

#[derive(serde::Deserialize)]
#[serde(try_from = "String")]
struct Network(IpNet);

impl TryFrom<String> for Network {
    type Error = ipnet::AddrParseError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse().map(Self)
    }
}

impl Settings {
    /// The guest's first address in the first network of a family that it has one in.
    fn pick(&self, cx: &Context, guest: &PrimaryIpFacts, ipv6: bool) -> Option<Reference> {
        let is_in = |Network(network): &Network, address: &InterfaceAddress| {
            address.is_ipv6() == ipv6 && cx.leaves_out(address).is_none() && network.contains(&address.ip())
        };
        let mut networks = self.networks.iter();
        networks.find_map(|network| {
            let mut candidates = guest.candidates.iter();
            let (net, address) = candidates
                .find(|(_, it)| InterfaceAddress::of(it).is_some_and(|address| is_in(network, &address)))?;
            Some(guest_address(guest.vmid, net, &address.ip))
        })
    }
}

/// The module.
pub struct ManagementIp;

impl PrimaryIpOverride for ManagementIp {
    fn map(cx: &Context, guest: &PrimaryIpFacts, usual: Outcome) -> Outcome {
        let settings = match cx.settings::<Settings>() {
            Ok(settings) => settings,
            Err(wrong) => return wrong.into(),
        };
        [("primary_ip4", false), ("primary_ip6", true)].into_iter().fold(usual, |vm, (field, ipv6)| {
            match settings.pick(cx, guest, ipv6) {
                None if !settings.only => vm,
                address => vm.edit(|vm| vm.with(field, address)),
            }
        })
    }
}

export!(ManagementIp: PrimaryIpOverride, settings: include_str!("settings.schema.json"));

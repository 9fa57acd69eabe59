//! The default mapping of an interface inside a guest to the plugin's guest interface and its addresses.

use proxbox_transform_sdk::facts::{Address, GuestInterfaceFacts};
use proxbox_transform_sdk::{
    Context, Draft, GuestInterfaceMapper, InterfaceAddress, Outcome, digest, export, fit, guest,
    guest_address, guest_interface, interface_inside, proxbox_tag,
};
use std::collections::BTreeSet;

/// The longest name of an interface.
const NAME: usize = 128;
/// The longest MAC address.
const MAC: usize = 32;

/// The mapper that the host has built in.
pub struct GuestInterface;

impl GuestInterfaceMapper for GuestInterface {
    fn map(cx: &Context, fact: &GuestInterfaceFacts) -> Outcome {
        if is_loopback(fact) {
            return Outcome::leave_out("every guest has a loopback interface");
        }
        let interface = Draft::new("netbox_proxbox.guestvminterface")
            .reference("virtual_machine", guest(fact.vmid))
            .with("vm_interface", fact.net.as_deref().map(|net| guest_interface(fact.vmid, net)))
            .text("name", fit(&fact.name, NAME, &["~", &digest(&fact.name)].concat()))
            .with("mac_address", fact.mac.as_deref().map(|mac| fit(&mac.to_ascii_uppercase(), MAC, "")))
            .with("enabled", true)
            .tag(proxbox_tag());
        addresses(cx, fact).into_iter().fold(Outcome::object(interface), Outcome::bring)
    }

    /// A VLAN or bridge inside the guest has the MAC address of what it rides on, but the plugin lets one interface
    /// only stand for one of Proxmox's: the first that the guest names.
    fn map_all(cx: &Context, facts: &[GuestInterfaceFacts]) -> Vec<Outcome> {
        let mut taken = BTreeSet::new();
        let mut is_taken = |fact| stands_for(fact).is_some_and(|interface| !taken.insert(interface));
        let map = |fact| match Self::map(cx, fact) {
            kept @ Outcome::Keep(_) if is_taken(fact) => kept.edit(|own| own.null("vm_interface")),
            outcome => outcome,
        };
        facts.iter().map(map).collect()
    }
}

/// Proxmox's interface with the same MAC address.
fn stands_for(fact: &GuestInterfaceFacts) -> Option<(u32, &str)> {
    Some((fact.vmid, fact.net.as_deref()?))
}

fn is_loopback(fact: &GuestInterfaceFacts) -> bool {
    let is_loopback =
        |address: &Address| InterfaceAddress::of(address).is_some_and(|address| address.is_loopback());
    // Windows, the BSDs and Linux; the host leaves addresses out that no other machine can reach.
    let is_named_so =
        fact.name.starts_with("Loopback Pseudo-Interface") || matches!(fact.name.as_str(), "lo" | "lo0");
    is_named_so || (!fact.addresses.is_empty() && fact.addresses.iter().all(is_loopback))
}

/// The addresses that NetBox has on the interface that stands for this one, each once.
fn addresses(cx: &Context, fact: &GuestInterfaceFacts) -> Vec<Draft> {
    let Some(net) = &fact.net else { return Vec::new() };
    let is_kept = |address: &Address| {
        InterfaceAddress::of(address).is_some_and(|address| cx.leaves_out(&address).is_none())
    };
    let mut seen = BTreeSet::new();
    fact.addresses
        .iter()
        .filter(|address| is_kept(address) && seen.insert(address.ip.as_str()))
        .map(|address| {
            Draft::new("netbox_proxbox.guestvminterfaceaddress")
                .reference("guest_interface", interface_inside(fact.vmid, &fact.name))
                .reference("ip_address", guest_address(fact.vmid, net, &address.ip))
                .tag(proxbox_tag())
        })
        .collect()
}

export!(GuestInterface: GuestInterfaceMapper);

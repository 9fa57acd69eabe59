//! The default mapping of a guest's MAC address to a NetBox MAC address, the primary one of its interface.

use proxbox_transform_sdk::facts::MacAddressFacts;
use proxbox_transform_sdk::{
    Context, Draft, MacAddressMapper, Outcome, Rejection, export, guest_interface, mac_address, proxbox_tag,
};

/// The mapper that the host has built in.
pub struct MacAddress;

impl MacAddressMapper for MacAddress {
    fn map(_cx: &Context, fact: &MacAddressFacts) -> Outcome {
        if !is_mac(&fact.mac) {
            let message = format!("The MAC address of {} is none: `{}`.", fact.net, fact.mac);
            return Rejection::new("wrong-mac-address", message).of("mac").into();
        }
        let interface = guest_interface(fact.vmid, &fact.net);
        let mac = Draft::new("dcim.macaddress")
            .text("mac_address", fact.mac.to_ascii_uppercase())
            .reference("assigned_object_id", interface.clone())
            .tag(proxbox_tag());
        let primary =
            Draft::about(interface).reference("primary_mac_address", mac_address(fact.vmid, &fact.net));
        Outcome::object(mac).bring(primary)
    }
}

/// Six groups of two hexadecimal digits with colons between them.
fn is_mac(text: &str) -> bool {
    let group = |group: &str| group.len() == 2 && group.bytes().all(|digit| digit.is_ascii_hexdigit());
    text.split(':').count() == 6 && text.split(':').all(group)
}

export!(MacAddress: MacAddressMapper);

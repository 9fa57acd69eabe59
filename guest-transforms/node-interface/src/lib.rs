//! The default mapping of an interface of a node to a NetBox interface.

mod sort;

use proxbox_transform_sdk::facts::NodeInterfaceFacts;
use proxbox_transform_sdk::{
    Context, Draft, NodeInterfaceMapper, Outcome, Reference, digest, export, fit, node, node_interface,
    proxbox_tag, vlan,
};
use sort::Sort;

/// The longest name of an interface.
const NAME: usize = 64;
/// The longest description.
const DESCRIPTION: usize = 200;
/// NetBox's largest MTU.
const MOST_MTU: u32 = 65_536;

/// The mapper that the host has built in.
pub struct NodeInterface;

impl NodeInterfaceMapper for NodeInterface {
    fn map(_cx: &Context, fact: &NodeInterfaceFacts) -> Outcome {
        if is_loopback(fact) {
            return Outcome::leave_out("every node has a loopback interface");
        }
        let sort = Sort::of(&fact.kind);
        let interface = Draft::new("dcim.interface")
            .reference("device", node(&fact.node))
            .text("name", fit(&fact.name, NAME, &["~", &digest(&fact.name)].concat()))
            .text("type", sort.netbox())
            .with("enabled", fact.active)
            .stated("mtu", fact.mtu.filter(|mtu| (1..=MOST_MTU).contains(mtu)))
            .stated("description", comment(fact))
            .tag(proxbox_tag());
        // Whoever has this interface as a member says so; until then it is nobody's.
        let interface = interface.null("lag").null("bridge");
        let own = Outcome::object(stacked(interface, sort, fact));
        match sort.field_of_members() {
            Some(field) => members(fact).fold(own, |outcome, member| {
                let member = Draft::about(node_interface(&fact.node, member));
                outcome.bring(member.reference(field, node_interface(&fact.node, &fact.name)))
            }),
            None => own,
        }
    }
}

/// None when the administrator wrote nothing in Proxmox: what is in NetBox may be written there.
fn comment(fact: &NodeInterfaceFacts) -> Option<String> {
    let comment = fact.comment.trim();
    (!comment.is_empty()).then(|| fit(comment, DESCRIPTION, "…"))
}

fn is_loopback(fact: &NodeInterfaceFacts) -> bool {
    fact.name == "lo" || fact.kind == "lo" || fact.kind == "loopback"
}

/// What a virtual interface rides on, and its VLAN, where Proxmox says it. Proxmox does not know the VLANs of the others, and
/// NetBox lets no other type ride on anything.
fn stacked(interface: Draft, sort: Sort, fact: &NodeInterfaceFacts) -> Draft {
    if !sort.is_virtual() {
        return interface;
    }
    let interface = interface.stated("parent", parent(fact).map(|parent| node_interface(&fact.node, parent)));
    match fact.vlan_id.filter(|id| (1..=4094).contains(id)) {
        Some(id) => interface
            .text("mode", "access")
            .reference("untagged_vlan", vlan(id))
            .with("tagged_vlans", Vec::<Reference>::new()),
        None => interface,
    }
}

fn parent(fact: &NodeInterfaceFacts) -> Option<&str> {
    fact.parent.as_deref().filter(|parent| !parent.is_empty() && *parent != fact.name)
}

/// Ports of a bridge or members of a bond, each once. `none` is how `/etc/network/interfaces` says that there are none.
fn members(fact: &NodeInterfaceFacts) -> impl Iterator<Item = &str> {
    let known =
        |position: usize, member: &String| fact.members.iter().take(position).any(|known| known == member);
    fact.members
        .iter()
        .enumerate()
        .filter(move |(position, member)| !known(*position, member))
        .map(|(_, member)| member.as_str())
        .filter(|member| !member.is_empty() && *member != "none" && *member != fact.name)
}

export!(NodeInterface: NodeInterfaceMapper);

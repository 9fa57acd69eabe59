//! Interfaces of one guest are mapped in one call, wherever the list is cut, because the mapper chooses among them.

use crate::support::{BAD, Guest, Site, cx};
use proxbox_model::draft::{Outcome, Value};
use proxbox_model::facts::{GuestInterfaceFacts, GuestKind};
use proxbox_transform::Mapped;

/// Bytes of a guest interface in the memory of a module, whose first field is the vmid.
const SIZE: u32 = 56;

/// A bridge, its port and a VLAN in the guest, all with the MAC address of one interface of Proxmox.
fn interfaces(vmid: u32) -> impl Iterator<Item = GuestInterfaceFacts> {
    ["br0", "ens18", "ens18.20"].into_iter().map(move |name| GuestInterfaceFacts {
        vmid,
        guest: GuestKind::Qemu,
        name: name.to_owned(),
        mac: Some("bc:24:11:00:00:01".to_owned()),
        addresses: Vec::new(),
        net: Some("net0".to_owned()),
        raw: "{}".to_owned(),
    })
}

/// Guests whose interfaces are more than one batch, the bad one among them.
fn facts() -> Vec<GuestInterfaceFacts> {
    (100..250).map(|vmid| if vmid == 170 { BAD } else { vmid }).flat_map(interfaces).collect()
}

/// Names of a guest's interfaces that stand for one of Proxmox's.
fn standing<'a>(facts: &'a [GuestInterfaceFacts], mapped: &Mapped, vmid: u32) -> Vec<&'a str> {
    let stands = |outcome: &Outcome| {
        let Outcome::Keep(drafts) = outcome else { panic!("{outcome:?}") };
        let field = drafts[0].fields.iter().find(|field| field.name == "vm_interface").unwrap();
        matches!(field.value, Value::Reference(_))
    };
    let own = facts.iter().zip(&mapped.outcomes).filter(|(fact, _)| fact.vmid == vmid);
    own.filter(|(_, mapped)| stands(&mapped.outcome)).map(|(fact, _)| fact.name.as_str()).collect()
}

fn assert_first_of_each_stands(facts: &[GuestInterfaceFacts], mapped: &Mapped) {
    assert_eq!(facts.len(), mapped.outcomes.len());
    for guest in facts.chunk_by(|one, next| one.vmid == next.vmid) {
        assert_eq!(standing(facts, mapped, guest[0].vmid), ["br0"], "guest {}", guest[0].vmid);
    }
}

#[tokio::test]
async fn a_batch_ends_between_guests() {
    let transforms = Site::new().load().await;
    let facts = facts();
    let mapped = transforms.modules().guest_interfaces(&cx(), &facts).await;
    assert_first_of_each_stands(&facts, &mapped);
    assert!(mapped.usage[0].calls > 1, "{:?}", mapped.usage);
}

#[tokio::test]
async fn a_guest_that_a_module_fails_on_parts_no_other_guest() {
    let fails = format!(
        "(block $seen (loop $look
           (br_if $seen (i32.ge_u (local.get $i) (local.get $n)))
           (if (i32.eq (i32.load (local.get $fact)) (i32.const {BAD})) (then unreachable))
           (local.set $fact (i32.add (local.get $fact) (i32.const {SIZE})))
           (local.set $i (i32.add (local.get $i) (i32.const 1)))
           (br $look)))"
    );
    let module = Guest::new("acme").of("guest-interface").wrap().first(&fails);
    let transforms = Site::with(&module).load().await;
    let facts = facts();
    let mapped = transforms.modules().guest_interfaces(&cx(), &facts).await;
    assert_first_of_each_stands(&facts, &mapped);
    for (fact, mapped) in facts.iter().zip(&mapped.outcomes) {
        assert_eq!(mapped.module == "acme 1.2.0", fact.vmid != BAD, "{} of {}", fact.name, fact.vmid);
    }
    assert_eq!(mapped.problems.len(), 1, "{:?}", mapped.problems);
}

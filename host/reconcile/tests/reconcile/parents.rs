//! What is part of another object shares its fate.

use crate::build::*;
use crate::parts::*;
use proxbox_model::report::ObjectResult;
use proxbox_reconcile::{Fact, FactOutcome};

fn children() -> Vec<Kept1> {
    vec![
        disk("prod", 101, "scsi0", 8),
        interface("prod", 101, "net0"),
        mac("prod", 101, "net0", "bc:24:11:00:00:01"),
        address("prod", 101, "net0", "192.0.2.10/24"),
        primary("prod", 101, Some("192.0.2.10")),
        snapshot("prod", 101, "before"),
        backup("prod", 101, "a.vma"),
        replication("prod", 101, 0),
        task("prod", 101, "UPID:1"),
        cloud_init("prod", 101),
    ]
}

fn facts(guest: Option<(Fact, FactOutcome)>) -> Vec<(Fact, FactOutcome)> {
    let mut facts = source("prod", []);
    facts.extend(guest);
    facts.extend(children().into_iter().map(Into::into));
    facts
}

#[test]
fn children_of_a_guest_that_is_left_out_are_left_out_with_its_reason() {
    let mut lab = Lab::new();
    let run = lab.settle(&facts(Some(guest("prod", 101, "web").skipped())));
    for child in children() {
        let reason = reason(run.result(child.identity()));
        assert_eq!(reason, "prod/vmid 101 (web) is left out: not wanted", "{}", child.identity());
    }
}

#[test]
fn children_of_a_guest_that_is_left_out_are_left_out_though_it_is_in_netbox() {
    let mut lab = Lab::new();
    lab.sync(&facts(Some(guest("prod", 101, "web").into())));
    let run = lab.settle(&facts(Some(guest("prod", 101, "web").skipped())));
    children().iter().for_each(|child| drop(reason(run.result(child.identity())).to_owned()));
}

#[test]
fn children_of_a_guest_that_failed_say_why() {
    let mut lab = Lab::new();
    let run = lab.sync(&facts(Some(guest("prod", 101, "web").rejected())));
    for child in children() {
        assert!(matches!(run.result(child.identity()), ObjectResult::Failed { .. }), "{}", child.identity());
    }
    let disk = disk("prod", 101, "scsi0", 8);
    assert_eq!(code(run.result(disk.identity())), "reference-missing");
    assert!(message(run.result(disk.identity())).contains("it is odd"));
}

#[test]
fn children_of_a_guest_that_cannot_be_planned_say_why() {
    let mut lab = Lab::new();
    let lost = guest("prod", 101, "web").with("cluster", reference(CLUSTER, &[("name", "lost")]));
    let run = lab.sync(&facts(Some(lost.into())));
    for child in children() {
        assert_eq!(code(run.result(child.identity())), "dependency-failed", "{}", child.identity());
    }
    assert!(message(run.result(disk("prod", 101, "scsi0", 8).identity())).contains("lost"));
}

#[test]
fn children_of_a_guest_that_netbox_refuses_fail_with_it() {
    let mut lab = Lab::new();
    lab.netbox.refuses.insert("web".to_owned());
    let run = lab.sync(&facts(Some(guest("prod", 101, "web").into())));
    for child in children() {
        assert!(matches!(run.result(child.identity()), ObjectResult::Failed { .. }), "{}", child.identity());
    }
}

#[test]
fn children_of_a_guest_that_failed_this_time_are_written_when_it_is_in_netbox() {
    let mut lab = Lab::new();
    lab.sync(&facts(Some(guest("prod", 101, "web").into())));
    let mut facts = facts(Some(guest("prod", 101, "web").rejected()));
    let grown = disk("prod", 101, "scsi1", 9);
    facts.push(grown.clone().into());
    let run = lab.settle(&facts);
    assert_eq!(run.result(grown.identity()), &ObjectResult::Created);
    assert_eq!(run.result(disk("prod", 101, "scsi0", 8).identity()), &ObjectResult::Unchanged);
}

#[test]
fn children_of_a_guest_that_nobody_speaks_of_and_netbox_lacks_are_left_out() {
    let mut lab = Lab::new();
    lab.sync(&source("prod", []));
    let run = lab.settle(&facts(None));
    for child in children() {
        let reason = reason(run.result(child.identity()));
        assert!(reason.ends_with("is not in NetBox"), "{}: {reason}", child.identity());
    }
}

#[test]
fn a_child_that_is_left_out_leaves_the_others_alone() {
    let mut lab = Lab::new();
    let mut facts = prod([disk("prod", 101, "scsi1", 8)]);
    facts.push(disk("prod", 101, "scsi0", 8).skipped());
    let run = lab.settle(&facts);
    assert_eq!(run.vm("prod", 101), &ObjectResult::Created);
    lab.only(DISK);
}

#[test]
fn what_is_on_an_interface_that_failed_fails_and_the_other_interface_does_not() {
    let mut lab = Lab::new();
    let broken = interface("prod", 101, "net0").with_text("no_such_field", "x");
    let lost = address("prod", 101, "net0", "192.0.2.10/24");
    let good = [interface("prod", 101, "net1"), address("prod", 101, "net1", "192.0.2.11/24")];
    let run = lab.sync(&prod([broken, lost.clone()].into_iter().chain(good.clone())));
    assert_eq!(code(run.result(lost.identity())), "reference-missing");
    assert!(message(run.result(lost.identity())).contains("no_such_field"));
    good.iter().for_each(|part| assert_eq!(run.result(part.identity()), &ObjectResult::Created));
}

//! Why an object was not written, in words for its operator.

use proxbox_model::Problem;
use proxbox_model::kind::Kind;
use proxbox_model::plan::PlannedObject;

/// `virtual machine "db01"`
fn name(object: &PlannedObject) -> String {
    format!("{} \"{}\"", object.kind.label, object.name)
}

pub(super) fn refused(object: &PlannedObject, detail: &str) -> Problem {
    Problem::new("netbox-rejected", format!("NetBox refused the {}: {detail}", name(object)))
        .with_hint("Correct the value in Proxmox, in a transform module or in NetBox, and run again.")
}

pub(super) fn taken(object: &PlannedObject, detail: &str) -> Problem {
    Problem::new("netbox-name-taken", format!("NetBox refused the {}: {detail}", name(object)))
        .with_hint("Another object of NetBox has that name or slug and is not ours: rename one of the two.")
}

/// Code of an object that was to be changed and is not there any more.
const OBJECT_GONE: &str = "netbox-object-gone";
/// Code of an object that needs one that is not there any more.
const NEEDS_GONE: &str = "netbox-needs-gone";

/// Whether an object was not written because it, or one that it needs, was deleted while the plan was carried out: with a plan of
/// what NetBox holds now it can be.
pub fn is_gone(problem: &Problem) -> bool {
    [OBJECT_GONE, NEEDS_GONE].contains(&problem.code.as_str())
}

pub(super) fn gone(object: &PlannedObject, id: u64) -> Problem {
    Problem::new(
        OBJECT_GONE,
        format!("The {} (NetBox id {id}) was not changed: NetBox does not find it any more", name(object)),
    )
    .with_hint("It was deleted during the run, or the token may not change it; run again.")
}

pub(super) fn twice(object: &PlannedObject) -> Problem {
    Problem::new(
        "netbox-duplicate",
        format!("After an interrupted request, NetBox holds more than one {}", name(object)),
    )
    .with_hint("Delete all but one of them in NetBox and run again.")
}

pub(super) fn need_failed(object: &PlannedObject, needed: &PlannedObject, why: &Problem) -> Problem {
    let mut problem = Problem::new(
        if is_gone(why) { NEEDS_GONE } else { "netbox-needs-failed" },
        format!("The {} was not written, because it needs the {}", name(object), name(needed)),
    );
    problem.hint.clone_from(&why.hint);
    problem.causes.push(why.message.clone());
    problem.causes.extend(why.causes.iter().cloned());
    problem
}

/// Why an attribute that NetBox refused was left out.
pub(super) fn attribute_refused(words: &str) -> Problem {
    Problem::new("netbox-attribute-refused", words)
        .with_hint("Correct the value in Proxmox, in a transform module or in NetBox, and run again.")
}

pub(super) fn tag_refused(kind: &Kind, slug: &str) -> Problem {
    Problem::new("netbox-tag-refused", format!("NetBox has no tag \"{slug}\" for the kind {}", kind.label))
        .with_hint("Look at the object types of the tag in NetBox, and at what the token may see.")
}

/// An attribute that the plan makes only later.
pub(super) fn comes_later(needed: &PlannedObject) -> Problem {
    Problem::new("netbox-plan-order", format!("the plan makes the {} only later", name(needed)))
        .with_hint("Run again; when it stays, please report it with the plan.")
}

pub(super) fn out_of_order(object: &PlannedObject) -> Problem {
    Problem::new(
        "netbox-plan-order",
        format!("The {} was not written, because the plan puts it before what it needs", name(object)),
    )
    .with_hint("This is a defect of Proxbox Host; please report it with the plan.")
}

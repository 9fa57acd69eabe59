//! Which objects of a plan may be written side by side. Neighbours of one kind are a lane; a lane begins when those are done that its
//! objects depend on, and lanes that do not depend on each other go side by side.

use super::Run;
use super::body::{Needs, Readiness};
use super::write::{Operation, Queue};
use proxbox_model::kind::Kind;
use proxbox_model::plan::{Applied, Plan, PlannedObject};
use std::collections::{BTreeSet, VecDeque};
use std::ops::Range;

/// Neighbours of one kind in a plan, on their way to NetBox.
pub(super) struct Lane {
    /// Positions in the plan.
    range: Range<usize>,
    /// Earlier lanes that it waits for.
    after: BTreeSet<usize>,
    /// Positions whose turn has not come.
    pending: Vec<usize>,
    /// What is being written: updates, then new objects, then removals.
    pub(super) queues: VecDeque<Queue>,
    /// Whether attributes are waited for no longer, because they wait for each other.
    impatient: bool,
    done: bool,
}

impl Lane {
    /// The lanes of a plan, in its order.
    pub(super) fn all(plan: &Plan) -> Vec<Self> {
        let mut lanes: Vec<Self> = Vec::new();
        let mut kinds: Vec<&Kind> = Vec::new();
        let mut start = 0;
        for objects in plan.objects.chunk_by(|one, next| one.kind == next.kind) {
            let Some(kind) = objects.first().map(|object| object.kind) else { continue };
            let range = start..start + objects.len();
            start = range.end;
            let earlier = kinds.iter().enumerate();
            let mut after: BTreeSet<usize> =
                earlier.filter(|(_, earlier)| comes_after(kind, earlier)).map(|(index, _)| index).collect();
            after.extend(needed(objects).filter_map(|position| holding(&lanes, position)));
            kinds.push(kind);
            lanes.push(Self {
                pending: range.clone().collect(),
                range,
                after,
                queues: VecDeque::new(),
                impatient: false,
                done: false,
            });
        }
        lanes
    }

    /// Whether its objects may be written, as those are done that it waits for.
    pub(super) fn is_open(&self, lanes: &[Self]) -> bool {
        !self.done && self.after.iter().all(|index| lanes.get(*index).is_none_or(|lane| lane.done))
    }
}

impl Run<'_> {
    /// Finds out what of a lane may be written now: what waits for nothing, and later what waited for that. False when nothing is
    /// left.
    pub(super) fn next_wave(&mut self, lane: &mut Lane) -> bool {
        lane.pending.retain(|index| self.result(*index).is_none());
        let coming = if lane.impatient { 0..0 } else { lane.range.clone() };
        let (mut updates, mut creates, mut deletes) = (Vec::new(), Vec::new(), Vec::new());
        let mut waiting = Vec::new();
        let before = lane.pending.len();
        for index in std::mem::take(&mut lane.pending) {
            match self.readiness(index, &coming) {
                Readiness::Update(item) => updates.push(item),
                Readiness::Create(item) => creates.push(item),
                Readiness::Delete(item) => deletes.push(item),
                Readiness::Settled(applied, without) => self.settle_without(index, applied, &without),
                Readiness::Waiting => waiting.push(index),
                Readiness::Blocked(problem) => self.settle(index, Applied::Failed(problem)),
            }
        }
        let stuck = waiting.len() == before;
        lane.done = before == 0 || (stuck && lane.impatient);
        lane.impatient = stuck;
        lane.pending = waiting;
        // Updates first: they may give up a name that a new object takes.
        let operations =
            [(Operation::Update, updates), (Operation::Create, creates), (Operation::Delete, deletes)];
        for (operation, items) in operations {
            lane.queues.extend(Queue::new(self, lane.range.clone(), operation, items));
        }
        !lane.done
    }
}

/// Whether objects of a kind are written after all of an earlier kind, whatever the single objects refer to: NetBox checks an object
/// against those that it relates to as they are.
fn comes_after(kind: &Kind, earlier: &Kind) -> bool {
    let relates = |model| kind.fields.iter().any(|field| field.holds.targets().contains(&model));
    opens_the_way(earlier) || kind.model() == earlier.model() || relates(earlier.model())
}

/// Whether everything later waits for a kind: for tags and custom fields, which others name by text, and for a pass that only takes
/// something away, so that others can have it.
fn opens_the_way(kind: &Kind) -> bool {
    kind.path.starts_with("extras/") || kind.fields.is_empty()
}

/// Positions that objects refer to.
fn needed(objects: &[PlannedObject]) -> impl Iterator<Item = usize> {
    objects.iter().map(Needs::of).flat_map(|needs| needs.all.into_iter().chain(needs.attributes))
}

/// The lane that holds a position.
fn holding(lanes: &[Lane], position: usize) -> Option<usize> {
    let index = lanes.partition_point(|lane| lane.range.end <= position);
    (index < lanes.len()).then_some(index)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proxbox_model::kind::KINDS;
    use proxbox_model::plan::Action;

    fn plan_of_every_kind() -> Plan {
        let object = |kind: &'static Kind| PlannedObject {
            kind,
            name: String::new(),
            identity: None,
            action: Action::Unchanged { id: 1 },
            needs: Vec::new(),
            without: Vec::new(),
        };
        Plan { objects: KINDS.iter().map(object).collect(), stale: Vec::new() }
    }

    /// Whether a lane waits for another, also by way of others.
    fn waits(lanes: &[Lane], one: usize, other: usize) -> bool {
        lanes[one].after.iter().any(|index| *index == other || waits(lanes, *index, other))
    }

    fn at(name: &str) -> usize {
        KINDS.iter().position(|kind| kind.name == name).unwrap()
    }

    #[test]
    fn what_belongs_to_a_machine_waits_for_it_and_not_for_its_other_parts() {
        let lanes = Lane::all(&plan_of_every_kind());
        let machine = at("virtualization.virtualmachine");
        let parts = ["virtualization.virtualdisk", "virtualization.vminterface", "netbox_proxbox.vmsnapshot"];
        for part in parts {
            assert!(waits(&lanes, at(part), machine), "{part}");
            for other in parts {
                assert!(!waits(&lanes, at(part), at(other)), "{part} waits for {other}");
            }
        }
    }

    #[test]
    fn an_address_moves_only_after_the_machine_that_had_it_let_go() {
        let lanes = Lane::all(&plan_of_every_kind());
        assert!(waits(&lanes, at("ipam.ipaddress"), at("virtualization.virtualmachine#release")));
    }

    #[test]
    fn everything_that_carries_tags_waits_for_the_tags() {
        let lanes = Lane::all(&plan_of_every_kind());
        for kind in KINDS.iter().filter(|kind| kind.tags) {
            assert!(waits(&lanes, at(kind.name), at("extras.tag")), "{}", kind.name);
        }
    }

    #[test]
    fn a_lane_waits_for_what_its_objects_need() {
        let mut plan = plan_of_every_kind();
        let (disk, snapshot) = (at("virtualization.virtualdisk"), at("netbox_proxbox.vmsnapshot"));
        assert!(disk < snapshot);
        plan.objects[snapshot].needs.push(disk);
        assert!(waits(&Lane::all(&plan), snapshot, disk));
    }
}

//! Where a list of facts may be cut. Siblings (the interfaces of one guest, its addresses …) stay in one call as long as there is
//! anything else to separate, because a mapper may have to choose among them.

use crate::abi::Mapper;
use std::collections::{BTreeSet, VecDeque};
use std::ops::Range;

/// Whose siblings a fact is among.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Owner<'a> {
    /// A guest, by its vmid.
    Guest(u32),
    /// A node, by its name.
    Node(&'a str),
}

/// The places of a list at which siblings begin; a fact that has none begins a group of its own.
pub(crate) struct Siblings(Vec<usize>);

impl Siblings {
    /// Siblings follow each other in the list.
    pub(crate) fn of<F: Mapper>(facts: &[&F]) -> Self {
        Self::among(facts.iter().map(|fact| fact.owner()))
    }

    fn among<'a>(owners: impl Iterator<Item = Option<Owner<'a>>>) -> Self {
        let mut starts = Vec::new();
        let mut last = None;
        for (place, owner) in owners.enumerate() {
            if owner.is_none() || owner != last {
                starts.push(place);
            }
            last = owner;
        }
        Self(starts)
    }

    /// A range in at most so many parts of about the same length, none of them empty. It is cut between groups; a range that is all of
    /// one group is cut anywhere.
    pub(crate) fn split(&self, range: Range<usize>, parts: usize) -> VecDeque<Range<usize>> {
        let size = range.len().div_ceil(parts.max(1)).max(1);
        let even = range.clone().step_by(size).skip(1);
        let starts = self.within(&range);
        let cuts: BTreeSet<usize> = match starts {
            [] => even.collect(),
            starts => even.filter_map(|place| nearest(starts, place)).collect(),
        };
        let ends = cuts.iter().copied().chain([range.end]);
        let begins = [range.start].into_iter().chain(cuts.iter().copied());
        begins.zip(ends).map(|(begin, end)| begin..end).filter(|part| !part.is_empty()).collect()
    }

    /// Where groups begin within a range, but for its own beginning.
    fn within(&self, range: &Range<usize>) -> &[usize] {
        let from = self.0.partition_point(|start| *start <= range.start);
        let to = self.0.partition_point(|start| *start < range.end);
        self.0.get(from..to).unwrap_or_default()
    }
}

/// The place of a sorted list that is nearest to another one.
fn nearest(starts: &[usize], place: usize) -> Option<usize> {
    let at = starts.partition_point(|start| *start < place);
    let before = at.checked_sub(1).and_then(|before| starts.get(before));
    let around = before.into_iter().chain(starts.get(at));
    around.copied().min_by_key(|start| start.abs_diff(place))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Groups of these lengths; one of a single fact has no owner.
    fn siblings(lengths: &[usize]) -> Siblings {
        let owners = lengths.iter().zip(0..).flat_map(|(length, vmid)| {
            let owner = (*length > 1).then_some(Owner::Guest(vmid));
            std::iter::repeat_n(owner, *length)
        });
        Siblings::among(owners)
    }

    fn shown(siblings: &Siblings, range: Range<usize>, parts: usize) -> Vec<Range<usize>> {
        siblings.split(range, parts).into()
    }

    #[test]
    fn facts_without_siblings_are_cut_evenly() {
        let alone = siblings(&[1; 250]);
        assert_eq!(shown(&alone, 0..250, 3), [0..84, 84..168, 168..250]);
        assert_eq!(alone.split(3..4, 2).pop_front(), Some(3..4), "a single fact");
        assert!(shown(&alone, 0..0, 2).is_empty());
    }

    #[test]
    fn a_list_is_cut_between_guests_and_one_guest_only_when_it_is_alone() {
        let guests = siblings(&[90, 20, 1]);
        assert_eq!(shown(&guests, 0..111, 2), [0..90, 90..111]);
        assert_eq!(shown(&guests, 0..90, 2), [0..45, 45..90]);
        assert_eq!(shown(&guests, 45..90, 2), [45..68, 68..90]);
        assert_eq!(shown(&guests, 90..111, 2), [90..110, 110..111]);
    }

    #[test]
    fn guests_and_nodes_that_follow_each_other_are_told_apart() {
        let owners = [Owner::Guest(1), Owner::Guest(1), Owner::Node("a"), Owner::Node("b"), Owner::Guest(2)];
        assert_eq!(Siblings::among(owners.into_iter().map(Some)).0, [0, 2, 3, 4]);
    }

    proptest! {
        #[test]
        fn halving_ends_at_every_single_fact_and_cuts_no_group_before_it_is_alone(
            lengths in proptest::collection::vec(1..30usize, 1..12),
            parts in 2..11usize,
        ) {
            let (siblings, total) = (siblings(&lengths), lengths.iter().sum::<usize>());
            let begins = |place: usize| place == total || siblings.0.contains(&place);
            let mut queue: VecDeque<Range<usize>> = siblings.split(0..total, parts);
            let mut single = Vec::new();
            while let Some(range) = queue.pop_front() {
                if range.len() == 1 {
                    single.push(range.start);
                    continue;
                }
                let split = siblings.split(range.clone(), parts);
                prop_assert!((2..=parts).contains(&split.len()), "{:?} in {:?}", range, split);
                prop_assert_eq!(split.iter().cloned().flatten().collect::<Vec<_>>(), range.clone().collect::<Vec<_>>());
                let of_several = !siblings.within(&range).is_empty();
                prop_assert!(!of_several || split.iter().all(|part| part.start == range.start || begins(part.start)));
                split.into_iter().rev().for_each(|part| queue.push_front(part));
            }
            prop_assert_eq!(single, (0..total).collect::<Vec<_>>());
        }
    }
}

//! Reproducible choices.

use crate::fleet::usage::mix;
use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt, SeedableRng};

/// Random numbers of one subject: each node, guest and job has its own, so that more guests change no other.
pub(super) struct Dice(Xoshiro256PlusPlus);

impl Dice {
    pub(super) fn new(seed: u64, subject: &str, number: u64) -> Self {
        let seed = subject.bytes().fold(mix(seed), |hash, byte| mix(hash ^ u64::from(byte)));
        Self(Xoshiro256PlusPlus::seed_from_u64(mix(seed ^ number)))
    }

    /// A number from `low` up to but not including `high`.
    pub(super) fn between(&mut self, low: u64, high: u64) -> u64 {
        if low < high { self.0.random_range(low..high) } else { low }
    }

    /// The same as a smaller number.
    pub(super) fn below(&mut self, high: u32) -> u32 {
        if high == 0 { 0 } else { self.0.random_range(0..high) }
    }

    /// True in this many cases of a hundred.
    pub(super) fn percent(&mut self, chance: u32) -> bool {
        self.below(100) < chance
    }

    /// One of the items; the default when there is none.
    pub(super) fn pick<T: Copy + Default>(&mut self, items: &[T]) -> T {
        let at = self.below(u32::try_from(items.len()).unwrap_or(u32::MAX));
        items.get(at as usize).copied().unwrap_or_default()
    }

    /// How many of something: the index of the first limit above a roll of 0 to 99.
    pub(super) fn count(&mut self, limits: &[u32]) -> u32 {
        let roll = self.below(100);
        u32::try_from(limits.iter().take_while(|limit| **limit <= roll).count()).unwrap_or_default()
    }

    /// Hexadecimal digits, lower case.
    pub(super) fn hex(&mut self, digits: usize) -> String {
        (0..digits).filter_map(|_| char::from_digit(self.below(16), 16)).collect()
    }
}

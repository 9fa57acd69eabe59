//! Each fuzz target for a bounded time, with the same choices every time. `PROXBOX_FUZZ_CASES` sets how many cases, and
//! `PROXBOX_FUZZ_SEED`, a number up to 255, other choices.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use proptest::collection::vec;
use proptest::num::u8::ANY;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};
use std::str::FromStr;

/// Runs a target; a failure is told with the shortest choices that lead to it.
fn run(target: fn(&[u8]), cases: u32, longest: usize) {
    let cases = variable("PROXBOX_FUZZ_CASES").unwrap_or(cases);
    let seed = [variable("PROXBOX_FUZZ_SEED").unwrap_or(1_u8); 32];
    let config = Config { cases, max_shrink_iters: 500, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &seed));
    let tried = runner.run(&vec(ANY, 0..longest), |bytes| {
        target(&bytes);
        Ok::<(), TestCaseError>(())
    });
    if let Err(failure) = tried {
        panic!("{failure}");
    }
}

fn variable<T: FromStr>(name: &str) -> Option<T> {
    std::env::var(name).ok()?.parse().ok()
}

#[test]
fn whatever_is_installed_the_host_lives_and_says_what_is_wrong() {
    run(proxbox_fuzz::install, 600, 80);
}

#[test]
fn whatever_a_module_returns_each_object_has_one_outcome() {
    run(proxbox_fuzz::guest_output, 600, 700);
}

#[test]
fn whatever_proxmox_says_the_built_in_mappers_give_drafts_that_fit() {
    run(proxbox_fuzz::facts, 2000, 300);
}

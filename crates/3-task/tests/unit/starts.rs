//! Checks the order in which equal things go first.
//!
//! The problem: a loop that comes by a `select` in every d-th call gets every d-th answer. If the
//! answers had a period that d divides, one branch would always win.
//!
//! Invariant: the function is whole here, so its tests need no loop and no random numbers.
//!
//! Read next: `src/core/starts.rs`.

use super::{AWAY, GOLDEN, LAST, NOBODY, start_of};
use crate::run::Scheduler;

/// Returns the longest row of answers to every `step`-th call without one of the options.
fn longest_without(options: usize, step: u32, first: u32) -> usize {
    let mut last = vec![0; options];
    let mut longest = 0;
    for count in 1..2_000 {
        let call = first.wrapping_add((count as u32).wrapping_mul(step));
        let answer = start_of(call.wrapping_mul(GOLDEN), options);
        longest = longest.max(count - last[answer]);
        last[answer] = count;
    }
    let ends = last.iter().map(|last| 2_000 - last);
    ends.max().unwrap_or(0).max(longest)
}

#[test]
fn each_option_goes_first_at_least_once_in_twice_as_many_calls() {
    for options in 1..=12 {
        // Also where the number of the calls comes round.
        for first in [0, 1, 1_000_000, u32::MAX - 1_000] {
            assert!(longest_without(options, 1, first) <= 2 * options);
        }
    }
}

#[test]
fn a_caller_in_every_dth_call_gets_each_option_soon() {
    for options in 1..=12 {
        for step in 1..=100 {
            for first in [0, 1, u32::MAX - 50_000] {
                let longest = longest_without(options, step, first);
                let most = 2 * options + 7 * step as usize;
                assert!(longest <= most, "{options} options, step {step}: {longest}");
                // As long as a task has a few selects a pass, which may be one in the other.
                assert!(step > 7 || longest <= 5 * options, "{options} {step}");
            }
        }
    }
}

#[test]
fn a_loop_that_goes_takes_its_counts_with_it() {
    let (one, other) = (Scheduler::new().unwrap(), Scheduler::new().unwrap());
    let firsts = [&one, &other, &one].map(|of| of.core.next_start(2));
    assert_eq!(firsts, [0, 0, 1]);
    assert_eq!(AWAY.with_borrow(|away| away.len()), 1, "those of `other`");
    drop(one);
    assert!(LAST.get() == NOBODY, "the counts here are nobody's");
    drop(other);
    assert_eq!(AWAY.with_borrow(|away| away.capacity()), 0);
}

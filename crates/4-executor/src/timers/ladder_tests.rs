//! The ladder beside the simplest model: a sorted map.
//!
//! The problem: the ladder has buckets, levels, a heap and lazy removal. All of it must
//! behave like a map sorted by (deadline, order of setting).
//!
//! Invariant: whichever timers are set and cancelled, and however the clock moves, both
//! fire the same timers in the same order.
//!
//! Read next: `timers/ladder.rs`.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

#[derive(Clone, Debug)]
enum Op {
    Set(u64),
    Cancel(usize),
    Advance(u64),
    /// The clock jumps back, as no clock should.
    Back(u64),
    First,
    /// Asks when to wake, with this resolution.
    Wake(u64),
}

fn op() -> impl Strategy<Value = Op> {
    // Delays of every magnitude: from equal deadlines to further than all levels.
    let delay = prop_oneof![
        0u64..4,
        0u64..3_000_000,
        0u64..5_000_000_000,
        0u64..(1 << 52),
        Just(1_048_576u64),
        (0u64..64).prop_map(|bit| 1 << bit),
    ];
    prop_oneof![
        4 => delay.clone().prop_map(Op::Set),
        2 => any::<usize>().prop_map(Op::Cancel),
        2 => delay.clone().prop_map(Op::Advance),
        1 => delay.prop_map(Op::Back),
        1 => Just(Op::First),
        2 => prop_oneof![Just(0), Just(1_000_000), 1u64..5_000_000].prop_map(Op::Wake),
    ]
}

/// The model: deadline and payload as the key; the payload counts up.
type Model = BTreeMap<(u64, u64), TimerId>;

fn fire(ladder: &mut Ladder, model: &mut Model, now: u64) {
    let mut fired = Vec::new();
    ladder.fire_due(now, |_, payload| {
        fired.push(payload);
        false
    });
    let later = model.split_off(&(now, u64::MAX));
    let due: Vec<u64> = model.keys().map(|key| key.1).collect();
    *model = later;
    assert_eq!(fired, due);
}

/// Checks the next wake: it is never a whole resolution behind the first deadline, and only behind
/// it if several timers are set.
fn next_wake(ladder: &mut Ladder, model: &Model, resolution: u64) {
    ladder.set_resolution(resolution);
    let deadlines: Vec<u64> = model.keys().map(|key| key.0).collect();
    let next = ladder.next_wake(false);
    assert_eq!(next.is_some(), !deadlines.is_empty());
    let Some(next) = next else { return };
    let first = deadlines[0];
    assert!(next.first <= first && next.first <= next.wake, "{next:?}");
    if next.wake > first {
        assert!(next.wake - first < resolution, "{next:?}, {first}");
        assert!(deadlines.len() > 1, "a single timer is exact");
    }
    assert_eq!(
        ladder.next_wake(true),
        Some(NextWake { first, wake: first })
    );
}

fn check(ops: Vec<Op>) {
    let mut ladder = Ladder::new();
    let mut model = Model::new();
    let mut payloads = 0;
    let mut now = 0u64;
    for op in ops {
        match op {
            Op::Set(delay) => {
                let when = now.saturating_add(delay);
                payloads += 1;
                model.insert((when, payloads), ladder.insert(when, payloads));
            }
            Op::Cancel(which) if !model.is_empty() => {
                let key = *model.keys().nth(which % model.len()).unwrap();
                let id = model.remove(&key).unwrap();
                assert_eq!(ladder.cancel(id), Some(key.1));
                assert_eq!(ladder.cancel(id), None);
            }
            Op::Cancel(_) => {}
            Op::Advance(by) => {
                now = now.saturating_add(by);
                fire(&mut ladder, &mut model, now);
            }
            Op::Back(by) => {
                now = now.saturating_sub(by);
                fire(&mut ladder, &mut model, now);
            }
            Op::First => {
                let first = model.keys().next().map(|key| key.0);
                let bound = ladder.not_before();
                assert!(bound <= first && bound.is_some() == first.is_some());
                assert_eq!(ladder.first(), first);
            }
            Op::Wake(resolution) => next_wake(&mut ladder, &model, resolution),
        }
        let mut living = ladder.living();
        living.sort_by_key(|(when, _)| *when);
        assert!(living.iter().map(|(_, id)| id).eq(model.values()));
        assert_eq!(ladder.len(), model.len());
        assert!(model.values().all(|id| ladder.contains(*id)));
        assert!(ladder.records() <= 2 * ladder.len() + SLACK + 1);
    }
}

mod props {
    use super::*;

    proptest! {
        /// The ladder and a sorted map fire the same timers in the same order, however the
        /// clock moves.
        #[test]
        fn ladder_equals_a_sorted_map(ops in prop::collection::vec(op(), 1..200)) {
            check(ops);
        }
    }
}

#[test]
fn cancelled_timers_do_not_pile_up() {
    let mut ladder = Ladder::new();
    let keep = ladder.insert(1 << 40, 7);
    let sets: u64 = if cfg!(debug_assertions) {
        1_000_000
    } else {
        10_000_000
    };
    for round in 0..sets {
        let id = ladder.insert((round % 10_000) << 20, round);
        ladder.cancel(id);
        assert!(ladder.records() <= 2 + SLACK + 1);
    }
    assert_eq!((ladder.len(), ladder.numbers.len()), (1, 2));
    assert_eq!(ladder.cancel(keep), Some(7));
}

/// A list of due timers that is never empty gives the memory of those that were served back.
#[test]
fn served_timers_do_not_pile_up() {
    let mut ladder = Ladder::new();
    for slice in 1..10_000_u64 {
        ladder.insert((slice << SLICE_BITS) + 10, 0);
        ladder.insert((slice << SLICE_BITS) + 900_000, 0);
        ladder.fire_due((slice << SLICE_BITS) + 500_000, |_, _| false);
        assert!(ladder.due.len() <= 8, "{} after {slice}", ladder.due.len());
    }
}

#[test]
fn a_clock_that_jumps_back_fires_nothing_early() {
    let mut ladder = Ladder::new();
    ladder.insert(5 << 30, 1);
    ladder.fire_due(4 << 30, |_, _| panic!("not due"));
    ladder.insert(3 << 30, 2);
    ladder.fire_due(1 << 30, |_, _| panic!("not due"));
    let mut fired = Vec::new();
    ladder.fire_due(6 << 30, |_, payload| {
        fired.push(payload);
        false
    });
    assert_eq!(fired, [2, 1]);
}

/// A fired timer keeps its number until it is redeemed or cancelled, once.
#[test]
fn a_fired_timer_is_redeemed_once_or_taken_back() {
    let mut ladder = Ladder::new();
    for round in 0..1000u64 {
        let (kept, gone, ended) = (
            ladder.insert(round, 1),
            ladder.insert(round, 2),
            ladder.insert(round, 3),
        );
        ladder.fire_due(round, |_, _| true);
        assert_eq!(ladder.len(), 0);
        assert_eq!(ladder.cancel(gone), None, "it has fired");
        assert!(ladder.free_if_over(ended));
        for (id, payload) in [(gone, None), (ended, None), (kept, Some(1)), (kept, None)] {
            assert_eq!(ladder.redeem(id.word()), payload);
        }
        // An old identity reaches no later timer of its number.
        let next = ladder.insert(round, 4);
        for id in [kept, gone, ended] {
            assert!(ladder.free_if_over(id) && ladder.cancel(id).is_none());
        }
        ladder.fire_due(round, |_, _| true);
        for id in [kept, gone, ended] {
            assert!(ladder.free_if_over(id) && ladder.cancel(id).is_none());
        }
        assert_eq!(ladder.redeem(next.word()), Some(4));
    }
    assert_eq!(ladder.numbers.len(), 3, "numbers are given again");
}

/// A number is not given again after its last generation. After a clear, no new timer
/// equals an old one.
#[test]
fn no_timer_has_the_number_and_generation_of_another() {
    let mut ladder = Ladder::new();
    let first = ladder.insert(1, 1);
    ladder.cancel(first);
    ladder.numbers[0].generation = RETIRED.wrapping_sub(4);
    let mut seen = vec![first];
    for _ in 0..4 {
        let id = ladder.insert(1, 2);
        assert!(!seen.contains(&id), "{id:?}");
        ladder.fire_due(1, |_, _| id.number == 0);
        ladder.redeem(id.word());
        seen.push(id);
    }
    assert_eq!(seen.iter().filter(|id| id.number == 0).count(), 3);
    ladder.insert(1, 3);
    ladder.clear();
    for _ in 0..4 {
        let id = ladder.insert(1, 4);
        assert!(!seen.contains(&id), "{id:?}");
        seen.push(id);
    }
    assert_eq!(ladder.len(), 4);
}

/// The cost of an event does not depend on how far away the other timers are: their records are
/// looked at when their time comes, and not before.
#[test]
fn timers_of_any_distance_are_left_alone() {
    for bit in 24..63 {
        let mut ladder = Ladder::new();
        ladder.fire_due(3 << 20, |_, _| false);
        for _ in 0..1_000 {
            ladder.insert(1 << bit, 0);
        }
        let buckets = ladder
            .levels
            .iter()
            .flatten()
            .flat_map(|level| &*level.buckets);
        let full = buckets.filter(|bucket| bucket.len() == 1_000);
        assert_eq!(full.count(), 1, "all are in one bucket, for 2^{bit} ns");
    }
}

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

/// Runs a loop on a clock that sleeps to each next. Returns the number of wakes, and how late each
/// timer was.
fn wakes(resolution: u64, deadlines: impl IntoIterator<Item = u64>) -> (usize, Vec<u64>) {
    let mut ladder = Ladder::new();
    ladder.set_resolution(resolution);
    for when in deadlines {
        ladder.insert(when, when);
    }
    let (mut wakes, mut late, mut before) = (0, Vec::new(), 0);
    while let Some(next) = ladder.next_wake(false) {
        wakes += 1;
        ladder.fire_due(next.wake, |_, when| {
            assert!(
                before <= when && when <= next.wake,
                "in order, and not early"
            );
            before = when;
            late.push(next.wake - when);
            false
        });
    }
    (wakes, late)
}

const MS: u64 = 1_000_000;

/// Deadlines at odd places within 200 ms, as ten thousand sleeps have them.
fn crowd(timers: u64) -> impl Iterator<Item = u64> {
    (0..timers).map(|number| number.wrapping_mul(0x9E37_79B9_7F4A_7C15) % (200 * MS))
}

#[test]
fn a_crowd_of_timers_is_served_once_in_a_resolution() {
    for timers in [1_000, 10_000, 100_000] {
        let (wakes, late) = wakes(MS, crowd(timers));
        assert_eq!(late.len() as u64, timers);
        assert!(late.iter().all(|late| *late < MS));
        assert!((190..=250).contains(&wakes), "{wakes} for {timers}");
    }
}

#[test]
fn without_a_resolution_each_timer_has_its_nanosecond() {
    let (wakes, late) = wakes(0, crowd(1_000));
    assert!(late.iter().all(|late| *late == 0));
    assert!(wakes >= 1_000, "{wakes}");
}

#[test]
fn timers_that_are_alone_have_their_nanosecond() {
    let far_apart = [
        3,
        2 * MS + 1,
        70 * MS + 5,
        71 * MS + 6,
        5_000 * MS + 7,
        1 << 52,
    ];
    let (_, late) = wakes(MS, far_apart);
    assert_eq!(late, [0; 6]);
    let (_, late) = wakes(MS, [70 * MS + 5; 3]);
    assert_eq!(late, [0; 3], "equal deadlines need one wake");
}

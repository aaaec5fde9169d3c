//! The wakes of a loop whose clock sleeps exactly to each of them.
//!
//! Invariant: no timer fires early or out of order, and none is late by a resolution.
//!
//! Read next: `timers/ladder/next_wake.rs`.

use super::*;

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

/// Deadlines at odd places within 200 ms.
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

//! Instants: arithmetic and text beside whole numbers.
//!
//! The problem: an instant is a number of nanoseconds with two ends, and its text is a decimal
//! number. Both have edges: the beginning, the end, and the rounding.
//!
//! Invariant: the models count in `u128`, which none of the sums here leaves.
//!
//! Read next: `rules_timers.rs`.

use std::panic::catch_unwind;
use std::time::Duration;

use crate::support::log::{ms, secs, virtual_loop};
use groundup_executor::task::Panic;
use groundup_executor::{Instant, sleep, sleep_until, time};
use proptest::prelude::*;

const NEVER: u128 = u64::MAX as u128;

fn instant(nanos: u64) -> Instant {
    Instant::START.saturating_add(Duration::from_nanos(nanos))
}

fn nanos(instant: Instant) -> u128 {
    instant.since_start().as_nanos()
}

/// Numbers near the edges and between them.
fn number() -> impl Strategy<Value = u64> {
    prop_oneof![
        0u64..3,
        (u64::MAX - 3)..=u64::MAX,
        any::<u64>(),
        0u64..20_000_000_000,
        (0u64..20_000).prop_map(|ms| ms * 1_000_000),
    ]
}

fn duration() -> impl Strategy<Value = Duration> {
    prop_oneof![
        number().prop_map(Duration::from_nanos),
        Just(Duration::MAX),
        any::<(u64, u32)>().prop_map(|(s, ns)| Duration::new(s, ns % 1_000_000_000)),
    ]
}

mod props {
    use super::*;

    proptest! {
        /// Sums and differences of instants are those of their nanoseconds, inside both ends.
        #[test]
        fn instants_are_numbers_of_nanoseconds(one in number(), other in number(), by in duration()) {
            let (at, earlier) = (instant(one), instant(other));
            let sum = nanos(at) + by.as_nanos();
            let within = (sum < NEVER).then_some(sum);
            prop_assert_eq!(at.checked_add(by).map(nanos), within);
            prop_assert_eq!(nanos(at.saturating_add(by)), sum.min(NEVER));
            let rest = nanos(at).checked_sub(by.as_nanos());
            prop_assert_eq!(at.checked_sub(by).map(nanos), rest);
            let passed = nanos(at).checked_sub(nanos(earlier));
            prop_assert_eq!(at.checked_duration_since(earlier).map(|passed| passed.as_nanos()), passed);
            prop_assert_eq!((at - earlier).as_nanos(), passed.unwrap_or(0));
            prop_assert_eq!(at.cmp(&earlier), one.cmp(&other));
            if within.is_some() {
                let (mut later, sum) = (at, at + by);
                later += by;
                prop_assert_eq!((later, sum - at, sum - by), (sum, by, at));
                later -= by;
                prop_assert_eq!(later, at);
            }
        }

        /// The text of an instant is the decimal number that is nearest, half-way cases up, with
        /// the decimals asked for; without a number, it is exact and has no zero at its end.
        #[test]
        fn the_text_is_the_nearest_decimal_number(number in number(), decimals in 0usize..12) {
            let at = instant(number);
            if at == Instant::NEVER {
                prop_assert_eq!(format!("{at} {at:.3}"), "never never");
                return Ok(());
            }
            let text = format!("{at:.decimals$}");
            let digits = text.strip_suffix(" s").expect("a unit");
            let point = digits.find('.');
            prop_assert_eq!(point.map_or(0, |point| digits.len() - point - 1), decimals);
            let read: u128 = digits.replace('.', "").parse().expect("digits");
            let in_units = u128::from(number) * 10u128.pow(decimals as u32) * 2 + 1_000_000_000;
            prop_assert_eq!(read, in_units / 2_000_000_000);

            let exact = at.to_string();
            let all = format!("{at:.9}");
            let all = all.strip_suffix(" s").expect("a unit");
            let all = all.trim_end_matches('0').trim_end_matches('.');
            prop_assert_eq!(exact, format!("{all} s"));
        }

        /// `sleep_until` of now and a delay ends when `sleep` of the delay does.
        #[test]
        fn a_sleep_until_now_and_a_delay_is_a_sleep(nap in 0u64..5_000, delay in 0u64..5_000) {
            let ends = [false, true].map(|until| {
                virtual_loop().run_until_complete(async move {
                    sleep(ms(nap)).await;
                    match until {
                        false => sleep(ms(delay)).await,
                        true => sleep_until(time().saturating_add(ms(delay))).await,
                    }
                    time()
                })
            });
            prop_assert_eq!(ends[0].as_ref().unwrap(), ends[1].as_ref().unwrap());
            prop_assert_eq!(*ends[0].as_ref().unwrap(), Instant::START + ms(nap + delay));
        }
    }
}

#[test]
fn a_sum_beyond_the_end_says_the_cause_and_the_cure() {
    let message = |panics: fn() -> Instant| {
        Panic::new(catch_unwind(panics).unwrap_err())
            .message()
            .to_string()
    };
    assert_eq!(
        message(|| Instant::START + secs(5) + Duration::MAX),
        "5 s and 18446744073709551615.999999999s is more than the 584 years that an Instant \
             can count: saturating_add gives Instant::NEVER, which never comes"
    );
    assert_eq!(
        message(|| Instant::START + secs(5) - secs(6)),
        "6s before 5 s is before the loop's beginning: checked_sub returns None there"
    );
}

#[test]
fn elapsed_is_the_time_since_an_instant_on_the_clock_of_the_running_loop() {
    let ran = virtual_loop().run_until_complete(async {
        sleep(secs(2)).await;
        let begun = time();
        sleep(secs(3)).await;
        assert_eq!(begun.elapsed(), secs(3));
        assert_eq!(
            (time() + secs(1)).elapsed(),
            Duration::ZERO,
            "still to come"
        );
        begun
    });
    let begun = ran.unwrap();
    let outside = catch_unwind(|| begun.elapsed()).unwrap_err();
    assert_eq!(
        Panic::new(outside).message(),
        "no running event loop: Instant::elapsed works only inside one; call it from a task or a \
         callback, or in a future that you give to `run`"
    );
}

#[test]
fn a_width_counts_the_unit_and_a_number_stands_right() {
    let at = Instant::START + ms(1500);
    let lines = [
        format!("[{at:8}] [{at:<8}] [{at:^8}] [{at:*>8}]"),
        format!("[{at:8.2}] [{at:2}] [{:8}]", Instant::NEVER),
    ];
    assert_eq!(lines[0], "[   1.5 s] [1.5 s   ] [ 1.5 s  ] [***1.5 s]");
    assert_eq!(lines[1], "[  1.50 s] [1.5 s] [   never]");
}

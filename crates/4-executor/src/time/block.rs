//! Blocking: a call that lets time pass and gives no task a turn.
//!
//! The problem: the sources show what a blocking call does to the other tasks, and the tests of
//! such programs run on a clock that jumps. So the loop has a blocking call of its own, which
//! works on each clock.
//!
//! Invariant: nothing of the loop runs during the call.
//!
//! Read next: `time/alarm.rs`.

use std::time::Duration;

use crate::iteration::LoopCore;

/// Lets `duration` pass while no other task runs, as a blocking call does. On the virtual
/// clock it moves the time. It is for demonstrations and tests; a program that must block
/// belongs in a thread.
///
/// # Panics
///
/// Outside a running loop.
///
/// ```
/// # mod groundup { pub use groundup_executor::*; }
/// use std::time::Duration;
///
/// use groundup::{block, call_later, run_virtual, sleep, time};
///
/// run_virtual(async {
///     call_later(Duration::from_secs(1), || assert_eq!(time().to_string(), "5 s"));
///     block(Duration::from_secs(5)); // and the timer is late
///     sleep(Duration::from_secs(1)).await;
/// });
/// ```
#[doc(alias = "advance")]
#[track_caller]
pub fn block(duration: Duration) {
    LoopCore::current("block").block(duration);
}

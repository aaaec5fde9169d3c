//! A wait for a state of the program, with a limit.
//!
//! The problem: a descriptor that is lost, or a task that never ends, lets a test wait for ever, and the
//! harness names the test alone. So such a wait ends after a minute, and says what it has seen.
//!
//! Read next: `dice.rs`.

use std::fmt::Debug;
use std::future::Future;
use std::panic::Location;
use std::time::{Duration, Instant};

use groundup_io::task::yield_now;

/// More than any stall of a machine, and no end of a test that passes.
pub(crate) const LONG: Duration = Duration::from_secs(60);

/// Lets a busy loop run until `look` returns `wanted`. The loop looks at its sockets if a task awaits one.
///
/// # Panics
///
/// If `look` returns something else for a minute.
#[track_caller]
pub(crate) fn until_equal<T: PartialEq + Debug>(
    wanted: T,
    look: impl Fn() -> T,
) -> impl Future<Output = ()> {
    let place = Location::caller();
    let begin = Instant::now();
    async move {
        loop {
            let seen = look();
            if seen == wanted {
                return;
            }
            assert!(
                begin.elapsed() < LONG,
                "{place}: after a minute it is {seen:?}, and not {wanted:?}"
            );
            // A look may ask the system, and take more time than an iteration.
            for _ in 0..10 {
                yield_now().await;
            }
        }
    }
}

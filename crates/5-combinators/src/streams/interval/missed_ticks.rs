//! Missed ticks: the tick that follows a late one.
//!
//! The problem: the work after a tick takes longer than a period, so the next tick comes late, and
//! others were missed. Which tick comes then? There are three answers, and each program needs one of
//! them.
//!
//! ```text
//!   period   |   |   |   |   |   |
//!   work     ==========                      the first takes two periods and a half
//!
//!   Burst    1         234   5   6           the missed ticks come one after the other
//!   Delay    1         2   3   4   5         at least a period between two ticks
//!   Skip     1         2 3   4   5           missed ticks are left out; the others keep time
//! ```
//!
//! Invariant: the next tick is later than the late one was set for, in each mode.
//!
//! Read next: `cancel_table.rs`.

use std::time::Duration;

use groundup_executor::Instant;

/// Says when the next tick of an [`Interval`](crate::Interval) comes after one that came late.
///
/// In each mode the late tick itself comes as soon as it is awaited, and a tick that is not late
/// is followed by one a period later. tokio has the same modes, and counts a tick as late from
/// 5 ms on, because its timers count milliseconds. Here a tick is late if its time has passed.
///
/// ```
/// # mod groundup { pub use groundup_combinators::{*, executor::*}; }
/// use groundup::{Instant, MissedTickBehavior, block, interval, run_virtual};
/// use std::time::Duration;
///
/// // The ticks of four: the work after the first takes two periods and a half.
/// let ticks = |behavior| run_virtual(async move {
///     let mut interval = interval(Duration::from_secs(10));
///     interval.set_missed_tick_behavior(behavior);
///     let mut ticks = vec![interval.tick().await.since_start().as_secs()];
///     block(Duration::from_secs(25));
///     for _ in 0..3 {
///         interval.tick().await;
///         ticks.push(groundup::time().since_start().as_secs());
///     }
///     ticks
/// });
/// assert_eq!(ticks(MissedTickBehavior::Burst), [0, 25, 25, 30]);
/// assert_eq!(ticks(MissedTickBehavior::Delay), [0, 25, 35, 45]);
/// assert_eq!(ticks(MissedTickBehavior::Skip), [0, 25, 30, 40]);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum MissedTickBehavior {
    /// A period after the time for which the late tick was set. So each missed tick comes, one
    /// after the other, until the interval has caught up.
    #[default]
    Burst,
    /// A period after the time at which the late tick came. So two ticks are never closer than
    /// a period, and the ticks after it are shifted.
    Delay,
    /// At the next time that is a whole number of periods after the late tick's own. So missed
    /// ticks are left out, and the other ticks keep their times.
    Skip,
}

impl MissedTickBehavior {
    /// Returns the time of the tick after the one that was set for `due` and came `now`.
    pub(super) fn next(self, due: Instant, now: Instant, period: Duration) -> Instant {
        match self {
            MissedTickBehavior::Burst => due.saturating_add(period),
            MissedTickBehavior::Delay => now.saturating_add(period),
            MissedTickBehavior::Skip => {
                let passed = (now - due).as_nanos() % period.as_nanos();
                // Less than 584 years, as `now - due` is.
                now.saturating_add(period - Duration::from_nanos(passed as u64))
            }
        }
    }
}

//! Instants: times on the clock of a loop, which are no delays.
//!
//! The problem: `reschedule(5 s)` reads as "in five seconds", and means "five seconds after the
//! loop's beginning". If a point in time and a length of time have one type, the compiler
//! accepts one for the other. So a time of a loop is an [`Instant`], and a length of time is a
//! `Duration`.
//!
//! ```text
//!   START          time()         time() + 2 s                       NEVER
//!     |--------------|-----------------|------------- .. --------------|
//!     0 ns                                                        u64::MAX ns
//!      <- Duration -> <-- Duration ---->
//! ```
//!
//! Invariants:
//! 1. An instant is a number of ns since the beginning of its loop.
//! 2. Only the loop makes the instant of now: there is no function `now`, because an instant
//!    does not know its loop. (`elapsed` asks the running loop, so it stands beside `time`, in
//!    `event_loop/free_functions.rs`.)
//!
//! Read next: `instant/text.rs`.

use std::ops::{Add, AddAssign, Sub, SubAssign};
use std::time::Duration;

use crate::driver::nanos;
use crate::timers::NEVER;

mod text;

/// A time on the clock of a loop: what [`time`](crate::time()) returns, and what
/// [`sleep_until`](crate::sleep_until) and [`call_at`](crate::call_at) take.
///
/// asyncio's loops have such times, too, as floats: `loop.time()`. A length of time is a
/// [`Duration`], here as in tokio and in the standard library. Adding one to an instant gives
/// an instant, and the difference of two instants is a `Duration`. The time since an instant is
/// `time() - begun`, or [`begun.elapsed()`](Instant::elapsed):
///
/// ```
/// # mod groundup { pub use groundup_executor::*; }
/// use std::time::Duration;
///
/// use groundup::{Instant, run_virtual, sleep, sleep_until, time};
///
/// run_virtual(async {
///     let begun = time();
///     sleep(Duration::from_secs(2)).await;
///     assert_eq!(time() - begun, Duration::from_secs(2));
///     assert_eq!(begun.elapsed(), Duration::from_secs(2));
///     sleep_until(begun + Duration::from_secs(5)).await;
///     assert_eq!(time(), Instant::START + Duration::from_secs(5));
/// });
/// ```
///
/// # Of one loop
///
/// An instant counts from the beginning of its loop, and does not know which loop that is. So
/// do not compare or subtract instants of two loops, and do not pass them from one to another:
/// the results mean nothing.
///
/// # Text
///
/// `{}` writes an instant in seconds, with as many decimals as it needs. A precision sets the
/// number of decimals, and a width counts the unit, too.
///
/// ```
/// # mod groundup { pub use groundup_executor::*; }
/// use std::time::Duration;
///
/// use groundup::Instant;
///
/// let at = Instant::START + Duration::from_millis(1_500);
/// assert_eq!(format!("{at}, {at:.3}, {at:.0}, {at:8}"), "1.5 s, 1.500 s, 2 s,    1.5 s");
/// assert_eq!(format!("{at:?}, {}", Instant::NEVER), "Instant(1.5 s), never");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant {
    nanos: u64,
}

impl Instant {
    /// The loop's beginning.
    pub const START: Instant = Instant { nanos: 0 };

    /// An instant that never comes, 584 years after the loop's beginning. A sleep or a timer
    /// with this time never ends, as one with a delay of `Duration::MAX`.
    pub const NEVER: Instant = Instant { nanos: NEVER };

    pub(crate) const fn from_nanos(nanos: u64) -> Self {
        Instant { nanos }
    }

    /// Returns the number of ns since the loop's beginning.
    #[inline]
    pub(crate) const fn nanos(self) -> u64 {
        self.nanos
    }

    /// Returns the time that has passed from the loop's beginning to this instant:
    /// `self - Instant::START`.
    ///
    /// ```
    /// # mod groundup { pub use groundup_executor::*; }
    /// use std::time::Duration;
    ///
    /// use groundup::{run_virtual, sleep, time};
    ///
    /// run_virtual(async {
    ///     sleep(Duration::from_secs(90)).await;
    ///     assert_eq!(time().since_start().as_secs() / 60, 1);
    /// });
    /// ```
    pub const fn since_start(self) -> Duration {
        Duration::from_nanos(self.nanos)
    }

    /// Returns the time that has passed from `earlier` to this instant, or `None` if `earlier`
    /// is later.
    ///
    /// ```
    /// # mod groundup { pub use groundup_executor::*; }
    /// use std::time::Duration;
    ///
    /// use groundup::Instant;
    ///
    /// let later = Instant::START + Duration::from_secs(3);
    /// assert_eq!(later.checked_duration_since(Instant::START), Some(Duration::from_secs(3)));
    /// assert_eq!(Instant::START.checked_duration_since(later), None);
    /// ```
    pub fn checked_duration_since(self, earlier: Instant) -> Option<Duration> {
        let nanos = self.nanos.checked_sub(earlier.nanos);
        nanos.map(Duration::from_nanos)
    }

    /// Returns the instant that comes `duration` later, or `None` if there is none before
    /// [`NEVER`](Instant::NEVER).
    ///
    /// ```
    /// # mod groundup { pub use groundup_executor::*; }
    /// use std::time::Duration;
    ///
    /// assert_eq!(groundup::Instant::START.checked_add(Duration::MAX), None);
    /// ```
    pub fn checked_add(self, duration: Duration) -> Option<Instant> {
        let sum = self.nanos.checked_add(nanos(duration));
        sum.filter(|nanos| *nanos != NEVER).map(Instant::from_nanos)
    }

    /// Returns the instant that comes `duration` later, or [`NEVER`](Instant::NEVER) if there
    /// is none before it. So `sleep_until(time().saturating_add(delay))` is `sleep(delay)` for
    /// every delay, also for `Duration::MAX`.
    ///
    /// ```
    /// # mod groundup { pub use groundup_executor::*; }
    /// use std::time::Duration;
    ///
    /// use groundup::Instant;
    ///
    /// assert_eq!(Instant::START.saturating_add(Duration::MAX), Instant::NEVER);
    /// ```
    pub fn saturating_add(self, duration: Duration) -> Instant {
        Instant::from_nanos(self.nanos.saturating_add(nanos(duration)))
    }

    /// Returns the instant that comes `duration` earlier, or `None` if that is before the
    /// loop's beginning.
    ///
    /// ```
    /// # mod groundup { pub use groundup_executor::*; }
    /// use std::time::Duration;
    ///
    /// assert_eq!(groundup::Instant::START.checked_sub(Duration::from_nanos(1)), None);
    /// ```
    pub fn checked_sub(self, duration: Duration) -> Option<Instant> {
        let nanos = u64::try_from(duration.as_nanos()).ok()?;
        self.nanos.checked_sub(nanos).map(Instant::from_nanos)
    }
}

/// # Panics
///
/// If the sum is not before [`Instant::NEVER`].
impl Add<Duration> for Instant {
    type Output = Instant;

    #[track_caller]
    fn add(self, duration: Duration) -> Instant {
        match self.checked_add(duration) {
            Some(sum) => sum,
            None => panic!(
                "{self} and {duration:?} is more than the 584 years that an Instant can count: \
                 saturating_add gives Instant::NEVER, which never comes"
            ),
        }
    }
}

/// # Panics
///
/// As `+`.
impl AddAssign<Duration> for Instant {
    #[track_caller]
    fn add_assign(&mut self, duration: Duration) {
        *self = *self + duration;
    }
}

/// # Panics
///
/// If the difference is before [`Instant::START`].
impl Sub<Duration> for Instant {
    type Output = Instant;

    #[track_caller]
    fn sub(self, duration: Duration) -> Instant {
        match self.checked_sub(duration) {
            Some(rest) => rest,
            None => panic!(
                "{duration:?} before {self} is before the loop's beginning: checked_sub returns \
                 None there"
            ),
        }
    }
}

/// # Panics
///
/// As `-`.
impl SubAssign<Duration> for Instant {
    #[track_caller]
    fn sub_assign(&mut self, duration: Duration) {
        *self = *self - duration;
    }
}

/// The time that has passed from one instant to another, or zero if the first is the later one:
/// `deadline - time()` is the time that is left. So it is in the standard library, too.
///
/// ```
/// # mod groundup { pub use groundup_executor::*; }
/// use std::time::Duration;
///
/// use groundup::Instant;
///
/// let later = Instant::START + Duration::from_secs(3);
/// assert_eq!(later - Instant::START, Duration::from_secs(3));
/// assert_eq!(Instant::START - later, Duration::ZERO);
/// ```
impl Sub for Instant {
    type Output = Duration;

    fn sub(self, earlier: Instant) -> Duration {
        Duration::from_nanos(self.nanos.saturating_sub(earlier.nanos))
    }
}

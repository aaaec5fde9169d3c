//! The driver that a loop has now, and the loop's time on it.
//!
//! The problem: a loop may be given another driver while it holds timers and has been
//! read the time. Another driver counts from another beginning, so its time is not the
//! loop's:
//!
//! ```text
//!   driver A   0 -------- 40 s
//!                          | replaced
//!   driver B         0 --- 7 s -------- 9 s
//!   loop       0 -------- 40 s ------- 42 s     40 s + (9 s - 7 s)
//! ```
//!
//! Invariants:
//! 1. The loop's time does not go back when the driver is replaced, and a deadline means
//!    the same time before and after.
//! 2. A driver is called while nothing is borrowed: it may ask for itself, and be
//!    replaced.
//! 3. A driver in which the loop is parked is not replaced: a call from another thread
//!    would unpark the new one.
//!
//! Read next: `../timers.rs`, which timer is due when.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use super::{Driver, Outside, Parked};

/// A driver in its place, shared by the loop and its timers.
pub(crate) struct Installed {
    driver: RefCell<Rc<dyn Driver>>,
    /// The loop's time when the driver was put in, and the driver's own.
    since: Cell<(u64, u64)>,
    parked: Cell<bool>,
}

impl Installed {
    /// Puts the first driver in; its time is the loop's.
    pub(crate) fn new(driver: Rc<dyn Driver>) -> Self {
        Installed {
            driver: RefCell::new(driver),
            since: Cell::new((0, 0)),
            parked: Cell::new(false),
        }
    }

    #[inline]
    fn driver(&self) -> Rc<dyn Driver> {
        self.driver.borrow().clone()
    }

    /// Returns the driver, if it is a `D`.
    pub(crate) fn of_type<D: Driver>(&self) -> Option<Rc<D>> {
        let driver: Rc<dyn Any> = self.driver();
        driver.downcast().ok()
    }

    /// Puts another driver in, at the loop's time `now`, and returns the one before.
    ///
    /// # Panics
    ///
    /// If the loop is parked in it.
    #[track_caller]
    pub(crate) fn replace(&self, driver: Rc<dyn Driver>, now: u64) -> Rc<dyn Driver> {
        assert!(
            !self.parked.get(),
            "a driver cannot be replaced while the loop is parked in it: replace it before or \
             after the park, from a task, or while the loop does not run"
        );
        self.since.set((now, driver.now()));
        self.driver.replace(driver)
    }

    /// The loop's time.
    #[inline]
    pub(crate) fn now(&self) -> u64 {
        let (ours, theirs) = self.since.get();
        ours.saturating_add(self.driver().now().saturating_sub(theirs))
    }

    /// Waits until the loop's time `until`; see [`Driver::park`].
    pub(crate) fn park(
        &self,
        until: Option<u64>,
        outside: Outside,
        asleep: &mut dyn FnMut() -> bool,
    ) -> Parked {
        let (ours, theirs) = self.since.get();
        // Beyond the driver's last moment, nothing comes.
        let until = until.and_then(|until| theirs.checked_add(until.saturating_sub(ours)));
        let _parked = InPark::begin(&self.parked);
        self.driver().park(until, outside, asleep)
    }

    pub(crate) fn block(&self, duration: Duration) {
        self.driver().block(duration);
    }

    pub(crate) fn jumps(&self) -> bool {
        self.driver().jumps()
    }

    pub(crate) fn glance(&self) -> bool {
        self.driver().glance()
    }
}

/// A park; also a panic of the driver ends it.
struct InPark<'a>(&'a Cell<bool>);

impl<'a> InPark<'a> {
    fn begin(parked: &'a Cell<bool>) -> Self {
        parked.set(true);
        InPark(parked)
    }
}

impl Drop for InPark<'_> {
    fn drop(&mut self) {
        self.0.set(false);
    }
}

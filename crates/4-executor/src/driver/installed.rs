//! The present driver of a loop, and the loop's time on it.
//!
//! The problem: a loop may get another driver while it holds timers and its time has been
//! read. Each driver counts from its own beginning, so the time of the new driver is not
//! the loop's:
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
//! 2. A driver is not replaced from inside one of its own methods, since it is borrowed
//!    while it runs. Otherwise a call from another thread would unpark the new driver while
//!    the loop is parked in the old one.
//!
//! Read next: `timers.rs`, which timer is due when.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use super::real_time::{Since, ThreadPark};
use super::{Driver, Outside, Parked};

/// The driver of a loop, shared by the loop and its timers.
pub(crate) struct Installed {
    driver: RefCell<Rc<dyn Driver>>,
    /// The beginning of the driver's clock, if that is the clock of a `ThreadPark`: it is read
    /// without the driver, and so without a borrow. Speed: timer_drop, timer_set_cancel,
    /// timeout, tcp_echo_1.
    since: Cell<Option<Since>>,
    /// True if the driver's clock jumps. Speed: tcp_echo_1.
    jumps: Cell<bool>,
    /// The driver's time when it was installed.
    beginning: Cell<u64>,
    /// The difference between the loop's time and the driver's, modulo 2^64.
    offset: Cell<u64>,
}

impl Installed {
    /// Installs the first driver; its time is the loop's.
    pub(crate) fn new(driver: Rc<dyn Driver>) -> Self {
        Installed {
            since: Cell::new(Since::of(&*driver)),
            jumps: Cell::new(driver.jumps()),
            driver: RefCell::new(driver),
            beginning: Cell::new(0),
            offset: Cell::new(0),
        }
    }

    /// Returns the driver.
    pub(crate) fn present(&self) -> Rc<dyn Driver> {
        self.driver.borrow().clone()
    }

    /// Returns the driver, if it is a `D`.
    pub(crate) fn of_type<D: Driver>(&self) -> Option<Rc<D>> {
        let driver: Rc<dyn Any> = self.driver.borrow().clone();
        driver.downcast().ok()
    }

    /// Calls `act` with the driver, if it is a `D`. Meanwhile the driver cannot be replaced.
    #[inline]
    pub(crate) fn with_type<D: Driver, R>(&self, act: impl FnOnce(&D) -> R) -> Option<R> {
        let driver = self.driver.borrow();
        let driver: &dyn Any = &**driver;
        driver.downcast_ref().map(act)
    }

    /// Installs another driver at the loop's time `now`, and returns the one before.
    ///
    /// # Panics
    ///
    /// If the one before is inside one of its methods: it parks, glances, or reads the
    /// time.
    #[track_caller]
    pub(crate) fn replace(&self, driver: Rc<dyn Driver>, now: u64) -> Rc<dyn Driver> {
        let (theirs, since, jumps) = (driver.now(), Since::of(&*driver), driver.jumps());
        let Ok(mut place) = self.driver.try_borrow_mut() else {
            panic!(
                "a driver cannot be replaced from inside one of its own methods: replace it from \
                 a task, or while the loop does not run"
            );
        };
        self.since.set(since);
        self.jumps.set(jumps);
        self.beginning.set(theirs);
        self.offset.set(now.wrapping_sub(theirs));
        std::mem::replace(&mut *place, driver)
    }

    /// Takes the driver out at the end of the loop, if it may be the user's. What still asks for the
    /// time, asks another.
    pub(crate) fn release(&self) -> Option<Rc<dyn Driver>> {
        let driver: Rc<dyn Any> = self.present();
        let theirs = !driver.is::<ThreadPark>();
        theirs.then(|| self.driver.replace(Rc::new(ThreadPark::new())))
    }

    /// Returns the loop's time.
    #[inline]
    pub(crate) fn now(&self) -> u64 {
        let theirs = match self.since.get() {
            Some(since) => since.passed(),
            None => self.ask(),
        };
        theirs.wrapping_add(self.offset.get())
    }

    /// Returns the time of a driver that may be of any type, and may go back.
    #[inline]
    fn ask(&self) -> u64 {
        self.driver.borrow().now().max(self.beginning.get())
    }

    /// Waits until the loop's time `until`; see [`Driver::park`].
    pub(crate) fn park(
        &self,
        until: Option<u64>,
        outside: Outside,
        may_block: &mut dyn FnMut() -> bool,
    ) -> Parked {
        let (theirs, offset) = (self.beginning.get(), self.offset.get());
        let ours = theirs.wrapping_add(offset);
        // A deadline beyond the last time of the driver is no deadline for it.
        let until = until.and_then(|until| theirs.checked_add(until.saturating_sub(ours)));
        self.driver.borrow().park(until, outside, may_block)
    }

    pub(crate) fn block(&self, duration: Duration) {
        self.driver.borrow().block(duration);
    }

    pub(crate) fn jumps(&self) -> bool {
        self.jumps.get()
    }

    pub(crate) fn sources(&self) -> usize {
        self.driver.borrow().sources()
    }

    pub(crate) fn glance(&self) -> bool {
        self.driver.borrow().glance()
    }
}

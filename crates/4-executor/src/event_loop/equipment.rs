//! The driver of a loop, and the values that the loop keeps.
//!
//! The problem: a layer above the loop, such as sockets, starts from the running loop and
//! must find the driver that watches its sockets. And some values exist once in each loop.
//! Neither can stand in a thread-local, because two loops of a thread would share it.
//!
//! Invariants:
//! 1. A driver is found by its own type, whichever method installed it.
//! 2. When the driver is replaced, the time, the deadlines and calls from other threads go
//!    on.
//! 3. Kept values are dropped after the tasks. A panic in such a drop is reported.
//!
//! Read next: `event_loop/observation.rs`.

use std::rc::Rc;

use groundup_task::Scheduler;
use groundup_task::trace::{Access, Touched};

use super::EventLoop;
use super::builder::Builder;
use crate::driver::Driver;
use crate::iteration::LoopCore;

impl Builder {
    /// Sets the driver: a clock and a way to wait.
    ///
    /// ```
    /// # mod groundup { pub use groundup_executor::*; }
    /// use groundup::{EventLoop, ThreadPark};
    ///
    /// let event_loop = EventLoop::builder().driver(ThreadPark::new()).build();
    /// event_loop.run_until_complete(async {}).unwrap();
    /// ```
    #[must_use]
    pub fn driver(self, driver: impl Driver) -> Self {
        self.driver_rc(Rc::new(driver))
    }

    /// Sets the driver, of which the program keeps a handle.
    ///
    /// ```
    /// # mod groundup { pub use groundup_executor::*; }
    /// use std::rc::Rc;
    /// use std::time::Duration;
    ///
    /// use groundup::{Driver, EventLoop, Virtual};
    ///
    /// let clock = Rc::new(Virtual::new());
    /// let event_loop = EventLoop::builder().driver_rc(clock.clone()).build();
    /// clock.block(Duration::from_secs(5));
    /// assert_eq!(event_loop.time().since_start(), Duration::from_secs(5));
    /// ```
    #[must_use]
    pub fn driver_rc(mut self, driver: Rc<dyn Driver>) -> Self {
        self.driver = Some(driver);
        self
    }
}

impl EventLoop {
    /// Returns the loop's driver, if it is a `D`.
    ///
    /// ```
    /// # mod groundup { pub use groundup_executor::*; }
    /// use groundup::{EventLoop, ThreadPark, Virtual};
    ///
    /// let event_loop = EventLoop::builder().virtual_time().build();
    /// assert!(event_loop.driver::<Virtual>().is_some());
    /// assert!(event_loop.driver::<ThreadPark>().is_none());
    /// ```
    pub fn driver<D: Driver>(&self) -> Option<Rc<D>> {
        self.inner.driver().of_type()
    }

    /// Replaces the driver and returns the one before. The loop's [`time`](EventLoop::time)
    /// does not go back, the deadlines stay as they are, and calls from other threads
    /// unpark the new driver. The driver may be replaced while the loop runs; then the next
    /// park uses the new one.
    ///
    /// # Panics
    ///
    /// If the loop is closed, or if the driver is replaced from inside one of its own
    /// methods.
    ///
    /// ```
    /// # mod groundup { pub use groundup_executor::*; }
    /// use std::rc::Rc;
    /// use std::time::Duration;
    ///
    /// use groundup::{EventLoop, Virtual, sleep};
    ///
    /// let event_loop = EventLoop::new(); // on the real clock
    /// let nap = event_loop.spawn(sleep(Duration::from_secs(3600)));
    /// event_loop.step().unwrap();
    /// event_loop.replace_driver(Rc::new(Virtual::new()));
    /// event_loop.run_until_done(nap).unwrap(); // in no time
    /// assert!(event_loop.time().since_start() >= Duration::from_secs(3600));
    /// ```
    #[track_caller]
    pub fn replace_driver(&self, driver: Rc<dyn Driver>) -> Rc<dyn Driver> {
        self.open().replace_driver(driver)
    }

    /// Returns the value of type `T` that the loop keeps. If there is none, calls `make`
    /// and keeps its result. If `make` itself keeps a value of the same type, that value
    /// stays, and the result of `make` is dropped.
    ///
    /// When the loop is closed, it drops its tasks and then its `Rc`s of the kept values,
    /// the last one kept first. A value that is made during these drops is not kept.
    ///
    /// # Panics
    ///
    /// If the loop is closed.
    ///
    /// ```
    /// # mod groundup { pub use groundup_executor::*; }
    /// use std::cell::Cell;
    ///
    /// use groundup::EventLoop;
    ///
    /// /// How many connections the loop has.
    /// #[derive(Default)]
    /// struct Connections(Cell<u32>);
    ///
    /// let event_loop = EventLoop::new();
    /// event_loop.keep(Connections::default).0.set(5);
    /// assert_eq!(event_loop.keep(Connections::default).0.get(), 5);
    /// ```
    #[track_caller]
    pub fn keep<T: 'static>(&self, make: impl FnOnce() -> T) -> Rc<T> {
        self.open().kept().get_or_make(make)
    }
}

/// Returns the driver of the running loop if it is a `D`. Returns `None` also if no loop
/// runs.
///
/// ```
/// # mod groundup { pub use groundup_executor::*; }
/// use groundup::{ThreadPark, Virtual, driver, run};
///
/// run(async {
///     assert!(driver::<ThreadPark>().is_some());
///     assert!(driver::<Virtual>().is_none());
/// });
/// assert!(driver::<ThreadPark>().is_none());
/// ```
pub fn driver<D: Driver>() -> Option<Rc<D>> {
    LoopCore::try_current(|inner| inner.driver().of_type()).flatten()
}

/// Calls `act` with the driver of the running loop, if it is a `D`. Costs less than
/// [`driver`], for code that asks in each of its operations. Returns `None` also if no loop runs.
///
/// `act` must call no code that may enter or replace a loop or its driver, such as a waker of
/// another executor: the running loop is borrowed meanwhile, and such a call panics.
///
/// ```
/// # mod groundup { pub use groundup_executor::*; pub mod lowlevel { pub use super::with_driver; } }
/// use groundup::lowlevel::with_driver;
/// use groundup::{Driver, ThreadPark, run};
///
/// run(async {
///     assert!(with_driver(|clock: &ThreadPark| clock.now()).is_some());
/// });
/// assert!(with_driver(|clock: &ThreadPark| clock.now()).is_none());
/// ```
#[inline]
pub fn with_driver<D: Driver, R>(act: impl FnOnce(&D) -> R) -> Option<R> {
    LoopCore::try_current(|inner| inner.driver().with_type(act)).flatten()
}

/// Returns the value of type `T` that the running loop keeps, made by `make` if there is
/// none. See [`EventLoop::keep`].
///
/// # Panics
///
/// Outside a running loop.
///
/// ```
/// # mod groundup { pub use groundup_executor::*; }
/// use std::cell::Cell;
///
/// use groundup::{keep, run};
///
/// #[derive(Default)]
/// struct Orders(Cell<u32>);
///
/// fn order() -> u32 {
///     let orders = keep(Orders::default);
///     orders.0.set(orders.0.get() + 1);
///     orders.0.get()
/// }
///
/// run(async {
///     assert_eq!((order(), order()), (1, 2));
/// });
/// run(async {
///     assert_eq!(order(), 1);
/// });
/// ```
#[track_caller]
pub fn keep<T: 'static>(make: impl FnOnce() -> T) -> Rc<T> {
    Scheduler::touch(Touched::Loop, Access::Write);
    LoopCore::current("keep").kept().get_or_make(make)
}

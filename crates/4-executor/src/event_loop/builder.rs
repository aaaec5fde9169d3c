//! The options of a new loop: clock, schedule, trace, debug mode.
//!
//! The problem: the same program should run unchanged on the real clock and on a clock that
//! jumps, in the usual order and in every other, silent and observed. All these options are
//! set here, and the program does not see them.
//!
//! Invariant: an option that is not set costs nothing.
//!
//! Read next: `event_loop/debugging.rs`.

use std::fmt;
use std::rc::Rc;
use std::time::Duration;

use groundup_task::trace::{Chooser, Replay, Seeded, Sink};
use groundup_task::{ExceptionHandler, Report};

use super::{EventLoop, debugging};
use crate::driver::real_time::ThreadPark;
use crate::driver::virtual_time::Virtual;
use crate::driver::{Driver, nanos};
use crate::error::BuildError;
use crate::iteration::checks::Checks;

/// The options of a new loop, from [`EventLoop::builder`] to [`build`](Builder::build).
///
/// ```
/// # mod groundup { pub use groundup_executor::*; pub use groundup_executor::trace; }
/// use std::time::Duration;
///
/// use groundup::trace::Recorder;
/// use groundup::{EventLoop, sleep};
///
/// let recorder = Recorder::new();
/// let event_loop = EventLoop::builder()
///     .virtual_time()
///     .seed(7)
///     .trace(recorder.clone())
///     .debug(true)
///     .build();
/// event_loop.run_until_complete(sleep(Duration::from_secs(3))).unwrap();
/// assert!(recorder.text().contains("timer#1 at 3.000"));
/// ```
#[derive(Default)]
pub struct Builder {
    pub(super) driver: Option<Rc<dyn Driver>>,
    chooser: Option<Box<dyn Chooser>>,
    sink: Option<Box<dyn Sink>>,
    handler: Option<ExceptionHandler>,
    /// The shortest step that debug mode reports, or that debug mode is off; `None` if neither was
    /// said.
    pub(super) debug: Option<Option<Duration>>,
    pub(super) idle_report: Option<Duration>,
    pub(super) circle_report: Option<Duration>,
    timer_resolution: Option<Duration>,
}

impl EventLoop {
    /// Makes a [`Builder`] with the default options; [`build`](Builder::build) makes the
    /// loop.
    ///
    /// ```
    /// # mod groundup { pub use groundup_executor::*; }
    /// let event_loop = groundup::EventLoop::builder().build();
    /// assert!(!event_loop.is_debug());
    /// ```
    pub fn builder() -> Builder {
        Builder::default()
    }
}

impl Builder {
    /// Selects a clock that jumps to the next deadline whenever nothing is ready. On it the
    /// loop reports a deadlock where it would hang on the real clock.
    ///
    /// ```
    /// # mod groundup { pub use groundup_executor::*; }
    /// use std::time::Duration;
    ///
    /// use groundup::{EventLoop, RunError, sleep};
    ///
    /// let event_loop = EventLoop::builder().virtual_time().build();
    /// let century = Duration::from_secs(100 * 365 * 86_400);
    /// event_loop.run_until_complete(sleep(century)).unwrap();
    /// let hangs = event_loop.run_until_complete(std::future::pending::<()>());
    /// assert!(matches!(hangs, Err(RunError::Deadlock(_))));
    /// ```
    #[doc(alias = "pause")]
    #[must_use]
    pub fn virtual_time(self) -> Self {
        self.driver(Virtual::new())
    }

    /// Draws the order of the entries that are ready in an iteration from `seed`. On
    /// virtual time the same seed gives the same run, to the byte of its trace. On the real
    /// clock, timers may still become ready in different iterations.
    ///
    /// ```
    /// # mod groundup { pub use groundup_executor::*; }
    /// use std::{cell::RefCell, rc::Rc};
    ///
    /// use groundup::EventLoop;
    ///
    /// let order = |seed| {
    ///     let event_loop = EventLoop::builder().seed(seed).build();
    ///     let order = Rc::new(RefCell::new(String::new()));
    ///     for message in ["a", "b", "c", "d", "e"] {
    ///         let order = order.clone();
    ///         event_loop.call_soon(move || order.borrow_mut().push_str(message));
    ///     }
    ///     event_loop.stop();
    ///     event_loop.run_forever().unwrap();
    ///     order.take()
    /// };
    /// assert_eq!(order(1), order(1));
    /// assert_ne!(order(1), order(2));
    /// ```
    #[must_use]
    pub fn seed(self, seed: u64) -> Self {
        self.chooser(Seeded::new(seed))
    }

    /// Replays recorded choices of order; after the last one, entries run first in, first
    /// out.
    ///
    /// ```
    /// # mod groundup { pub use groundup_executor::*; pub use groundup_executor::trace; }
    /// use groundup::trace::{Recording, Seeded};
    /// use groundup::EventLoop;
    ///
    /// let recording = Recording::new(Seeded::new(7));
    /// let first = EventLoop::builder().virtual_time().chooser(recording.clone()).build();
    /// // ... the run that fails ...
    /// let again = EventLoop::builder().virtual_time().choices(recording.choices()).build();
    /// # drop((first, again));
    /// ```
    #[must_use]
    pub fn choices(self, choices: Vec<usize>) -> Self {
        self.chooser(Replay::new(choices))
    }

    /// Sets the chooser, which decides the order of the ready entries.
    ///
    /// ```
    /// # mod groundup { pub use groundup_executor::*; pub use groundup_executor::trace; }
    /// use groundup::trace::{Choice, Chooser};
    /// use groundup::EventLoop;
    ///
    /// struct Last;
    ///
    /// impl Chooser for Last {
    ///     fn choose(&mut self, _: Choice, options: usize) -> usize {
    ///         options - 1
    ///     }
    /// }
    ///
    /// let event_loop = EventLoop::builder().chooser(Last).build();
    /// # event_loop.run_until_complete(async {}).unwrap();
    /// ```
    #[must_use]
    pub fn chooser(mut self, chooser: impl Chooser + 'static) -> Self {
        self.chooser = Some(Box::new(chooser));
        self
    }

    /// Sends every event to `sink`: a recorder, a writer, or a function.
    ///
    /// ```
    /// # mod groundup { pub use groundup_executor::*; pub use groundup_executor::trace; }
    /// use groundup::trace::Event;
    /// use groundup::EventLoop;
    ///
    /// let event_loop = EventLoop::builder()
    ///     .virtual_time()
    ///     .trace(|event: &Event| println!("{event}"))
    ///     .build();
    /// event_loop.run_until_complete(async {}).unwrap();
    /// ```
    #[must_use]
    pub fn trace(mut self, sink: impl Sink + 'static) -> Self {
        self.sink = Some(Box::new(sink));
        self
    }

    /// Sets the handler of panics and errors that no task awaits. The default writes them
    /// to standard error.
    ///
    /// ```
    /// # mod groundup { pub use groundup_executor::*; }
    /// let event_loop = groundup::EventLoop::builder()
    ///     .exception_handler(|report| println!("told: {report}"))
    ///     .build();
    /// event_loop.call_soon(|| panic!("nobody awaits a callback"));
    /// event_loop.run_until_complete(async {}).unwrap();
    /// ```
    #[must_use]
    pub fn exception_handler(mut self, handler: impl Fn(&Report) + 'static) -> Self {
        self.handler = Some(Rc::new(handler));
        self
    }

    /// Sets the resolution of the timers on the real clock; 1 ms if it is not set. Where several
    /// deadlines lie within one resolution, the loop wakes once for them, at the next whole
    /// multiple of it, so each is served at most that much later. A deadline without another one
    /// near it is served at its nanosecond. More than one second counts as one second. No timer fires before its deadline, and all fire in the
    /// order of their deadlines. With [`Duration::ZERO`] the loop wakes at each deadline. Virtual
    /// time has no resolution. (asyncio rounds every wait up to the millisecond.)
    ///
    /// ```
    /// # mod groundup { pub use groundup_executor::*; }
    /// use std::time::Duration;
    ///
    /// let event_loop = groundup::EventLoop::builder().timer_resolution(Duration::ZERO).build();
    /// # event_loop.run_until_complete(async {}).unwrap();
    /// ```
    #[must_use]
    pub fn timer_resolution(mut self, resolution: Duration) -> Self {
        self.timer_resolution = Some(resolution.min(Duration::from_secs(1)));
        self
    }

    /// Makes the loop.
    ///
    /// # Panics
    ///
    /// If [`MAX_LOOPS`](groundup_task::MAX_LOOPS) loops (4,093) are alive in the process;
    /// [`try_build`](Builder::try_build) returns an error instead.
    ///
    /// ```
    /// # mod groundup { pub use groundup_executor::*; }
    /// let event_loop = groundup::EventLoop::builder().build();
    /// # event_loop.run_until_complete(async {}).unwrap();
    /// ```
    #[track_caller]
    pub fn build(self) -> EventLoop {
        match self.try_build() {
            Ok(event_loop) => event_loop,
            Err(error) => panic!("{error}"),
        }
    }

    /// Makes the loop, or returns an error if the process has too many.
    ///
    /// # Errors
    ///
    /// [`BuildError::TooManyLoops`].
    ///
    /// ```
    /// # mod groundup { pub use groundup_executor::*; }
    /// use groundup::{BuildError, EventLoop};
    ///
    /// match EventLoop::builder().try_build() {
    ///     Ok(event_loop) => event_loop.run_until_complete(async {}).unwrap(),
    ///     Err(BuildError::TooManyLoops) => println!("close one that is not used"),
    ///     Err(other) => unreachable!("{other}"),
    /// }
    /// ```
    pub fn try_build(self) -> Result<EventLoop, BuildError> {
        let driver = self.driver.unwrap_or_else(|| Rc::new(ThreadPark::new()));
        let event_loop = EventLoop::assemble(driver)?;
        event_loop.set_chooser(self.chooser);
        event_loop.set_trace(self.sink);
        event_loop.set_exception_handler(self.handler);
        let (slow, idle) = match self.debug {
            Some(None) => (None, None), // a loop that says no
            _ => debugging::defaults(),
        };
        let circles = self.circle_report.or(idle.map(|_| debugging::CIRCLES));
        let checks = Checks::new(self.idle_report.or(idle), circles);
        event_loop.inner.set_checks(checks);
        event_loop.set_debug(self.debug.unwrap_or(slow));
        if let Some(resolution) = self.timer_resolution {
            (event_loop.inner.timers()).set_resolution(nanos(resolution));
        }
        Ok(event_loop)
    }
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("debug", &self.debug)
            .finish_non_exhaustive()
    }
}

//! Choosing what a loop is made of: clock, schedule, trace, debugging.
//!
//! The problem: the same program, unchanged, on the real clock and on one that
//! jumps, in the usual order and in every other, silent and watched. All four
//! choices are made here and nowhere in the program.
//!
//! Invariant: what is not chosen costs nothing.
//!
//! Read next: the facade.

use std::fmt;
use std::rc::Rc;
use std::time::Duration;

use groundup_task::trace::{Chooser, Replay, Seeded, Sink};
use groundup_task::{ExceptionHandler, Report};

use crate::driver::{Driver, ThreadPark, Virtual};
use crate::error::RunError;
use crate::event_loop::EventLoop;

/// asyncio's threshold for a slow callback.
const SLOW: Duration = Duration::from_millis(100);

/// What [`EventLoop::builder`] gives.
#[derive(Default)]
pub struct Builder {
    driver: Option<Rc<dyn Driver>>,
    chooser: Option<Box<dyn Chooser>>,
    sink: Option<Box<dyn Sink>>,
    handler: Option<ExceptionHandler>,
    debug: bool,
    slow: Option<Duration>,
}

impl EventLoop {
    /// Begins to choose; [`build`](Builder::build) ends it.
    pub fn builder() -> Builder {
        Builder::default()
    }
}

impl Builder {
    /// A clock that jumps to the next deadline whenever nothing is ready, and
    /// that reports a deadlock where the real clock would hang.
    #[must_use]
    pub fn virtual_time(self) -> Self {
        self.driver(Virtual::new())
    }

    /// Another outside: a clock and a way to wait.
    #[must_use]
    pub fn driver(mut self, driver: impl Driver + 'static) -> Self {
        self.driver = Some(Rc::new(driver));
        self
    }

    /// The order of everything that is ready in an iteration is drawn from
    /// `seed`. The same seed gives the same run, to the byte of its trace (under
    /// virtual time; the real clock makes its own choices).
    #[must_use]
    pub fn seed(self, seed: u64) -> Self {
        self.chooser(Seeded::new(seed))
    }

    /// The order follows recorded choices; after the last, first in, first out.
    #[must_use]
    pub fn choices(self, choices: Vec<usize>) -> Self {
        self.chooser(Replay::new(choices))
    }

    /// Any other chooser.
    #[must_use]
    pub fn chooser(mut self, chooser: impl Chooser + 'static) -> Self {
        self.chooser = Some(Box::new(chooser));
        self
    }

    /// Every event goes to `sink`.
    #[must_use]
    pub fn trace(mut self, sink: impl Sink + 'static) -> Self {
        self.sink = Some(Box::new(sink));
        self
    }

    /// Debug mode: slow steps and results that nobody took are reported, and so
    /// are tasks over which the loop is closed.
    #[must_use]
    pub fn debug(mut self, on: bool) -> Self {
        self.debug = on;
        self
    }

    /// Who is told of panics and errors that nobody else hears of (L11), instead of
    /// standard error.
    #[must_use]
    pub fn exception_handler(mut self, handler: impl Fn(&Report) + 'static) -> Self {
        self.handler = Some(Rc::new(handler));
        self
    }

    /// How long a step may take before debug mode reports it; 100 ms if not set (L26).
    #[must_use]
    pub fn slow_step(mut self, threshold: Duration) -> Self {
        self.slow = Some(threshold);
        self
    }

    /// Makes the loop.
    ///
    /// # Panics
    ///
    /// If 4094 loops are alive in the process; see [`try_build`](Builder::try_build).
    #[track_caller]
    pub fn build(self) -> EventLoop {
        match self.try_build() {
            Ok(event_loop) => event_loop,
            Err(error) => panic!("{error}"),
        }
    }

    /// Makes the loop.
    ///
    /// # Errors
    ///
    /// [`RunError::TooManyLoops`].
    pub fn try_build(self) -> Result<EventLoop, RunError> {
        let driver = self.driver.unwrap_or_else(|| Rc::new(ThreadPark::new()));
        let event_loop = EventLoop::assemble(driver)?;
        event_loop.set_chooser(self.chooser);
        event_loop.set_trace(self.sink);
        event_loop.set_exception_handler(self.handler);
        if self.debug {
            event_loop.set_debug(true, self.slow.unwrap_or(SLOW));
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

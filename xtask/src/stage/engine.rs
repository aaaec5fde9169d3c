//! Engines: what runs the loop of a program.
//!
//! The problem: the same program should run on every engine, and a run must be begun in another way
//! where a host owns the thread. So a program of the tour gets a loop whose runs ask the engine, and
//! has all other methods of an `EventLoop`.
//!
//! ```text
//!   program ── run_until_complete ──> StageLoop ──> Looped::run ──> the loop itself, or a guest
//!           └─ spawn, call_soon, .. ──────────────> EventLoop
//! ```
//!
//! Invariant: a run takes the same steps in the same iterations on every engine.
//!
//! Read next: `performance.rs`.

use std::cell::Cell;
use std::future::{Future, IntoFuture};
use std::ops::Deref;
use std::pin::Pin;
use std::rc::Rc;

use groundup::{Builder, Driver, EventLoop, RunError, Task, TaskError, ThreadPark, Virtual, stop};

use super::Clock;

/// A main future of any engine.
pub type Main = Pin<Box<dyn Future<Output = ()>>>;

/// What runs loops.
pub trait Engine {
    /// Makes the clock of a program, which its loop has, too.
    fn clock(&self) -> Rc<dyn Driver>;

    /// Makes the loop of a program, on the clock that the engine has made for it.
    fn make(&self, builder: Builder, clock: Rc<dyn Driver>) -> Rc<dyn Looped>;
}

/// A loop, and the way in which it is run.
pub trait Looped {
    /// Returns the loop.
    fn event_loop(&self) -> &EventLoop;

    /// Runs the loop until `main` is done.
    ///
    /// # Errors
    /// As `EventLoop::run_until_complete`.
    fn run(&self, main: Main) -> Result<(), RunError>;

    /// Runs the loop until it is stopped.
    ///
    /// # Errors
    /// As `EventLoop::run_forever`.
    fn run_forever(&self) -> Result<(), RunError>;
}

/// The engines of the tour: the loop runs by itself.
impl Engine for Clock {
    fn clock(&self) -> Rc<dyn Driver> {
        match self {
            Clock::Real => Rc::new(ThreadPark::new()),
            Clock::Virtual => Rc::new(Virtual::new()),
        }
    }

    fn make(&self, builder: Builder, clock: Rc<dyn Driver>) -> Rc<dyn Looped> {
        Rc::new(builder.driver_rc(clock).build())
    }
}

impl Looped for EventLoop {
    fn event_loop(&self) -> &EventLoop {
        self
    }

    fn run(&self, main: Main) -> Result<(), RunError> {
        self.run_until_complete(main)
    }

    fn run_forever(&self) -> Result<(), RunError> {
        EventLoop::run_forever(self)
    }
}

/// The default loop of a program: an [`EventLoop`] whose runs ask the engine.
#[derive(Clone)]
pub struct StageLoop(pub(super) Rc<dyn Looped>);

impl Deref for StageLoop {
    type Target = EventLoop;

    fn deref(&self) -> &EventLoop {
        self.0.event_loop()
    }
}

impl StageLoop {
    /// Runs the loop until `main` is done, and returns its value.
    ///
    /// # Errors
    /// As `EventLoop::run_until_complete`.
    pub fn run_until_complete<F>(&self, main: F) -> Result<F::Output, RunError>
    where
        F: IntoFuture,
        F::IntoFuture: 'static,
        F::Output: 'static,
    {
        let output = Rc::new(Cell::new(None));
        let (main, place) = (main.into_future(), output.clone());
        let main = async move { place.set(Some(main.await)) };
        self.0.run(Box::pin(main))?;
        Ok(output.take().expect("a main that is done has its output"))
    }

    /// Runs the loop until `task` is done, and returns its value.
    ///
    /// # Errors
    /// As `EventLoop::run_until_done`.
    pub fn run_until_done<T: 'static>(&self, mut task: Task<T>) -> Result<T, RunError> {
        let stops = task.add_done_callback(stop);
        let ran = self.0.run_forever();
        task.remove_done_callback(&stops);
        ran?;
        match task.take_result() {
            Some(Ok(value)) => Ok(value),
            Some(Err(TaskError::Panicked(panic))) => panic.resume(),
            Some(Err(error)) => Err(RunError::Task(error)),
            None => Err(RunError::Stopped),
        }
    }

    /// Runs the loop until it is stopped.
    ///
    /// # Errors
    /// As `EventLoop::run_forever`.
    pub fn run_forever(&self) -> Result<(), RunError> {
        self.0.run_forever()
    }
}

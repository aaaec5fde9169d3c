//! Engines: what runs the loop of a scenario.
//!
//! The problem: the recorded traces are those of every engine whose clock can jump, also of one in
//! which another runtime owns the thread. Such an engine begins a run in a way of its own.
//!
//! Invariant: a run ends when the loop is stopped, or when nothing can happen any more.
//!
//! Read next: `steps.rs`.

use groundup::{Builder, EventLoop, RunError};

/// Says why a run has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rest {
    /// The loop was stopped.
    Stopped,
    /// Nothing is ready, and nothing can happen any more.
    Nothing,
}

/// What runs loops.
pub trait Engine {
    /// Makes a loop.
    fn make(&self, builder: Builder) -> Box<dyn Driven>;
}

/// A loop, and the way in which it is run.
pub trait Driven {
    /// Returns the loop.
    fn event_loop(&self) -> &EventLoop;

    /// Runs the loop until it is stopped, or nothing can happen any more.
    ///
    /// # Errors
    /// If the loop cannot be run.
    fn run(&self) -> Result<Rest, RunError>;
}

/// The loop runs by itself, on virtual time.
#[derive(Clone, Copy, Debug, Default)]
pub struct Whole;

impl Engine for Whole {
    fn make(&self, builder: Builder) -> Box<dyn Driven> {
        Box::new(builder.virtual_time().build())
    }
}

impl Driven for EventLoop {
    fn event_loop(&self) -> &EventLoop {
        self
    }

    fn run(&self) -> Result<Rest, RunError> {
        match self.run_forever() {
            Ok(()) => Ok(Rest::Stopped),
            Err(RunError::Deadlock(_)) => Ok(Rest::Nothing),
            Err(error) => Err(error),
        }
    }
}

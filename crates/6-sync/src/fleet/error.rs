//! The errors of a fleet: of its tasks, its loops, its shutdown.
//!
//! The problem: a task in another loop may be cancelled or panic there, and its whole loop may end.
//! The awaiter is in another loop and must learn which of these happened.
//!
//! Invariant: each error is `Send + Sync`, and says the cause and the cure.
//!
//! Read next: `fleet/channel.rs`.

use std::error::Error;
use std::fmt;
use std::time::Duration;

/// How a loop of a fleet ended. [`Fleet::ends`](crate::Fleet::ends) has an example.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LoopEnd {
    /// The fleet was shut down, and its tasks in the loop have ended. The tasks of these tasks may still
    /// clean up.
    ShutDown,
    /// A task or a callback of the loop called `stop`.
    Stopped,
    /// The run of the loop panicked, outside of tasks and callbacks: in a driver, for example. Or it
    /// ended with an error. This is the message.
    Failed(String),
}

impl fmt::Display for LoopEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LoopEnd::ShutDown => f.write_str("it was shut down"),
            LoopEnd::Stopped => f.write_str("a task or a callback has stopped it"),
            LoopEnd::Failed(message) => write!(f, "it failed: {message}"),
        }
    }
}

/// Says why a task of a [`Fleet`](crate::Fleet) gave no value.
///
/// ```
/// # mod groundup { pub use groundup_sync::{*, executor::*}; }
/// use groundup::{Fleet, FleetError, run};
///
/// # std::panic::set_hook(Box::new(|_| ()));
/// run(async {
///     let fleet = Fleet::new(2);
///     let broken = fleet.spawn_on(0, async || panic!("no wind"));
///     assert_eq!(broken.await, Err::<(), _>(FleetError::Panicked("no wind".into())));
/// });
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FleetError {
    /// The task was cancelled.
    Cancelled,
    /// The task panicked, with this message. Its loop goes on.
    Panicked(String),
    /// The loop with this number ended before the task.
    LoopEnded {
        /// Number of the loop.
        number: usize,
        /// How it ended.
        end: LoopEnd,
    },
    /// The fleet was shut down before the task was spawned.
    ShutDown,
    /// An earlier await took the value.
    Taken,
}

impl fmt::Display for FleetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FleetError::Cancelled => f.write_str("the task was cancelled"),
            FleetError::Panicked(message) => write!(f, "the task panicked: {message}"),
            FleetError::LoopEnded { number, end } => write!(
                f,
                "loop {number} of the fleet ended before the task was done ({end}): spawn the task \
                 in another loop, if it may run twice"
            ),
            FleetError::ShutDown => f.write_str(
                "the task was not spawned: its fleet was shut down before; spawn tasks before that, \
                 or make a new fleet",
            ),
            FleetError::Taken => f.write_str(
                "the value was taken before: a FleetTask gives it once; keep what the first await \
                 gave",
            ),
        }
    }
}

impl Error for FleetError {}

/// Says that a fleet had not ended within a limit, and which loops kept it.
/// [`Fleet::join`](crate::Fleet::join) has an example.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnfinishedLoops {
    /// Number of each loop that has not ended, and of its tasks that have not. A loop without a task of
    /// the fleet ends its other tasks, or waits for the jobs of its [`default_pool`](crate::default_pool).
    pub loops: Vec<(usize, usize)>,
    /// The limit.
    pub limit: Duration,
}

impl fmt::Display for UnfinishedLoops {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the fleet has not ended within {:?}", self.limit)?;
        for (at, (number, tasks)) in self.loops.iter().enumerate() {
            let before = if at == 0 { ": " } else { ", " };
            match tasks {
                0 => write!(
                    f,
                    "{before}loop {number} has no task of the fleet, and ends its other tasks and its \
                     jobs"
                )?,
                1 => write!(f, "{before}loop {number} has 1 task")?,
                tasks => write!(f, "{before}loop {number} has {tasks} tasks")?,
            }
        }
        f.write_str(
            ". Call cancel_tasks, and join once more; a step that blocks must end by itself",
        )
    }
}

impl Error for UnfinishedLoops {}

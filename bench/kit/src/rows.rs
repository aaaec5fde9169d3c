//! The rows, grouped by the traits that a system needs for them.
//!
//! | module | needs | rows |
//! |---|---|---|
//! | [`tasks`] | [`System`] | spawn_join, yield_many, yield_one, hand_off, call_soon_chain, call_soon_fanout |
//! | [`depth`] | [`System`] | deep_await |
//! | [`threads`] | [`System`] | cross_thread_wake, remote_wake |
//! | [`memory`] | [`System`], [`Timers`] | idle_task, timer |
//! | [`timers`] | [`Timers`] | timer_set_cancel, timer_fire, timer_virtual, timeout |
//! | [`groups`] | [`Groups`] | gather, wait_first, as_completed, select2 |
//!
//! The rows about generators (generator_sum, interleave, ...) share no work that
//! could be written here: each system that has generators contains these rows.
//!
//! Invariants: `serve` of a module returns `None` for a row that is not its own and
//! never panics for it. Every row asserts its own result.
//!
//! Read next: [`tasks`].
//!
//! [`System`]: crate::System
//! [`Timers`]: crate::Timers
//! [`Groups`]: crate::Groups

pub mod depth;
pub mod groups;
pub mod memory;
pub mod tasks;
pub mod threads;
pub mod timers;

use crate::{Groups, Sample, System, Timers, Work};

/// Runs a row that needs only tasks.
pub fn of_system<S: System>(row: &str, work: Work) -> Option<Sample> {
    tasks::serve::<S>(row, work)
        .or_else(|| depth::serve::<S>(row, work))
        .or_else(|| threads::serve::<S>(row, work))
        .or_else(|| memory::serve::<S>(row, work))
}

/// Runs a row that needs timers.
pub fn of_timers<S: Timers>(row: &str, work: Work) -> Option<Sample> {
    timers::serve::<S>(row, work).or_else(|| memory::serve_timer::<S>(row, work))
}

/// Runs a row that needs groups.
pub fn of_groups<S: Groups>(row: &str, work: Work) -> Option<Sample> {
    groups::serve::<S>(row, work)
}

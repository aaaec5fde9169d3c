//! The rows, grouped by the traits that a system needs for them.
//!
//! | module | needs | rows |
//! |---|---|---|
//! | [`tasks`] | [`System`] | spawn_join, yield_many, yield_ring, yield_one, hand_off, wake_ready, one_shot |
//! | [`callbacks`] | [`System`] | call_soon_chain, call_soon_fanout, spawn_chain, spawn_fanout |
//! | [`depth`] | [`System`] | deep_await |
//! | [`threads`] | [`System`] | cross_thread_wake, remote_wake |
//! | [`memory`] | [`System`], [`Timers`] | idle_task, timer |
//! | [`timers`] | [`Timers`] | timer_set_cancel, timer_drop, timer_fire, timeout |
//! | [`children`] | [`Children`] | gather, wait_first, wait_first_shuffled, wait_first_yields, as_completed, as_completed_shuffled |
//! | [`sharing`] | [`Queues`], [`Locks`], [`Permits`] | queue_stream_1, _16, _1024, queue_pingpong, lock, lock_contended, semaphore, semaphore_contended |
//! | [`sharing`] | [`Oneshots`] | oneshot |
//! | [`blocking`] | [`Blocking`] | blocking_batch, blocking_batch_defaults, blocking_seq |
//! | [`in_place`] | [`InPlace`] | join, unordered, unordered_shuffled, select2, select2_ready, select2_biased, select2_biased_ready |
//!
//! The words, sizes and aims of the rows stand in `driver/src/rows/list.rs`, once. The rows
//! about generators (generator_sum, interleave, ...) share no work that could be written
//! here: each system that has generators contains these rows.
//!
//! Invariants: `serve` of a module returns `None` for a row that is not its own and
//! never panics for it. Every row asserts its own result.
//!
//! Read next: [`tasks`].
//!
//! [`System`]: crate::System
//! [`Timers`]: crate::Timers
//! [`Children`]: crate::Children
//! [`InPlace`]: crate::InPlace
//! [`Queues`]: crate::Queues
//! [`Oneshots`]: crate::Oneshots
//! [`Locks`]: crate::Locks
//! [`Permits`]: crate::Permits
//! [`Blocking`]: crate::Blocking

pub mod blocking;
pub mod callbacks;
pub mod children;
pub mod depth;
pub mod in_place;
pub mod memory;
pub mod sharing;
pub mod sockets;
pub mod tasks;
pub mod threads;
pub mod timers;

use crate::sockets::Sockets;
use crate::{
    Blocking, Children, InPlace, Locks, Oneshots, Permits, Queues, Sample, System, Timers, Work,
};

/// Runs a row that needs only tasks.
pub fn of_system<S: System>(row: &str, work: Work) -> Option<Sample> {
    tasks::serve::<S>(row, work)
        .or_else(|| callbacks::serve::<S>(row, work))
        .or_else(|| depth::serve::<S>(row, work))
        .or_else(|| threads::serve::<S>(row, work))
        .or_else(|| memory::serve::<S>(row, work))
}

/// Runs a row that needs timers.
pub fn of_timers<S: Timers>(row: &str, work: Work) -> Option<Sample> {
    timers::serve::<S>(row, work).or_else(|| memory::serve_timer::<S>(row, work))
}

/// Runs a row about children that are tasks.
pub fn of_children<S: Children>(row: &str, work: Work) -> Option<Sample> {
    children::serve::<S>(row, work)
}

/// Runs a row about two futures in place.
pub fn of_select<S: InPlace>(row: &str, work: Work) -> Option<Sample> {
    in_place::serve_select::<S>(row, work)
}

/// Runs a row about many futures in place. A system without a set of its own does not serve
/// these rows: its users take the set of another system.
pub fn of_sets<S: InPlace>(row: &str, work: Work) -> Option<Sample> {
    in_place::serve_sets::<S>(row, work)
}

/// Runs a row about queues.
pub fn of_queues<S: Queues>(row: &str, work: Work) -> Option<Sample> {
    sharing::serve_queues::<S>(row, work)
}

/// Runs a row about channels for one value.
pub fn of_oneshots<S: Oneshots>(row: &str, work: Work) -> Option<Sample> {
    sharing::serve_oneshots::<S>(row, work)
}

/// Runs a row about locks.
pub fn of_locks<S: Locks>(row: &str, work: Work) -> Option<Sample> {
    sharing::serve_locks::<S>(row, work)
}

/// Runs a row about semaphores.
pub fn of_permits<S: Permits>(row: &str, work: Work) -> Option<Sample> {
    sharing::serve_permits::<S>(row, work)
}

/// Runs a row about jobs on threads.
pub fn of_blocking<S: Blocking>(row: &str, work: Work) -> Option<Sample> {
    blocking::jobs::<S>(row, work).map(S::run)
}

/// Runs a row about TCP.
pub fn of_sockets<S: System + Sockets>(row: &str, work: Work) -> Option<Sample> {
    sockets::tcp::<S>(row, work).map(S::run)
}

/// Runs a row about TCP on io_uring.
pub fn of_uring<S: System + Sockets>(row: &str, work: Work) -> Option<Sample> {
    sockets::uring::<S>(row, work).map(S::run)
}

//! Floor 5 of groundup: everything that waits for several things at once.
//!
//! The problem: a program rarely wants one thing. It wants all of them, or the
//! first, or each as it comes, or one unless it takes too long; and it wants to
//! know what becomes of the others. That is the toolbox of the second source
//! document, with asyncio's meaning to the iteration.
//!
//! | | go on when one fails | stop at the first failure |
//! |---|---|---|
//! | **wait for all** | [`gather()`] with `return_exceptions`, [`wait`], [`join`] | [`gather()`], [`try_gather`], [`try_join`], [`task_group`] |
//! | **wait for the first** | [`race_ok`], [`as_completed`], [`wait`] with `FirstCompleted` | [`race`], [`select`] |
//!
//! Around one thing: [`timeout`], [`wait_for`], [`Deadline`], [`shield`]. Over many
//! of a kind: [`async_map`], [`buffered`], [`buffer_unordered`], [`merge`], [`zip`].
//!
//! # How they are built
//!
//! ```text
//!   tasks of the loop            gather, wait, as_completed, shield, task_group,
//!   (they run by themselves)     async_map, buffered, merge, zip
//!        | each end is told to a watcher, one iteration later
//!        v
//!   futures in place             join, try_join, race, race_ok, select
//!   (they run when polled)       nothing is spawned, any executor will do
//!
//!   a region and an alarm        timeout, wait_for, Deadline
//! ```
//!
//! # Iterations from cause to effect
//!
//! | cause | effect | iterations |
//! |---|---|---|
//! | the last child of a `gather` ends | its waiter steps | 2 |
//! | a member of a `wait`, in any mode, ends | the waiter steps | 2 |
//! | a member of an `as_completed` ends | its reader steps | 2 |
//! | a shielded task ends | the waiter steps | 2 |
//! | the last child of a task group ends | the block goes on | 2 |
//! | the future under a `timeout` is done | the awaiter goes on | 0 |
//! | a deadline passes | the cancel is delivered | 1 |
//!
//! # Under another executor
//!
//! `join`, `try_join`, `race`, `race_ok` and `select` over bare futures work
//! anywhere. What makes tasks needs a loop of this library to run them: called
//! without one it panics and says so. Once made, it can be awaited from anywhere
//! on the loop's thread.
//!
//! # Invariants
//!
//! 1. Results stand in argument order, whatever the order of the ends.
//! 2. Nothing that is awaited ends without its watchers being told once.
//! 3. When a combinator is over, it has left no registration, no timer and no task
//!    behind, but those that its row in the cancel table lets run on.
//!
//! # Who is cancelled when
//!
//! | the children, when | is cancelled | is dropped | times out | one child fails: the others |
//! |---|---|---|---|---|
//! | `gather` | cancelled; the first end is awaited | cancelled | cancelled; the first end is awaited | run on |
//! | `gather, return_exceptions` | cancelled and awaited | cancelled | cancelled and awaited | run on |
//! | `try_gather` | cancelled; the first end is awaited | cancelled | cancelled; the first end is awaited | run on |
//! | `wait` | run on | run on | run on | run on |
//! | `WaitSet::wait` | run on | run on | run on | run on |
//! | `as_completed` | run on | run on | run on | run on |
//! | `wait_for` | cancelled and awaited | futures dropped, tasks run on | cancelled and awaited | (there are no others) |
//! | `timeout` | cancelled and awaited | futures dropped, tasks run on | cancelled and awaited | (there are no others) |
//! | `shield` | run on | run on | run on | (there are no others) |
//! | `task_group` | cancelled and awaited | cancelled | cancelled and awaited | cancelled and awaited |
//! | `race` | futures dropped, tasks cancelled | futures dropped, tasks cancelled | futures dropped, tasks cancelled | futures dropped, tasks cancelled |
//! | `race_ok` | futures dropped, tasks cancelled | futures dropped, tasks cancelled | futures dropped, tasks cancelled | run on |
//! | `join` | futures dropped, tasks run on | futures dropped, tasks run on | futures dropped, tasks run on | run on |
//! | `try_join` | futures dropped, tasks run on | futures dropped, tasks run on | futures dropped, tasks run on | futures dropped, tasks run on |
//! | `select` | futures dropped, tasks run on | futures dropped, tasks run on | futures dropped, tasks run on | futures dropped, tasks run on |
//! | `async_map` | run on | cancelled | run on | run on |
//! | `merge` | run on | cancelled | run on | run on |
//! | `zip` | run on | cancelled | run on | run on |
//! | `buffered` | run on | cancelled | run on | run on |
//! | `buffer_unordered` | run on | cancelled | run on | run on |
//!
//! Who is cancelled when who is cancelled stands in `table.rs`, as data that the
//! tests run.
//!
//! Read next: `timeout.rs`, then `gather.rs`.
#![forbid(unsafe_code)]
pub use groundup_executor as executor;
pub use groundup_executor::{generator, interweave, task, trace};

mod as_completed;
mod buffered;
mod deadline;
mod flight;
mod gather;
mod gather_error;
mod iterables;
mod join;
mod map;
mod maybe_async;
mod members;
mod merge;
mod outer;
mod places;
mod pump;
mod race;
mod run_on;
mod running;
mod select;
mod shield;
mod table;
mod task_group;
mod timeout;
mod together;
mod turns;
mod wait;
mod wait_for;
mod zip;

pub use as_completed::{AsCompleted, AsCompletedTimeout, Completed, as_completed};
pub use buffered::{Buffered, buffer_unordered, buffered};
pub use deadline::{Deadline, DeadlineError};
pub use gather::{
    Gather, GatherHandle, GatherOutcomes, Gathered, Outcomes, TryGathered, gather, gather_tuple,
    try_gather,
};
pub use gather_error::{Cancellable, GatherError};
pub use iterables::Iterables;
pub use join::{JoinAll, TryJoinAll, join, try_join};
pub use map::{AsyncMap, async_map};
pub use maybe_async::{MaybeAsync, plain};
pub use members::{Many, Members, Tuple};
pub use merge::{IntoStreams, Merge, merge};
pub use places::IntoPlaces;
pub use race::{IntoContenders, Race, RaceOk, race, race_ok};
pub use run_on::RunOn;
pub use select::{Select, Selected, select};
pub use shield::{Shield, shield};
pub use table::{CANCEL_TABLE, CancelRow, Fate, Mishap, cancel_table};
pub use task_group::{
    Child, ChildEnded, ChildError, GroupClosed, GroupError, TaskGroup, cancellable_group,
    task_group,
};
pub use timeout::{Elapsed, Timeout, timeout, timeout_at};
pub use wait::{MemberId, ReturnWhen, SetWait, Wait, WaitSet, Waitable, wait};
pub use wait_for::wait_for;
pub use zip::{Zip, Zippable, zip};

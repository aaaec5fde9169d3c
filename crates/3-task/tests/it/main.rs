//! The tests of floor 3.
//!
//! ```text
//!   rules_*  kernel_*     a rule or a promise of this floor each
//!   after_the_end         what a handle answers when its task has ended
//!   cancel_owners         what becomes of a cancel whose owner is dropped
//!   caught_panics         the place of a cancel after a panic that was caught in the step
//!   causes  costs         what a trace says of a wake; how much work a cancel is
//!   handles               a handle as a future, as a clone, after the end, without a reader
//!   held_up               whom the report of a slow step names
//!   holders               reports that follow a lock to its holder
//!   last_moments          `cancel()` while a task ends
//!   leftovers             the counts of a scheduler, and the names of what it holds
//!   reentry               calls into the scheduler from code that it runs
//!   step_word             what a combinator knows without a look at the scheduler
//!   props                 random programs beside a model
//!   drive                 the driver of all of these
//! ```
//!
//! Tests beside these: `memory.rs` has the allocator of the whole process, the files of `unit/`
//! belong to pages of `src/`, and the programs of `ui/` must not compile (package `refusals`).
//!
//! Read next: `drive.rs`, then `rules_task.rs`.

mod after_the_end;
mod cancel_owners;
mod caught_panics;
mod causes;
mod costs;
mod drive;
mod handles;
mod held_up;
mod holders;
mod kernel_edges;
mod kernel_panics;
mod kernel_tickets;
mod kernel_waiters;
mod last_moments;
mod leftovers;
mod props;
mod reentry;
mod rules_cancel;
mod rules_future;
mod rules_task;
mod shared_handles;
mod step_word;

//! Floor 5 of groundup: everything that waits for several things at once.
//!
//! # The problem
//!
//! A program rarely waits for one thing. It waits for all of several things, for the first of
//! them, or for one thing with a time limit. It also needs to know the fate of the things that it
//! stops waiting for. This crate has a tool for each of these cases. Where asyncio has the same
//! tool, this crate keeps its semantics, and needs the same number of loop iterations or fewer.
//!
//! The tools wait for *children*: tasks, or futures that the tool polls. Two questions sort the
//! tools. Does the caller wait until all children have ended, or until the first child has? And
//! does the wait end early when a child fails? (The cancel table below has the fate of the other
//! children.) A *failure* is
//!
//! - a panic or a cancel for [`gather()`], and also an `Err` for [`try_gather`];
//! - a panic for [`wait()`]; with [`errors_count`](Wait::errors_count) also an `Err`;
//! - a panic or an `Err` for the groups;
//! - an `Err` for the tools that poll futures: [`join`], [`race`] and the like.
//!
//! | | the wait goes on after a failure | the wait ends at the first failure |
//! |---|---|---|
//! | **wait for all** | [`gather()`] with `return_exceptions`, [`wait()`], [`join`] | [`gather()`], [`try_gather`], [`try_join`], [`task_group`], [`borrowing_group`], [`wait()`] with `FirstException` |
//! | **wait for the first** (or the next) | [`race_ok`], [`as_completed`] | [`race`], [`select`], [`wait()`] with `FirstCompleted` |
//!
//! [`timeout`], [`wait_for`], [`Deadline`] and [`shield`] wrap one future. [`async_map`] calls
//! one function for many items. [`buffered`], [`buffer_unordered`], [`merge`] and [`zip`] work
//! on streams, and [`interval`] is a stream of times.
//!
//! ```
//! # mod groundup { pub use groundup_combinators::{*, executor::*}; }
//! use groundup::{gather, run_virtual, sleep, time};
//! use std::time::Duration;
//!
//! async fn tea(minutes: u64) -> u64 {
//!     sleep(Duration::from_secs(60 * minutes)).await;
//!     minutes
//! }
//!
//! run_virtual(async {
//!     let cups = gather([tea(3), tea(5), tea(4)]).await;
//!     assert_eq!(cups.unwrap(), [3, 5, 4]); // in the order asked for
//!     assert_eq!(time().since_start(), Duration::from_secs(5 * 60)); // not 12
//! });
//! ```
//!
//! # The first version
//!
//! `examples/first_combinators.rs` is `gather` and `wait` on the first loop of floor 4:
//! `cargo run -p groundup-combinators --example first_combinators`. Its costs, and the answers
//! of this floor:
//!
//! | the first version | its cost | the answer |
//! |---|---|---|
//! | each task has one waiter | a task is in one wait at a time | any number of groups listen to a task |
//! | each wait registers with all members | a loop of n waits makes n² registrations | a [`WaitSet`] keeps its members registered |
//! | each end wakes the waiter | the waiter looks at all n members | an entry of the ready queue, a *notice*, names the member: `wait/state.rs` |
//! | an `Err` is a value like others, and a panic ends the program | `gather` waits for all children after an `Err`, too | a panic or a cancel ends `gather`, and an `Err` ends `try_gather`: `gather/result.rs` |
//! | no cancel | a caller cannot stop the children | the cancel table below says what each tool does |
//!
//! # The picture
//!
//! A tool holds several things at once as tasks of the loop, or as futures in place:
//!
//! ```text
//!   tasks of the loop             gather, wait, as_completed, shield, task_group,
//!   (they run by themselves)      buffered, async_map, merge, zip
//!
//!     child ends -------------> its group is notified -------------> the waiter steps
//!                 1 iteration                          1 iteration
//!
//!     async_map, merge and zip need no notice: from the end to the step is 1 iteration
//!
//!   futures in place              join, try_join, race, race_ok, select, unordered, borrowing_group
//!   (they run when polled)        timeout, wait_for: one future in a region, and
//!                                 an alarm that cancels it
//!     waiter [ a | b | c ]        polled where they stand; nothing is spawned
//! ```
//!
//! A task costs a slot and one or two iterations. In return it has a name, it can be cancelled
//! by itself, and its panic ends no other task. A task also runs while its waiter awaits something
//! else. A future in place uses no slot and no iteration, and may borrow, but it runs only when the task
//! that holds it polls it. So use tasks for children that are cancelled or awaited one by one, or
//! that may panic. `join` and its relatives work under any executor; `timeout`, `borrowing_group`,
//! and `wait_for` with a limit need a task of a loop.
//!
//! # The cancel table
//!
//! A row is a tool of this crate, and a column is an event. The cell tells the fate of the
//! children. A test checks each cell (`tests/it/cancel_table.rs`), and the table is printed from
//! the data of the test ([`CANCEL_TABLE`]). `crates/testkit/TABLES.md` is the other half: the test kit
//! makes one run for each point at which a tool can be cancelled, dropped or closed. The page has the
//! number of these runs, and of those that broke.
//!
//! | tool | the waiting task is cancelled | the tool is dropped | its time is over | one child fails: the others |
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
//! | `borrowing_group` | cancelled and awaited | futures dropped, tasks run on | cancelled and awaited | cancelled and awaited |
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
//! If the task that waits for a stream or a set is cancelled, only the waiting ends, and the
//! program can read on. In the column "its time is over", a tool without a limit of its own is
//! awaited under a `timeout`. "The first end is awaited" means that all children
//! are cancelled, and that the tool returns when the first of them has ended as cancelled or
//! failed, or when all have ended. If at least one future in place has a `catch_cancel` region, a
//! cancel drops no future of the tool. Instead the first of these regions, in argument order,
//! catches the cancel, and the tool goes on.
//!
//! # Iterations from cause to effect
//!
//! An effect takes as many iterations as in CPython, or fewer (`tests/it/rules.rs`).
//!
//! | cause | effect | iterations |
//! |---|---|---|
//! | a future under `timeout` or `wait_for` is done | the waiter goes on | 0 |
//! | a future in a `join`, `race`, `select` or `unordered` is done | the waiter goes on | 0 |
//! | all children of a `gather` were done before | the waiter goes on | 0 |
//! | a task under `wait_for` ends | the waiter steps | 1 |
//! | the task of the next result of an `async_map` ends | the waiter steps | 1 |
//! | a stream under `merge` or `zip` has an item | the waiter steps | 1 |
//! | a deadline has passed | the future under it receives the cancel | 1 |
//! | the last child of a `gather` ends, or the first that fails | the waiter steps | 2 |
//! | a member of a `wait`, in any mode, ends | the waiter steps | 2 |
//! | a member of an `as_completed` or `buffered` ends | the waiter steps | 2 |
//! | a shielded task ends | the waiter steps | 2 |
//! | the last child of a task group ends | the block goes on | 2 |
//!
//! # Under another executor
//!
//! | where | what works |
//! |---|---|
//! | anywhere: `block_on`, tokio | [`join`], [`try_join`], [`race`], [`race_ok`], [`select`], [`unordered`]; [`wait_for`] without a limit |
//! | in a task of a loop, but polled by a foreign combinator (`FuturesUnordered`, `select!`) | every tool; deadlines and groups cancel their own futures and children |
//! | under a foreign combinator, when the task is cancelled | the task ends: no region inside the foreign combinator can catch the cancel |
//! | in a task that awaits a foreign combinator and, beside it, a gather, when the task is cancelled | the task ends, and the cancel does not go to the gather first |
//! | where no loop runs | `gather`, `wait` and `shield` of a task use the loop of that task; otherwise a tool that makes tasks panics: "no running event loop: gather makes tasks, which only a loop can run; call it inside one (...)" |
//! | outside a task | `timeout`, `wait_for` with a limit, `task_group` and `borrowing_group` panic: "no running event loop: timeout works only inside a task of one; ..." |
//!
//! # Edge cases and misuse
//!
//! | case | behaviour (`tests/it/misuse.rs`) |
//! |---|---|
//! | `gather`, `join`, `as_completed`, `unordered`, `async_map` or a group of nothing | is done at once, with an empty result |
//! | [`wait()`] for nothing, [`race`] without racers | panics: it could never end |
//! | the same task two times | one handle two times does not compile; a handle and its clone work: the task runs once, and the result has its value two times |
//! | a timeout of zero | the future under it runs to its first suspension; [`wait_for`] does not begin it |
//! | a timeout of `Duration::MAX` | never ends |
//! | a limit or a buffer of 0, a period of zero | panics: give it at least 1 |
//! | an interval that is polled in a second loop | panics: its times are of the first loop |
//! | a child that panics | as a task: an item or an error for its waiter; in place: a panic of the holder |
//! | a child that cancels its own parent | the parent is cancelled; the cancel table tells the fate of its children |
//! | a spawn in a group that has ended | the future is dropped, and the child is done from the beginning, with [`ChildEnded::Refused`]; `try_spawn` returns [`GroupClosed`] |
//! | a poll after the end | panics with a message that says so; a stream returns `None` again |
//!
//! # Invariants
//!
//! 1. Results in a list or a tuple stand in argument order, also if the children end in another
//!    order.
//! 2. A waiter that waits for the first or the last end is woken once. A waiter that takes each
//!    end is woken for each end.
//! 3. When a combinator is over, it leaves no registration and no timer behind, and no task
//!    except those that its row in the cancel table lets run on.
//! 4. The cost of an event does not grow with the number of other children.
//! 5. A combinator that is polled after its end panics with a message that says so; a stream
//!    that is over returns `None` again.
//!
//! # First path
//!
//! 1. `examples/first_combinators.rs`: the whole idea on one page.
//! 2. `gather.rs`: all children, and the first failure.
//! 3. `gather/children.rs`: how futures become members of a group.
//! 4. `wait/state.rs`: which ends a wait counts, and when it wakes its waiter.
//! 5. `timeout/deadline.rs`: a region with an alarm.
//! 6. `task_group/block.rs`: a block that ends with its children.
//!
//! Examples of this chapter, for `cargo run -p examples --example`: `17_gather`, `18_wait`, `19_task_group`,
//! `20_race`, `21_async_map`, `24_borrowing_group`.
//!
//! The other files are the second reading, which begins at `running.rs`. From there each file names
//! the next, up to `cancel_table.rs`. The floor above is `groundup-sync`.
//!
//! Read next: `examples/first_combinators.rs`, then `gather.rs`. Second reading: `running.rs`.
#![forbid(unsafe_code)]
pub use groundup_executor as executor;
pub use groundup_executor::{generator, interweave, task, trace};

mod as_completed;
mod cancel_table;
mod gather;
mod in_place;
mod members;
mod running;
mod shield;
mod streams;
mod task_group;
mod timeout;
mod wait;
mod waiter;

pub use as_completed::completed::Completed;
pub use as_completed::items::{CompletedItems, NextCompleted};
pub use as_completed::{AsCompleted, AsCompletedTimeout, as_completed};
pub use cancel_table::{CANCEL_TABLE, CancelRow, Fate, Mishap, cancel_table};
pub use gather::children::{IntoMembers, Many, Members};
pub use gather::error::{Cancellable, GatherError};
pub use gather::outcomes::GatherOutcomes;
pub use gather::try_gather::{TryGathered, try_gather};
pub use gather::{Gather, GatherHandle, Gathered, Outcomes, gather};
pub use in_place::join::{IntoTryJoin, JoinAll, TryJoinAll, join, try_join};
pub use in_place::race::{IntoRace, IntoRaceOk, Race, RaceOk, race, race_ok};
pub use in_place::select::biased::{SelectBiased, select_biased};
pub use in_place::select::{Select, Selected, select};
pub use in_place::unordered::{Unordered, unordered};
pub use in_place::{IntoPlaces, IntoSelect};
pub use members::child_ended::{ChildEnded, GroupClosed};
pub use shield::{Shield, shield};
pub use streams::buffered::{Buffered, buffer_unordered, buffered};
pub use streams::interval::missed_ticks::MissedTickBehavior;
pub use streams::interval::{Interval, interval, interval_at};
pub use streams::iterables::Iterables;
pub use streams::map::{AsyncMap, async_map};
pub use streams::maybe_async::{MaybeAsync, plain};
pub use streams::merge::{IntoStreams, Merge, merge};
pub use streams::run_on::RunOn;
pub use streams::zip::{Zip, Zippable, zip};
pub use task_group::TaskGroup;
pub use task_group::block::task_group;
pub use task_group::borrowing::BorrowingGroup;
pub use task_group::borrowing::block::borrowing_group;
pub use task_group::borrowing::child_handle::BorrowingChild;
pub use task_group::child_handle::{Child, ChildValue};
pub use task_group::error::{ChildError, ChildErrors, GroupError};
pub use timeout::deadline::Deadline;
pub use timeout::error::{DeadlineError, Elapsed};
pub use timeout::wait_for::wait_for;
pub use timeout::{Timeout, TimeoutExt, timeout, timeout_at};
pub use wait::members::MemberId;
pub use wait::set::WaitSet;
pub use wait::state::ReturnWhen;
pub use wait::{SetWait, Wait, Waitable, wait};

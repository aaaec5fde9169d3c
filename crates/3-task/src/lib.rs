//! Floor 3: do not resume until something changed.
//!
//! # From "ask again" to "tell me"
//!
//! The interweaver of floor 2 keeps paused functions in a queue and resumes each of them
//! in every round. One that waits, for a message, for a second to pass, for another one
//! to end, is resumed, looks, and pauses again. Ten thousand that wait cost ten thousand
//! looks a round, and nothing has happened.
//!
//! ```text
//!   ask again      round 1:  w w w w R w w w w      each w: "and now?" "no."
//!   (floor 2)      round 2:  w w W w R w w w w      one of them: "and now?" "yes!"
//!
//!   tell me        round 1:  R                      the w's are in no queue
//!   (floor 3)      round 2:  R W                    whoever made it so has said so
//! ```
//!
//! So a paused function must leave something behind by which it can be called, and
//! whoever changes what it waits for must call. That is the whole step from generators
//! to futures. Rust's words for it: [`Future`] is a paused function,
//! [`Poll::Pending`](std::task::Poll) says "I have left my number", and the number is a
//! [`Waker`](std::task::Waker). Floor 1 has the two vocabularies side by side, in the
//! table of `bridge.rs`. New here is one row of it: *when* a function is resumed again.
//!
//! # The number is a number
//!
//! Most executors make a waker a pointer to the task, and count the pointers, so that
//! the task is not freed while somebody may still call. Here a waker is a *ticket*:
//! which loop, which slot, which of the slot's occupants. To redeem it is to look into
//! the slot and compare. A ticket that has outlived its task fits nobody, and nothing
//! happens. Nothing is counted, nothing is atomic, nothing is kept alive; a ticket may
//! be kept for ever and redeemed on any thread.
//!
//! # The life of a task
//!
//! ```text
//!           1 spawn              2 a round            3 Poll::Ready
//!   vacant ---------> ready -----------------> running -------------> done
//!     ^                 ^                         |                     |
//!     |                 |                         | 5 Poll::Pending     | 4 who waits
//!     |                 |    6 wake, 7 cancel     v                     |   is woken
//!     |                 +----------------------- idle                   |
//!     +-----------------------------------------------------------------+
//!                 8 the value is taken, or nobody can take it
//! ```
//!
//! | | what happens | who does it |
//! |---|---|---|
//! | 1 | a slot, a number, a ticket in the ready queue | `spawn` (`handles/task.rs`), `occupy` (`core/moving.rs`) |
//! | 2 | a round goes through the tickets that were ready when it began | `run_rounds`, `turns` (`run/turn.rs`) |
//! | 3 | the future is dropped, its value takes its place | `poll` (`store/object.rs`) |
//! | 4 | waiters are woken, callbacks scheduled, groups notified if they want to know, in the order they came | `complete` (`run/finish.rs`) |
//! | 5 | what it awaits has noted its ticket, and the slot what it waits for | `register` (`wait/registration.rs`) |
//! | 6 | the redeemed ticket goes into the queue, once | `wake` (`run.rs`), from elsewhere `wake` (`mailbox/remote.rs`) |
//! | 7 | a cancel goes to what the task awaits, or makes it ready itself | `deliver` (`cancel/deliver.rs`) to the place, `begin_rare` (`run/turn.rs`) into the step, `poll_in_task` (`inside/catch_cancel.rs`) caught |
//! | 8 | the tickets become void, the slot is free, its box stays | `take_value`, `outcome_rare` (`handles/task_value.rs`), `abandon` (`run/finish.rs`), `vacate` (`run/moving.rs`) |
//!
//! A promise lives the same life without 2, 3, 5 and 6: it is set. A callback lives it
//! without 5. A panic at 2 ends one task (`step_panicked`, `run/turn.rs`).
//!
//! # The house
//!
//! Ten rooms, each built on those beneath it. The scheduler is the roof: it owns the
//! parts, walks through them in order, and calls futures, wakers and drops in between.
//! A part never names the scheduler, and calls nothing of the user's but the sink, and
//! a group's question which ends matter.
//!
//! ```text
//!   inside    futures and handles of a running task        ┐
//!   handles   Task, Promise, Handle, TaskRef               │ the user's code
//!   run       Scheduler: a turn, an end, a close           ┘ is called here
//!   cancel    states, scopes, delivery
//!   observe   the trace
//!   wait, group, locals
//!   core      slots, the ready queue, who runs
//!   mailbox   other threads
//!   store     tickets, slots, boxes, lists: plain types
//!   error
//! ```
//!
//! The first path: `store/ticket.rs`, `store/key.rs`, `core.rs`, `run/turn.rs`,
//! `run/finish.rs`, `handles/task.rs`. All else answers a question that these raise.
//!
//! # A loop in five lines
//!
//! This floor turns rounds when told to. It cannot wait for a time, nor sleep until
//! somebody calls. Floor 4 does: between the rounds it looks at the clock, parks the
//! thread, takes in what other threads have left. That is all it adds.
//!
//! ```
//! use groundup_task::{NoRoot, Scheduler, yield_now};
//!
//! let scheduler = Scheduler::new().expect("fewer than 4093 loops are alive");
//! let _entered = scheduler.enter().expect("no other loop runs on this thread");
//!
//! let nine = scheduler.spawn(async {
//!     yield_now().await;
//!     9
//! });
//! let mut sum = scheduler.spawn(async move { nine.await.unwrap() + 1 });
//!
//! while !scheduler.is_idle() {
//!     scheduler.run_round(&mut NoRoot);
//! }
//! assert_eq!(sum.take_result().unwrap().unwrap(), 10);
//! ```
//!
//! # Being cancelled
//!
//! A cancelled task ends by being dropped, unless it is inside [`catch_cancel`], which
//! drops what it holds and gives the code around it `Err(Cancelled)`. A cancel is a
//! request, delivered one iteration later; it goes to what the task awaits before it
//! comes to the task; and a task that caught it may go on as if nothing had been.
//!
//! # What this floor holds to
//!
//! 1. A task that was woken is polled, once, in the next round; and nobody is polled
//!    that was not woken. k wakes make one poll.
//! 2. What becomes ready during a round runs in the next, in the order in which it
//!    became so, or in the order the chooser gives.
//! 3. No ticket reaches anybody but the occupant it was made for.
//! 4. A future is dropped before anybody learns that it is done, and exactly once.
//! 5. A panic ends the task it happened in, and no other. No panic leaves the scheduler
//!    in a state in which something else would panic.
//! 6. Dropping a handle never cancels. Dropping a wait takes nothing from another.
//! 7. Nothing that failed is lost: somebody awaits it, or it is reported.
//! 8. Being watched changes no order.
//!
//! # Who may touch what
//!
//! The scheduler is one thread's, and made of cells. Each cell is private to the folder
//! of its part, which the compiler checks. What it cannot check:
//!
//! 1. A slot's box is borrowed while its future is polled or dropped, by `run/`: then its
//!    occupant has not ended, or its tickets are void, and nobody else comes to the box.
//!    A value is looked at and copied outside of it. Else nothing of the user's (a drop, a
//!    waker, a callback, a hook, a sink, a chooser) is called while anything is borrowed:
//!    it is moved out first, and put back.
//! 2. The tag of a key changes in `void` alone; whoever drops something of an occupant
//!    that goes, voids its tickets before.
//! 3. The core's `current` is set by `run/turn.rs` and `run/entries.rs` alone.
//! 4. Wakers of other executors are called through `wake_stranger` alone.
//!
//! Read next: `store.rs`, and from there each file names the next.
#![deny(unsafe_code)]
#![doc(test(attr(deny(warnings))))]

mod cancel;
mod core;
mod error;
mod group;
mod handles;
mod inside;
mod locals;
mod mailbox;
mod observe;
mod run;
mod store;
mod wait;

pub use groundup_interweave as interweave;
pub use groundup_interweave::{generator, trace};

pub use crate::core::rare::CancelTargets;
pub use error::{Cancelled, InvalidState, Panic, PromiseError, TaskError};
pub use group::Watcher;
pub use handles::awaitable::{Await, Awaitable, Member};
pub use handles::callback::Handle;
pub use handles::deadlock::{Deadlock, Stuck};
pub use handles::local::{Local, Locals};
pub use handles::promise::Promise;
pub use handles::task::{Join, Task};
pub use handles::task_ref::{Ended, TaskRef};
pub use inside::abandon::{CancelOnDrop, Contender};
pub use inside::cancel_scope::CancelScope;
pub use inside::catch_cancel::{CatchCancel, catch_cancel};
pub use inside::group::Watching;
pub use inside::member::{IntoTask, Seat};
pub use inside::raise::{RaiseCancelled, raise_cancelled};
pub use inside::reason::{Reason, ReasonEntry, Said};
pub use inside::{YieldNow, yield_now};
pub use mailbox::remote::{Address, MAX_LOOPS, Unpark};
pub use run::Scheduler;
pub use run::report::{ExceptionHandler, Report, ReportKind};
pub use run::waker::Entered;
pub use store::key::Ending;
pub use store::object::{NoRoot, Root};
pub use store::waiters::DoneCallback;

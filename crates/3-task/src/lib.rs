//! Floor 3: polls a task at its start, and then only after a wake.
//!
//! # From "ask again" to "tell me"
//!
//! The interweaver of floor 2 keeps paused functions in a queue and resumes each of them
//! in every round. A function that waits for a message, for a second to pass or for another
//! function to end is resumed, too: it looks, finds nothing, and pauses again. Ten thousand
//! waiting functions cost ten thousand looks a round, even if nothing has happened.
//!
//! In the picture, w is the resume of a function that waits, R of a function that does not wait,
//! and W of a function whose wait is over.
//!
//! ```text
//!   ask again      round 1:  w w w w R w w w w      each w: "and now?" "no."
//!   (floor 2)      round 2:  w w W w R w w w w      one of them: "and now?" "yes!"
//!
//!   tell me        round 1:  R                      no w is in the queue; R wakes W, then yields
//!   (floor 3)      round 2:  W R                    W runs, because R has woken it
//! ```
//!
//! So a function that pauses stores a *waker* with the thing that it waits for. The code that
//! changes this thing calls the wakers that are stored there. This is the whole step from
//! generators to futures. In Rust's words, a paused function is a [`Future`], and
//! [`Poll::Pending`](std::task::Poll) means "my [`Waker`](std::task::Waker) is registered: do
//! not poll me before it is called". The table of `bridge.rs` on floor 1 has the words of generators
//! and of futures side by side. This floor changes one row of it: *when* a function is resumed.
//!
//! # The first version
//!
//! `examples/first_task.rs` is this floor on one page:
//! `cargo run -p groundup-task --example first_task` runs three tasks that yield. A task is a
//! boxed future in a list. The waker of a task is an `Arc` with the number of the task in the list,
//! the queue, and the thread that runs the queue.
//!
//! ```text
//!   wake    push the task to the queue, unless it is there
//!   round   take the queued tasks; poll each, and keep it if it is pending
//! ```
//!
//! The rest of this floor answers the costs of that page:
//!
//! | the first version | its cost | the answer |
//! |---|---|---|
//! | a waker is an `Arc` | one allocation per task, one atomic operation per clone | an integer: the next section |
//! | one queue behind a lock | each wake that queues a task takes the lock, on the loop's own thread, too | `core.rs` for the thread, `mailbox.rs` for others |
//! | a number in a list for each task | the list grows with every spawn | the memory of an ended task is used again: `store/slots.rs`; old wakers do not fit its next task: `store/ticket.rs` |
//! | each task has one waiter | a second waiter replaces the first | a list of waiters: `store/waiters.rs` |
//! | a panic ends all tasks | one bug stops the program | a panic ends one task: `run/turn.rs` |
//! | no way to stop a task | each task runs to its end | a cancel with an owner: `cancel.rs` |
//!
//! # A waker is a number
//!
//! Most executors make a waker a pointer to the task, and count the pointers, so that the task
//! is not freed while a waker of it exists. Here a waker is a *ticket*, an integer that names
//! three things: a loop, a slot of that loop, and an occupant of that slot. A *slot* is the memory of
//! one task, and this task is the *occupant* of the slot. The future of the task is in a box that the
//! slot owns. To *redeem* a ticket, the loop looks into the slot, and compares the occupant that the
//! ticket names with the occupant of the slot. If the task has gone, these occupants differ and nothing
//! happens. So a clone of a waker copies an integer, and its drop does nothing. A waker keeps no task
//! alive. A program may keep a waker for ever and call it on any thread.
//!
//! # The life of a task
//!
//! ```text
//!            1 spawn           2 a round            3 Poll::Ready
//!   vacant ──────────> ready ───────────> running ───────────────> done
//!     ^                ^   ^                │  │                     │  4 its waiters
//!     │                │   └────────────────┘  │ 5 Poll::Pending     │    are woken
//!     │                │    5 Poll::Pending,   v                     │
//!     │                │    woken meanwhile   idle                   │
//!     │                └── 6 a wake, 7 a cancel ┘                    │
//!     └───────────────── 8 the value is taken, or no handle is left ─┘
//! ```
//!
//! | move | what happens | functions |
//! |---|---|---|
//! | 1 | A spawn gives the task a slot, a number, and a place in the ready queue (a `Rounds` of floor 2). | `spawn` (`handles/task.rs`), `occupy` (`run/moving.rs`) |
//! | 2 | A round polls the tasks that were ready when it began, one after another. | `run_rounds`, `take` (`run/turn.rs`) |
//! | 3 | The box in the slot drops the future and stores the output. | `poll` (`store/object.rs`) |
//! | 4 | The end of the task wakes its waiters, schedules callbacks and notifies groups, in the order in which they registered. | `complete` (`run/finish.rs`) |
//! | 5 | Before the poll returns `Pending`, the ticket of the task is stored at the awaited task or promise. The slot of the task stores the reason of the wait. A task that was woken during its step, as by `yield_now`, is ready again; any other task is idle. | `register` (`wait/registration.rs`), `suspend` (`store/slot.rs`) |
//! | 6 | A wake pushes the ticket of the task to the ready queue, unless it is there. A wake on another thread posts the ticket to the loop's mailbox, and the loop pushes it when it reads its mail. | `wake` (`run.rs`); `wake` (`mailbox/remote.rs`) on another thread |
//! | 7 | If the task awaits one other task or promise and nothing else, the cancel goes first to the awaited one. Otherwise the cancel makes the task ready. | `forward_or_reach` (`cancel/forward.rs`) finds the task; `begin_slow` (`run/turn/slow.rs`) begins the step; `poll_in_task` (`inside/catch_cancel.rs`) catches |
//! | 8 | The loop frees the slot, and keeps its empty box for a later task of the same type. Old tickets of the slot now name no task. | `take_value` and `outcome_rare` (`handles/task_value.rs`) take the value; `abandon` (`run/finish.rs`) acts if no handle is left; `vacate` (`run/moving.rs`) frees the slot |
//!
//! A promise and a callback are occupants of slots, too. A promise has no steps: it is idle
//! until it is set or cancelled, and then done. Of these moves it makes 4 and 8. (The promise of
//! a gather passes a cancel on to its children, and ends when they have ended.) A callback never
//! suspends: it never makes move 5. The callback of a timer is idle until its timer fires. A panic
//! in move 2 ends one task (`step_panicked`, `run/panics.rs`). Floor 0 calls an idle task suspended,
//! and a done task ended.
//!
//! # The parts
//!
//! The floor is built in layers, and each layer uses only the layers beneath it. The scheduler
//! (`run`) owns the parts and calls them in order. Between these calls it polls futures, calls
//! wakers, and drops values of the user's. A part never names the scheduler, and polls nothing.
//! Handles, and the futures that a running task awaits, use the scheduler. The parts beneath drop a
//! value of the user's only while nothing is borrowed. Five of them call code from outside the floor:
//!
//! - `observe` calls the sink, and the function with which floor 4 gives it the time of an event.
//! - `group` asks a listener, such as that of a gather, whether it wants to be notified of an end.
//! - `cancel` calls a waker (`cancel/gate.rs`): a ready future returns `Pending` while a delivered
//!   cancel is not caught yet, and wakes its caller, so that it is polled again.
//! - `wait` and `cancel` clone a waker of another executor, to store it.
//! - `mailbox` calls the function that ends a park.
//!
//! ```text
//!   inside    futures and handles of a running task        ┐ the user's futures
//!   handles   Task, Promise, Handle, TaskRef               │ and callbacks run
//!   run       Scheduler: a round, an end, a close          ┘ from here
//!   cancel    the states of a cancel, its owners, scopes
//!   observe   the trace
//!   wait, group, locals
//!   core      slots, the ready queue, the running task
//!   mailbox   other threads
//!   store     tickets, slots, boxes, lists: types that know no loop
//!   error
//! ```
//!
//! # A loop in five statements
//!
//! This floor runs a round when it is called, but cannot wait for a time, nor block until another
//! thread calls. Between two rounds, floor 4 reads the clock, parks the thread, and collects the
//! messages of other threads. (Through a [`Root`] floor 4 gives each round its timers and the *main
//! future*, which stays on the stack of the function that runs the loop. [`NoRoot`] has neither.)
//!
//! ```
//! # mod groundup { pub use groundup_task::*; pub mod lowlevel { pub use super::*; } }
//! use groundup::lowlevel::{NoRoot, Scheduler};
//! use groundup::yield_now;
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
//! assert_eq!(sum.take_value(), Some(10));
//! ```
//!
//! # Callbacks and async functions
//!
//! A customer orders a coffee and sits down. When the coffee is ready, the barista calls the
//! customer, who pays and drinks. In a program, the customer is the code that runs when the coffee
//! is ready. Until then the program must store this code with the order, in one of two forms:
//!
//! ```text
//!   callbacks                           async function
//!   order(coffee, |cup| {               let cup = order(coffee).await;
//!       pay(cup, |receipt| {            let receipt = pay(cup).await;
//!           drink(cup, || ...)          drink(cup).await;
//!       })
//!   })
//!
//!   stored: the rest of the program     stored: a ticket; the rest of the program is the
//!   as a function                       paused future, with its variables
//! ```
//!
//! The loop calls a callback after the function that registered it has returned. So no caller
//! is left to handle an error of the callback, a `for` becomes a recursion, and the program moves
//! each variable into the next function by hand. The compiler cuts an async function at each
//! `await`. Errors, `for` and variables stay as they are written, and a cancel reaches the
//! `await` at which the function waits. Here callbacks and async functions use the same parts:
//! [`Promise::add_done_callback`] stores a function, and `promise.await` stores a ticket. When
//! the promise is set, function and ticket become one entry of the ready queue each.
//!
//! # Being cancelled
//!
//! A cancel is a request. The call of `cancel` runs no code of the task, and a later round
//! delivers the cancel. If the task awaits one other task or promise and nothing else, the cancel
//! goes first to the awaited one. If the awaited one ends as cancelled, the cancel comes back one
//! iteration later. If it ends otherwise, it has caught the cancel, and the cancel is over.
//!
//! A cancelled task ends: the loop drops its future. A part of the task can catch the cancel
//! instead: the future that [`catch_cancel`]`(f)` returns is a *region*, and holds `f`. When a
//! cancel reaches the region, the region drops `f` and returns `Err(Cancelled)`. The code around
//! the region may clean up, and then go on or end. The region may be deep inside the task, and the
//! step polls the futures around it first. So until the region has caught the cancel, each of
//! groundup's futures that is ready in this step returns `Pending`, and no code behind an await runs
//! before the cancel is caught. The chapter is `cancel.rs`.
//!
//! `examples/oracle/model.rs`, the oracle, states the rules of cancels as operations on lists. The
//! tests compare it with this floor, over random programs. Look there first to find out what a
//! cancel does; `cargo run -p groundup-task --example oracle` prints its prediction for one program.
//! The oracle of groups, `examples/oracle/groups.rs`, says of which ends a group notifies its
//! listener, and when (`--example oracle_of_groups`).
//!
//! # What this floor holds to
//!
//! 1. A task that is woken takes one step in the next round, however often it was woken. A task
//!    that is neither new nor woken nor cancelled takes no step.
//! 2. An entry that becomes ready during a round runs in the next round. Entries run in the
//!    order in which they became ready, or in the order that the chooser gives.
//! 3. A ticket of an open loop reaches the occupant for which it was made, or nothing. (The page
//!    `mailbox/remote.rs` explains tickets that have outlived their loop.)
//! 4. A task's future is dropped once, and before any waiter learns that the task is done.
//! 5. A panic ends the task in which it happened, and no other. A panic leaves the scheduler in a
//!    consistent state, so nothing else panics because of it.
//! 6. The drop of a handle never cancels. The drop of a wait leaves all other waits as they are.
//! 7. No panic and no error of a promise is lost: the awaiter gets it, or the loop reports it. (The
//!    `Err` of a detached task is a value: the loop reports it after `detach_reporting`, or in debug mode.)
//! 8. Observation, by a sink or in debug mode, changes no order by itself. (A sink may use the loop.)
//!
//! # Access
//!
//! The scheduler belongs to one thread, and its state is in cells. Each cell is private to the
//! folder of its part, which the compiler checks. The page of a folder says in "Access" which
//! other code may use it. The compiler cannot check four rules:
//!
//! 1. While the user's code runs, no cell is borrowed. Before the scheduler calls a waker, a
//!    listener, a sink or a chooser, takes a step or drops a value, it moves this object out of its
//!    cell, or clones it. The box of a step comes back when the step has ended. No other code needs this
//!    box during the step: a handle takes or shows an output only after the end, a handle never cancels
//!    the callback that runs, and a close never begins inside a round.
//! 2. Each slot has a *key*, one word with a tag and flags. The tag names the loop and the
//!    occupant. Only `Slot::void` changes the tag. When an occupant leaves its slot, `void` is
//!    called before anything of the occupant is dropped.
//! 3. Only `run/turn.rs`, its folder and `run/entries.rs` set the core's `current`, the ticket of
//!    the occupant whose step is being taken.
//! 4. A waker of another executor may panic; `wake_foreign` (`run/panics.rs`) catches the panic and
//!    reports it. While a loop runs on the thread, all floors call such a waker, if it was stored,
//!    through `wake_foreign` alone. The exception is a combinator that gives each of its futures a waker
//!    of its own: such a waker calls, directly, the waker with which the combinator was polled.
//!
//! # First path
//!
//! 1. `examples/first_task.rs`: the whole idea on one page.
//! 2. `store/ticket.rs`: the integer that a waker holds.
//! 3. `store/key.rs`: the states of a task, and the moves between them.
//! 4. `core.rs`: the slots, the ready queue and the running task.
//! 5. `run/turn.rs`: one round, step by step.
//! 6. `run/finish.rs`: the end of a task, and everything that it wakes.
//!
//! Examples of this chapter, for `cargo run -p examples --example`: `09_dictionary`, `10_promise`, `11_cancel`.
//! The other files are the second reading, from `error.rs` on: each file names the next.
//!
//! Read next: `examples/first_task.rs`, then `store/ticket.rs`. Second reading: `error.rs`.
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
pub use crate::core::reasons::{Holder, WaitLine, WaitingTask};
pub use error::panic::{Panic, drop_told, drop_told_by};
pub use error::{Cancelled, InvalidState, PromiseError, SharedError, TaskError};
pub use group::Listener;
pub use handles::awaitable::{Await, Awaitable, Member};
pub use handles::callback::Handle;
pub use handles::deadlock::{Combinator, Deadlock, Stuck, leftovers::ArmedTimer};
pub use handles::local::{Local, Locals};
pub use handles::promise::Promise;
pub use handles::task::Task;
pub use handles::task::join::Join;
pub use handles::task_ref::{Finished, TaskRef};
pub use inside::abandon::{Abandon, CancelOnDrop};
pub use inside::cancel_scope::CancelScope;
pub use inside::catch_cancel::{CatchCancel, catch_cancel};
pub use inside::futures::{ListedFutures, ListedPolls};
pub use inside::group::Group;
pub use inside::member::{Admission, IntoTask};
pub use inside::raise::{RaiseCancelled, raise_cancelled};
pub use inside::reason::{Reason, ReasonEntry, ReasonMark};
pub use inside::root_task::RootTask;
pub use inside::several::Several;
pub use inside::stored_waker::StoredWaker;
pub use inside::unpolled::UnpolledFutures;
pub use inside::{YieldNow, yield_now};
pub use mailbox::remote::{Address, MAX_LOOPS, Unpark};
pub use run::report::{ExceptionHandler, Report, ReportKind};
pub use run::waker::Entered;
pub use run::{Parking, Scheduler};
pub use store::hidden::ForeignWaker;
pub use store::key::Exit;
pub use store::object::{NoRoot, Root};
pub use store::slab::number_map::NumberMap;
pub use store::ticket::{Entry, ScopeTicket, Ticket, TimerWord};
pub use store::told::{EachTold, Told};
pub use store::waiters::DoneCallback;

//! Floor 3: polls a task only after something has woken it.
//!
//! # From "ask again" to "tell me"
//!
//! The interweaver of floor 2 keeps paused functions in a queue and resumes each of them
//! in every round. A function that waits for a message, for a second to pass or for another
//! function to end is resumed, too: it looks, finds nothing, and pauses again. Ten thousand
//! waiting functions cost ten thousand looks a round, even if nothing has happened.
//!
//! ```text
//!   ask again      round 1:  w w w w R w w w w      each w: "and now?" "no."
//!   (floor 2)      round 2:  w w W w R w w w w      one of them: "and now?" "yes!"
//!
//!   tell me        round 1:  R                      no w is in the queue
//!   (floor 3)      round 2:  R W                    R changed what W waits for, and woke it
//! ```
//!
//! So a function that pauses leaves a *waker* behind, and the code that changes something
//! calls the wakers of the functions that wait for it. This is the whole step from generators
//! to futures. In Rust's words, a paused function is a [`Future`], and
//! [`Poll::Pending`](std::task::Poll) means "my [`Waker`](std::task::Waker) is registered: do
//! not poll me before it is called". Floor 1 shows the words of generators and of futures side
//! by side, in the table of `bridge.rs`. This floor changes one row of it: *when* a function is
//! resumed again.
//!
//! # The first version
//!
//! `examples/first_task.rs` is this floor on one page:
//! `cargo run -p groundup-task --example first_task` runs three tasks that yield. A task is a
//! boxed future in a list. Its waker holds the task's place in the list, and the queue.
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
//! | a waker is an `Arc` | an allocation a task, an atomic count a clone | an integer: the next section |
//! | one queue behind a lock | a lock a wake, on the loop's own thread, too | `core.rs` for the thread, `mailbox.rs` for others |
//! | a place in a list for each task | the list never shrinks | slots with generations: `store/slots.rs` |
//! | one waiter a task | a second one replaces the first | a list of waiters: `store/waiters.rs` |
//! | a panic ends all tasks | one bug stops the program | it ends one task: `run/turn.rs` |
//! | no way to stop a task | | a cancel with an owner: `cancel.rs` |
//!
//! # A waker is a number
//!
//! Most executors make a waker a pointer to the task, and count the pointers, so that the task
//! is not freed while a waker of it exists. Here a waker is a *ticket*, an integer that names
//! three things: a loop, a slot of that loop, and an occupant of that slot. To redeem a
//! ticket is to look into the slot and compare. If the task has ended, the comparison fails
//! and nothing happens. So a clone of a waker copies an integer, its drop does nothing, and
//! it keeps nothing alive. A ticket may be kept for ever and redeemed on any thread.
//!
//! # The life of a task
//!
//! ```text
//!            1 spawn           2 a round            3 Poll::Ready
//!   vacant ──────────> ready ───────────> running ───────────────> done
//!     ^                ^   ^                 │                      │  4 its waiters
//!     │                │   │                 │ 5 Poll::Pending      │    are woken
//!     │                │   │                 v                      │
//!     │                │   └─── 6 a wake ── idle                    │
//!     │                └────── 7 a cancel ───┘                      │
//!     └───────────────── 8 the value is taken, or no handle is left ┘
//! ```
//!
//! | | what happens | functions |
//! |---|---|---|
//! | 1 | The task gets a slot, a number, and a place in the ready queue. | `spawn` (`handles/task.rs`), `occupy` (`core/moving.rs`) |
//! | 2 | A round takes the tickets that were ready when it began, one after another. | `run_rounds`, `turns` (`run/turn.rs`) |
//! | 3 | The output takes the place of the future, which is dropped. | `poll` (`store/object.rs`) |
//! | 4 | Waiters are woken, callbacks scheduled and groups notified, in the order in which they came. | `complete` (`run/finish.rs`) |
//! | 5 | The awaited task or promise has stored the ticket of the task. The task's own slot stores the object of the wait. | `register` (`wait/registration.rs`) |
//! | 6 | The ticket goes into the ready queue, unless it is there. | `wake` (`run.rs`); `wake` (`mailbox/remote.rs`) on another thread |
//! | 7 | If the task awaits one other task or promise and nothing else, the cancel goes there first. Otherwise it makes the task ready. | `deliver` (`cancel/deliver.rs`) finds the place; `begin_rare` (`run/turn.rs`) begins the step; `poll_in_task` (`inside/catch_cancel.rs`) catches |
//! | 8 | The slot is free, and its tickets are void. Its empty box stays for the next task. | `take_value` and `outcome_rare` (`handles/task_value.rs`) take the value; `abandon` (`run/finish.rs`) acts if no handle is left; `vacate` (`run/moving.rs`) frees the slot |
//!
//! No task polls a promise: moves 2, 3, 5 and 6 do not exist for it, and it ends when it is set.
//! A callback never suspends: move 5 does not exist for it. A panic in move 2 ends one task
//! (`step_panicked`, `run/turn.rs`).
//!
//! # The parts
//!
//! The floor is a tower of its own: each layer is built on the layers beneath it. The scheduler
//! is the roof. It owns the parts, calls them in order, and calls futures, wakers and drops in
//! between. A part never names the scheduler, and polls nothing. If a part calls user code, its
//! page says so: a sink, a waker, a group's question which ends matter.
//!
//! ```text
//!   inside    futures and handles of a running task        ┐
//!   handles   Task, Promise, Handle, TaskRef               │ the user's code
//!   run       Scheduler: a turn, an end, a close           ┘ is called here
//!   cancel    states, scopes, delivery
//!   observe   the trace
//!   wait, group, locals
//!   core      slots, the ready queue, the running task
//!   mailbox   other threads
//!   store     tickets, slots, boxes, lists: plain types
//!   error
//! ```
//!
//! # A loop in five lines
//!
//! This floor runs a round when it is called. It cannot wait for a time, nor block until another
//! thread calls. Floor 4 adds that: between two rounds it reads the clock, parks the thread, and
//! collects the messages of other threads.
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
//! # Callbacks and coroutines
//!
//! A guest orders a coffee and sits down. When it is ready, the barista calls the guest, who pays
//! and drinks. In a program, the guest is the code that goes on when the coffee is ready. Until
//! then, something must be stored with the order. There are two ways to write this code.
//!
//! ```text
//!   callbacks                           coroutine
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
//! The loop calls a callback when the function that has registered it has returned. So an error
//! has no caller to go to, a loop becomes a recursion, and each variable moves by hand into the
//! next function. In a coroutine the compiler cuts the function at each `await`. Errors, loops
//! and variables stay as they are written, and a cancel knows where to go. Both use one machine
//! here: [`Promise::add_done_callback`] stores a function, `promise.await` stores a ticket, and
//! each of them takes one place in the ready queue when the promise is set.
//!
//! # Being cancelled
//!
//! A cancelled task ends: its future is dropped. But code that the task runs inside
//! [`catch_cancel`] can stop that: the region drops the future that it holds, and returns
//! `Err(Cancelled)` to the code around it, which may clean up, and then go on or end. A cancel
//! is a request, and is delivered one iteration later. It goes first to the task or promise
//! that the task awaits, and comes to the task when that has ended. The chapter is `cancel.rs`.
//!
//! All of this is said once more in `examples/oracle/model.rs`, by plain lists.
//! `cargo run -p groundup-task --example oracle` prints what that model says of one
//! program, and the tests compare it with this floor, over random programs. A question about
//! a cancel is answered there first. Beside it, `examples/oracle/groups.rs` says which ends a
//! group notifies its listener of, and in which round (`--example oracle_of_groups`).
//!
//! # What this floor holds to
//!
//! 1. A task that is woken takes one step in the next round, however often it was woken. A task
//!    that is not woken takes none.
//! 2. An entry that becomes ready during a round runs in the next round. Entries run in the
//!    order in which they became ready, or in the order that the chooser gives.
//! 3. A ticket reaches the occupant for which it was made, or nothing. (`mailbox/remote.rs` has
//!    the one exception: a ticket that has outlived its loop.)
//! 4. A task's future is dropped once, and before any waiter learns that the task is done.
//! 5. A panic ends the task in which it happened, and no other. No panic leaves the scheduler
//!    in a state in which something else would panic.
//! 6. The drop of a handle never cancels. The drop of a wait leaves all other waits as they are.
//! 7. No panic is lost, and no error of a promise or a group: the awaiter gets it, or it is
//!    reported. (An `Err` that a detached task returns is reported in debug mode.)
//! 8. An observer changes no order.
//!
//! # Who may touch what
//!
//! The scheduler belongs to one thread, and its state is in cells. Each cell is private to the
//! folder of its part, which the compiler checks. It cannot check four other rules:
//!
//! 1. The user's code is called while no cell is borrowed. A value, a waker, a hook, a sink or a
//!    chooser is moved out of its cell for the call, and put back. The one exception is a step:
//!    the future or callback is called inside its box, so the box of that slot is borrowed. No
//!    other code needs this box meanwhile. The occupant has not ended, so it has no output to
//!    take. A callback that runs cannot be taken back. No loop is closed from inside its turn.
//!    `Slot::place` alone may be called then, and returns `None`.
//! 2. Only `Slot::void` changes the tag of a key. When an occupant leaves its slot, its tickets
//!    become void before anything of it is dropped.
//! 3. Only `run/turn.rs` and `run/entries.rs` set the core's `current`.
//! 4. A stored waker of another executor is called through `wake_foreign` alone, also on the
//!    floors above.
//!
//! # First path
//!
//! 1. `examples/first_task.rs`: the whole idea on one page.
//! 2. `store/ticket.rs`: the integer that a waker holds.
//! 3. `store/key.rs`: the states of a task, and which may follow which.
//! 4. `core.rs`: the slots, the ready queue and the running task.
//! 5. `run/turn.rs`: one round, step by step.
//! 6. `run/finish.rs`: the end of a task, and everything that it wakes.
//!
//! The other files are the second reading. It begins at `store.rs`, and from there each file
//! names the next.
//!
//! Read next: `examples/first_task.rs`, then `store/ticket.rs`. Second reading: `store.rs`.
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
pub use error::panic::Panic;
pub use error::{Cancelled, InvalidState, PromiseError, SharedError, TaskError};
pub use group::Listener;
pub use handles::awaitable::{Await, Awaitable, Member};
pub use handles::callback::Handle;
pub use handles::deadlock::{Combinator, Deadlock, Stuck};
pub use handles::local::{Local, Locals};
pub use handles::promise::Promise;
pub use handles::task::{Join, Task};
pub use handles::task_ref::{Finished, TaskRef};
pub use inside::abandon::{Abandon, CancelOnDrop};
pub use inside::cancel_scope::CancelScope;
pub use inside::catch_cancel::{CatchCancel, catch_cancel};
pub use inside::group::Group;
pub use inside::member::{Admission, IntoTask};
pub use inside::raise::{RaiseCancelled, raise_cancelled};
pub use inside::reason::{Reason, ReasonEntry, ReasonMark};
pub use inside::{YieldNow, yield_now};
pub use mailbox::remote::{Address, MAX_LOOPS, Unpark};
pub use run::Scheduler;
pub use run::report::{ExceptionHandler, Report, ReportKind};
pub use run::waker::Entered;
pub use store::hidden::ForeignWaker;
pub use store::key::Exit;
pub use store::object::{NoRoot, Root};
pub use store::ticket::{Entry, ScopeTicket, Ticket, TimerWord};
pub use store::waiters::DoneCallback;

//! Floor 6 of groundup: what tasks share, and where blocking work goes.
//!
//! # The problem
//!
//! Between two awaits a task has the thread to itself. So a [`Cell`](std::cell::Cell) is enough
//! for state that tasks share, and no lock protects it. Two kinds of tasks need more.
//!
//! A task that awaits in the middle of a change lets other tasks see half of the change. Such a
//! task needs a [`Lock`], which lets one task in, or a [`Semaphore`], which lets a few tasks in.
//!
//! A task that can go on only after another task did its part must wait for that task, for instance
//! for a thing to happen ([`Event`], [`Notify`]), for a change under a lock ([`Condition`]), for all
//! of a number of tasks ([`Barrier`]), for an item ([`Queue`]), or for a value of another channel
//! ([`oneshot()`], [`broadcast()`], [`watch()`]).
//!
//! | object | a task waits until | asyncio's name |
//! |---|---|---|
//! | [`Lock`] | no task holds it | `Lock` |
//! | [`RwLock`] | no writer is inside; a writer waits until no reader is inside, too | (none) |
//! | [`Semaphore`], [`BoundedSemaphore`] | a permit is free | the same |
//! | [`Event`] | it is set | `Event` |
//! | [`Notify`] | another task notifies it (no lock is involved) | (none) |
//! | [`CancellationToken`] | it, or a token above it, is cancelled | (none) |
//! | [`Condition`] | another task notifies it, under a lock | `Condition` |
//! | [`Barrier`] | all parties have arrived | `Barrier` |
//! | [`OnceCell`] | the first task has made a value | (none) |
//! | [`Queue`], [`PriorityQueue`], [`LifoQueue`] | there is an item, or room for one | the same |
//! | [`oneshot()`] | its one value was sent | (none) |
//! | [`broadcast()`] | there is a value that this receiver has not read | (none) |
//! | [`watch()`] | the value has changed since this receiver saw it | (none) |
//!
//! Where asyncio has an object, groundup has asyncio's name and rules for it. A test runs 1,500
//! random programs, and compares each operation and its iteration with a recording of CPython
//! (`tests/it/cpython.rs`).
//!
//! ```
//! # mod groundup { pub use groundup_sync::{*, combinators::*, executor::*}; }
//! use groundup::{Queue, gather, run_virtual, sleep, time};
//! use std::{rc::Rc, time::Duration};
//!
//! run_virtual(async {
//!     let orders = Rc::new(Queue::unbounded());
//!     for order in 1..=6 {
//!         orders.put_nowait(order).unwrap();
//!     }
//!     orders.shutdown();
//!     let cooks = (0..2).map(|_| {
//!         let orders = orders.clone();
//!         async move {
//!             let mut dishes = 0;
//!             while orders.get().await.is_ok() {
//!                 sleep(Duration::from_secs(60)).await;
//!                 dishes += 1;
//!             }
//!             dishes
//!         }
//!     });
//!     assert_eq!(gather(cooks).await.unwrap(), [3, 3]);
//!     assert_eq!(time().since_start(), Duration::from_secs(180)); // two cooks side by side
//! });
//! ```
//!
//! # The first version
//!
//! `examples/first_sync.rs` is a lock and a queue on the first versions of the floors beneath:
//! `cargo run -p groundup-sync --example first_sync`. Its costs, and the answers of this floor:
//!
//! | the first version | its cost | the answer |
//! |---|---|---|
//! | a waiter that is dropped stays in the list | its wake reaches no task, and the others wait for ever | a wake gives a token with one owner: `wait_list.rs` |
//! | a newcomer may take the lock before the woken task | a task may wait for ever | the newcomer waits behind the others: `locks/lock.rs` |
//! | each waiter clones a waker | an indirect call (through the vtable of the waker) for each wait | a ticket: floor 3, `inside/stored_waker.rs` |
//! | the line holds only wakers | a waiter that is dropped could be removed only by a search | a numbered entry for each waiter, its *place*, with links to its neighbours: `wait_list/places.rs` |
//! | the lock does not know its holder | a report of a deadlock stops at the lock | the ticket of the holder: `locks/lock.rs` |
//! | no report finds the lists of waiters | a task has room for one wait reason, and a task that waits for two locks at once stores neither: a report names no lock | the loop's table of wait reasons leads to each list, the *line*: `wait_list/line.rs` |
//!
//! # The way of a token
//!
//! All objects but the oneshot have one kind of list of waiters beneath them. (At each end of a
//! oneshot at most one future waits.) A wake alone is not enough: the task that was woken may be
//! cancelled before it runs, and then no task would use the permit. So a wake gives a *token* to one
//! place of the list. The future of that place takes the token when it is polled, or hands it back
//! when it is dropped. Then the object gives the token to the next place.
//!
//! ```text
//!   release                B, C and D wait, in this order
//!      │ token
//!      v
//!    ┌───┐   ┌───┐   ┌───┐
//!    │ B │   │ C │   │ D │      B is notified and woken
//!    └─┬─┘   └───┘   └───┘
//!      ├── B is polled: B goes on, with the lock
//!      │
//!      └── B is dropped: the token comes back
//!             │ token
//!             v
//!            ┌───┐   ┌───┐
//!            │ C │   │ D │      C is notified and woken
//!            └───┘   └───┘
//! ```
//!
//! Each object decides what a token means:
//!
//! | object | a token is | if it comes back |
//! |---|---|---|
//! | lock | the lock | the next waiter gets it |
//! | read-write lock | permission to be inside | one task less is inside, and the next waiters are let in |
//! | semaphore | a permit | the permit is free, and handed out |
//! | condition, notify | a notification | the next waiter is notified |
//! | queue | a hint: look again | the next waiter looks, if there is an item or room |
//! | once cell | a hint: look again | the next waiter looks, if the cell is still empty |
//! | event, barrier, cancellation token, broadcast, watch | permission to go on | nothing: all waiters were notified |
//!
//! # Who holds a lock
//!
//! If a program hangs, the deadlock report of floor 3 names the object of each wait. A lock also
//! stores the ticket of the task that holds it. So the report follows a task to the lock, the lock
//! to its holder, and the holder to its own wait, and names the circle:
//!
//! ```
//! # mod groundup { pub use groundup_sync::{*, combinators::*, executor::*}; }
//! use groundup::{EventLoop, Lock, join, sleep, spawn_named};
//! use std::{rc::Rc, time::Duration};
//!
//! async fn dine(first: Rc<Lock>, second: Rc<Lock>) {
//!     let _first = first.acquire().await;
//!     sleep(Duration::from_secs(1)).await;
//!     let _second = second.acquire().await;
//! }
//!
//! let event_loop = EventLoop::builder().virtual_time().build();
//! let ended = event_loop.run_until_complete(async {
//!     let forks = ["fork-a", "fork-b"].map(|name| Rc::new(Lock::new().named(name)));
//!     let [a, b] = forks;
//!     let plato = spawn_named("Plato", dine(a.clone(), b.clone()));
//!     let kant = spawn_named("Kant", dine(b, a));
//!     let _ = join((plato, kant)).await;
//! });
//! let report = ended.unwrap_err().to_string();
//! assert!(report.contains("fork-b (made at "), "{report}");
//! assert!(report.contains(" held by Kant"), "{report}");
//! assert!(report.contains("a circle: Plato -> Kant -> Plato"), "{report}");
//! ```
//!
//! The report names the circle wherever the wait stands: in a child of a group, in a `select`, in a
//! collection of another crate. The ticket of the holder costs one store for each acquire. The name
//! and the lines of the waiters are looked up when a report asks for them. A read-write lock keeps
//! the tickets of its readers, and names the reader that has been inside longest. A queue stores the
//! ticket of the task that put an item last, and a report leads a consumer to this task.
//! The report also says if the holder has ended, and if the lock was passed to a task that has not
//! polled its `acquire` since. (Such a task keeps the future in a variable, and awaits something
//! else.)
//!
//! # Values on their way
//!
//! A queue gives each item to one task. A oneshot, a broadcast and a watch have a sender and a
//! receiver, and each of these two ends learns when the other end is dropped (`channels.rs`).
//!
//! # Calls that block
//!
//! A call that blocks, or that computes for a long time, stops the whole loop. [`to_thread`] runs
//! the call on a thread of the loop's default pool, and the calling task waits until the call has
//! returned. [`run_in_executor`] does the same in a [`ThreadPool`] that the program has made. Such a
//! call is a *job*. On virtual time the clock stands still while a job runs, and jobs
//! end in the order of their submission, or under a chooser in the chosen order. So a test with
//! threads repeats (`threads/turns.rs`).
//!
//! ```text
//!   the loop's thread                        a thread of the pool
//!   1 run_in_executor(&pool, f)
//!       queues the job, and   ────────────>  2 takes the job, and calls f
//!       notifies a thread or starts one
//!   3 the task awaits, and the loop goes on
//!                                            4 stores the result
//!   6 the next iteration polls the task <──  5 wakes the task; unparks the loop, if it is parked
//! ```
//!
//! # Other processes, and several loops
//!
//! A job that may end its process, or that must be killed, runs in another process (`processes.rs`,
//! with the feature `processes`). A worker is a second process of the same executable. So `main`
//! begins with `serve_jobs(&[..])`, which lists the functions for jobs, and never returns in a
//! worker. A program that outgrows one core has a [`Fleet`]: a loop on each of several threads, with
//! a [`SharedQueue`] between them (`fleet.rs`).
//!
//! # Costs
//!
//! | operation | cost |
//! |---|---|
//! | acquire and release of a free lock, put and get without a wait | a few loads and stores; no allocation, but for the items of a queue, whose memory is kept |
//! | a wait | a place in the list, a ticket, and the number of a reason in the task's slot |
//! | the first wait for an object | an entry in the loop's table of reasons, and the line of its waiters: up to three allocations, and later waits have none |
//! | a read of a read-write lock | an entry in the list of its readers, for reports, whose memory is kept |
//! | a put, if another task made the previous put | an entry in the list of producers, for reports |
//! | a second waiter at the same time | room in a `Vec`, which is kept |
//! | a wait that is dropped | two links, however many wait |
//! | a oneshot | one allocation, and one more if it has a name or a foreign waker waits; if the receiver waits, an entry in the table of reasons, which all oneshots of one place share |
//! | a broadcast, a watch: a send | one allocation, a second one if several receivers wait, and a wake for each of them |
//! | a cancel of a tree of tokens | a look at each token beneath, and a wake for each waiter |
//! | a job on a thread | a box, a lock of the pool, a message to the loop; jobs that end together wake it once |
//! | a job on virtual time | a job on a thread, and a park of the loop for each job; a run with jobs has one thread more: if nothing moves for ten seconds, it lets the jobs that are over end out of turn |
//! | a job in a process | a job on a thread, and two messages on a socket; the first job starts the process |
//! | a task in a loop of a fleet | a message there, a message back |
//!
//! # Edge cases and misuse
//!
//! | case | behaviour (in `tests/it`: `misuse.rs`, `rules.rs`, `channels.rs`, `deadlocks.rs`, `foreign.rs`) |
//! |---|---|
//! | a lock or a bounded semaphore is released without an acquire | [`NotAcquired`] |
//! | `task_done` is called more often than items were put | [`NotAcquired`] |
//! | a barrier of no parties, a queue or a broadcast without room | panics: give it at least 1 |
//! | a task waits for an object of another loop | panics: make one for each loop |
//! | a condition is used with two locks at a time | panics: give each lock its own |
//! | a put or a get after a shutdown | an `Err`; a put gives the item back |
//! | a send without a receiver, a receive without a sender | an `Err`; a send gives the value back |
//! | a receiver of a broadcast is too slow | an `Err` with the number of values that it missed |
//! | a task ends and leaves a lock held ([`LockGuard::keep`]) | the report says so, and any task may release it |
//! | a task waits for the lock that it holds | a deadlock, reported with the circle of one |
//! | a future is polled after its end | panics with a message that says so; a handle of a task of a fleet gives an `Err` |
//! | no loop runs, as under `block_on` | every object works; no report names it |
//!
//! # Invariants
//!
//! 1. No permit, item or notification is lost or doubled, also if a wait is cancelled or dropped.
//!    `crates/testkit/TABLES.md` counts the runs that show it, one for each point of a wait.
//! 2. Waiters of all objects but the queue go on in the order in which they came. At a queue, as in
//!    asyncio, a newcomer may take the item or the room before the notified waiter runs. The notified
//!    waiter then waits again, at the end of the line.
//! 3. No waker is called, and no item dropped, while an object is borrowed.
//! 4. A wait that is dropped leaves no entry in the list, and the drop costs the same beside any
//!    number of other waits. (The memory of the list is kept for later waiters.)
//! 5. An object is awaited in one loop.
//! 6. A job runs once, or its awaiter gets an error.
//! 7. A task in another loop gives its value, or its awaiter gets an error.
//!
//! # First path
//!
//! 1. `examples/first_sync.rs`: the whole idea on one page.
//! 2. `wait_list.rs`: the waiters of an object, and their tokens.
//! 3. `locks/lock.rs`: one task at a time.
//! 4. `locks/lock/acquire.rs`: the short way and the long way of a wait.
//! 5. `channels/queue.rs`: items, room, and hints.
//! 6. `channels/queue/get.rs`: a token that is passed on.
//!
//! Examples of this chapter, for `cargo run -p examples --example`: `25_philosophers`, `26_producers`,
//! `27_blocking_jobs`, `28_frozen_loop`, `29_processes`, `30_fleet`. The other files are the second
//! reading, which begins at `error.rs`. From there each file names the next. The floor above is
//! `groundup-io`.
//!
//! Read next: `examples/first_sync.rs`, then `wait_list.rs`. Second reading: `error.rs`.
#![forbid(unsafe_code)]
pub use groundup_combinators as combinators;
pub use groundup_combinators::{executor, generator, interweave, task, trace};

mod channels;
mod error;
mod fleet;
mod home;
mod locks;
#[cfg(feature = "processes")]
mod processes;
mod roster;
mod signals;
mod threads;
mod wait_list;

pub use channels::broadcast::broadcast;
pub use channels::oneshot::oneshot;
pub use channels::watch::watch;
pub use channels::{
    BaseQueue, BroadcastReceiver, BroadcastRecv, BroadcastSender, LifoQueue, Lowest, OneshotClosed,
    OneshotReceiver, OneshotSender, PriorityQueue, Queue, QueueGet, QueueJoin, QueuePut,
    QueueStore, QueueStream, WatchChanged, WatchReceiver, WatchSender,
};
pub use error::{BroadcastError, SendError, SenderDropped};
pub use error::{BrokenBarrier, GetError, NotAcquired, PutError, QueueShutDown};
pub use fleet::{
    Fleet, FleetBuilder, FleetError, FleetTask, LoopEnd, SharedGet, SharedPut, SharedQueue,
    SharedQueueGuard, UnfinishedLoops,
};
pub use locks::{
    Acquire, AcquirePermit, BoundedSemaphore, Condition, ConditionWait, Lock, LockGuard, OnceCell,
    OwnedLockGuard, OwnedPermit, Permit, RwLock, RwLockRead, RwLockReadGuard, RwLockWrite,
    RwLockWriteGuard, Semaphore,
};
#[cfg(feature = "processes")]
pub use processes::{
    ProcessError, ProcessJob, ProcessPool, ProcessPoolBuilder, RunInProcess, process_job,
    run_in_process::run_in_process, serve_jobs,
};
pub use signals::{
    Barrier, BarrierWait, CancellationGuard, CancellationToken, CancellationWait, Event, EventWait,
    Notify, NotifyWait,
};
pub use threads::default_pool::default_pool;
pub use threads::run_in_executor::run_in_executor;
pub use threads::{
    DefaultPool, JobError, RunInExecutor, ThreadPool, ThreadPoolBuilder, ToThread, UnfinishedJob,
    UnfinishedJobs, to_thread,
};

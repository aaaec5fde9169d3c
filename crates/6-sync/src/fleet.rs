//! A fleet: loops on several threads, for programs that outgrow one core.
//!
//! The problem: a loop runs on one thread, and so do its tasks. That is why they need no locks. But a
//! program whose loop is busy all the time has other cores, which do nothing. Moving tasks between
//! threads would need tasks that are `Send`, and locks in all of them. So a fleet has a loop on each
//! thread, and a task stays in the loop in which it was spawned. Between loops go values that are
//! `Send`: the function that makes a task, its value, and items of queues.
//!
//! ```text
//!                      spawn_on(1, make)                 SharedQueue
//!   main's loop ────────────────────────> loop 1 ──┬── put ──> [a b c] ── get ──> loop 2
//!        │                                  │      │
//!        └────── task.await <── the value ──┘      └── Rc, Cell, Lock: within one loop
//! ```
//!
//! A program that waits more than it computes does not need this: a loop runs a million waits. If
//! single computations are long, [`to_thread`](crate::to_thread) is simpler.
//!
//! Invariants:
//! 1. A task runs in one loop, from its first step to its last.
//! 2. A handle answers: with the task's value, or with an error that says how the task or its loop
//!    ended.
//! 3. A loop that ends unasked is reported.
//!
//! Access: nothing else of this floor uses this folder. Calls go through the mailboxes of the loops
//! (`Remote`); this folder has no mailbox of its own. Only `channel.rs` has items between loops.
//!
//! Read next: `fleet/error.rs`.

use std::fmt;
use std::future::IntoFuture;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use groundup_combinators::executor::Remote;

pub(crate) mod builder;
pub(crate) mod channel;
pub(crate) mod error;
pub(crate) mod fleet_task;
mod member;
pub(crate) mod shared_guard;
pub(crate) mod shared_queue;
pub(crate) mod shared_wait;
mod shutdown;
mod starts;

pub use self::builder::FleetBuilder;
pub use self::error::{FleetError, LoopEnd, UnfinishedLoops};
pub use self::fleet_task::FleetTask;
pub use self::shared_guard::SharedQueueGuard;
pub use self::shared_queue::SharedQueue;
pub use self::shared_wait::{SharedGet, SharedPut};

use member::{CountedTask, FleetCore, Member};

/// Loops on threads of their own, in which tasks are spawned from anywhere.
///
/// Dropping the fleet [shuts it down](Fleet::shutdown): its tasks run on to their ends, while the process
/// lives. A `main` that returns ends the process, so it awaits [`Fleet::join`] first. A fleet is `Send` and
/// `Sync`: tasks in its own loops may share it in an `Arc`.
///
/// ```
/// # mod groundup { pub use groundup_sync::{*, combinators::*, executor::*}; }
/// use groundup::{Fleet, gather, run};
///
/// fn count_primes(range: std::ops::Range<u32>) -> usize {
///     range.filter(|n| *n > 1 && (2..*n).all(|d| n % d != 0)).count()
/// }
///
/// run(async {
///     let fleet = Fleet::new(2);
///     let parts = (0..10).map(|n| {
///         fleet.spawn_balanced(async move || count_primes(n * 100..(n + 1) * 100))
///     });
///     let counts = gather(parts.collect::<Vec<_>>()).await.unwrap();
///     let sum: usize = counts.into_iter().map(Result::unwrap).sum();
///     assert_eq!(sum, 168);
/// });
/// ```
#[doc(alias("multi_thread", "thread_per_core", "workers"))]
pub struct Fleet {
    core: Arc<FleetCore>,
    /// Where the search for the loop with the fewest tasks begins.
    next: AtomicUsize,
}

impl Fleet {
    /// Makes a fleet of `loops` loops, on the real clock, and starts their threads.
    ///
    /// # Panics
    ///
    /// As [`FleetBuilder::build`](crate::FleetBuilder::build).
    ///
    /// ```
    /// # mod groundup { pub use groundup_sync::*; }
    /// assert_eq!(groundup::Fleet::new(3).loops(), 3);
    /// ```
    #[track_caller]
    pub fn new(loops: usize) -> Self {
        Self::builder().loops(loops).build()
    }

    /// Spawns in the loop with this number the task of the future that `make` returns.
    ///
    /// `make` runs in that loop, so the future may hold an `Rc`. An `async` closure or the name of an
    /// `async fn` will do. If the fleet is shut down, or the loop has ended, the handle gives an error.
    ///
    /// # Panics
    ///
    /// If there is no loop with this number.
    ///
    /// ```
    /// # mod groundup { pub use groundup_sync::{*, executor::*}; }
    /// use std::{rc::Rc, time::Duration};
    ///
    /// use groundup::{Fleet, run, sleep};
    ///
    /// run(async {
    ///     let fleet = Fleet::new(2);
    ///     let task = fleet.spawn_on(1, async || {
    ///         let text = Rc::new("not Send");
    ///         sleep(Duration::from_millis(1)).await;
    ///         text.len()
    ///     });
    ///     assert_eq!(task.await, Ok(8));
    /// });
    /// ```
    #[track_caller]
    pub fn spawn_on<M, F>(&self, number: usize, make: M) -> FleetTask<F::Output>
    where
        M: FnOnce() -> F + Send + 'static,
        F: IntoFuture,
        F::IntoFuture: 'static,
        F::Output: Send + 'static,
    {
        let member = self.member(number);
        let counted = CountedTask::new(&self.core, number);
        let task = counted.map(|counted| {
            member.remote().spawn(move || async move {
                let _counted = counted;
                make().await
            })
        });
        FleetTask::new(task, member)
    }

    /// Spawns a task in the loop that has the fewest tasks of the fleet. See
    /// [`spawn_on`](Fleet::spawn_on).
    ///
    /// Tasks that the fleet's tasks spawn in their own loops do not count, and a task is not moved
    /// later.
    ///
    /// ```
    /// # mod groundup { pub use groundup_sync::{*, executor::*}; }
    /// use groundup::{Fleet, run};
    ///
    /// run(async {
    ///     let fleet = Fleet::new(2);
    ///     let waits = [0, 1].map(|_| fleet.spawn_balanced(std::future::pending::<()>));
    ///     assert_eq!(fleet.tasks(), [1, 1]);
    ///     fleet.cancel_tasks();
    ///     # drop(waits);
    /// });
    /// ```
    #[track_caller]
    pub fn spawn_balanced<M, F>(&self, make: M) -> FleetTask<F::Output>
    where
        M: FnOnce() -> F + Send + 'static,
        F: IntoFuture,
        F::IntoFuture: 'static,
        F::Output: Send + 'static,
    {
        let (loops, begin) = (self.loops(), self.next.fetch_add(1, Ordering::Relaxed));
        let numbers = (0..loops).map(|at| (begin.wrapping_add(at)) % loops);
        let members = numbers.map(|number| &self.core.members[number]);
        // A loop that has ended is the last choice.
        let least = members.min_by_key(|member| (member.end().is_some(), member.tasks()));
        self.spawn_on(least.map_or(0, |member| member.number), make)
    }

    #[track_caller]
    fn member(&self, number: usize) -> &Arc<Member> {
        let loops = self.loops();
        assert!(
            number < loops,
            "there is no loop {number}: the fleet has {loops}, counted from 0"
        );
        &self.core.members[number]
    }

    /// Returns the number of loops.
    pub fn loops(&self) -> usize {
        self.core.members.len()
    }

    /// Returns the number of tasks of each loop that were spawned through the fleet and have not
    /// ended.
    pub fn tasks(&self) -> Vec<usize> {
        let members = self.core.members.iter();
        members.map(|member| member.tasks()).collect()
    }

    /// Returns how each loop has ended; `None` for a loop that runs.
    ///
    /// ```
    /// # mod groundup { pub use groundup_sync::{*, executor::*}; }
    /// use std::time::Duration;
    ///
    /// use groundup::{Fleet, LoopEnd, run};
    ///
    /// run(async {
    ///     let fleet = Fleet::new(1);
    ///     assert_eq!(fleet.ends(), [None]);
    ///     fleet.join(Duration::from_secs(60)).await.unwrap();
    ///     assert_eq!(fleet.ends(), [Some(LoopEnd::ShutDown)]);
    /// });
    /// ```
    pub fn ends(&self) -> Vec<Option<LoopEnd>> {
        let members = self.core.members.iter();
        members.map(|member| member.end()).collect()
    }

    /// Returns a handle to the loop with this number, for calls that are no tasks.
    ///
    /// # Panics
    ///
    /// If there is no loop with this number.
    ///
    /// ```
    /// # mod groundup { pub use groundup_sync::*; }
    /// let fleet = groundup::Fleet::new(1);
    /// fleet.remote(0).call_soon(|| println!("in loop 0")).unwrap();
    /// ```
    #[track_caller]
    pub fn remote(&self, number: usize) -> Remote {
        self.member(number).remote().clone()
    }
}

impl Drop for Fleet {
    fn drop(&mut self) {
        self.core.shut_down();
    }
}

impl fmt::Debug for Fleet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fleet")
            .field("tasks", &self.tasks())
            .finish()
    }
}

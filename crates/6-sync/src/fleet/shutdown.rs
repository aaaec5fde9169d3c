//! Ends a fleet: its tasks, its loops, its threads.
//!
//! The problem: a program ends, and tasks run in other loops. It may wait for them, for a limit of
//! time, or cancel them first. If one of them never ends, the error says in which loop.
//!
//! ```text
//!   open ── shutdown ──> shut down ── the last task of each loop has ended ──> ended
//!                            │
//!                            ├── cancel_tasks: the tasks get a cancel, and clean up
//!                            └── join(limit): waits for the end, or names the loops
//! ```
//!
//! Invariants:
//! 1. A limit is real time: the loops are on other threads, and may have clocks of their own.
//! 2. A shutdown loses no task: it ends, or its awaiter gets an error.
//!
//! Read next: the facade, `groundup`.

use std::future::Future;
use std::panic::Location;
use std::time::Duration;

use groundup_combinators::executor::all_tasks;

use super::Fleet;
use super::error::UnfinishedLoops;
use super::member::FleetCore;
use crate::threads::pool::ThreadPool;
use crate::threads::run_in_executor::submit;

impl Fleet {
    /// Refuses further tasks, and returns at once. Each loop ends when the tasks that were spawned in
    /// it through the fleet have ended. Tasks that these have spawned themselves are cancelled then. A
    /// second call does nothing.
    ///
    /// ```
    /// # mod groundup { pub use groundup_sync::{*, executor::*}; }
    /// use groundup::{Fleet, FleetError, run};
    ///
    /// run(async {
    ///     let fleet = Fleet::new(1);
    ///     let before = fleet.spawn_on(0, async || "before");
    ///     fleet.shutdown();
    ///     let after = fleet.spawn_on(0, async || "after");
    ///     assert_eq!(before.await, Ok("before"));
    ///     assert_eq!(after.await, Err(FleetError::ShutDown));
    /// });
    /// ```
    pub fn shutdown(&self) {
        self.core.shut_down();
    }

    /// Cancels all tasks of all loops. They may catch the cancel and clean up.
    ///
    /// ```
    /// # mod groundup { pub use groundup_sync::{*, executor::*}; }
    /// use std::{future::pending, time::Duration};
    ///
    /// use groundup::{Fleet, FleetError, run};
    ///
    /// run(async {
    ///     let fleet = Fleet::new(2);
    ///     let task = fleet.spawn_on(1, pending::<()>);
    ///     fleet.cancel_tasks();
    ///     assert_eq!(task.await, Err(FleetError::Cancelled));
    ///     fleet.join(Duration::from_secs(60)).await.unwrap();
    /// });
    /// ```
    pub fn cancel_tasks(&self) {
        for member in &self.core.members {
            // A loop that is closed has no tasks.
            let _ = member.remote().call_soon(|| {
                all_tasks().iter().for_each(|task| _ = task.cancel());
            });
        }
    }

    /// Shuts the fleet down, and waits until all loops have ended, for at most `limit` of real time.
    /// The loop that awaits goes on meanwhile.
    ///
    /// # Errors
    ///
    /// [`UnfinishedLoops`] names the loops that have tasks when the limit is over. They run on, and
    /// `join` can be called again.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, the fleet stays shut down.
    ///
    /// ```
    /// # mod groundup { pub use groundup_sync::{*, executor::*}; }
    /// use std::{future::pending, time::Duration};
    ///
    /// use groundup::{Fleet, run};
    ///
    /// run(async {
    ///     let fleet = Fleet::new(2);
    ///     let stuck = fleet.spawn_on(1, pending::<()>);
    ///     let error = fleet.join(Duration::from_millis(1)).await.unwrap_err();
    ///     assert!(error.loops.contains(&(1, 1))); // loop 1 has one task
    ///     fleet.cancel_tasks();
    ///     fleet.join(Duration::from_secs(60)).await.unwrap();
    ///     # drop(stuck);
    /// });
    /// ```
    #[track_caller]
    pub fn join(
        &self,
        limit: Duration,
    ) -> impl Future<Output = Result<(), UnfinishedLoops>> + use<> {
        self.core.shut_down();
        let waits = ThreadPool::builder().threads(1).name("fleet-join").build();
        let (core, asks) = (self.core.clone(), self.core.clone());
        let work = move || core.wait_ended(limit);
        let ended = submit(&waits.core, work, Location::caller());
        async move {
            // Without a thread that waits, the answer is the present state.
            let ended = ended
                .await
                .unwrap_or_else(|_| asks.wait_ended(Duration::ZERO));
            answer(&asks, ended, limit)
        }
    }

    /// Does what [`join`](Fleet::join) does, and blocks this thread meanwhile.
    ///
    /// # Errors
    ///
    /// As `join`.
    ///
    /// # Panics
    ///
    /// If a loop is running on this thread, since it would stand still meanwhile.
    ///
    /// ```
    /// # mod groundup { pub use groundup_sync::*; }
    /// use std::time::Duration;
    ///
    /// let fleet = groundup::Fleet::new(2);
    /// let task = fleet.spawn_balanced(async || 5);
    /// fleet.join_real_time(Duration::from_secs(60)).unwrap();
    /// assert_eq!(task.wait(), Ok(5));
    /// ```
    pub fn join_real_time(&self, limit: Duration) -> Result<(), UnfinishedLoops> {
        assert!(
            groundup_combinators::executor::try_iteration().is_none(),
            "Fleet::join_real_time would block the event loop that runs on this thread: await join \
             instead"
        );
        self.core.shut_down();
        let ended = self.core.wait_ended(limit);
        answer(&self.core, ended, limit)
    }
}

fn answer(core: &FleetCore, ended: bool, limit: Duration) -> Result<(), UnfinishedLoops> {
    if ended {
        return Ok(());
    }
    let open = core.members.iter().filter(|member| member.end().is_none());
    let loops = open.map(|member| (member.number, member.tasks())).collect();
    Err(UnfinishedLoops { loops, limit })
}

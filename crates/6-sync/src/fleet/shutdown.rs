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
use crate::threads::shutdown::join_on_thread;

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
    /// [`UnfinishedLoops`] names the loops that have not ended when the limit is over. They run on, and
    /// `join` can be called again.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, the fleet stays shut down.
    ///
    /// # Virtual time
    ///
    /// As for [`ThreadPool::join`](crate::ThreadPool::join).
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
        let (core, looks) = (self.core.clone(), self.core.clone());
        let ended = join_on_thread(
            ("fleet-join", Location::caller()),
            move |given_up| core.wait_ended(limit, || given_up.is_true()),
            |ended| *ended,
            move || looks.look_again(),
        );
        let core = self.core.clone();
        async move {
            // Without a thread that waits, the answer is the present state.
            let ended = ended.await;
            answer(&core, ended == Some(true), limit)
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
        let ended = self.core.wait_ended(limit, || false);
        answer(&self.core, ended, limit)
    }
}

fn answer(core: &FleetCore, ended: bool, limit: Duration) -> Result<(), UnfinishedLoops> {
    let open = core.members.iter().filter(|member| !member.is_closed());
    let loops: Vec<_> = open.map(|member| (member.number, member.tasks())).collect();
    match ended || loops.is_empty() {
        true => Ok(()),
        false => Err(UnfinishedLoops { loops, limit }),
    }
}

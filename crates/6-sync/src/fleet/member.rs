//! One loop of a fleet, and its thread.
//!
//! The problem: a loop ends when the fleet is shut down and its tasks have ended. It may also end
//! unasked: a task calls `stop`, or the loop's driver panics. Then its tasks can give no value, and
//! their awaiters, in other loops, must get the reason.
//!
//! ```text
//!   open ── shutdown, no task left ──> ended: ShutDown
//!     │        └── the last task has ended ──^
//!     ├── a task calls stop ────────> ended: Stopped ─────┐ reported to the loop that made the
//!     └── the run panics ───────────> ended: Failed(..) ──┘ fleet; the awaiters get the end
//! ```
//!
//! Invariants:
//! 1. The end of a loop is stored before the loop is closed. So an awaiter that finds its task's loop
//!    closed finds the end.
//! 2. A task is counted from its spawn until its future is dropped.
//! 3. After a shutdown the drop that brings a count to zero has the loop look whether it may end.
//! 4. A loop that is shut down ends after the values of all its tasks were given to their handles.
//! 5. A loop is stopped once, so that nothing cuts the clean-up of the tasks of its tasks short.
//!
//! Read next: `fleet/starts.rs`.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use groundup_combinators::executor::{
    Builder, EventLoop, Remote, RunError, Runner, call_soon, stop,
};
use groundup_combinators::task::{Address, Panic, ReportKind, drop_told, drop_told_by};

use super::error::LoopEnd;
use super::starts::Start;
use crate::threads::lost::report_to;
use crate::threads::sync::{Condvar, Mutex, wait_while};

/// Sets the options of a loop, given its number.
pub(super) type Configure = dyn Fn(usize, Builder) -> Builder + Send + Sync;

/// One loop.
pub(super) struct Member {
    pub(super) number: usize,
    /// Set when the loop was made.
    remote: OnceLock<Remote>,
    /// Number of its tasks.
    tasks: AtomicUsize,
    /// The loop was asked to stop because the fleet is shut down.
    asked: AtomicBool,
    /// Set when its run is over. It may still clean up.
    end: Mutex<Option<LoopEnd>>,
    /// Its thread is at its end: the loop is closed.
    closed: AtomicBool,
}

/// The state of a fleet, which its threads and its tasks share.
pub(super) struct FleetCore {
    pub(super) members: Vec<Arc<Member>>,
    closing: AtomicBool,
    /// Number of threads that live.
    live: Mutex<usize>,
    ended: Condvar,
    /// The loop that made the fleet. It gets the reports.
    home: Option<Address>,
}

impl FleetCore {
    pub(super) fn new(loops: usize, home: Option<Address>) -> Arc<FleetCore> {
        let member = |number| {
            Arc::new(Member {
                number,
                remote: OnceLock::new(),
                tasks: AtomicUsize::new(0),
                asked: AtomicBool::new(false),
                end: Mutex::new(None),
                closed: AtomicBool::new(false),
            })
        };
        Arc::new(FleetCore {
            members: (0..loops).map(member).collect(),
            closing: AtomicBool::new(false),
            live: Mutex::new(0),
            ended: Condvar::new(),
            home,
        })
    }

    /// Counts the thread of the loop with this number, which is about to be started.
    pub(super) fn count(&self, number: usize) -> LiveThread<'_> {
        *self.live.lock() += 1;
        LiveThread(self, number)
    }

    /// Makes the loop of this number, runs it and closes it, on this thread.
    pub(super) fn run_loop(&self, number: usize, configure: &Configure, start: Start) {
        let _counted = LiveThread(self, number);
        let member = &self.members[number];
        let make = || configure(number, EventLoop::builder()).try_build();
        let made = catch_unwind(AssertUnwindSafe(make));
        let made = made
            .map_err(message_of)
            .and_then(|made| made.map_err(|it| it.to_string()));
        let event_loop = match made {
            Ok(event_loop) => event_loop,
            Err(why) => return start.fail(why),
        };
        let _ = member.remote.set(event_loop.remote());
        drop(start);
        let ran = catch_unwind(AssertUnwindSafe(|| event_loop.run_forever()));
        let end = member.end_of(ran);
        *member.end.lock() = Some(end.clone());
        if end == LoopEnd::ShutDown {
            // The tasks that the tasks of the fleet have spawned are cancelled, and clean up.
            return drop_told_by(|| drop(Runner::with_loop(event_loop)));
        }
        drop_told_by(|| drop(event_loop));
        let message = format!(
            "loop {number} of a fleet ended, and its tasks with it: {end}. Their awaiters get this \
             as an error"
        );
        report_to(self.home, ReportKind::LoopEnded, message, None);
    }

    pub(super) fn is_shut_down(&self) -> bool {
        self.closing.load(Ordering::SeqCst)
    }

    /// Refuses further tasks, and has each loop end when it has none.
    pub(super) fn shut_down(self: &Arc<Self>) {
        self.closing.store(true, Ordering::SeqCst);
        for member in &self.members {
            member.look();
        }
    }

    /// Ends the loops of a fleet that could not be made. All that start have started.
    pub(super) fn give_up(self: &Arc<Self>) {
        self.closing.store(true, Ordering::SeqCst);
        let made = |member: &&Arc<Member>| member.remote.get().is_some();
        self.members.iter().filter(made).for_each(Member::look);
    }

    /// Blocks this thread until all loops have ended, for at most `limit`, and at most until `given_up`
    /// returns true. Returns true if the loops have ended.
    pub(super) fn wait_ended(&self, limit: Duration, given_up: impl Fn() -> bool) -> bool {
        let mut live = self.live.lock();
        let waits = |live: &mut usize| *live > 0 && !given_up();
        wait_while(&self.ended, &mut live, waits, limit);
        *live == 0
    }

    /// Has the threads that wait for the end ask `given_up` again.
    pub(super) fn look_again(&self) {
        drop(self.live.lock()); // a thread that has just asked waits by now
        self.ended.notify_all();
    }
}

/// Counts a thread while it lives.
pub(super) struct LiveThread<'a>(&'a FleetCore, usize);

impl LiveThread<'_> {
    /// Leaves the count to the thread, which has been started.
    pub(super) fn hand_over(self) {
        std::mem::forget(self);
    }
}

impl Drop for LiveThread<'_> {
    fn drop(&mut self) {
        let LiveThread(core, number) = self;
        core.members[*number].closed.store(true, Ordering::SeqCst);
        *core.live.lock() -= 1;
        core.ended.notify_all();
    }
}

impl Member {
    /// Returns the handle of the loop. A fleet is made when all loops are.
    pub(super) fn remote(&self) -> &Remote {
        self.remote.get().expect("the loop was made with its fleet")
    }

    /// Returns how the loop ended, if it has.
    pub(super) fn end(&self) -> Option<LoopEnd> {
        self.end.lock().clone()
    }

    /// Returns true if the loop is closed: its other tasks and the jobs of its pool have ended, too.
    pub(super) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::SeqCst)
    }

    /// Returns the number of its tasks.
    pub(super) fn tasks(&self) -> usize {
        self.tasks.load(Ordering::SeqCst)
    }

    /// Has the loop stop if it has no task.
    fn look(self: &Arc<Self>) {
        let member = self.clone();
        // A loop that is closed has nothing to look at.
        let _ = self.remote().call_soon(move || {
            if member.tasks() == 0 {
                call_soon(move || member.stop());
            }
        });
    }

    /// Stops the loop. Runs one iteration after the count was zero: a task that ended in the same
    /// iteration as the count was read gives its value in the next one.
    ///
    /// Only the first call stops: a later one would end the clean-up of the loop's other tasks.
    fn stop(&self) {
        if !self.asked.swap(true, Ordering::SeqCst) {
            stop();
        }
    }

    fn end_of(&self, ran: std::thread::Result<Result<(), RunError>>) -> LoopEnd {
        match ran {
            Ok(Ok(())) if self.asked.load(Ordering::SeqCst) => LoopEnd::ShutDown,
            Ok(Ok(())) => LoopEnd::Stopped,
            Ok(Err(error)) => LoopEnd::Failed(error.to_string()),
            Err(payload) => LoopEnd::Failed(message_of(payload)),
        }
    }
}

/// Returns the message of a panic.
fn message_of(payload: Box<dyn Any + Send>) -> String {
    let panic = Panic::new(payload);
    let message = panic.message().to_string();
    drop_told(panic);
    message
}

/// Counts a task at its loop.
pub(super) struct CountedTask {
    core: Arc<FleetCore>,
    number: usize,
}

impl CountedTask {
    /// Counts a task, unless the fleet is shut down.
    pub(super) fn new(core: &Arc<FleetCore>, number: usize) -> Option<CountedTask> {
        core.members[number].tasks.fetch_add(1, Ordering::SeqCst);
        let core = core.clone();
        let counted = CountedTask { core, number };
        // If it is shut down, the count is taken back here, and the loop looks again.
        (!counted.core.is_shut_down()).then_some(counted)
    }
}

impl Drop for CountedTask {
    fn drop(&mut self) {
        let member = &self.core.members[self.number];
        let was_last = member.tasks.fetch_sub(1, Ordering::SeqCst) == 1;
        if was_last && self.core.is_shut_down() {
            member.look();
        }
    }
}

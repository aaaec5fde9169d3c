//! Barrier: tasks wait until all of them have arrived.
//!
//! The problem: some tasks work in phases, and none may begin the next phase before all have
//! ended this one. Each calls `wait` at the end of a phase. The last one to arrive lets all go on.
//!
//! ```text
//!                 the last one arrives               the last one goes on
//!     Filling ──────────────────────────> Draining ─────────────────────────> Filling
//!        │  └── reset, and tasks wait ──> Resetting ── the last has gone ───────^
//!        │
//!        └── abort ──> Broken ── reset ──> Filling (or Resetting, if tasks are inside)
//! ```
//!
//! | state | a task that arrives | a task that waits inside |
//! |---|---|---|
//! | `Filling` | goes inside; the last one of the parties starts `Draining` | waits |
//! | `Draining` | waits in front of the barrier | goes on with its index |
//! | `Resetting` | waits in front of the barrier | fails: [`BrokenBarrier`](crate::BrokenBarrier) |
//! | `Broken` | fails at once | fails |
//!
//! The state decides when a task runs, not when it is notified: an `abort` that comes between still
//! breaks the barrier for it. In asyncio this is the same.
//!
//! Invariants:
//! 1. In `Filling`, fewer tasks are inside than there are parties.
//! 2. `Draining` and `Resetting` end when the last task inside has gone, however it ends.
//!
//! Read next: `signals/barrier/arrival.rs`.

use std::cell::Cell;
use std::fmt;

use groundup_combinators::trace::{Access, Name};

use crate::home::Home;
use crate::signals::barrier::arrival::BarrierWait;
use crate::wait_list::WaitList;

pub(crate) mod arrival;

/// The states of a barrier; the page has the moves between them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum BarrierState {
    /// Tasks arrive. It becomes `Draining`, `Resetting` or `Broken`.
    Filling,
    /// All parties have come, and go on. It becomes `Filling`, `Resetting` or `Broken`.
    Draining,
    /// The tasks inside fail. It becomes `Filling` or `Broken`.
    Resetting,
    /// All waits fail. A reset makes it `Filling` or `Resetting`.
    Broken,
}

/// Lets a number of tasks wait for each other: asyncio's `Barrier`. It can be used again and
/// again.
///
/// A barrier is meant for as many tasks as it has parties. More tasks wait in front of it, and all of
/// them take a step each time it opens, as in asyncio: `n` tasks at a barrier of `p` parties take about
/// `n * n / (2 * p)` steps in all.
///
/// ```
/// # mod groundup { pub use groundup_sync::{*, combinators::*, executor::*}; }
/// use groundup::{Barrier, gather, run_virtual, sleep, time};
/// use std::{rc::Rc, time::Duration};
///
/// run_virtual(async {
///     let barrier = Rc::new(Barrier::new(3));
///     let phases = gather((1..=3).map(|seconds| {
///         let barrier = barrier.clone();
///         async move {
///             sleep(Duration::from_secs(seconds)).await;
///             let index = barrier.wait().await.unwrap();
///             (index, time().since_start().as_secs())
///         }
///     }));
///     // The last one to arrive has the last index. All go on at the same time.
///     assert_eq!(phases.await.unwrap(), [(0, 3), (1, 3), (2, 3)]);
/// });
/// ```
pub struct Barrier {
    parties: usize,
    state: Cell<BarrierState>,
    /// The number of tasks inside: those that wait, and those that are on their way out.
    count: Cell<usize>,
    inside: WaitList,
    /// The tasks that arrived while others were on their way out.
    outside: WaitList,
    /// With a reason for each line: inside, and outside.
    home: Home<2>,
}

impl Barrier {
    /// Creates a barrier for a number of tasks.
    ///
    /// # Panics
    ///
    /// If `parties` is 0: no task could be the last to arrive.
    ///
    /// ```
    /// # mod groundup { pub use groundup_sync::*; }
    /// let barrier = groundup::Barrier::new(3);
    /// assert_eq!((barrier.parties(), barrier.n_waiting()), (3, 0));
    /// ```
    #[track_caller]
    pub fn new(parties: usize) -> Self {
        assert!(
            parties > 0,
            "a barrier of no parties would never open: give it at least 1"
        );
        Barrier {
            parties,
            state: Cell::new(BarrierState::Filling),
            count: Cell::new(0),
            inside: WaitList::default(),
            outside: WaitList::default(),
            home: Home::new("barrier"),
        }
    }

    /// Names the barrier in traces, deadlock reports and explanations. Without a name it is called
    /// "barrier", and reports say where it was made.
    ///
    /// ```
    /// # mod groundup { pub use groundup_sync::*; }
    /// let start = groundup::Barrier::new(2).named("start");
    /// assert_eq!(format!("{start:?}"), "<Barrier start [filling, waiters:0/2]>");
    /// ```
    #[must_use]
    pub fn named(mut self, name: impl Into<Name>) -> Self {
        self.home.set_name(name.into());
        self
    }

    /// Waits until all parties have called this. Returns the index of the task: the first to
    /// arrive has 0, the last one `parties - 1`. The last one goes on at once, and the others in
    /// the next iteration, in the order in which they arrived.
    ///
    /// # Errors
    ///
    /// [`BrokenBarrier`](crate::BrokenBarrier), if the barrier is broken, or is reset while the task
    /// waits.
    ///
    /// # Cancel safety
    ///
    /// A wait that is dropped or cancelled leaves the barrier, and one more task must arrive.
    ///
    /// # Panics
    ///
    /// If a task of another loop has waited for this barrier.
    #[track_caller]
    pub fn wait(&self) -> BarrierWait<'_> {
        self.home.note_await(0);
        BarrierWait::new(self)
    }

    /// Returns the barrier to its first state. The tasks that wait inside fail with
    /// [`BrokenBarrier`](crate::BrokenBarrier).
    pub fn reset(&self) {
        self.home.touch(Access::Write);
        self.state.set(match self.count.get() {
            0 => BarrierState::Filling,
            _ => BarrierState::Resetting,
        });
        self.wake_all();
    }

    /// Breaks the barrier: all tasks that wait, and all that arrive later, fail with
    /// [`BrokenBarrier`](crate::BrokenBarrier), until the barrier is [reset](Barrier::reset).
    ///
    /// ```
    /// # mod groundup { pub use groundup_sync::{*, executor::*}; }
    /// use groundup::{Barrier, BrokenBarrier, run};
    ///
    /// run(async {
    ///     let barrier = Barrier::new(2);
    ///     barrier.abort();
    ///     assert_eq!(barrier.wait().await, Err(BrokenBarrier));
    ///     barrier.reset();
    ///     assert!(!barrier.broken());
    /// });
    /// ```
    pub fn abort(&self) {
        self.home.touch(Access::Write);
        self.state.set(BarrierState::Broken);
        self.wake_all();
    }

    /// Returns the number of tasks that the barrier waits for.
    pub fn parties(&self) -> usize {
        self.parties
    }

    /// Returns the number of tasks that wait inside while the barrier fills.
    pub fn n_waiting(&self) -> usize {
        self.home.touch(Access::Read);
        match self.state.get() {
            BarrierState::Filling => self.count.get(),
            _ => 0,
        }
    }

    /// Returns true if the barrier is broken: all waits for it fail.
    pub fn broken(&self) -> bool {
        self.home.touch(Access::Read);
        self.state.get() == BarrierState::Broken
    }

    fn wake_all(&self) {
        self.inside.notify_all();
        self.outside.notify_all();
    }

    /// One task less is inside. The last one wakes all that wait outside, although only `parties` of
    /// them can go in: as in asyncio, the others stand at the end of the line afterwards, behind the
    /// tasks that came in this iteration.
    fn exit(&self) {
        self.home.touch(Access::Write);
        self.count.set(self.count.get() - 1);
        if self.count.get() == 0 {
            if !self.broken() {
                self.state.set(BarrierState::Filling);
            }
            self.wake_all();
        }
    }

    /// Returns true if a task that waits inside goes on.
    fn opens(&self) -> bool {
        self.state.get() != BarrierState::Filling
    }

    /// Returns true if a task that arrives must wait outside.
    fn is_clearing(&self) -> bool {
        matches!(
            self.state.get(),
            BarrierState::Draining | BarrierState::Resetting
        )
    }
}

impl fmt::Debug for Barrier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = format!("{:?}", self.state.get()).to_lowercase();
        write!(f, "<Barrier {} [{state}", self.home.name())?;
        match self.broken() {
            true => f.write_str("]>"),
            false => write!(f, ", waiters:{}/{}]>", self.n_waiting(), self.parties),
        }
    }
}

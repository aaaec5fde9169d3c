//! State of a wait set: counts ends and releases the waiter.
//!
//! The problem: asyncio's `wait` counts done-callbacks, and a callback runs one iteration after
//! the end of its task. Here a [`WaitSet`](crate::WaitSet) registers each task once, and a program
//! waits on the set many times. Each wait must count an end in the iteration in which asyncio's
//! callback would count it.
//!
//! ```text
//!   wait   NoWait ── 1 ──> Counting ── 2 ──> Noticed
//!                             └───── 3 ───┬─────┘
//!                                         v
//!                                      Released
//!
//!   1  A wait begins. If members have ended before, it goes on to Noticed at once (`begin`).
//!   2  A member ends, and its end may decide the wait (`note_end`).
//!   3  Enough ends are counted, or the time of the wait is over (`release`).
//!
//!   A wait that has returned, or is dropped at any stage, goes back to NoWait (`end`).
//! ```
//!
//! A member is *Running* until it ends. Then it is *Finished*, while no wait has taken over its end.
//! It is *Assigned* as soon as a wait has: the wait has counted the end, or has posted the one notice
//! that will count all ends from before it. The picture in `wait/members.rs` has these stages, and
//! names the functions of this page that make the moves.
//!
//! Invariants:
//! 1. An end counts once in a wait. When a wait begins, one notice takes over all earlier ends, and
//!    counts them one iteration later.
//! 2. The waiter is woken once in a wait.
//! 3. An end that may decide the wait (the first, the last, or, with `FirstException`, each) is
//!    counted by its notice, one iteration later. Other ends are counted at once.
//!
//! Read next: `timeout/deadline.rs`, a region with an alarm. Second reading:
//! `wait/failures.rs`.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use groundup_executor::task::{Exit, Group, Listener, Scheduler, Ticket};

use crate::wait::members::{MemberStage, Table};
use crate::waiter::Waiter;

/// Says when [`wait`](crate::wait()) returns: asyncio's `ALL_COMPLETED`, `FIRST_COMPLETED` and
/// `FIRST_EXCEPTION`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ReturnWhen {
    /// When all tasks are done. Failed and cancelled tasks count as done.
    #[default]
    AllCompleted,
    /// When at least one task is done.
    FirstCompleted,
    /// When a task has failed: it panicked or, with
    /// [`errors_count`](crate::Wait::errors_count), returned `Err`. A cancelled task does not
    /// count. If no task fails, when all are done.
    FirstException,
}

/// How far the present wait has come, as in the picture.
#[derive(Clone, Copy, PartialEq, Eq)]
enum CountStage {
    /// No wait is under way.
    NoWait,
    /// Ends are counted.
    Counting,
    /// As `Counting`, and a notice that will be counted is under way. A wait for the first end
    /// needs no second notice.
    Noticed,
    /// The waiter is released: it resumes with the tasks that are done by then.
    Released,
}

/// When an end is counted.
enum CountTime {
    /// By the next wait: no wait is under way.
    NextBegin,
    /// At once: it cannot decide the wait.
    Now,
    /// By `on_end`, one iteration later: it may decide the wait.
    Notice,
}

/// State that the set shares with its group.
pub(super) struct SetState<T> {
    pub(super) table: RefCell<Table<T>>,
    /// The set's group, once the set has had a member. The group holds an `Rc` of this state. So the
    /// drop of the set removes the group, or state and group would keep each other alive.
    pub(super) group: RefCell<Option<Group>>,
    /// Number of ends that the present wait has still to count.
    pub(super) left: Cell<usize>,
    pub(super) mode: Cell<ReturnWhen>,
    pub(super) failed: Cell<fn(&T) -> bool>,
    stage: Cell<CountStage>,
    /// Number of ends from before the present wait that were not counted yet.
    earlier: Cell<usize>,
    /// Number of `BEGINNING` notices under way.
    pub(super) posted: Cell<u32>,
    pub(super) waiter: Waiter,
}

/// Member number of the notice that stands for all ends from before a wait.
const BEGINNING: u32 = u32::MAX;

impl<T: 'static> Listener for SetState<T> {
    fn awaited_by(&self) -> Option<(&'static str, Ticket)> {
        Some(("wait", self.waiter.ticket()?))
    }

    fn note_end(&self, place: u32) -> bool {
        let mut table = self.table.borrow_mut();
        table.ended.push(place);
        let last = table.ended_count() == table.len();
        let (stage, notice) = match self.when_counted(last) {
            CountTime::NextBegin => (MemberStage::Finished, false),
            CountTime::Now => {
                self.left.set(self.left.get() - 1);
                (MemberStage::Assigned, false)
            }
            CountTime::Notice => {
                if self.stage.get() == CountStage::Counting {
                    self.stage.set(CountStage::Noticed);
                }
                (MemberStage::Finished, true)
            }
        };
        if let Some(word) = table.words.get_mut(place as usize) {
            word.set(stage, notice);
        }
        notice
    }

    fn on_end(&self, place: u32, _: Exit) {
        if place == BEGINNING {
            return self.count_earlier();
        }
        self.fetch([place]); // a value that `take_notice` looks at, if the member is a proxy
        if let Some(failed) = self.take_notice(place) {
            self.count(1, failed);
        }
    }

    fn loop_closed(&self) {
        self.waiter.wake();
    }
}

impl<T: 'static> SetState<T> {
    pub(super) fn new() -> Self {
        SetState {
            table: RefCell::default(),
            group: RefCell::default(),
            left: Cell::new(0),
            mode: Cell::default(),
            failed: Cell::new(|_| false),
            stage: Cell::new(CountStage::NoWait),
            earlier: Cell::new(0),
            posted: Cell::new(0),
            waiter: Waiter::default(),
        }
    }

    /// Begins a wait. The ends from before it are counted in the next iteration.
    pub(super) fn begin(&self, when: ReturnWhen, failed: fn(&T) -> bool) {
        assert!(
            self.table.borrow().len() > 0,
            "Set of Tasks/Futures is empty: there is nothing to wait for; look at is_empty() first"
        );
        self.mode.set(when);
        self.failed.set(failed);
        self.left.set(self.table.borrow().len());
        let earlier = self.table.borrow_mut().assign_ended();
        self.earlier.set(earlier);
        self.stage.set(match earlier {
            0 => CountStage::Counting,
            _ => CountStage::Noticed,
        });
        if earlier > 0
            && let Some(group) = &*self.group.borrow()
        {
            self.posted.set(self.posted.get() + 1);
            group.post(BEGINNING);
        }
    }

    /// Returns the loop of a set that has members.
    pub(super) fn scheduler(&self) -> Rc<Scheduler> {
        let group = self.group.borrow();
        let group = group
            .as_ref()
            .expect("a set that has had a member has a group");
        group.scheduler().clone()
    }

    /// Ends a wait that is over or was dropped.
    pub(super) fn end(&self) {
        self.stage.set(CountStage::NoWait);
        self.waiter.forget();
    }

    fn is_waiting(&self) -> bool {
        self.stage.get() != CountStage::NoWait
    }

    /// Returns true if the waiter is to resume.
    pub(super) fn is_released(&self) -> bool {
        self.stage.get() == CountStage::Released
    }

    /// Says when the end that has just come is counted. `last` is true if no member runs now.
    #[inline]
    fn when_counted(&self, last: bool) -> CountTime {
        let decides = match self.mode.get() {
            ReturnWhen::FirstException => true,
            ReturnWhen::FirstCompleted => self.stage.get() == CountStage::Counting,
            ReturnWhen::AllCompleted => last,
        };
        match (self.is_waiting(), decides) {
            (false, _) => CountTime::NextBegin,
            (true, false) => CountTime::Now,
            (true, true) => CountTime::Notice,
        }
    }

    /// Takes the notice of a member's end. Returns `None` if this end does not count now: no wait is
    /// under way, the end was counted already, or the place has a new member, which still runs.
    /// Otherwise returns true if the member has failed and the wait asks for failures; then marks
    /// the failure as seen.
    fn take_notice(&self, place: u32) -> Option<bool> {
        let mut table = self.table.borrow_mut();
        let word = table.words.get_mut(place as usize)?;
        let stage = word.stage();
        if stage == MemberStage::Running {
            return None; // the place has a new member
        }
        let counts = stage == MemberStage::Finished && self.is_waiting();
        word.set(if counts { MemberStage::Assigned } else { stage }, false);
        if !counts {
            return None;
        }
        // The member of this notice may have been removed, and a new member may have got its place and
        // have ended. Two notices then name this place: the first that comes counts the end of the new
        // member, and the second finds it Assigned. So `has_failed` looks at the task in the place.
        let failed = self.has_failed(&table, place);
        if failed {
            self.mark_failure_seen(&table, place, 1);
        }
        Some(failed)
    }

    /// Counts the ends from before the wait.
    fn count_earlier(&self) {
        self.posted.set(self.posted.get() - 1);
        if self.posted.get() > 0 {
            return; // this notice belongs to an earlier wait, which was dropped
        }
        // The ends from before the wait, and no later ends: each later end is counted by itself.
        let ends = self.earlier.take();
        if ends == 0 {
            return;
        }
        let mut failures = Vec::new();
        if self.mode.get() == ReturnWhen::FirstException {
            let ended = self.table.borrow().ended.clone();
            self.fetch(ended);
            failures = self.earlier_failures();
        }
        for &(ends, place) in &failures {
            self.mark_failure_seen(&self.table.borrow(), place, ends);
        }
        self.count(ends, !failures.is_empty());
    }

    /// Counts ends, and releases the waiter if they are enough.
    fn count(&self, ends: usize, failed: bool) {
        self.left.set(self.left.get() - ends);
        let enough =
            self.left.get() == 0 || failed || self.mode.get() == ReturnWhen::FirstCompleted;
        if enough {
            self.release();
        }
    }

    pub(super) fn release(&self) {
        if matches!(self.stage.get(), CountStage::Counting | CountStage::Noticed) {
            self.stage.set(CountStage::Released);
            self.waiter.wake();
        }
    }
}

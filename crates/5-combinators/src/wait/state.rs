//! State of a wait set: counts ends and releases the waiter.
//!
//! The problem: asyncio's `wait` counts done-callbacks, and a callback runs one iteration after
//! the end of its task. Here a [`WaitSet`](crate::WaitSet) keeps its tasks registered, and a
//! program waits on it again and again. It must count the ends in the iterations of asyncio.
//!
//! ```text
//!   member   Running ── ends ──> Finished ── its end is counted, or a wait begins ──> Counted
//!
//!   A wait that returns takes the Finished and the Counted members out.
//! ```
//!
//! Invariants:
//! 1. An end counts once in a wait. The beginning of a wait marks the ends from before it as
//!    `Counted`, and one notice adds them to the count, one iteration later.
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

/// How far the present wait has come.
#[derive(Clone, Copy, PartialEq, Eq)]
enum CountStage {
    /// No wait is under way.
    NoWait,
    /// Ends are counted.
    Counting,
    /// As `Counting`, and a notice is under way that will be counted. A wait for the first end
    /// needs no other notice.
    Noticed,
    /// The waiter is released: it resumes with the tasks that are done by then.
    Released,
}

/// When an end is counted.
enum Counted {
    /// By the next wait: no wait is under way.
    AtNextBegin,
    /// At once: it cannot decide the wait.
    Now,
    /// By `on_end`, one iteration later: it may decide the wait.
    ByNotice,
}

/// State that the set shares with its group.
pub(super) struct SetState<T> {
    pub(super) table: RefCell<Table<T>>,
    /// The set's group, once the set has had a member. The group holds this state, so the set
    /// takes the group out when it is dropped.
    pub(super) group: RefCell<Option<Group>>,
    /// Number of ends that the present wait has still to count.
    pub(super) left: Cell<usize>,
    pub(super) mode: Cell<ReturnWhen>,
    pub(super) failed: Cell<fn(&T) -> bool>,
    stage: Cell<CountStage>,
    /// Number of ends from before the present wait that were not counted yet.
    at_entry: Cell<usize>,
    /// Number of `AT_ENTRY` notices under way.
    pub(super) posted: Cell<u32>,
    pub(super) waiter: Waiter,
}

/// Member number of the notice that stands for all ends from before a wait.
const AT_ENTRY: u32 = u32::MAX;

impl<T: 'static> Listener for SetState<T> {
    fn awaited_by(&self) -> Option<(&'static str, Ticket)> {
        Some(("wait", self.waiter.ticket()?))
    }

    fn note_end(&self, place: u32) -> bool {
        let mut table = self.table.borrow_mut();
        table.ended.push(place);
        let last = table.ended.len() == table.len();
        let (stage, notice) = match self.when_counted(last) {
            Counted::AtNextBegin => (MemberStage::Finished, false),
            Counted::Now => {
                self.left.set(self.left.get() - 1);
                (MemberStage::Counted, false)
            }
            Counted::ByNotice => {
                if self.stage.get() == CountStage::Counting {
                    self.stage.set(CountStage::Noticed);
                }
                (MemberStage::Finished, true)
            }
        };
        if let Some(mark) = table.marks.get_mut(place as usize) {
            mark.set(stage, notice);
        }
        notice
    }

    fn on_end(&self, place: u32, _: Exit) {
        if place == AT_ENTRY {
            return self.count_at_entry();
        }
        self.fetch([place]);
        let failed = {
            let mut table = self.table.borrow_mut();
            let Some(mark) = table.marks.get_mut(place as usize) else {
                return;
            };
            let stage = mark.stage();
            // By now the place may belong to another member.
            if stage == MemberStage::Running {
                return;
            }
            let counts = stage == MemberStage::Finished && self.is_waiting();
            mark.set(if counts { MemberStage::Counted } else { stage }, false);
            if !counts {
                return;
            }
            // Asks the task in the place how it ended: the notice may be of an earlier member.
            let failed = self.has_failed(&table, place);
            if failed {
                self.mark_failure_seen(&table, place, 1);
            }
            failed
        };
        self.count(1, failed);
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
            at_entry: Cell::new(0),
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
        let mut table = self.table.borrow_mut();
        let table = &mut *table;
        for &place in &table.ended {
            let mark = &mut table.marks[place as usize];
            mark.set(MemberStage::Counted, mark.registered());
        }
        let at_entry = table.ended.len();
        self.at_entry.set(at_entry);
        self.stage.set(match at_entry {
            0 => CountStage::Counting,
            _ => CountStage::Noticed,
        });
        if at_entry > 0
            && let Some(group) = &*self.group.borrow()
        {
            self.posted.set(self.posted.get() + 1);
            group.post(AT_ENTRY);
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
    fn when_counted(&self, last: bool) -> Counted {
        let decides = match self.mode.get() {
            ReturnWhen::FirstException => true,
            ReturnWhen::FirstCompleted => self.stage.get() == CountStage::Counting,
            ReturnWhen::AllCompleted => last,
        };
        match (self.is_waiting(), decides) {
            (false, _) => Counted::AtNextBegin,
            (true, false) => Counted::Now,
            (true, true) => Counted::ByNotice,
        }
    }

    /// Counts the ends from before the wait.
    fn count_at_entry(&self) {
        self.posted.set(self.posted.get() - 1);
        if self.posted.get() > 0 {
            return; // this notice belongs to an earlier wait, which was dropped
        }
        // These are the ends from before the wait alone. Each later end is counted by itself.
        let ends = self.at_entry.take();
        if ends == 0 {
            return;
        }
        if self.mode.get() == ReturnWhen::FirstException {
            let ended = self.table.borrow().ended.clone();
            self.fetch(ended);
        }
        let failures = match self.mode.get() {
            ReturnWhen::FirstException => self.failures_at_entry(),
            _ => Vec::new(),
        };
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

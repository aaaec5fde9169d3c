//! The state of a wait set: who is in, who has ended, who was told.
//!
//! The problem: asyncio's `wait` counts done-callbacks, and a callback comes an
//! iteration after the end it tells of. A set that stays registered must count the
//! same ends in the same iterations, also those that came while nobody waited.
//!
//! ```text
//!   member   Running ----ends----> Ended ----told----> Told
//!                                    |   (an iteration later, the callback)
//!                                    +--given out at the next return--> gone
//! ```
//!
//! Invariants:
//! 1. An end counts once in a wait. What had ended before the wait began is told one
//!    iteration after that.
//! 2. The waiter is woken once in a wait.
//! 3. Only the ends by which a wait may be over are told: the first, the last, or, for
//!    the first failure, each. The others are counted when they come.
//!
//! Read next: `members.rs`.

use std::cell::{Cell, RefCell};

use groundup_executor::task::{Ending, Task, Watcher, Watching};

use crate::wait::members::{Stage, Table};
use crate::waiter::Waiter;

/// When [`wait`](crate::wait()) returns: asyncio's `ALL_COMPLETED`, `FIRST_COMPLETED` and
/// `FIRST_EXCEPTION`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ReturnWhen {
    /// When all are done. Failures and cancels count as done (W04).
    #[default]
    AllCompleted,
    /// When at least one is done (W05).
    FirstCompleted,
    /// When one has failed, that is, panicked or, with
    /// [`errors_count`](crate::Wait::errors_count), returned `Err`; a cancelled one does
    /// not count (W06). If none fails, when all are done.
    FirstException,
}

/// What the set and its watcher share.
pub(super) struct State<T> {
    pub(super) table: RefCell<Table<T>>,
    /// The set's place in the table of groups, once it has a member. The set takes it
    /// out when it goes, since it leads back here.
    pub(super) watching: RefCell<Option<Watching>>,
    /// How many ends the present wait still has to be told of.
    left: Cell<usize>,
    mode: Cell<ReturnWhen>,
    failed: Cell<fn(&T) -> bool>,
    /// An end is on its way that will release the waiter, if that waits for the first.
    sure: Cell<bool>,
    /// The waiter is released: it resumes with what is done then.
    pub(super) released: Cell<bool>,
    waiting: Cell<bool>,
    /// How many had ended when the present wait began, and were not counted yet.
    at_entry: Cell<usize>,
    /// How many `AT_ENTRY` are on their way.
    pub(super) posted: Cell<u32>,
    pub(super) waiter: Waiter,
}

/// The member number that stands for all that had ended at entry.
const AT_ENTRY: u32 = u32::MAX;

impl<T: 'static> Watcher for State<T> {
    fn child_ended(&self, place: u32) -> bool {
        let mut table = self.table.borrow_mut();
        table.ended.push(place);
        let all = table.ended.len() == table.len();
        let matters = self.waiting.get() && self.matters(all);
        let told = self.waiting.get() && !matters;
        if told {
            self.left.set(self.left.get() - 1);
        }
        let stage = if told { Stage::Told } else { Stage::Ended };
        if let Some(mark) = table.marks.get_mut(place as usize) {
            mark.set(stage, matters);
        }
        matters
    }

    fn child_done(&self, place: u32, _: Ending) {
        if place == AT_ENTRY {
            return self.told_at_entry();
        }
        self.fetch([place]);
        let failed = {
            let mut table = self.table.borrow_mut();
            let Some(mark) = table.marks.get_mut(place as usize) else {
                return;
            };
            let stage = mark.stage();
            // It may be another one by now, in the place of one that has left.
            if stage == Stage::Running {
                return;
            }
            let counts = stage == Stage::Ended && self.waiting.get();
            mark.set(if counts { Stage::Told } else { stage }, false);
            if !counts {
                return;
            }
            // How it ended says the task that is there: the news may be of one before it.
            self.has_failed(&table, place, 1)
        };
        self.count(1, failed);
    }

    fn loop_closed(&self) {
        self.waiter.wake();
    }
}

impl<T: 'static> State<T> {
    pub(super) fn new() -> Self {
        State {
            table: RefCell::default(),
            watching: RefCell::default(),
            left: Cell::new(0),
            mode: Cell::default(),
            failed: Cell::new(|_| false),
            sure: Cell::new(false),
            released: Cell::new(false),
            waiting: Cell::new(false),
            at_entry: Cell::new(0),
            posted: Cell::new(0),
            waiter: Waiter::default(),
        }
    }

    /// A wait begins: what has ended by now counts as told in the next iteration.
    pub(super) fn begin(&self, when: ReturnWhen, failed: fn(&T) -> bool) {
        assert!(
            self.table.borrow().len() > 0,
            "Set of Tasks/Futures is empty: there is nothing to wait for; look at is_empty() first"
        );
        self.mode.set(when);
        self.failed.set(failed);
        self.left.set(self.table.borrow().len());
        self.released.set(false);
        self.waiting.set(true);
        let mut table = self.table.borrow_mut();
        let table = &mut *table;
        for &place in &table.ended {
            let mark = &mut table.marks[place as usize];
            mark.set(Stage::Told, mark.registered());
        }
        let at_entry = table.ended.len();
        self.at_entry.set(at_entry);
        self.sure.set(at_entry > 0);
        if at_entry > 0
            && let Some(watching) = &*self.watching.borrow()
        {
            self.posted.set(self.posted.get() + 1);
            watching.post(AT_ENTRY);
        }
    }

    /// A wait is over, or was given up.
    pub(super) fn end(&self) {
        self.waiting.set(false);
        self.waiter.forget();
    }

    /// Whether the waiter has to be told of the end that has just come, which may be
    /// that of all.
    #[inline]
    fn matters(&self, all: bool) -> bool {
        match self.mode.get() {
            ReturnWhen::FirstException => true,
            ReturnWhen::FirstCompleted => !self.sure.replace(true),
            ReturnWhen::AllCompleted => all,
        }
    }

    /// Has the values of proxies fetched, which may call the user's `Clone`, before they
    /// are asked about under a borrow.
    fn fetch(&self, places: impl IntoIterator<Item = u32>) {
        if self.mode.get() != ReturnWhen::FirstException {
            return;
        }
        for place in places {
            let table = self.table.borrow();
            let task = table.tasks.get(place as usize).and_then(Option::as_ref);
            let asked = |task: &&Task<T>| task.is_proxy() && !task.panicked() && !task.cancelled();
            let proxy = task.filter(asked).map(Task::task_ref);
            drop(table);
            if let Some(proxy) = proxy {
                proxy.fetch_output();
            }
        }
    }

    /// Whether a member that is told of as the `ends`-th of several has failed. That of the
    /// last does not matter, and is not looked at; a failure that matters has been seen.
    fn has_failed(&self, table: &Table<T>, place: u32, ends: usize) -> bool {
        if self.mode.get() != ReturnWhen::FirstException {
            return false;
        }
        match table.ending(place) {
            Ending::Failed => {
                let task = table.tasks[place as usize].as_ref();
                if let Some(task) = task.filter(|_| ends < self.left.get()) {
                    task.mark_seen();
                }
                true
            }
            Ending::Cancelled => false,
            Ending::Returned => {
                let task = table.tasks[place as usize].as_ref();
                task.is_some_and(|task| task.output_is(self.failed.get()))
            }
        }
    }

    /// The ends of those that had ended before the wait began.
    fn told_at_entry(&self) {
        self.posted.set(self.posted.get() - 1);
        if self.posted.get() > 0 {
            return; // meant for a wait that was given up
        }
        // Others may have ended and been told of meanwhile: those count by themselves.
        let ends = self.at_entry.take();
        if ends == 0 {
            return;
        }
        if self.mode.get() == ReturnWhen::FirstException {
            let ended = self.table.borrow().ended.clone();
            self.fetch(ended);
        }
        let failed = self.mode.get() == ReturnWhen::FirstException && self.had_failed();
        self.count(ends, failed);
    }

    /// Whether one of those has failed that are told of by now, in the order given.
    fn had_failed(&self) -> bool {
        let table = self.table.borrow();
        let told = |place: &u32| table.marks[*place as usize].stage() == Stage::Told;
        let mut ended: Vec<u32> = table.ended.iter().copied().filter(told).collect();
        table.sort(&mut ended);
        (1..).zip(ended).fold(false, |failed, (ends, place)| {
            failed | self.has_failed(&table, place, ends)
        })
    }

    /// So many more have ended: is that what the waiter waits for?
    fn count(&self, ends: usize, failed: bool) {
        self.left.set(self.left.get() - ends);
        let enough =
            self.left.get() == 0 || failed || self.mode.get() == ReturnWhen::FirstCompleted;
        if enough {
            self.release();
        }
    }

    pub(super) fn release(&self) {
        if !self.released.replace(true) {
            self.waiter.wake();
        }
    }
}

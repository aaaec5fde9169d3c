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
//! 1. An end counts once in a wait, when it is told. What had ended before the wait
//!    began is told one iteration after that.
//! 2. The waiter is woken once in a wait.
//! 3. Only the ends by which a wait is over are told: the first, or the last. The others
//!    are counted when they come.
//!
//! Read next: `wait_set.rs`.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;

use groundup_executor::task::{Ending, Task, Watcher};

use crate::wait::ReturnWhen;
use crate::wait_set::MemberId;
use crate::waiter::Waiter;

/// A place of the set, and the task in it.
pub(crate) struct Member<T> {
    /// `None` if the place is vacant.
    pub(crate) task: Option<Task<T>>,
    /// The how-manieth of the set it is.
    pub(crate) order: u64,
    pub(crate) ended: bool,
    /// Its end has been counted in this wait, or need not be.
    pub(crate) told: bool,
    /// Its task names this set, or its relay is on its way.
    pub(crate) registered: bool,
}

impl<T> Member<T> {
    /// One that comes in; what is not watched had ended before.
    #[inline]
    pub(crate) fn new(task: Task<T>, order: u64, watched: bool) -> Self {
        Member {
            task: Some(task),
            order,
            ended: !watched,
            told: false,
            registered: watched,
        }
    }
}

/// What the set and its watcher share.
pub(crate) struct State<T> {
    pub(crate) members: RefCell<Vec<Member<T>>>,
    pub(crate) vacant: RefCell<Vec<u32>>,
    /// Those that have ended and were not given out.
    pub(crate) ended: RefCell<VecDeque<u32>>,
    pub(crate) orders: Cell<u64>,
    pub(crate) len: Cell<usize>,
    /// All places with a member in them, combined by exclusive or: if there is one
    /// member, this is its place.
    pub(crate) places: Cell<u32>,
    /// How many ends the present wait still has to be told of.
    pub(crate) left: Cell<usize>,
    pub(crate) mode: Cell<ReturnWhen>,
    pub(crate) failed: Cell<fn(&T) -> bool>,
    /// An end is on its way that will release the waiter, if that waits for the first.
    pub(crate) sure: Cell<bool>,
    /// The waiter is released: it resumes with what is done then.
    pub(crate) released: Cell<bool>,
    pub(crate) waiting: Cell<bool>,
    /// How many had ended when the present wait began, and were not counted yet.
    pub(crate) at_entry: Cell<usize>,
    /// How many `AT_ENTRY` are on their way.
    pub(crate) posted: Cell<u32>,
    pub(crate) waiter: Waiter,
}

/// The member number that stands for all that had ended at entry.
pub(crate) const AT_ENTRY: u32 = u32::MAX;

impl<T: 'static> Watcher for State<T> {
    fn child_ended(&self, place: u32) -> bool {
        let mut members = self.members.borrow_mut();
        let Some(member) = members.get_mut(place as usize) else {
            return false;
        };
        member.ended = true;
        let ended = {
            let mut ended = self.ended.borrow_mut();
            ended.push_back(place);
            ended.len()
        };
        if !self.waiting.get() {
            return false;
        }
        let matters = match self.mode.get() {
            ReturnWhen::FirstException => true,
            ReturnWhen::FirstCompleted => !self.sure.replace(true),
            ReturnWhen::AllCompleted => ended == self.len.get(),
        };
        if !matters {
            member.told = true;
            self.left.set(self.left.get() - 1);
        }
        matters
    }

    fn child_done(&self, member: u32, ending: Ending) {
        if member == AT_ENTRY {
            return self.told_at_entry();
        }
        let failed = {
            let mut members = self.members.borrow_mut();
            let Some(member) = members.get_mut(member as usize) else {
                return;
            };
            // It may be another one by now, in the place of one that has left.
            if !member.ended {
                return;
            }
            member.registered = false;
            if !self.waiting.get() {
                return;
            }
            if std::mem::replace(&mut member.told, true) {
                return;
            }
            self.has_failed(member, ending)
        };
        self.count(1, failed);
    }
}

impl<T: 'static> State<T> {
    pub(crate) fn new() -> Self {
        State {
            members: RefCell::default(),
            vacant: RefCell::default(),
            ended: RefCell::default(),
            orders: Cell::new(0),
            len: Cell::new(0),
            places: Cell::new(0),
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

    /// All the members of a set that is new; `ended` names those that had ended.
    pub(crate) fn fill(&self, members: Vec<Member<T>>, ended: VecDeque<u32>) {
        let len = members.len();
        self.orders.set(len as u64);
        self.len.set(len);
        self.places
            .set((0..len as u32).fold(0, |all, place| all ^ place));
        self.ended.replace(ended);
        self.members.replace(members);
    }

    /// A task comes in, at a place that is vacant or the next.
    pub(crate) fn enter(&self, place: u32, task: Task<T>, watched: bool) -> MemberId {
        let order = self.orders.get();
        self.orders.set(order + 1);
        if !watched {
            self.ended.borrow_mut().push_back(place);
        }
        let member = Member::new(task, order, watched);
        let mut members = self.members.borrow_mut();
        match members.get_mut(place as usize) {
            Some(vacant) => *vacant = member,
            None => members.push(member),
        }
        drop(members);
        self.len.set(self.len.get() + 1);
        self.places.set(self.places.get() ^ place);
        MemberId { place, order }
    }

    fn has_failed(&self, member: &Member<T>, ending: Ending) -> bool {
        match ending {
            _ if self.mode.get() != ReturnWhen::FirstException => false,
            Ending::Failed => true,
            Ending::Cancelled => false,
            Ending::Returned => {
                let task = member.task.as_ref();
                task.and_then(|task| task.with_output(self.failed.get())) == Some(true)
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
        let mut failed = false;
        for &place in self.ended.borrow().iter() {
            let members = self.members.borrow();
            let Some(member) = members.get(place as usize) else {
                continue;
            };
            let Some(task) = &member.task else { continue };
            let ending = match () {
                () if task.cancelled() => Ending::Cancelled,
                () if task.panicked() => Ending::Failed,
                () => Ending::Returned,
            };
            failed |= member.told && self.has_failed(member, ending);
        }
        self.count(ends, failed);
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

    pub(crate) fn release(&self) {
        if !self.released.replace(true) {
            self.waiter.wake();
        }
    }
}

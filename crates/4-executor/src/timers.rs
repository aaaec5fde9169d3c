//! The timers of a loop: the ladder, the cached time, the wakers.
//!
//! The problem: the ladder knows numbers; a loop has tasks, callbacks and wakers
//! of other executors. Most timers wake a task of the loop or run a callback; both
//! are tickets, and fit in the ladder's 64 bits. A waker of another executor stands
//! in a table, and the ladder holds its number.
//!
//! ```text
//!   set(when, ticket)      set_waker(when, cx)
//!          |                    |          |
//!          |      ours: a ticket|          | another executor's waker
//!          v                    v          v
//!     +---------------------------+   +-----------+
//!     | Ladder: 64 bits a timer   |<--| Strangers |  the number of its place
//!     +---------------------------+   +-----------+
//!          | fire: the due ones, in order  |
//!          v                               v
//!     ready queue, in one batch        its waker is called, after that
//!          |
//!          | redeem: the task is woken, unless the timer was taken back
//! ```
//!
//! Invariants:
//! 1. No waker is called and none is dropped while the ladder is borrowed.
//! 2. The cached time is never later than the clock. Deadlines are computed from
//!    a fresh reading, so a cached time that lags can delay a timer until the
//!    clock is looked at again, and never make it early.
//!
//! Access: this page alone sees the ladder, the table and the pace. The iteration
//! fires, and asks how long the loop may sleep, and how often it is to look; the futures and handles of `time/` set
//! timers and take them back. Only `look` moves the cached time.
//!
//! Read next: `timers/ladder.rs`.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::task::{Context, Waker};

use groundup_task::Scheduler;
use groundup_task::trace::{Cause, Verb};

use crate::driver::installed::Installed;

mod ladder;
mod pace;
mod strangers;
mod told;

pub(crate) use ladder::TimerId;

use ladder::Ladder;
use pace::Pace;
use strangers::Strangers;
use told::Told;

/// A deadline that never comes: 584 years after the loop's beginning.
pub(crate) const NEVER: u64 = u64::MAX;

/// The payload of a timer for a stranger's waker: its place in the table.
/// A ticket has a loop number in its upper bits, and so is never this small.
const FIRST_TICKET: u64 = 1 << 52;

pub(crate) struct Timers {
    ladder: RefCell<Ladder>,
    strangers: RefCell<Strangers>,
    told: RefCell<Told>,
    scheduler: Rc<Scheduler>,
    driver: Rc<Installed>,
    now: Cell<u64>,
    /// A lower bound of the first deadline: what one comparison per iteration asks.
    next: Cell<u64>,
    pace: Pace,
}

impl Timers {
    pub(crate) fn new(scheduler: Rc<Scheduler>, driver: Rc<Installed>) -> Self {
        let now = Cell::new(driver.now());
        Timers {
            ladder: RefCell::new(Ladder::new()),
            strangers: RefCell::default(),
            told: RefCell::default(),
            scheduler,
            pace: Pace::new(driver.jumps()),
            driver,
            now,
            next: Cell::new(NEVER),
        }
    }

    /// The scheduler whose tasks and callbacks the timers wake.
    #[inline]
    pub(crate) fn scheduler(&self) -> &Rc<Scheduler> {
        &self.scheduler
    }

    /// The time at which the clock was looked at last.
    #[inline]
    pub(crate) fn now(&self) -> u64 {
        self.now.get()
    }

    /// A fresh look at the clock.
    #[inline]
    pub(crate) fn look(&self) -> u64 {
        let now = self.driver.now().max(self.now.get());
        self.now.set(now);
        now
    }

    /// How often a busy loop looks at the clock.
    #[inline]
    pub(crate) fn pace(&self) -> &Pace {
        &self.pace
    }

    /// Sets a timer that fires the ticket's callback or wakes its task.
    #[inline(always)]
    pub(crate) fn set(&self, when: u64, payload: u64) -> TimerId {
        let id = self.ladder.borrow_mut().insert(when, payload);
        if when < self.next.get() {
            if !self.any() {
                self.pace.begin(self.now());
            }
            self.next.set(when);
        }
        if self.scheduler.is_observed() {
            self.tell_arm(id, when);
        }
        id
    }

    /// Sets a timer that wakes whoever polls with this context.
    #[inline]
    pub(crate) fn set_waker(&self, when: u64, cx: &Context<'_>) -> TimerId {
        let ticket = self.scheduler.ticket_in(cx);
        self.set(when, ticket.unwrap_or_else(|| self.keep(cx)))
    }

    /// Keeps a stranger's waker. Cloning it may run foreign code, so that is first.
    #[cold]
    fn keep(&self, cx: &Context<'_>) -> u64 {
        let waker = cx.waker().clone();
        self.strangers.borrow_mut().keep(waker)
    }

    fn take(&self, payload: u64) -> Option<Waker> {
        if payload >= FIRST_TICKET {
            return None;
        }
        self.strangers.borrow_mut().take(payload)
    }

    /// The timer is polled again, perhaps by somebody else: that one is woken.
    #[inline]
    pub(crate) fn renew(&self, id: TimerId, cx: &Context<'_>) {
        let ticket = self.scheduler.ticket_in(cx);
        let Some(before) = self.ladder.borrow_mut().payload_mut(id).copied() else {
            return;
        };
        let same = match ticket {
            Some(ticket) => before == ticket,
            None if before >= FIRST_TICKET => false,
            None => {
                let strangers = self.strangers.borrow();
                let known = strangers.get(before);
                known.is_some_and(|waker| waker.will_wake(cx.waker()))
            }
        };
        if same {
            return;
        }
        let after = ticket.unwrap_or_else(|| self.keep(cx));
        // To clone a waker may run anything, and take the timer back.
        let put = |payload: &mut u64| std::mem::replace(payload, after);
        let left = self.ladder.borrow_mut().payload_mut(id).map_or(after, put);
        drop(self.take(left));
    }

    /// Takes a timer back; false if it has fired. Then its deferred wake, if that is
    /// still to be redeemed, wakes nobody.
    #[inline(always)]
    pub(crate) fn cancel(&self, id: TimerId) -> bool {
        let Some(payload) = self.ladder.borrow_mut().cancel(id) else {
            return false;
        };
        if payload < FIRST_TICKET || self.scheduler.is_observed() {
            self.cancelled(id, payload);
        }
        true
    }

    #[cold]
    fn cancelled(&self, id: TimerId, payload: u64) {
        drop(self.take(payload));
        if self.scheduler.is_observed() {
            self.tell_disarm(id);
        }
    }

    #[inline]
    pub(crate) fn contains(&self, id: TimerId) -> bool {
        self.ladder.borrow().contains(id)
    }

    /// Returns true if a timer is not set any more. If it has fired, that is news for
    /// nobody else: what it was to wake is here.
    #[inline]
    pub(crate) fn is_over(&self, id: TimerId) -> bool {
        self.ladder.borrow_mut().is_over(id)
    }

    /// Gives the ticket for which a timer that has fired was set last, once; `None` if
    /// it was taken back.
    #[inline]
    pub(crate) fn redeem(&self, timer: u64) -> Option<u64> {
        self.ladder.borrow_mut().redeem(timer)
    }

    /// How many timers are set.
    pub(crate) fn len(&self) -> usize {
        self.ladder.borrow().len()
    }

    /// Whether a timer may be due at the cached time.
    #[inline]
    pub(crate) fn may_be_due(&self) -> bool {
        self.next.get() <= self.now.get()
    }

    /// Whether any timer is set, or was when the clock was looked at last.
    #[inline]
    pub(crate) fn any(&self) -> bool {
        self.next.get() != NEVER
    }

    /// Until when the loop may sleep.
    pub(crate) fn until(&self) -> Option<u64> {
        let mut ladder = self.ladder.borrow_mut();
        let until = if self.driver.jumps() {
            ladder.first()
        } else {
            ladder.not_before()
        };
        self.next.set(until.unwrap_or(NEVER));
        until
    }

    /// Fires everything that is due: all of it joins the ready queue in one
    /// batch, in the order of deadlines (T05). Strangers are told after that.
    #[cold]
    pub(crate) fn fire(&self) {
        let observed = self.scheduler.is_observed();
        let mut others = Vec::new();
        let mut ladder = self.ladder.borrow_mut();
        ladder.fire_due(self.now.get(), |id, payload| {
            let own = payload >= FIRST_TICKET;
            if !own || observed {
                others.push((id, payload));
            }
            own && self.scheduler.fire(payload, id.word())
        });
        self.next.set(ladder.not_before().unwrap_or(NEVER));
        // A sink or a waker may be anything, so the ladder is let go of before.
        drop(ladder);
        for (id, payload) in others {
            self.tell_or_wake(id, payload);
        }
    }

    /// A timer has fired: that is told, and a stranger is woken.
    #[cold]
    fn tell_or_wake(&self, id: TimerId, payload: u64) {
        let (scheduler, mut timer) = (&self.scheduler, 0);
        if scheduler.is_observed() {
            timer = self.told.borrow_mut().number(id);
            scheduler.emit(None, Verb::Fire { timer });
        }
        if let Some(waker) = self.take(payload) {
            scheduler.caused(Cause::Timer(timer), || scheduler.wake_stranger(waker));
        }
    }

    /// Drops every timer without firing it (L16). What another executor polls, or
    /// another loop, is woken: its next poll says that it can never end.
    pub(crate) fn clear(&self) {
        self.tell_the_end();
        self.ladder.borrow_mut().clear();
        self.next.set(NEVER);
        let strangers = std::mem::take(&mut *self.strangers.borrow_mut());
        for waker in strangers.into_wakers() {
            self.scheduler.wake_stranger(waker);
        }
    }
}

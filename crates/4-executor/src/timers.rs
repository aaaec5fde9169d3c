//! The timers of a loop: the ladder, the cached time, the wakers.
//!
//! The problem: the ladder stores 64 bits for each timer. The ticket of a task or of a callback fits in them. A waker
//! of another executor does not: it stands in a table, and the ladder stores the number of its place.
//!
//! ```text
//!   set(when, ticket)      set_waker(when, cx)
//!          │                    │         │
//!          │      its own ticket│         │ a waker of another executor
//!          v                    v         v
//!     ┌──────────────────────────┐  ┌───────────────┐
//!     │ Ladder: 64 bits a timer  │<─│ ForeignWakers │ the number of the waker's place
//!     └──────────────────────────┘  └───────────────┘
//!          │ fire pushes the due timers   │ fire calls the wakers of the
//!          v in order, as one batch       v due timers, after the batch
//!     ready queue                    the other executor
//!          │ redeem wakes the task,
//!          v unless the timer was cancelled
//!     the task
//! ```
//!
//! Invariants:
//! 1. No waker is called and none is dropped while the ladder is borrowed.
//! 2. The cached time is never later than the clock. Deadlines are computed from a fresh reading, so a
//!    cached time that lags delays a timer until the next reading, and never makes it early.
//!
//! Access: this page alone sees the ladder, the table and the pace. The iteration fires the timers, and asks for
//! the next deadline and for the budget of steps. `time/` sets and cancels. Only `read_clock` moves the cached time.
//!
//! Read next: `timers/ladder.rs`.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::task::Context;

use groundup_task::trace::{Cause, Verb};
use groundup_task::{Entry, ForeignWaker, Scheduler, Ticket, TimerWord};

use crate::driver::installed::Installed;

mod armed;
mod foreign_wakers;
mod ladder;
mod pace;
mod trace_numbers;

use foreign_wakers::ForeignWakers;
use ladder::Ladder;
pub(crate) use ladder::{NextWake, TimerId};
use pace::Pace;
use trace_numbers::TraceNumbers;

/// A deadline that never comes: 584 years after the loop's beginning.
pub(crate) const NEVER: u64 = u64::MAX;

pub(crate) struct Timers {
    ladder: RefCell<Ladder>,
    foreign_wakers: RefCell<ForeignWakers>,
    trace_numbers: RefCell<TraceNumbers>,
    scheduler: Rc<Scheduler>,
    driver: Rc<Installed>,
    now: Cell<u64>,
    /// A lower bound of the first deadline, so that an iteration makes one comparison.
    next: Cell<u64>,
    pace: Pace,
}

impl Timers {
    pub(crate) fn new(scheduler: Rc<Scheduler>, driver: Rc<Installed>) -> Self {
        let now = Cell::new(driver.now());
        Timers {
            ladder: RefCell::new(Ladder::new()),
            foreign_wakers: RefCell::default(),
            trace_numbers: RefCell::default(),
            scheduler,
            pace: Pace::new(driver.jumps()),
            driver,
            now,
            next: Cell::new(NEVER),
        }
    }

    /// Returns the scheduler whose tasks and callbacks the timers wake.
    #[inline]
    pub(crate) fn scheduler(&self) -> &Rc<Scheduler> {
        &self.scheduler
    }

    /// Returns the time of the last reading of the clock.
    #[inline]
    pub(crate) fn now(&self) -> u64 {
        self.now.get()
    }

    /// Reads the clock, and returns the time.
    #[inline]
    pub(crate) fn read_clock(&self) -> u64 {
        let now = self.driver.now().max(self.now.get());
        self.now.set(now);
        now
    }

    /// Returns the pace, which decides how often a busy loop reads the clock.
    #[inline]
    pub(crate) fn pace(&self) -> &Pace {
        &self.pace
    }

    /// Sets a timer that calls the ticket's callback, wakes its task or cancels its scope.
    #[inline(always)]
    pub(crate) fn set(&self, when: u64, entry: impl Into<Entry>) -> TimerId {
        let id = (self.ladder.borrow_mut()).insert(when, entry.into().bits());
        if when < self.next.get() {
            if !self.any() {
                self.pace.begin(self.now());
            }
            self.next.set(when);
        }
        if self.scheduler.is_observed() {
            self.emit_arm(id, when);
        }
        id
    }

    /// Sets a timer that wakes the waker of `cx`.
    #[inline]
    pub(crate) fn set_waker(&self, when: u64, cx: &Context<'_>) -> TimerId {
        let ticket = self.scheduler.ticket_in(cx);
        self.set(when, ticket.map_or_else(|| self.keep(cx), Entry::from))
    }

    /// Stores a foreign waker. Its `clone` may run foreign code, so it comes before the borrow.
    #[cold]
    fn keep(&self, cx: &Context<'_>) -> Entry {
        let waker = ForeignWaker::of(cx);
        Entry::from_bits(self.foreign_wakers.borrow_mut().keep(waker))
    }

    fn take(&self, payload: u64) -> Option<ForeignWaker> {
        if payload >= Entry::FIRST {
            return None;
        }
        self.foreign_wakers.borrow_mut().take(payload)
    }

    /// Replaces the waker of a timer, since another task or executor may poll it now.
    #[inline]
    pub(crate) fn set_waker_again(&self, id: TimerId, cx: &Context<'_>) {
        let ticket = self.scheduler.ticket_in(cx);
        let Some(before) = self.ladder.borrow_mut().payload_mut(id).copied() else {
            return;
        };
        let same = match ticket {
            Some(ticket) => Entry::from_bits(before) == ticket.into(),
            None if before >= Entry::FIRST => false,
            None => {
                let foreign_wakers = self.foreign_wakers.borrow();
                let known = foreign_wakers.get(before);
                known.is_some_and(|waker| waker.is_of(cx))
            }
        };
        if same {
            return;
        }
        let after = ticket.map_or_else(|| self.keep(cx), Entry::from).bits();
        // The clone of a waker may run any code, and that may have cancelled the timer.
        let put = |payload: &mut u64| std::mem::replace(payload, after);
        let left = self.ladder.borrow_mut().payload_mut(id).map_or(after, put);
        drop(self.take(left));
    }

    /// Cancels a timer; returns false if it has fired. Then its deferred wake, if it still
    /// stands in the ready queue, wakes no task.
    #[inline(always)]
    pub(crate) fn cancel(&self, id: TimerId) -> bool {
        let Some(payload) = self.ladder.borrow_mut().cancel(id) else {
            return false;
        };
        if payload < Entry::FIRST || self.scheduler.is_observed() {
            self.cancelled(id, payload);
        }
        true
    }

    #[cold]
    fn cancelled(&self, id: TimerId, payload: u64) {
        drop(self.take(payload));
        if self.scheduler.is_observed() {
            self.emit_disarm(id);
        }
    }

    #[inline]
    pub(crate) fn contains(&self, id: TimerId) -> bool {
        self.ladder.borrow().contains(id)
    }

    /// Returns true if a timer is not set any more. The caller is the task that it would wake. So, if
    /// the timer has fired, its number is freed, and its deferred wake wakes no task.
    #[inline]
    pub(crate) fn free_if_over(&self, id: TimerId) -> bool {
        self.ladder.borrow_mut().free_if_over(id)
    }

    /// Returns the ticket of a timer that has fired, once; `None` if the timer was
    /// cancelled. The ticket is the one for which the timer was set last.
    #[inline]
    pub(crate) fn redeem(&self, timer: TimerWord) -> Option<Ticket> {
        let payload = self.ladder.borrow_mut().redeem(timer)?;
        Some(Entry::from_bits(payload).ticket())
    }

    /// Returns the number of timers that are set.
    pub(crate) fn len(&self) -> usize {
        self.ladder.borrow().len()
    }

    /// Returns true if a timer may be due at the cached time.
    #[inline]
    pub(crate) fn may_be_due(&self) -> bool {
        self.next.get() <= self.now.get()
    }

    /// Returns true if a timer is set, or was set at the last update of the bound.
    #[inline]
    pub(crate) fn any(&self) -> bool {
        self.next.get() != NEVER
    }

    /// Returns when an idle loop is to wake for its timers; `None` if no timer is set.
    #[inline(always)] // Speed: tcp_echo_1.
    pub(crate) fn next_wake(&self) -> Option<NextWake> {
        if self.ladder.borrow().len() == 0 {
            self.next.set(NEVER);
            return None;
        }
        let next = self.ladder.borrow_mut().next_wake(self.driver.jumps());
        self.next.set(next.map_or(NEVER, |next| next.first));
        next
    }

    /// Sets the resolution, in ns.
    pub(crate) fn set_resolution(&self, resolution: u64) {
        self.ladder.borrow_mut().set_resolution(resolution);
    }

    /// Fires all due timers. Their entries join the ready queue in one batch, in the order
    /// of their deadlines. Foreign wakers are woken after that.
    #[cold]
    pub(crate) fn fire(&self) {
        let (observed, mut others) = (self.scheduler.is_observed(), Vec::new());
        let (now, mut ladder) = (self.now.get(), self.ladder.borrow_mut());
        // Speed: sleep_virtual. One comparison tells that a timer is nothing but an entry of a task.
        let plain = if observed { u64::MAX } else { Entry::FIRST };
        let earliest = ladder.fire_due(now, |id, payload| {
            if payload < plain {
                others.push((id, payload));
            }
            payload >= Entry::FIRST && self.scheduler.fire(Entry::from_bits(payload), id.word())
        });
        self.pace.fired(now - earliest);
        self.next.set(ladder.not_before().unwrap_or(NEVER));
        // A sink or a waker may run any code: the borrow ends before.
        drop(ladder);
        for (id, payload) in others {
            self.emit_and_wake(id, payload);
        }
    }

    /// Emits that a timer has fired, if a sink listens, and calls its foreign waker, if any.
    #[cold]
    fn emit_and_wake(&self, id: TimerId, payload: u64) {
        let (scheduler, mut timer) = (&self.scheduler, 0);
        if scheduler.is_observed() {
            timer = self.trace_numbers.borrow_mut().number(id);
            scheduler.emit(None, Verb::Fire { timer });
        }
        if let Some(waker) = self.take(payload) {
            scheduler.caused(Cause::Timer(timer), || {
                scheduler.wake_foreign(waker.into_waker())
            });
        }
    }

    /// Drops every timer without firing it. A sleep that is polled by another executor or
    /// by another loop is woken, and its next poll panics, because it can never end.
    pub(crate) fn clear(&self) {
        self.emit_the_end();
        self.ladder.borrow_mut().clear();
        self.next.set(NEVER);
        let foreign = std::mem::take(&mut *self.foreign_wakers.borrow_mut());
        let wake = |waker: ForeignWaker| self.scheduler.wake_foreign(waker.into_waker());
        foreign.into_wakers().for_each(wake);
    }
}

#[cfg(test)]
mod due_tests;

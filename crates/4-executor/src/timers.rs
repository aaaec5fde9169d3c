//! The timers of a loop: the ladder, the time, and who is told.
//!
//! The problem: the ladder knows numbers, a loop has tasks, callbacks and wakers
//! of strangers. Most timers wake a task of the loop or run a callback; both are
//! tickets, and fit in the ladder's 64 bits. A stranger's waker stands in a table,
//! and the ladder holds its number.
//!
//! Invariants:
//! 1. No waker is called and none is dropped while the ladder is borrowed.
//! 2. The cached time is never later than the clock. Deadlines are computed from
//!    a fresh reading, so a cached time that lags can delay a timer until the
//!    clock is looked at again, and never make it early.
//!
//! Read next: `sleep.rs`.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::task::{Context, Waker};

use groundup_task::Scheduler;
use groundup_task::trace::{Cause, Verb};

use crate::driver::Driver;
use crate::ladder::{Ladder, TimerId};

/// A deadline that never comes: 584 years after the loop's beginning.
pub(crate) const NEVER: u64 = u64::MAX;

/// The payload of a timer for a stranger's waker: its place in the table.
/// A ticket has a loop number in its upper bits, and so is never this small.
const FIRST_TICKET: u64 = 1 << 52;

pub(crate) struct Timers {
    ladder: RefCell<Ladder>,
    wakers: RefCell<Vec<Option<Waker>>>,
    pub(crate) scheduler: Rc<Scheduler>,
    pub(crate) driver: Rc<dyn Driver>,
    /// The time at which the clock was looked at last.
    pub(crate) now: Cell<u64>,
    /// A lower bound of the first deadline: what one comparison per iteration asks.
    next: Cell<u64>,
}

impl Timers {
    pub(crate) fn new(scheduler: Rc<Scheduler>, driver: Rc<dyn Driver>) -> Self {
        let now = Cell::new(driver.now());
        let (ladder, wakers) = (RefCell::new(Ladder::new()), RefCell::default());
        Timers {
            ladder,
            wakers,
            scheduler,
            driver,
            now,
            next: Cell::new(NEVER),
        }
    }

    /// A fresh look at the clock.
    #[inline]
    pub(crate) fn look(&self) -> u64 {
        let now = self.driver.now().max(self.now.get());
        self.now.set(now);
        now
    }

    /// Sets a timer that fires the ticket's callback or wakes its task.
    #[inline]
    pub(crate) fn set(&self, when: u64, payload: u64) -> TimerId {
        let id = self.ladder.borrow_mut().insert(when, payload);
        if when < self.next.get() {
            self.next.set(when);
        }
        if self.scheduler.is_observed() {
            let timer = u64::from(id.number);
            let task = self.scheduler.current_task().map(|task| task.name());
            self.scheduler.emit(task, Verb::Arm { timer, at: when });
        }
        id
    }

    /// Sets a timer that wakes whoever polls with this context.
    #[inline]
    pub(crate) fn set_waker(&self, when: u64, cx: &Context<'_>) -> TimerId {
        match self.scheduler.ticket_in(cx) {
            Some(ticket) => self.set(when, ticket),
            None => {
                let at = self.keep_waker(cx.waker().clone());
                self.set(when, at)
            }
        }
    }

    #[cold]
    fn keep_waker(&self, waker: Waker) -> u64 {
        let mut wakers = self.wakers.borrow_mut();
        let vacant = wakers.iter().position(Option::is_none);
        let at = vacant.unwrap_or_else(|| {
            wakers.push(None);
            wakers.len() - 1
        });
        wakers[at] = Some(waker);
        at as u64
    }

    /// The timer is polled again, perhaps by somebody else: that one is woken.
    #[inline]
    pub(crate) fn renew(&self, id: TimerId, cx: &Context<'_>) {
        let ticket = self.scheduler.ticket_in(cx);
        let mut ladder = self.ladder.borrow_mut();
        let Some(payload) = ladder.payload_mut(id) else {
            return;
        };
        if Some(*payload) == ticket {
            return;
        }
        let before = *payload;
        if before < FIRST_TICKET && ticket.is_none() {
            let mut wakers = self.wakers.borrow_mut();
            let Some(place) = wakers.get_mut(before as usize) else {
                return;
            };
            if place
                .as_ref()
                .is_some_and(|waker| waker.will_wake(cx.waker()))
            {
                return;
            }
        }
        drop(ladder);
        let after = ticket.unwrap_or_else(|| self.keep_waker(cx.waker().clone()));
        if let Some(payload) = self.ladder.borrow_mut().payload_mut(id) {
            *payload = after;
        }
        drop(self.take_waker(before));
    }

    fn take_waker(&self, payload: u64) -> Option<Waker> {
        if payload >= FIRST_TICKET {
            return None;
        }
        self.wakers.borrow_mut().get_mut(payload as usize)?.take()
    }

    /// Takes a timer back, if it has not fired.
    #[inline]
    pub(crate) fn cancel(&self, id: TimerId) {
        let payload = self.ladder.borrow_mut().cancel(id);
        if let Some(payload) = payload {
            if payload < FIRST_TICKET {
                drop(self.take_waker(payload));
            }
            if self.scheduler.is_observed() {
                self.scheduler.emit(
                    None,
                    Verb::Disarm {
                        timer: u64::from(id.number),
                    },
                );
            }
        }
    }

    #[inline]
    pub(crate) fn contains(&self, id: TimerId) -> bool {
        self.ladder.borrow().contains(id)
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
    /// batch, in the order of deadlines (T05).
    #[cold]
    pub(crate) fn fire(&self) {
        let mut ladder = self.ladder.borrow_mut();
        let observed = self.scheduler.is_observed();
        let mut strangers = Vec::new();
        ladder.fire_due(self.now.get(), |id, payload| {
            let timer = u64::from(id.number);
            if observed {
                self.scheduler.emit(None, Verb::Fire { timer });
                self.scheduler.set_cause(Some(Cause::Timer(timer)));
            }
            if payload >= FIRST_TICKET {
                self.scheduler.fire(payload, timer);
            } else {
                strangers.push(payload);
            }
        });
        let next = ladder.not_before().unwrap_or(NEVER);
        drop(ladder);
        self.next.set(next);
        if observed {
            self.scheduler.set_cause(None);
        }
        for place in strangers {
            if let Some(waker) = self.take_waker(place) {
                self.scheduler.wake_stranger(waker);
            }
        }
    }

    /// Drops every timer without firing it (L16).
    pub(crate) fn clear(&self) {
        self.ladder.borrow_mut().clear();
        self.next.set(NEVER);
        let wakers = std::mem::take(&mut *self.wakers.borrow_mut());
        drop(wakers);
    }
}

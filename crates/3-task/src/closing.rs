//! The end of a loop: everything that still lives is dropped, in order.
//!
//! The problem: a task that holds a handle of another task holds the scheduler,
//! which holds the slot, which holds the task. Reference counting never frees
//! such a ring. So the end is explicit: every slot is emptied, oldest task
//! first, while the loop is still the thread's, because what is dropped may want
//! to wake, cancel or spawn.
//!
//! Invariants:
//! 1. After `close` no future, callback or output of this loop is alive.
//! 2. Nothing is run: ready callbacks and timers are dropped (L16).
//! 3. A panic in a drop is reported, and the rest is dropped all the same.
//! 4. What is spawned or called later, through a handle that somebody kept, is
//!    dropped before that call returns; its own handle answers as one whose task
//!    has gone, and awaiting it gives `Closed` (L15).
//!
//! Read next: floor 4, `groundup-executor`: the same rounds, and the time.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use crate::report::{Report, ReportKind};
use crate::scheduler::Scheduler;
use crate::slot::Slot;
use crate::ticket::{CALLBACK, CANCELLED, DONE, PROMISE, VACANT};
use crate::waiters::{Waiter, Waiters};

/// How far a scheduler is with its end.
///
/// ```text
///   Open ── close ──> Sweeping ── everything is dropped ──> Closed
///                        ^                                     │
///                        └──── something is spawned late ──────┘
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Life {
    Open,
    /// What lives is being dropped, and what is spawned by that will be.
    Sweeping,
    /// Nothing lives, and what is spawned is dropped at once.
    Closed,
}

/// How often what is dropped may spawn anew before the rest is left alone.
const ROUNDS: usize = 100;

impl Scheduler {
    /// Drops everything that lives; what is spawned by that is dropped too.
    pub fn close(self: &Rc<Self>) {
        if self.is_closed() {
            return;
        }
        self.life.set(Life::Sweeping);
        self.evicting(|| self.retire());
        for _ in 0..ROUNDS {
            let tickets = self.occupied();
            if tickets.is_empty() {
                break;
            }
            for ticket in tickets {
                self.evict(ticket);
            }
        }
        self.ready.borrow_mut().clear();
        self.life.set(Life::Closed);
        self.long_way.set(true);
        // Combinators that nobody awaits any more hold tasks of this loop.
        while let Some(groups) = self.take_groups() {
            drop(groups);
        }
        self.flush_reports();
        drop(self.base_locals.take());
    }

    /// Whether [`close`](Scheduler::close) was called.
    #[inline]
    pub fn is_closed(&self) -> bool {
        self.life.get() != Life::Open
    }

    /// Drops what has just moved into a slot, if the scheduler is closed, and what
    /// is spawned by that drop. A promise may stay: it holds no future, and is a
    /// value to come for whoever holds it.
    pub(crate) fn refuse_if_closed(&self, ticket: u64, slot: &Slot) {
        if self.life.get() != Life::Closed || slot.key.get() & PROMISE != 0 {
            return;
        }
        self.life.set(Life::Sweeping);
        self.evict_unrun(ticket);
        for _ in 0..ROUNDS {
            if self.is_idle() {
                break;
            }
            let mut round = self.ready.borrow_mut().begin();
            while let Some(entry) = round.next() {
                self.evict_unrun(entry);
            }
            self.ready.borrow_mut().finish(round);
        }
        self.life.set(Life::Closed);
        self.flush_reports();
    }

    /// Drops a task or a callback that will not run.
    fn evict_unrun(&self, ticket: u64) {
        let Some(slot) = self.slot_of(ticket) else {
            return;
        };
        self.evicting(|| {
            if slot.key.get() & CALLBACK == 0 {
                self.report_pending(ticket);
            }
            let waiters = self.take_waiters(slot);
            self.vacate(ticket, slot);
            self.tell_closed(waiters);
        });
    }

    /// All tickets whose slot is not empty, by the age of their occupants.
    /// Promises stay: their handles are outside, and they hold no future.
    fn occupied(&self) -> Vec<u64> {
        self.by_age(|key| key & VACANT == 0 && key & (PROMISE | DONE) != PROMISE | DONE)
    }

    fn evict(self: &Rc<Self>, ticket: u64) {
        let Some(slot) = self.slot_of(ticket) else {
            return;
        };
        let key = slot.key.get();
        if key & (PROMISE | DONE) == 0 {
            return self.evict_unrun(ticket);
        }
        self.evicting(|| {
            if key & PROMISE != 0 {
                self.complete(ticket, slot, CANCELLED);
            } else {
                self.abandon(ticket, slot);
            }
        });
    }

    /// Drops a waker of another executor, who may panic without harm to us.
    pub fn drop_stranger(&self, waker: std::task::Waker) {
        self.evicting(|| drop(waker));
    }

    /// Drops something, and reports the panic if there is one.
    fn evicting(&self, evict: impl FnOnce()) {
        let evicting = catch_unwind(AssertUnwindSafe(evict));
        if let Err(payload) = evicting {
            self.report_drop("the loop was closed", payload);
        }
    }

    /// Those who wait from elsewhere learn that there is no value to come; those
    /// of this loop are dropped themselves, done-callbacks too.
    fn tell_closed(&self, waiters: Waiters) {
        for waiter in waiters {
            match waiter {
                Waiter::Waker(waker) => self.wake_stranger(waker),
                Waiter::Group { group, .. } => self.end_registration(group),
                Waiter::Ticket(_) | Waiter::Callback(..) => {}
            }
        }
    }

    /// In debug mode a task that is closed over is told about (K15).
    fn report_pending(&self, ticket: u64) {
        if !self.is_debug() {
            return;
        }
        self.report_later(Report {
            kind: ReportKind::PendingAtClose,
            message: "Task was destroyed but it is pending!".to_string(),
            task: self.name_of(ticket),
            place: self.place_of(ticket),
            error: None,
        });
    }

    /// Takes in what other threads have left.
    #[cold]
    pub fn collect_mail(self: &Rc<Self>) {
        use crate::remote::Letter;
        use groundup_interweave::trace::Cause;
        let mut letters = Vec::new();
        self.collect_into(&mut letters);
        self.set_cause(Some(Cause::Thread));
        for letter in letters {
            match letter {
                Letter::Wake(ticket) => self.wake(ticket),
                Letter::Call(call, place) => {
                    let ticket = self.occupy_callback(call, 0, place);
                    self.schedule_callback(ticket);
                }
            }
        }
        self.set_cause(None);
    }
}

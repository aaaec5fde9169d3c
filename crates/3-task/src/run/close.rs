//! The end of a loop: everything that still lives is dropped, in order.
//!
//! The problem: a task that holds a handle of another task holds the scheduler, which
//! holds the slot, which holds the task. Reference counting never frees such a ring. So
//! the end is explicit: every slot is emptied, oldest task first, while the loop is still
//! the thread's, because what is dropped may want to wake, cancel or spawn.
//!
//! Invariants:
//! 1. After `close` no future, callback or output of this loop is alive.
//! 2. Nothing is run: ready callbacks and timers are dropped (L16).
//! 3. A panic in a drop is reported, and the rest is dropped all the same.
//! 4. What is spawned or called later, through a handle that was kept, is dropped before
//!    that call returns; its own handle answers as one whose task has gone, and awaiting
//!    it gives `Closed` (L15).
//!
//! Read next: floor 4, `groundup-executor`: the same rounds, and the time.

use std::rc::Rc;

use crate::core::LONG_WAY;
use crate::run::report::{CLOSED, ReportKind};
use crate::run::{Life, Scheduler};
use crate::store::key::{Ending, Mark, TaskState};
use crate::store::slot::Slot;
use crate::store::ticket::index;
use crate::store::waiters::Waiter;

/// How often what is dropped may spawn anew before the rest is left alone.
const ROUNDS: usize = 100;

impl Scheduler {
    /// Drops everything that lives; what is spawned by that is dropped too.
    pub fn close(self: &Rc<Self>) {
        if self.is_closed() {
            return;
        }
        self.life.set(Life::Sweeping);
        self.guard(CLOSED, || self.core.home().retire());
        for _ in 0..ROUNDS {
            // Promises that are set stay: their handles are outside, and they hold no
            // future.
            let tickets = self.core.by_age(|slot| match slot.state(false) {
                TaskState::Vacant => false,
                TaskState::Done(_) => !slot.has(Mark::Promise),
                _ => true,
            });
            if tickets.is_empty() {
                break;
            }
            for ticket in tickets {
                match self.core.slot_of(ticket) {
                    Some(slot) if slot.has(Mark::Promise) => {
                        self.guard(CLOSED, || self.complete(ticket, slot, Ending::Cancelled));
                    }
                    Some(slot) if slot.is_done() => {
                        self.guard(CLOSED, || self.abandon(ticket, slot));
                    }
                    _ => self.evict(ticket),
                }
            }
        }
        drop(self.core.begin_round());
        self.life.set(Life::Closed);
        self.core.attend(LONG_WAY, true);
        // Combinators that nobody awaits any more hold tasks of this loop.
        while let Some(groups) = self.groups.take_all() {
            drop(groups);
        }
        self.flush_reports();
        drop(self.locals.swap(&self.core, None));
    }

    /// Returns true if [`close`](Scheduler::close) was called.
    #[inline]
    pub fn is_closed(&self) -> bool {
        self.life.get() != Life::Open
    }

    /// Something has moved in the long way: it begins with the locals of the running
    /// task, and if the scheduler is closed it is dropped, with everything that is
    /// spawned by that drop. A promise may stay: it holds no future, and is a value to
    /// come for its handles.
    #[cold]
    pub(super) fn occupied_slow(&self, ticket: u64, slot: &Slot) {
        let inherited = self.locals.current(&self.core);
        drop(self.locals.put(index(ticket), inherited));
        if self.life.get() != Life::Closed || slot.has(Mark::Promise) {
            return;
        }
        self.life.set(Life::Sweeping);
        self.evict(ticket);
        for _ in 0..ROUNDS {
            if self.is_idle() {
                break;
            }
            let mut round = self.core.begin_round();
            while let Some(entry) = round.next() {
                self.evict(entry);
            }
            self.core.finish_round(round);
        }
        self.life.set(Life::Closed);
        self.flush_reports();
    }

    /// Drops a task or a callback that will not run. In debug mode a task that is
    /// closed over is told about (K15). Wakers of other executors learn that there is
    /// no value to come; the tasks of this loop are dropped themselves, done-callbacks
    /// too.
    fn evict(&self, ticket: u64) {
        let Some(slot) = self.core.slot_of(ticket) else {
            return;
        };
        self.guard(CLOSED, || {
            if !slot.has(Mark::Callback) && self.is_debug() {
                let message = "Task was destroyed but it is pending!".to_string();
                self.report_later(self.about(ticket, slot, (ReportKind::PendingAtClose, message)));
            }
            let extra = self.core.take_extra(slot).unwrap_or_default();
            self.vacate(ticket, slot);
            for waiter in extra.waiters.take_all() {
                match waiter {
                    Waiter::Waker(waker) => self.wake_stranger(waker),
                    Waiter::Group { group, .. } => drop(self.groups.one_less(group)),
                    Waiter::Ticket(_) | Waiter::Callback(..) => {}
                }
            }
        });
    }
}

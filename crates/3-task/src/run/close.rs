//! Ends a loop: drops everything that still lives, in order.
//!
//! The problem: a task that holds a handle of another task holds the scheduler, which holds the
//! slot, which holds the task. Reference counting never frees such a circle. So the end is
//! explicit: every slot is emptied, oldest task first. The drops may wake, cancel or spawn, so
//! the loop stays the running loop of its thread until the last of them.
//!
//! Invariants:
//! 1. After `close` no future, callback or output of this loop is alive. There are two
//!    exceptions: a promise keeps its value as long as it has handles, and futures that drops
//!    spawn again and again are leaked.
//! 2. All callbacks are dropped, the oldest first, and then all tasks and promises, the oldest
//!    first. A task sees its own locals while it is dropped. Nothing runs: ready callbacks and
//!    timers are dropped.
//! 3. A panic in a drop is reported, and the rest is dropped all the same.
//! 4. If a kept handle spawns or calls something later, at once or at a time, that is dropped before
//!    the call returns, with all that this drop spawns or calls later. Its own handle answers like
//!    the handle of a task that has gone, and awaiting it returns `Closed`.
//! 5. Wakers of other executors are called, also those in the lines of primitives: a future under such a
//!    waker is polled once more, and finds that its loop is closed.
//!
//! Read next: `handles.rs`, the handles that users hold.

use std::mem::{forget, take};
use std::rc::Rc;

use crate::core::{LONG_WAY, NOTED, WATCHER};
use crate::run::report::{CLOSED, Report, ReportKind};
use crate::run::{Life, Scheduler, refuse};
use crate::store::key::{Exit, Mark, TaskState};
use crate::store::slot::Slot;
use crate::store::ticket::Ticket;
use crate::store::waiters::Waiter;

/// Number of sweeps in a row that drop everything, before the scheduler leaks the rest.
const ROUNDS: usize = 100;

impl Scheduler {
    /// Drops everything that lives, and everything that these drops spawn.
    ///
    /// # Panics
    ///
    /// If it is called inside a task, a callback, a sink or a handler of this scheduler.
    pub fn close(self: &Rc<Self>) {
        if self.is_closed() {
            return;
        }
        if self.core.is_busy() {
            return refuse(
                "a loop cannot be closed by what it runs: stop it, and close it when its run has \
                 returned",
            );
        }
        self.life.set(Life::Sweeping);
        self.guard(CLOSED, &mut || self.core.loop_side().close());
        for _ in 0..ROUNDS {
            if !self.sweep(false) {
                break;
            }
        }
        self.sweep(true);
        drop(self.core.begin_round());
        self.life.set(Life::Closed);
        self.core.attend(LONG_WAY, true);
        self.dismiss_groups();
        for (_, line) in self.core.lines() {
            self.guard(CLOSED, &mut || line.loop_closed());
            self.guard_drop(CLOSED, line);
        }
        self.flush_reports();
        self.guard_drop(CLOSED, self.locals.swap(&self.core, None));
    }

    /// Calls `act`, which closes the loop, as soon as no call of the loop is under way: at once, or at
    /// the end of the call in which a handler, a sink or a waker of the user's runs now.
    ///
    /// ```
    /// # mod groundup { pub mod lowlevel { pub use groundup_task::*; } pub use groundup_task::*; }
    /// use groundup::Report;
    /// use groundup::lowlevel::Scheduler;
    /// use std::rc::{Rc, Weak};
    ///
    /// let scheduler = Scheduler::new().unwrap();
    /// let weak: Weak<Scheduler> = Rc::downgrade(&scheduler);
    /// scheduler.set_exception_handler(Some(Rc::new(move |_| {
    ///     let scheduler = weak.upgrade().unwrap();
    ///     scheduler.clone().at_rest(move || scheduler.close());
    ///     assert!(!weak.upgrade().unwrap().is_closed(), "a handler is being called");
    /// })));
    /// scheduler.report(Report::new("the end"));
    /// assert!(scheduler.is_closed());
    /// ```
    pub fn at_rest(&self, act: impl FnOnce() + 'static) {
        self.core.calls().at_rest(Box::new(act));
    }

    /// Drops all listeners: combinators that are no longer awaited still hold tasks of this loop.
    fn dismiss_groups(&self) {
        while let Some(listeners) = self.groups.take_all() {
            for listener in listeners {
                self.guard(CLOSED, &mut || listener.loop_closed());
                self.guard_drop(CLOSED, listener);
            }
        }
    }

    /// Drops everything that lives, oldest first; returns false if nothing did. Each drop may
    /// spawn again without end, so the last sweep leaks futures and callbacks instead, and
    /// reports their number.
    fn sweep(self: &Rc<Self>, leak: bool) -> bool {
        // A promise that is set stays: its handles are outside, and it holds no future.
        let stays = |slot: &Slot| match slot.state(false) {
            TaskState::Vacant => true,
            TaskState::Done(_) => slot.has(Mark::Promise),
            _ => false,
        };
        let tickets = self.core.by_age(&|slot| !stays(slot));
        let mut leaked = 0;
        for &ticket in &tickets {
            // An earlier drop may have ended it.
            let Some(slot) = self.core.slot_of(ticket).filter(|slot| !stays(slot)) else {
                continue;
            };
            if slot.has(Mark::Promise) {
                self.guard(CLOSED, &mut || self.complete(ticket, slot, Exit::Cancelled));
            } else if slot.is_done() {
                self.guard(CLOSED, &mut || self.abandon(ticket, slot));
            } else {
                leaked += usize::from(self.drop_at_close(ticket, leak) && leak);
            }
        }
        self.emit_leaked(leaked);
        !tickets.is_empty()
    }

    /// Returns true if [`close`](Scheduler::close) was called.
    #[inline]
    pub fn is_closed(&self) -> bool {
        self.life.get() != Life::Open
    }

    /// Returns true if the loop is closed and reports no end any more. A listener that comes now
    /// would hold the loop that holds it.
    #[inline]
    pub(crate) fn tells_nothing(&self) -> bool {
        self.life.get() == Life::Closed
    }

    /// Finishes a move into a slot on the slow path. The occupant gets the locals of the
    /// running task. Unless the scheduler is closed, an observed occupant is then emitted. A
    /// closed scheduler drops the occupant, with everything that this drop spawns. A promise
    /// stays: it holds no future, and its handles may still set it.
    #[cold]
    pub(super) fn occupied_slow(&self, ticket: Ticket, slot: &Slot) {
        self.inherit_locals(ticket);
        let life = self.life.get();
        if life != Life::Closed && self.core.attends(WATCHER) {
            slot.mark(Mark::Observed, true);
            slot.mark(Mark::Noted, self.core.attends(NOTED));
            self.emit_occupied(slot);
        }
        // The trace ends with the loop: what comes later is not observed.
        match life {
            Life::Closed if !slot.has(Mark::Promise) => self.refuse_late(ticket),
            Life::Refusing if !slot.has(Mark::Promise) => self.late.borrow_mut().push(ticket),
            _ => {}
        }
    }

    /// Drops an occupant that came after the close, and all that this drop brings in: what is due
    /// now, and what waits for a time, of which only the floor above knows.
    fn refuse_late(&self, ticket: Ticket) {
        self.life.set(Life::Refusing);
        self.drop_at_close(ticket, false);
        for past in 0..=ROUNDS {
            let (late, leak) = (self.late.take(), past == ROUNDS);
            if late.is_empty() {
                break;
            }
            let drop_late = |ticket: &&Ticket| self.drop_at_close(**ticket, leak) && leak;
            self.emit_leaked(late.iter().filter(drop_late).count());
        }
        // Their entries in the ready queue are stale.
        let mut round = self.core.begin_round();
        while round.next().is_some() {}
        self.core.finish_round(round);
        self.life.set(Life::Closed);
        self.dismiss_groups();
        self.flush_reports();
    }

    fn emit_leaked(&self, leaked: usize) {
        if leaked > 0 {
            self.report_later(Report {
                kind: ReportKind::LeakedAtClose,
                ..Report::new(format!(
                    "the loop was closed, and {ROUNDS} times in a row what it dropped spawned \
                     something new: {leaked} futures or callbacks are leaked, neither run nor \
                     dropped; let a drop spawn nothing"
                ))
            });
        }
    }

    /// Drops a task or a callback that will not run, or leaks its content; returns false if it
    /// has gone. In debug mode the drop of a task is reported. Wakers of other executors are
    /// called, since no value will come. Waiting tasks and done-callbacks of this loop are not:
    /// they are dropped themselves.
    fn drop_at_close(&self, ticket: Ticket, leak: bool) -> bool {
        let Some(slot) = self.core.slot_of(ticket) else {
            return false;
        };
        let event = self.drop_event(ticket, slot);
        if !slot.has(Mark::Callback) && self.is_debug() {
            let message = "Task was destroyed but it is pending!".to_string();
            self.report_later(self.about(ticket, slot, (ReportKind::PendingAtClose, message)));
        }
        let mut rare = self.core.take_rare(slot).unwrap_or_default();
        let waiters = take(&mut rare.waiters);
        if leak {
            forget(slot.take_box());
        }
        // One guard each: the panic of one does not keep the others from their drop. The task's
        // locals outlive it, and are the current ones meanwhile, as at any other end.
        let context = self.locals.at(ticket.index());
        self.guard(CLOSED, &mut || {
            self.within(context.clone(), || self.vacate(ticket, slot));
        });
        self.guard_drop(CLOSED, context);
        for waiter in waiters.take_all() {
            match waiter {
                Waiter::Waker(waker) => self.wake_foreign(waker.into_waker()),
                Waiter::Group { group, .. } => {
                    let listener = self.groups.one_less(group);
                    self.guard_drop(CLOSED, listener);
                }
                callback @ Waiter::Callback(..) => self.guard_drop(CLOSED, callback),
                Waiter::Ticket(_) | Waiter::Proxy(_) => {}
            }
        }
        self.guard_drop(CLOSED, rare);
        self.emit_dropped(event);
        true
    }
}

impl Drop for Scheduler {
    /// Drops the sink, the chooser and the handler; a panic in that is reported.
    fn drop(&mut self) {
        self.guard(CLOSED, &mut || self.trace.set_sink(&self.core, None));
        self.guard_drop(CLOSED, self.chooser.set(None));
        let reports = self.later.take();
        for handler in [self.handler.take(), self.default_handler.take()] {
            self.guard_drop(CLOSED, handler);
        }
        for report in reports {
            self.guard_drop(CLOSED, report);
        }
    }
}

//! Which scheduler runs on this thread.
//!
//! The problem: a waker is an integer, and `spawn(f)` names nobody. Both mean the
//! scheduler that runs here now. It stands in a thread-local, and because every
//! wake begins by asking for it, the asking is a load and a comparison.
//!
//! Invariants:
//! 1. Whoever entered leaves, by whatever way; then the place holds who was before.
//! 2. Nothing is dropped with the thread, so the place is there as long as the
//!    thread is, and nobody has to ask first.
//! 3. While the scheduler is out of its place, nothing foreign is called.
//!
//! Read next: `run/waker.rs`, who says that a step is due.

use std::cell::Cell;
use std::mem::ManuallyDrop;
use std::rc::Rc;

use crate::run::Scheduler;
use crate::store::ticket::LOOP;

type Entrant = ManuallyDrop<Rc<Scheduler>>;

thread_local! {
    static CURRENT: Cell<Option<Entrant>> = const { Cell::new(None) };
}

/// While it lives, the scheduler is the one that runs on this thread; after it,
/// whoever was before. Made by [`Scheduler::enter`].
pub struct Entered {
    before: Option<Entrant>,
}

impl Drop for Entered {
    fn drop(&mut self) {
        let left = CURRENT.with(|current| current.replace(self.before.take()));
        drop(left.map(ManuallyDrop::into_inner));
    }
}

impl Scheduler {
    /// Makes this the scheduler of the thread; `None` if there is one already.
    pub fn enter(self: &Rc<Self>) -> Option<Entered> {
        match Self::try_current(|_| ()) {
            Some(()) => None,
            None => Some(self.enter_over()),
        }
    }

    /// Makes this the scheduler of the thread for a while, in place of whoever is.
    /// For closing, which runs nothing.
    pub fn enter_over(self: &Rc<Self>) -> Entered {
        let this = ManuallyDrop::new(self.clone());
        Entered {
            before: CURRENT.with(|current| current.replace(Some(this))),
        }
    }

    /// Asks the thread's scheduler something; `None` if none runs.
    #[inline]
    pub fn try_current<R>(ask: impl FnOnce(&Rc<Scheduler>) -> R) -> Option<R> {
        Self::current().map(|scheduler| ask(&scheduler))
    }

    /// Redeems a ticket if it is one of the thread's scheduler, and nobody wants to
    /// hear of it; false if there is more to do than that.
    #[inline]
    pub(crate) fn wake_here(ticket: u64) -> bool {
        CURRENT.with(|current| {
            // Out of its place for a moment, in which nothing foreign is called.
            let scheduler = current.take();
            let woken = match &scheduler {
                Some(scheduler) => {
                    scheduler.core.tag() == ticket & LOOP && scheduler.core.wake_plain(ticket)
                }
                None => false,
            };
            current.set(scheduler);
            woken
        })
    }

    /// The thread's scheduler.
    #[inline]
    pub fn current() -> Option<Rc<Scheduler>> {
        let scheduler = CURRENT.with(|current| {
            let scheduler = current.take();
            current.set(scheduler.clone());
            scheduler
        });
        scheduler.map(ManuallyDrop::into_inner)
    }

    /// The thread's scheduler, or the panic that says what was misused.
    #[track_caller]
    pub(crate) fn current_or_panic(what: &str) -> Rc<Scheduler> {
        match Self::current() {
            Some(scheduler) => scheduler,
            None => panic!(
                "no running event loop: {what} works only inside one; call it from a task or a \
                 callback, or use the method of an event loop"
            ),
        }
    }
}

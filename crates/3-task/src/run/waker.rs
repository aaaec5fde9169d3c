//! The thread's scheduler, and the waker that is only a number.
//!
//! The problem: the standard waker is a pointer and four functions that count. Ours is
//! a ticket: the pointer is an integer, three of the four functions do nothing at all,
//! and here is the one `unsafe` expression of the whole tower. An integer names no
//! scheduler, and neither does `spawn(f)`: both mean the one that runs here now. It
//! stands in a thread-local, and because every wake begins by asking for it, the asking
//! is a load and a comparison.
//!
//! Invariants:
//! 1. The data of a waker is a ticket and is never dereferenced.
//! 2. There is one function table, a `static`, so that two wakers of the same task
//!    compare equal and our own wakers can be told from foreign ones.
//! 3. Waking is allowed from any thread, at any time, for ever: also when the loop is
//!    gone, and also while the thread itself is being torn down.
//! 4. [`Entered`] leaves in any way a function is left; then the thread's scheduler is
//!    the one before.
//! 5. Nothing is dropped with the thread, so the thread-local is there as long as the
//!    thread is. While the scheduler is out of it, nothing foreign is called.
//!
//! Read next: `run/moving.rs`.

use std::cell::Cell;
use std::mem::ManuallyDrop;
use std::ptr;
use std::rc::Rc;
use std::task::{Context, RawWaker, RawWakerVTable, Waker};

use crate::core::Caller;
use crate::mailbox::remote;
use crate::run::Scheduler;
use crate::store::ticket::LOOP;

#[cfg(not(target_pointer_width = "64"))]
compile_error!(
    "groundup-task keeps a 64-bit ticket in a waker's pointer: it needs a 64-bit target"
);

static TABLE: RawWakerVTable =
    RawWakerVTable::new(|data| RawWaker::new(data, &TABLE), wake, wake, |_| ());

/// The plain wake: the ticket is one of the thread's scheduler, and nobody wants to
/// hear of it.
fn wake(data: *const ()) {
    let ticket = data.addr() as u64;
    let woken = CURRENT.with(|current| {
        let scheduler = current.take();
        let woken = scheduler.as_ref().is_some_and(|scheduler| {
            scheduler.core.tag() == ticket & LOOP && scheduler.core.wake_plain(ticket)
        });
        current.set(scheduler);
        woken
    });
    if !woken {
        wake_slow(ticket);
    }
}

#[cold]
fn wake_slow(ticket: u64) {
    match Scheduler::current() {
        Some(scheduler) if scheduler.core.tag() == ticket & LOOP => scheduler.wake(ticket),
        _ => remote::wake(ticket),
    }
}

/// The waker of a ticket.
#[inline]
#[allow(unsafe_code)] // the one place
pub(crate) fn waker(ticket: u64) -> Waker {
    let data = ptr::without_provenance(ticket as usize);
    // SAFETY: the four functions of `TABLE` treat the data as an integer and never
    // dereference it. `clone` copies it, `drop` owns nothing, and `wake` may be called on
    // any thread, any number of times and after the loop has gone, because a ticket that
    // fits no living task is ignored. That is the whole contract of `RawWaker`.
    unsafe { Waker::new(data, &TABLE) }
}

/// The ticket in this context's waker, if the waker is one of ours.
#[inline]
pub(crate) fn ticket_of(cx: &Context<'_>) -> Option<u64> {
    let waker = cx.waker();
    ptr::eq(waker.vtable(), &TABLE).then(|| waker.data().addr() as u64)
}

type Entrant = ManuallyDrop<Rc<Scheduler>>;

thread_local! {
    static CURRENT: Cell<Option<Entrant>> = const { Cell::new(None) };
}

/// While it lives, the scheduler is the one that runs on this thread; after it, the one
/// before. Made by [`Scheduler::enter`].
pub struct Entered {
    before: Option<Entrant>,
}

impl Drop for Entered {
    fn drop(&mut self) {
        let left = CURRENT.replace(self.before.take());
        drop(left.map(ManuallyDrop::into_inner));
    }
}

impl Scheduler {
    /// Makes this the scheduler of the thread; `None` if there is one already.
    pub fn enter(self: &Rc<Self>) -> Option<Entered> {
        Self::current().is_none().then(|| self.enter_over())
    }

    /// Makes this the scheduler of the thread for a while, in place of any other.
    /// For closing, which runs nothing.
    pub fn enter_over(self: &Rc<Self>) -> Entered {
        let before = CURRENT.replace(Some(ManuallyDrop::new(self.clone())));
        Entered { before }
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

    /// Asks the thread's scheduler something; `None` if none runs.
    #[inline]
    pub fn try_current<R>(ask: impl FnOnce(&Rc<Scheduler>) -> R) -> Option<R> {
        Self::current().map(|scheduler| ask(&scheduler))
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

    /// Who polls, as the parts of the scheduler want to know it.
    #[inline(always)]
    pub(crate) fn caller<'a>(&self, cx: &Context<'a>) -> Caller<'a> {
        Caller {
            ticket: self.ticket_in(cx).unwrap_or(0),
            waker: cx.waker(),
        }
    }

    /// The ticket in the context's waker, if it is one of this loop's own: a
    /// primitive may then keep eight bytes instead of a waker.
    ///
    /// ```
    /// use groundup_task::Scheduler;
    /// use std::{cell::Cell, future::poll_fn, task::Poll};
    ///
    /// # let scheduler = Scheduler::new().unwrap();
    /// # let task = scheduler.spawn(async {
    /// let scheduler = Scheduler::current().unwrap();
    /// let kept = Cell::new(None);
    /// poll_fn(|cx| {
    ///     if let Some(ticket) = kept.get() {
    ///         return Poll::Ready(assert_eq!(Some(ticket), scheduler.ticket_in(cx)));
    ///     }
    ///     kept.set(scheduler.ticket_in(cx));
    ///     scheduler.wake(kept.get().unwrap());
    ///     Poll::Pending
    /// })
    /// .await;
    /// # });
    /// # scheduler.run_until_idle();
    /// # assert!(task.done() && !task.panicked());
    /// ```
    #[inline]
    pub fn ticket_in(&self, cx: &Context<'_>) -> Option<u64> {
        ticket_of(cx).filter(|ticket| ticket & LOOP == self.core.tag())
    }
}

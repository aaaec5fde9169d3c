//! The waker, and the one `unsafe` expression of the whole tower.
//!
//! The problem: the standard waker is a pointer and four functions, because
//! most executors need to keep a task alive as long as someone may wake it. We
//! do not: a ticket says whom to wake, and a ticket that is too old wakes
//! nobody. So the pointer is an integer, and three of the four functions do
//! nothing at all.
//!
//! Invariants:
//! 1. The data of a waker is a ticket and is never dereferenced.
//! 2. There is one function table, a `static`, so that two wakers of the same
//!    task compare equal and our own wakers can be told from foreign ones.
//! 3. Waking is allowed from any thread, at any time, for ever: also when the
//!    loop is gone, and also while the thread itself is being torn down.
//!
//! Read next: `run/moving.rs`.

use std::ptr;
use std::task::{Context, RawWaker, RawWakerVTable, Waker};

use crate::core::Caller;
use crate::mailbox::remote;
use crate::run::Scheduler;
use crate::store::ticket::LOOP;

#[cfg(not(target_pointer_width = "64"))]
compile_error!(
    "groundup-task keeps a 64-bit ticket in a waker's pointer: it needs a 64-bit target"
);

static TABLE: RawWakerVTable = RawWakerVTable::new(clone, wake, wake, drop);

fn clone(data: *const ()) -> RawWaker {
    RawWaker::new(data, &TABLE)
}

fn drop(_: *const ()) {}

fn wake(data: *const ()) {
    let ticket = data.addr() as u64;
    if !Scheduler::wake_here(ticket) {
        wake_slow(ticket);
    }
}

#[cold]
fn wake_slow(ticket: u64) {
    let here = Scheduler::try_current(|scheduler| {
        let ours = scheduler.core.tag() == ticket & LOOP;
        if ours {
            scheduler.wake(ticket);
        }
        ours
    });
    if here != Some(true) {
        remote::wake(ticket);
    }
}

/// The waker of a ticket.
#[inline]
#[allow(unsafe_code)] // the one place
pub(crate) fn waker(ticket: u64) -> Waker {
    let data = ptr::without_provenance(ticket as usize);
    // SAFETY: the four functions of `TABLE` treat the data as an integer and
    // never dereference it. `clone` copies it, `drop` owns nothing, and `wake`
    // may be called on any thread, any number of times and after the loop has
    // gone, because a ticket that fits no living task is ignored. That is the
    // whole contract of `RawWaker`.
    unsafe { Waker::new(data, &TABLE) }
}

/// The ticket in this context's waker, if the waker is one of ours.
#[inline]
pub(crate) fn ticket_of(cx: &Context<'_>) -> Option<u64> {
    let waker = cx.waker();
    ptr::eq(waker.vtable(), &TABLE).then(|| waker.data().addr() as u64)
}

impl Scheduler {
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
    /// # let scheduler = groundup_task::Scheduler::new().unwrap();
    /// # let _entered = scheduler.enter();
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
    /// # while !scheduler.is_idle() {
    /// #     scheduler.run_round(&mut groundup_task::NoRoot);
    /// # }
    /// # assert!(task.done() && !task.panicked());
    /// ```
    #[inline]
    pub fn ticket_in(&self, cx: &Context<'_>) -> Option<u64> {
        ticket_of(cx).filter(|ticket| ticket & LOOP == self.core.tag())
    }
}

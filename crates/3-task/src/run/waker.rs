//! Makes wakers that are only numbers, and keeps the thread's scheduler.
//!
//! The problem: the standard waker is a pointer and four functions that count. Our waker is a
//! ticket: the pointer is an integer, and the functions count nothing. This file has the one
//! `unsafe` expression of the whole tower. An integer names no scheduler, and neither does
//! `spawn(f)`: both mean the scheduler that runs on this thread now. This scheduler is in a
//! thread-local. Every wake begins with a read of it, which costs a load and a comparison.
//!
//! Invariants:
//! 1. The data of a waker is a ticket and is never dereferenced.
//! 2. There is one function table of tasks, a `static`, and another one of futures in a list. So two
//!    wakers of one task compare equal, and our wakers can be told from foreign ones.
//! 3. A wake is allowed from any thread, at any time, for ever: also when the loop has gone,
//!    and while the thread itself is being torn down. It reaches tasks alone.
//!    `mailbox/remote.rs` has the limits for a waker that outlives its loop.
//! 4. [`Entered`] values may be dropped in any order, also by a panic. The thread's scheduler
//!    is the last one that has entered and not left.
//! 5. The thread-locals have nothing to drop when the thread ends, so they exist as long as the
//!    thread does. While the scheduler is out of its thread-local, no foreign code is called.
//!
//! Read next: `run/waker/listed.rs`, the wakers of futures in a list.

use std::cell::{Cell, RefCell};
use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::ptr;
use std::rc::Rc;
use std::task::{Context, RawWaker, RawWakerVTable, Waker};

use crate::core::step;
use crate::mailbox::remote;
use crate::run::Scheduler;
use crate::store::hidden::count_clone;
use crate::store::ticket::Ticket;

#[cfg(not(target_pointer_width = "64"))]
compile_error!(
    "groundup-task keeps a 64-bit ticket in a waker's pointer: it needs a 64-bit target"
);

pub(crate) mod foreign;
pub(crate) mod listed;

static TABLE: RawWakerVTable = RawWakerVTable::new(clone, wake, wake, |_| ());

fn clone(data: *const ()) -> RawWaker {
    count_clone();
    RawWaker::new(data, &TABLE)
}

/// Wakes a plain task of the thread's scheduler; every other wake takes the slow path.
#[inline(never)] // Speed: as_completed. Inlined, it makes its callers push more registers.
fn wake(data: *const ()) {
    let ticket = Ticket::from_bits(data.addr() as u64);
    let woken = CURRENT.with(|current| {
        let scheduler = current.take();
        // The key of a slot holds the number of its loop: a ticket of another loop fits none.
        let woken = scheduler
            .as_ref()
            .is_some_and(|scheduler| scheduler.core.wake_plain(ticket));
        current.set(scheduler);
        woken
    });
    if !woken {
        wake_slow(ticket);
    }
}

#[cold]
fn wake_slow(ticket: Ticket) {
    // Speed: remote_wake. A thread without a loop counts no handle.
    let is_here = |scheduler: &Scheduler| scheduler.core.loop_field() == ticket.loop_field();
    match Scheduler::peek(is_here) {
        Some(true) => wake_here(ticket),
        _ => remote::wake(ticket),
    }
}

#[inline(never)]
fn wake_here(ticket: Ticket) {
    if let Some(scheduler) = Scheduler::current() {
        scheduler.wake(ticket);
    }
}

/// Makes the waker of a task's ticket.
#[inline]
pub(crate) fn waker(ticket: Ticket) -> Waker {
    waker_of(ticket, &TABLE)
}

/// Makes the waker of a ticket. Private to this page and `listed.rs`: the table is one of the two.
#[inline]
#[allow(unsafe_code)] // the only one of the tower
fn waker_of(ticket: Ticket, table: &'static RawWakerVTable) -> Waker {
    let data = ptr::without_provenance(ticket.bits() as usize);
    // SAFETY: the tables are the two statics of this page and `listed.rs`. Their functions treat
    // the data as an integer and never dereference it. `clone` copies it, `drop` owns nothing, and
    // `wake` may be called on any thread, any number of times and after the loop has gone, because
    // a ticket that fits no living task and no list is ignored. That is the whole contract of
    // `RawWaker`.
    unsafe { Waker::new(data, table) }
}

/// Returns the ticket in this context's waker, if the waker is one of ours.
#[inline]
pub(crate) fn ticket_of(cx: &Context<'_>) -> Option<Ticket> {
    let waker = cx.waker();
    ptr::eq(waker.vtable(), &TABLE).then(|| Ticket::from_bits(waker.data().addr() as u64))
}

type Entrant = ManuallyDrop<Rc<Scheduler>>;
type Entrants = Vec<(u64, Rc<Scheduler>)>;

thread_local! {
    static CURRENT: Cell<Option<Entrant>> = const { Cell::new(None) };
    /// The address of that scheduler, or null. It is compared, and never followed.
    static SHOWN: Cell<*const Scheduler> = const { Cell::new(ptr::null()) };
    /// The schedulers that have entered and not left, each with a number. The last one is the
    /// current one.
    static ENTERED: RefCell<ManuallyDrop<Entrants>> =
        const { RefCell::new(ManuallyDrop::new(Vec::new())) };
}

/// Keeps a scheduler entered on the thread until it is dropped. The scheduler of the thread is
/// the one that entered last and has not left. Made by [`Scheduler::enter`].
pub struct Entered {
    number: u64,
    /// Binds the guard to its thread: it is neither `Send` nor `Sync`.
    thread: PhantomData<*const ()>,
}

impl Drop for Entered {
    /// Leaves the thread, in any order: a scheduler that entered later stays.
    fn drop(&mut self) {
        let left = ENTERED.with_borrow_mut(|entered| {
            let at = entered.iter().position(|other| other.0 == self.number)?;
            let left = entered.remove(at);
            if entered.is_empty() {
                **entered = Vec::new(); // frees the buffer: the thread's end drops nothing
            }
            Some(left)
        });
        show_last();
        drop(left);
    }
}

/// Makes the scheduler that entered last the thread's scheduler.
fn show_last() {
    step::set(step::UNSURE);
    let last = ENTERED.with_borrow(|entered| entered.last().map(|last| last.1.clone()));
    SHOWN.set(last.as_ref().map_or(ptr::null(), Rc::as_ptr));
    let before = CURRENT.with(|current| current.replace(last.map(ManuallyDrop::new)));
    drop(before.map(ManuallyDrop::into_inner));
}

impl Scheduler {
    /// Returns true if this is the scheduler of the thread.
    #[inline]
    pub(in crate::run) fn is_shown(&self) -> bool {
        ptr::eq(SHOWN.get(), self)
    }

    /// Makes this the scheduler of the thread, and the thread awake; returns `None` if there is a
    /// scheduler already.
    pub fn enter(self: &Rc<Self>) -> Option<Entered> {
        if Self::current().is_some() {
            return None;
        }
        self.core.loop_side().mailbox.end_park(); // after a run in pieces, the loop still counts as parked
        Some(self.enter_over())
    }

    /// Makes this the scheduler of the thread for a while, in place of any other. For closing a
    /// loop, which runs nothing.
    pub fn enter_over(self: &Rc<Self>) -> Entered {
        let number = ENTERED.with_borrow_mut(|entered| {
            let number = entered.last().map_or(1, |last| last.0 + 1);
            entered.push((number, self.clone()));
            number
        });
        show_last();
        let thread = PhantomData;
        Entered { number, thread }
    }

    /// Returns the thread's scheduler; `None` if none has entered.
    #[inline]
    pub fn current() -> Option<Rc<Scheduler>> {
        let scheduler = CURRENT.with(|current| {
            let scheduler = current.take();
            current.set(scheduler.clone());
            scheduler
        });
        scheduler.map(ManuallyDrop::into_inner)
    }

    /// Returns the ticket of the running task of the thread's scheduler; `None` in a callback, and
    /// where no scheduler has entered. Costs less than [`current`](Self::current) and
    /// [`running`](Self::running).
    ///
    /// ```
    /// # mod groundup { pub mod lowlevel { pub use groundup_task::*; } }
    /// use groundup::lowlevel::Scheduler;
    ///
    /// let scheduler = Scheduler::new().unwrap();
    /// assert_eq!(Scheduler::running_here(), None);
    /// let mut task = scheduler.spawn(async { Scheduler::running_here() });
    /// let ticket = task.ticket();
    /// scheduler.run_until_idle();
    /// assert_eq!(task.take_value(), Some(Some(ticket)));
    /// ```
    pub fn running_here() -> Option<Ticket> {
        Self::peek(Scheduler::running).flatten()
    }

    /// Calls `look` with the thread's scheduler, if one has entered. `look` must not panic or call the
    /// user's code, and wakes a task by `wake_plain` alone: while it runs, the thread has no scheduler.
    // Speed: select2. The handle is neither counted nor dropped.
    #[inline(always)]
    pub(crate) fn peek<R>(look: impl FnOnce(&Scheduler) -> R) -> Option<R> {
        let scheduler = CURRENT.take();
        let looked = scheduler.as_ref().map(|scheduler| look(scheduler));
        CURRENT.set(scheduler);
        looked
    }

    /// Returns the thread's scheduler, or panics with a message that names the misused
    /// function.
    #[track_caller]
    pub(crate) fn current_or_panic(what: &str) -> Rc<Scheduler> {
        match Self::current() {
            Some(scheduler) => scheduler,
            None => panic!(
                "no running event loop: {what} works only inside one; call it from a task or a \
                 callback, or in a future that you give to `run`"
            ),
        }
    }

    /// Returns the ticket in the context's waker, if a loop has made the waker: this one or
    /// another. A primitive may store it for [`wake_ticket`](Self::wake_ticket); any other waker
    /// may run any code, and is called through [`wake_foreign`](Self::wake_foreign).
    #[inline]
    pub fn any_ticket_in(cx: &Context<'_>) -> Option<Ticket> {
        ticket_of(cx)
    }

    /// Redeems a ticket of any loop, as its waker does.
    #[inline]
    pub fn wake_ticket(ticket: Ticket) {
        wake(ptr::without_provenance(ticket.bits() as usize));
    }

    /// Returns the ticket in the context's waker, if the waker is one of this loop's own. A
    /// primitive may then keep 8 bytes instead of a waker.
    ///
    /// ```
    /// # mod groundup { pub mod lowlevel { pub use groundup_task::*; } }
    /// use groundup::lowlevel::Scheduler;
    /// use std::{cell::Cell, future::poll_fn, task::Poll};
    ///
    /// let scheduler = Scheduler::new().unwrap();
    /// let (kept, own) = (Cell::new(None), scheduler.clone());
    /// let mut task = scheduler.spawn(poll_fn(move |cx| {
    ///     let ticket = own.ticket_in(cx).unwrap();
    ///     if kept.replace(Some(ticket)).is_some() {
    ///         return Poll::Ready(ticket);
    ///     }
    ///     own.wake(ticket);
    ///     Poll::Pending
    /// }));
    /// let ticket = task.ticket();
    /// scheduler.run_until_idle();
    /// assert_eq!(task.take_value(), Some(ticket));
    /// ```
    #[inline]
    pub fn ticket_in(&self, cx: &Context<'_>) -> Option<Ticket> {
        ticket_of(cx).filter(|ticket| ticket.loop_field() == self.core.loop_field())
    }
}

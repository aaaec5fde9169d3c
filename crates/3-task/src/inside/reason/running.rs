//! Tells a primitive which task is running, and stores its reason.
//!
//! The problem: a primitive of a floor above is polled with a context, and asks whose it is. If the
//! waker is that of the running task, the primitive keeps a ticket of eight bytes in place of a waker, and
//! the reason of the wait needs no second comparison.
//!
//! ```text
//!   cx ──> running_in ── the running task's waker: its ticket ──> running_waits(reason)
//!                    └── another waker: None ──> the primitive keeps the waker, and stores no reason
//! ```
//!
//! Invariant: a reason is stored for the running task alone.
//!
//! Read next: `inside/reason/mark.rs`.

use std::task::Context;

use super::Reason;
use crate::run::Scheduler;
use crate::run::waker::ticket_of;
use crate::store::ticket::{Ticket, WaitWord};
use crate::wait;

impl Scheduler {
    /// Returns the ticket of the running task; `None` in a callback and outside. A primitive may
    /// store it in place of a handle.
    ///
    /// ```
    /// # mod groundup { pub mod lowlevel { pub use groundup_task::*; } }
    /// use groundup::lowlevel::Scheduler;
    ///
    /// let scheduler = Scheduler::new().unwrap();
    /// assert_eq!(scheduler.running(), None);
    /// let running = async { Scheduler::current().unwrap().running() };
    /// let mut task = scheduler.spawn(running);
    /// let ticket = task.ticket();
    /// scheduler.run_until_idle();
    /// assert_eq!(task.take_value(), Some(Some(ticket)));
    /// ```
    pub fn running(&self) -> Option<Ticket> {
        self.core.running()?;
        Some(self.core.current())
    }

    /// Returns the ticket of the running task, if `cx` has its waker. A primitive may then keep 8 bytes in
    /// place of a waker, and store the reason by [`running_waits`](Scheduler::running_waits).
    ///
    /// ```
    /// # mod groundup { pub mod lowlevel { pub use groundup_task::*; } }
    /// use groundup::lowlevel::{Reason, Scheduler};
    /// use std::{future::poll_fn, task::Poll};
    ///
    /// let scheduler = Scheduler::new().unwrap();
    /// let waiting = scheduler.spawn(poll_fn(|cx| {
    ///     let scheduler = Scheduler::current().unwrap();
    ///     assert_eq!(scheduler.running_in(cx), scheduler.running());
    ///     assert!(scheduler.is_running(scheduler.running().unwrap()));
    ///     scheduler.running_waits(Reason::Outside);
    ///     Poll::<()>::Pending
    /// }));
    /// scheduler.run_until_idle();
    /// assert!(scheduler.explain(&waiting).contains("something outside"));
    /// # waiting.cancel();
    /// # scheduler.run_until_idle();
    /// ```
    // Speed: lock_contended, queue_stream_1. One comparison for the two of `ticket_in` and `waits_for`.
    #[inline]
    pub fn running_in(&self, cx: &Context<'_>) -> Option<Ticket> {
        match ticket_of(cx) {
            Some(ticket) if ticket == self.core.current() => Some(ticket),
            _ => None,
        }
    }

    /// Returns true if the ticket is that of the step being taken; `running_in` has an example.
    #[inline]
    pub fn is_running(&self, ticket: Ticket) -> bool {
        ticket == self.core.current()
    }

    /// Stores the reason for which the running task waits. The caller polls with the waker of that task.
    #[inline]
    pub fn running_waits(&self, reason: Reason<'_>) {
        wait::add(&self.core, reason.word());
    }

    /// Stores the reason with this number for the task that takes a step on this thread, and returns
    /// true, if `cx` has the waker of that task. Otherwise it stores nothing. So a primitive that may be
    /// sent to another thread can keep the number, and learns that it is in its loop. The caller knows
    /// that the entry is one of the loop of the task.
    ///
    /// ```
    /// # mod groundup { pub mod lowlevel { pub use groundup_task::*; } pub use groundup_task::trace; }
    /// use groundup::lowlevel::{ReasonEntry, Scheduler};
    /// use groundup::trace::Wait;
    /// use std::{future::poll_fn, task::Poll};
    ///
    /// let scheduler = Scheduler::new().unwrap();
    /// let entry = ReasonEntry::new(&scheduler, Wait::Other("a parcel".into()));
    /// let number = entry.number();
    /// let waiting = scheduler.spawn(poll_fn(move |cx| {
    ///     assert!(Scheduler::running_waits_for(cx, number));
    ///     Poll::<()>::Pending
    /// }));
    /// scheduler.run_until_idle();
    /// assert!(scheduler.explain(&waiting).contains("a parcel"));
    /// # waiting.cancel();
    /// # scheduler.run_until_idle();
    /// ```
    #[inline]
    pub fn running_waits_for(cx: &Context<'_>, number: u32) -> bool {
        let store = |scheduler: &Scheduler| {
            let is_running = ticket_of(cx) == Some(scheduler.core.current());
            if is_running {
                wait::add(&scheduler.core, WaitWord::named(number));
            }
            is_running
        };
        Self::peek(store) == Some(true)
    }
}

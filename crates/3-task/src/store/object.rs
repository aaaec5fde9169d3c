//! Polls the occupant of a slot, or the main future; keeps the output.
//!
//! The problem: a slot holds a future of any type and returns its output with its type intact,
//! without an allocation per step. The trait object knows the type, and `dyn Any` carries
//! values across it: the caller passes an `&mut Option<T>`, and the object moves its value into
//! it if the type is the same.
//!
//! A slot can hold only `'static` values, but `run(main)` takes a future that borrows. So the
//! main future stays on the caller's stack, its slot is empty, and a step of it is a call of
//! [`Root`]. In all else it is a task.
//!
//! Invariants:
//! 1. The output takes the place of the future, in the same memory. The future is dropped before
//!    any waiter learns that the task is done.
//! 2. `refill` takes the whole input, or leaves it whole.
//! 3. Only `run/` calls a `Root`, for the run that has opened it.
//!
//! Read next: `store/object/promise_object.rs`, a content without a future.

use std::any::{Any, type_name};
use std::future::Future;
use std::marker::PhantomData;
use std::mem::{ManuallyDrop, needs_drop};
use std::panic::Location;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use pin_project_lite::pin_project;

use crate::store::key::Exit;
use crate::store::ticket::{Entry, Ticket, TimerWord};

mod promise_object;

pub(crate) use promise_object::{Empty, Fulfilled, PromiseObject};

/// The content of a slot's box: of a task, a callback, a promise or a proxy.
pub(crate) trait Object {
    /// Takes one step of the task with this ticket. At the end it keeps the output inside and
    /// returns `Ready`.
    fn poll(self: Pin<&mut Self>, _: Ticket) -> Poll<()> {
        Poll::Pending
    }
    /// Gets the outcome of a proxy from its original, if the original has ended.
    fn fetch(self: Pin<&mut Self>) {}
    /// Moves the output into an `Option` of the right type.
    fn take(self: Pin<&mut Self>, _output: &mut dyn Any) {}
    /// Moves the content of an `Option` in; returns false if its type is not the
    /// right one.
    fn refill(self: Pin<&mut Self>, input: &mut dyn Any, call_site: CallSite) -> bool;
    /// Moves the content of an `Option` in as the output, if its type is the right one.
    fn put(self: Pin<&mut Self>, _output: &mut dyn Any) {}
    /// Copies the output into an `Option` of the right type. It calls the user's `Clone`, so the box
    /// is lent out of its slot.
    fn copy(self: Pin<&mut Self>, _output: &mut dyn Any) {}
    /// Drops the future or the output.
    fn clear(self: Pin<&mut Self>);
    /// Returns where it was made.
    fn call_site(&self) -> CallSite;
    /// Returns the name of the output's type.
    fn output_type(&self) -> &'static str {
        "()"
    }
    /// Shows the output, or the error of a promise, to `look`, if it is there.
    fn show(self: Pin<&mut Self>, _look: &mut dyn FnMut(&dyn Any)) {}
    /// Returns the ticket of the task from which a proxy gets its outcome, if it was not fetched.
    fn source(&self) -> Option<Ticket> {
        None
    }
    /// Returns how a proxy ends when its original has ended in this way.
    fn exit(self: Pin<&mut Self>, original: Exit) -> Exit {
        original
    }
}

/// The line of the caller's source that made a task, a callback or a promise.
pub(crate) type CallSite = &'static Location<'static>;

/// Makes the waker of a ticket. The store knows none: `run/waker.rs` is above it.
pub(crate) trait Wakers: 'static {
    /// Makes a waker, whose drop has nothing to do.
    fn waker(ticket: Ticket) -> Waker;
}

pin_project! {
    /// A task's content: a future, and then its output, until the output is taken. `W` makes the
    /// wakers for the future.
    // Speed: idle_task. Both stages have the call site, whose pointer is never null: where the future is
    // larger than the output, null is the mark of the second stage, and the box is a word shorter.
    #[project = Stage]
    pub(crate) enum TaskObject<F: Future, W> {
        Running { #[pin] future: F, call_site: CallSite, wakers: PhantomData<fn() -> W> },
        Ended { output: Option<F::Output>, call_site: CallSite },
    }
}

impl<F: Future, W> TaskObject<F, W> {
    /// Makes the content of a task before its first step.
    #[inline(always)]
    pub(crate) fn new(future: F, call_site: CallSite) -> Self {
        TaskObject::Running {
            future,
            call_site,
            wakers: PhantomData,
        }
    }

    /// Drops the content and stores another.
    #[cold]
    #[inline(never)]
    fn set_slowly(mut self: Pin<&mut Self>, next: Self) {
        self.set(next);
    }
}

impl<F: Future<Output: 'static> + 'static, W: Wakers> Object for TaskObject<F, W> {
    #[inline]
    fn poll(mut self: Pin<&mut Self>, ticket: Ticket) -> Poll<()> {
        let Stage::Running {
            future, call_site, ..
        } = self.as_mut().project()
        else {
            return Poll::Ready(());
        };
        // Speed: yield_many, call_soon_fanout. The compiler knows the functions of a waker that is made
        // here, and calls them directly. A callback needs no waker. `ManuallyDrop`: the drop has
        // nothing to do.
        let waker = ManuallyDrop::new(W::waker(ticket));
        match future.poll(&mut Context::from_waker(&waker)) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(output) => {
                let (output, call_site) = (Some(output), *call_site);
                self.set(TaskObject::Ended { output, call_site });
                Poll::Ready(())
            }
        }
    }

    fn take(self: Pin<&mut Self>, output: &mut dyn Any) {
        let Some(taken) = output.downcast_mut::<Option<F::Output>>() else {
            return;
        };
        if let Stage::Ended { output, .. } = self.project() {
            *taken = output.take();
        }
    }

    fn refill(mut self: Pin<&mut Self>, input: &mut dyn Any, call_site: CallSite) -> bool {
        let Some(input) = input.downcast_mut::<Option<F>>() else {
            return false;
        };
        if let Some(future) = input.take() {
            let next = TaskObject::new(future, call_site);
            // Speed: oneshot, one_shot. A spare box has nothing to drop. Where the compiler sees this, the
            // future moves once, and not by way of the stack. One of two words moves in a register anyway.
            let large = needs_drop::<F>() && size_of::<F>() > 2 * size_of::<usize>();
            match large && matches!(&*self, TaskObject::Running { .. }) {
                true => self.set_slowly(next),
                false => self.set(next),
            }
        }
        true
    }

    fn clear(mut self: Pin<&mut Self>) {
        let (output, call_site) = (None, self.call_site());
        self.set(TaskObject::Ended { output, call_site });
    }

    fn call_site(&self) -> CallSite {
        match self {
            TaskObject::Running { call_site, .. } | TaskObject::Ended { call_site, .. } => {
                call_site
            }
        }
    }

    fn output_type(&self) -> &'static str {
        type_name::<F::Output>()
    }

    fn show(self: Pin<&mut Self>, look: &mut dyn FnMut(&dyn Any)) {
        if let Stage::Ended {
            output: Some(output),
            ..
        } = self.project()
        {
            look(output);
        }
    }
}

/// A callback's content: a closure that runs once.
pub(crate) struct CallbackObject<C> {
    pub(crate) callback: Option<C>,
    pub(crate) call_site: CallSite,
}

// The closure is never pinned: it is moved out and called.
impl<C> Unpin for CallbackObject<C> {}

impl<C: FnOnce() + 'static> Object for CallbackObject<C> {
    #[inline]
    fn poll(self: Pin<&mut Self>, _: Ticket) -> Poll<()> {
        if let Some(callback) = self.get_mut().callback.take() {
            callback();
        }
        Poll::Ready(())
    }

    fn refill(self: Pin<&mut Self>, input: &mut dyn Any, call_site: CallSite) -> bool {
        let Some(callback) = input.downcast_mut::<Option<C>>() else {
            return false;
        };
        let this = self.get_mut();
        this.call_site = call_site;
        if let Some(callback) = callback.take() {
            this.callback = Some(callback);
        }
        true
    }

    fn clear(self: Pin<&mut Self>) {
        self.get_mut().callback = None;
    }

    fn call_site(&self) -> CallSite {
        self.call_site
    }
}

/// Lends the floor above to a round: its main future, if it has one on its own stack, and its
/// timers.
///
/// ```
/// # mod groundup { pub mod lowlevel { pub use groundup_task::*; } }
/// use groundup::lowlevel::{Root, Scheduler};
/// use std::task::{Context, Poll};
///
/// struct Borrowing<'a>(&'a mut Vec<u32>);
///
/// impl Root for Borrowing<'_> {
///     fn poll(&mut self, _: &mut Context<'_>) -> Poll<()> {
///         self.0.push(5);
///         Poll::Ready(())
///     }
///
///     fn clear(&mut self) {}
/// }
///
/// let (scheduler, mut here) = (Scheduler::new().unwrap(), Vec::new());
/// let root = scheduler.open_root();
/// scheduler.run_round(&mut Borrowing(&mut here));
/// assert!(root.close().unwrap().is_ok());
/// assert_eq!(here, [5]);
/// ```
pub trait Root {
    /// Takes one step of the main future.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()>;
    /// Drops the main future, which was cancelled or has panicked, and its output.
    fn clear(&mut self);
    /// Returns the name of the output's type, for the report of a lost `Result`.
    fn output_type(&self) -> &'static str {
        "()"
    }
    /// Returns the ticket for which a [fired](crate::Scheduler::fire) timer was set, and forgets
    /// the timer; `None` if it was taken back since. A root without timers needs no such method.
    fn redeem(&mut self, _timer: TimerWord) -> Option<Ticket> {
        None
    }
    /// Returns the ticket that [`redeem`](Root::redeem) would return, and forgets nothing: a chooser
    /// gets the name of the entry.
    fn sleeper(&self, _timer: TimerWord) -> Option<Ticket> {
        None
    }
    /// Returns the deadline and the entry of each timer that is due at `now` and has not fired, in the
    /// order in which they will fire: the report of a slow step names those that it has held up.
    fn due(&self, _now: u64) -> Vec<(u64, Entry)> {
        Vec::new()
    }
    /// Returns the number of a timer in a trace, after it was redeemed.
    fn number_of(&self, timer: TimerWord) -> u64 {
        timer.number().into()
    }
}

/// Serves as the [`Root`] of a loop that has neither a main future nor timers.
pub struct NoRoot;

impl Root for NoRoot {
    fn poll(&mut self, _: &mut Context<'_>) -> Poll<()> {
        Poll::Pending
    }

    fn clear(&mut self) {}
}

#[cfg(test)]
#[path = "../../tests/unit/object.rs"]
mod tests;

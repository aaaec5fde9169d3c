//! Lets the results of other threads in at defined points.
//!
//! The problem: a thread that works for the loop ends at any moment, and its message may come
//! before the loop parks or after it. So two runs of one program differ. On a clock that jumps a
//! run is meant to repeat. There a floor above keeps the results back, and the loop asks for them
//! where it looks outside anyway:
//!
//! ```text
//!   idle    park      the event `park`, then: admit one; if it is not there yet, wait for it
//!   busy    glance    after a budget of 64 steps: admit one, and wait for it
//! ```
//!
//! A result that comes in wakes its task before the round of the same iteration. So the iteration of
//! a result, and the text of the trace, depend on the steps of the loop and not on a thread.
//!
//! Invariants:
//! 1. A result comes in only in `admit`, which the loop calls while nothing of it is borrowed.
//! 2. While the loop waits for a result, a message of another thread ends the wait, so a thread may
//!    call the loop before its result comes in.
//! 3. A guest does not wait: its host parks.
//!
//! Read next: `iteration/main_task.rs`.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

use groundup_task::trace::Cause;

use super::LoopCore;
use crate::driver::Outside;

/// Number of glances at due timers, one after the other, after which a loop counts as busy.
const STARVED: u32 = 64;

/// Decides which result of another thread comes in next. [`completions`] has an example.
pub trait Completions: Any {
    /// Lets one result in, on the loop's own thread: stores it, and wakes the task that awaits it.
    ///
    /// `idle` is true if the loop has nothing else to do. If the answer is [`Completion::Waits`], the
    /// loop asks again after it was [notified](groundup_task::Address::notify).
    fn admit(&self, idle: bool) -> Completion;

    /// A run of the loop has ended, and nothing is admitted until the next one.
    fn pause(&self) {}
}

/// The answer of [`Completions::admit`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Completion {
    /// No result is to come in now.
    Nothing,
    /// One result has come in.
    One,
    /// The next result is not there yet.
    Waits,
}

/// Returns the completions of the running loop, made by `make` if there are none. Returns `None`
/// if no loop runs, or if its clock does not jump: there a result comes in when it is there.
///
/// The loop keeps them as [`keep`](crate::keep()) does. It asks those that were made first.
///
/// ```
/// # mod groundup { pub use groundup_executor::{*, task::*}; pub mod lowlevel { pub use groundup_executor::*; } }
/// use std::cell::RefCell;
/// use std::sync::mpsc::{Receiver, channel};
///
/// use groundup::lowlevel::{Completion, Completions, completions};
/// use groundup::{Promise, current_loop, remote, run_virtual};
///
/// /// The threads at work, and the promises of their results.
/// #[derive(Default)]
/// struct Sums(RefCell<Vec<(Receiver<u64>, Promise<u64>)>>);
///
/// impl Completions for Sums {
///     fn admit(&self, _: bool) -> Completion {
///         let Some((sum, promise)) = self.0.borrow_mut().pop() else {
///             return Completion::Nothing;
///         };
///         promise.set_result(sum.recv().unwrap()).unwrap(); // this one waits here
///         Completion::One
///     }
/// }
///
/// run_virtual(async {
///     let (send, sum) = channel();
///     let (at_work, promise) = (remote().at_work(), current_loop().create_promise());
///     let sums = completions(Sums::default).unwrap();
///     sums.0.borrow_mut().push((sum, promise.clone()));
///     std::thread::spawn(move || send.send((1..=10).sum()));
///     assert_eq!(promise.await.unwrap(), 55);
///     drop(at_work);
/// });
/// ```
pub fn completions<C: Completions>(make: impl FnOnce() -> C) -> Option<Rc<C>> {
    let jumps = |inner: &Rc<LoopCore>| {
        let open = inner.driver().jumps() && !inner.scheduler().is_closed();
        open.then(|| inner.clone())
    };
    let inner = LoopCore::try_current(jumps)??;
    let completions = inner.kept().get_or_make(make);
    inner.completions.set(&completions);
    Some(completions)
}

/// The completions of one loop.
#[derive(Default)]
pub(super) struct CompletionsSlot {
    completions: RefCell<Option<Rc<dyn Completions>>>,
    /// The loop runs in pieces inside another one.
    hosted: Cell<bool>,
    /// Number of glances at due timers since the loop last asked.
    glances: Cell<u32>,
}

impl CompletionsSlot {
    fn set<C: Completions>(&self, completions: &Rc<C>) {
        let mut place = self.completions.borrow_mut();
        if place.is_none() {
            *place = Some(completions.clone());
        }
    }

    /// Takes them out at the close of the loop.
    pub(super) fn take(&self) -> Option<Rc<dyn Completions>> {
        self.completions.take()
    }

    #[inline]
    fn any(&self) -> bool {
        self.completions.borrow().is_some()
    }

    fn get(&self) -> Option<Rc<dyn Completions>> {
        self.completions.borrow().clone()
    }

    /// Says whether another loop is the host of this one, which then does not wait.
    pub(super) fn set_hosted(&self, hosted: bool) {
        self.hosted.set(hosted);
    }

    /// Says that a run has ended.
    pub(super) fn pause(&self) {
        if let Some(completions) = self.get() {
            completions.pause();
        }
    }

    /// Counts a glance at due timers. Returns true if the loop has found due timers for so long that
    /// a result must come in between them.
    pub(super) fn is_starved(&self) -> bool {
        self.glances.set(self.glances.get() + 1);
        self.glances.get() >= STARVED
    }
}

impl LoopCore {
    /// Lets one result of another thread in, if there are completions.
    #[inline]
    pub(super) fn admit(&self, idle: bool) -> Completion {
        self.completions.glances.set(0);
        match self.completions.any() {
            true => self.admit_from_them(idle),
            false => Completion::Nothing,
        }
    }

    #[cold]
    fn admit_from_them(&self, idle: bool) -> Completion {
        match self.completions.get() {
            Some(it) => self.scheduler.caused(Cause::Thread, || it.admit(idle)),
            None => Completion::Nothing,
        }
    }

    /// Lets one result in on a busy loop, and waits for it. A message that makes an entry ready ends
    /// the wait: the thread at work may wait for that entry.
    #[inline]
    pub(super) fn admit_while_busy(&self) {
        if self.completions.any() {
            self.wait_while_busy();
        }
    }

    #[cold]
    fn wait_while_busy(&self) {
        let ready = self.scheduler.ready_len();
        while self.admit(false) == Completion::Waits && !self.completions.hosted.get() {
            if !self.scheduler.has_mail() {
                let mut parking = None;
                let mut may_block = || {
                    parking = self.scheduler.try_park();
                    parking.is_some()
                };
                let outside = Outside::AtWork;
                self.driver.park(None, outside, &mut may_block);
                drop(parking);
            }
            if self.scheduler.has_mail() {
                self.scheduler.collect_mail();
            }
            if self.scheduler.ready_len() > ready || self.stopping.get() {
                return;
            }
        }
    }
}

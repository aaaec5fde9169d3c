//! Makes a task's handle for a promise, or a value that ends with one.
//!
//! The problem: a combinator keeps handles of tasks. It asks them if they are done and how they
//! ended, registers them in a group, cancels them, and takes their values. A promise allows all
//! of this but the last, and so does a value that ends with a promise. The combinator could
//! spawn a task that awaits the promise. This would cost an iteration before the await and one
//! after it, and a cancel would end that task instead of the promise. So a proxy is a slot
//! without a future. It is a waiter of its original, and ends in the step in which the original
//! ends. A cancel of the proxy goes on to the original.
//!
//! ```text
//!   Task<T> ──> proxy's slot ──cancel──> original's slot <── Promise<T>, in the proxy's box
//!                 └───── ends with it ────┘   its value is fetched when it is asked for
//! ```
//!
//! Invariants:
//! 1. A proxy takes no step, and ends in the same iteration as its original.
//! 2. The value is fetched only when a caller asks for it, and while nothing is borrowed: the
//!    fetch may call the user's `Clone`.
//! 3. A proxy that is dropped leaves nothing behind in its original.
//! 4. A failure that is seen at the proxy is seen at the original. Only the original is
//!    reported.
//! 5. A proxy keeps its original as long as there is a handle of the proxy, also after its
//!    value was taken: `cancelling` of a child of a group still has an answer.
//!
//! Read next: `handles/proxy/fetch.rs`, how the value comes.

use std::any::Any;
use std::panic::Location;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use crate::core::Tenant;
use crate::core::rare::CancelTargets;
use crate::error::TaskError;
use crate::handles::awaitable::Member;
use crate::handles::task::Task;
use crate::handles::task_ref::TaskRef;
use crate::run::Scheduler;
use crate::store::key::{Exit, Mark};
use crate::store::object::{CallSite, Object};
use crate::store::slot::Slot;
use crate::store::ticket::Ticket;
use crate::store::waiters::Waiter;
use crate::wait;

mod fetch;

/// The content of a proxy's box.
struct ProxyObject<A: Member> {
    /// A handle of the original, which stays to be asked.
    member: Option<A>,
    stage: ProxyStage<A::Value>,
    call_site: CallSite,
}

enum ProxyStage<T> {
    /// The outcome was not asked for.
    Kept,
    /// The outcome was fetched.
    Fetched(Result<T, TaskError>),
    /// The outcome was taken.
    Empty,
}

/// The reason why a proxy has no value, on its way out of the box.
pub(super) struct Why(pub(super) TaskError);
impl<A: Member> Unpin for ProxyObject<A> {}

impl<A: Member> Object for ProxyObject<A> {
    /// Fetches the outcome, if the member has ended.
    fn fetch(self: Pin<&mut Self>) {
        let this = self.get_mut();
        let cx = &mut Context::from_waker(Waker::noop());
        if let (ProxyStage::Kept, Some(member)) = (&this.stage, &mut this.member)
            && let Poll::Ready(output) = member.poll_output(cx)
        {
            this.stage = ProxyStage::Fetched(A::outcome(output));
        }
    }

    /// Moves the value, or the reason why there is none, into `output`.
    fn take(self: Pin<&mut Self>, output: &mut dyn Any) {
        let stage = &mut self.get_mut().stage;
        let ProxyStage::Fetched(outcome) = std::mem::replace(stage, ProxyStage::Empty) else {
            return;
        };
        match outcome {
            Ok(value) if output.is::<Option<A::Value>>() => put(output, value),
            Err(error) if output.is::<Option<Why>>() => put(output, Why(error)),
            other => *stage = ProxyStage::Fetched(other),
        }
    }

    /// Puts in the first member.
    fn refill(self: Pin<&mut Self>, input: &mut dyn Any, call_site: CallSite) -> bool {
        let this = self.get_mut();
        let Some(input) = input.downcast_mut::<Option<A>>() else {
            return false;
        };
        this.member = input.take();
        this.stage = ProxyStage::Kept;
        this.call_site = call_site;
        true
    }

    /// Puts back a reason that was looked at.
    fn put(self: Pin<&mut Self>, output: &mut dyn Any) {
        if let Some(output) = output.downcast_mut::<Option<Why>>() {
            let why = output.take().map(|why| ProxyStage::Fetched(Err(why.0)));
            self.get_mut().stage = why.unwrap_or(ProxyStage::Empty);
        }
    }

    fn clear(self: Pin<&mut Self>) {
        let this = self.get_mut();
        this.stage = ProxyStage::Empty;
        this.member = None;
    }

    fn call_site(&self) -> CallSite {
        self.call_site
    }

    fn show(self: Pin<&mut Self>, look: &mut dyn FnMut(&dyn Any)) {
        if let ProxyStage::Fetched(Ok(value)) = &self.stage {
            look(value);
        }
    }

    fn source(&self) -> Option<Ticket> {
        match (&self.stage, &self.member) {
            (ProxyStage::Kept, Some(member)) => member.source().map(TaskRef::ticket),
            _ => None,
        }
    }

    fn exit(self: Pin<&mut Self>, original: Exit) -> Exit {
        match (&self.stage, &self.member) {
            (ProxyStage::Kept, Some(member)) => member.exit(original),
            _ => original,
        }
    }
}

fn put<T: 'static>(into: &mut dyn Any, value: T) {
    if let Some(into) = into.downcast_mut() {
        *into = Some(value);
    }
}

/// The target of a proxy's cancel: its original.
struct Original(Ticket);

impl CancelTargets for Original {
    fn target(&self, number: usize) -> Option<Ticket> {
        (number == 0).then_some(self.0)
    }

    fn accepted(&self) {}
}

impl Scheduler {
    /// Makes a task's handle for a member that is no task. The handle is done when the member
    /// is, returns its value, and hands a cancel on to it. No task is made.
    ///
    /// ```
    /// # mod groundup { pub mod lowlevel { pub use groundup_task::*; } }
    /// use groundup::lowlevel::Scheduler;
    ///
    /// let scheduler = Scheduler::new().unwrap();
    /// let promise = scheduler.promise();
    /// let mut proxy = scheduler.proxy(promise.clone());
    /// assert!(!proxy.done() && scheduler.all_tasks().is_empty());
    /// promise.set_result(5).unwrap();
    /// assert!(proxy.done(), "in the same step");
    /// assert_eq!(proxy.take_value(), Some(5));
    ///
    /// let promise = scheduler.promise::<u32>();
    /// assert!(scheduler.proxy(promise.clone()).cancel() && promise.cancelled());
    /// ```
    ///
    /// # Panics
    ///
    /// If the member has not ended and is of another loop, whose ends are not reported here.
    #[track_caller]
    pub fn proxy<A: Member>(self: &Rc<Self>, member: A) -> Task<A::Value> {
        let call_site = Location::caller();
        let original = member.original().clone();
        let of = original.living();
        assert!(
            of.is_none() || Rc::ptr_eq(self, &original.scheduler),
            "this loop does not learn of the end of a promise or task of another loop: give a \
             future that awaits it in its place"
        );
        let boxed = |member| {
            Box::pin(ProxyObject {
                member: Some(member),
                stage: ProxyStage::Kept,
                call_site,
            }) as _
        };
        let tenant = Tenant::new(Mark::Promise.bit() | Mark::Seen.bit(), call_site);
        let ticket = self.occupy(&mut Some(member), boxed, tenant);
        if let Some(slot) = self.core.slot_of(ticket) {
            let put = |of| {
                self.core
                    .rare_mut(of)
                    .waiters
                    .put(0, Waiter::Proxy(ticket))
                    .0
            };
            let among = of.map(put);
            let mut rare = self.core.rare_mut(slot);
            rare.hook = Some(Rc::new(Original(original.ticket)));
            rare.original = (original.ticket, among.unwrap_or(0));
            drop(rare);
            if among.is_none() {
                let how = original.slot().and_then(Slot::exit);
                let reason = original.cancel_reason();
                self.end_proxy(ticket, how.unwrap_or(Exit::Returned), reason);
            }
        }
        Task::new(self.clone(), ticket)
    }

    /// Ends a proxy, after its original has ended.
    #[cold]
    pub(crate) fn end_proxy(self: &Rc<Self>, ticket: Ticket, how: Exit, reason: Option<Arc<str>>) {
        let Some(slot) = self.core.slot_of(ticket).filter(|slot| !slot.is_done()) else {
            return;
        };
        let how = slot.content(|object| object.exit(how)).unwrap_or(how);
        if how == Exit::Cancelled {
            self.end_promise(ticket, slot, reason);
        } else {
            self.complete(ticket, slot, how);
        }
    }

    /// Removes a dropped proxy from its original's list of waiters.
    #[cold]
    pub(super) fn leave_original(&self, slot: &Slot) {
        let (ticket, among) = (self.core.rare(slot, |rare| rare.original)).unwrap_or_default();
        if let Some(original) = self.core.slot_of(ticket).filter(|_| among != 0) {
            wait::unregister(&self.core, ticket, original, among);
        }
    }
}

impl TaskRef {
    /// Returns true if this is a proxy of that task.
    #[inline]
    pub(super) fn stands_for(&self, slot: &Slot, task: Ticket) -> bool {
        slot.has(Mark::Promise) && self.scheduler.core.original_of(self.ticket) == task
    }

    /// Returns true if this handle stands for a member that is no task.
    #[doc(hidden)] // for new primitives: `lowlevel` names it
    #[inline]
    pub fn is_proxy(&self) -> bool {
        self.slot().is_some_and(|slot| slot.has(Mark::Promise))
    }
}

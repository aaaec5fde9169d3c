//! The path of a cancel: all who have handed it on and await the reply.
//!
//! The problem: a task hands its cancel on to the promise of a gather, that to each of
//! the children, and these to what they await, to any depth. Were each a call in the
//! call before, a nest of 10,000 would overflow the stack. So the path is a list, and
//! one loop (`run/cancelling.rs`) walks it depth first, in argument order, as the calls
//! of asyncio's `cancel` would: who is asked is counted, what it awaits comes before
//! what stands beside it.
//!
//! ```text
//!   a awaits gather([b, c]), b awaits d          the path when d is asked
//!                                                 a ── the gather, at 0 ── b
//! ```
//!
//! Each entry's place is noted with the task or promise. Whether one stands on the path
//! is thus one look, however long it is: the place that is noted there, if it is taken
//! by this very ticket. So nothing is to be wiped off.
//!
//! Invariants:
//! 1. A task or promise stands on the path once: to ask it again closes a circle, and
//!    that is the reply. Off the path it may be asked again, as often as it is reached.
//! 2. A promise accepts if one of its targets has; a circle is passed on otherwise.
//! 3. Nothing of the user's is called or dropped while the list is borrowed. A cancel
//!    that the user's code begins meanwhile goes on from the end of the path.
//! 4. A walk that is over, or has panicked, leaves the path as it was.
//!
//! Read next: `cancel/region.rs`.

use std::rc::Rc;

use crate::cancel::{Asker, Cancels};
use crate::core::Core;
use crate::core::rare::CancelTargets;
use crate::store::slot::Slot;

/// What becomes of a cancel at one that is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Reply {
    /// It is done, or has nothing left to cancel.
    Refused,
    /// It stands on the path itself.
    Circle,
    Accepted,
}

/// One on the path.
pub(super) enum Passed {
    /// A task or a scope, which waits for one reply.
    Asker(Asker),
    /// A promise, which asks its targets one after another.
    Promise(Asking),
}

/// A promise that asks its targets.
pub(super) struct Asking {
    ticket: u64,
    targets: Rc<dyn CancelTargets>,
    reason: Option<Rc<str>>,
    /// The target to be asked next.
    next: usize,
    /// The best reply until now.
    reply: Reply,
}

/// Whose turn it is at the end of the path.
pub(crate) enum Turn {
    /// The task or scope has its reply, and has left the path.
    Asker(Asker),
    /// The promise asks the target of this number, if there is one.
    Promise(Rc<dyn CancelTargets>, usize, Option<Rc<str>>),
}

/// No more places than these are kept for the next cancel.
const KEPT: usize = 1024;

/// One cancel under way: what it adds to the path goes with it.
pub(crate) struct Way<'a> {
    cancels: &'a Cancels,
    base: usize,
}

impl Way<'_> {
    /// Returns true if all who were asked have their reply.
    #[inline]
    pub(crate) fn is_over(&self) -> bool {
        self.cancels.path.borrow().len() == self.base
    }
}

impl Drop for Way<'_> {
    #[inline]
    fn drop(&mut self) {
        let mut path = self.cancels.path.borrow_mut();
        let left: Vec<Passed> = match path.len() > self.base {
            true => path.drain(self.base..).collect(), // something panicked
            false => Vec::new(),
        };
        if path.is_empty() && path.capacity() > KEPT {
            *path = Vec::new();
        }
        drop(path);
        drop(left);
    }
}

impl Cancels {
    /// Begins a cancel, at the end of those that are under way.
    #[inline]
    pub(crate) fn set_out(&self) -> Way<'_> {
        let base = self.path.borrow().len();
        Way {
            cancels: self,
            base,
        }
    }

    /// Counts one that is asked; true if it stands on the path.
    #[inline]
    pub(crate) fn stands_on_path(&self, core: &Core, ticket: u64, slot: &Slot) -> bool {
        self.look();
        let path = self.path.borrow();
        if path.is_empty() {
            return false;
        }
        let place = core.extra(slot, |extra| extra.place_on_path);
        let at_place = place.and_then(|place| path.get(place as usize));
        match at_place {
            Some(Passed::Asker(asker)) => asker.scope == 0 && asker.ticket == ticket,
            Some(Passed::Promise(asking)) => asking.ticket == ticket,
            None => false,
        }
    }

    fn pass(&self, core: &Core, slot: Option<&Slot>, passed: Passed) {
        let mut path = self.path.borrow_mut();
        let place = u32::try_from(path.len()).expect("fewer than four billion on the path");
        if let Some(slot) = slot {
            core.extra_mut(slot, |extra| extra.place_on_path = place);
        }
        path.push(passed);
    }

    /// A task or scope hands its cancel on.
    pub(crate) fn pass_asker(&self, core: &Core, asker: Asker) {
        let slot = core.slot_of(asker.ticket).filter(|_| asker.scope == 0);
        self.pass(core, slot, Passed::Asker(asker));
    }

    /// A promise is about to ask its targets.
    pub(crate) fn pass_promise(
        &self,
        core: &Core,
        (ticket, slot): (u64, &Slot),
        targets: Rc<dyn CancelTargets>,
        reason: Option<Rc<str>>,
    ) {
        let asking = Asking {
            ticket,
            targets,
            reason,
            next: 0,
            reply: Reply::Refused,
        };
        self.pass(core, Some(slot), Passed::Promise(asking));
    }

    /// Gives the last on the path the reply of the one it has asked, if it has asked one.
    pub(crate) fn tell(&self, reply: Option<Reply>) -> Option<Turn> {
        let mut path = self.path.borrow_mut();
        if let Some(Passed::Promise(asking)) = path.last_mut() {
            asking.reply = asking.reply.max(reply.unwrap_or(Reply::Refused));
            let next = asking.next;
            asking.next += 1;
            let (targets, reason) = (asking.targets.clone(), asking.reason.clone());
            return Some(Turn::Promise(targets, next, reason));
        }
        match path.pop()? {
            Passed::Asker(asker) => Some(Turn::Asker(asker)),
            Passed::Promise(_) => None,
        }
    }

    /// The promise at the end of the path has asked all its targets: their best reply
    /// is its own.
    pub(crate) fn leave_promise(&self) -> Reply {
        let last = self.path.borrow_mut().pop();
        match &last {
            Some(Passed::Promise(asking)) => asking.reply,
            _ => Reply::Refused,
        }
    }
}

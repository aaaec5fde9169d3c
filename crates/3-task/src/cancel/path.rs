//! Keeps the path of a cancel: every asker that awaits a reply.
//!
//! The problem: a task hands its cancel on to the promise of a gather, the promise to each of
//! the children, and each child to the task it awaits, to any depth. If each of these were a
//! call inside the call before, a nest of 10,000 would overflow the stack. So the path is a
//! list, and one loop (`run/cancelling.rs`) walks it depth first, in argument order, as the
//! nested calls of asyncio's `cancel` do: first a task counts its cancel, then its awaited task
//! is asked, and then the next sibling.
//!
//! ```text
//!   a awaits gather([b, c]), b awaits d          the path when d is asked
//!                                                 a ── the gather, at 0 ── b
//! ```
//!
//! A task or promise stores its position on the path. So one look answers whether it is on the
//! path, however long that is: the entry at the stored position must be of this very ticket. A
//! stored position that is out of date need not be cleared.
//!
//! Invariants:
//! 1. A task or promise is on the path once. If it is asked again meanwhile, that closes a
//!    circle, and `Circle` is the reply. Off the path it may be asked again at any time.
//! 2. A promise accepts if one of its targets has accepted. Otherwise it replies `Circle` if one
//!    of them has.
//! 3. Nothing of the user's is called or dropped while the list is borrowed. A cancel that the
//!    user's code begins meanwhile goes on from the end of the path.
//! 4. A walk that is over, or has panicked, leaves the path as it was.
//!
//! Read next: `cancel/hidden.rs`.

use std::rc::Rc;
use std::sync::Arc;

use crate::cancel::{Asker, Cancels};
use crate::core::Core;
use crate::core::rare::CancelTargets;
use crate::store::slot::Slot;
use crate::store::ticket::Ticket;

/// The reply of a task or promise that was asked to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Reply {
    /// It is done, or none of its targets has accepted.
    Refused,
    /// It is on the path itself.
    Circle,
    Accepted,
}

/// An entry of the path.
pub(super) enum PathEntry {
    /// A task or a scope, which awaits one reply.
    Asker(Asker),
    /// A promise, which asks its targets one after another.
    Promise(Asking),
}

/// A promise that asks its targets.
pub(super) struct Asking {
    ticket: Ticket,
    targets: Rc<dyn CancelTargets>,
    reason: Option<Arc<str>>,
    /// Number of the target to be asked next.
    next: usize,
    /// The best reply so far.
    reply: Reply,
}

/// Tells what the end of the path does next.
pub(crate) enum NextAsk {
    /// The task or scope has its reply, and has left the path.
    Asker(Asker),
    /// The promise asks the target with this number, if there is one.
    Promise(Rc<dyn CancelTargets>, usize, Option<Arc<str>>),
}

/// An empty path that has room for more entries than these frees its memory.
const KEPT: usize = 1024;

/// A walk of one cancel. Its drop removes the entries that it has added to the path.
pub(crate) struct Walk<'a> {
    cancels: &'a Cancels,
    base: usize,
}

impl Walk<'_> {
    /// Returns true if no entry of this walk awaits a reply.
    #[inline]
    pub(crate) fn is_over(&self) -> bool {
        self.cancels.path.borrow().len() == self.base
    }
}

impl Drop for Walk<'_> {
    #[inline]
    fn drop(&mut self) {
        let mut path = self.cancels.path.borrow_mut();
        let left: Vec<PathEntry> = match path.len() > self.base {
            true => path.drain(self.base..).collect(), // a call has panicked
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
    /// Begins a walk, at the end of the walks that are under way.
    #[inline]
    pub(crate) fn set_out(&self) -> Walk<'_> {
        let base = self.path.borrow().len();
        Walk {
            cancels: self,
            base,
        }
    }

    /// Counts a look at the asked task or promise; returns true if it is on the path.
    #[inline]
    pub(crate) fn stands_on_path(&self, core: &Core, ticket: Ticket, slot: &Slot) -> bool {
        self.look();
        let path = self.path.borrow();
        if path.is_empty() {
            return false;
        }
        let position = core.rare(slot, |rare| rare.position_on_path);
        let entry = position.and_then(|position| path.get(position as usize));
        match entry {
            Some(PathEntry::Asker(asker)) => asker.scope == 0 && asker.ticket == ticket,
            Some(PathEntry::Promise(asking)) => asking.ticket == ticket,
            None => false,
        }
    }

    fn pass(&self, core: &Core, slot: Option<&Slot>, passed: PathEntry) {
        let mut path = self.path.borrow_mut();
        let position = u32::try_from(path.len()).expect("fewer than four billion on the path");
        if let Some(slot) = slot {
            core.rare_mut(slot).position_on_path = position;
        }
        path.push(passed);
    }

    /// Adds a task or scope that hands its cancel on.
    pub(crate) fn pass_asker(&self, core: &Core, asker: Asker) {
        let slot = core.slot_of(asker.ticket).filter(|_| asker.scope == 0);
        self.pass(core, slot, PathEntry::Asker(asker));
    }

    /// Adds a promise that is about to ask its targets.
    pub(crate) fn pass_promise(
        &self,
        core: &Core,
        (ticket, slot): (Ticket, &Slot),
        targets: Rc<dyn CancelTargets>,
        reason: Option<Arc<str>>,
    ) {
        let asking = Asking {
            ticket,
            targets,
            reason,
            next: 0,
            reply: Reply::Refused,
        };
        self.pass(core, Some(slot), PathEntry::Promise(asking));
    }

    /// Gives the last entry the reply of the target that it has asked, if any, and returns what
    /// the entry does next.
    pub(crate) fn tell(&self, reply: Option<Reply>) -> Option<NextAsk> {
        let mut path = self.path.borrow_mut();
        let mut asking = match path.pop()? {
            PathEntry::Asker(asker) => return Some(NextAsk::Asker(asker)),
            PathEntry::Promise(asking) => asking,
        };
        asking.reply = asking.reply.max(reply.unwrap_or(Reply::Refused));
        let (targets, reason) = (asking.targets.clone(), asking.reason.clone());
        let next = NextAsk::Promise(targets, asking.next, reason);
        asking.next += 1;
        path.push(PathEntry::Promise(asking));
        Some(next)
    }

    /// Takes the promise at the end of the path out, which has asked all its targets, and returns
    /// their best reply: its own.
    pub(crate) fn leave_promise(&self) -> Reply {
        let last = self.path.borrow_mut().pop();
        match &last {
            Some(PathEntry::Promise(asking)) => asking.reply,
            _ => Reply::Refused,
        }
    }
}

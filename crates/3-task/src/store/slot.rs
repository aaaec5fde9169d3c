//! A slot: where one task, callback or promise lives.
//!
//! The problem: what every task has must be small, because a million tasks are
//! first of all memory: the kernel takes longer to give a page out than we take to
//! fill it. So a slot is 56 bytes, and nothing else. A rare thing (a name, a second
//! waiter, a reason) stands in a side table, see `rare.rs`; task-local values, which
//! either no task has or all, in a column of their own, see `locals.rs`.
//!
//! ```text
//!   key     object           waiter   wait    extra   number
//!   8       8 + 16           8        8       4       4        = 56 bytes
//! ```
//!
//! A slot's key is changed by the verbs below, each of which is a move of
//! [`TaskState`](crate::store::key::TaskState) or sets one of the marks beside it.
//!
//! Invariants:
//! 1. A slot is 56 bytes.
//! 2. A vacant slot may keep its box, the *shell*: the next task of the same
//!    type moves into it, and spawning then allocates nothing.
//! 3. The object is borrowed while it is polled, emptied or read, and at no other
//!    time.
//!
//! Who may touch what: the fields are private to this page and its folder.
//!
//! Read next: `store/slot/marks.rs`, what else a slot says of its occupant.

use std::any::Any;
use std::cell::{Cell, RefCell, RefMut};
use std::error::Error;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use crate::store::key::{
    AFTER_SUSPENSION, CANCEL, DONE, Ending, GROUP, MAIN, NEUTRAL, PROMISE, RAISED, REGION, SCHED,
    VACANT, WAKEABLE, ended,
};
use crate::store::object::{Object, Place};
use crate::store::ticket::{GENERATION, GENERATION_ONE, TAG};

pub(crate) mod links;
mod marks;

/// The box a slot holds: a task, a callback or a promise.
pub(crate) type Boxed = Pin<Box<dyn Object>>;

/// One place for one task, callback or promise.
pub(crate) struct Slot {
    /// Tag and flags, see `key.rs`.
    key: Cell<u64>,
    /// The occupant, or the shell of the one before.
    object: RefCell<Option<Boxed>>,
    /// Who is told when the occupant is done: a ticket, or with `GROUP` a group
    /// and a member, or 0 for nobody. In a vacant slot: the next vacant one.
    waiter: Cell<u64>,
    /// What the occupant waits for (`wait.rs`). In a promise: its handle count.
    wait: Cell<u64>,
    /// The entry of the side table, or 0.
    extra: Cell<u32>,
    /// Sequence number of the occupant in its loop: `Task-<number>`.
    number: Cell<u32>,
}

const _: () = assert!(size_of::<Slot>() == 56, "a slot is 56 bytes");

/// Moving in and out.
impl Slot {
    /// A slot that was never used, on the list of vacant ones before `next`.
    pub(super) fn vacant(key: u64, next: u32) -> Slot {
        Slot {
            key: Cell::new(key),
            object: RefCell::new(None),
            waiter: Cell::new(u64::from(next)),
            wait: Cell::new(0),
            extra: Cell::new(0),
            number: Cell::new(0),
        }
    }

    /// The next slot of the list, in a vacant one.
    #[inline]
    pub(super) fn next_vacant(&self) -> u32 {
        self.waiter.get() as u32
    }

    /// Puts a vacant slot before `next` on the list.
    #[inline]
    pub(super) fn set_next_vacant(&self, next: u32) {
        self.waiter.set(u64::from(next));
    }

    /// The box, to move something in or to take it out.
    #[inline]
    pub(crate) fn object(&self) -> RefMut<'_, Option<Boxed>> {
        self.object.borrow_mut()
    }

    /// Takes the box out.
    pub(crate) fn take_object(&self) -> Option<Boxed> {
        self.object.take()
    }

    /// Begins an occupancy: what stands in the box is alive from now on.
    #[inline]
    pub(crate) fn settle(&self, waiter: u64, flags: u64) {
        self.wait.set(0);
        self.waiter.set(waiter);
        self.key.set(self.tag() | flags);
    }

    /// Ends an occupancy: the tickets are void, and the waiter is given back with
    /// whether it was a group's.
    #[inline]
    pub(crate) fn void(&self, of_loop: u64) -> (u64, bool) {
        let key = self.key.get();
        let next = key.wrapping_add(GENERATION_ONE) & GENERATION;
        self.key.set(of_loop | next | VACANT);
        (self.waiter.replace(0), key & GROUP != 0)
    }

    /// Returns true if the generation has wrapped, so that an old ticket could fit.
    #[inline]
    pub(crate) fn is_worn_out(&self) -> bool {
        self.key.get() & GENERATION == 0
    }
}

/// Being woken, and taking steps.
impl Slot {
    /// Schedules an idle task that nothing observes, if `pushed` could push its ticket;
    /// else returns false and changes nothing.
    #[inline(always)]
    pub(crate) fn wake_plain(&self, ticket: u64, pushed: impl FnOnce() -> bool) -> bool {
        let key = self.key.get();
        if key & WAKEABLE != ticket & TAG || !pushed() {
            return false;
        }
        self.key.set(key | SCHED);
        true
    }

    /// Schedules the occupant that `ticket` was made for, if it is idle and can step;
    /// returns whether its ticket is to be pushed.
    #[inline]
    pub(crate) fn schedule(&self, ticket: u64) -> bool {
        let key = self.key.get();
        let stays = (key ^ ticket) & TAG != 0 || key & (SCHED | DONE | VACANT | PROMISE) != 0;
        if !stays {
            self.key.set(key | SCHED);
        }
        !stays
    }

    /// Begins the step of an entry that is plain (`Ready`, with no flag that is not
    /// neutral); else returns false and changes nothing.
    #[inline(always)]
    pub(crate) fn begin_plain(&self, entry: u64) -> bool {
        let key = self.key.get();
        if key & !NEUTRAL != (entry & TAG) | SCHED {
            return false;
        }
        self.key.set(key ^ SCHED);
        self.wait.set(0);
        true
    }

    /// Begins a plain step of the main future; else returns false.
    #[inline]
    pub(crate) fn begin_main(&self, entry: u64) -> bool {
        let key = self.key.get();
        if key & !NEUTRAL != (entry & TAG) | SCHED | MAIN {
            return false;
        }
        self.key.set(key ^ SCHED);
        self.wait.set(0);
        true
    }

    /// Begins a step that is plain but for a region that was alive at the last
    /// suspension; else returns false.
    #[inline]
    pub(crate) fn begin_in_region(&self, entry: u64) -> bool {
        let key = self.key.get();
        if key & !(NEUTRAL | MAIN) != (entry & TAG) | SCHED | REGION {
            return false;
        }
        self.key.set(key & !(SCHED | REGION));
        self.wait.set(0);
        true
    }

    /// Returns true if a step of `entry` is due here: its occupant is there and ready.
    pub(crate) fn is_due(&self, entry: u64) -> bool {
        let key = self.key.get();
        (key ^ entry) & TAG == 0 && key & (SCHED | DONE | VACANT) == SCHED
    }

    /// Begins any other step, with these bits of the cancel; returns whether a region
    /// was alive at the last suspension.
    pub(crate) fn begin_rare(&self, cancel: u64) -> bool {
        let key = self.key.get();
        self.key
            .set(key & !(SCHED | CANCEL | REGION | RAISED) | cancel);
        key & REGION != 0
    }

    /// Returns true if a step that suspended needs a second look.
    #[inline]
    pub(crate) fn needs_a_look(&self) -> bool {
        self.key.get() & AFTER_SUSPENSION != 0
    }

    /// Ends the occupant's life; its output may still be there.
    #[inline]
    pub(crate) fn end(&self, how: Ending) {
        self.key.set(ended(self.key.get(), how));
    }

    /// Polls what stands in the box; `None` if nothing does.
    #[inline(always)]
    pub(crate) fn poll(&self, cx: &mut Context<'_>) -> Option<Poll<()>> {
        let mut object = self.object.borrow_mut();
        object.as_mut().map(|object| object.as_mut().poll(cx))
    }

    /// Drops the future or output that stands in the box.
    pub(crate) fn clear(&self) {
        if let Some(object) = self.object.borrow_mut().as_mut() {
            object.as_mut().clear();
        }
    }
}

/// The output.
impl Slot {
    /// Moves the output into an `Option` of its type; a promise gives a copy.
    #[inline]
    pub(crate) fn take_output(&self, output: &mut dyn Any) {
        if let Some(object) = self.object.borrow_mut().as_mut() {
            object.as_mut().take(output);
        }
    }

    /// Moves the value of an `Option` into a promise.
    pub(crate) fn fulfil(&self, output: &mut dyn Any) {
        if let Some(object) = self.object.borrow_mut().as_mut() {
            let place = object.place();
            object.as_mut().refill(output, place);
        }
    }

    /// Shows the output to `look`, if it is there.
    pub(crate) fn show(&self, look: &mut dyn FnMut(&dyn Any)) {
        if let Some(object) = self.object.borrow_mut().as_mut() {
            object.as_mut().show(look);
        }
    }

    /// Returns true if there is an output that says something.
    pub(crate) fn holds_output(&self) -> bool {
        let object = self.object.borrow();
        object.as_ref().is_some_and(|object| object.holds_output())
    }

    /// The error that a promise was failed with.
    pub(crate) fn error(&self) -> Option<Rc<dyn Error>> {
        self.object.borrow_mut().as_mut()?.as_mut().error()
    }

    /// Where the occupant was made; `None` while it is polled.
    pub(crate) fn place(&self) -> Option<Place> {
        let object = self.object.try_borrow().ok()?;
        object.as_ref().map(|object| object.place())
    }
}

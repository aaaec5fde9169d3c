//! Defines the slot, in which one task, callback or promise lives.
//!
//! The problem: a million tasks cost memory first of all: the kernel takes longer to provide a
//! page than we take to fill it. So a slot is 48 bytes. Rare things are in a side table, see
//! `core/rare.rs`; task-local values are in a column, see `locals.rs`.
//!
//! ```text
//!   key     object   wait    waiter   rare    number
//!   8       16       8       8        4       4        = 48 bytes
//! ```
//!
//! Each method that changes the key is a move of [`TaskState`], or sets a mark beside the
//! state. A debug build checks that the table has the move.
//!
//! Invariants:
//! 1. A vacant slot may keep its box, empty: the *spare box*. The next task of the same type moves
//!    into it, and its spawn then allocates nothing.
//! 2. The box is out of the slot while its content takes a step, and while its values move in and out or are
//!    dropped. So nothing is borrowed meanwhile. It comes back also after a panic.
//!
//! Read next: `store/slot/lent.rs`, a box that is out of its slot.

use std::cell::Cell;
use std::mem::forget;
use std::pin::Pin;

use crate::store::key::{
    AFTER_SUSPENSION, CANCEL, DONE, ENDS, Exit, Mark, Move, NEUTRAL, RUNNING, SCHED, TaskState,
    VACANT, WAKEABLE,
};
use crate::store::object::{CallSite, Object};
use crate::store::ticket::{GENERATION_ONE, TAG, Ticket};

mod lent;
mod marks;

/// The box in a slot: a task, a callback or a promise.
pub(crate) type Boxed = Pin<Box<dyn Object>>;

/// Stands in a slot for the number of an occupant that came after four billion others. Such
/// a number needs an entry of the side table.
const BESIDE: u32 = if cfg!(test) { 1000 } else { u32::MAX };

/// The mark that a task may have besides `SCHED` in a step that begins at once.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u64)]
pub(crate) enum Besides {
    /// None: a plain step.
    Nothing = 0,
    /// The future is on the stack of the caller.
    Main = Mark::Main.bit(),
    /// A region was alive at the last suspension. The task may be the main one as well.
    Region = Mark::Region.bit(),
}

/// Holds one task, callback or promise.
// Speed: wait_first_yields. The fields of a step are first, so three of four slots have them in one line
// of the cache.
#[repr(C)]
pub(crate) struct Slot {
    /// Tag and flags, see `key.rs`.
    key: Cell<u64>,
    /// The occupant, or the spare box of a former one.
    object: Cell<Option<Boxed>>,
    /// The wait word of the occupant (`wait.rs`). In a promise: its handle count.
    wait: Cell<u64>,
    /// The first waiter for the occupant's end: a ticket, or with `Mark::Group` a group
    /// and a member, or 0 for none.
    waiter: Cell<u64>,
    /// Number of the entry in the side table, or 0.
    rare: Cell<u32>,
    /// Sequence number of the occupant in its loop: `Task-<number>`; or `BESIDE`.
    number: Cell<u32>,
}

const _: () = assert!(size_of::<Slot>() == 48, "a slot is 48 bytes");

/// Moving in and out.
impl Slot {
    /// Makes a slot that was never used.
    pub(super) fn vacant(key: u64) -> Slot {
        Slot {
            key: Cell::new(key),
            object: Cell::new(None),
            waiter: Cell::new(0),
            wait: Cell::new(0),
            rare: Cell::new(0),
            number: Cell::new(0),
        }
    }

    /// Takes the box out, to fill or empty it.
    #[inline(always)]
    pub(crate) fn take_box(&self) -> Option<Boxed> {
        self.object.take()
    }

    /// Puts the box in. The slot has none.
    #[inline(always)]
    pub(crate) fn put_box(&self, object: Option<Boxed>) {
        let before = self.object.replace(object);
        debug_assert!(before.is_none());
        forget(before); // nothing, so there is nothing to drop
    }

    /// Begins an occupancy: the content of the box is alive from now on. Returns the tag.
    #[inline]
    pub(crate) fn settle(&self, waiter: u64, wait: u64, flags: u64) -> u64 {
        let due = flags & SCHED != 0;
        self.check(if due { Move::Occupy } else { Move::Prepare });
        self.wait.set(wait);
        self.waiter.set(waiter);
        let tag = self.tag();
        self.key.set(tag | flags);
        tag
    }

    /// Ends an occupancy and makes its tickets void. Returns the waiter, and whether it was
    /// the member of a group.
    #[inline]
    pub(crate) fn void(&self) -> (u64, bool) {
        let key = self.key.get();
        // After the last generation, the sum is of another loop and of generation 0, which no ticket
        // has. Then the slot is retired.
        let next = (key & TAG).wrapping_add(GENERATION_ONE);
        self.check(Move::Vacate);
        self.key.set(next | TaskState::Vacant.pack());
        (self.waiter.get(), key & Mark::Group.bit() != 0)
    }
}

/// Wakes and steps.
impl Slot {
    /// Panics if the table of states has no such move. Release builds do not look.
    #[inline]
    fn check(&self, change: Move) {
        let state = self.state(self.key.get() & RUNNING != 0);
        debug_assert!(state.after(change).is_some(), "{change:?} in {state:?}");
    }

    /// Schedules an idle, unobserved task if `pushed` has pushed its ticket. Returns true if this
    /// wake is done: also if the task was scheduled before. Else returns false and changes nothing.
    #[inline(always)]
    pub(crate) fn wake_plain(&self, ticket: Ticket, pushed: impl FnOnce() -> bool) -> bool {
        let key = self.key.get();
        // Speed: wake_ready, yield_many. Two comparisons, as in `begin`.
        if (key ^ ticket.bits()) & TAG != 0 {
            return false;
        }
        let others = key & WAKEABLE;
        if others != 0 || !pushed() {
            return others == SCHED;
        }
        self.check(Move::Wake);
        self.key.set(key | SCHED);
        true
    }

    /// Schedules the occupant of `ticket`, if it is not scheduled or done, and no promise.
    /// Returns true if the caller is to push the ticket.
    #[inline]
    pub(crate) fn schedule(&self, ticket: Ticket) -> bool {
        let key = self.key.get();
        let stopping = SCHED | DONE | VACANT | Mark::Promise.bit();
        let stays = (key ^ ticket.bits()) & TAG != 0 || key & stopping != 0;
        if !stays {
            self.check(Move::Wake);
            self.key.set(key | SCHED);
        }
        !stays
    }

    /// Begins a step and returns true, if the flags in the key are `SCHED`, the flag of `besides`,
    /// and any neutral ones. Otherwise changes nothing and returns false. The caller has compared
    /// the tag.
    #[inline(always)]
    pub(crate) fn begin(&self, besides: Besides) -> bool {
        let key = self.key.get();
        let (flag, region) = (besides as u64, Mark::Region.bit());
        let neutral = match besides {
            Besides::Region => NEUTRAL | TAG | Mark::Main.bit(),
            Besides::Nothing | Besides::Main => NEUTRAL | TAG,
        };
        if key & !neutral != SCHED | flag {
            return false;
        }
        self.check(Move::Begin);
        self.key.set(key & !(SCHED | flag & region) | RUNNING);
        self.wait.set(0);
        true
    }

    /// Begins any other step, and sets the bits of its cancel. Returns true if a region was
    /// alive at the last suspension.
    pub(crate) fn begin_rare(&self, cancel: u64) -> bool {
        let key = self.key.get();
        let region = Mark::Region.bit();
        self.check(Move::Begin);
        debug_assert!(cancel & !CANCEL == 0, "only bits of a cancel");
        let over = SCHED | CANCEL | Mark::Raised.bit() | region;
        self.key.set(key & !over | cancel | RUNNING);
        key & region != 0
    }

    /// Ends a step that has suspended; returns true if `after_suspension` must go on.
    #[inline]
    pub(crate) fn suspend(&self) -> bool {
        self.check(Move::Suspend);
        if cfg!(debug_assertions) {
            self.key.set(self.key.get() & !RUNNING);
        }
        self.key.get() & AFTER_SUSPENSION != 0
    }

    /// Ends the life of the occupant, whose output may still be in the box.
    #[inline]
    pub(crate) fn end(&self, how: Exit) {
        self.check(Move::End(how));
        self.key
            .set(self.key.get() & !ENDS | TaskState::Done(how).pack());
    }

    /// Calls a method of the content of the box, which is out of the slot meanwhile; returns `None`
    /// if the slot has no box, or the box is out already.
    #[inline(always)]
    pub(crate) fn content<R>(&self, call: impl FnOnce(Pin<&mut dyn Object>) -> R) -> Option<R> {
        let mut taken = Taken(self, self.take_box());
        taken.1.as_mut().map(|object| call(object.as_mut()))
    }

    /// Returns where the occupant was made; `None` for the main task, which has no box, and while the
    /// box is out, as during a step of the occupant.
    pub(crate) fn call_site(&self) -> Option<CallSite> {
        self.content(|object| object.call_site())
    }
}

/// A box that is out of its slot for one call. Its drop puts it back, also after a panic. During the
/// call the occupant stays in its slot; [`Slot::lend`] is for calls in which it may leave.
struct Taken<'a>(&'a Slot, Option<Boxed>);

impl Drop for Taken<'_> {
    #[inline(always)]
    fn drop(&mut self) {
        self.0.put_box(self.1.take());
    }
}

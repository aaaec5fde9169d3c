//! Notes which entry of a round touches which thing.
//!
//! The problem: each look at a task or a promise may be what makes the order of two steps matter, and
//! eighty lines of this floor look. A line that was forgotten would make a search miss an outcome. But
//! each of these lines finds the slot by its ticket. So the note is made there, and a line that changes
//! nothing, and shows nothing to the program, has to say so.
//!
//! ```text
//!   slot_of ── the key has the tag, and neither VACANT nor Noted ──> the slot
//!                │ no
//!                v
//!              slot_noted ── footprints are wanted? ── yes ──> a note: the entry, the ticket, "write"
//!                └──────────────────────────────────────────> the slot, or none
//!   slot_unnoted   for traces, and for code that makes a note of its own, as a wake does
//! ```
//!
//! Without a chooser that wants footprints, no slot has the mark `Noted`, and `slot_of` compares the key
//! as it would without notes.
//!
//! Invariants:
//! 1. A look that finds no occupant is noted, too: the occupant may have gone just now.
//! 2. What an entry does to its own task is noted once, when the step begins.
//! 3. Outside of a round nothing is noted: no order is free there.
//!
//! Read next: `core/rare.rs`.

use std::cell::{Cell, RefCell};

use groundup_interweave::trace::{Access, Candidate, Footprints, Touched};

use crate::core::{Core, NOTED};
use crate::store::slot::Slot;
use crate::store::ticket::{LOOP, Ticket};

/// The place of the footprints, and the entry that is being redeemed.
#[derive(Default)]
pub(super) struct Prints {
    kept: RefCell<Option<Footprints>>,
    by: Cell<Option<Candidate>>,
}

/// Returns the number by which footprints know an occupant.
fn number(ticket: Ticket) -> u64 {
    ticket.bits() & !LOOP
}

impl Core {
    /// Notes all touches in `footprints` from now on, or no more touches.
    pub(crate) fn keep_footprints(&self, footprints: Option<Footprints>) {
        self.attend(NOTED, footprints.is_some());
        *self.prints.kept.borrow_mut() = footprints;
        self.prints.by.set(None);
    }

    /// Begins a round, and the time before its first entry, and returns true, if footprints are wanted.
    pub(crate) fn begin_prints(&self) -> bool {
        if let Some(kept) = &*self.prints.kept.borrow() {
            kept.begin_round();
        }
        self.prints.by.set(None);
        self.attends(NOTED)
    }

    /// Begins an entry of the round, if footprints are wanted.
    #[inline]
    pub(crate) fn begin_entry(&self, by: impl FnOnce() -> Option<Candidate>) {
        if self.attends(NOTED) {
            self.prints.by.set(by());
        }
    }

    /// Begins the step of a task or a callback. The entry may do anything to its own occupant.
    #[cold]
    pub(crate) fn begin_step(&self, ticket: Ticket, slot: &Slot) {
        self.begin_entry(|| {
            Some(match slot.is_task() {
                true => Candidate::Task(self.number(slot)),
                false => Candidate::Callback(number(ticket)),
            })
        });
        self.touch(Touched::Occupant(number(ticket)), Access::Write);
        self.touch(Touched::Ready(number(ticket)), Access::Write);
    }

    /// Notes that the present entry touches a thing, if footprints are wanted.
    #[inline]
    pub(crate) fn touch(&self, thing: Touched, access: Access) {
        if self.attends(NOTED) && self.is_busy() {
            self.note(thing, access);
        }
    }

    #[cold]
    #[inline(never)]
    fn note(&self, thing: Touched, access: Access) {
        if let (Some(by), Some(kept)) = (self.prints.by.get(), &*self.prints.kept.borrow()) {
            kept.note(by, thing, access);
        }
    }

    /// Notes that the present entry wakes a task, which may be ready already.
    #[inline]
    pub(crate) fn touch_ready(&self, ticket: Ticket) {
        self.touch(Touched::Ready(number(ticket)), Access::Add);
    }

    /// Returns the slot of a ticket that needs a note, or has no occupant.
    #[cold]
    #[inline(never)]
    pub(super) fn slot_noted(&self, ticket: Ticket) -> Option<&Slot> {
        if ticket != self.current() && ticket.loop_field() != 0 {
            self.touch(Touched::Occupant(number(ticket)), Access::Write);
        }
        self.slot_unnoted(ticket)
    }

    /// Returns the slot of a ticket, if its occupant is still there, and makes no note.
    #[inline]
    pub(crate) fn slot_unnoted(&self, ticket: Ticket) -> Option<&Slot> {
        self.slot_at(ticket).filter(|slot| slot.is_of(ticket))
    }
}

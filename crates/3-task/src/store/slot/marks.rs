//! Reads and sets the marks of a slot, and its ties to other slots.
//!
//! The problem: thirty pages ask a slot what its occupant is, how it has ended and who waits for
//! it. Each asks by a method that compiles to the test of a mask. And a wait has two ends: the
//! occupant of one slot waits for the occupant of another, and the other must find it.
//!
//! ```text
//!   waiting task            awaited task or promise
//!   wait ────────────────>  the ticket of the awaited
//!   the ticket  <────────── waiter: none, a ticket, or a group and a member
//!                           rare ──> the list of all other waiters
//! ```
//!
//! Invariants:
//! 1. `Mark::Group` is set only while `waiter` names a group.
//! 2. A promise never waits, so its `wait` counts its handles.
//! 3. After the end, `waiter` is the first task that was woken by it. In a promise it is removed when
//!    that wait is polled or dropped. So a report finds a promise that has woken a task in vain.
//!
//! Read next: `store/slots.rs`, the table of slots.

use crate::store::key::{
    CANCEL, CANCELLED, DONE, Exit, FAILED, Mark, NEUTRAL, NO_TASK, PENDING, SCHED, TaskState,
    VACANT,
};
use crate::store::slot::{BESIDE, Slot};
use crate::store::ticket::{Entry, GENERATION, TAG, Ticket, WaitWord};

/// Its occupant and that occupant's state.
impl Slot {
    /// Returns true if a mark is set.
    #[inline]
    pub(crate) fn has(&self, mark: Mark) -> bool {
        self.key.get() & mark.bit() != 0
    }

    /// Sets or clears a mark.
    #[inline]
    pub(crate) fn mark(&self, mark: Mark, set: bool) {
        debug_assert!(
            self.state(false) != TaskState::Vacant,
            "{mark:?} of no occupant"
        );
        let others = self.key.get() & !mark.bit();
        self.key.set(others | if set { mark.bit() } else { 0 });
    }

    /// Returns the tag: loop and generation, which the tickets of the occupant share.
    #[inline]
    pub(crate) fn tag(&self) -> u64 {
        self.key.get() & TAG
    }

    /// Returns true if a ticket was made for the present occupant.
    #[inline]
    pub(crate) fn is_of(&self, ticket: Ticket) -> bool {
        let key = self.key.get();
        (key ^ ticket.bits()) & TAG == 0 && key & VACANT == 0
    }

    /// Returns true if the slot has the tag of a ticket. A vacant slot has a tag that no ticket has
    /// yet.
    #[inline(always)]
    pub(crate) fn is_tagged(&self, ticket: Ticket) -> bool {
        (self.key.get() ^ ticket.bits()) & TAG == 0
    }

    /// Returns true if a ticket was made for the present occupant, and a look at it needs no note.
    #[inline]
    pub(crate) fn is_plainly_of(&self, ticket: Ticket) -> bool {
        let key = self.key.get();
        (key ^ ticket.bits()) & TAG == 0 && key & (VACANT | Mark::Noted.bit()) == 0
    }

    /// Marks a task whose only handle goes as detached, and returns true. Returns false and does nothing
    /// if the ticket is stale, or if the drop of the handle takes more: the task has ended or has rare
    /// things, its looks are noted, or it is the proxy of another.
    #[inline(always)]
    pub(crate) fn detach_plainly(&self, ticket: Ticket) -> bool {
        let key = self.key.get();
        let others = VACANT | DONE | Mark::Promise.bit() | Mark::Noted.bit();
        let plain = (key ^ ticket.bits()) & TAG == 0 && key & others == 0 && self.rare.get() == 0;
        if plain {
            self.key.set(key | Mark::Detached.bit());
        }
        plain
    }

    /// Reads the state; `running` tells whether the occupant's step is being taken.
    #[inline]
    pub(crate) fn state(&self, running: bool) -> TaskState {
        TaskState::unpack(self.key.get(), running)
    }

    /// Returns true if the occupant has ended.
    #[inline]
    pub(crate) fn is_done(&self) -> bool {
        self.key.get() & DONE != 0
    }

    /// Returns how the occupant has ended; `None` if it has not.
    #[inline]
    pub(crate) fn exit(&self) -> Option<Exit> {
        let key = self.key.get();
        (key & DONE != 0).then(|| Exit::of(key))
    }

    /// Returns true if the occupant has ended with a value.
    #[inline]
    pub(crate) fn has_returned(&self) -> bool {
        self.key.get() & (DONE | CANCELLED | FAILED) == DONE
    }

    /// Returns true if the occupant has ended with a value, has no rare things, and no group is to be
    /// notified of its end.
    #[inline(always)]
    pub(crate) fn has_returned_plainly(&self) -> bool {
        let ends = DONE | CANCELLED | FAILED | Mark::Group.bit();
        self.key.get() & ends == DONE && self.rare.get() == 0
    }

    /// Returns true if a step of the occupant is due.
    #[inline]
    pub(crate) fn is_scheduled(&self) -> bool {
        self.key.get() & SCHED != 0
    }

    /// Returns true if the occupant is a task.
    #[inline]
    pub(crate) fn is_task(&self) -> bool {
        self.key.get() & NO_TASK == 0
    }

    /// Returns the sequence number of the occupant; `None` if it is in the side table.
    #[inline]
    pub(crate) fn number(&self) -> Option<u64> {
        let number = self.number.get();
        (number != BESIDE).then_some(number.into())
    }

    /// Sets the sequence number; returns false if the slot has no room for it.
    #[inline]
    pub(crate) fn set_number(&self, number: u64) -> bool {
        let fits = number < u64::from(BESIDE);
        self.number.set(if fits { number as u32 } else { BESIDE });
        fits
    }

    /// Returns true if no cancel is pending or raised, and the occupant is not observed.
    #[inline]
    pub(crate) fn ends_plainly(&self) -> bool {
        self.key.get() & (PENDING | Mark::Raised.bit() | Mark::Observed.bit()) == 0
    }

    /// Returns true if the end of the occupant concerns nothing but its first waiter, which is a task, or
    /// there is none: [`ends_plainly`](Self::ends_plainly), and there is a handle and no list.
    #[inline(always)]
    pub(crate) fn ends_for_a_task(&self) -> bool {
        let others = Mark::Group.bit() | Mark::Detached.bit();
        self.ends_plainly() && self.key.get() & others == 0 && self.rare.get() == 0
    }

    /// Returns true if the occupant has returned, and its box has nothing to drop: of a callback the
    /// closure is gone, and of a task or a promise there is at most a value without a drop.
    #[inline]
    pub(crate) fn holds_nothing(&self) -> bool {
        let inert = DONE | Mark::Inert.bit();
        self.key.get() & (inert | CANCELLED | FAILED) == inert
    }

    /// Returns true if an occupant that returns in this step leaves only its box: nobody waits for its
    /// end or has a handle, it was not woken again, nothing observes or cancels it, and
    /// [`holds_nothing`](Self::holds_nothing) will be true. So its slot can be freed at once.
    #[inline(always)]
    pub(crate) fn leaves_nothing(&self) -> bool {
        let kind = Mark::Detached.bit() | Mark::Inert.bit();
        let others = !(TAG | NEUTRAL) | Mark::Group.bit();
        let waiter = self.waiter.get() != 0 || self.rare.get() != 0;
        self.key.get() & (kind | others) == kind && !waiter
    }

    /// Returns true if the occupant has failed and its end was not looked at.
    #[inline]
    pub(crate) fn failed_unseen(&self) -> bool {
        self.key.get() & (FAILED | Mark::Seen.bit()) == FAILED
    }
}

/// Its wait, and its waiters.
impl Slot {
    /// Returns the wait word of the occupant.
    #[inline]
    pub(crate) fn wait(&self) -> WaitWord {
        WaitWord::from_bits(self.wait.get())
    }

    /// Sets the wait word of the occupant; returns the previous one.
    #[inline]
    pub(crate) fn set_wait(&self, word: WaitWord) -> WaitWord {
        WaitWord::from_bits(self.wait.replace(word.bits()))
    }

    /// Changes the number of handles of a promise, and returns it.
    #[inline]
    pub(crate) fn count_handles(&self, change: impl FnOnce(u64) -> u64) -> u64 {
        self.wait.set(change(self.wait.get()));
        self.wait.get()
    }

    /// Returns true if there is a first waiter, a task or the member of a group.
    #[inline]
    pub(crate) fn has_waiter(&self) -> bool {
        self.waiter.get() != 0
    }

    /// Returns the ticket of the first waiter, unless that is the member of a group.
    #[inline]
    pub(crate) fn waiter(&self) -> Ticket {
        Ticket::from_bits(self.waiter.get())
    }

    /// Sets the ticket of the first waiter; returns the previous one.
    #[inline]
    pub(crate) fn set_waiter(&self, ticket: Ticket) -> Ticket {
        Ticket::from_bits(self.waiter.replace(ticket.bits()))
    }

    /// Returns the task that the end of a promise has woken, if no wait that was woken has been
    /// polled or dropped since.
    pub(crate) fn woken(&self) -> Option<Ticket> {
        let stands = self.is_done() && self.has(Mark::Promise) && !self.has(Mark::Group);
        Some(self.waiter()).filter(|waiter| stands && *waiter != Ticket::NONE)
    }

    /// Notes that a wait for a promise that is done was polled or dropped.
    #[inline]
    pub(crate) fn forget_woken(&self) {
        if !self.has(Mark::Group) {
            self.waiter.set(0);
        }
    }

    /// Makes a group's member the first waiter, or removes it with 0.
    #[inline]
    pub(crate) fn set_group(&self, word: u64) {
        self.waiter.set(word);
        self.mark(Mark::Group, word != 0);
    }

    /// Takes the group and the member out that are to be notified of the end of the occupant,
    /// if `notice` is of this occupant, and returns them with how it has ended.
    #[inline]
    pub(crate) fn take_notice(&self, notice: Entry) -> Option<(u32, u32, Exit)> {
        let key = self.key.get();
        if (key ^ notice.ticket().bits()) & GENERATION != 0 || key & Mark::Group.bit() == 0 {
            return None;
        }
        let (group, member) = self.group();
        self.waiter.set(0);
        self.key.set(key & !Mark::Group.bit());
        Some((group, member, Exit::of(key)))
    }

    /// Returns the group and the member that are the first waiter.
    #[inline]
    pub(crate) fn group(&self) -> (u32, u32) {
        let word = self.waiter.get();
        ((word >> 32) as u32, word as u32)
    }

    /// Returns the number of the entry in the side table, or 0.
    #[inline]
    pub(crate) fn rare(&self) -> u32 {
        self.rare.get()
    }

    /// Sets the number of the entry in the side table; returns the previous one.
    #[inline]
    pub(crate) fn set_rare(&self, number: u32) -> u32 {
        self.rare.replace(number)
    }

    /// Returns the bits of the cancel, which `cancel/state.rs` reads.
    #[inline]
    pub(crate) fn cancel_bits(&self) -> u64 {
        self.key.get() & CANCEL
    }

    /// Sets the bits of the cancel.
    #[inline]
    pub(crate) fn set_cancel_bits(&self, bits: u64) {
        let ended = matches!(self.state(false), TaskState::Vacant | TaskState::Done(_));
        debug_assert!(bits & !CANCEL == 0 && !(ended && bits != 0), "{bits:b}");
        self.key.set(self.key.get() & !CANCEL | bits);
    }
}

//! The ready queue: waking a task, and beginning a round.
//!
//! The problem: a wake is the commonest thing a loop does, and most wakes are plain: the
//! task is idle, nothing observes it, the queue has room. So the plain wake is one
//! comparison and one store, without a call in it; everything else is a second function.
//!
//! ```text
//!   wake_plain ──> pushed                          begin_round, next_round
//!      │ no                                                 ^
//!      v                                                    │
//!   wake_rest ──> stale, scheduled, done: nothing     [ready: T3 T7 (T2) T9]
//!             └─> pushed, and to be told                     └ an entry that is no step
//! ```
//!
//! Invariants:
//! 1. A ticket stands in the queue for a step once: `SCHED` says that it does.
//! 2. What is pushed during a round is for the next.
//!
//! Read next: `core/moving.rs`.

use groundup_interweave::Round;

use crate::core::Core;
use crate::store::key::Mark;

impl Core {
    /// Puts an entry at the end of the next round.
    #[inline]
    pub(crate) fn push(&self, entry: u64) {
        self.ready.0.borrow_mut().push(entry);
    }

    /// Returns true if the next round has nothing in it.
    #[inline]
    pub(crate) fn is_idle(&self) -> bool {
        self.ready.0.borrow().is_empty()
    }

    /// How many entries the next round has.
    pub(crate) fn ready_len(&self) -> usize {
        self.ready.0.borrow().len()
    }

    /// Begins a round of what is ready now.
    #[inline]
    pub(crate) fn begin_round(&self) -> Round<u64> {
        self.round.set(self.round.get() + 1);
        self.ready.0.borrow_mut().begin()
    }

    /// Begins the next round in place of one that is drained, if something is ready, if
    /// no message, report, observer or interrupt is to be seen to, and if `again` says
    /// yes; it must not use the core.
    #[inline(always)]
    pub(crate) fn next_round(&self, round: &mut Round<u64>, again: impl FnOnce() -> bool) -> bool {
        let mut ready = self.ready.0.borrow_mut();
        let disturbed = self.attention.get() != 0 || self.home.mailbox.asked();
        if ready.is_empty() || disturbed || !again() {
            return false;
        }
        ready.turn_over(round);
        self.round.set(self.round.get() + 1);
        true
    }

    /// Gives the buffer of a round back.
    #[inline]
    pub(crate) fn finish_round(&self, round: Round<u64>) {
        self.ready.0.borrow_mut().finish(round);
    }

    /// The plain wake: the task is there, idle, unobserved, and the queue has room.
    /// Else returns false. There is no call in it, so that nothing is saved for one.
    #[inline]
    pub(crate) fn wake_plain(&self, ticket: u64) -> bool {
        let Some(slot) = self.slot_at(ticket) else {
            return false;
        };
        slot.wake_plain(ticket, || match self.ready.0.try_borrow_mut() {
            Ok(mut ready) => ready.push_within_capacity(ticket),
            Err(_) => false,
        })
    }

    /// Any other wake: the ticket is stale, its task is scheduled, done or observed, or
    /// the queue is to grow. Returns true if the wake took place and is to be told.
    #[cold]
    pub(crate) fn wake_rest(&self, ticket: u64) -> bool {
        let Some(slot) = self.slot_at(ticket).filter(|slot| slot.schedule(ticket)) else {
            return false;
        };
        self.push(ticket);
        slot.has(Mark::Observed)
    }

    /// The owner of the running task's deferred wake has gone: one that is still to be
    /// redeemed in this round wakes nobody, as a cancelled handle would call nobody
    /// (L09).
    pub(crate) fn void_wake(&self) {
        let void = (self.current.get(), self.round.get());
        self.void_wakes.borrow_mut().push(void);
    }

    /// Takes a deferred wake off the list of void ones; false if it does not stand
    /// there.
    pub(crate) fn was_voided(&self, ticket: u64) -> bool {
        let mut voids = self.void_wakes.borrow_mut();
        voids.retain(|(_, round)| *round == self.round.get());
        let at = voids.iter().position(|(void, _)| *void == ticket);
        at.map(|at| voids.swap_remove(at)).is_some()
    }
}

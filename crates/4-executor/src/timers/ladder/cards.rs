//! Cards: who has a timer's number, and whether it has fired or gone.
//!
//! The problem: an entry in a bucket, a sleep, and a deferred wake in the ready queue
//! each name a timer, and each may be outlived by it or outlive it. So each has the
//! number and its generation, and the card of the number says if that is still so.
//!
//! A timer that wakes a task keeps its card when it has fired, until its deferred wake
//! is redeemed in the ready queue: so it can still be taken back, and no other with it.
//!
//! ```text
//!   vacant ── insert ──> set ── fire_due ──> fired ── redeem ──> vacant
//!                         │                    │
//!                         └────── cancel ──────┴──────────────> vacant
//!   generation   even     even                 odd               the next even one
//! ```
//!
//! Invariants:
//! 1. No two timers of a ladder have the same number and generation, also not one set
//!    before it was cleared and one set after. A number that was given two billion times
//!    is retired, and with it the 16 bytes of its card.
//! 2. A fired timer is redeemed once, or taken back.
//!
//! Read next: `buckets.rs`.

/// The generation of a number that is retired: nobody is given it, it comes after the last.
pub(super) const RETIRED: u32 = 0;
/// The generation of a number that is given for the first time.
pub(super) const FIRST: u32 = 2;

/// A timer: its number, and twice how often the number had been given before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TimerId {
    pub(crate) number: u32,
    pub(crate) generation: u32,
}

impl TimerId {
    /// One that no timer has.
    pub(crate) const NONE: TimerId = TimerId {
        number: u32::MAX,
        generation: u32::MAX,
    };

    /// The word by which it is redeemed when it has fired: 52 bits. A fired timer is
    /// redeemed in the round that follows, before its number can fire again.
    #[inline]
    pub(crate) fn word(self) -> u64 {
        u64::from(self.generation & GENERATION) << 32 | u64::from(self.number)
    }

    /// The timer of a word, as far as the word says.
    pub(crate) fn of(word: u64) -> TimerId {
        TimerId {
            number: word as u32,
            generation: (word >> 32) as u32,
        }
    }
}

/// The bits of a generation in a timer's word.
pub(crate) const GENERATION: u32 = 0xF_FFFF;

/// One per number: is it alive, and what is to be done when it fires. In one that
/// nobody has: the next number that is vacant.
pub(super) struct Card {
    /// That of the timer that is set; one more if it has fired; else of the next one.
    pub(super) generation: u32,
    pub(super) payload: u64,
}

impl Card {
    /// Ends a timer: the entries that bear its number are dead from now on. Gives the
    /// payload.
    #[inline(always)]
    pub(super) fn vacate(&mut self, id: TimerId, vacant: &mut u32) -> u64 {
        self.generation = id.generation.wrapping_add(2);
        if self.generation == RETIRED {
            return self.payload;
        }
        let next = u64::from(std::mem::replace(vacant, id.number));
        std::mem::replace(&mut self.payload, next)
    }
}

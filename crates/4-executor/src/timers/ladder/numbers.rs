//! Numbers: the timer of each number, and the payload that it fires.
//!
//! The problem: a record in a bucket, a sleep, and a deferred wake in the ready queue each
//! name a timer, and each may live longer or shorter than the timer. So each holds the
//! number and its generation, and the state of the number shows whether that generation is
//! still the present one.
//!
//! A timer that wakes a task keeps its state after it has fired, until its deferred wake is
//! redeemed in the ready queue. So it can still be cancelled, and no other timer with it.
//!
//! ```text
//!   vacant ── insert ──> set ── fire_due ──> fired ── redeem ──> vacant
//!                         │                    │
//!                         └────── cancel ──────┴──────────────> vacant
//!   generation   even     even                 odd               the next even one
//! ```
//!
//! Invariants:
//! 1. No two timers of a ladder have the same number and generation, also if the ladder was
//!    cleared between them. A number that was given two billion times is retired, and the 16
//!    bytes of its state with it.
//! 2. A fired timer is redeemed once, or cancelled.
//!
//! Read next: `timers/ladder/buckets.rs`.

use groundup_task::TimerWord;

/// The generation of a retired number: no timer gets it. It comes after the last one.
pub(super) const RETIRED: u32 = 0;
/// The bit of a generation that says that its timer has fired.
pub(super) const FIRED: u32 = 1;
/// The generation of the first timer of a number.
pub(super) const FIRST: u32 = 2;

/// The identity of a timer: its number and its generation. The n-th timer of a number has
/// generation 2n.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct TimerId {
    pub(crate) number: u32,
    pub(crate) generation: u32,
}

impl TimerId {
    /// An identity that no timer has.
    pub(crate) const NONE: TimerId = TimerId {
        number: u32::MAX,
        generation: u32::MAX,
    };

    /// Returns the word by which the timer is redeemed when it has fired: 52 bits. A fired
    /// timer is redeemed in the round that follows, before its number can fire again.
    #[inline]
    pub(crate) fn word(self) -> TimerWord {
        TimerWord::new(self.number, self.generation)
    }

    /// Returns the timer of a word, as far as the bits of the word go.
    pub(crate) fn of(word: TimerWord) -> TimerId {
        TimerId {
            number: word.number(),
            generation: word.generation(),
        }
    }
}

/// The bits of a generation in a timer's word.
pub(crate) const GENERATION: u32 = 0xF_FFFF;

/// The state of a number: its generation, and its payload. The payload
/// of a free number is the next free number.
pub(super) struct NumberState {
    /// Even: the generation of the timer that is set, or of the next one. Odd: the timer
    /// has fired.
    pub(super) generation: u32,
    pub(super) payload: u64,
}

impl NumberState {
    /// Returns the fired timer that a word names; `None` if it was redeemed or cancelled.
    #[inline(always)]
    pub(super) fn fired_by(&self, word: TimerWord) -> Option<TimerId> {
        // XOR gives the even generation with which the fired timer was set. If the present timer has
        // not fired, the result is odd, and fits no word, since each word has an even generation.
        let generation = self.generation ^ FIRED;
        let number = word.number();
        let fired = generation & GENERATION == word.generation();
        fired.then_some(TimerId { number, generation })
    }

    /// Frees the number of a timer that has fired and was not redeemed, so its deferred wake
    /// wakes no task. Changes nothing if the number is of another timer by now.
    #[inline]
    pub(super) fn free_fired(&mut self, id: TimerId, vacant: &mut u32) {
        if self.generation == id.generation | FIRED {
            self.vacate(id, vacant);
        }
    }

    /// Ends a timer, frees its number, and returns the payload. The records that hold the
    /// number are dead from now on.
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

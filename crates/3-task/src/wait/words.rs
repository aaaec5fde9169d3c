//! The word of a wait: one store, read by reports and by cancels.
//!
//! The problem: saying what a task waits for must cost no more than a store, since
//! it is said at every suspension. So it is one word in the slot. A cancel that meets
//! a task awaiting another task reads the same word, and goes to the awaited (C05).
//!
//! ```text
//!  wait = 0                      nothing: a bare yield, or a future we do not know
//!         loop|generation|index  a task or a promise of this loop
//!         4095 | gen. | index    a task that is watched, not awaited
//!         0 | TIMER | deadline   a timer; from 13 days on in units of 16 us
//!         0 | HELD  | number     an entry of the table of reasons
//!         0 | SEVERAL, OUTSIDE
//! ```
//!
//! Invariant: a word is made by [`Word`]'s functions and read by `Waits::wait_of`,
//! `awaited` and `followed`, and by nobody else.
//!
//! Read next: `wait/registration.rs`.

use groundup_interweave::trace::{Name, Wait};

use crate::core::Core;
use crate::store::key::Mark;
use crate::store::slot::Slot;
use crate::store::ticket::{LOOP, WATCHED};
use crate::wait::Waits;

const TIMER: u64 = 1 << 51;
const HELD: u64 = 1 << 50;
/// A deadline that would not fit beside the marks is kept without its last bits.
const FAR_SHIFT: u32 = 14;
const SEVERAL: u64 = 1;
const OUTSIDE: u64 = 2;

/// How the words are made.
pub(crate) struct Word;

impl Word {
    /// More than one thing.
    pub(crate) const SEVERAL: u64 = SEVERAL;
    /// Something the loop cannot see.
    pub(crate) const OUTSIDE: u64 = OUTSIDE;

    /// A timer, due at a time of the loop in ns.
    #[inline]
    pub(crate) fn timer(at: u64) -> u64 {
        match at {
            at if at < HELD => TIMER | at,
            at => TIMER | HELD | (at >> FAR_SHIFT),
        }
    }

    /// An entry of the table of reasons.
    #[inline]
    pub(crate) fn entry(number: u32) -> u64 {
        HELD | u64::from(number)
    }

    /// A task that is watched and not awaited.
    #[inline]
    pub(crate) fn watched(ticket: u64) -> u64 {
        WATCHED | (ticket & !LOOP)
    }

    /// What a task waits for whose parts wait for these.
    pub(crate) fn both(a: u64, b: u64) -> u64 {
        match (a, b) {
            (0, wait) | (wait, 0) => wait,
            (a, b) if a == b => a,
            _ => SEVERAL,
        }
    }
}

/// The deadline in the word of a timer; the last one is the one that never comes.
fn deadline(word: u64) -> u64 {
    match word & (HELD - 1) {
        at if word & HELD == 0 => at,
        at if at == HELD - 1 => u64::MAX,
        at => at << FAR_SHIFT,
    }
}

impl Waits {
    /// Adds to what the running task waits for.
    #[inline]
    pub(crate) fn add(&self, core: &Core, word: u64) {
        if let Some(slot) = core.slot_at(core.current()) {
            slot.set_wait(Word::both(slot.wait(), word));
        }
    }

    /// Takes back that the running task waits for `ticket`, so that another wait may be
    /// set in the same step. Where two were set it stays with `SEVERAL`.
    pub(crate) fn unset(&self, core: &Core, ticket: u64) {
        if let Some(slot) = core.running().filter(|slot| slot.wait() == ticket) {
            slot.set_wait(0);
        }
    }

    /// The one task or promise that the occupant of a slot awaits, if it is not done.
    pub(crate) fn awaited<'a>(&self, core: &'a Core, slot: &Slot) -> Option<(u64, &'a Slot)> {
        open(core, slot.wait())
    }

    /// The task that a task awaits or watches, if it is exactly one.
    pub(crate) fn followed(&self, core: &Core, ticket: u64) -> Option<u64> {
        let word = core.slot_of(ticket)?.wait();
        let word = match word & LOOP {
            WATCHED => core.tag() | (word & !LOOP),
            tag if tag == core.tag() => word,
            _ => return None,
        };
        (!core.slot_of(word)?.has(Mark::Promise)).then_some(word)
    }

    /// What the occupant of `slot` waits for, in words.
    pub(crate) fn wait_of(&self, core: &Core, slot: &Slot) -> Wait {
        let word = slot.wait();
        match word {
            0 => Wait::Nothing,
            SEVERAL => Wait::Several,
            OUTSIDE => Wait::Outside,
            word if word & LOOP != 0 => {
                let ticket = core.tag() | (word & !LOOP);
                match core.slot_of(ticket) {
                    Some(other) if other.has(Mark::Promise) => {
                        Wait::Promise(u64::from(other.number()))
                    }
                    Some(_) => Wait::Task(core.name_of(ticket).unwrap_or_else(|| Name::from("?"))),
                    None => Wait::Other(Name::from("a task that has ended")),
                }
            }
            word if word & TIMER != 0 => Wait::Timer { at: deadline(word) },
            word => {
                let reason = self.reasons.borrow().get((word & !HELD) as u32).cloned();
                reason.unwrap_or(Wait::Outside)
            }
        }
    }
}

/// The task or promise that a word awaits, if it is one of this loop and not done.
pub(crate) fn open(core: &Core, word: u64) -> Option<(u64, &Slot)> {
    if word & LOOP != core.tag() {
        return None;
    }
    let target = core.slot_of(word)?;
    (!target.is_done()).then_some((word, target))
}

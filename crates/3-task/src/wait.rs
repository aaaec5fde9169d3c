//! Stores what a suspended task waits for, and registers it there.
//!
//! The problem: "why does my program hang" has an answer only if every wait stores its reason at
//! every suspension, and so this must cost no more than a store. So the reason is one word in the
//! slot. And a task or promise that ends must find its waiters in the order in which they came,
//! although each waiter may leave before. Both happen at one moment: a future is about to return
//! `Pending`.
//!
//! ```text
//!   poll(future) ──Pending──> 1 its caller is entered at the awaited task or promise
//!                             2 the running task's slot stores what it waits for
//!   the awaited task ends ──> the waiter in its slot is woken, then those in its list, in order
//!
//!   the word  0                      nothing: a bare yield, or a future we do not know
//!             loop|generation|index  a task or a promise of this loop
//!             4095 | gen. | index    a task that is watched, not awaited
//!             0 | TIMER | deadline   a timer; from 13 days on in units of 16 us
//!             0 | HELD  | number     an entry of the table of reasons
//!             0 | SEVERAL, OUTSIDE
//! ```
//!
//! The cancel of a task reads the same word, and goes to the awaited task or promise first.
//!
//! Invariants:
//! 1. The word is cleared before each step, unless a cancel was handed on and has no answer. So
//!    the word was set in the last step.
//! 2. Two waits set in one step make `SEVERAL`. Such a task is cancelled where it is, since no
//!    single awaited task could answer for it.
//! 3. A waker that is not the running task's own sets no word. The place that stores the waker
//!    marks the wait as hidden (`store/hidden.rs`): then the word is not all.
//! 4. A wait that is over in the step that has set it is taken back: by its future when that is
//!    dropped, by a region when its future has ended, by a combinator that lets go of a
//!    borrowed task. A combinator of another crate does not know the word and leaves it, and
//!    then invariant 2 holds.
//! 5. A word that is no ticket is made and read on this page alone. (A promise never waits: its
//!    word counts its handles.)
//!
//! Who may touch what: the table of reasons is private to this folder; `ReasonEntry`
//! (`inside/reason.rs`) owns an entry of it. A slot's `wait` is set by this folder, by regions, and
//! by the turn that clears it. Its `waiter` is set by this folder, by groups, and by
//! `run/finish.rs`, which takes it out.
//!
//! Read next: `wait/registration.rs`.

use std::cell::RefCell;

use groundup_interweave::trace::{Name, Wait};

use crate::core::Core;
use crate::store::key::Mark;
use crate::store::slab::Slab;
use crate::store::slot::Slot;
use crate::store::ticket::{LOOP, WATCHED, index};

mod registration;

const TIMER: u64 = 1 << 51;
const HELD: u64 = 1 << 50;
/// Number of last bits that a deadline loses if it would not fit beside the marks.
const FAR_SHIFT: u32 = 14;

/// Makes wait words.
pub(crate) struct Word;

impl Word {
    /// The task waits for several things.
    pub(crate) const SEVERAL: u64 = 1;
    /// The task waits for a thing that the loop cannot see.
    pub(crate) const OUTSIDE: u64 = 2;

    /// Makes the word of a timer, due at a time of the loop in ns.
    #[inline]
    pub(crate) fn timer(at: u64) -> u64 {
        match at {
            at if at < HELD => TIMER | at,
            at => TIMER | HELD | (at >> FAR_SHIFT),
        }
    }

    /// Makes the word of a task that is watched and not awaited.
    #[inline]
    pub(crate) fn watched(ticket: u64) -> u64 {
        WATCHED | (ticket & !LOOP)
    }

    /// Combines the words of two futures of one task.
    #[inline]
    pub(crate) fn both(a: u64, b: u64) -> u64 {
        match (a, b) {
            (0, wait) | (wait, 0) => wait,
            (a, b) if a == b => a,
            _ => Word::SEVERAL,
        }
    }
}

/// Returns the deadline in the word of a timer. The last one stands for "never".
fn deadline(word: u64) -> u64 {
    match word & (HELD - 1) {
        at if word & HELD == 0 => at,
        at if at == HELD - 1 => u64::MAX,
        at => at << FAR_SHIFT,
    }
}

/// The table of a loop's wait reasons that a word cannot hold.
#[derive(Default)]
pub(crate) struct Waits {
    reasons: RefCell<Slab<Wait>>,
}

impl Waits {
    /// Adds a reason and returns its word.
    pub(crate) fn enter(&self, wait: Wait) -> u64 {
        HELD | u64::from(self.reasons.borrow_mut().insert(wait))
    }

    /// Replaces a reason; returns the previous one for the caller to drop.
    pub(crate) fn replace(&self, word: u64, wait: Wait) -> Option<Wait> {
        let mut reasons = self.reasons.borrow_mut();
        Some(std::mem::replace(reasons.get_mut(index(word))?, wait))
    }

    /// Removes a reason and returns it for the caller to drop.
    pub(crate) fn leave(&self, word: u64) -> Option<Wait> {
        self.reasons.borrow_mut().remove(index(word))
    }

    /// Adds a wait to the running task's word.
    #[inline]
    pub(crate) fn add(&self, core: &Core, word: u64) {
        if let Some(slot) = core.slot_at(core.current()) {
            add_wait(slot, word);
        }
    }

    /// Returns the task that a task awaits or watches, if it is exactly one.
    pub(crate) fn followed(&self, core: &Core, ticket: u64) -> Option<u64> {
        let word = core.slot_of(ticket)?.wait();
        let word = match word & LOOP {
            WATCHED => core.tag() | (word & !LOOP),
            tag if tag == core.tag() => word,
            _ => return None,
        };
        let word = core.original_of(word);
        (!core.slot_of(word)?.has(Mark::Promise)).then_some(word)
    }

    /// Returns the wait reason of the occupant of `slot`.
    pub(crate) fn wait_of(&self, core: &Core, slot: &Slot) -> Wait {
        let word = slot.wait();
        match word {
            0 => Wait::Nothing,
            Word::SEVERAL => Wait::Several,
            Word::OUTSIDE => Wait::Outside,
            word if word & LOOP != 0 => {
                let ticket = core.original_of(core.tag() | (word & !LOOP));
                let ended = || Wait::Other(Name::from("a task that has ended"));
                match core.slot_of(ticket) {
                    Some(other) if other.has(Mark::Promise) => Wait::Promise(core.number(other)),
                    _ => core.id_of(ticket).map_or_else(ended, Wait::Task),
                }
            }
            word if word & TIMER != 0 => Wait::Timer { at: deadline(word) },
            word => {
                let reason = self.reasons.borrow().get(index(word)).cloned();
                reason.unwrap_or(Wait::Outside)
            }
        }
    }
}

/// Adds a wait to the word of a task, in the step that is being taken.
#[inline]
pub(crate) fn add_wait(slot: &Slot, word: u64) {
    match slot.set_wait(word) {
        0 => {}
        before if before == word => slot.mark(Mark::Twice, true),
        before => _ = slot.set_wait(Word::both(before, word)),
    }
}

/// Returns the task or promise in a wait word, if it is of this loop and not done.
pub(crate) fn open_target(core: &Core, word: u64) -> Option<(u64, &Slot)> {
    if word & LOOP != core.tag() {
        return None;
    }
    let target = core.slot_of(word)?;
    (!target.is_done()).then_some((word, target))
}

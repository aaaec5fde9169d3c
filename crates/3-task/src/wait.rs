//! Stores what a suspended task waits for, and registers it there.
//!
//! The problem: a loop can answer "why does my program hang" only if every wait stores its reason
//! at every suspension. So the reason is one word in the slot, and costs one store. Also, a task
//! or promise that ends must find its waiters in the order in which they came, although a waiter
//! may leave before that end. Both are stored at one moment, when a future is about to return
//! `Pending`.
//!
//! ```text
//!   poll(future) ──Pending──> 1 the awaited task or promise stores the caller as a waiter
//!                             2 the running task's slot stores the reason of the wait
//!   the awaited task ends ──> the waiter in its slot is woken, then those in its list, in order
//!
//!   the word  0                      nothing: a bare yield, or a future we do not know
//!             loop|generation|index  a task or a promise of this loop
//!             4095 | gen. | index    a task that is watched
//!             0 | TIMER | deadline   a timer; from 13 days on in units of 16 us
//!             0 | NAMED | number     an entry of the table of reasons (`core/reasons.rs`)
//!             0 | SEVERAL            several things
//!             0 | OUTSIDE            a thing that the loop cannot see
//! ```
//!
//! A task is *watched*, not awaited, if a combinator waits for it through a group: reports name it,
//! but a cancel does not go there. Otherwise the cancel of a task reads the same word, and goes to
//! the awaited task or promise first.
//!
//! Invariants:
//! 1. The word is cleared before each step, unless a cancel was handed on and has no answer. So
//!    the word was set in the last step.
//! 2. Two waits set in one step make `SEVERAL`. Such a task is cancelled where it is, since no
//!    single awaited task could answer for it.
//! 3. A waker that is not the running task's own sets no word. The place that stores the waker
//!    records the wait as hidden (`store/hidden.rs`): then the task has waits that the word does not
//!    name. A combinator of ours that makes the waker ends this with its own wait
//!    (`inside/unpolled.rs`).
//! 4. If a wait is over in the step that has set it, the word is cleared: the future of the wait
//!    clears it in its drop, a region when its future has ended, and a combinator when it lets go
//!    of a borrowed task. A combinator of another crate does not know the word and leaves it. Then
//!    invariant 2 holds.
//! 5. A word that is no ticket is made and read on this page alone. (A promise never waits: its
//!    word counts its handles.)
//!
//! Access: `core/history.rs` and this folder set a slot's `wait`, also for regions and combinators. The
//! beginning of a step clears it, and so does `cancel/forward.rs` when a cancel comes back. This folder
//! and groups set a slot's `waiter`. `run/finish.rs` takes it out; for a notice, `run/entries.rs`
//! does. A slot that is vacated loses it.
//!
//! Read next: `wait/registration.rs`.

use groundup_interweave::trace::{Name, Wait};

use crate::core::Core;
use crate::core::reasons::NamedReason;
use crate::store::key::Mark;
use crate::store::slot::Slot;
use crate::store::ticket::{LOOP, Ticket, WaitWord};

pub(crate) mod listed;
mod registration;

pub(crate) use registration::{is_registered, register, register_plainly, unregister};

/// The loop field of a task that is watched, not awaited. It is no loop's number. (A scope's
/// ticket has it, too; no code compares the two.)
const WATCHED: u64 = LOOP;
const TIMER: u64 = 1 << 51;
const FAR: u64 = 1 << 50;
/// The bit of a named reason, which without the bit of a timer means nothing else.
const NAMED: u64 = FAR;
/// Number of last bits that a deadline loses if it would not fit beside the marks.
const FAR_SHIFT: u32 = 14;

impl WaitWord {
    /// A bare yield, or a future that the loop does not know.
    pub(crate) const NOTHING: WaitWord = WaitWord::from_bits(0);
    /// The task waits for several things.
    pub(crate) const SEVERAL: WaitWord = WaitWord::from_bits(1);
    /// The task waits for a thing that the loop cannot see.
    pub(crate) const OUTSIDE: WaitWord = WaitWord::from_bits(2);

    /// Makes the word of a timer, due at a time of the loop in ns.
    #[inline]
    pub(crate) fn timer(at: u64) -> Self {
        match at {
            at if at < FAR => WaitWord::from_bits(TIMER | at),
            at => WaitWord::from_bits(TIMER | FAR | (at >> FAR_SHIFT)),
        }
    }

    /// Makes the word of an entry of the table of reasons.
    pub(crate) fn named(number: u32) -> Self {
        WaitWord::from_bits(NAMED | u64::from(number))
    }

    /// Makes the word of a task that is watched and not awaited.
    #[inline]
    pub(crate) fn watched(ticket: Ticket) -> Self {
        WaitWord::from_bits(WATCHED | (ticket.bits() & !LOOP))
    }

    /// Returns the ticket in the word, if the task awaits a task or promise of this loop.
    #[inline]
    pub(crate) fn awaited(self, core: &Core) -> Option<Ticket> {
        (self.bits() & LOOP == core.loop_field()).then_some(Ticket::from_bits(self.bits()))
    }

    /// Returns true if it is the wait for one timer, task or promise. No other wait of the same task can
    /// come before or behind it.
    pub(crate) fn is_in_no_line(self, core: &Core) -> bool {
        self.awaited(core).is_some() || self.bits() & (LOOP | TIMER) == TIMER
    }

    /// Returns the ticket of the task or promise that the task awaits or watches.
    pub(crate) fn ticket(self, core: &Core) -> Option<Ticket> {
        let ticket = Ticket::from_bits(core.loop_field() | (self.bits() & !LOOP));
        (self.bits() & LOOP != 0).then_some(ticket)
    }

    /// Returns the number of the entry of the table of reasons that the word names.
    pub(crate) fn entry(self) -> Option<u32> {
        let marks = self.bits() & (LOOP | TIMER | NAMED);
        (marks == NAMED).then_some(self.bits() as u32)
    }

    /// Returns true if the word is of a task that is watched and not awaited.
    pub(crate) fn is_watched(self) -> bool {
        self.bits() & LOOP == WATCHED
    }

    /// Returns the deadline of a timer. The last one stands for "never".
    fn deadline(self) -> u64 {
        match self.bits() & (FAR - 1) {
            at if self.bits() & FAR == 0 => at,
            at if at == FAR - 1 => u64::MAX,
            at => at << FAR_SHIFT,
        }
    }
}

/// Adds a wait to the running task's word.
#[inline]
pub(crate) fn add(core: &Core, word: WaitWord) {
    add_to(core, core.current(), word);
}

/// Adds a wait to the word of the running task, whose ticket the caller knows.
#[inline]
pub(crate) fn add_to(core: &Core, running: Ticket, word: WaitWord) {
    if let Some(slot) = core.slot_at(running) {
        core.add_wait(slot, word);
    }
}

/// Returns the task that a task waits for, if it is exactly one: the task that it awaits or
/// watches, or the holder of the thing that it waits for.
pub(crate) fn followed(core: &Core, ticket: Ticket) -> Option<Ticket> {
    let word = core.slot_of(ticket)?.wait();
    if let Some(reason) = reason_of(core, word) {
        return reason.followed(core);
    }
    let known = word.is_watched() || word.awaited(core).is_some();
    let next = core.original_of(word.ticket(core).filter(|_| known)?);
    (!core.slot_of(next)?.has(Mark::Promise)).then_some(next)
}

/// Returns the entry of the table of reasons that a word names.
pub(crate) fn reason_of(core: &Core, word: WaitWord) -> Option<NamedReason> {
    core.named_reason(word.entry()?)
}

/// Returns the wait reason of the occupant of `slot`.
pub(crate) fn wait_of(core: &Core, slot: &Slot) -> Wait {
    let word = slot.wait();
    if let Some(ticket) = word.ticket(core) {
        let ticket = core.original_of(ticket);
        let ended = || Wait::Other(Name::from("a task that has ended"));
        return match core.slot_of(ticket) {
            Some(other) if other.has(Mark::Promise) => Wait::Promise(core.number(other)),
            _ => core.id_of(ticket).map_or_else(ended, Wait::Task),
        };
    }
    match word {
        WaitWord::NOTHING => Wait::Nothing,
        WaitWord::SEVERAL => Wait::Several,
        word if word.bits() & TIMER != 0 => Wait::Timer {
            at: word.deadline(),
        },
        word => {
            let named = word.entry().and_then(|entry| core.wait_reason(entry));
            named.unwrap_or(Wait::Outside)
        }
    }
}

/// Returns the task or promise that the wait word of a task names, if it is of this loop and not done,
/// and the task is registered there. The wait may be over: another part of the task, or another task,
/// has dropped its future or has polled it since.
pub(crate) fn open_target(core: &Core, task: Ticket, word: WaitWord) -> Option<(Ticket, &Slot)> {
    let ticket = word.awaited(core)?;
    let target = core.slot_of(ticket).filter(|slot| !slot.is_done())?;
    is_registered(core, target, task).then_some((ticket, target))
}

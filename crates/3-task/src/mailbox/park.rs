//! Lets a loop sleep and be woken, without losing a letter.
//!
//! The problem: another thread leaves a letter at the moment when the loop goes to sleep. The loop
//! looks into the box just before the letter arrives, and the thread looks whether the loop
//! sleeps just before it does. Then neither acts, and nothing ever happens again: a lost
//! wake-up.
//!
//! One word decides it. Two flags ("there is mail", "I sleep") would each be right, and could
//! still be read in the wrong order, unless every access were sequentially consistent. A single
//! word has a single order. To *ring* is to set it to `ASKED`.
//!
//! ```text
//!                 ring (any thread)
//!        +------+ -----------------> +-------+
//!        |AWAKE |                    | ASKED |<--+
//!        +------+ <----------------- +-------+   | ring: it was ASLEEP, so this
//!           |  ^      collect (loop)             | thread must unpark the loop
//!  may_sleep|  |rise                             |
//!           v  |                                 |
//!        +--------+ -----------------------------+
//!        | ASLEEP |
//!        +--------+
//! ```
//!
//! Invariants:
//! 1. A thread puts its letter into the box before it rings. The loop sets `AWAKE` before it
//!    empties the box. So the loop finds the letter of every ring that it has answered, and a
//!    letter that came too late leaves `ASKED` behind.
//! 2. `may_sleep` succeeds only from `AWAKE`: never when a thread has rung.
//! 3. Of all threads that ring while the loop sleeps, exactly one learns that it must unpark it.
//!
//! Read next: `mailbox/station.rs`.

use super::letters::{Keyed, Letters};
use super::sync::{AtomicU8, Mutex, Ordering, constructor};

const AWAKE: u8 = 0;
const ASKED: u8 = 1;
const ASLEEP: u8 = 2;

/// The letters for a loop, and the state of its sleep.
pub(crate) struct Mailbox<T> {
    state: AtomicU8,
    letters: Mutex<Letters<T>>,
}

impl<T: Keyed> Mailbox<T> {
    constructor! {
        /// Makes an empty box, whose loop is awake.
        pub(crate) fn new() -> Self {
            Mailbox { state: AtomicU8::new(AWAKE), letters: Mutex::new(Letters::new()) }
        }
    }

    /// Adds a letter and rings, if `admit`, which is called under the box's lock, returns
    /// true; else returns the letter as an error. `Ok(true)` means that the loop sleeps and
    /// the caller must unpark it.
    ///
    /// A letter whose key is in the box is not added again: threads that wake a
    /// hundred tasks a million times while the loop is busy leave a hundred letters.
    pub(crate) fn post(&self, letter: T, admit: impl FnOnce() -> bool) -> Result<bool, T> {
        {
            let mut letters = self.letters.lock();
            if !admit() {
                return Err(letter);
            }
            letters.put(letter);
        }
        Ok(self.ring())
    }

    /// Runs `close` while no thread can post, and returns the letters left in the box.
    pub(crate) fn shut(&self, close: impl FnOnce()) -> Vec<T> {
        let mut letters = self.letters.lock();
        close();
        // As in `collect`: every ring that this answers was before it.
        self.state.swap(AWAKE, Ordering::AcqRel);
        let mut left = Vec::new();
        letters.take(&mut left);
        left
    }

    /// Rings without a letter; returns true if the caller must unpark the loop.
    pub(crate) fn ring(&self) -> bool {
        self.state.swap(ASKED, Ordering::AcqRel) == ASLEEP
    }

    /// Returns true if a thread has rung. It costs one load, in every iteration.
    #[inline]
    pub(crate) fn asked(&self) -> bool {
        self.state.load(Ordering::Relaxed) == ASKED
    }

    /// Answers all rings and moves all letters into `into`.
    pub(crate) fn collect(&self, into: &mut Vec<T>) {
        self.state.swap(AWAKE, Ordering::AcqRel);
        self.letters.lock().take(into);
    }

    /// Marks that the loop is about to block; returns false if it must not, as a thread has
    /// rung.
    pub(crate) fn may_sleep(&self) -> bool {
        let change = (AWAKE, ASLEEP);
        self.state
            .compare_exchange(change.0, change.1, Ordering::AcqRel, Ordering::Acquire)
            .is_ok()
    }

    /// Marks that the loop has stopped blocking, for any reason.
    pub(crate) fn rise(&self) {
        // A ring that came meanwhile stays, for `collect` to answer.
        let change = (ASLEEP, AWAKE);
        let _ =
            self.state
                .compare_exchange(change.0, change.1, Ordering::AcqRel, Ordering::Acquire);
    }
}

//! The mailbox of a loop, and how nobody sleeps over a letter.
//!
//! The problem: another thread leaves a letter and the loop goes to sleep at the
//! same moment. If the loop looks into the box just before the letter falls in,
//! and the thread looks whether the loop sleeps just before it lies down, both
//! are content and nothing ever happens again: a lost wake-up.
//!
//! One word decides it. Two flags ("there is mail", "I sleep") would each be
//! right and still be read in the wrong order, unless every access were
//! sequentially consistent. A single word has a single order.
//!
//! ```text
//!                 ring (any thread)
//!        +------+ -----------------> +-------+
//!        |AWAKE |                    | ASKED |<--+
//!        +------+ <----------------- +-------+   | ring: was ASLEEP, so the
//!           |  ^      collect (loop)             | ringer must unpark the loop
//!  may_sleep|  |rise                             |
//!           v  |                                 |
//!        +--------+ -----------------------------+
//!        | ASLEEP |
//!        +--------+
//! ```
//!
//! Invariants:
//! 1. A letter is in the box before its bell rings; the bell is answered before
//!    the box is emptied. So a bell that was answered has its letter collected,
//!    and a letter that came too late has its bell still ringing.
//! 2. `may_sleep` succeeds only from `AWAKE`: never while a bell rings.
//! 3. Of all who ring while the loop sleeps, exactly one is told to unpark it.
//!
//! Read next: `mailbox/station.rs`.

use super::letters::{Keyed, Letters};
use super::sync::{AtomicU8, Mutex, Ordering, constructor};

const AWAKE: u8 = 0;
const ASKED: u8 = 1;
const ASLEEP: u8 = 2;

/// Letters for a loop, and the state of its sleep.
pub(crate) struct Mailbox<T> {
    state: AtomicU8,
    letters: Mutex<Letters<T>>,
}

impl<T: Keyed> Mailbox<T> {
    constructor! {
        /// An empty box of a loop that is awake.
        pub(crate) fn new() -> Self {
            Mailbox { state: AtomicU8::new(AWAKE), letters: Mutex::new(Letters::new()) }
        }
    }

    /// Leaves a letter, if `admit` still says yes once the box is open; `Ok(true)`
    /// if the loop sleeps and the caller must unpark it. A letter that was not
    /// admitted comes back.
    ///
    /// A letter with the key of another is not put in again: threads that wake a
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

    /// Runs `close` while nobody can post, and gives what was left in the box.
    pub(crate) fn shut(&self, close: impl FnOnce()) -> Vec<T> {
        let mut letters = self.letters.lock();
        close();
        // As in `collect`: whatever bell this answers is before it.
        self.state.swap(AWAKE, Ordering::AcqRel);
        let mut left = Vec::new();
        letters.take(&mut left);
        left
    }

    /// Rings without a letter; true if the caller must unpark the loop.
    pub(crate) fn ring(&self) -> bool {
        self.state.swap(ASKED, Ordering::AcqRel) == ASLEEP
    }

    /// Whether a bell rings: one load, for the loop to ask in every iteration.
    #[inline]
    pub(crate) fn asked(&self) -> bool {
        self.state.load(Ordering::Relaxed) == ASKED
    }

    /// Answers the bell and empties the box into `into`.
    pub(crate) fn collect(&self, into: &mut Vec<T>) {
        self.state.swap(AWAKE, Ordering::AcqRel);
        self.letters.lock().take(into);
    }

    /// The loop is about to block; false if a bell rings and it must not.
    pub(crate) fn may_sleep(&self) -> bool {
        let change = (AWAKE, ASLEEP);
        self.state
            .compare_exchange(change.0, change.1, Ordering::AcqRel, Ordering::Acquire)
            .is_ok()
    }

    /// The loop has stopped blocking, for whatever reason.
    pub(crate) fn rise(&self) {
        // A bell that rang meanwhile stays: it is for `collect` to answer.
        let change = (ASLEEP, AWAKE);
        let _ =
            self.state
                .compare_exchange(change.0, change.1, Ordering::AcqRel, Ordering::Acquire);
    }
}

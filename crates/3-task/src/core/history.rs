//! Keeps at which moments of its step the running task began to wait.
//!
//! The problem: a combinator polls several futures in one step, and each of them may add a wait to the
//! word of the task (`wait.rs`). When the combinator has its result, the word goes back to the waits before
//! those polls. A combinator whose first future is ready never needs that. So it looks at no slot and
//! asks no question before the polls: it reads how often such a word has changed on this thread, which
//! is one load. That number is a moment, and the word at a moment follows from two others.
//!
//! ```text
//!   the word      NOTHING ──────────> one wait ──────────> SEVERAL
//!   the moment               first               several
//!
//!   the word now       moment asked for                  the word at that moment
//!   NOTHING            any                               NOTHING: what was stored is over
//!   any                before `first`                    NOTHING
//!   SEVERAL            from `first`, before `several`    the one wait
//!   any                otherwise                         the word of now
//! ```
//!
//! Invariants:
//! 1. While the word of the running task is not NOTHING, `first` is a moment of this step, or an earlier
//!    one if the word is of an earlier step.
//! 2. While it is SEVERAL, `only` was the word from `first` on, if `several` is later than `first`.
//!
//! Read next: `core/step.rs`.

use std::cell::Cell;

use crate::core::Core;
use crate::store::slot::Slot;
use crate::store::ticket::WaitWord;

thread_local! {
    static CHANGES: Cell<u64> = const { Cell::new(0) };
}

/// Returns the moment of now: how often a word of this thread has left NOTHING, or become SEVERAL.
#[inline(always)]
pub(crate) fn moment() -> u64 {
    CHANGES.get()
}

/// Counts a change, and returns its moment.
#[inline(always)]
fn next_moment() -> u64 {
    CHANGES.set(CHANGES.get() + 1);
    CHANGES.get()
}

/// The moments at which the word of the running task changed.
#[derive(Default)]
pub(crate) struct WaitHistory {
    first: Cell<u64>,
    several: Cell<u64>,
    only: Cell<WaitWord>,
}

/// The waits that a task had stored before the polls of a part that keeps its own apart.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PutAside {
    word: WaitWord,
    /// `first`, `several` and `only`, if the word is not NOTHING.
    moments: Option<(u64, u64, WaitWord)>,
}

impl PutAside {
    /// Nothing is put aside.
    pub(crate) const NOTHING: PutAside = PutAside {
        word: WaitWord::NOTHING,
        moments: None,
    };
}

impl Core {
    /// Adds a wait to the word of a task, in the step that is being taken.
    #[inline]
    pub(crate) fn add_wait(&self, slot: &Slot, word: WaitWord) {
        match slot.set_wait(word) {
            WaitWord::NOTHING => self.history.first.set(next_moment()),
            before if before == word => {}
            before => self.wait_for_more(slot, before),
        }
    }

    #[inline(never)] // Speed: join. Most steps add one wait.
    fn wait_for_more(&self, slot: &Slot, before: WaitWord) {
        slot.set_wait(WaitWord::SEVERAL);
        if before != WaitWord::SEVERAL {
            self.history.only.set(before);
            self.history.several.set(next_moment());
        }
    }

    /// Makes the word of the running task, which has this slot, what it was at an earlier moment of the
    /// step, except for waits that are over.
    pub(crate) fn wait_as_at(&self, slot: &Slot, asked: u64) {
        let history = &self.history;
        match slot.wait() {
            _ if asked < history.first.get() => _ = slot.set_wait(WaitWord::NOTHING),
            WaitWord::SEVERAL if asked < history.several.get() => {
                slot.set_wait(history.only.get());
            }
            _ => {}
        }
    }

    /// Empties the word of the running task, which has this slot.
    #[inline]
    pub(crate) fn put_waits_aside(&self, slot: &Slot) -> PutAside {
        let (word, history) = (slot.set_wait(WaitWord::NOTHING), &self.history);
        let moments = || {
            let (first, several) = (history.first.get(), history.several.get());
            (first, several, history.only.get())
        };
        PutAside {
            word,
            moments: (word != WaitWord::NOTHING).then(moments),
        }
    }

    /// Puts the word back that was put aside. The waits that were stored since are over.
    #[inline]
    pub(crate) fn put_waits_back(&self, slot: &Slot, aside: PutAside) {
        slot.set_wait(aside.word);
        if let Some((first, several, only)) = aside.moments {
            self.history.first.set(first);
            self.history.several.set(several);
            self.history.only.set(only);
        }
    }

    /// Puts the word back, and adds the waits that were stored since.
    #[inline]
    pub(crate) fn join_waits(&self, slot: &Slot, aside: PutAside) {
        if aside.word != WaitWord::NOTHING {
            let since = slot.wait();
            self.put_waits_back(slot, aside);
            if since != WaitWord::NOTHING {
                self.add_wait(slot, since);
            }
        }
    }
}

#[cfg(test)]
#[path = "../../tests/unit/history.rs"]
mod tests;

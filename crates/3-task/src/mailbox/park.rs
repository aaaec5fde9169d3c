//! Parks a loop and unparks it, without losing a message.
//!
//! The problem: another thread leaves a message at the moment when the loop parks. The loop
//! looks into the mailbox just before the message arrives, and the thread looks whether the loop
//! is parked just before it parks. Then neither acts, and nothing ever happens again: a lost
//! wake-up.
//!
//! One word decides it. Two flags ("there is mail", "I am parked") would each be right, and could
//! still be read in the wrong order, unless every access were sequentially consistent. A single
//! word has a single order. To *notify* is to set it to `NOTIFIED`.
//!
//! ```text
//!                    notify (any thread)
//!          +-------+ ------------------> +----------+
//!          | AWAKE |                     | NOTIFIED | <--+
//!          +-------+ <------------------ +----------+    | notify: it was PARKED, so this
//!            |   ^      collect (loop)                   | thread must unpark the loop
//!   try_park |   | end_park                              |
//!            v   |                                       |
//!          +--------+ -----------------------------------+
//!          | PARKED |
//!          +--------+
//! ```
//!
//! Invariants:
//! 1. A thread puts its message into the mailbox before it notifies. The loop sets `AWAKE` before
//!    it empties the mailbox. So the loop finds the message of every notification that it has
//!    answered, and a message that came too late leaves `NOTIFIED` behind.
//! 2. `try_park` succeeds only from `AWAKE`: never when a thread has notified.
//! 3. Of all threads that notify while the loop is parked, exactly one learns that it must unpark it.
//! 4. A thread that finds `NOTIFIED` after it has added its message need not notify: the `collect` that
//!    answers comes later, since an earlier one would have left `AWAKE`, and the lock shows that.
//!
//! Read next: `mailbox/lent_mailbox.rs`.

use super::messages::{Mail, Messages};
use super::sync::{AtomicU8, Mutex, Ordering, constructor};

const AWAKE: u8 = 0;
const NOTIFIED: u8 = 1;
const PARKED: u8 = 2;

/// The messages for a loop, and whether it is parked.
#[repr(C)] // Speed: remote_wake. As `LentMailbox` is placed, a cache line ends between the fields.
pub(crate) struct Mailbox<T> {
    messages: Mutex<Messages<T>>,
    state: AtomicU8,
}

impl<T> Mailbox<T> {
    constructor! {
        /// Makes an empty mailbox, whose loop is awake.
        pub(crate) fn new() -> Self {
            Mailbox { messages: Mutex::new(Messages::new()), state: AtomicU8::new(AWAKE) }
        }
    }

    /// Adds a message by `put` and notifies, if `admit`, which is called under the mailbox's lock,
    /// returns true; else returns the message as an error. `Ok(true)` means that the loop is
    /// parked and the caller must unpark it.
    ///
    /// `put` is [`Messages::put_key`] for a wake. A key that is in the mailbox is not added again:
    /// threads that wake a hundred tasks a million times while the loop is busy leave a hundred
    /// messages.
    #[inline(always)] // Speed: remote_wake.
    pub(crate) fn post<M>(
        &self,
        message: M,
        put: impl FnOnce(&mut Messages<T>, M),
        admit: impl FnOnce() -> bool,
    ) -> Result<bool, M> {
        {
            let mut messages = self.messages.lock();
            if !admit() {
                return Err(message);
            }
            put(&mut messages, message);
        }
        // Speed: remote_wake. A notification that the loop has not answered stands for this message,
        // too: it answers before it takes the lock that this thread has just released.
        Ok(!self.asked() && self.notify())
    }

    /// Runs `close` while no thread can post, and returns the messages left in the mailbox.
    pub(crate) fn shut(&self, close: impl FnOnce()) -> Mail<T> {
        let mut messages = self.messages.lock();
        close();
        // As in `collect`: every notification that this answers was before it.
        self.state.swap(AWAKE, Ordering::AcqRel);
        let mut left = Mail::default();
        messages.take(&mut left);
        left
    }

    /// Notifies without a message; returns true if the caller must unpark the loop.
    pub(crate) fn notify(&self) -> bool {
        self.state.swap(NOTIFIED, Ordering::AcqRel) == PARKED
    }

    /// Returns true if a thread has notified. It costs one load, in every iteration.
    #[inline]
    pub(crate) fn asked(&self) -> bool {
        self.state.load(Ordering::Relaxed) == NOTIFIED
    }

    /// Answers all notifies and moves all messages into `into`, which is empty.
    pub(crate) fn collect(&self, into: &mut Mail<T>) {
        self.state.swap(AWAKE, Ordering::AcqRel);
        self.messages.lock().take(into);
    }

    /// Marks that the loop is about to block; returns false if it must not, as a thread has
    /// notified.
    pub(crate) fn try_park(&self) -> bool {
        let change = (AWAKE, PARKED);
        self.state
            .compare_exchange(change.0, change.1, Ordering::AcqRel, Ordering::Acquire)
            .is_ok()
    }

    /// Marks that the loop has stopped blocking, for any reason.
    pub(crate) fn end_park(&self) {
        // A notification that came meanwhile stays, for `collect` to answer.
        let change = (PARKED, AWAKE);
        let _ =
            self.state
                .compare_exchange(change.0, change.1, Ordering::AcqRel, Ordering::Acquire);
    }
}

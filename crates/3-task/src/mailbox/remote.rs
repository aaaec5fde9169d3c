//! Gives other threads a way in: one mailbox per loop, in a static.
//!
//! The problem: a waker can be kept for ever and used on any thread, so its mailbox must never go
//! away. A loop does go away. So there are 4093 mailboxes in static memory. A loop takes one when
//! it is made and returns it when it ends. A message to a loop that has gone finds the mailbox
//! closed.
//!
//! Invariants:
//! 1. A lent mailbox is open from `open` to `close`; no message is added to a closed one.
//! 2. A returned number is used again as late as possible: 4,093 loops later. A waker of the old
//!    loop may then fit a task of the new one, in the same slot and after as many others. If it
//!    is called, that task is polled once for nothing, which every future must bear anyway. It
//!    reaches nothing else: no callback, no timer, no promise, no scope.
//! 3. A notification of a loop that is not parked costs no system call.
//!
//! Read next: `core.rs`, back on the loop's own thread.

use std::cell::Cell;
use std::collections::VecDeque;
use std::fmt;
use std::num::NonZeroU64;
use std::panic::Location;
use std::sync::Arc;

use parking_lot::Mutex;

use crate::error::panic::drop_told;
use crate::mailbox::lent_mailbox::LentMailbox;
use crate::mailbox::messages::{Mail, Messages};
use crate::mailbox::park::Mailbox;
use crate::store::object::CallSite;
use crate::store::ticket::{LAST_LOOP, LOOP_SHIFT, Ticket, loop_number};

/// Number of loops that can be alive at once in a process, over all threads.
///
/// The last two numbers of a ticket's loop field mark other things than loops.
pub const MAX_LOOPS: usize = LAST_LOOP as usize;

/// A function that unparks a loop, called from any thread. A floor above sets it by
/// [`Scheduler::set_unpark`](crate::Scheduler::set_unpark).
pub type Unpark = Arc<dyn Fn() + Send + Sync>;

/// A message to a loop: call the function, as `call_soon` would; it was sent from this place. The
/// other kind of message is the ticket of a wake, a key of the mailbox.
pub(crate) struct SentCall(pub(crate) Box<dyn FnOnce() + Send>, pub(crate) CallSite);

type LoopMailbox = LentMailbox<SentCall, Unpark>;

static MAILBOXES: [LoopMailbox; MAX_LOOPS + 1] = [const { LentMailbox::new() }; MAX_LOOPS + 1];

struct Numbers {
    epochs: u64,
    fresh: u16,
    returned: VecDeque<u16>,
}

static NUMBERS: Mutex<Numbers> = Mutex::new(Numbers {
    epochs: 0,
    fresh: 1,
    returned: VecDeque::new(),
});

/// The loop's side of its mailbox.
pub(crate) struct LoopSide {
    pub(crate) mailbox: &'static Mailbox<SentCall>,
    pub(crate) address: Address,
    /// The loop field of this loop's tickets.
    pub(crate) loop_field: u64,
    /// The memory of the messages read last.
    spare: Cell<Mail<SentCall>>,
}

/// Memory for more messages than these is not kept.
const SPARE: usize = 1 << 12;

impl LoopSide {
    /// Takes a free number and opens its lent mailbox; `None` if 4093 loops are alive.
    pub(crate) fn open() -> Option<LoopSide> {
        let mut numbers = NUMBERS.lock();
        let number = if usize::from(numbers.fresh) <= MAX_LOOPS {
            numbers.fresh += 1;
            numbers.fresh - 1
        } else {
            numbers.returned.pop_front()?
        };
        numbers.epochs += 1;
        let epoch = NonZeroU64::new(numbers.epochs).expect("epochs are counted from 1");
        let address = Address { number, epoch };
        let lent_mailbox = address.lent_mailbox();
        lent_mailbox.open(epoch.get());
        Some(LoopSide {
            mailbox: &lent_mailbox.mailbox,
            address,
            loop_field: u64::from(number) << LOOP_SHIFT,
            spare: Cell::default(),
        })
    }

    /// Sets the function that unparks the loop.
    pub(crate) fn set_unpark(&self, unpark: Option<Unpark>) {
        drop(self.address.lent_mailbox().set_unpark(unpark));
    }

    /// Collects all messages and passes them on, in their order.
    #[inline]
    pub(crate) fn read(&self, mut wake: impl FnMut(Ticket), call: impl FnMut(SentCall)) {
        let mut messages = self.spare.take();
        self.mailbox.collect(&mut messages);
        messages.read(|key| wake(Ticket::from_bits(key)), call);
        if messages.capacity() <= SPARE {
            self.spare.set(messages);
        }
    }

    /// Closes the lent mailbox, and drops the unread messages.
    pub(crate) fn close(&self) {
        // Outside of the mailbox's lock: the drop of a call may post another message. One by one: it
        // may panic.
        let mut unread = self.address.lent_mailbox().close();
        unread.read(|_| (), drop_told);
    }
}

impl Drop for LoopSide {
    fn drop(&mut self) {
        self.close();
        self.set_unpark(None);
        NUMBERS.lock().returned.push_back(self.address.number);
    }
}

/// The address of a loop: it may be copied, sent to other threads and kept.
///
/// ```
/// # mod groundup { pub mod lowlevel { pub use groundup_task::*; } }
/// use groundup::lowlevel::{NoRoot, Scheduler};
/// use std::sync::mpsc::channel;
///
/// let (scheduler, (send, receive)) = (Scheduler::new().unwrap(), channel());
/// let address = scheduler.address();
/// let thread = std::thread::spawn(move || {
///     address.call_soon(Box::new(move || send.send("from over there").unwrap())).is_ok()
/// });
/// assert!(thread.join().unwrap());
/// scheduler.collect_mail();
/// scheduler.run_round(&mut NoRoot);
/// assert_eq!(receive.try_recv(), Ok("from over there"));
/// drop(scheduler);
/// assert!(address.call_soon(Box::new(|| ())).is_err(), "the loop is gone");
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Address {
    number: u16,
    // Never 0, so that an address which may be missing takes no more room.
    epoch: NonZeroU64,
}

impl Address {
    /// Returns the number of the loop among all loops that the process has ever made.
    #[inline]
    pub(crate) fn epoch(self) -> u64 {
        self.epoch.get()
    }

    fn lent_mailbox(self) -> &'static LoopMailbox {
        &MAILBOXES[usize::from(self.number)]
    }

    /// Schedules `call` for the loop's next iteration, as `call_soon` would, and unparks
    /// the loop if it is parked.
    ///
    /// # Errors
    ///
    /// The call itself, if the loop has been closed.
    #[track_caller]
    #[allow(clippy::type_complexity)]
    pub fn call_soon(
        &self,
        call: Box<dyn FnOnce() + Send>,
    ) -> Result<(), Box<dyn FnOnce() + Send>> {
        let (lent_mailbox, call) = (self.lent_mailbox(), SentCall(call, Location::caller()));
        let posted = lent_mailbox.post(call, Messages::put, self.epoch());
        if posted.map_err(|SentCall(call, _)| call)? {
            unpark(lent_mailbox);
        }
        Ok(())
    }

    /// Sends a ticket to the loop, which redeems it when it collects its mail. Does nothing if the
    /// loop has been closed.
    pub(crate) fn send_wake(&self, ticket: Ticket) {
        post_wake(self.lent_mailbox(), ticket, self.epoch());
    }

    /// Has the loop look around before it parks, and unparks it if it is parked already. Leaves no
    /// message, and does nothing to a closed loop.
    pub fn notify(&self) {
        if self.lent_mailbox().notify(self.epoch()) {
            unpark(self.lent_mailbox());
        }
    }

    /// Returns true if the ticket is one of this loop, or of a later loop with the same number, of
    /// which there is one at the earliest when 4,093 loops have been opened since. Costs a comparison.
    ///
    /// ```
    /// # mod groundup { pub mod lowlevel { pub use groundup_task::*; } }
    /// use groundup::lowlevel::Scheduler;
    ///
    /// let (one, other) = (Scheduler::new().unwrap(), Scheduler::new().unwrap());
    /// let task = one.spawn(async {});
    /// assert!(one.address().is_of(task.ticket()) && !other.address().is_of(task.ticket()));
    /// ```
    #[inline]
    pub fn is_of(&self, ticket: Ticket) -> bool {
        loop_number(ticket.loop_field()) == self.number
    }

    /// Returns true until the loop is closed.
    pub fn is_open(&self) -> bool {
        self.lent_mailbox().is_of(self.epoch())
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address({})", self.number)
    }
}

/// Redeems a ticket whose loop is not this thread's: posts it to the loop's mailbox.
#[inline(never)] // Speed: remote_wake. In a cold function the compiler would not inline the post.
pub(crate) fn wake(ticket: Ticket) {
    let lent_mailbox = &MAILBOXES[usize::from(loop_number(ticket.loop_field()))];
    post_wake(lent_mailbox, ticket, 0);
}

#[inline(always)]
fn post_wake(lent_mailbox: &LoopMailbox, ticket: Ticket, epoch: u64) {
    let put = |messages: &mut Messages<SentCall>, key| messages.put_key(key);
    if let Ok(true) = lent_mailbox.post(ticket.bits(), put, epoch) {
        unpark(lent_mailbox);
    }
}

#[cold]
fn unpark(lent_mailbox: &LoopMailbox) {
    if let Some(unpark) = lent_mailbox.unparker() {
        unpark();
    }
}

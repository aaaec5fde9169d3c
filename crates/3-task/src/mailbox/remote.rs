//! The way in for other threads: one mailbox per loop, in a static.
//!
//! The problem: a waker can be kept for ever and used on any thread, so what it
//! leads to must not go away. A loop does go away. So there are 4094 mailboxes in
//! static memory; a loop takes one when it is made and gives it back when it ends. A
//! letter to a loop that has gone meets a closed box.
//!
//! Invariants:
//! 1. A box is open from `open` to `close`; nothing is put into a closed one.
//! 2. A number that was given back is used again as late as possible. Should a
//!    ticket of the old loop meet a task of the new one, the task is polled once
//!    for nothing, which every future must bear anyway.
//! 3. Waking a loop that is awake costs no system call.
//!
//! Read next: `core.rs`, back on the loop's own thread.

use std::collections::VecDeque;
use std::fmt;
use std::panic::Location;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;

use crate::mailbox::park::Mailbox;
use crate::store::object::Place;
use crate::store::ticket::{LAST_LOOP, LOOP, LOOP_SHIFT};

/// How many loops can be alive at once in a process, over all threads.
///
/// The last two numbers of a ticket's loop field mark other things than loops.
pub const MAX_LOOPS: usize = LAST_LOOP as usize;

/// What wakes a sleeping loop. Called from any thread; a floor above gives it to
/// [`Scheduler::set_unpark`](crate::Scheduler::set_unpark).
pub type Unpark = Arc<dyn Fn() + Send + Sync>;

/// A letter to a loop.
pub(crate) enum Letter {
    /// Redeem this ticket.
    Wake(u64),
    /// Call this, as `call_soon` would; it was sent from this place.
    Call(Box<dyn FnOnce() + Send>, Place),
}

impl PartialEq for Letter {
    fn eq(&self, other: &Self) -> bool {
        matches!((self, other), (Letter::Wake(a), Letter::Wake(b)) if a == b)
    }
}

struct Station {
    mailbox: Mailbox<Letter>,
    /// Which of the loops that have had this number owns it now; 0 for none.
    epoch: AtomicU64,
    unpark: Mutex<Option<Unpark>>,
}

impl Station {
    #[cold]
    fn unpark(&self) {
        let unpark = self.unpark.lock().clone();
        if let Some(unpark) = unpark {
            unpark();
        }
    }
}

static STATIONS: [Station; MAX_LOOPS + 1] = [const {
    Station {
        mailbox: Mailbox::new(),
        epoch: AtomicU64::new(0),
        unpark: Mutex::new(None),
    }
}; MAX_LOOPS + 1];

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

/// A loop's own end of its mailbox.
pub(crate) struct Home {
    pub(crate) mailbox: &'static Mailbox<Letter>,
    pub(crate) address: Address,
    /// The loop field of this loop's tickets.
    pub(crate) tag: u64,
}

impl Home {
    /// Takes a number; `None` if 4093 loops are alive.
    pub(crate) fn open() -> Option<Home> {
        let mut numbers = NUMBERS.lock();
        let number = if usize::from(numbers.fresh) <= MAX_LOOPS {
            numbers.fresh += 1;
            numbers.fresh - 1
        } else {
            numbers.returned.pop_front()?
        };
        numbers.epochs += 1;
        let epoch = numbers.epochs;
        let address = Address { number, epoch };
        let station = address.station();
        station.epoch.store(epoch, Ordering::Release);
        Some(Home {
            mailbox: &station.mailbox,
            address,
            tag: u64::from(number) << LOOP_SHIFT,
        })
    }

    /// Sets the function that wakes the thread when it sleeps.
    pub(crate) fn set_unpark(&self, unpark: Option<Unpark>) {
        let before = std::mem::replace(&mut *self.address.station().unpark.lock(), unpark);
        drop(before);
    }

    /// From now on letters come back; those that nobody has read are dropped.
    pub(crate) fn retire(&self) {
        let epoch = &self.address.station().epoch;
        let shut = || epoch.store(0, Ordering::Release);
        // Outside the box's lock: what a letter holds may write another one.
        drop(self.mailbox.shut(shut));
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        self.retire();
        self.set_unpark(None);
        NUMBERS.lock().returned.push_back(self.address.number);
    }
}

/// The address of a loop: may be copied, sent to other threads and kept.
///
/// ```
/// use groundup_task::{NoRoot, Scheduler};
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
    epoch: u64,
}

impl Address {
    fn station(self) -> &'static Station {
        &STATIONS[usize::from(self.number)]
    }

    /// Has `call` called in the loop's next iteration, as `call_soon` would; wakes
    /// the loop if it sleeps.
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
        let (station, letter) = (self.station(), Letter::Call(call, Location::caller()));
        match station.mailbox.post(letter, || self.is_open()) {
            Ok(false) => {}
            Ok(true) => station.unpark(),
            Err(Letter::Call(call, _)) => return Err(call),
            Err(Letter::Wake(_)) => unreachable!("the letter that comes back is the one given"),
        }
        Ok(())
    }

    /// Has a sleeping loop look around, and leaves nothing for it. A loop that has
    /// been closed does not hear it.
    pub fn ring(&self) {
        if self.is_open() && self.station().mailbox.ring() {
            self.station().unpark();
        }
    }

    /// Whether the loop is still there.
    pub fn is_open(&self) -> bool {
        self.station().epoch.load(Ordering::Acquire) == self.epoch
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address({})", self.number)
    }
}

/// Redeems a ticket from a place where its loop does not run.
#[cold]
pub(crate) fn wake(ticket: u64) {
    let station = &STATIONS[((ticket & LOOP) >> LOOP_SHIFT) as usize];
    let is_open = || station.epoch.load(Ordering::Acquire) != 0;
    if is_open() && station.mailbox.post(Letter::Wake(ticket), is_open) == Ok(true) {
        station.unpark();
    }
}

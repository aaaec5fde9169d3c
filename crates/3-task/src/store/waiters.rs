//! Keeps the waiters of one task or promise, done-callbacks included.
//!
//! The problem: a server has one promise, "shut down". A million connections await it, and each
//! leaves before it is set. If a wait that has ended stayed in the list, the list would grow
//! without bound. If leaving meant a search, a million leavers would each look at a million
//! entries. And two waits of one task need two entries: if they shared one, the end of either
//! wait would remove the wake of the other.
//!
//! A done-callback is removed by comparison, as Python compares functions, and Rust closures
//! cannot be compared. So it is a counted pointer, and equals its clones. Beside it are the
//! task-local values of the code that has registered it, as asyncio stores a context.
//!
//! ```text
//!   numbers   4    6    9    12         always ascending, so a binary search
//!   entries  [T1] [--] [T3] [T1]        finds an entry; one that left is a gap
//!                  gap                  until half of the list is gaps
//! ```
//!
//! Invariants:
//! 1. Waiters are notified in the order in which they came.
//! 2. Every wait has an entry of its own, and removes only that one, also if two of them wake
//!    one task.
//! 3. Removed entries are returned for the caller to drop. A list that goes with its task drops
//!    its entries one by one, and the panic of one goes no further.
//! 4. A done-callback is called only by the callback that `run/` makes of it.
//!
//! Read next: `store/waiters/keys.rs`, entries without a known number.

use std::cell::Cell;
use std::fmt;
use std::mem::take;
use std::rc::Rc;

use crate::error::panic::drop_told;
use crate::store::hidden::ForeignWaker;
use crate::store::object::CallSite;
use crate::store::ticket::Ticket;
use crate::store::values::Values;
pub(crate) use keys::Key;
use keys::KeyIndex;

mod keys;

/// A waiter to be notified when a task or a promise is done.
pub(crate) enum Waiter {
    /// A task of this loop.
    Ticket(Ticket),
    /// A waker from elsewhere: another executor, or a combinator that makes its own.
    Waker(ForeignWaker),
    /// A member of a group.
    Group { group: u32, member: u32 },
    /// A proxy, which ends together with it.
    Proxy(Ticket),
    /// A done-callback, with the task-local values of the code that has registered it.
    Callback(DoneCallback, Option<Rc<Values>>),
}

/// The lowest number: 0 means "not registered", and 1 is the place in the slot.
const FIRST: u64 = 2;

#[cfg(test)]
thread_local! {
    /// Number of entries that were looked at to find others.
    pub(crate) static LOOKS: Cell<u64> = const { Cell::new(0) };
}

/// The list of waiters.
#[derive(Default)]
pub(crate) struct Waiters {
    entries: Vec<(u64, Option<Waiter>)>,
    gaps: usize,
    /// The number given last.
    last: u64,
    /// The index, if an entry was searched when the list was long.
    index: Option<Box<KeyIndex>>,
}

/// Number of entries up to which a list is searched without an index.
const FEW: usize = 16;

impl Waiters {
    pub(crate) fn is_empty(&self) -> bool {
        self.entries.len() == self.gaps
    }

    fn push(&mut self, waiter: Waiter) -> u64 {
        self.last = (self.last + 1).max(FIRST);
        if let Some(index) = &mut self.index {
            index.enter(&waiter, self.last);
        }
        self.entries.push((self.last, Some(waiter)));
        self.last
    }

    fn find(&self, number: u64) -> Option<usize> {
        if number < FIRST {
            return None; // a new wait, or one in the slot
        }
        let known = |entry: &(u64, Option<Waiter>)| {
            #[cfg(test)]
            LOOKS.set(LOOKS.get() + 1);
            entry.0
        };
        self.entries.binary_search_by_key(&number, known).ok()
    }

    /// Returns the entry with this number.
    pub(crate) fn get(&self, number: u64) -> Option<&Waiter> {
        self.entries[self.find(number)?].1.as_ref()
    }

    /// Replaces the entry with this number, or adds one at the end if there is none.
    /// Returns the number of the entry, and the replaced waiter.
    pub(crate) fn put(&mut self, number: u64, waiter: Waiter) -> (u64, Option<Waiter>) {
        match self.find(number) {
            Some(at) if self.entries[at].1.is_some() => {
                if let (Some(index), Some(before)) = (&mut self.index, &self.entries[at].1) {
                    index.leave(before, number);
                    index.enter(&waiter, number);
                }
                (number, self.entries[at].1.replace(waiter))
            }
            _ => (self.push(waiter), None),
        }
    }

    /// Removes the entry with this number and returns it.
    pub(crate) fn leave(&mut self, number: u64) -> Option<Waiter> {
        let at = self.find(number)?;
        let left = self.entries[at].1.take()?;
        if let Some(index) = &mut self.index {
            index.leave(&left, number);
        }
        self.gaps += 1;
        self.close_gaps();
        Some(left)
    }

    /// Removes all waiters with this key and returns them, in order.
    pub(crate) fn take(&mut self, key: Key) -> Vec<Waiter> {
        let numbers: Vec<u64> = match self.index() {
            Some(index) => index.numbers(key).collect(),
            None => self.search(key).collect(),
        };
        let taken = numbers.into_iter().filter_map(|number| self.leave(number));
        taken.collect()
    }

    /// Returns true if an entry has this key.
    pub(crate) fn holds(&mut self, key: Key) -> bool {
        match self.index() {
            Some(index) => index.numbers(key).next().is_some(),
            None => self.search(key).next().is_some(),
        }
    }

    /// Returns the index, if the list is long; makes it at the first call.
    fn index(&mut self) -> Option<&KeyIndex> {
        if self.index.is_none() && self.entries.len() > FEW {
            let mut index = Box::<KeyIndex>::default();
            for (number, waiter) in &self.entries {
                #[cfg(test)]
                LOOKS.set(LOOKS.get() + 1);
                waiter
                    .iter()
                    .for_each(|waiter| index.enter(waiter, *number));
            }
            self.index = Some(index);
        }
        self.index.as_deref()
    }

    /// Returns the numbers of the entries with a key, by a look at each entry.
    fn search(&self, key: Key) -> impl Iterator<Item = u64> {
        let fits = move |(number, waiter): &(u64, Option<Waiter>)| {
            #[cfg(test)]
            LOOKS.set(LOOKS.get() + 1);
            let found = waiter.as_ref().and_then(Waiter::key) == Some(key);
            found.then_some(*number)
        };
        self.entries.iter().filter_map(fits)
    }

    fn close_gaps(&mut self) {
        if self.gaps > self.entries.len() / 2 {
            self.entries.retain(|(_, waiter)| waiter.is_some());
            self.gaps = 0;
        }
    }

    /// Returns the number of entries, gaps included.
    #[cfg(test)]
    pub(crate) fn entries(&self) -> usize {
        self.entries.len()
    }

    /// Iterates over all waiters, in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Waiter> {
        self.entries.iter().filter_map(|entry| entry.1.as_ref())
    }

    /// Returns the first task that is known among the waiters.
    pub(crate) fn first_task(&self) -> Option<Ticket> {
        self.iter().find_map(Waiter::task)
    }

    /// Takes all waiters out, in order.
    pub(crate) fn take_all(mut self) -> impl Iterator<Item = Waiter> {
        let entries = take(&mut self.entries);
        entries.into_iter().filter_map(|entry| entry.1)
    }
}

impl Drop for Waiters {
    /// Drops wakers and callbacks one at a time: each of them may panic.
    fn drop(&mut self) {
        take(&mut self.entries).into_iter().for_each(drop_told);
    }
}

/// A function registered to be called when a task or a promise is done.
///
/// Cloning gives the same callback; two are equal if one is a clone of the other.
///
/// ```
/// # mod groundup { pub use groundup_task::*; }
/// use groundup::DoneCallback;
///
/// let hello = DoneCallback::new(|| println!("done"));
/// assert_eq!(hello, hello.clone());
/// assert_ne!(hello, DoneCallback::new(|| println!("done")));
/// ```
#[derive(Clone)]
pub struct DoneCallback(Rc<Registered<dyn Fn()>>);

/// A function, and the line of the source that registered it first.
struct Registered<F: ?Sized> {
    call_site: Cell<Option<CallSite>>,
    function: F,
}

impl DoneCallback {
    /// Wraps a function.
    pub fn new(function: impl Fn() + 'static) -> Self {
        let call_site = Cell::new(None);
        DoneCallback(Rc::new(Registered {
            call_site,
            function,
        }))
    }

    /// Returns where it was registered first: `here`, if it was not before.
    pub(crate) fn call_site(&self, here: CallSite) -> CallSite {
        let call_site = self.0.call_site.get().unwrap_or(here);
        self.0.call_site.set(Some(call_site));
        call_site
    }

    /// Returns the key of its entries.
    pub(crate) fn key(&self) -> Key {
        Key::Callback(Rc::as_ptr(&self.0).cast::<()>().addr())
    }

    pub(crate) fn call(&self) {
        (self.0.function)();
    }
}

impl<F: Fn() + 'static> From<F> for DoneCallback {
    fn from(function: F) -> Self {
        DoneCallback::new(function)
    }
}

impl PartialEq for DoneCallback {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for DoneCallback {}

impl fmt::Debug for DoneCallback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DoneCallback")
    }
}

#[cfg(test)]
#[path = "../../tests/unit/waiters.rs"]
mod tests;

//! Lists which of many futures in one task were woken.
//!
//! The problem: a combinator polls a thousand futures in one task, and must know after a wake which
//! of them to poll. So each future has a waker of its own. An allocation for each of these wakers
//! would cost more than a poll. As the waker of a task, such a waker is an integer. It names a list
//! of its loop, and a future in the list:
//!
//! ```text
//!             63        52 51              32 31 30 29     20 19         0
//!  ticket    |  loop : 12 | generation : 20  | 1 1 | list : 10 | future : 20 |
//!  of a slot |  loop : 12 | generation : 20  |           index : 32          |
//! ```
//!
//! No slot has an index that begins with these two bits (`store/slots.rs`): so the one word tells
//! the two kinds of ticket apart, also in a mailbox.
//!
//! ```text
//!   waker 7 is called ──> listed? ──no──> woken: 4, 2, 7 ──> the first in the list wakes the owner
//!   the owner is polled ──> takes 4, 2, 7: they are not listed any more ──> polls 4, 2, 7
//! ```
//!
//! A wake from another thread goes through the mailbox. So the list has neither a lock nor an atomic
//! flag. The owner of the list must be a task of the loop, which then takes its wakes from the
//! mailbox, too.
//!
//! A take empties the list, which must cost the same for one woken future and for a thousand. So a
//! future has no flag that a take would clear. It stores the number of the round in which it was
//! listed, and each take begins the next round.
//!
//! Invariants:
//! 1. A future stands in its list at most once, and no wake lists it when it has ended.
//! 2. No two lists of a loop have the same generation and number: a number whose generations are
//!    used up is retired. If none is left, no list is opened, and the caller does without.
//! 3. The owner is known by a ticket of the loop: to wake it runs no code of the user's, unless the loop
//!    is observed.
//!
//! Access: the table is private to this page. `run/waker.rs` redeems wakers, `inside/futures.rs`
//! owns a list.
//!
//! Read next: `group.rs`, one listener for many ends.

use std::cell::RefCell;
use std::mem::swap;
use std::sync::{Arc, Weak};

use crate::store::hidden::HiddenWaits;
use crate::store::ticket::{GENERATION, GENERATION_ONE, Ticket};

/// The bits that only the ticket of a listed future has.
const MARK: u64 = 0b11 << 30;
const LIST_SHIFT: u32 = 20;
/// The bits of the future in a list.
const FUTURE: u64 = (1 << LIST_SHIFT) - 1;
/// Stands for no future: a message with this number closes the list.
const CLOSE: u32 = FUTURE as u32;
/// Number of lists that can be open at once.
const LISTS: usize = 1 << 10;
/// The round of a future that has ended: it counts as listed in every round.
const ENDED: u32 = u32::MAX;
/// Number of rounds until all begin anew.
const ROUNDS: u32 = if cfg!(test) { 3 } else { u32::MAX - 1 };

/// One list.
struct WokenList {
    /// Its ticket, without a future; 0 if its number is retired.
    own: u64,
    /// Number of takes, from 1.
    round: u32,
    /// For each future, the round in which it was listed last, or [`ENDED`]. A wake lists a future of
    /// an earlier round. One that was not polled yet is of the round before the first.
    listed: Vec<u32>,
    /// The numbers of the woken futures. It has room for those of all futures, unless it has all.
    woken: Vec<u32>,
    /// The ticket of the owner, a task or a future in another list; none if the owner was woken since
    /// the futures were taken last.
    owner: Ticket,
    /// The record for the waits under the wakers of the list.
    waits: Weak<HiddenWaits>,
}

/// The lists of a loop.
#[derive(Default)]
pub(crate) struct WokenLists {
    table: RefCell<Table>,
}

#[derive(Default)]
struct Table {
    lists: Vec<WokenList>,
    vacant: Vec<u32>,
}

/// Returns true if a ticket is the one of a future in a list.
#[inline]
pub(crate) fn is_listed(ticket: Ticket) -> bool {
    ticket.bits() & MARK == MARK
}

fn place(ticket: Ticket) -> usize {
    (ticket.bits() & !MARK & u64::from(u32::MAX)) as usize >> LIST_SHIFT
}

impl Table {
    #[inline]
    fn of(&mut self, list: Ticket) -> Option<&mut WokenList> {
        let own = list.bits() & !FUTURE;
        let here = self.lists.get_mut(place(list));
        here.filter(|list| list.own == own)
    }
}

impl WokenList {
    /// Makes room for the numbers of all futures in a list that was taken.
    #[inline]
    fn make_room(&mut self) {
        if self.woken.capacity() < self.listed.len() {
            self.woken.reserve_exact(self.listed.len());
        }
    }

    /// Begins the count of rounds anew. No future of the list is listed now.
    #[cold]
    fn begin_anew(&mut self) {
        self.round = 1;
        let open = self.listed.iter_mut().filter(|listed| **listed != ENDED);
        open.for_each(|listed| *listed = 0);
    }
}

impl WokenLists {
    /// Opens a list of `count` futures, which all stand in it: they have not been polled yet. Returns
    /// the ticket of future 0; `None` if there is no room.
    pub(crate) fn open(
        &self,
        of_loop: u64,
        count: usize,
        waits: &Arc<HiddenWaits>,
    ) -> Option<Ticket> {
        if count > FUTURE as usize {
            return None;
        }
        let table = &mut *self.table.borrow_mut();
        let place = match table.vacant.pop() {
            Some(place) => place as usize,
            None if table.lists.len() < LISTS => {
                table.lists.push(WokenList {
                    own: of_loop | MARK | (table.lists.len() as u64) << LIST_SHIFT,
                    round: 0,
                    listed: Vec::new(),
                    woken: Vec::new(),
                    owner: Ticket::NONE,
                    waits: Weak::new(),
                });
                table.lists.len() - 1
            }
            None => return None,
        };
        let list = &mut table.lists[place];
        list.round = 0;
        list.listed.resize(count, 0);
        list.woken.extend(0..count as u32);
        list.waits = Arc::downgrade(waits);
        Some(Ticket::from_bits(list.own))
    }

    /// Lists the future of a waker. Returns the ticket of the list's owner, if the caller is to wake it,
    /// or else none. Returns `None` and changes nothing if there is no such list or future. Contains no
    /// call, so the compiler pushes no register.
    // Speed: join, unordered.
    #[inline(always)]
    pub(crate) fn wake(&self, future: Ticket) -> Option<Ticket> {
        let mut table = self.table.try_borrow_mut().ok()?;
        let list = table.of(future)?;
        let (number, round) = (future.bits() & FUTURE, list.round);
        let listed = list.listed.get_mut(number as usize)?;
        if *listed >= round {
            return Some(Ticket::NONE);
        }
        // Each future stands in the list once, so there is room.
        if list.woken.len() == list.woken.capacity() {
            return None;
        }
        list.woken.push(number as u32);
        *listed = round;
        let owner = list.owner;
        if owner != Ticket::NONE {
            list.owner = Ticket::NONE;
        }
        Some(owner)
    }

    /// Closes the list of a message that says so.
    #[cold]
    pub(crate) fn close_if_told(&self, message: Ticket) {
        if message.bits() & FUTURE == u64::from(CLOSE) {
            self.close(message);
        }
    }

    /// Moves the numbers of the woken futures into `woken`, in place of those that are there. They are
    /// polled now, and the next wake lists them again. The first wake then wakes `owner`.
    #[inline]
    pub(crate) fn take(&self, list: Ticket, woken: &mut Vec<u32>, owner: Ticket) {
        woken.clear();
        let mut table = self.table.borrow_mut();
        let Some(list) = table.of(list) else {
            return;
        };
        swap(&mut list.woken, woken);
        list.make_room();
        list.owner = owner;
        list.round += 1;
        if list.round > ROUNDS {
            list.begin_anew();
        }
    }

    /// Takes the number of the woken future, if it is the only one, as [`take`](Self::take) does.
    #[inline]
    pub(crate) fn take_only(&self, list: Ticket, owner: Ticket) -> Option<u32> {
        let mut table = self.table.try_borrow_mut().ok()?;
        let list = table.of(list)?;
        if list.woken.len() != 1 || list.round >= ROUNDS {
            return None;
        }
        list.owner = owner;
        list.round += 1;
        list.woken.pop()
    }

    /// Notes that a future has ended: no wake lists it any more. If it was woken beside the poll in
    /// which it ended, it is taken once more.
    #[inline]
    pub(crate) fn end(&self, list: Ticket, number: u32) {
        if let Some(list) = self.table.borrow_mut().of(list) {
            list.listed[number as usize] = ENDED;
        }
    }

    /// Returns the record for the waits under the wakers of a list.
    pub(crate) fn waits(&self, list: Ticket) -> Option<Arc<HiddenWaits>> {
        self.table.borrow_mut().of(list)?.waits.upgrade()
    }

    /// Closes a list: its wakers wake nothing any more.
    pub(crate) fn close(&self, ticket: Ticket) {
        let table = &mut *self.table.borrow_mut();
        let Some(list) = table.of(ticket) else {
            return;
        };
        (list.listed, list.woken) = (Vec::new(), Vec::new());
        (list.owner, list.waits) = (Ticket::NONE, Weak::new());
        let generation = (list.own & GENERATION) + GENERATION_ONE;
        if generation <= GENERATION {
            list.own = list.own & !GENERATION | generation;
            table.vacant.push(place(ticket) as u32);
        } else {
            list.own = 0; // retired: no ticket fits
        }
    }

    /// Returns the ticket of a future in a list.
    #[inline]
    pub(crate) fn future(list: Ticket, number: u32) -> Ticket {
        Ticket::from_bits(list.bits() | u64::from(number))
    }

    /// Returns the ticket of the list of a future.
    #[inline]
    pub(crate) fn list(future: Ticket) -> Ticket {
        Ticket::from_bits(future.bits() & !FUTURE)
    }

    /// Returns the message that closes a list.
    pub(crate) fn closing(list: Ticket) -> Ticket {
        Self::future(list, CLOSE)
    }
}

#[cfg(test)]
#[path = "../../tests/unit/listed.rs"]
mod tests;

//! Lists the timers that are set, and names those that have fired.
//!
//! The problem: a report says that tasks stand in a circle. A deadline may open the circle, and only
//! the ladder knows which deadlines are armed. Floor 3 knows which scope a deadline cancels, and
//! which task waits there. So a report gets the payloads, and floor 3 takes the scopes among them.
//!
//! ```text
//!   ladder: 3 timers ──> entry of a task | entry of a scope | place of a waker
//!                                                │
//!                        Scheduler::new_circles <┘ the task that waits in the scope
//! ```
//!
//! A chooser that orders a round learns which task a fired timer wakes. Only the ladder knows this
//! before the timer is redeemed. The report of a slow step learns which timers are due.
//!
//! Invariant: a list or a name changes no timer.
//!
//! Read next: `iteration.rs`.

use groundup_task::{ArmedTimer, Entry, Ticket, TimerWord};

use super::Timers;

impl Timers {
    /// Returns the entries of all timers that are set. For a waker of another executor it is its place,
    /// which is the entry of no scope.
    pub(crate) fn armed(&self) -> Vec<Entry> {
        let mut ladder = self.ladder.borrow_mut();
        let living = ladder.living().into_iter();
        let payload = |(_, id)| ladder.payload_mut(id).copied();
        living.filter_map(payload).map(Entry::from_bits).collect()
    }

    /// Returns all timers that are set, in the order of their deadlines, for the list of the things
    /// that are left.
    pub(crate) fn leftovers(&self) -> Vec<ArmedTimer> {
        let numbers = self.trace_numbers.borrow();
        let mut ladder = self.ladder.borrow_mut();
        let mut living = ladder.living();
        living.sort_unstable(); // the number of a timer comes first in its identity
        let timer = |(at, id)| {
            let entry = Entry::from_bits(*ladder.payload_mut(id)?);
            let owner = numbers.owner(id);
            Some(ArmedTimer { at, entry, owner })
        };
        living.into_iter().filter_map(timer).collect()
    }

    /// Returns the deadline and the entry of each timer that is due at `now` and has not fired, in the
    /// order in which they will fire. For a waker of another executor it is the entry of the task that
    /// waits under it; a waker without such a task is left out.
    pub(crate) fn due(&self, now: u64) -> Vec<(u64, Entry)> {
        if self.next.get() > now {
            return Vec::new();
        }
        let (mut ladder, wakers) = (self.ladder.borrow_mut(), self.foreign_wakers.borrow());
        let mut due = ladder.living();
        due.retain(|(at, _)| *at <= now);
        due.sort_by_key(|(at, _)| *at); // a stable sort: equal deadlines stay in the order of setting
        let entry = |(at, id)| {
            let payload = *ladder.payload_mut(id)?;
            match payload < Entry::FIRST {
                true => Some((at, wakers.get(payload)?.task()?.into())),
                false => Some((at, Entry::from_bits(payload))),
            }
        };
        due.into_iter().filter_map(entry).collect()
    }

    /// Returns the ticket that the redemption of a fired timer will wake; `None` if none.
    pub(crate) fn sleeper(&self, timer: TimerWord) -> Option<Ticket> {
        let payload = self.ladder.borrow().fired(timer)?;
        Some(Entry::from_bits(payload).ticket())
    }
}

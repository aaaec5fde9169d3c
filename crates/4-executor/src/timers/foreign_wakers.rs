//! Wakers of other executors that wait for a timer.
//!
//! The problem: the ladder stores 64 bits for each timer. A waker of this loop is a ticket
//! and fits; a waker of another executor does not. So it stands in this table, and the
//! ladder stores the number of its place.
//!
//! A waker is in this table while a sleep waits, so the loop knows that a task waits there.
//!
//! Invariant: this table calls no waker and drops none. It returns each waker to the
//! caller, which touches it after its borrow of the table has ended.
//!
//! Read next: `timers/armed.rs`.

use groundup_task::ForeignWaker;

/// A table of foreign wakers, each in a numbered place.
#[derive(Default)]
pub(super) struct ForeignWakers {
    places: Vec<Option<ForeignWaker>>,
    vacant: Vec<u64>,
}

impl ForeignWakers {
    pub(super) fn keep(&mut self, waker: ForeignWaker) -> u64 {
        let place = self.vacant.pop().unwrap_or_else(|| {
            self.places.push(None);
            self.places.len() as u64 - 1
        });
        self.places[place as usize] = Some(waker);
        place
    }

    pub(super) fn take(&mut self, place: u64) -> Option<ForeignWaker> {
        let waker = self.places.get_mut(place as usize)?.take()?;
        self.vacant.push(place);
        Some(waker)
    }

    pub(super) fn get(&self, place: u64) -> Option<&ForeignWaker> {
        self.places.get(place as usize)?.as_ref()
    }

    pub(super) fn into_wakers(self) -> impl Iterator<Item = ForeignWaker> {
        self.places.into_iter().flatten()
    }
}

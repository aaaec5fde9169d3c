//! Wakers of other executors that wait for a timer.
//!
//! The problem: the ladder holds 64 bits for a timer. A waker of this loop is a
//! ticket and fits; a waker of another executor does not. It stands here, and the
//! ladder holds the number of its place.
//!
//! Invariant: this table calls no waker and drops none. Each one is handed out to
//! the caller, who has let go of the table before it touches the waker.
//!
//! Read next: `../iteration.rs`.

use std::task::Waker;

/// Wakers of strangers, each in a numbered place.
#[derive(Default)]
pub(super) struct Strangers {
    places: Vec<Option<Waker>>,
    vacant: Vec<u64>,
}

impl Strangers {
    pub(super) fn keep(&mut self, waker: Waker) -> u64 {
        let place = self.vacant.pop().unwrap_or_else(|| {
            self.places.push(None);
            self.places.len() as u64 - 1
        });
        self.places[place as usize] = Some(waker);
        place
    }

    pub(super) fn take(&mut self, place: u64) -> Option<Waker> {
        let waker = self.places.get_mut(place as usize)?.take()?;
        self.vacant.push(place);
        Some(waker)
    }

    pub(super) fn get(&self, place: u64) -> Option<&Waker> {
        self.places.get(place as usize)?.as_ref()
    }

    pub(super) fn into_wakers(self) -> impl Iterator<Item = Waker> {
        self.places.into_iter().flatten()
    }
}

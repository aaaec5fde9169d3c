//! The state of a queue between loops, under one lock.
//!
//! The problem: an item that is put on one thread must wake a getter on another. The getter may be
//! about to wait, may be notified and leave, or may lose the item to a newcomer. In no case may an
//! item lie in the queue while every getter sleeps.
//!
//! One lock decides. A getter that finds no item is entered in a line in the same critical section. An
//! item that is put takes the first getter out of the line, which is its notice:
//!
//! ```text
//!   get:   an item         takes it, and notifies the first putter: there is room
//!          shut down       the end
//!          else            enters the line, or stays at its place there
//!
//!   put:   room            stores the item, and notifies the first getter
//!          shut down       the end
//!          else            enters the line of the putters
//!
//!   leave: in the line     leaves it
//!          notified        passes the notice on, if there is still an item (or room)
//! ```
//!
//! A notice is a hint, as in [`Queue`](crate::Queue): the getter looks again, and enters the line at
//! its end if another one was faster.
//!
//! Invariants:
//! 1. While there is an item and a getter in the line, another getter is notified and has not looked.
//!    The same holds of room and putters.
//! 2. No waker is called, cloned or dropped under the lock, and no item is dropped.
//!
//! `tests/park-model` runs this page under two model checkers.
//!
//! Read next: `fleet/shared_wait.rs`.

use std::collections::VecDeque;
use std::mem::{replace, take};
use std::task::Waker;

use crate::threads::job_list::JobList;
use crate::threads::sync::Mutex;

/// A line of waiters.
type Line = JobList<Waker, ()>;

/// What a get or a put has found.
pub(crate) enum Found<T> {
    /// The item, or the room that was used.
    Done(T),
    /// The queue was shut down.
    Shut,
    /// Neither: the waiter is in the line, if it has a waker.
    Waits,
}

struct ChannelState<T> {
    items: VecDeque<T>,
    getters: Line,
    putters: Line,
    shut: bool,
}

/// A bounded queue of items, for waiters on any thread. A call returns the waker that its caller has to
/// call.
pub(crate) struct Channel<T> {
    state: Mutex<ChannelState<T>>,
    capacity: usize,
}

/// The place of a waiter in a line: its number there.
pub(crate) type LinePlace = Option<u64>;

/// Leaves a line. Returns the waker that was in it.
fn leave_line(line: &mut Line, place: &mut LinePlace) -> Option<Waker> {
    place.take().and_then(|number| line.take(number))
}

/// Enters a line at its end, or stores the fresh waker at the old place. Returns an old waker.
fn enter(line: &mut Line, place: &mut LinePlace, fresh: Option<Waker>) -> Option<Waker> {
    let fresh = fresh?;
    if let Some(waker) = place.and_then(|number| line.get_mut(number)) {
        return Some(replace(waker, fresh));
    }
    *place = Some(line.push(fresh, ()));
    None
}

fn first(line: &mut Line) -> Option<Waker> {
    line.pop().map(|(_, (), waker)| waker)
}

impl<T> Channel<T> {
    /// Makes a queue with room for `capacity` items.
    pub(crate) fn new(capacity: usize) -> Self {
        Channel {
            state: Mutex::new(ChannelState {
                items: VecDeque::new(),
                getters: Line::new(),
                putters: Line::new(),
                shut: false,
            }),
            capacity,
        }
    }

    /// Takes an item out. Without a waker it does not wait.
    pub(crate) fn get(
        &self,
        place: &mut LinePlace,
        fresh: Option<Waker>,
    ) -> (Found<T>, Option<Waker>) {
        let mut state = self.state.lock();
        let ChannelState {
            items,
            getters,
            putters,
            shut,
        } = &mut *state;
        let (found, stale, woken) = match items.pop_front() {
            Some(item) => {
                let stale = leave_line(getters, place);
                (Found::Done(item), stale, first(putters))
            }
            None if *shut => (Found::Shut, leave_line(getters, place), None),
            None => (Found::Waits, enter(getters, place, fresh), None),
        };
        drop(state);
        drop(stale);
        (found, woken)
    }

    /// Stores the item of `item`. Without a waker it does not wait.
    pub(crate) fn put(
        &self,
        item: &mut Option<T>,
        place: &mut LinePlace,
        fresh: Option<Waker>,
    ) -> (Found<()>, Option<Waker>) {
        let mut state = self.state.lock();
        let ChannelState {
            items,
            getters,
            putters,
            shut,
        } = &mut *state;
        let (found, stale, woken) = if *shut {
            (Found::Shut, leave_line(putters, place), None)
        } else if items.len() < self.capacity {
            items.extend(item.take());
            let stale = leave_line(putters, place);
            (Found::Done(()), stale, first(getters))
        } else {
            (Found::Waits, enter(putters, place, fresh), None)
        };
        drop(state);
        drop(stale);
        (found, woken)
    }

    /// Ends the wait of a get. Returns the getter that has the notice now, if this one had it.
    pub(crate) fn leave_getters(&self, mut place: LinePlace) -> Option<Waker> {
        let mut state = self.state.lock();
        let waited = place.is_some();
        let stale = leave_line(&mut state.getters, &mut place);
        let notified = waited && stale.is_none();
        let passes_on = notified && !state.items.is_empty();
        let woken = passes_on.then(|| first(&mut state.getters));
        drop(state);
        drop(stale);
        woken.flatten()
    }

    /// Ends the wait of a put. Returns the putter that has the notice now, if this one had it.
    pub(crate) fn leave_putters(&self, mut place: LinePlace) -> Option<Waker> {
        let mut state = self.state.lock();
        let waited = place.is_some();
        let stale = leave_line(&mut state.putters, &mut place);
        let notified = waited && stale.is_none();
        let passes_on = notified && state.items.len() < self.capacity;
        let woken = passes_on.then(|| first(&mut state.putters));
        drop(state);
        drop(stale);
        woken.flatten()
    }

    /// Shuts the queue down. Returns the wakers of all waiters.
    pub(crate) fn shut(&self) -> Vec<Waker> {
        let mut state = self.state.lock();
        state.shut = true;
        let mut woken = state.getters.take_all();
        woken.extend(state.putters.take_all());
        woken
    }

    /// Takes all items out of a queue that is shut down.
    pub(crate) fn take_all(&self) -> VecDeque<T> {
        take(&mut self.state.lock().items)
    }

    /// Returns true if a get or a put would not wait.
    pub(crate) fn is_ready(&self, to_get: bool) -> bool {
        let state = self.state.lock();
        let ready = if to_get {
            !state.items.is_empty()
        } else {
            state.items.len() < self.capacity
        };
        ready || state.shut
    }

    /// Returns the number of items.
    pub(crate) fn len(&self) -> usize {
        self.state.lock().items.len()
    }

    /// Returns the greatest number of items.
    pub(crate) fn capacity(&self) -> usize {
        self.capacity
    }

    /// Returns true if the queue was shut down.
    pub(crate) fn is_shut(&self) -> bool {
        self.state.lock().shut
    }
}

//! Links the places of a wait list in the order of their arrival.
//!
//! The problem: a waiter may leave from the middle, so each place knows its neighbours. The usual
//! list for that is made of pointers into the waiting futures, and needs `unsafe`. Here the links
//! are numbers of places in a `Vec`, and a freed place is used again. (Place 1 is not here: it is
//! that of a waiter who came when the list was empty, and `wait_list.rs` has it.)
//!
//! ```text
//!   number   2          3          4          5
//!   state    Waiting    Notified   Waiting    Vacant      first: 4, last: 2
//!   before   4          -          0          -           vacant: 5
//!   after    0          -          2          0
//! ```
//!
//! Invariants:
//! 1. The links from `first` to `last` join the places that wait, and no others.
//! 2. A number is never 0 or 1, so that 0 means "none".
//! 3. A place is used again only after it was freed.
//!
//! Read next: `wait_list/place.rs`.

use groundup_combinators::task::{StoredWaker, WaitingTask};

/// The state of a place.
#[derive(Default)]
pub(super) enum State {
    /// No future has the place. It becomes `Waiting`.
    #[default]
    Vacant,
    /// A future waits, and is woken by this. It becomes `Notified` or `Released`, or
    /// `Vacant` if it leaves.
    Waiting(StoredWaker),
    /// A token was given to the place. It becomes `Vacant`.
    Notified,
    /// The future may go on, without a token. It becomes `Vacant`.
    Released,
}

/// A place with the numbers of its neighbours.
#[derive(Default)]
struct Node {
    state: State,
    before: u32,
    /// The place behind this one; of a vacant place, the next vacant place.
    after: u32,
}

/// The places of a wait list.
#[derive(Default)]
pub(super) struct Places {
    /// The places from number 2 on.
    nodes: Vec<Node>,
    first: u32,
    last: u32,
    /// The vacant place that was freed last.
    vacant: u32,
}

impl Places {
    #[inline]
    fn node(&mut self, number: u32) -> &mut Node {
        &mut self.nodes[number as usize - 2]
    }

    /// Returns the state of a place.
    #[inline]
    pub(super) fn state(&mut self, number: u32) -> &mut State {
        &mut self.node(number).state
    }

    /// Adds a place at the end, and returns its number.
    #[inline]
    pub(super) fn push(&mut self, waker: StoredWaker) -> u32 {
        let before = self.last;
        let node = Node {
            state: State::Waiting(waker),
            before,
            after: 0,
        };
        let number = self.take(node);
        self.last = number;
        match before {
            0 => self.first = number,
            before => self.node(before).after = number,
        }
        number
    }

    /// Adds a place at the beginning, and returns its number.
    #[cold]
    pub(super) fn push_front(&mut self, waker: StoredWaker) -> u32 {
        let after = self.first;
        let number = self.take(Node {
            state: State::Waiting(waker),
            before: 0,
            after,
        });
        self.first = number;
        match after {
            0 => self.last = number,
            after => self.node(after).before = number,
        }
        number
    }

    /// Takes a vacant place for a node.
    #[inline]
    fn take(&mut self, node: Node) -> u32 {
        match self.vacant {
            0 => {
                self.nodes.push(node);
                u32::try_from(self.nodes.len() + 1).expect("fewer than four billion waiters")
            }
            number => {
                self.vacant = self.node(number).after;
                *self.node(number) = node;
                number
            }
        }
    }

    /// Returns the first place that waits.
    pub(super) fn first(&self) -> Option<u32> {
        (self.first != 0).then_some(self.first)
    }

    /// Releases the first place that waits.
    pub(super) fn release_first(&mut self) -> Option<StoredWaker> {
        let number = self.first;
        let waker = self.notify_first()?;
        self.node(number).state = State::Released;
        Some(waker)
    }

    /// Gives a token to the first place that waits.
    #[inline]
    pub(super) fn notify_first(&mut self) -> Option<StoredWaker> {
        let first = self.first;
        if first == 0 {
            return None;
        }
        let node = self.node(first);
        let state = std::mem::replace(&mut node.state, State::Notified);
        let after = node.after;
        self.first = after;
        match after {
            0 => self.last = 0,
            after => self.node(after).before = 0,
        }
        match state {
            State::Waiting(waker) => Some(waker),
            _ => None,
        }
    }

    /// Returns the tasks of the places that wait.
    pub(super) fn waiting(&self) -> impl Iterator<Item = WaitingTask> {
        self.nodes.iter().filter_map(|node| match &node.state {
            State::Waiting(waker) => waker.waiting(),
            _ => None,
        })
    }

    /// Frees a place that does not wait.
    #[inline]
    pub(super) fn free(&mut self, number: u32) {
        let next = self.vacant;
        let node = self.node(number);
        node.state = State::Vacant;
        node.after = next;
        self.vacant = number;
    }

    /// Frees a place, and returns its state.
    pub(super) fn remove(&mut self, number: u32) -> State {
        let node = self.node(number);
        let (before, after) = (node.before, node.after);
        let state = std::mem::take(&mut node.state);
        if let State::Waiting(_) = state {
            match before {
                0 => self.first = after,
                before => self.node(before).after = after,
            }
            match after {
                0 => self.last = before,
                after => self.node(after).before = before,
            }
        }
        self.free(number);
        state
    }
}

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
//!   before   4          -          -          -           vacant: 5
//!   after    0          -          2          0
//! ```
//!
//! A notify moves `first` to the next place and writes nothing there. So the first place keeps a link to
//! a place that has gone, and an empty list keeps its `last`. Nothing reads them.
//!
//! Invariants:
//! 1. The links from `first` to `last` join the places that wait, and no others. If none waits, `first`
//!    is 0.
//! 2. A number is never 0 or 1, so that 0 means "none".
//! 3. A place is used again only after it was freed.
//!
//! Read next: `wait_list/place.rs`.

use groundup_combinators::task::{StoredWaker, Ticket, WaitingTask};

/// The state of a place.
#[derive(Default)]
pub(super) enum State {
    /// No future has the place. It becomes `Waiting`.
    #[default]
    Vacant,
    /// A future waits, and is woken by this. It becomes `Notified` or `Released`, or
    /// `Vacant` if it leaves.
    Waiting(StoredWaker),
    /// A token was given to the place, whose future this task has polled last. It becomes `Vacant`.
    Notified(Ticket),
    /// The future may go on, without a token. It becomes `Vacant`.
    Released(Ticket),
}

/// A place with the numbers of its neighbours.
#[derive(Default)]
struct Node {
    state: State,
    /// The place in front of this one, unless it is the first.
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
    /// The last place that waits, if one does.
    last: u32,
    /// The vacant place that was freed last.
    vacant: u32,
}

/// Returns the task that a waker wakes, as far as it is known.
#[inline(always)]
fn task_of(waker: &StoredWaker) -> Ticket {
    waker.ticket().unwrap_or(Ticket::NONE)
}

/// Returns the index of the node of a place. Number 0 has none.
#[inline(always)]
fn index(number: u32) -> usize {
    (number as usize).wrapping_sub(2)
}

/// Changes a state in which no waker is.
// Speed: lock_contended. The previous state has nothing to drop, which the compiler does not know.
#[inline(always)]
fn put(state: &mut State, next: State) {
    debug_assert!(!matches!(state, State::Waiting(_)), "a waker would be lost");
    std::mem::forget(std::mem::replace(state, next));
}

impl Places {
    #[inline]
    fn node(&mut self, number: u32) -> &mut Node {
        &mut self.nodes[index(number)]
    }

    /// Returns the state of a place.
    #[inline]
    pub(super) fn state(&mut self, number: u32) -> &mut State {
        &mut self.node(number).state
    }

    /// Adds a place at the end, and returns its number.
    pub(super) fn push(&mut self, waker: StoredWaker) -> u32 {
        let before = self.last;
        let number = self.take(State::Waiting(waker), before, 0);
        self.last = number;
        match self.first {
            0 => self.first = number,
            _ => self.node(before).after = number,
        }
        number
    }

    /// Adds a place at the end, if there is a vacant one, and returns its number.
    // Speed: lock_contended. Number 0 has no node, so one look at the bounds tells "none", too.
    #[inline(always)]
    pub(super) fn push_plainly(&mut self, ticket: Ticket) -> Option<u32> {
        let (number, before) = (self.vacant, self.last);
        let node = self.nodes.get_mut(index(number))?;
        self.vacant = node.after;
        put(&mut node.state, State::Waiting(ticket.into()));
        (node.before, node.after) = (before, 0);
        self.last = number;
        match self.nodes.get_mut(index(before)) {
            Some(last) if self.first != 0 => last.after = number,
            _ => self.first = number,
        }
        Some(number)
    }

    /// Adds a place at the beginning, and returns its number.
    #[cold]
    pub(super) fn push_front(&mut self, waker: StoredWaker) -> u32 {
        let after = self.first;
        let number = self.take(State::Waiting(waker), 0, after);
        self.first = number;
        match after {
            0 => self.last = number,
            after => self.node(after).before = number,
        }
        number
    }

    /// Takes a vacant place, and returns its number.
    #[inline]
    fn take(&mut self, state: State, before: u32, after: u32) -> u32 {
        if self.vacant == 0 {
            self.add_vacant();
        }
        let number = self.vacant;
        let node = self.node(number);
        let next = node.after;
        put(&mut node.state, state);
        (node.before, node.after) = (before, after);
        self.vacant = next;
        number
    }

    /// Makes a vacant place, where there is none.
    #[cold]
    fn add_vacant(&mut self) {
        self.nodes.push(Node::default());
        let number = u32::try_from(self.nodes.len() + 1);
        self.vacant = number.expect("fewer than four billion waiters");
    }

    /// Returns the first place that waits.
    pub(super) fn first(&self) -> Option<u32> {
        (self.first != 0).then_some(self.first)
    }

    /// Releases the first place that waits.
    pub(super) fn release_first(&mut self) -> Option<StoredWaker> {
        let number = self.first;
        let waker = self.notify_first()?;
        self.node(number).state = State::Released(task_of(&waker));
        Some(waker)
    }

    /// Gives a token to the first place that waits.
    #[inline(always)]
    pub(super) fn notify_first(&mut self) -> Option<StoredWaker> {
        let node = self.nodes.get_mut(index(self.first))?;
        let State::Waiting(waker) = &node.state else {
            return None; // not reached: the first place waits
        };
        let notified = State::Notified(task_of(waker));
        let state = std::mem::replace(&mut node.state, notified);
        self.first = node.after;
        match state {
            State::Waiting(waker) => Some(waker),
            _ => None,
        }
    }

    /// Gives a token to the first place that waits, if its future waits under the waker of a task.
    // Speed: lock_contended. The plain version is `notify_first`.
    #[inline(always)]
    pub(super) fn notify_first_plainly(&mut self) -> Option<Ticket> {
        let node = self.nodes.get_mut(index(self.first))?;
        let State::Waiting(waker) = &node.state else {
            return None;
        };
        let ticket = waker.ticket_unless_foreign()?;
        // A ticket has nothing to drop.
        std::mem::forget(std::mem::replace(&mut node.state, State::Notified(ticket)));
        self.first = node.after;
        Some(ticket)
    }

    /// Returns the tasks of the places that wait.
    pub(super) fn waiting(&self) -> impl Iterator<Item = WaitingTask> {
        self.nodes.iter().filter_map(|node| match &node.state {
            State::Waiting(waker) => waker.waiting(),
            _ => None,
        })
    }

    /// Takes the foreign wakers out of the places that wait. The places wait on, and their next polls
    /// store new wakers.
    pub(super) fn take_foreign(&mut self) -> Vec<StoredWaker> {
        let nodes = self.nodes.iter_mut();
        let foreign = nodes.filter_map(|node| match &mut node.state {
            State::Waiting(waker) if waker.is_foreign() => {
                Some(std::mem::replace(waker, Ticket::NONE.into()))
            }
            _ => None,
        });
        foreign.collect()
    }

    /// Returns the tasks of the places that were notified or released, and not polled since.
    pub(super) fn notified(&self) -> impl Iterator<Item = Ticket> {
        self.nodes.iter().filter_map(|node| match node.state {
            State::Notified(task) | State::Released(task) => Some(task),
            _ => None,
        })
    }

    /// Frees a place of a future if it was notified or released, and returns true then.
    #[inline(always)]
    pub(super) fn free(&mut self, number: u32) -> bool {
        let Some(node) = self.nodes.get_mut(index(number)) else {
            return false;
        };
        if matches!(node.state, State::Waiting(_)) {
            return false;
        }
        debug_assert!(!matches!(node.state, State::Vacant), "a future has it");
        put(&mut node.state, State::Vacant);
        node.after = self.vacant;
        self.vacant = number;
        true
    }

    /// Frees a place, and returns its state.
    pub(super) fn remove(&mut self, number: u32) -> State {
        let vacant = self.vacant;
        let node = self.node(number);
        let (before, after) = (node.before, std::mem::replace(&mut node.after, vacant));
        let state = std::mem::take(&mut node.state);
        self.vacant = number;
        if let State::Waiting(_) = state {
            match self.first == number {
                true => self.first = after,
                false => self.node(before).after = after,
            }
            match after {
                0 => self.last = before,
                after => self.node(after).before = before,
            }
        }
        state
    }
}

//! The order in which children end, and a chain of tasks that end in it.
//!
//! Children that end in the order in which they were made are the kindest case for
//! every list and every cache. Children of a real program end in any order. So the rows
//! about children have both forms.
//!
//! ```text
//!   made        0 -> 1 -> 2 -> 3 -> 4
//!   shuffled    3 -> 0 -> 4 -> 2 -> 1        the same for every system and every run
//! ```
//!
//! Invariants: an order contains every number below its length once. A chain allocates
//! only when it is made. A member of a chain ends only after all have waited.
//!
//! Read next: `rows.rs`.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Poll, Waker};

/// Returns number `index` of a fixed sequence of pseudo-random numbers in `0..below`
/// (SplitMix64), the same for every system.
#[must_use]
pub fn scattered(index: u64, below: u64) -> u64 {
    let mut mixed = (index + 2).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (mixed ^ (mixed >> 31)) % below
}

/// The order in which the members of a chain end.
#[derive(Debug)]
pub struct Order {
    /// The members, in the order of their ends.
    ends: Vec<u64>,
    /// The member that ends after each member; an index beyond the last after the last one.
    next: Vec<u64>,
}

impl Order {
    /// Returns the order in which `members` members were made.
    #[must_use]
    pub fn made(members: u64) -> Rc<Order> {
        Order::of((0..members).collect())
    }

    /// Returns a shuffled order of `members` members.
    #[must_use]
    pub fn shuffled(members: u64) -> Rc<Order> {
        let mut ends: Vec<u64> = (0..members).collect();
        ends.sort_by_key(|&member| (scattered(member, u64::MAX), member));
        Order::of(ends)
    }

    fn of(ends: Vec<u64>) -> Rc<Order> {
        let mut next = vec![ends.len() as u64; ends.len()];
        for pair in ends.windows(2) {
            next[pair[0] as usize] = pair[1];
        }
        Rc::new(Order { ends, next })
    }

    /// Returns the members in the order of their ends.
    #[must_use]
    pub fn ends(&self) -> &[u64] {
        &self.ends
    }
}

/// A chain of tasks that end one after another: each wakes the next one.
///
/// The first may end when all have been polled once. If it ended at once, the second
/// would find that its turn has come at its first poll, and so on: all of them would
/// end in one round, and none would ever have waited.
#[derive(Debug)]
pub struct Chain {
    order: Rc<Order>,
    turn: Cell<Option<u64>>,
    /// Number of members that have not waited yet.
    awake: Cell<usize>,
    waiting: RefCell<Vec<Option<Waker>>>,
}

impl Chain {
    /// Makes a chain whose members end in `order`.
    #[must_use]
    pub fn new(order: &Rc<Order>) -> Rc<Chain> {
        let members = order.ends.len();
        Rc::new(Chain {
            order: Rc::clone(order),
            turn: Cell::new(None),
            awake: Cell::new(members),
            waiting: RefCell::new(vec![None; members]),
        })
    }

    /// Passes the turn to `member`.
    fn pass_to(&self, member: u64) {
        self.turn.set(Some(member));
        let next = match self.waiting.borrow_mut().get_mut(member as usize) {
            Some(next) => next.take(),
            None => None,
        };
        if let Some(waker) = next {
            waker.wake();
        }
    }

    /// Keeps the waker of `member`, and gives the first member its turn when all wait.
    fn wait(&self, member: u64, waker: &Waker) {
        let before = self.waiting.borrow_mut()[member as usize].replace(waker.clone());
        if before.is_some() || self.turn.get().is_some() {
            return;
        }
        self.awake.set(self.awake.get() - 1);
        if self.awake.get() == 0 {
            self.pass_to(self.order.ends[0]);
        }
    }

    /// Waits for the turn of `member`, passes it on, and returns the member's number.
    pub async fn member(self: Rc<Chain>, member: u64) -> u64 {
        poll_fn(|cx| {
            if self.turn.get() == Some(member) {
                return Poll::Ready(());
            }
            self.wait(member, cx.waker());
            Poll::Pending
        })
        .await;
        self.pass_to(self.order.next[member as usize]);
        member
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_has_every_member_once() {
        for order in [Order::made(1000), Order::shuffled(1000)] {
            let mut ends = order.ends().to_vec();
            ends.sort_unstable();
            assert!(ends.into_iter().eq(0..1000));
        }
        assert!(!Order::shuffled(1000).ends().is_sorted());
    }

    #[test]
    fn a_chain_ends_in_its_order() {
        for order in [Order::made(20), Order::shuffled(20)] {
            let chain = Chain::new(&order);
            let ended = Rc::new(RefCell::new(vec![]));
            let member = |number| {
                let (chain, ended) = (Rc::clone(&chain), Rc::clone(&ended));
                async move {
                    let number = chain.member(number).await;
                    ended.borrow_mut().push(number);
                }
            };
            let members = (0..20).map(member);
            let mut all = std::pin::pin!(futures_util::future::join_all(members));
            let mut cx = std::task::Context::from_waker(Waker::noop());
            while Future::poll(all.as_mut(), &mut cx).is_pending() {}
            assert_eq!(*ended.borrow(), order.ends());
        }
    }
}

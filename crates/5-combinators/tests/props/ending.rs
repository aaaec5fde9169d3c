//! Endings: children that end in a given order, and what follows from it.
//!
//! The problem: the order in which children end is what a combinator must not
//! mind, or must tell. So it is an input: a rank for each child. Those of one rank
//! end together: at one time, or in one iteration.
//!
//! ```text
//!   ranks 1 0 1     Sleeping     child 1 at 1 ms, children 0 and 2 at 2 ms
//!                   Released(g)  child 1; g iterations; child 2, child 0
//! ```
//!
//! Within a rank those that sleep end in argument order, and those that are
//! released in the opposite one, so that neither is taken for the other. Released
//! with no iteration between, all end in one, in the order of the ranks.
//!
//! Invariant: an order is the same whatever awaits the children.
//!
//! Read next: `orders.rs`.

use futures::future::{FutureExt, LocalBoxFuture};
use groundup_combinators::executor::{sleep, spawn};
use groundup_combinators::task::{Promise, yield_now};

use crate::cast::{Outcome, ms};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    Sleeping,
    Released(u64),
}

/// Who ends when, and how.
#[derive(Clone, Debug)]
pub struct Ending {
    pub ranks: Vec<u64>,
    pub fails: Vec<bool>,
    pub way: Way,
}

impl Ending {
    pub fn len(&self) -> usize {
        self.ranks.len()
    }

    pub fn outcome(&self, number: usize) -> Outcome {
        match self.fails[number] {
            true => Err(number),
            false => Ok(number),
        }
    }

    /// The outcomes of all, in argument order.
    pub fn outcomes(&self) -> Vec<Outcome> {
        (0..self.len()).map(|number| self.outcome(number)).collect()
    }

    /// The children, in argument order; what lets them end is on its way.
    pub fn children(&self) -> Vec<LocalBoxFuture<'static, Outcome>> {
        match self.way {
            Way::Sleeping => (0..self.len()).map(|number| self.sleeper(number)).collect(),
            Way::Released(gap) => self.released(gap),
        }
    }

    fn sleeper(&self, number: usize) -> LocalBoxFuture<'static, Outcome> {
        let (outcome, until) = (self.outcome(number), ms(1 + self.ranks[number]));
        sleep(until).map(move |()| outcome).boxed_local()
    }

    fn released(&self, gap: u64) -> Vec<LocalBoxFuture<'static, Outcome>> {
        let promises: Vec<Promise<()>> = self.ranks.iter().map(|_| Promise::new()).collect();
        let waits = promises.clone().into_iter().enumerate();
        let children = waits.map(|(number, promise)| {
            let outcome = self.outcome(number);
            promise.into_future().map(move |_| outcome).boxed_local()
        });
        let children = children.collect();
        let (order, ranks) = (self.ends(), self.ranks.clone());
        drop(spawn(async move {
            // Whoever awaits them is waiting by then.
            sleep(ms(1)).await;
            let mut now = 0;
            for number in order {
                for _ in now * gap..ranks[number] * gap {
                    yield_now().await;
                }
                now = ranks[number];
                let _ = promises[number].set_result(());
            }
        }));
        children
    }

    /// All of them, in the order of their ends.
    pub fn ends(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.len()).collect();
        if self.way != Way::Sleeping {
            order.reverse();
        }
        order.sort_by_key(|&number| self.ranks[number]);
        order
    }

    /// The rank that one has for who looks at them together: what ends in one
    /// iteration is there at once.
    pub fn rank(&self, number: usize) -> u64 {
        match self.way {
            Way::Released(0) => 0,
            _ => self.ranks[number],
        }
    }

    /// The first that `counts`, for who looks at them in argument order.
    pub fn first_seen(&self, counts: impl Fn(usize) -> bool) -> Option<usize> {
        let counting = (0..self.len()).filter(|number| counts(*number));
        counting.min_by_key(|&number| (self.rank(number), number))
    }

    /// The first to end that `counts`.
    pub fn first_ended(&self, counts: impl Fn(usize) -> bool) -> Option<usize> {
        self.ends().into_iter().find(|number| counts(*number))
    }

    /// Whether those of one rank have all been seen before the next ends.
    pub fn is_apart(&self) -> bool {
        matches!(self.way, Way::Sleeping | Way::Released(4..))
    }

    /// Those of each rank, in argument order, rank after rank.
    pub fn groups(&self) -> Vec<Vec<usize>> {
        let mut groups: Vec<Vec<usize>> = Vec::new();
        let mut numbers: Vec<usize> = (0..self.len()).collect();
        numbers.sort_by_key(|&number| (self.ranks[number], number));
        for number in numbers {
            match groups.last_mut() {
                Some(group) if self.ranks[group[0]] == self.ranks[number] => group.push(number),
                _ => groups.push(vec![number]),
            }
        }
        groups
    }
}

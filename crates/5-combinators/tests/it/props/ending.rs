//! Endings: children that end in a given order.
//!
//! The problem: some combinators must return the same for each order in which their children
//! end, others must report that order. So the order is an input: a rank for each child.
//! Children of one rank end together: at one time, or in one iteration.
//!
//! ```text
//!   ranks 1 0 1     Sleeping     child 1 at 1 ms, children 0 and 2 at 2 ms
//!                   Released(g)  child 1; g iterations; child 2, child 0
//! ```
//!
//! Within a rank, sleeping children end in argument order and released children in the opposite
//! order, so that no test can confuse the two. If no iteration lies between the releases, all
//! children end in one iteration, in the order of their ranks.
//!
//! Invariant: the order does not depend on the combinator that awaits the children.
//!
//! Read next: `orders.rs`.

use futures::future::{FutureExt, LocalBoxFuture};
use groundup_combinators::executor::{sleep, spawn};
use groundup_combinators::task::{Promise, yield_now};

use crate::props::members::{Outcome, ms};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    Sleeping,
    Released(u64),
}

/// Says which child ends when, and how.
#[derive(Clone, Debug)]
pub struct Exit {
    pub ranks: Vec<u64>,
    pub fails: Vec<bool>,
    pub way: Way,
}

impl Exit {
    pub fn len(&self) -> usize {
        self.ranks.len()
    }

    pub fn outcome(&self, number: usize) -> Outcome {
        match self.fails[number] {
            true => Err(number),
            false => Ok(number),
        }
    }

    /// Returns the outcomes of all children, in argument order.
    pub fn outcomes(&self) -> Vec<Outcome> {
        (0..self.len()).map(|number| self.outcome(number)).collect()
    }

    /// Makes the children, in argument order, and the task that releases them.
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
            // By then the combinator waits for the children.
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

    /// Returns all children, in the order of their ends.
    pub fn ends(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.len()).collect();
        if self.way != Way::Sleeping {
            order.reverse();
        }
        order.sort_by_key(|&number| self.ranks[number]);
        order
    }

    /// Returns the rank of a child for a combinator that looks at all children together: those
    /// that end in one iteration are done together.
    pub fn rank(&self, number: usize) -> u64 {
        match self.way {
            Way::Released(0) => 0,
            _ => self.ranks[number],
        }
    }

    /// Returns the first child that `counts`, for a combinator that looks in argument order.
    pub fn first_seen(&self, counts: impl Fn(usize) -> bool) -> Option<usize> {
        let counting = (0..self.len()).filter(|number| counts(*number));
        counting.min_by_key(|&number| (self.rank(number), number))
    }

    /// Returns the first child to end that `counts`.
    pub fn first_ended(&self, counts: impl Fn(usize) -> bool) -> Option<usize> {
        self.ends().into_iter().find(|number| counts(*number))
    }

    /// Returns true if all children of a rank are seen before the next one ends.
    pub fn is_apart(&self) -> bool {
        matches!(self.way, Way::Sleeping | Way::Released(4..))
    }

    /// Returns the children of each rank, in argument order, rank after rank.
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

//! The rows about waiting for several tasks at once.
//!
//! ```text
//!   gather              children that yield three times; all results, in order
//!   wait_first          children that end one after another; ask again after each
//!   as_completed        the same children, taken as they end
//!   .. _shuffled        the same, but they end in a shuffled order
//!   wait_first_yields   children that yield 1 to 100 times
//! ```
//!
//! wait_first and as_completed are the same work for a system that keeps a set of
//! children (a JoinSet, a FuturesUnordered): it asks the set for the next. They
//! differ where each wait registers with every child again, as asyncio's `wait` does.
//! So the row has its own name.
//!
//! Invariants: every child is a task. A child's result is its number, so order and
//! completeness are asserted. The children of a chain end strictly one after another,
//! each woken by the one before it.
//!
//! Read next: `in_place.rs`.

use std::rc::Rc;

use crate::{Chain, Children, Group, Order, Sample, SelfWake, Work, scattered};

/// Runs the row if it belongs to this module.
pub fn serve<S: Children>(row: &str, work: Work) -> Option<Sample> {
    let (made, shuffled) = (|| Order::made(work.size), || Order::shuffled(work.size));
    Some(match row {
        "gather" => S::run(gather::<S>(work)),
        "wait_first" => S::run(chained(work, made(), members, S::wait_first)),
        "wait_first_shuffled" => S::run(chained(work, shuffled(), members, S::wait_first)),
        "wait_first_yields" => S::run(after_yields(work, yielding, S::wait_first)),
        "as_completed" => S::run(chained(work, made(), members, S::as_completed)),
        "as_completed_shuffled" => S::run(chained(work, shuffled(), members, S::as_completed)),
        _ => return None,
    })
}

/// Yields `times` times and returns its number.
pub(super) async fn yields(number: u64, times: u64) -> u64 {
    for _ in 0..times {
        SelfWake::new().await;
    }
    number
}

/// Gathers `size` children, three yields each, with the results in order.
async fn gather<S: Children>(work: Work) -> Sample {
    work.measure(work.size, async || {
        let children = (0..work.size).map(|number| yields(number, 3)).collect();
        let results = S::gather(children).await;
        assert!(results.into_iter().eq(0..work.size));
    })
    .await
}

/// Makes the children of one round, which end in `order`.
pub(super) fn members(order: &Rc<Order>) -> Vec<impl Future<Output = u64> + 'static + use<>> {
    let chain = Chain::new(order);
    (0..order.ends().len() as u64)
        .map(|number| Rc::clone(&chain).member(number))
        .collect()
}

/// Takes the results of children that end in `order`, one at a time.
pub(super) async fn chained<F, G: Group>(
    work: Work,
    order: Rc<Order>,
    make: impl Fn(&Rc<Order>) -> Vec<F>,
    group: impl Fn(Vec<F>) -> G,
) -> Sample {
    work.measure(work.size, async || {
        let mut children = group(make(&order));
        let (mut taken, mut sum) = (0, 0);
        while let Some(number) = children.next().await {
            assert!(!G::IN_ORDER || order.ends()[taken] == number);
            taken += 1;
            sum += number;
        }
        assert_eq!(taken, order.ends().len());
        assert_eq!(sum, work.size * (work.size - 1) / 2);
    })
    .await
}

/// Makes children that yield 1 to 100 times each.
fn yielding(size: u64) -> Vec<impl Future<Output = u64> + 'static> {
    (0..size)
        .map(|number| yields(number, 1 + scattered(number, 100)))
        .collect()
}

/// Takes the results of children that end in no certain order, one at a time.
async fn after_yields<F, G: Group>(
    work: Work,
    make: impl Fn(u64) -> Vec<F>,
    group: impl Fn(Vec<F>) -> G,
) -> Sample {
    work.measure(work.size, async || {
        let mut children = group(make(work.size));
        let (mut taken, mut sum) = (0, 0);
        while let Some(number) = children.next().await {
            taken += 1;
            sum += number;
        }
        assert_eq!((taken, sum), (work.size, work.size * (work.size - 1) / 2));
    })
    .await
}

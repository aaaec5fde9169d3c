//! The rows about waiting for several things at once.
//!
//! ```text
//!   gather         10,000 children that yield three times; all results, in order
//!   wait_first     10,000 children that end one after another; ask again after each
//!   as_completed   the same children, taken as they end
//!   select2        one that yields once against one that never ends
//! ```
//!
//! wait_first and as_completed are the same work for a system that keeps a set of
//! children (a JoinSet, a FuturesUnordered): it asks the set for the next. They
//! differ where each wait registers with every child again, as asyncio's `wait` does.
//! So the row has its own name.
//!
//! Invariants: a child's result is its number, so order and completeness are
//! asserted. The children of the chain end strictly one after another, each woken by
//! the one before it.
//!
//! Read next: a system, for instance `systems/tokio/src/main.rs`.

use std::future::pending;
use std::rc::Rc;

use crate::{Chain, Group, Groups, Meter, Sample, SelfWake, Work};

/// Runs the row if it belongs to this module.
pub fn serve<S: Groups>(row: &str, work: Work) -> Option<Sample> {
    match row {
        "gather" => Some(S::run(gather::<S>(work))),
        "wait_first" | "as_completed" => Some(S::run(in_turn::<S>(work))),
        "select2" => Some(S::run(select2::<S>(work))),
        _ => None,
    }
}

/// Yields three times and returns its number.
pub async fn three_yields(number: u64) -> u64 {
    for _ in 0..3 {
        SelfWake::new().await;
    }
    number
}

/// Makes the children of one round of wait_first and as_completed.
#[must_use]
pub fn chained(members: u64) -> Vec<impl Future<Output = u64> + 'static> {
    let chain = Chain::new(members);
    (0..members)
        .map(|number| Rc::clone(&chain).member(number))
        .collect()
}

/// Gathers `size` children, three yields each, with the results in order.
async fn gather<S: Groups>(work: Work) -> Sample {
    let meter = Meter::start();
    for _ in 0..work.rounds {
        let results = S::gather((0..work.size).map(three_yields).collect()).await;
        assert!(results.into_iter().eq(0..work.size));
    }
    meter.stop(work.ops())
}

/// Takes the results of `size` children that end one after another, one at a time.
async fn in_turn<S: Groups>(work: Work) -> Sample {
    let meter = Meter::start();
    for _ in 0..work.rounds {
        let mut group = S::group(chained(work.size));
        let mut next = 0;
        while let Some(number) = group.next().await {
            assert_eq!(number, next);
            next += 1;
        }
        assert_eq!(next, work.size);
    }
    meter.stop(work.ops())
}

/// Runs `size` selects between a future that yields once and one that never ends.
async fn select2<S: Groups>(work: Work) -> Sample {
    let meter = Meter::start();
    for _ in 0..work.ops() {
        let soon = async {
            SelfWake::new().await;
            7
        };
        assert_eq!(S::select2(soon, pending()).await, 7);
    }
    meter.stop(work.ops())
}

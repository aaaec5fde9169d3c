//! The rows about waiting for several futures inside one task.
//!
//! ```text
//!   join                 futures that yield three times; all outputs, in order
//!   unordered            futures that end one after another, taken as they end
//!   unordered_shuffled   the same, but they end in a shuffled order
//!   select2              one that yields once against one that never ends; fair
//!   select2_ready        one that is ready against one that never ends; fair
//!   select2_biased       as select2, biased
//!   select2_biased_ready as select2_ready, biased
//! ```
//!
//! A fair select begins with one future or the other, so that none starves: it draws a number or
//! counts. A biased one begins with the first, which is less work.
//!
//! Invariants: no child is a task; the task that holds them all is one, where the system
//! has tasks. A child's output is its number, so order and completeness are asserted.
//!
//! Read next: a system, for instance `systems/tokio/src/main.rs`.

use std::future::pending;
use std::hint::black_box;
use std::rc::Rc;

use crate::rows::children::{chained, members, yields};
use crate::{InPlace, Order, Sample, SelfWake, Work};

/// Runs the row if it is one about two futures.
pub fn serve_select<S: InPlace>(row: &str, work: Work) -> Option<Sample> {
    match row {
        "select2" => Some(run_in_task::<S, _>(select2::<S>(work))),
        "select2_ready" => Some(run_in_task::<S, _>(select2_ready::<S>(work))),
        "select2_biased" => Some(run_in_task::<S, _>(select2_biased::<S>(work))),
        "select2_biased_ready" => Some(run_in_task::<S, _>(select2_biased_ready::<S>(work))),
        _ => None,
    }
}

/// Runs the row if it is one about many futures.
pub fn serve_sets<S: InPlace>(row: &str, work: Work) -> Option<Sample> {
    let order = match row {
        "join" => return Some(run_in_task::<S, _>(join::<S>(work))),
        "unordered" => Order::made(work.size),
        "unordered_shuffled" => Order::shuffled(work.size),
        _ => return None,
    };
    Some(run_in_task::<S, _>(unordered::<S>(work, order)))
}

/// Makes a loop, and runs a row in a task of it.
fn run_in_task<S: InPlace, F>(row: F) -> Sample
where
    F: Future<Output = Sample> + 'static,
{
    S::run(async { S::in_task(row).await })
}

/// Joins `size` futures, three yields each, with the outputs in order.
async fn join<S: InPlace>(work: Work) -> Sample {
    work.measure(work.size, async || {
        let futures = (0..work.size).map(|number| yields(number, 3)).collect();
        let outputs = S::join(futures).await;
        assert!(outputs.into_iter().eq(0..work.size));
    })
    .await
}

/// Takes the outputs of `size` futures that end in `order`, one at a time.
async fn unordered<S: InPlace>(work: Work, order: Rc<Order>) -> Sample {
    chained(work, order, members, S::unordered).await
}

/// Runs `size` fair selects between a future that yields once and one that never ends.
async fn select2<S: InPlace>(work: Work) -> Sample {
    work.measure(work.size, async || {
        for _ in 0..work.size {
            let soon = async {
                SelfWake::new().await;
                7
            };
            assert_eq!(S::select2(soon, pending()).await, 7);
        }
    })
    .await
}

/// Runs `size` fair selects between a future that is ready and one that never ends.
async fn select2_ready<S: InPlace>(work: Work) -> Sample {
    work.measure(work.size, async || {
        for _ in 0..work.size {
            let ready = async { black_box(7) };
            assert_eq!(S::select2(ready, pending()).await, 7);
        }
    })
    .await
}

/// Runs `size` biased selects between a future that yields once and one that never ends.
async fn select2_biased<S: InPlace>(work: Work) -> Sample {
    work.measure(work.size, async || {
        for _ in 0..work.size {
            let soon = async {
                SelfWake::new().await;
                7
            };
            assert_eq!(S::select2_biased(soon, pending()).await, 7);
        }
    })
    .await
}

/// Runs `size` biased selects between a future that is ready and one that never ends.
async fn select2_biased_ready<S: InPlace>(work: Work) -> Sample {
    work.measure(work.size, async || {
        for _ in 0..work.size {
            let ready = async { black_box(7) };
            assert_eq!(S::select2_biased(ready, pending()).await, 7);
        }
    })
    .await
}

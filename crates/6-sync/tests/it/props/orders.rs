//! A priority queue whose order panics keeps its accounts.
//!
//! The problem: a priority queue compares its items, which is code of the user. A comparison may
//! panic in the middle of a put or of a take. No item may be lost or counted twice by that, no task
//! may wait beside an item, and an item must not be dropped while the queue is borrowed: its drop may
//! look at the queue.
//!
//! Read next: `ways.rs`.

use std::cell::Cell;
use std::cmp::Ordering;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::rc::{Rc, Weak};

use futures::FutureExt;
use groundup_sync::combinators::{ReturnWhen, wait};
use groundup_sync::executor::spawn;
use groundup_sync::task::yield_now;
use groundup_sync::{BaseQueue, NotAcquired, PriorityQueue, QueueStore};
use proptest::prelude::*;

use crate::setup::virtual_loop;

thread_local! {
    /// The number of comparisons until one panics; 0: none does.
    static FUSE: Cell<u32> = const { Cell::new(0) };
}

/// An item whose comparison may panic, and whose drop looks at its queue.
struct Fussy {
    rank: u8,
    queue: Weak<PriorityQueue<Fussy>>,
}

impl Ord for Fussy {
    fn cmp(&self, other: &Self) -> Ordering {
        let left = FUSE.get();
        FUSE.set(left.saturating_sub(1));
        if left == 1 {
            resume_unwind(Box::new("no order"));
        }
        self.rank.cmp(&other.rank)
    }
}

impl PartialOrd for Fussy {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Eq for Fussy {}

impl PartialEq for Fussy {
    fn eq(&self, other: &Self) -> bool {
        self.rank == other.rank
    }
}

impl Drop for Fussy {
    fn drop(&mut self) {
        if let Some(queue) = self.queue.upgrade() {
            let _ = queue.len();
        }
    }
}

#[derive(Clone, Copy, Debug)]
enum Op {
    Put(u8),
    Get,
}

/// An operation, and the comparison that panics in it.
fn op() -> impl Strategy<Value = (Op, u32)> {
    let op = prop_oneof![3 => any::<u8>().prop_map(Op::Put), 2 => Just(Op::Get)];
    (op, prop_oneof![2 => Just(0), 1 => 1_u32..5])
}

fn panics(fuse: u32, act: impl FnOnce()) -> bool {
    FUSE.set(fuse);
    let panicked = catch_unwind(AssertUnwindSafe(act)).is_err();
    FUSE.set(0);
    panicked
}

/// Runs the operations beside a sorted list. Without a panic so far, the lowest item comes first.
fn run(ops: Vec<(Op, u32)>) {
    let queue = Rc::new(PriorityQueue::unbounded());
    let mut model: Vec<u8> = Vec::new();
    let (mut puts, mut ordered) = (0, true);
    for (op, fuse) in ops {
        let mut got = None;
        let panicked = panics(fuse, || match op {
            Op::Put(rank) => {
                let item = Fussy {
                    rank,
                    queue: Rc::downgrade(&queue),
                };
                assert!(queue.put_nowait(item).is_ok());
            }
            Op::Get => got = queue.get_nowait().ok().map(|item| item.rank),
        });
        ordered &= !panicked;
        match op {
            Op::Put(rank) => {
                puts += 1;
                model.push(rank); // a panic keeps it in
                model.sort_unstable();
            }
            Op::Get if panicked => assert_eq!(got, None),
            Op::Get => {
                assert_eq!(got.is_none(), model.is_empty());
                let at = got.map(|rank| model.iter().position(|known| *known == rank).unwrap());
                assert!(!ordered || at.is_none_or(|at| at == 0));
                at.map(|at| model.remove(at));
            }
        }
        assert_eq!(queue.len(), model.len());
    }
    let mut rest: Vec<u8> = std::iter::from_fn(|| queue.get_nowait().ok())
        .map(|item| item.rank)
        .collect();
    rest.sort_unstable();
    assert_eq!(rest, model);
    for _ in 0..puts {
        assert!(queue.join().now_or_never().is_none());
        assert_eq!(queue.task_done(), Ok(()));
    }
    assert_eq!(queue.task_done(), Err(NotAcquired));
    assert!(queue.join().now_or_never().is_some());
}

proptest! {
    /// The accounts are right after each panic of the order, and no item is lost.
    #[test]
    fn an_order_that_panics_harms_no_account(ops in proptest::collection::vec(op(), 1..40)) {
        run(ops);
    }
}

/// The getter that waits is told of an item that came in although its put panicked.
#[test]
fn a_getter_gets_the_item_of_a_put_that_panicked() {
    let queue = Rc::new(PriorityQueue::unbounded());
    let item = |rank| Fussy {
        rank,
        queue: Rc::downgrade(&queue),
    };
    let mut gets = [queue.get(), queue.get()].map(|get| Box::pin(get.map(|item| item.is_ok())));
    for get in &mut gets {
        assert!(get.as_mut().now_or_never().is_none());
    }
    assert!(queue.put_nowait(item(2)).is_ok());
    assert!(panics(1, || drop(queue.put_nowait(item(1)))));
    assert!(
        futures::executor::block_on(futures::future::join_all(gets))
            .iter()
            .all(|got| *got)
    );
}

/// A store whose next put panics, if it is told to.
#[derive(Default)]
struct Brittle(Vec<u8>);

impl QueueStore for Brittle {
    type Item = u8;

    fn put(&mut self, item: u8) {
        if FUSE.take() > 0 {
            resume_unwind(Box::new("no shelf"));
        }
        self.0.push(item);
    }

    fn take(&mut self) -> Option<u8> {
        self.0.pop()
    }

    fn count(&self) -> usize {
        self.0.len()
    }

    fn into_items(self) -> Vec<u8> {
        self.0
    }
}

/// The waiter that panics had the notice, and the next one needs it.
#[test]
fn a_waiter_whose_poll_panics_passes_its_notice_on() {
    let ended = virtual_loop().0.run_until_complete(async {
        let queue = Rc::new(PriorityQueue::unbounded());
        let item = |rank| Fussy {
            rank,
            queue: Rc::downgrade(&queue),
        };
        let gets = [0; 4].map(|_| {
            let queue = queue.clone();
            spawn(async move { queue.get().await.is_ok() })
        });
        yield_now().await;
        for rank in 0..3 {
            assert!(queue.put_nowait(item(rank)).is_ok());
        }
        FUSE.set(1);
        wait(gets, ReturnWhen::AllCompleted).await;
        assert!(queue.is_empty());

        let queue = Rc::new(BaseQueue::<Brittle>::new(1));
        queue.put_nowait(0).unwrap();
        let puts = [1, 2].map(|item| {
            let queue = queue.clone();
            spawn(async move { queue.put(item).await.is_ok() })
        });
        yield_now().await;
        FUSE.set(1);
        queue.get_nowait().unwrap();
        wait(puts, ReturnWhen::AllCompleted).await;
        assert_eq!(queue.len(), 1);
    });
    ended.unwrap();
}

//! Blocks that several tasks poll in turn, and the counts of cancels.
//!
//! The problem: a block is a future, so one task may put it aside half done, and another task
//! polls it on. Deadlines and groups in it cancel their own regions, and these cancels count on
//! the task that polls. They may come while the block lies aside, and the task that polled it last
//! may have ended by then. When a deadline or a group ends, it takes back what it has counted, and
//! no cancel of the task in which it ends.
//!
//! Invariant: a task counts the cancels that it has accepted, whatever blocks went through it.
//!
//! Read next: `groups.rs`.

use std::cell::RefCell;
use std::rc::Rc;

use futures::future::{Either, LocalBoxFuture, select};
use groundup_combinators::executor::{sleep, spawn};
use groundup_combinators::task::{Task, catch_cancel};
use proptest::prelude::*;

use crate::props::cancel_trees::{Tree, a_tree};
use crate::props::{ms, run};

type Pool = Rc<RefCell<Vec<LocalBoxFuture<'static, ()>>>>;

/// A task takes this block out of the pool, polls it for so many milliseconds, and puts it back.
type Turn = (usize, u64);

fn worker(pool: &Pool, turns: Vec<Turn>) -> Task<()> {
    let pool = pool.clone();
    spawn(async move {
        for (which, time) in turns {
            let taken = match pool.borrow().len() {
                0 => None,
                blocks => Some(which % blocks),
            };
            let block = taken.map(|index| pool.borrow_mut().swap_remove(index));
            let pool = &pool;
            let turn = async move {
                let bound = Box::pin(sleep(ms(time)));
                let Some(block) = block else {
                    return bound.await;
                };
                if let Either::Right((_, rest)) = select(block, bound).await {
                    pool.borrow_mut().push(rest);
                }
            };
            let _ = catch_cancel(turn).await;
        }
    })
}

/// Runs the turns of three tasks, and cancels one of them at each of the times. Returns what each
/// task counts in the end, and the cancels that it has accepted.
fn counts(blocks: &[Tree], turns: [Vec<Turn>; 3], cancels: Vec<(u64, usize)>) -> [(u32, u32); 3] {
    let log = Rc::default();
    let pool: Pool = Rc::new(RefCell::new(
        blocks.iter().map(|tree| tree.grow(&log, false)).collect(),
    ));
    run(async move {
        let workers = turns.map(|turns| worker(&pool, turns));
        let mut accepted = [0; 3];
        for (pause, whom) in cancels {
            sleep(ms(pause)).await;
            accepted[whom] += u32::from(workers[whom].cancel());
        }
        sleep(ms(1000)).await; // by now all tasks have ended
        drop(pool.take());
        sleep(ms(1000)).await;
        let counted = workers.map(|task| task.cancelling());
        std::array::from_fn(|index| (counted[index], accepted[index]))
    })
}

fn some_turns() -> impl Strategy<Value = Vec<Turn>> {
    prop::collection::vec((0_usize..4, 0_u64..4), 1..6)
}

proptest! {
    /// A task counts exactly the cancels that it has accepted, after any blocks have gone from
    /// task to task through it.
    #[test]
    fn blocks_that_move_leave_the_counts_of_their_tasks_as_they_were(
        blocks in prop::collection::vec(a_tree(3), 1..4),
        turns in [some_turns(), some_turns(), some_turns()],
        cancels in prop::collection::vec((0_u64..3, 0_usize..3), 0..5),
    ) {
        for (counted, accepted) in counts(&blocks, turns, cancels) {
            prop_assert_eq!(counted, accepted);
        }
    }
}

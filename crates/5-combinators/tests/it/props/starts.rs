//! Loops with selects, of which each branch wins.
//!
//! The problem: if the branch with which a select begins had a period, a loop could have the same
//! one, and a branch that is always ready would starve the others.
//!
//! Invariant: all branches are ready in each pass, so the first one polled wins.
//!
//! Read next: `hooks.rs`.

use std::future::ready as r;

use groundup_combinators::executor::{run_virtual, spawn};
use groundup_combinators::select;
use groundup_combinators::task::yield_now;
use proptest::prelude::*;

/// Awaits a select of so many futures that are all ready; returns which one was first.
async fn ready_select(count: usize) -> usize {
    macro_rules! selects {
        ($($count:literal: $($ready:ident)+),+) => {
            match count {
                $($count => select(($($ready(()),)+)).await.index(),)+
                _ => unreachable!("2 to 12"),
            }
        };
    }
    selects! {
        2: r r, 3: r r r, 4: r r r r, 5: r r r r r, 6: r r r r r r, 7: r r r r r r r,
        8: r r r r r r r r, 9: r r r r r r r r r, 10: r r r r r r r r r r,
        11: r r r r r r r r r r r, 12: r r r r r r r r r r r r
    }
}

/// Returns the longest row of passes in which one of `count` branches did not win.
fn longest_without(winners: &[usize], count: usize) -> usize {
    let of_branch = |branch| {
        let rows = winners.split(|winner| *winner == branch);
        rows.map(<[usize]>::len).max().unwrap_or(0)
    };
    (0..count).map(of_branch).max().unwrap_or(0)
}

/// Takes `passes` passes of a loop with a select of `count` in each, after other selects.
async fn winners(count: usize, others: &[usize], pauses: usize, passes: usize) -> Vec<usize> {
    let mut winners = Vec::new();
    for _ in 0..passes {
        for other in others {
            ready_select(*other).await;
        }
        winners.push(ready_select(count).await);
        for _ in 0..pauses {
            yield_now().await;
        }
    }
    winners
}

proptest! {
    /// In a loop that takes any number of iterations a pass, beside tasks that do so, too, each
    /// branch of a select wins at least once in 2 n passes; in 5 n, if up to six other selects
    /// are part of the pass.
    #[test]
    fn no_branch_of_a_select_starves_another(
        count in 2_usize..=12,
        others in prop::collection::vec(2_usize..=12, 0..7),
        tasks in prop::collection::vec((2_usize..=12, 0_usize..8), 0..5),
        pauses in 0_usize..30,
    ) {
        run_virtual(async {
            for (count, pauses) in tasks {
                spawn(async move { winners(count, &[], pauses, 60).await }).detach();
            }
            let wins = winners(count, &[], pauses, 60).await;
            assert!(longest_without(&wins, count) < 2 * count, "{wins:?}");
            let wins = winners(count, &others, pauses, 150).await;
            assert!(longest_without(&wins, count) < 5 * count, "{wins:?}");
        });
    }
}

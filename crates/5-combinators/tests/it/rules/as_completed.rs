//! A01 to A07: as completed.
//!
//! Read next: `wait_for.rs`.

use futures::Stream;

use crate::setup::*;
use groundup_combinators::executor::{all_tasks, sleep, spawn, time};
use groundup_combinators::task::{TaskError, yield_now};
use groundup_combinators::{NextCompleted, as_completed, timeout};

#[test]
fn a01_results_come_in_completion_order_ties_in_the_order_of_their_ends() {
    let setup = Setup::new();
    let log = setup.log.clone();
    setup.run(async {
        let a = child(log.clone(), "a", 3000);
        let b1 = child(log.clone(), "b1", 1000);
        let b2 = child(log.clone(), "b2", 1000);
        let mut results = as_completed([spawn(a), spawn(b1), spawn(b2)]);
        while let Some(completed) = results.next().await {
            log.say(format_args!("got:{}", completed.result.unwrap()));
        }
    });
    assert_eq!(
        log.times(),
        "b1@1000 b2@1000 got:b1@1000 got:b2@1000 a@3000 got:a@3000"
    );
    assert_eq!(log.hops("b1", "got:b1"), 2);
    assert_eq!(log.hops("a", "got:a"), 2);
}

#[test]
fn a02_all_members_are_scheduled_when_it_is_called() {
    let setup = Setup::new();
    setup.run(async {
        let results = as_completed([sleep(secs(1)), sleep(secs(2))]);
        assert_eq!(all_tasks().len(), 3);
        drop(results);
    });
    assert_eq!(
        setup.event_loop.time().since_start(),
        secs(2),
        "and run on without a reader"
    );
}

#[test]
fn a03_members_start_in_argument_order() {
    let setup = Setup::new();
    let log = setup.log.clone();
    setup.run(async {
        let start = |name: &'static str| {
            let log = log.clone();
            async move { log.say(name) }
        };
        let mut results = as_completed(["a", "b", "c", "d"].map(start));
        while results.next().await.is_some() {}
    });
    assert_eq!(log.texts(), "a b c d");
}

#[test]
fn a04_a_failure_is_one_item_and_the_others_come() {
    Setup::new().run(async {
        let ends = async |n: u64| {
            sleep(secs(n)).await;
            assert!(n != 2, "two is not wanted");
            n
        };
        let mut results = as_completed([ends(3), ends(2), ends(1)]);
        assert_eq!(results.next().await.unwrap().result.unwrap(), 1);
        let failed = results.next().await.unwrap();
        assert_eq!(failed.index, 1);
        assert!(matches!(failed.result, Err(TaskError::Panicked(_))));
        assert_eq!(results.next().await.unwrap().result.unwrap(), 3);
        assert!(results.next().await.is_none());
    });
}

#[test]
fn a05_after_the_timeout_each_remaining_item_is_elapsed_and_the_members_run_on() {
    let setup = Setup::new();
    let log = setup.log.clone();
    setup.run(async {
        let a = careful(&log, "a", 1000);
        let (b, c) = (careful(&log, "b", 3000), careful(&log, "c", 4000));
        let mut results = as_completed([b, a, c]).timeout(secs(2));
        assert_eq!(results.next().await.unwrap().unwrap().index, 1);
        assert!(results.next().await.unwrap().is_err());
        assert!(results.next().await.unwrap().is_err());
        assert!(results.next().await.is_none());
        log.say("told");
        assert_eq!(results.into_tasks().len(), 2);
    });
    assert_eq!(log.times(), "a@1000 told@2000 b@3000 c@4000");
}

#[test]
fn a06_each_item_says_which_it_was() {
    Setup::new().run(async {
        let mut results = as_completed([3, 1, 2].map(|n| sleep(secs(n))));
        let mut order = Vec::new();
        while let Some(completed) = results.next().await {
            order.push((completed.index, time().since_start().as_secs()));
        }
        assert_eq!(order, [(1, 1), (2, 2), (0, 3)]);
    });
}

#[test]
fn a06_items_can_be_held_and_awaited_in_any_order() {
    let setup = Setup::new();
    let log = setup.log.clone();
    setup.run(async {
        let members = [3000, 1000, 2000].map(|n| child(log.clone(), "member", n));
        let mut items: Vec<_> = as_completed(members).into_iter().collect();
        let last = items.pop().unwrap();
        assert_eq!(last.await.index, 1, "whichever is awaited first is first");
        drop(items.pop());
        assert_eq!(items.pop().unwrap().await.index, 2);
    });
    assert_eq!(
        setup.event_loop.time().since_start(),
        secs(3),
        "the third has no reader"
    );
}

#[test]
fn a06_items_can_be_awaited_side_by_side_and_a_cancel_takes_no_result() {
    let setup = Setup::new();
    let log = setup.log.clone();
    setup.run(async {
        let members = [3000, 1000, 2000].map(|n| sleep(ms(n)));
        let reader = |(name, item): (&'static str, NextCompleted<()>)| {
            let log = log.clone();
            spawn(async move {
                let completed = item.await;
                log.say(format_args!("{name}:{}", completed.index));
            })
        };
        let items = as_completed(members).into_iter();
        let readers: Vec<_> = ["a", "b", "c"].into_iter().zip(items).map(reader).collect();
        // Cancelled when the result is on its way to this reader: the next reader gets it.
        sleep(ms(1000)).await;
        yield_now().await;
        readers[0].cancel();
    });
    assert_eq!(log.times(), "b:1@1000 c:2@2000");
}

/// The line of readers loses the one that gives up, not another one.
#[test]
fn a06_a_reader_in_the_middle_of_the_line_can_leave_it() {
    for leaver in 0..3 {
        Setup::new().run(async {
            let items = as_completed([1, 2, 3].map(|n| sleep(secs(n)))).into_iter();
            let mut readers: Vec<_> = items
                .map(|item| spawn(async { item.await.index }))
                .collect();
            yield_now().await;
            assert!(readers.remove(leaver).cancel());
            for (index, reader) in readers.into_iter().enumerate() {
                assert_eq!(reader.await.unwrap(), index);
                assert_eq!(time().since_start(), secs(index as u64 + 1));
            }
        });
    }
}

/// A read that was given up stands in the line no more when the items take its place.
#[test]
fn a06_a_read_that_was_given_up_takes_no_wake_from_an_item() {
    for timed in [false, true] {
        Setup::new().run(async {
            let each = as_completed([2, 3].map(|n| sleep(secs(n))));
            let mut items: Vec<_> = match timed {
                false => {
                    let mut each = each;
                    assert!(timeout(secs(1), each.next()).await.is_err());
                    let items = each.into_iter();
                    items
                        .map(|item| spawn(async { item.await.index }))
                        .collect()
                }
                true => {
                    let mut each = each.timeout(secs(9));
                    assert!(timeout(secs(1), each.next()).await.is_err());
                    let items = each.into_iter();
                    items
                        .map(|item| spawn(async { item.await.unwrap().index }))
                        .collect()
                }
            };
            let first = timeout(secs(2), &mut items[0]).await;
            assert_eq!(
                (first.unwrap().unwrap(), time().since_start()),
                (0, secs(2))
            );
            assert_eq!(items.pop().unwrap().await.unwrap(), 1);
        });
    }
}

#[test]
fn a06_items_after_the_timeout_are_elapsed() {
    Setup::new().run(async {
        let naps = [1, 3].map(|n| sleep(secs(n)));
        let items = as_completed(naps).timeout(secs(2)).into_iter();
        let readers: Vec<_> = items.map(spawn).collect();
        let mut indices = Vec::new();
        for reader in readers {
            indices.push(reader.await.unwrap().ok().map(|completed| completed.index));
        }
        assert_eq!(
            (indices, time().since_start()),
            (vec![Some(0), None], secs(2))
        );
    });
}

#[test]
fn a01_the_number_of_results_to_come_is_known() {
    Setup::new().run(async {
        let mut results = as_completed([1, 2, 3].map(|n| sleep(secs(n))));
        for left in (1..=3).rev() {
            assert_eq!(results.size_hint(), (left, Some(left)));
            assert!(results.next().await.is_some());
        }
        assert_eq!(results.size_hint(), (0, Some(0)));

        let mut results = as_completed([1, 3].map(|n| sleep(secs(n)))).timeout(secs(2));
        for left in (1..=2).rev() {
            assert_eq!(results.size_hint(), (left, Some(left)));
            assert!(results.next().await.is_some());
        }
        assert_eq!(results.size_hint(), (0, Some(0)));
        let mut items = as_completed([1, 2].map(|n| sleep(secs(n)))).into_iter();
        for left in (1..=2).rev() {
            assert_eq!(items.len(), left);
            items.next().unwrap().await;
        }
        assert_eq!(items.len(), 0);
    });
}

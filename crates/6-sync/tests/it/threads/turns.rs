//! Under a chooser, a run with threads repeats, whatever the threads do.
//!
//! Invariants: the ones the tests are named after.
//!
//! Read next: `props.rs`.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;
use std::sync::mpsc::channel;

use groundup_sync::combinators::{gather, race};
use groundup_sync::executor::{EventLoop, iteration, spawn};
use groundup_sync::task::yield_now;
use groundup_sync::trace::Fifo;
use groundup_sync::{ThreadPool, default_pool, run_in_executor, to_thread};

const JOBS: usize = 4;

/// Returns the order in which four jobs end, with iterations. Their functions end in the order of
/// their numbers, or in the opposite one: each waits for the function before it.
fn ends(event_loop: &EventLoop, width: usize, backwards: bool) -> Vec<(usize, u64)> {
    let pool = ThreadPool::new(width);
    let log = RefCell::new(Vec::new());
    let mut chain: Vec<_> = (0..=JOBS)
        .map(|_| channel::<()>())
        .map(|(s, r)| (Some(s), Some(r)))
        .collect();
    drop(chain[0].0.take());
    drop(chain[JOBS].1.take());
    event_loop
        .run_until_complete(async {
            let jobs = (0..JOBS).map(|n| {
                let at = if backwards { JOBS - 1 - n } else { n };
                let (before, after) = (chain[at].1.take(), chain[at + 1].0.take());
                let job = run_in_executor(&pool, move || {
                    if let (Some(before), true) = (before, width == JOBS) {
                        let _ = before.recv(); // the function before has dropped its sender
                    }
                    drop(after);
                });
                let log = &log;
                async move {
                    yield_now().await;
                    job.await.unwrap();
                    log.borrow_mut().push((n, iteration()));
                }
            });
            let jobs: Vec<_> = jobs.collect();
            groundup_sync::combinators::join(jobs).await;
        })
        .unwrap();
    log.into_inner()
}

fn seeded(seed: u64) -> EventLoop {
    EventLoop::builder().virtual_time().seed(seed).build()
}

/// Makes a loop with a seed, and the list of its reports: a job that ends out of turn makes one.
fn reporting(seed: u64) -> (EventLoop, Rc<RefCell<Vec<String>>>) {
    let event_loop = seeded(seed);
    let reports: Rc<RefCell<Vec<String>>> = Rc::default();
    let kept = reports.clone();
    event_loop.set_exception_handler(Some(Rc::new(move |report| {
        kept.borrow_mut().push(report.to_string());
    })));
    (event_loop, reports)
}

#[test]
fn a_seed_determines_the_order_of_the_ends_and_their_iterations() {
    for width in [JOBS, 2, 1] {
        let mut orders = BTreeSet::new();
        for seed in 0..20 {
            let first = ends(&seeded(seed), width, false);
            let again = ends(&seeded(seed), width, true);
            assert_eq!(first, again, "seed {seed}, {width} threads");
            orders.insert(first.iter().map(|(n, _)| *n).collect::<Vec<_>>());
        }
        match width {
            1 => assert_eq!(orders.len(), 1, "one thread has one order"),
            _ => assert!(orders.len() > 3, "seeds give other orders: {orders:?}"),
        }
    }
}

#[test]
fn first_in_first_out_ends_jobs_in_the_order_of_their_submission() {
    let event_loop = EventLoop::builder().virtual_time().chooser(Fifo).build();
    let order: Vec<usize> = ends(&event_loop, JOBS, true)
        .into_iter()
        .map(|(n, _)| n)
        .collect();
    assert_eq!(order, [0, 1, 2, 3]);
}

/// The thread of a job that waits for its turn takes no other job, so beginnings repeat, too.
#[test]
fn a_seed_determines_the_order_in_which_queued_jobs_begin() {
    let begin = |seed| {
        let (begun, order) = channel();
        seeded(seed)
            .run_until_complete(async {
                let pool = ThreadPool::new(2);
                let jobs = (0..6).map(|n| {
                    let begun = begun.clone();
                    run_in_executor(&pool, move || begun.send(n).unwrap())
                });
                for job in gather(jobs).await.unwrap() {
                    job.unwrap();
                }
            })
            .unwrap();
        drop(begun);
        let order: Vec<i32> = order.into_iter().skip(2).collect(); // the first two run side by side
        order
    };
    for seed in 0..10 {
        assert_eq!(begin(seed), [2, 3, 4, 5], "in the order of the queue");
    }
}

#[test]
fn a_job_whose_awaiter_has_left_gives_up_its_turn() {
    for seed in 0..10 {
        let (event_loop, reports) = reporting(seed);
        let value = event_loop.run_until_complete(async {
            let (hold, held) = channel::<()>();
            let stuck = spawn(to_thread(move || held.recv()));
            let quick = spawn(to_thread(|| 5));
            yield_now().await;
            yield_now().await;
            stuck.cancel();
            stuck.await.unwrap_err();
            let value = quick.await.unwrap().unwrap();
            drop(hold);
            value
        });
        assert_eq!(value.unwrap(), 5);
        assert_eq!(reports.take(), [""; 0], "no job ends out of turn");
    }
}

#[test]
fn a_job_that_does_not_run_has_no_turn() {
    for seed in 0..10 {
        let (event_loop, reports) = reporting(seed);
        let value = event_loop.run_until_complete(async {
            let pool = ThreadPool::new(1);
            let first = run_in_executor(&pool, || 1);
            let taken_back = run_in_executor(&pool, || 2);
            pool.take_back_jobs();
            pool.shutdown();
            let refused = run_in_executor(&pool, || 3);
            let value = to_thread(|| 4).await.unwrap();
            drop((first, taken_back, refused));
            value
        });
        assert_eq!(value.unwrap(), 4);
        assert_eq!(reports.take(), [""; 0]);
    }
}

#[test]
fn an_awaiter_that_leaves_between_two_runs_gives_up_its_turn() {
    for seed in 0..10 {
        let (event_loop, reports) = reporting(seed);
        let pool = ThreadPool::new(2);
        let (hold, held) = channel::<()>();
        let submit = async { Some(run_in_executor(&pool, move || held.recv())) };
        let stuck = event_loop.run_until_complete(submit).unwrap();
        let quick = async { Some(run_in_executor(&pool, || 5)) };
        let quick = event_loop.run_until_complete(quick).unwrap();
        (0..4).for_each(|_| _ = event_loop.run_until_complete(yield_now()));
        drop(stuck);
        let value = event_loop.run_until_complete(quick.unwrap());
        assert_eq!(value.unwrap().unwrap(), 5);
        drop(hold);
        assert_eq!(reports.take(), [""; 0]);
    }
}

#[test]
fn a_loop_that_is_closed_picks_no_job_and_waits_for_no_turn() {
    let (event_loop, reports) = reporting(7);
    let submit = async { Some(run_in_executor(&default_pool(), || 5)) };
    let job = event_loop.run_until_complete(submit).unwrap();
    event_loop.close().unwrap();
    assert_eq!(futures::executor::block_on(job.unwrap()).unwrap(), 5);
    assert_eq!(reports.take(), [""; 0]);
}

#[test]
fn a_result_that_is_not_awaited_yet_holds_up_no_other() {
    for seed in 0..10 {
        let (event_loop, reports) = reporting(seed);
        let values = event_loop.run_until_complete(async {
            let pool = ThreadPool::new(2);
            let (first, second) = (run_in_executor(&pool, || 1), run_in_executor(&pool, || 2));
            let second = second.await.unwrap();
            (first.await.unwrap(), second)
        });
        assert_eq!(values.unwrap(), (1, 2));
        assert_eq!(reports.take(), [""; 0]);
    }
}

#[test]
fn a_loop_that_is_never_idle_gets_its_results_all_the_same() {
    let spin = async {
        loop {
            yield_now().await;
        }
    };
    let (event_loop, reports) = reporting(7);
    let value = event_loop.run_until_complete(race((to_thread(|| 5), spin)));
    assert_eq!(value.unwrap().unwrap(), 5);
    assert_eq!(reports.take(), [""; 0]);
}

#[test]
fn a_job_that_calls_its_loop_gets_its_turn() {
    for seed in 0..10 {
        let (event_loop, reports) = reporting(seed);
        let sum = event_loop.run_until_complete(async {
            let remote = groundup_sync::executor::remote();
            let asks = to_thread(move || remote.spawn(async || 2).wait().unwrap());
            let values = groundup_sync::combinators::join((asks, to_thread(|| 3))).await;
            values.0.unwrap() + values.1.unwrap()
        });
        assert_eq!(sum.unwrap(), 5);
        assert_eq!(reports.take(), [""; 0]);
    }
}

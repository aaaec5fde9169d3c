//! On virtual time a run with threads repeats, whatever the threads do.
//!
//! Invariants: the ones the tests are named after.
//!
//! Read next: `props.rs`.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::time::Duration;

use groundup_sync::combinators::{gather, race, timeout};
use groundup_sync::executor::{EventLoop, iteration, run_virtual, spawn};
use groundup_sync::task::yield_now;
use groundup_sync::trace::{Choice, Chooser, Fifo};
use groundup_sync::{ThreadPool, default_pool, run_in_executor, to_thread};

use super::{LONG, held};
use crate::setup::SOON;

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

/// Returns the order in which six jobs end on a pool of two threads, and at each end the jobs that have
/// begun. The awaiter blocks until the free thread has begun the next job in the queue.
fn ends_and_beginnings(seed: u64) -> Vec<(i32, BTreeSet<i32>)> {
    let (begin, begun) = channel();
    let log = RefCell::new(Vec::<(i32, BTreeSet<i32>)>::new());
    seeded(seed)
        .run_until_complete(async {
            let pool = ThreadPool::new(2);
            let (log, begun) = (&log, &begun);
            let jobs = (0..6).map(|n| {
                let begin = begin.clone();
                let job = run_in_executor(&pool, move || begin.send(n).unwrap());
                async move {
                    job.await.unwrap();
                    let mut log = log.borrow_mut();
                    let before = log.last().map(|(_, begun)| begun.clone());
                    let mut all = before.unwrap_or_default();
                    while all.len() < (log.len() + 3).min(6) {
                        all.insert(begun.recv().unwrap());
                    }
                    assert!(begun.try_recv().is_err(), "no third thread has begun one");
                    log.push((n, all));
                }
            });
            let jobs: Vec<_> = jobs.collect();
            groundup_sync::combinators::join(jobs).await;
        })
        .unwrap();
    log.into_inner()
}

/// The thread of a job that waits for its turn takes no other job, so beginnings repeat, too.
#[test]
fn a_seed_determines_the_order_in_which_queued_jobs_begin() {
    let mut orders = BTreeSet::new();
    for seed in 0..10 {
        let order = ends_and_beginnings(seed);
        assert_eq!(order, ends_and_beginnings(seed), "seed {seed}");
        for (at, (_, begun)) in (3..).zip(&order) {
            // In the order of the queue.
            assert_eq!(*begun, (0..at.min(6)).collect(), "{order:?}");
        }
        orders.insert(order);
    }
    assert!(orders.len() > 3, "seeds give other orders: {orders:?}");
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

/// Returns the order in which four jobs end on a pool of two threads, one of which has another job: it
/// was submitted outside of the run, or its awaiter has left.
fn ends_beside_another_job(seed: u64, outside: bool) -> Vec<usize> {
    let (event_loop, reports) = reporting(seed);
    let pool = ThreadPool::new(2);
    let (job, work) = held(());
    let submit = || {
        let other = run_in_executor(&pool, work);
        job.begun.recv().unwrap();
        other
    };
    let (other, submit) = match outside {
        true => (Some(submit()), None),
        false => (None, Some(submit)),
    };
    let order = RefCell::new(Vec::new());
    let main = async {
        drop(submit.map(|submit| submit()));
        let jobs = (0..JOBS).map(|n| {
            let job = run_in_executor(&pool, move || n);
            async {
                let value = job.await.unwrap();
                order.borrow_mut().push(value);
            }
        });
        groundup_sync::combinators::join(jobs.collect::<Vec<_>>()).await;
    };
    event_loop.run_until_complete(main).unwrap();
    drop((other, job.end));
    assert_eq!(reports.take(), [""; 0], "no job ends out of turn");
    order.take()
}

/// The pool has fewer threads than the loop counts on, and the thread of a job that is over waits for
/// the turn of that job. The chosen job gets this thread.
#[test]
fn a_chosen_job_begins_although_another_one_holds_a_thread() {
    for outside in [false, true] {
        let mut orders = BTreeSet::new();
        for seed in 0..5 {
            let order = ends_beside_another_job(seed, outside);
            assert_eq!(ends_beside_another_job(seed, outside), order, "it repeats");
            orders.insert(order);
        }
        assert!(orders.len() > 1, "seeds give other orders: {orders:?}");
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

/// The loop of the join is busy for more than 64 steps, and the job ends only if it goes on.
#[test]
fn a_busy_loop_does_not_wait_for_the_end_of_a_pool() {
    for seed in 0..3 {
        let (event_loop, reports) = reporting(seed);
        let ended = event_loop.run_until_complete(async {
            let pool = ThreadPool::new(1);
            let (job, work) = held(());
            let left = run_in_executor(&pool, work);
            job.begun.recv().unwrap();
            drop(left);
            let end = async {
                for _ in 0..1000 {
                    yield_now().await;
                }
                drop(job.end);
            };
            groundup_sync::combinators::join((pool.join(SOON), end))
                .await
                .0
        });
        ended.unwrap().unwrap();
        assert_eq!(reports.take(), [""; 0]);
    }
}

/// A job that is submitted and not awaited in its loop is awaited elsewhere: in another loop, by
/// another executor, or in a later run. Its result is where its awaiter is.
#[test]
fn a_result_goes_to_its_awaiter_wherever_that_is() {
    for over in [false, true] {
        let event_loop = seeded(1);
        let submit = || {
            let pool = ThreadPool::new(1);
            let (job, work) = held(5);
            let submitted = async { Some(run_in_executor(&pool, work)) };
            let future = event_loop.run_until_complete(submitted).unwrap().unwrap();
            job.begun.recv().unwrap();
            drop(job.end);
            if over {
                pool.join_real_time(LONG).unwrap();
            }
            future
        };
        let virtual_time = EventLoop::builder().virtual_time().build();
        for other in [EventLoop::new(), seeded(2), virtual_time] {
            assert_eq!(other.run_until_complete(submit()).unwrap().unwrap(), 5);
        }
        assert_eq!(futures::executor::block_on(submit()).unwrap(), 5);
        assert_eq!(event_loop.run_until_complete(submit()).unwrap().unwrap(), 5);
    }
}

/// Returns the order in which jobs end that were submitted before the run, and are over before it or
/// not.
fn outside(seed: u64, over: bool) -> Vec<i32> {
    let pool = ThreadPool::new(3);
    let (jobs, works): (Vec<_>, Vec<_>) = (0..3).map(held).unzip();
    let futures: Vec<_> = works
        .into_iter()
        .map(|work| run_in_executor(&pool, work))
        .collect();
    jobs.iter().for_each(|job| job.begun.recv().unwrap());
    if over {
        jobs.iter().for_each(|job| job.end.send(()).unwrap());
        pool.join_real_time(LONG).unwrap();
    }
    let order = RefCell::new(Vec::new());
    let waits = futures.into_iter().map(async |future| {
        let value = future.await.unwrap();
        order.borrow_mut().push(value);
    });
    let end = async {
        yield_now().await;
        drop(jobs);
    };
    let main = groundup_sync::combinators::join(waits.collect::<Vec<_>>());
    let both = groundup_sync::combinators::join((main, end));
    seeded(seed).run_until_complete(both).unwrap();
    order.take()
}

#[test]
fn jobs_that_were_submitted_outside_end_in_turn_where_they_are_awaited() {
    let mut orders = BTreeSet::new();
    for seed in 0..10 {
        let order = outside(seed, false);
        assert_eq!(order, outside(seed, true), "seed {seed}");
        orders.insert(order);
    }
    assert!(orders.len() > 1, "{orders:?}");
}

#[test]
fn a_timeout_overtakes_no_job_that_was_polled_in_another_loop() {
    let (first, second) = (seeded(1), seeded(2));
    let pool = ThreadPool::new(1);
    let (job, work) = held(5);
    let submit = async { Some(Box::pin(run_in_executor(&pool, work))) };
    let mut future = first.run_until_complete(submit).unwrap().unwrap();
    let poll = async { assert!(futures::poll!(&mut future).is_pending()) };
    second.run_until_complete(poll).unwrap();
    let value = first.run_until_complete(async {
        let end = spawn(async move { drop(job) });
        let value = timeout(Duration::from_millis(1), future).await;
        end.await.unwrap();
        value
    });
    assert_eq!(value.unwrap().unwrap().unwrap(), 5);
}

/// Keeps the most options of a choice between jobs.
struct Most(Rc<Cell<usize>>);

impl Chooser for Most {
    fn choose(&mut self, choice: Choice, options: usize) -> usize {
        if choice == Choice::Pick {
            self.0.set(self.0.get().max(options));
        }
        options - 1
    }
}

/// Two pools whose size the program does not say: the machine decides how many threads they have.
#[test]
fn the_choices_do_not_depend_on_the_number_of_processors() {
    let pool = ThreadPool::builder().build();
    for default in [true, false] {
        let most = Rc::new(Cell::new(0));
        let event_loop = EventLoop::builder()
            .virtual_time()
            .chooser(Most(most.clone()))
            .build();
        let jobs = (0..60).map(|n| {
            let pool = &pool;
            async move {
                match default {
                    true => to_thread(move || n).await.unwrap(),
                    false => run_in_executor(pool, move || n).await.unwrap(),
                }
            }
        });
        let jobs = groundup_sync::combinators::join(jobs.collect::<Vec<_>>());
        event_loop.run_until_complete(jobs).unwrap();
        assert_eq!(most.get(), 5);
    }
}

#[test]
fn a_join_ends_in_turn_behind_the_jobs_of_its_pool() {
    let order = |run: usize| {
        let log = Rc::new(RefCell::new(String::new()));
        let of_main = log.clone();
        seeded(7)
            .run_until_complete(async move {
                let log = of_main;
                let pool = ThreadPool::new(2);
                let job = run_in_executor(&pool, move || {
                    (0..run * 10).for_each(|_| std::thread::yield_now());
                });
                let (of_job, of_join) = (log.clone(), log.clone());
                let job = spawn(async move {
                    job.await.unwrap();
                    for _ in 0..200 {
                        of_job.borrow_mut().push('a');
                        yield_now().await;
                    }
                });
                pool.join(LONG).await.unwrap();
                of_join.borrow_mut().push('J');
                job.await.unwrap();
            })
            .unwrap();
        log.take()
    };
    let first = order(0);
    assert!((1..20).all(|run| order(run) == first));
}

/// The end of a run does not wait for turns, and neither does a thread.
#[test]
fn no_thread_is_held_for_a_loop_that_does_not_run() {
    let pool = ThreadPool::new(2);
    let event_loop = seeded(1);
    let submit = async { Some([1, 2].map(|n| run_in_executor(&pool, move || n))) };
    let jobs = event_loop.run_until_complete(submit).unwrap().unwrap();
    pool.join_real_time(SOON).unwrap();
    let values = event_loop.run_until_complete(groundup_sync::combinators::join(jobs));
    let values: Vec<i32> = values.unwrap().into_iter().map(Result::unwrap).collect();
    assert_eq!(values, [1, 2]);
}

#[test]
fn a_join_that_is_late_names_no_job_that_is_over() {
    let (event_loop, _) = reporting(1);
    event_loop
        .run_until_complete(async {
            let pool = ThreadPool::new(2);
            let (job, work) = held(());
            let over = run_in_executor(&pool, || ());
            let stuck = run_in_executor(&pool, work);
            job.begun.recv().unwrap();
            loop {
                // The first job may run still, but not for ever.
                let error = pool.join(Duration::ZERO).await.unwrap_err();
                match error.jobs.len() {
                    1 => break assert_eq!(error.jobs[0].number, 2),
                    _ => yield_now().await,
                }
            }
            drop(job.end);
            over.await.unwrap();
            stuck.await.unwrap();
        })
        .unwrap();
}

#[test]
fn a_busy_loop_gets_its_results_in_the_same_iterations() {
    let passes = |run: usize| {
        seeded(5)
            .run_until_complete(async move {
                let ended = Rc::new(Cell::new(0));
                for n in 0..2 {
                    let ended = ended.clone();
                    spawn(async move {
                        let length = (run * 37 + n * 11) % 50;
                        let work = move || (0..length).for_each(|_| std::thread::yield_now());
                        to_thread(work).await.unwrap();
                        ended.set(ended.get() + 1);
                    });
                }
                while ended.get() < 2 {
                    yield_now().await;
                }
                iteration()
            })
            .unwrap()
    };
    let first = passes(0);
    assert!((1..30).all(|run| passes(run) == first));
}

/// Has another thread take back the queued jobs of a pool while it is asked for a choice.
struct TakesBack(Arc<ThreadPool>, Rc<Cell<bool>>);

impl Chooser for TakesBack {
    fn choose(&mut self, choice: Choice, options: usize) -> usize {
        if choice == Choice::Pick && self.1.take() {
            let pool = self.0.clone();
            let taken = std::thread::spawn(move || pool.take_back_jobs());
            assert_eq!(taken.join().unwrap(), 1);
        }
        options - 1
    }
}

#[test]
fn a_job_that_is_taken_back_while_it_is_chosen_is_not_waited_for() {
    let pool = Arc::new(ThreadPool::new(1));
    let (job, work) = held(1);
    let busy = run_in_executor(&pool, work); // holds the one thread, and has no turn in the loop
    job.begun.recv().unwrap();
    let other = ThreadPool::new(1);
    let armed = Rc::new(Cell::new(false));
    let (event_loop, reports) = reporting(0);
    let chooser = TakesBack(pool.clone(), armed.clone());
    event_loop.set_chooser(Some(Box::new(chooser)));
    let results = event_loop.run_until_complete(async {
        let (first, second) = (run_in_executor(&other, || 2), run_in_executor(&pool, || 3));
        armed.set(true);
        (first.await, second.await)
    });
    let (two, taken_back) = results.unwrap();
    assert_eq!(two.unwrap(), 2);
    taken_back.unwrap_err();
    assert!(!armed.get(), "it was asked");
    assert_eq!(reports.take(), [""; 0], "no job ends out of turn");
    drop(job.end);
    assert_eq!(futures::executor::block_on(busy).unwrap(), 1);
}

/// Counts steps and iterations for each job, beside n others.
#[test]
fn a_job_costs_the_same_however_many_others_there_are() {
    let cost = |n: u64| {
        let event_loop = seeded(3);
        let pool = ThreadPool::new(2);
        let jobs = async { gather((0..n).map(|n| run_in_executor(&pool, move || n))).await };
        event_loop.run_until_complete(jobs).unwrap().unwrap();
        let metrics = event_loop.metrics();
        (metrics.steps - n * 3, metrics.iterations - n * 2)
    };
    assert_eq!(cost(10), cost(1000));
}

#[test]
fn jobs_end_in_the_order_of_their_submission_without_a_chooser() {
    for backwards in [false, true] {
        let event_loop = EventLoop::builder().virtual_time().build();
        let order = ends(&event_loop, JOBS, backwards);
        let order: Vec<usize> = order.into_iter().map(|(n, _)| n).collect();
        assert_eq!(order, [0, 1, 2, 3]);
    }
}

/// Neither a turn nor a thread hangs, although the task blocks the loop in its step.
#[test]
fn a_step_may_block_until_a_queued_job_begins() {
    run_virtual(async {
        let pool = ThreadPool::new(1);
        let first = run_in_executor(&pool, || 1);
        let (job, work) = held(2);
        let second = run_in_executor(&pool, work);
        job.begun.recv().unwrap();
        drop(job.end);
        assert_eq!((second.await.unwrap(), first.await.unwrap()), (2, 1));
    });
}

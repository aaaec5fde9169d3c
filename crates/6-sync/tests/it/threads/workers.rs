//! How many threads there are, and when; and how often a loop is woken.
//!
//! Invariants: the ones the tests are named after.
//!
//! Read next: `notifies.rs`.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::Duration;

use groundup_sync::combinators::gather;
use groundup_sync::executor::{
    Driver, EventLoop, Outside, Parked, ThreadPark, iteration, run_virtual, spawn,
};
use groundup_sync::task::Unpark;
use groundup_sync::{ThreadPool, run_in_executor};

use super::{Held, LONG, held};

#[test]
fn a_pool_has_no_more_threads_than_it_may_and_names_them() {
    run_virtual(async {
        let pool = ThreadPool::builder().threads(3).name("mill").build();
        let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let jobs = (0..300).map(|_| {
            let (now, most) = (now.clone(), most.clone());
            run_in_executor(&pool, move || {
                most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                thread::yield_now();
                now.fetch_sub(1, Ordering::SeqCst);
                thread::current().name().map(String::from)
            })
        });
        let names = gather(jobs).await.unwrap();
        let names: BTreeSet<String> = names
            .into_iter()
            .map(|name| name.unwrap().unwrap())
            .collect();
        let allowed: BTreeSet<String> = (1..=3).map(|n| format!("mill-{n}")).collect();
        assert!(names.is_subset(&allowed), "{names:?}");
        assert!(most.load(Ordering::SeqCst) <= 3);
        assert!((1..=3).contains(&pool.threads()));
    });
}

#[test]
fn threads_are_started_when_jobs_need_them() {
    run_virtual(async {
        let pool = ThreadPool::new(4);
        assert_eq!(pool.threads(), 0);
        let (jobs, works): (Vec<_>, Vec<_>) = (0..3).map(held).unzip();
        let running: Vec<_> = works
            .into_iter()
            .map(|work| run_in_executor(&pool, work))
            .collect();
        assert_eq!(pool.threads(), 3);
        drop(jobs);
        for (n, job) in running.into_iter().enumerate() {
            assert_eq!(job.await.unwrap(), n);
        }
        assert_eq!(pool.threads(), 3, "they stay for a while");
    });
}

/// Runs jobs that end when so many of them have begun.
async fn meet(pool: &ThreadPool, count: usize) {
    let meeting = Arc::new(Barrier::new(count));
    let jobs = (0..count).map(|_| {
        let meeting = meeting.clone();
        run_in_executor(pool, move || _ = meeting.wait())
    });
    for job in gather(jobs).await.unwrap() {
        job.unwrap();
    }
}

#[test]
fn jobs_that_wait_for_each_other_run_side_by_side_also_on_idle_threads() {
    run_virtual(async {
        let pool = ThreadPool::new(5);
        for count in [2, 2, 4, 3, 1, 5, 2].into_iter().cycle().take(140) {
            meet(&pool, count).await;
            assert!((2..=5).contains(&pool.threads()));
        }
    });
}

thread_local! {
    /// Tells of the end of its thread.
    static END: RefCell<Option<Sender<()>>> = const { RefCell::new(None) };
}

#[test]
fn an_idle_thread_ends_and_the_next_job_starts_another() {
    run_virtual(async {
        let pool = ThreadPool::builder()
            .threads(1)
            .idle(Duration::ZERO)
            .build();
        for n in 0..3 {
            let (end, ended) = channel();
            let job = run_in_executor(&pool, move || {
                END.set(Some(end));
                n
            });
            assert_eq!(job.await.unwrap(), n);
            assert!(
                ended.recv().is_err(),
                "the thread ends, and drops the sender"
            );
        }
        assert_eq!(pool.threads(), 0);
    });
}

/// Counts the calls that unpark the loop.
struct Counted {
    clock: ThreadPark,
    unparks: Arc<AtomicUsize>,
}

impl Driver for Counted {
    fn now(&self) -> u64 {
        self.clock.now()
    }

    fn park(&self, at: Option<u64>, out: Outside, asleep: &mut dyn FnMut() -> bool) -> Parked {
        self.clock.park(at, out, asleep)
    }

    fn unpark(&self) -> Unpark {
        let (unpark, unparks) = (self.clock.unpark(), self.unparks.clone());
        Arc::new(move || {
            unparks.fetch_add(1, Ordering::SeqCst);
            unpark();
        })
    }

    fn block(&self, duration: Duration) {
        self.clock.block(duration);
    }
}

#[test]
fn a_thousand_results_that_come_together_wake_the_loop_once() {
    let unparks = Arc::new(AtomicUsize::new(0));
    let clock = ThreadPark::new();
    let driver = Counted {
        clock,
        unparks: unparks.clone(),
    };
    let event_loop = EventLoop::builder().driver(driver).build();
    let pool = ThreadPool::new(1);
    let resumed: Rc<RefCell<Vec<u64>>> = Rc::default();
    event_loop
        .run_until_complete(async {
            let (gate, work) = held(());
            let first = run_in_executor(&pool, work);
            let jobs: Vec<_> = (0..1000)
                .map(|n| {
                    let (job, resumed) = (run_in_executor(&pool, move || n), resumed.clone());
                    spawn(async move {
                        assert_eq!(job.await.unwrap(), n);
                        resumed.borrow_mut().push(iteration());
                    })
                })
                .collect();
            let last = {
                let (begin, begun) = channel();
                let last = run_in_executor(&pool, move || begin.send(()).unwrap());
                groundup_sync::task::yield_now().await; // all of them wait now
                drop(gate);
                // The loop is busy until the one thread has ended a thousand jobs.
                begun.recv().unwrap();
                last
            };
            assert_eq!(
                unparks.load(Ordering::SeqCst),
                0,
                "a busy loop is not unparked"
            );
            for job in jobs {
                job.await.unwrap();
            }
            first.await.unwrap();
            last.await.unwrap();
        })
        .unwrap();
    let resumed = resumed.take();
    assert_eq!(resumed.len(), 1000);
    assert!(
        resumed.iter().all(|at| *at == resumed[0]),
        "all in one iteration"
    );
    assert!(unparks.load(Ordering::SeqCst) <= 1);
}

/// A driver whose first park opens a gate, and goes on when the job behind the others has begun.
struct Parks {
    counted: Counted,
    /// The first job, and the beginning of the last one.
    gate: RefCell<Option<(Held, Receiver<()>)>>,
    /// The unparks at the end of the first park.
    told: Rc<RefCell<Option<usize>>>,
}

impl Driver for Parks {
    fn now(&self) -> u64 {
        self.counted.now()
    }

    fn park(&self, at: Option<u64>, out: Outside, may_block: &mut dyn FnMut() -> bool) -> Parked {
        let Some((gate, begun)) = self.gate.take() else {
            return self.counted.park(at, out, may_block);
        };
        assert!(may_block(), "no result has come yet");
        drop(gate);
        begun.recv().unwrap();
        *self.told.borrow_mut() = Some(self.counted.unparks.load(Ordering::SeqCst));
        Parked::Awake
    }

    fn unpark(&self) -> Unpark {
        self.counted.unpark()
    }

    fn block(&self, duration: Duration) {
        self.counted.block(duration);
    }
}

#[test]
fn a_thousand_results_that_come_together_unpark_a_parked_loop_once() {
    let pool = ThreadPool::new(1);
    let (gate, first) = held(());
    let (begin, begun) = channel();
    let told: Rc<RefCell<Option<usize>>> = Rc::default();
    let driver = Parks {
        counted: Counted {
            clock: ThreadPark::new(),
            unparks: Arc::default(),
        },
        gate: RefCell::new(Some((gate, begun))),
        told: told.clone(),
    };
    let event_loop = EventLoop::builder().driver(driver).build();
    event_loop
        .run_until_complete(async {
            let first = run_in_executor(&pool, first);
            let jobs = gather((0..1000).map(|n| run_in_executor(&pool, move || n)));
            let last = run_in_executor(&pool, move || begin.send(()).unwrap());
            first.await.unwrap(); // the loop parks: no job has ended
            assert_eq!(*told.borrow(), Some(1), "of a thousand results");
            let values = jobs.await.unwrap();
            assert!(values.into_iter().map(Result::unwrap).eq(0..1000));
            last.await.unwrap();
        })
        .unwrap();
}

#[test]
fn loops_of_several_threads_share_a_pool() {
    let pool = Arc::new(ThreadPool::new(2));
    let loops: Vec<_> = (0..3)
        .map(|n| {
            let pool = pool.clone();
            let main = move || async move {
                let jobs = (0..50).map(|i| run_in_executor(&pool, move || n * i));
                let values = gather(jobs).await.unwrap();
                values.into_iter().map(Result::unwrap).sum::<i32>()
            };
            thread::spawn(move || run_virtual(main()))
        })
        .collect();
    let sums: Vec<i32> = loops.into_iter().map(|it| it.join().unwrap()).collect();
    assert_eq!(sums, [0, 1225, 2450]);
    assert!(pool.threads() <= 2);
}

#[test]
fn a_queue_of_cancelled_jobs_keeps_its_order_and_none_of_them() {
    run_virtual(async {
        let pool = ThreadPool::new(1);
        let (job, work) = held(());
        let first = run_in_executor(&pool, work);
        job.begun.recv().unwrap();
        let (order, log) = channel();
        let mut jobs: Vec<_> = (0..1000)
            .map(|n| {
                let order = order.clone();
                run_in_executor(&pool, move || order.send(n).unwrap())
            })
            .collect();
        let mut n = 0;
        jobs.retain(|_| {
            n += 1;
            n % 100 == 1
        });
        assert_eq!(pool.queued(), 10);
        drop((job.end, order));
        first.await.unwrap();
        for job in jobs {
            job.await.unwrap();
        }
        let order: Vec<i32> = log.into_iter().collect();
        assert_eq!(order, [0, 100, 200, 300, 400, 500, 600, 700, 800, 900]);
        pool.join(LONG).await.unwrap();
    });
}

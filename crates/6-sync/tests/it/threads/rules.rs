//! Rules R01 to R06, as far as they concern threads.
//!
//! Invariants: the ones the tests are named after.
//!
//! Read next: `ends.rs`.

use std::cell::Cell;
use std::future::pending;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::Duration;

use groundup_sync::combinators::{gather, timeout};
use groundup_sync::executor::{
    EventLoop, RemoteError, RunError, Runner, current_task, remote, run_virtual, sleep, spawn, time,
};
use groundup_sync::task::{Local, catch_cancel, raise_cancelled, yield_now};
use groundup_sync::{ThreadPool, default_pool, run_in_executor, to_thread};

use super::held;
use crate::setup::virtual_loop;

#[test]
fn r01_run_waits_for_the_jobs_of_its_pool() {
    let over = Arc::new(AtomicBool::new(false));
    let seen = over.clone();
    let (job, work) = held(());
    let end = job.end;
    run_virtual(async move {
        let end = end; // dropped with the main future, before the tasks are cancelled
        spawn(async move {
            let work = move || {
                work();
                (0..1000).for_each(|_| thread::yield_now());
                seen.store(true, Ordering::Release);
            };
            to_thread(work).await.unwrap();
        });
        yield_now().await;
        job.begun.recv().unwrap();
        drop(end);
    });
    assert!(over.load(Ordering::Acquire), "the job has run to its end");
}

#[test]
fn r03_all_runs_of_a_runner_have_one_pool() {
    let runner = Runner::with_loop(EventLoop::builder().virtual_time().build());
    let pool = || async { Rc::as_ptr(&default_pool()) };
    assert_eq!(runner.run(pool()).unwrap(), runner.run(pool()).unwrap());
    let id = || async { to_thread(|| thread::current().name().map(String::from)).await };
    for _ in 0..2 {
        let name = runner.run(id()).unwrap().unwrap().unwrap();
        assert!(name.starts_with("to_thread-"), "{name}");
    }
    runner.close().unwrap();
    assert!(matches!(runner.run(id()), Err(RunError::Closed)));
}

/// The first interrupt cancels the main task, which may clean up; the second ends the run at once.
/// The signals themselves come with floor 7: here a job on a thread stands for them.
#[test]
fn r04_a_thread_cancels_the_main_task_and_then_stops_the_run() {
    let (event_loop, _) = virtual_loop();
    let pool = ThreadPool::new(1);
    let cleaned = Cell::new(0);
    let interrupted = |twice: bool| {
        let (pool, cleaned) = (&pool, &cleaned);
        async move {
            let (main, remote) = (current_task().unwrap(), remote());
            let signal = run_in_executor(pool, move || {
                let first = remote.spawn(async move || current_task().is_some());
                assert!(first.wait().unwrap());
                if twice {
                    remote.stop().unwrap();
                }
            });
            let region = catch_cancel(async {
                signal.await.unwrap();
                main.cancel();
                pending::<()>().await
            });
            region.await.unwrap_err();
            cleaned.set(cleaned.get() + 1);
            raise_cancelled().await
        }
    };
    let first: Result<(), _> = event_loop.run_until_complete(interrupted(false));
    assert!(matches!(first, Err(RunError::Cancelled(_))), "{first:?}");
    assert_eq!(cleaned.get(), 1);
    let second: Result<(), _> = event_loop.run_until_complete(interrupted(true));
    assert!(matches!(second, Err(RunError::Stopped)), "{second:?}");
    assert_eq!(cleaned.get(), 1, "no clean-up after a stop");
}

/// Each job waits for the other three, so they end only if four threads run them at once.
#[test]
fn r05_four_blocking_jobs_run_at_once_on_the_default_pool() {
    run_virtual(async {
        let meeting = Arc::new(Barrier::new(4));
        let jobs = (0..4).map(|n| {
            let meeting = meeting.clone();
            to_thread(move || {
                meeting.wait();
                n
            })
        });
        let values = gather(jobs).await.unwrap();
        let values: Vec<i32> = values.into_iter().map(Result::unwrap).collect();
        assert_eq!(values, [0, 1, 2, 3]);
        assert_eq!(default_pool().threads(), 4);
        assert_eq!(
            time().since_start(),
            Duration::ZERO,
            "work takes no virtual time"
        );
    });
}

#[test]
fn r05_a_running_job_holds_virtual_time_still() {
    run_virtual(async {
        let (job, work) = held("in time");
        let hour = Duration::from_secs(3600);
        let end = spawn(async move {
            job.begun.recv().unwrap();
            job.end.send(()).unwrap();
        });
        let waited = timeout(hour, to_thread(work)).await;
        assert_eq!(waited.unwrap().unwrap(), "in time");
        end.await.unwrap();
        sleep(hour).await; // and then the clock goes on
        assert_eq!(time().since_start(), hour);
    });
}

#[test]
fn r05_a_cancelled_awaiter_leaves_at_once_and_its_job_runs_on() {
    let (dropped, was_dropped) = channel();
    struct Value(std::sync::mpsc::Sender<Option<String>>);
    impl Drop for Value {
        fn drop(&mut self) {
            let thread = thread::current().name().map(String::from);
            self.0.send(thread).unwrap();
        }
    }
    run_virtual(async {
        let pool = ThreadPool::new(1);
        let (job, work) = held(Value(dropped));
        let running = run_in_executor(&pool, work);
        let awaiter = spawn(async move { running.await.map(drop) });
        yield_now().await;
        job.begun.recv().unwrap();
        awaiter.cancel();
        assert!(awaiter.await.unwrap_err().is_cancelled());
        assert!(was_dropped.try_recv().is_err(), "the job runs");
        job.end.send(()).unwrap();
        // The value is dropped by the thread that made it.
        assert_eq!(was_dropped.recv().unwrap().as_deref(), Some("worker-1"));
    });
}

#[test]
fn r05_a_cancelled_awaiter_takes_a_job_that_has_not_begun_out_of_the_queue() {
    run_virtual(async {
        let pool = ThreadPool::new(1);
        let (job, work) = held(1);
        let first = run_in_executor(&pool, work);
        job.begun.recv().unwrap();
        let ran = Arc::new(AtomicBool::new(false));
        let (flag, held_by_job) = (ran.clone(), Arc::downgrade(&ran));
        let second = run_in_executor(&pool, move || flag.store(true, Ordering::Release));
        let awaiter = spawn(second);
        yield_now().await;
        assert_eq!((pool.queued(), held_by_job.strong_count()), (1, 2));
        awaiter.cancel();
        awaiter.await.unwrap_err();
        assert_eq!((pool.queued(), held_by_job.strong_count()), (0, 1));
        job.end.send(()).unwrap();
        assert_eq!(first.await.unwrap(), 1);
        pool.join(super::LONG).await.unwrap();
        assert!(!ran.load(Ordering::Acquire));
    });
}

/// asyncio copies the context to the thread; here a closure takes along what it needs.
#[test]
fn r05_task_locals_stay_with_their_loop() {
    static REQUEST: Local<u64> = Local::new();
    run_virtual(async {
        REQUEST.set(7);
        let request = REQUEST.get();
        let seen = to_thread(move || (REQUEST.get(), request)).await;
        assert_eq!(seen.unwrap(), (None, Some(7)));
        assert_eq!(REQUEST.get(), Some(7));
    });
}

#[test]
fn r06_a_job_runs_a_task_on_the_loop_and_cancels_one() {
    run_virtual(async {
        let remote = remote();
        let said = to_thread(move || {
            let here = thread::current().id();
            let task = remote.spawn(async || {
                yield_now().await;
                thread::current().id()
            });
            let never = remote.spawn(pending::<()>);
            assert!(never.cancel());
            (task.wait().unwrap() != here, never.wait().unwrap_err())
        });
        let (elsewhere, error) = said.await.unwrap();
        assert!(elsewhere);
        assert!(matches!(error, RemoteError::Cancelled));
    });
}

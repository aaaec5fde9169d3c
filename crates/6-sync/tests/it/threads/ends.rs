//! Every end of a job and of a pool.
//!
//! Invariants: the ones the tests are named after.
//!
//! Read next: `workers.rs`.

use std::cell::RefCell;
use std::future::pending;
use std::panic::panic_any;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use futures::FutureExt;
use groundup_sync::combinators::join;
use groundup_sync::executor::{EventLoop, run_virtual, spawn};
use groundup_sync::task::{ReportKind, catch_cancel, yield_now};
use groundup_sync::{DefaultPool, JobError, ThreadPool, default_pool, run_in_executor, to_thread};

use super::{LONG, held};
use crate::setup::{expect_panics, give_up_joins, virtual_loop};

/// A value whose drop panics.
struct Sour;

impl Drop for Sour {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            panic!("the milk has turned");
        }
    }
}

#[test]
fn the_panic_of_a_job_reaches_its_awaiter_and_the_thread_goes_on() {
    expect_panics();
    run_virtual(async {
        let pool = ThreadPool::new(1);
        let broken =
            run_in_executor::<_, ()>(&pool, || panic_any("out of paper".to_string())).await;
        let error = broken.unwrap_err();
        assert_eq!(error.to_string(), "the job panicked: out of paper");
        let JobError::Panicked(panic) = error else {
            panic!("{error}");
        };
        assert!(panic.into_payload().is::<String>());
        assert_eq!(run_in_executor(&pool, || 5).await.unwrap(), 5);
        assert_eq!(pool.threads(), 1, "it is the same thread");
    });
}

#[test]
fn a_payload_that_panics_in_its_drop_is_reported_and_harms_nobody() {
    expect_panics();
    let (event_loop, reports) = virtual_loop();
    let pool = ThreadPool::new(1);
    let five = event_loop.run_until_complete(async {
        let broken = run_in_executor::<_, ()>(&pool, || panic_any(Sour)).await;
        assert!(matches!(broken, Err(JobError::Panicked(_))));
        drop(broken);
        run_in_executor(&pool, || 5).await
    });
    assert_eq!(five.unwrap().unwrap(), 5);
    let kinds: Vec<ReportKind> = reports.borrow().iter().map(|report| report.kind).collect();
    assert_eq!(kinds, [ReportKind::PanicInDrop]);
}

#[test]
fn a_panic_that_no_task_awaits_any_more_is_reported_with_its_place() {
    expect_panics();
    let (event_loop, reports) = virtual_loop();
    let pool = ThreadPool::new(1);
    event_loop
        .run_until_complete(async {
            let (job, work) = held(());
            let line = line!() + 1;
            let broken = run_in_executor(&pool, move || {
                work();
                panic!("unseen");
            });
            job.begun.recv().unwrap();
            drop::<groundup_sync::RunInExecutor<()>>(broken);
            drop(job.end);
            pool.join(LONG).await.unwrap();
            yield_now().await;
            line
        })
        .map(|line| {
            let reports = reports.borrow();
            assert_eq!(reports.len(), 1, "{reports:?}");
            assert_eq!(reports[0].kind, ReportKind::PanicNeverRetrieved);
            assert!(
                reports[0].message.ends_with("any more: unseen"),
                "{reports:?}"
            );
            assert_eq!(reports[0].place.unwrap().line(), line);
        })
        .unwrap();
}

#[test]
fn a_result_that_is_dropped_unread_is_dropped_once_and_its_panic_reported() {
    expect_panics();
    let (event_loop, reports) = virtual_loop();
    let pool = ThreadPool::new(1);
    event_loop
        .run_until_complete(async {
            let panicked = run_in_executor::<_, ()>(&pool, || panic!("unread"));
            let sour = run_in_executor(&pool, || Sour);
            run_in_executor(&pool, || ()).await.unwrap(); // the two before have ended
            drop(panicked);
            drop(sour);
        })
        .unwrap();
    let kinds: Vec<ReportKind> = reports.borrow().iter().map(|report| report.kind).collect();
    assert_eq!(
        kinds,
        [ReportKind::PanicInDrop, ReportKind::PanicNeverRetrieved]
    );
}

#[test]
fn a_pool_that_is_shut_down_runs_its_queue_and_refuses_new_jobs() {
    run_virtual(async {
        let pool = ThreadPool::new(1);
        let (job, work) = held(1);
        let first = run_in_executor(&pool, work);
        let second = run_in_executor(&pool, || 2);
        pool.shutdown();
        pool.shutdown();
        let third = run_in_executor(&pool, || 3);
        let text = third.await.unwrap_err().to_string();
        assert!(
            text.contains("its pool was shut down before; submit jobs before"),
            "{text}"
        );
        drop(job.end);
        assert_eq!((first.await.unwrap(), second.await.unwrap()), (1, 2));
    });
}

#[test]
fn a_dropped_pool_runs_its_queue() {
    let pool = ThreadPool::new(1);
    let (job, work) = held(1);
    run_virtual(async move {
        let first = run_in_executor(&pool, work);
        let second = run_in_executor(&pool, || 2);
        drop(pool);
        drop(job.end);
        assert_eq!((first.await.unwrap(), second.await.unwrap()), (1, 2));
    });
}

#[test]
fn a_shutdown_whose_limit_is_over_names_the_job_and_can_be_joined_again() {
    run_virtual(async {
        let pool = ThreadPool::builder().threads(1).name("tape").build();
        let (job, work) = held(());
        let place = line!() + 1;
        let stuck = run_in_executor(&pool, work);
        let queued = run_in_executor(&pool, || ());
        job.begun.recv().unwrap();
        let error = pool.join(Duration::ZERO).await.unwrap_err();
        assert_eq!((error.jobs.len(), error.queued), (1, 1));
        let text = error.to_string();
        assert!(text.contains(&format!("ends.rs:{place}:")), "{text}");
        assert!(text.contains("job 1, submitted at") && text.contains("on thread tape-1"));
        drop(job.end);
        pool.join(LONG).await.unwrap();
        assert_eq!(pool.threads(), 0);
        stuck.await.unwrap();
        queued.await.unwrap();
    });
}

#[test]
#[should_panic(expected = "a pool of no threads would run no job")]
fn a_pool_of_no_threads_is_refused() {
    drop(ThreadPool::new(0));
}

#[test]
#[should_panic(expected = "would block the event loop that runs on this thread: await join")]
fn a_blocking_join_inside_a_loop_is_refused() {
    run_virtual(async { ThreadPool::new(1).join_real_time(LONG).unwrap() });
}

#[test]
#[should_panic(expected = "to_thread works only inside one, whose pool it uses")]
fn to_thread_outside_a_loop_is_refused() {
    futures::executor::block_on(async { to_thread(|| ()).await.unwrap() });
}

#[test]
fn run_in_executor_works_under_any_executor() {
    let pool = ThreadPool::new(1);
    let value = futures::executor::block_on(run_in_executor(&pool, || 5));
    assert_eq!(value.unwrap(), 5);
}

#[test]
fn a_pool_that_gets_no_thread_ends_its_jobs_with_an_error() {
    run_virtual(async {
        let pool = ThreadPool::builder().stack_size(usize::MAX / 4).build();
        for _ in 0..2 {
            let error = run_in_executor(&pool, || ()).await.unwrap_err();
            assert!(matches!(error, JobError::NoThread(_)), "{error}");
            assert!(
                error
                    .to_string()
                    .contains("the system refused a thread for it")
            );
            assert_eq!((pool.threads(), pool.queued()), (0, 0));
        }
    });
}

#[test]
fn a_loop_that_closes_under_a_job_names_it_and_the_job_runs_on() {
    let (event_loop, reports) = virtual_loop();
    event_loop.keep(|| DefaultPool::new(ThreadPool::new(1)).limit(Duration::ZERO));
    let (over, is_over) = channel();
    let (job, work) = held(7);
    let place = line!() + 1;
    let awaiter = event_loop.spawn(to_thread(move || over.send(work()).unwrap()));
    event_loop.step().unwrap();
    job.begun.recv().unwrap();
    event_loop.close().unwrap();
    let stranded = futures::executor::block_on(awaiter.join()).unwrap_err();
    let text = stranded.to_string();
    assert!(
        text.contains("its loop was closed before it was done"),
        "{text}"
    );
    let report = reports.borrow()[0].clone();
    assert_eq!(report.kind, ReportKind::StillRunning);
    let text = report.message;
    assert!(
        text.starts_with("the loop is closed, and jobs of its default pool run on"),
        "{text}"
    );
    assert!(text.contains(&format!("ends.rs:{place}:")), "{text}");
    drop(job.end);
    assert_eq!(is_over.recv(), Ok(7));
}

#[test]
fn a_loop_that_closes_drops_the_jobs_that_have_not_begun() {
    let (event_loop, reports) = virtual_loop();
    event_loop.keep(|| DefaultPool::new(ThreadPool::new(1)));
    let (job, work) = held(());
    let alive = Arc::new(());
    let captured = alive.clone();
    drop(event_loop.spawn(to_thread(work)));
    drop(event_loop.spawn(to_thread(move || drop(captured))));
    event_loop.step().unwrap();
    job.begun.recv().unwrap();
    assert_eq!(Arc::strong_count(&alive), 2);
    let end = job.end;
    // Ends the first job when the tasks are dropped, before the pool is.
    drop(event_loop.spawn(async move {
        let _end = end;
        pending::<()>().await;
    }));
    event_loop.close().unwrap();
    assert_eq!(Arc::strong_count(&alive), 1);
    assert!(reports.borrow().is_empty(), "{:?}", reports.borrow());
}

#[test]
fn a_loop_that_is_closed_gives_an_awaiter_elsewhere_its_value() {
    let (first, _) = virtual_loop();
    let pool = ThreadPool::new(1);
    let (job, work) = held("kept");
    let value = first
        .run_until_complete(async { Some(run_in_executor(&pool, work)) })
        .unwrap();
    first.close().unwrap();
    drop(job.end);
    let second = EventLoop::builder().virtual_time().build();
    assert_eq!(
        second.run_until_complete(value.unwrap()).unwrap().unwrap(),
        "kept"
    );
}

#[test]
fn an_awaiter_of_a_job_that_is_taken_back_is_woken() {
    run_virtual(async {
        let pool = ThreadPool::new(1);
        let (job, work) = held(());
        let first = run_in_executor(&pool, work);
        job.begun.recv().unwrap();
        let captured = Arc::new(());
        let alive = captured.clone();
        let second = spawn(run_in_executor(&pool, move || drop(captured)));
        yield_now().await;
        assert_eq!(pool.take_back_jobs(), 1);
        assert_eq!(Arc::strong_count(&alive), 1);
        let error = second.await.unwrap().unwrap_err();
        assert!(
            error
                .to_string()
                .contains("took back the jobs that had not begun"),
            "{error}"
        );
        assert_eq!(pool.take_back_jobs(), 0);
        drop(job.end);
        first.await.unwrap();
    });
}

#[test]
#[should_panic(expected = "a job was polled after it had finished: await it once")]
fn a_second_poll_after_the_end_is_refused() {
    run_virtual(async {
        let pool = ThreadPool::new(1);
        let mut job = run_in_executor(&pool, || ());
        (&mut job).await.unwrap();
        (&mut job).await.unwrap();
    });
}

#[test]
fn a_cancel_wins_over_a_result_of_the_same_iteration() {
    let event_loop = EventLoop::new(); // on the real clock a result comes when it is there
    let pool = ThreadPool::new(1);
    let (job, work) = held(5);
    let log = Rc::new(RefCell::new(Vec::new()));
    let (value, region) = (log.clone(), log.clone());
    event_loop
        .run_until_complete(async {
            let running = run_in_executor(&pool, work);
            let both = spawn(join((
                async move {
                    running.await.unwrap();
                    value.borrow_mut().push("the code behind the job");
                },
                async move {
                    catch_cancel(pending::<()>()).await.unwrap_err();
                    region.borrow_mut().push("the region");
                },
            )));
            yield_now().await;
            job.begun.recv().unwrap();
            drop(job.end);
            // One thread: when this job begins, the result of the first is there.
            let (begin, begun) = channel();
            let second = run_in_executor(&pool, move || begin.send(()).unwrap());
            begun.recv().unwrap();
            both.cancel();
            both.await.unwrap();
            second.await.unwrap();
        })
        .unwrap();
    assert_eq!(*log.borrow(), ["the region", "the code behind the job"]);
}

/// An `Rc` of the pool is kept by the program. The close waits all the same, once.
#[test]
fn the_close_of_a_loop_shuts_its_pool_down_also_if_the_program_keeps_it() {
    let (event_loop, reports) = virtual_loop();
    let (job, work) = held(());
    let over = Arc::new(());
    let captured = over.clone();
    let kept = event_loop.run_until_complete(async {
        let running = spawn(to_thread(move || {
            work();
            drop(captured);
        }));
        yield_now().await;
        drop(running);
        Some(default_pool())
    });
    job.begun.recv().unwrap();
    let end = job.end;
    // Ends the job when the tasks are dropped, before the pool is closed.
    drop(event_loop.spawn(async move {
        let _end = end;
        pending::<()>().await;
    }));
    event_loop.close().unwrap();
    assert_eq!(Arc::strong_count(&over), 1, "the job has run to its end");
    let kept = kept.unwrap().unwrap();
    assert!(kept.is_shut_down() && kept.threads() == 0);
    let refused = futures::executor::block_on(run_in_executor(&kept, || ()));
    assert!(matches!(refused, Err(JobError::PoolShutDown)));
    assert!(reports.borrow().is_empty());
}

#[test]
fn a_join_that_is_given_up_keeps_no_thread() {
    let (event_loop, _) = virtual_loop();
    let pool = ThreadPool::new(1);
    let (job, work) = held(());
    let stuck = run_in_executor(&pool, work);
    job.begun.recv().unwrap();
    event_loop
        .run_until_complete(async { give_up_joins("pool-join", |limit| pool.join(limit)) })
        .unwrap();
    drop((job.end, stuck));
}

/// Panics when it is called.
struct BadWaker;

impl Wake for BadWaker {
    fn wake(self: Arc<Self>) {
        panic!("a waker that panics");
    }
}

#[test]
fn a_foreign_waker_that_panics_harms_no_other_awaiter_where_no_loop_runs() {
    let pool = ThreadPool::new(1);
    let (job, work) = held(());
    let busy = run_in_executor(&pool, work);
    job.begun.recv().unwrap();
    let mut first = run_in_executor(&pool, || 1);
    let mut second = run_in_executor(&pool, || 2);
    let bad = Waker::from(Arc::new(BadWaker));
    assert!(
        first
            .poll_unpin(&mut Context::from_waker(&bad))
            .is_pending()
    );
    let mut polls = || second.poll_unpin(&mut Context::from_waker(Waker::noop()));
    assert!(polls().is_pending());
    assert_eq!(pool.take_back_jobs(), 2);
    assert!(matches!(polls(), Poll::Ready(Err(JobError::TakenBack))));
    drop((job.end, busy, first));
}

//! Shutdowns, cancels, and the end of the program itself.
//!
//! Invariants: the ones the tests are named after.
//!
//! Read next: `../errors.rs`.

use std::process::{Command, Stdio};
use std::time::Duration;

use groundup_sync::executor::{EventLoop, run, spawn};
use groundup_sync::{ProcessPool, run_in_process};

use super::worker::*;
use super::{HeldJob, LONG, Meeting, assert_gone, builder, lists_none, signal, stop, with_pool};
use crate::setup::{give_up_joins, secs};

#[test]
fn a_pool_that_is_shut_down_runs_its_queue_and_leaves_no_process() {
    let pool = builder(2).build().unwrap();
    run(async {
        let jobs: Vec<_> = (0..6).map(|_| run_in_process(&pool, id, ())).collect();
        pool.shutdown();
        pool.shutdown();
        let mut processes = Vec::new();
        for job in jobs {
            processes.push(job.await.unwrap());
        }
        pool.join(LONG).await.unwrap();
        processes.into_iter().for_each(assert_gone);
    });
}

#[test]
fn an_idle_process_ends_at_the_shutdown() {
    with_pool(builder(1), async |pool| {
        let process = run_in_process(&pool, id, ()).await.unwrap();
        pool.shutdown();
        pool.join(LONG).await.unwrap();
        assert_gone(process);
    });
}

#[test]
fn a_process_ends_with_the_last_job_after_a_shutdown() {
    with_pool(builder(1), async |pool| {
        let meeting = Meeting::new();
        let job = run_in_process(&pool, held, (meeting.place(), 1));
        let begun = meeting.begun();
        let process = pool.workers()[0];
        pool.shutdown();
        begun.end();
        assert_eq!(job.await.unwrap(), 1);
        lists_none(&pool).await;
        pool.join(LONG).await.unwrap();
        assert_gone(process);
    });
}

/// The worker of the first job may be kept for the queued one, which is given up at about that time.
#[test]
fn no_process_is_kept_for_a_job_that_is_given_up_after_a_shutdown() {
    let builder = builder(1);
    run(async {
        for round in 0..60 {
            let pool = builder.clone().build().unwrap();
            let meeting = Meeting::new();
            let job = run_in_process(&pool, held, (meeting.place(), 1));
            let begun = meeting.begun();
            let queued = run_in_process(&pool, double, 2);
            pool.shutdown();
            begun.end();
            (0..round * 40).for_each(|_| std::hint::spin_loop());
            drop(queued);
            assert_eq!(job.await.unwrap(), 1);
            lists_none(&pool).await;
        }
    });
}

/// Starts two workers, and returns their numbers when they are idle.
async fn two_idle(pool: &ProcessPool) -> Vec<u32> {
    let meeting = Meeting::new();
    let jobs = [1, 2].map(|n| run_in_process(pool, held, (meeting.place(), n)));
    let begun = [meeting.begun(), meeting.begun()];
    begun.into_iter().for_each(HeldJob::end);
    for job in jobs {
        job.await.unwrap();
    }
    pool.workers()
}

#[test]
fn a_join_names_the_processes_that_do_not_end() {
    with_pool(builder(2).patience(secs(3600)), async |pool| {
        let mut stopped = two_idle(&pool).await;
        stopped.iter().copied().for_each(stop);
        let error = loop {
            let error = pool.join(Duration::from_millis(10)).await.unwrap_err();
            if !error.processes.is_empty() {
                break error; // the threads have ended
            }
        };
        let mut named = error.processes.clone();
        named.sort_unstable();
        stopped.sort_unstable();
        assert_eq!((error.jobs.len(), named), (0, stopped.clone()));
        let text = error.to_string();
        assert!(text.contains("; processes have not ended: "), "{text}");
        stopped.iter().for_each(|process| signal("CONT", *process));
        pool.join(LONG).await.unwrap();
        stopped.into_iter().for_each(assert_gone);
    });
}

#[test]
fn processes_that_do_not_end_by_themselves_are_killed() {
    with_pool(
        builder(2).patience(Duration::from_millis(10)),
        async |pool| {
            let stopped = two_idle(&pool).await;
            stopped.iter().copied().for_each(stop);
            pool.join(LONG).await.unwrap();
            stopped.into_iter().for_each(assert_gone);
        },
    );
}

#[test]
fn a_join_that_is_given_up_keeps_no_thread() {
    with_pool(builder(1), async |pool| {
        let meeting = Meeting::new();
        let stuck = run_in_process(&pool, held, (meeting.place(), 1));
        let begun = meeting.begun();
        give_up_joins("process-join", |limit| pool.join(limit));
        begun.end();
        assert_eq!(stuck.await.unwrap(), 1);
    });
}

#[test]
fn a_dropped_pool_runs_its_queue() {
    let pool = builder(1).build().unwrap();
    run(async {
        let meeting = Meeting::new();
        let first = run_in_process(&pool, held, (meeting.place(), 1));
        let second = run_in_process(&pool, double, 2);
        drop(pool);
        meeting.begun().end();
        assert_eq!(first.await.unwrap(), 1);
        assert_eq!(second.await.unwrap(), 4);
    });
}

#[test]
fn a_join_whose_limit_is_over_names_the_job() {
    with_pool(builder(1), async |pool| {
        let meeting = Meeting::new();
        let line = line!() + 1;
        let stuck = run_in_process(&pool, held, (meeting.place(), 1));
        let begun = meeting.begun();
        let error = pool.join(Duration::ZERO).await.unwrap_err();
        assert_eq!((error.jobs.len(), error.queued), (1, 0));
        assert_eq!(error.jobs[0].place.line(), line);
        assert_eq!(error.jobs[0].thread, "process-1");
        begun.end();
        assert_eq!(stuck.await.unwrap(), 1);
    });
}

#[test]
fn a_cancelled_job_runs_to_its_end() {
    with_pool(builder(1), async |pool| {
        let meeting = Meeting::new();
        let job = run_in_process(&pool, held, (meeting.place(), 1));
        let begun = meeting.begun();
        let process = pool.workers();
        drop(job);
        begun.end();
        assert_eq!([run_in_process(&pool, id, ()).await.unwrap()], process[..]);
    });
}

#[test]
fn a_cancelled_job_is_killed_if_the_pool_says_so() {
    with_pool(builder(1).kill_on_cancel(true), async |pool| {
        let meeting = Meeting::new();
        let job = spawn(run_in_process(&pool, held, (meeting.place(), 1)));
        let begun = meeting.begun();
        let process = pool.workers()[0];
        job.cancel();
        job.await.unwrap_err();
        begun.wait_gone();
        assert_ne!(run_in_process(&pool, id, ()).await.unwrap(), process);
        assert_gone(process);
    });
}

#[test]
fn only_the_job_that_is_dropped_is_killed() {
    with_pool(builder(1).kill_on_cancel(true), async |pool| {
        let meeting = Meeting::new();
        let running = run_in_process(&pool, held, (meeting.place(), 1));
        let begun = meeting.begun();
        drop(run_in_process(&pool, id, ())); // it is in the queue
        begun.end();
        assert_eq!(running.await.unwrap(), 1);
        // It has ended, and its future is not dropped yet while the next job runs.
        let mut ended = run_in_process(&pool, double, 1);
        assert_eq!((&mut ended).await.unwrap(), 2);
        let next = run_in_process(&pool, held, (meeting.place(), 3));
        let begun = meeting.begun();
        drop(ended);
        begun.end();
        assert_eq!(next.await.unwrap(), 3);
        assert_eq!(run_in_process(&pool, calls, ()).await.unwrap(), 1);
        assert_eq!(pool.workers().len(), 1);
    });
}

#[test]
fn a_loop_that_closes_under_a_job_lets_it_run_on_or_kills_it() {
    for kill in [false, true] {
        let pool = builder(1).kill_on_cancel(kill).build().unwrap();
        let meeting = Meeting::new();
        let event_loop = EventLoop::builder().virtual_time().build();
        let job = run_in_process(&pool, held, (meeting.place(), 1));
        let awaiter = event_loop.spawn(job);
        event_loop.step().unwrap();
        let begun = meeting.begun();
        let process = pool.workers()[0];
        event_loop.close().unwrap();
        if kill {
            begun.wait_gone();
        } else {
            begun.end();
        }
        run(async {
            awaiter.await.unwrap_err();
            let next = run_in_process(&pool, id, ()).await.unwrap();
            assert_eq!(next != process, kill);
            pool.join(LONG).await.unwrap();
            assert_gone(process);
        });
    }
}

/// The program of `a_worker_dies_with_its_program`: has a job that does not end.
#[test]
fn program_with_a_job() {
    let Ok(place) = std::env::var("GROUNDUP_TEST_MEETING") else {
        return;
    };
    let pool = builder(1).build().unwrap();
    let _ = run(run_in_process(&pool, held, (place, 1)));
}

#[test]
fn a_worker_dies_with_its_program_in_the_middle_of_a_job() {
    let meeting = Meeting::new();
    let mut program = Command::new(std::env::current_exe().unwrap())
        .args([
            "processes::ends::program_with_a_job",
            "--exact",
            "--nocapture",
        ])
        .env("GROUNDUP_TEST_MEETING", meeting.place())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let begun = meeting.begun();
    program.kill().unwrap();
    program.wait().unwrap();
    begun.wait_gone();
}

//! Workers that die, send garbage, or outlive their use.
//!
//! Invariants: the ones the tests are named after.
//!
//! Read next: `ends.rs`.

use std::os::unix::process::ExitStatusExt;

use groundup_sync::combinators::join;
use groundup_sync::{ProcessError, run_in_process};

use super::worker::*;
use super::{Meeting, assert_gone, builder, ends, lists_none, signal, stop, with_pool};

#[test]
fn a_worker_that_exits_is_reported_with_its_status_and_replaced() {
    with_pool(builder(1), async |pool| {
        let first = run_in_process(&pool, id, ()).await.unwrap();
        let error = run_in_process(&pool, exits, 3).await.unwrap_err();
        let ProcessError::WorkerDied { job, status } = &error else {
            panic!("{error}");
        };
        assert!(job.ends_with("worker::exits"));
        assert_eq!(status.code(), Some(3));
        let text = error.to_string();
        assert!(
            text.contains("exits died (exit status: 3): the job may be half done"),
            "{text}"
        );
        assert_gone(first);
        assert_ne!(run_in_process(&pool, id, ()).await.unwrap(), first);
    });
}

#[test]
fn a_worker_that_is_killed_is_reported_with_its_signal_and_its_job_is_not_run_again() {
    with_pool(builder(1), async |pool| {
        for (name, number) in [("KILL", 9), ("ABRT", 6)] {
            let error = run_in_process(&pool, dies_by, name.to_string())
                .await
                .unwrap_err();
            let ProcessError::WorkerDied { status, .. } = error else {
                panic!("{error}");
            };
            assert_eq!(status.signal(), Some(number));
        }
        let meeting = Meeting::new();
        let error = run_in_process(&pool, announced_death, meeting.place());
        assert!(matches!(error.await, Err(ProcessError::WorkerDied { .. })));
        meeting.begun().wait_gone();
        assert!(meeting.is_empty(), "it was run once");
        assert_eq!(run_in_process(&pool, calls, ()).await.unwrap(), 1);
    });
}

#[test]
fn a_death_is_charged_to_the_job_that_the_worker_had() {
    with_pool(builder(2), async |pool| {
        let meeting = Meeting::new();
        let survivor = run_in_process(&pool, held, (meeting.place(), 5));
        let begun = meeting.begun();
        let error = run_in_process(&pool, dies_by, "KILL".into())
            .await
            .unwrap_err();
        assert!(
            error.to_string().contains("worker::dies_by died"),
            "{error}"
        );
        begun.end();
        assert_eq!(survivor.await.unwrap(), 5);
    });
}

#[test]
fn a_worker_that_died_while_it_was_idle_gets_no_job() {
    with_pool(builder(1), async |pool| {
        let first = run_in_process(&pool, id, ()).await.unwrap();
        signal("KILL", first);
        // A process that is killed closes its descriptors a moment later. Until then the worker looks
        // idle, and the job is charged with its death.
        let second = loop {
            match run_in_process(&pool, id, ()).await {
                Ok(second) => break second,
                Err(error) => assert!(matches!(error, ProcessError::WorkerDied { .. })),
            }
        };
        assert_ne!(second, first);
        assert_gone(first);
    });
}

#[test]
fn a_stopped_worker_is_killed_with_the_others() {
    with_pool(builder(1), async |pool| {
        let meeting = Meeting::new();
        let job = run_in_process(&pool, held, (meeting.place(), 1));
        let begun = meeting.begun();
        stop(pool.workers()[0]);
        pool.kill_workers();
        let error = job.await.unwrap_err();
        assert!(matches!(error, ProcessError::WorkerDied { .. }), "{error}");
        begun.wait_gone();
    });
}

#[test]
fn an_idle_worker_that_is_killed_is_listed_no_more_and_leaves_no_zombie() {
    for by_the_pool in [true, false] {
        with_pool(builder(1), async |pool| {
            let process = run_in_process(&pool, id, ()).await.unwrap();
            match by_the_pool {
                true => pool.kill_workers(),
                false => signal("KILL", process),
            }
            lists_none(&pool).await;
            ends(process);
            assert_ne!(run_in_process(&pool, id, ()).await.unwrap(), process);
        });
    }
}

#[test]
fn garbage_of_a_worker_is_an_error_and_the_worker_is_killed() {
    let programs = [
        ("babbling_worker", "they do not begin as a reply does"),
        (
            "worker_that_replies_to_another_job",
            "they are a reply to another job",
        ),
        (
            "worker_that_announces_too_much",
            "an unknown kind of reply, or one over the limit",
        ),
    ];
    for (program, why) in programs {
        let program = format!("processes::worker::{program}");
        with_pool(builder(1).test_worker(&program), async |pool| {
            let error = run_in_process(&pool, double, 1).await.unwrap_err();
            assert!(matches!(error, ProcessError::Garbage { .. }), "{error}");
            let text = error.to_string();
            assert!(
                text.contains(why) && text.contains("and was killed"),
                "{text}"
            );
            assert!(pool.workers().is_empty());
        });
    }
}

#[test]
fn a_value_of_another_type_is_an_error() {
    let program = "processes::worker::worker_that_replies_with_another_type";
    with_pool(builder(1).test_worker(program), async |pool| {
        let error = run_in_process(&pool, double, 1).await.unwrap_err();
        assert!(matches!(error, ProcessError::Unreadable { .. }), "{error}");
        assert!(error.to_string().contains("bytes are left"), "{error}");
    });
}

#[test]
fn bytes_after_a_reply_are_not_charged_to_the_next_job() {
    let program = "processes::worker::worker_that_goes_on_talking";
    with_pool(builder(1).test_worker(program), async |pool| {
        assert_eq!(run_in_process(&pool, double, 2).await.unwrap(), 4);
        let first = pool.workers();
        assert_eq!(run_in_process(&pool, double, 2).await.unwrap(), 4);
        assert_ne!(pool.workers(), first);
    });
}

#[test]
fn a_program_that_does_not_serve_is_a_worker_that_died() {
    let program = "processes::worker::idle_worker";
    with_pool(builder(1).test_worker(program), async |pool| {
        let error = run_in_process(&pool, double, 1).await.unwrap_err();
        assert!(matches!(error, ProcessError::WorkerDied { .. }), "{error}");
    });
}

#[test]
fn kill_workers_ends_the_running_jobs_with_an_error_and_the_queue_goes_on() {
    with_pool(builder(1), async |pool| {
        let meeting = Meeting::new();
        let stuck = run_in_process(&pool, held, (meeting.place(), 1));
        let next = run_in_process(&pool, calls, ());
        let begun = meeting.begun();
        pool.kill_workers();
        let (stuck, next) = join((stuck, next)).await;
        assert!(matches!(stuck, Err(ProcessError::WorkerDied { .. })));
        assert_eq!(next.unwrap(), 1);
        begun.wait_gone();
    });
}

//! What a job gets and gives, and what is refused.
//!
//! Invariants: the ones the tests are named after.
//!
//! Read next: `deaths.rs`.

use groundup_sync::combinators::{gather, join};
use groundup_sync::executor::{EventLoop, run_virtual};
use groundup_sync::{JobError, ProcessError, process_job, run_in_process, serve_jobs};

use super::worker::*;
use super::{LONG, Meeting, builder, with_pool};
use crate::setup::SOON;

#[test]
fn a_job_gets_its_arguments_and_gives_its_value() {
    with_pool(builder(2), async |pool| {
        assert_eq!(run_in_process(&pool, double, 21).await.unwrap(), 42);
        let both = run_in_process(&pool, add, ("ä".to_string(), None)).await;
        assert_eq!(both.unwrap(), ("ä".to_string(), -1));
        let own = std::process::id();
        assert_ne!(run_in_process(&pool, id, ()).await.unwrap(), own);
    });
}

#[test]
fn a_megabyte_goes_there_and_back() {
    with_pool(builder(1), async |pool| {
        let long = vec![1; 1 << 20];
        assert_eq!(run_in_process(&pool, length, long).await.unwrap(), 1 << 20);
        let long = run_in_process(&pool, repeat, 1 << 20).await.unwrap();
        assert!(long.len() == 1 << 20 && long.iter().all(|byte| *byte == 7));
    });
}

#[test]
fn a_worker_is_kept_for_the_next_job() {
    with_pool(builder(1), async |pool| {
        for n in 1..=3 {
            assert_eq!(run_in_process(&pool, calls, ()).await.unwrap(), n);
        }
        assert_eq!(pool.workers().len(), 1);
    });
}

#[test]
fn as_many_jobs_run_at_once_as_the_pool_has_processes() {
    with_pool(builder(3), async |pool| {
        let meeting = Meeting::new();
        let jobs: Vec<_> = (0..4)
            .map(|n| run_in_process(&pool, held, (meeting.place(), n)))
            .collect();
        let begun = [meeting.begun(), meeting.begun(), meeting.begun()];
        assert_eq!((pool.workers().len(), pool.queued()), (3, 1));
        begun.into_iter().for_each(super::HeldJob::end);
        meeting.begun().end();
        let values = gather(jobs).await.unwrap();
        let values: Vec<u32> = values.into_iter().map(Result::unwrap).collect();
        assert_eq!(values, [0, 1, 2, 3]);
    });
}

#[test]
fn a_job_finds_its_standard_input_empty() {
    with_pool(builder(1), async |pool| {
        assert_eq!(run_in_process(&pool, input, ()).await.unwrap(), 0);
    });
}

#[test]
fn a_child_of_a_job_is_no_worker() {
    with_pool(builder(1), async |pool| {
        for of_a_pair in [false, true] {
            let told = run_in_process(&pool, marked_child, of_a_pair)
                .await
                .unwrap();
            assert!(told.contains("1 passed"), "{told}");
        }
    });
}

#[test]
fn the_panic_of_a_job_reaches_its_awaiter_and_the_worker_goes_on() {
    with_pool(builder(1), async |pool| {
        let error = run_in_process(&pool, broken, "no paper".to_string()).await;
        let error = error.unwrap_err();
        assert!(matches!(error, ProcessError::Panicked { .. }));
        let text = error.to_string();
        assert!(text.contains("worker::broken panicked in its worker, at "));
        assert!(
            text.contains("worker.rs:") && text.ends_with(": no paper"),
            "{text}"
        );
        assert_eq!(run_in_process(&pool, calls, ()).await.unwrap(), 1);
        assert_eq!(pool.workers().len(), 1);
    });
}

#[test]
fn a_job_that_is_not_in_the_list_is_refused_before_it_is_sent() {
    with_pool(builder(1), async |pool| {
        let error = run_in_process(&pool, not_listed, 1).await.unwrap_err();
        let text = error.to_string();
        assert!(matches!(error, ProcessError::NotListed { .. }));
        assert!(
            text.ends_with("not in the list of serve_jobs; add process_job(not_listed)"),
            "{text}"
        );
        let closure = run_in_process(&pool, |n: u64| n, 1).await;
        assert!(matches!(closure, Err(ProcessError::NotListed { .. })));
        assert!(pool.workers().is_empty());
    });
}

#[test]
fn a_worker_with_another_list_says_so() {
    with_pool(
        builder(1).test_worker("processes::worker::other_worker"),
        async |pool| {
            assert_eq!(run_in_process(&pool, double, 2).await.unwrap(), 4);
            let error = run_in_process(&pool, id, ()).await.unwrap_err();
            assert!(matches!(error, ProcessError::NotListed { .. }), "{error}");
        },
    );
}

#[test]
fn arguments_over_the_limit_are_refused_before_they_are_sent() {
    with_pool(builder(1).limit(100), async |pool| {
        // The length is one byte, too.
        assert_eq!(
            run_in_process(&pool, length, vec![0; 99]).await.unwrap(),
            99
        );
        let error = run_in_process(&pool, length, vec![0; 100])
            .await
            .unwrap_err();
        let text = error.to_string();
        assert!(text.starts_with("the arguments of "), "{text}");
        assert!(
            text.contains(" have 101 bytes, and the limit is 100: set a larger"),
            "{text}"
        );
    });
}

#[test]
fn a_result_over_the_limit_is_an_error_and_the_worker_goes_on() {
    with_pool(builder(1).limit(100), async |pool| {
        assert_eq!(run_in_process(&pool, repeat, 99).await.unwrap().len(), 99);
        let error = run_in_process(&pool, repeat, 100).await.unwrap_err();
        let text = error.to_string();
        assert!(text.starts_with("the result of "), "{text}");
        assert!(text.contains(" has 101 bytes"), "{text}");
        assert_eq!(run_in_process(&pool, calls, ()).await.unwrap(), 1);
        assert_eq!(pool.workers().len(), 1);
    });
}

#[test]
fn a_result_that_serde_cannot_write_is_an_error() {
    with_pool(builder(1), async |pool| {
        let error = run_in_process(&pool, unwritable, ())
            .await
            .map(drop)
            .unwrap_err();
        let text = error.to_string();
        assert!(
            text.contains("cannot write or read the result of "),
            "{text}"
        );
        assert_eq!(run_in_process(&pool, double, 1).await.unwrap(), 2);
    });
}

#[test]
fn a_result_whose_reading_panics_is_an_error() {
    with_pool(builder(1), async |pool| {
        let error = run_in_process(&pool, unreadable, ()).await.unwrap_err();
        let ProcessError::Unreadable { what, why, .. } = &error else {
            panic!("{error}");
        };
        assert_eq!(
            (*what, &**why),
            ("result", "its Deserialize panicked: a wrong turn")
        );
        assert_eq!(run_in_process(&pool, double, 1).await.unwrap(), 2);
    });
}

/// The chosen job may be the join, and it ends when the jobs before it have ended.
#[test]
fn a_join_has_its_turn_behind_the_jobs() {
    for seed in 0..6 {
        let pool = builder(2).build().unwrap();
        let event_loop = EventLoop::builder().virtual_time().seed(seed).build();
        let main = async {
            let jobs: Vec<_> = (0..3).map(|n| run_in_process(&pool, double, n)).collect();
            let ends = pool.join(SOON);
            let jobs = async {
                let values = gather(jobs).await.unwrap();
                values.into_iter().map(Result::unwrap).collect::<Vec<_>>()
            };
            join((ends, jobs)).await
        };
        let (ended, values) = event_loop.run_until_complete(main).unwrap();
        ended.unwrap();
        assert_eq!(values, [0, 2, 4]);
    }
}

#[test]
fn a_job_holds_virtual_time_still() {
    let pool = builder(1).build().unwrap();
    run_virtual(async {
        use groundup_sync::combinators::timeout;
        let day = std::time::Duration::from_secs(86_400);
        let job = timeout(day, run_in_process(&pool, double, 4));
        assert_eq!(job.await.unwrap().unwrap(), 8);
        assert_eq!(
            groundup_sync::executor::time().since_start(),
            std::time::Duration::ZERO
        );
        pool.join(LONG).await.unwrap();
    });
}

#[test]
fn a_pool_that_is_shut_down_refuses_jobs() {
    with_pool(builder(1), async |pool| {
        pool.shutdown();
        let error = run_in_process(&pool, double, 1).await.unwrap_err();
        let text = error.to_string();
        let ProcessError::NotRun { error, .. } = error else {
            panic!("{text}");
        };
        assert!(matches!(error, JobError::PoolShutDown));
        assert!(text.contains("worker::double: the job did not run: its pool was shut down"));
    });
}

#[test]
#[should_panic(expected = "a pool of no processes would run no job")]
fn a_pool_of_no_processes_is_refused() {
    drop(builder(0).build());
}

#[test]
#[should_panic(expected = "worker::double is listed twice")]
fn a_list_with_a_function_twice_is_refused() {
    serve_jobs(&[process_job(double), process_job(double)]);
}

#[test]
#[should_panic(expected = "serve_jobs was called with another list before")]
fn a_second_list_is_refused() {
    worker();
    serve_jobs(&[process_job(double)]);
}

#[test]
#[should_panic(expected = "serve_jobs was called inside an event loop")]
fn a_list_inside_a_loop_is_refused() {
    run_virtual(async { serve_jobs(&[process_job(double)]) });
}

//! Each error says the cause and the cure.
//!
//! Invariants: the ones the tests are named after.
//!
//! Read next: `cpython.rs`.

use std::error::Error;
use std::time::Duration;

use groundup_sync::executor::run;
use groundup_sync::*;

/// Returns the text of an error that may be sent and kept.
fn text(error: impl Error + Send + Sync + 'static) -> String {
    error.to_string()
}

#[test]
fn each_error_says_the_cause_and_the_cure() {
    let rows = [
        (
            text(NotAcquired),
            "released although it is not acquired: release once for each acquire whose guard was \
             kept, and call task_done once for each item",
        ),
        (
            text(BrokenBarrier),
            "the barrier was aborted or reset: the other parties will not come; reset it before it is \
             used again",
        ),
        (
            text(QueueShutDown),
            "the queue was shut down and is empty: no item will come, so end the reader",
        ),
        (
            text(PutError::Full(1)),
            "the queue is full: await put, which waits for room",
        ),
        (
            text(PutError::ShutDown(1)),
            "the queue was shut down, and takes no more items",
        ),
        (
            text(GetError::Empty),
            "the queue is empty: await get, which waits for an item",
        ),
        (
            text(GetError::ShutDown),
            "the queue was shut down and is empty: no item will come, so end the reader",
        ),
        (
            text(JobError::PoolShutDown),
            "the job did not run: its pool was shut down before; submit jobs before that, or make a new \
             pool",
        ),
        (
            text(JobError::TakenBack),
            "the job did not run: its pool took back the jobs that had not begun; submit it to another \
             pool",
        ),
        (
            text(JobError::NoThread(std::sync::Arc::new(
                std::io::ErrorKind::OutOfMemory.into(),
            ))),
            "the job did not run: the system refused a thread for it (out of memory); use a smaller \
             stack, or fewer threads",
        ),
    ];
    let dropped = "all senders were dropped, and no value will come: end the receiver, or find out why \
                   the sending task ended without a send";
    let lagged = "the receiver missed 3 values, which newer ones have replaced: go on with the next value, \
                  or give the broadcast a larger capacity";
    let unsent = "no receiver is left, so the value was not sent: end the sender, or keep a receiver as \
                  long as values are sent";
    let channels = [
        (text(SenderDropped), dropped),
        (text(BroadcastError::Closed), dropped),
        (text(BroadcastError::Lagged(3)), lagged),
        (text(SendError(1)), unsent),
    ];
    for (text, told) in rows.into_iter().chain(channels) {
        assert_eq!(text, told);
    }
    assert_eq!(format!("{:?}", PutError::Full(1)), "Full(..)");
    assert_eq!(format!("{:?}", SendError(1)), "SendError(..)");
}

/// The errors of a pool of processes that no test of the pool makes here: they need another system, or
/// a system without room.
#[cfg(feature = "processes")]
#[test]
fn an_error_of_a_pool_of_processes_names_a_cure() {
    let error = std::sync::Arc::new(std::io::ErrorKind::OutOfMemory.into());
    let error = ProcessError::NoWorker {
        job: "app::sum",
        error,
    };
    assert!(error.source().is_some(), "the error of the system is kept");
    let texts = [
        (
            text(ProcessError::Unsupported),
            "a pool of processes needs a Unix system: use to_thread or a ThreadPool here",
        ),
        (
            text(ProcessError::NotServed),
            "a worker is this executable once more, and would run the whole program: call \
             serve_jobs in the first line of main",
        ),
        (
            text(error),
            "app::sum did not run: the system refused a process for it (out of memory); use fewer \
             processes",
        ),
    ];
    for (told, expected) in texts {
        assert_eq!(told, expected);
    }
}

#[test]
fn the_error_of_a_job_names_its_panic() {
    let ended: Result<(), JobError> = run(to_thread(|| panic!("no disk")));
    let error = ended.unwrap_err();
    assert_eq!(text(error), "the job panicked: no disk");
}

#[test]
fn the_error_of_a_pool_names_the_jobs_that_run_and_counts_the_others() {
    let (begin, begun) = std::sync::mpsc::channel();
    let (end, ended) = std::sync::mpsc::channel::<()>();
    run(async {
        let pool = ThreadPool::new(1);
        let place = line!() + 1;
        let stuck = run_in_executor(&pool, move || {
            begin.send(()).unwrap();
            ended.recv()
        });
        let behind = run_in_executor(&pool, || ());
        begun.recv().unwrap();
        let error = pool.join(Duration::ZERO).await.unwrap_err();
        let told = format!(
            "the pool has not ended within 0ns, 1 job has not begun; still running: job 1, submitted at \
             {}:{place}:21, on thread worker-1. A thread cannot be ended from outside: let the job read a \
             flag, or close what it waits for",
            file!()
        );
        assert_eq!(text(error), told);
        drop(end);
        stuck.await.unwrap().unwrap_err();
        behind.await.unwrap();
        pool.join(Duration::from_secs(60)).await.unwrap();
    });
}

//! Every error of the facade goes through `?`, on any thread.
//!
//! The problem: an application has one error type, `anyhow::Error` or a boxed error, and both
//! take only errors that are `Send + Sync + 'static`. An error with an `Rc` in it is refused in
//! the first line that a new user writes.
//!
//! Invariant: a public error that is not in the list below fails the repository's tests. The last test has
//! the polls after an end, of which some panic.
//!
//! Read next: `oneself.rs`.

use std::error::Error;
use std::fmt::Debug;
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::time::Duration;

use futures::FutureExt;
use groundup::generator::{Exception, Misuse};
use groundup::net::ReadError;
use groundup::trace::{ParseError, TraceError};
use groundup::*;
use std::prelude::v1::test; // and not `groundup::test`

type Boxed = Box<dyn Error + Send + Sync>;

fn goes_through<E: Error + Send + Sync + 'static>() {}

#[test]
fn every_error_is_send_and_sync() {
    goes_through::<BroadcastError>();
    goes_through::<BrokenBarrier>();
    goes_through::<BuildError>();
    goes_through::<Cancelled>();
    goes_through::<ChildEnded>();
    goes_through::<CloseError>();
    goes_through::<DeadlineError>();
    goes_through::<Deadlock>();
    goes_through::<Elapsed>();
    goes_through::<Exception<Elapsed>>();
    goes_through::<FleetError>();
    goes_through::<GatherError<String>>();
    goes_through::<GetError>();
    goes_through::<GroupClosed>();
    goes_through::<GroupError<String>>();
    goes_through::<InvalidState<String>>();
    goes_through::<JobError>();
    goes_through::<LoopClosed<Box<dyn FnOnce() + Send>>>();
    goes_through::<Misuse>();
    goes_through::<NotAcquired>();
    goes_through::<ParseError>();
    #[cfg(feature = "processes")]
    goes_through::<ProcessError>();
    goes_through::<PromiseError>();
    goes_through::<PutError<String>>();
    goes_through::<QueueShutDown>();
    goes_through::<ReadError>();
    goes_through::<RemoteError>();
    goes_through::<RunError>();
    goes_through::<SendError<String>>();
    goes_through::<SenderDropped>();
    goes_through::<TaskError>();
    goes_through::<TraceError>();
    goes_through::<UnfinishedJobs>();
    goes_through::<UnfinishedLoops>();
}

#[test]
fn errors_that_travel_to_several_awaiters_are_clone() {
    fn is_clone<E: Clone>() {}
    is_clone::<JobError>();
    is_clone::<TaskError>();
    is_clone::<PromiseError>();
    is_clone::<Cancelled>();
    is_clone::<Panic>();
}

#[test]
fn a_boxed_error_takes_what_a_program_meets() {
    fn read(fails: bool) -> Result<u8, std::io::Error> {
        if fails {
            Err(std::io::Error::other("no disk"))
        } else {
            Ok(1)
        }
    }
    async fn program() -> Result<u8, Boxed> {
        let task = spawn(async { read(false) });
        let one = task.await??;
        let both = try_gather([spawn(async move { Ok::<_, Boxed>(one) })]).await?;
        let late = timeout(Duration::from_secs(1), spawn(async { 1 })).await??;
        let promise = Promise::new();
        promise.set_result(late)?;
        Ok(both[0] + promise.await?)
    }
    let event_loop = EventLoop::builder().virtual_time().build();
    assert_eq!(
        event_loop.run_until_complete(program()).unwrap().unwrap(),
        2
    );
    let failed = std::thread::spawn(move || {
        let event_loop = EventLoop::builder().virtual_time().build();
        let ended = event_loop
            .run_until_complete(async { spawn(async { read(true) }).await?.map_err(Boxed::from) });
        ended.unwrap().unwrap_err()
    });
    assert_eq!(failed.join().unwrap().to_string(), "no disk");
}

/// The chain of an error, from itself down.
fn chain(error: &(dyn Error + 'static)) -> Vec<String> {
    std::iter::successors(Some(error), |&error| error.source())
        .map(ToString::to_string)
        .collect()
}

#[test]
fn the_chain_names_each_cause_once_and_can_be_downcast() {
    let event_loop = EventLoop::builder().virtual_time().build();
    let promise = event_loop.create_promise::<u8>();
    promise
        .set_exception(std::io::Error::other("no disk"))
        .unwrap();
    let error = event_loop.run_until_complete(promise).unwrap().unwrap_err();
    assert_eq!(chain(&error), ["the promise failed: no disk", "no disk"]);
    assert!(error.source().unwrap().is::<std::io::Error>());
    // An error that only passes another on has the text of that one, and its cause.
    let gathered: GatherError<String> = GatherError::Task(TaskError::Closed);
    assert_eq!(chain(&gathered), [TaskError::Closed.to_string()]);
}

#[test]
fn an_error_that_holds_another_leads_to_its_cause() {
    let disk = || {
        let promise = Promise::<u8>::new();
        let failed = promise.set_exception(std::io::Error::other("no disk"));
        failed.map(|()| promise).unwrap()
    };
    let (of_promise, of_task) = run_virtual(async {
        (
            disk().await.unwrap_err(),
            gather([disk()]).await.unwrap_err(),
        )
    });
    let of_run = || RunError::Task(of_task.clone());
    let read = std::io::Error::other(of_promise.clone());
    let rows: [Boxed; 7] = [
        of_promise.clone().into(),
        of_task.clone().into(),
        of_run().into(),
        CloseError::CleanUp(of_run()).into(),
        GatherError::<String>::Task(of_task.clone()).into(),
        ReadError::Io(read).into(),
        Exception::Error(of_promise).into(),
    ];
    for row in rows {
        let chain = chain(&*row);
        assert!(
            chain.len() > 1 && chain.last().unwrap() == "no disk",
            "{chain:?}"
        );
        let causes = std::iter::successors(row.source(), |&error| error.source());
        assert!(causes.last().unwrap().is::<std::io::Error>(), "{chain:?}");
    }
    let cancelled = RunError::Cancelled(Cancelled::with_reason("closed"));
    assert!(cancelled.source().unwrap().is::<Cancelled>());
    let child = ChildEnded::Cancelled(Cancelled::with_reason("closed"));
    assert!(child.source().unwrap().is::<Cancelled>());
    let line = trace::read_trace("no event").unwrap_err();
    assert!(line.source().unwrap().is::<ParseError>());
}

/// An error that has a long form, as `anyhow::Error` has one with all causes.
#[derive(Debug)]
struct Long;

impl std::fmt::Display for Long {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if f.alternate() {
            "loading: no disk"
        } else {
            "loading"
        })
    }
}

#[test]
fn the_errors_of_children_are_told_with_their_causes() {
    let gathered = run_virtual(async { try_gather([async { Err::<(), _>(Long) }]).await });
    assert_eq!(gathered.unwrap_err().to_string(), "loading: no disk");
    let grouped: Result<(), _> = run_virtual(task_group(async |_: TaskGroup<Long>| Err(Long)));
    assert!(
        grouped
            .unwrap_err()
            .to_string()
            .ends_with("(1): loading: no disk")
    );
}

/// What `unwrap` prints.
fn unwrapped(error: impl Debug) -> String {
    format!("{error:?}")
}

#[test]
fn unwrap_prints_the_report_of_a_deadlock() {
    let event_loop = EventLoop::builder().virtual_time().build();
    let error = event_loop.run_until_complete(async {
        let promises = [Promise::<u8>::new(), Promise::new()];
        gather(promises.map(|promise| async move { promise.await })).await
    });
    let error = error.unwrap_err();
    let text = unwrapped(&error);
    assert_eq!(text, error.to_string());
    let lines: Vec<&str> = text.lines().collect();
    assert!(
        lines[1].trim().starts_with("Task-2 (spawned at ")
            && lines[1].ends_with(", which is not set and whose handles all wait for it")
    );
    assert!(
        lines[3]
            .contains("Task-1 (the main future) waits for the gather of Task-2, Task-3 (made at ")
    );
    assert!(lines.iter().all(|line| line.len() <= 200), "{text}");
}

/// Polls a future to its end, and once more; returns what the panic of this poll says, or the output.
async fn again<F: IntoFuture<Output: Debug>>(future: F) -> Result<String, String> {
    let mut future = pin!(future.into_future());
    future.as_mut().await;
    let polled = AssertUnwindSafe(future).catch_unwind().await;
    let payload = match polled {
        Ok(output) => return Ok(format!("{output:?}")),
        Err(payload) => payload,
    };
    let text = payload.downcast_ref::<&str>().map(ToString::to_string);
    Err(text.unwrap_or_else(|| *payload.downcast::<String>().expect("a text")))
}

/// The front page of the crate says what a poll after the end does.
#[test]
fn a_poll_after_the_end_panics_or_gives_what_the_front_page_says() {
    let refused = |said: Result<String, String>| {
        let said = said.unwrap_err();
        assert!(said.contains("was polled after it had finished"), "{said}");
    };
    run_virtual(async {
        refused(again(gather([async { 1 }])).await);
        refused(again(join([async { 1 }])).await);
        refused(again(catch_cancel(yield_now())).await);
        refused(again(Lock::new().acquire()).await);
        refused(again(to_thread(|| 1)).await);
        // The handle of a task gives an error, and its sentence names the cause.
        let taken = again(spawn(async { 1 })).await;
        assert_eq!(taken.as_deref(), Ok("Err(Taken)"));
        assert!(TaskError::Taken.to_string().contains("it was taken before"));
        let promise = Promise::new();
        promise.set_result(5).unwrap();
        assert_eq!(again(promise).await.as_deref(), Ok("Ok(5)"));
        assert_eq!(
            again(sleep(Duration::from_secs(1))).await.as_deref(),
            Ok("()")
        );
        assert_eq!(again(yield_now()).await.as_deref(), Ok("()"));
    });
}

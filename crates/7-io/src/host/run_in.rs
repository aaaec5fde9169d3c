//! Runs one main function in a host: `run`, as a future.
//!
//! The problem: a program of tokio that wants one groundup function needs no guest to hold. It awaits
//! one future, which has everything that `run` has: a new loop, the clean-up, the value.
//!
//! Invariant: what `run` does with each end of main, `run_in` does, too.
//!
//! Read next: `host/tokio_host.rs`.

use std::future::{Future, IntoFuture};
use std::panic::Location;

use groundup_sync::executor::{CloseError, RunError};

use super::Host;
use super::guest::Guest;
use super::main_of_guest::CallSite;

/// Runs `main` on a new loop inside a host, and returns its value: [`run`](groundup_sync::executor::run)
/// as a future. At the end every other task is cancelled and awaited, and the loop is closed.
///
/// The loop is a guest: see [`Guest`] for where it belongs. With `tokio`:
///
/// ```
/// # #[cfg(feature = "tokio")] {
/// # mod groundup { pub mod host { pub use groundup_io::*; } pub use groundup_io::executor::*; }
/// use std::time::Duration;
///
/// use groundup::host::{TokioHost, run_in};
/// use groundup::{sleep, spawn};
///
/// let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
/// let sum = runtime.block_on(run_in(TokioHost::new(), async {
///     let ours = spawn(async {
///         sleep(Duration::from_millis(5)).await;
///         1
///     });
///     let theirs = tokio::spawn(async { 2 }); // a task of tokio
///     ours.await.unwrap() + theirs.await.unwrap()
/// }));
/// assert_eq!(sum, 3);
/// # }
/// ```
///
/// # Panics
///
/// If it is polled inside a run of a loop of this crate, if `main` panics or is cancelled, or if `stop`
/// is called. [`Guest::run`] returns an error instead, except for a panic.
///
/// # Cancel safety
///
/// If the future is dropped, the loop is closed at once, and its tasks are dropped.
#[track_caller]
pub fn run_in<H, F>(host: H, main: F) -> impl Future<Output = F::Output>
where
    H: Host,
    F: IntoFuture,
    F::IntoFuture: 'static,
    F::Output: 'static,
{
    run_in_from(Location::caller(), host, main)
}

async fn run_in_from<H, F>(place: CallSite, host: H, main: F) -> F::Output
where
    H: Host,
    F: IntoFuture,
    F::IntoFuture: 'static,
    F::Output: 'static,
{
    let guest = Guest::new(host);
    let ended = guest.run_from(place, main).await;
    let closed = match &ended {
        Err(RunError::AlreadyRunning | RunError::AnotherLoopRuns) => panic!(
            "run_in() cannot be awaited inside a running event loop, which is not a host: await the \
             future there, or spawn it"
        ),
        _ => guest.close().await,
    };
    if let Err(CloseError::CleanUp(error)) = closed {
        eprintln!("while a guest was closed: {error}");
    }
    match ended {
        Ok(output) => output,
        Err(error) => panic!("{error}"),
    }
}

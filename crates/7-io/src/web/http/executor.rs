//! Tasks for hyper.
//!
//! The problem: HTTP/2 serves many requests on one connection, and hyper wants a task for each.
//!
//! Invariant: a task of hyper is a task of the running loop.
//!
//! Read next: `web/http/timer.rs`.

use std::future::Future;

use groundup_sync::executor::spawn;
use hyper::rt::Executor;

/// Spawns hyper's futures in the running loop. They need not be `Send`.
///
/// ```
/// # mod groundup { pub mod web { pub use groundup_io::*; } pub use groundup_io::{executor::*, task::*}; }
/// use groundup::web::HyperExecutor;
/// use groundup::web::hyper::rt::Executor;
/// use groundup::{run, yield_now};
///
/// run(async {
///     HyperExecutor.execute(async { println!("in a task of the loop") });
///     yield_now().await;
/// });
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct HyperExecutor;

impl<F> Executor<F> for HyperExecutor
where
    F: Future + 'static,
    F::Output: 'static,
{
    fn execute(&self, future: F) {
        spawn(future).detach();
    }
}

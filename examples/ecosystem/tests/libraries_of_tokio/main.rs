//! Libraries that need tokio, in tasks of a guest of tokio.
//!
//! `redis` has a program and tests in `examples/programs`.

mod nats;
mod reqwest;
mod tonic;

#[path = "../support/patience.rs"]
mod patience;
#[path = "../support/peer.rs"]
mod peer;
#[path = "../support/refusing.rs"]
mod refusing;

use groundup::host::{TokioHost, run_in};
use tokio::runtime::Builder;

use patience::patiently;

/// Runs a test in a guest of a runtime of tokio with one thread, and in one of a runtime with several.
fn in_guests<T: Future<Output = ()> + 'static>(test: impl Fn() -> T) {
    let mut several = Builder::new_multi_thread();
    several.worker_threads(2);
    for mut builder in [Builder::new_current_thread(), several] {
        let runtime = builder.enable_all().build().unwrap();
        runtime.block_on(run_in(TokioHost::new(), patiently(test())));
    }
}

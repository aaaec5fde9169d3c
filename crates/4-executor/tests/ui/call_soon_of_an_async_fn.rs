//! L25: Calling an `async fn` runs nothing: it is spawned, not called.

use std::time::Duration;

use groundup_executor::{EventLoop, call_soon};

async fn work() {}

fn main() {
    let event_loop = EventLoop::new();
    event_loop.call_soon(work);
    event_loop.call_later(Duration::from_secs(1), work);
    call_soon(work);
}

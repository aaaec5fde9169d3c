//! L25: A future is no function.

use std::time::Duration;

use groundup_executor::EventLoop;

fn main() {
    let event_loop = EventLoop::new();
    event_loop.call_soon(async {});
    event_loop.call_at(event_loop.time() + Duration::from_secs(1), async {});
}

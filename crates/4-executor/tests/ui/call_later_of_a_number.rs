//! L25: A number is no function.

use std::time::Duration;

use groundup_executor::EventLoop;

fn main() {
    let event_loop = EventLoop::new();
    event_loop.call_later(Duration::from_secs(1), 3);
}

//! L24: Another thread cannot cancel a timer behind the loop's back.

use std::time::Duration;

use groundup_executor::EventLoop;

fn main() {
    let event_loop = EventLoop::new();
    let timer = event_loop.call_later(Duration::from_secs(1), || ());
    std::thread::spawn(move || timer.cancel());
}

//! A callback outlives the function that schedules it.

use groundup_executor::EventLoop;

fn main() {
    let event_loop = EventLoop::new();
    let text = String::from("short-lived");
    event_loop.call_soon(|| println!("{text}"));
}

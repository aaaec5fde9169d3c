//! L24: A loop belongs to the thread that made it.

use groundup_executor::EventLoop;

fn main() {
    let event_loop = EventLoop::new();
    std::thread::spawn(move || event_loop.stop());
}

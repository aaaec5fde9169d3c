//! A loop belongs to the thread that made it (L24).

use groundup_executor::EventLoop;

fn main() {
    let event_loop = EventLoop::new();
    std::thread::spawn(move || event_loop.stop());
}

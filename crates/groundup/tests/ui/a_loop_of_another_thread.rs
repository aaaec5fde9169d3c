//! A loop belongs to its thread; another thread uses a `Remote`.

fn main() {
    let event_loop = groundup::EventLoop::new();
    std::thread::spawn(move || event_loop.stop());
}

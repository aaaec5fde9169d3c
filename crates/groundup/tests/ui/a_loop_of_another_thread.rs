//! A loop belongs to its thread; a `Remote` is for the others (L24).

fn main() {
    let event_loop = groundup::EventLoop::new();
    std::thread::spawn(move || event_loop.stop());
}

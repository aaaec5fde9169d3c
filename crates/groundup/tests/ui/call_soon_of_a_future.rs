//! A callback is a function: a future would never run.

async fn hello() {}

fn main() {
    let event_loop = groundup::EventLoop::new();
    event_loop.call_soon(hello());
}

//! A driver wakes the thread that made it, and so its loop must be of that thread.

use groundup_executor::{EventLoop, ThreadPark, Virtual};

fn main() {
    let park = std::thread::spawn(ThreadPark::new).join().unwrap();
    EventLoop::builder().driver(park).build();
    let clock = Virtual::new();
    std::thread::spawn(move || EventLoop::builder().driver(clock).build().stop());
}

//! A driver wakes the thread that made it, and no other.

use groundup_executor::{EventLoop, ThreadPark};

fn main() {
    let park = std::thread::spawn(ThreadPark::new).join().unwrap();
    EventLoop::builder().driver(park).build();
}

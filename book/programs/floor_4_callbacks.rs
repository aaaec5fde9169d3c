//! A callback that has itself called again in a second

use std::time::Duration;

use groundup::{EventLoop, call_later, stop, time};

fn hello() {
    println!("{}: hello", time());
    call_later(Duration::from_secs(1), hello);
}

pub fn main() {
    let event_loop = EventLoop::builder().virtual_time().build();
    event_loop.call_soon(hello);
    event_loop.call_later(Duration::from_millis(2500), stop);
    println!("starting the loop");
    event_loop.run_forever().unwrap();
    println!(
        "stopped at {}, timers: {}",
        event_loop.time(),
        event_loop.timers()
    );
    event_loop.close().unwrap();
    println!("closed, timers: {}", event_loop.timers());
}

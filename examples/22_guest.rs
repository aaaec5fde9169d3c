//! Floor 4: two loops on one thread, and a host that parks for both.
//!
//! Its chapter: `crates/4-executor/src/lib.rs`.

use std::rc::Rc;
use std::time::Duration;

use groundup::{Driver, EventLoop, Progress, Virtual, iteration, sleep, time};

/// Counts to three, one number each `period`.
async fn count(name: &str, period: Duration) {
    for n in 1..=3 {
        sleep(period).await;
        println!("{name} {n} at {}, iteration {}", time(), iteration());
    }
}

/// Runs every guest while it has work, then sleeps until the first guest has work again.
fn host(guests: &[EventLoop], clock: &Virtual) {
    loop {
        let (mut busy, mut pause) = (false, None);
        for guest in guests {
            match guest.run_some(256).unwrap() {
                Progress::Busy => busy = true,
                Progress::Idle { until } => {
                    let rest = until.map(|until| until - guest.time());
                    pause = pause.into_iter().chain(rest).min();
                }
                Progress::Stopped => return,
            }
        }
        match pause {
            _ if busy => {}
            Some(pause) => clock.block(pause),
            None => return,
        }
    }
}

fn main() {
    let clock = Rc::new(Virtual::new());
    let guests = [2, 3].map(|seconds| {
        let guest = EventLoop::builder().driver_rc(clock.clone()).build();
        let name = if seconds == 2 { "two" } else { "three" };
        guest.spawn(count(name, Duration::from_secs(seconds)));
        guest
    });
    host(&guests, &clock);
    println!("the host is done at {}", guests[0].time());
}

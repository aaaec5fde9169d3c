//! Floor 6: a computation freezes the loop, and then runs on a thread.
//!
//! Its chapter: `crates/6-sync/src/lib.rs`.

use std::rc::Rc;
use std::time::Duration;

use groundup::{EventLoop, Report, block, sleep, spawn_named, time, to_thread};

const MS: Duration = Duration::from_millis(1);

/// Computes for long, and does not await.
fn sum_of_squares(limit: u64) -> u64 {
    (1..limit).map(|n| n * n % 1_000_003).sum()
}

/// Rings two bells beside a computation, which may move to a thread.
pub(crate) async fn program(moved: bool) {
    let ring = |at: u32| async move {
        sleep(at * MS).await;
        println!("  the bell of {} ms rings at {}", at, time());
    };
    let bells = [100, 200].map(|at| spawn_named(format!("bell {at}"), ring(at)));
    let computes = async move {
        sleep(50 * MS).await;
        if moved {
            return to_thread(|| sum_of_squares(100_000)).await.unwrap();
        }
        block(250 * MS); // on this clock a computation takes no time by itself
        sum_of_squares(100_000)
    };
    let found = spawn_named("computes", computes).await.unwrap();
    println!("  the sum is {found}");
    for bell in bells {
        bell.await.unwrap();
    }
}

fn main() {
    for moved in [false, true] {
        println!(
            "{}:",
            if moved {
                "on a thread"
            } else {
                "in a step of the loop"
            }
        );
        let event_loop = EventLoop::builder().virtual_time().debug(true).build();
        event_loop.set_exception_handler(Some(Rc::new(|report: &Report| {
            println!("  {:?}: {}", report.kind, report.message);
        })));
        event_loop.run_until_complete(program(moved)).unwrap();
    }
}

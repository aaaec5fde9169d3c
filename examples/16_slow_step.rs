//! Floor 4: debug mode reports the step that held up all others.
//!
//! Its chapter: `crates/4-executor/src/lib.rs`.

use std::rc::Rc;
use std::time::Duration;

use groundup::{EventLoop, Report, block, sleep, spawn_named, time};

pub(crate) async fn program() {
    let clerk = spawn_named("clerk", async {
        sleep(Duration::from_millis(10)).await;
        // A blocking call, for example the read of a large file.
        block(Duration::from_millis(250));
    });
    let bell = spawn_named("bell", async {
        sleep(Duration::from_millis(20)).await;
        println!("the bell of 20 ms rings at {}", time());
    });
    clerk.await.unwrap();
    bell.await.unwrap();
}

fn main() {
    let event_loop = EventLoop::builder().virtual_time().debug(true).build();
    event_loop.set_exception_handler(Some(Rc::new(|report: &Report| {
        println!("{:?}: {}", report.kind, report.message);
        if let Some(place) = report.place {
            println!("  spawned in line {}", place.line());
        }
    })));
    event_loop.run_until_complete(program()).unwrap();
}

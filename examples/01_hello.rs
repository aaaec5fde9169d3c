//! Facade: a task on a clock that jumps, and the trace of the run.
//!
//! Its chapter: `crates/groundup/src/lib.rs`.

use std::time::Duration;

use groundup::{EventLoop, sleep, spawn_named, trace::Recorder};

fn main() {
    let log = Recorder::new();
    let event_loop = EventLoop::builder()
        .virtual_time()
        .trace(log.clone())
        .build();
    let made = event_loop.run_until_complete(async {
        let kettle = spawn_named("kettle", async {
            sleep(Duration::from_secs(180)).await;
            "tea"
        });
        kettle.await.unwrap()
    });
    println!("{}\n{}", made.unwrap(), log.text());
}

//! Whether a loop still does what a loop does.
//!
//! The problem: after every misuse and every panic the same has to be shown, that
//! nothing is poisoned: it spawns, sleeps, yields and gives values.
//!
//! Read next: `../misuse.rs`, `../panics.rs`.

use std::time::Duration;

use groundup_executor::task::yield_now;
use groundup_executor::{EventLoop, sleep, spawn};

/// The loop still does what a loop does.
pub(crate) fn still_works(event_loop: &EventLoop) {
    let main = async {
        let task = spawn(async {
            sleep(Duration::from_millis(5)).await;
            yield_now().await;
            7
        });
        task.await.unwrap()
    };
    assert_eq!(event_loop.run_until_complete(main).unwrap(), 7);
}

//! A check that a loop still works.
//!
//! The problem: every test of misuse and of panics must show in the end that the loop is
//! not damaged: it spawns, sleeps, yields and returns values.
//!
//! Read next: `../misuse.rs`, `../panics.rs`.

use std::time::Duration;

use groundup_executor::task::yield_now;
use groundup_executor::{EventLoop, sleep, spawn};

/// Asserts that the loop still works.
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

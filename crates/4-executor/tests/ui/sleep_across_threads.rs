//! A sleep has a timer of its loop, and stays there.

use std::time::Duration;

use groundup_executor::sleep;

fn main() {
    let waits = sleep(Duration::from_secs(1));
    std::thread::spawn(move || drop(waits));
}

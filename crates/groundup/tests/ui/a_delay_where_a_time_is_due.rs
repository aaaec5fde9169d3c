//! A length of time where a time of the loop is meant.

use std::time::Duration;

use groundup::{Deadline, run, sleep_until, time, timeout_at};

fn main() {
    run(async {
        let five = Duration::from_secs(5);
        let deadline = Deadline::after(five);
        let _ = deadline.reschedule(Some(five));
        sleep_until(five).await;
        let _ = timeout_at(five, async {}).await;
        assert_eq!(time(), five);
        let _ = deadline.reschedule(Some(time() + five)); // this works
    });
}

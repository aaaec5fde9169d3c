//! Three timers that are due at one time

use std::time::Duration;

use groundup::{call_at, call_later, call_soon, sleep, time};

const SECOND: Duration = Duration::from_secs(1);

pub async fn main() {
    call_later(2 * SECOND, || println!("a"));
    sleep(SECOND).await;
    call_later(SECOND, || {
        println!("b");
        call_soon(|| println!("d"));
    });
    call_at(time() + SECOND, || println!("c"));
    sleep(2 * SECOND).await;
}

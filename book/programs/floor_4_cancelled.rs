//! Most timers are timeouts, and most of these never fire

use std::time::Duration;

use groundup::{current_loop, sleep, spawn_named, time, timeout};

const SECOND: Duration = Duration::from_secs(1);

pub async fn main() {
    let answers = (1..=3).map(|number| {
        spawn_named(format!("request-{number}"), async move {
            timeout(60 * SECOND, sleep(number * SECOND)).await.is_ok()
        })
    });
    let answers: Vec<_> = answers.collect();
    sleep(SECOND / 2).await;
    println!("{}: {} timers", time(), current_loop().timers());
    for answer in answers {
        assert!(answer.await.unwrap());
        println!("{}: {} timers", time(), current_loop().timers());
    }
}

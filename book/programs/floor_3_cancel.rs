//! A cancel is a request, which a region catches

use std::future::pending;

use groundup::{catch_cancel, iteration, spawn_named, yield_now};

fn say(what: &str) {
    println!("iteration {}: {what}", iteration());
}

async fn baker() -> &'static str {
    match catch_cancel(pending::<()>()).await {
        Ok(()) => "bread",
        Err(cancelled) => {
            say("baker: cancelled; the oven cools down");
            yield_now().await;
            say("baker: the oven is cold");
            cancelled.raise().await
        }
    }
}

async fn stubborn() -> &'static str {
    let caught = catch_cancel(pending::<()>()).await;
    say(&format!(
        "stubborn: cancelled is {}, and I go on",
        caught.is_err()
    ));
    "rolls"
}

pub async fn main() {
    let tasks = [
        spawn_named("baker", baker()),
        spawn_named("stubborn", stubborn()),
        spawn_named("plain", async { pending().await }),
    ];
    yield_now().await;
    for task in &tasks {
        let accepted = task.cancel_with("fire drill");
        say(&format!("asked: {accepted}, done: {}", task.done()));
    }
    for task in tasks {
        let ended = task.await;
        say(&format!("{ended:?}"));
    }
}

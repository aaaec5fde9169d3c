//! Floor 3: a cancel is delivered and may be caught; clean-up may await.
//!
//! Its chapter: `crates/3-task/src/lib.rs`.

use std::time::Duration;

use groundup::prelude::*;

fn say(what: &str) {
    println!("{:.1}  {what}", time());
}

/// `try: await sleep(60)  except CancelledError: ...; raise`
async fn baker() -> &'static str {
    match catch_cancel(sleep(Duration::from_secs(60))).await {
        Ok(()) => "bread",
        Err(cancelled) => {
            say("baker: cancelled, letting the oven cool down");
            sleep(Duration::from_secs(2)).await;
            say("baker: the oven is cold");
            cancelled.raise().await
        }
    }
}

/// Catches the cancel and does not raise it: the task returns a value.
async fn stubborn() -> &'static str {
    match catch_cancel(sleep(Duration::from_secs(60))).await {
        Ok(()) => "bread",
        Err(cancelled) => {
            say(&format!("stubborn: {cancelled}, and I still have rolls"));
            "rolls"
        }
    }
}

pub(crate) async fn program() {
    let tasks = [spawn(baker()), spawn(stubborn())];
    sleep(Duration::from_secs(1)).await;
    for task in &tasks {
        task.cancel_with("fire drill");
        say(&format!("asked; done: {}", task.done()));
    }
    for task in tasks {
        say(&format!("{:?}", task.await));
    }
}

#[groundup::main(virtual_time)]
async fn main() {
    program().await
}

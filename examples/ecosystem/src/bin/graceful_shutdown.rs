//! A graceful shutdown: stop accepting, let connections finish, cancel the rest.
//!
//! The connections that are not done when the grace is over are cancelled. They catch the cancel,
//! say goodbye, and end; the program waits for that, too.

use std::fmt::Display;
use std::time::Duration;

use groundup::{
    Promise, ReturnWhen, Selected, WaitSet, call_later, catch_cancel, select, sleep, spawn_named,
    time, wait,
};

const GRACE: Duration = Duration::from_secs(5);

fn say(text: impl Display) {
    println!("{:2} s  {text}", time().as_secs());
}

async fn connection(number: u64) {
    match catch_cancel(sleep(Duration::from_secs(3 * number))).await {
        Ok(()) => say(format_args!("connection {number} is served")),
        Err(cancelled) => {
            sleep(Duration::from_secs(1)).await; // tells the peer
            say(format_args!(
                "connection {number} is closed early: {cancelled}"
            ));
        }
    }
}

#[groundup::main(virtual_time)]
async fn main() -> anyhow::Result<()> {
    let signal = Promise::new();
    let sender = signal.clone();
    call_later(Duration::from_millis(5_500), move || {
        let _ = sender.set_result("SIGTERM");
    });

    let mut connections = WaitSet::new();
    let mut number = 0;
    let signal = loop {
        match select((signal.clone(), sleep(Duration::from_secs(1)))).await {
            Selected::First(signal) => break signal?,
            Selected::Second(()) => number += 1,
        }
        connections.add(spawn_named(
            &format!("connection {number}"),
            connection(number),
        ));
    };
    say(format_args!(
        "{signal}: {} connections are open",
        connections.len()
    ));

    connections
        .wait(ReturnWhen::AllCompleted)
        .timeout(GRACE)
        .await;
    say(format_args!(
        "the grace is over, {} are left",
        connections.len()
    ));
    let left = connections.into_tasks();
    for task in &left {
        task.cancel_with("shutdown");
    }
    wait(left, ReturnWhen::AllCompleted).await;
    say("the server is down");
    Ok(())
}

//! A graceful shutdown: accept no more, let the rest end, or cancel it.
//!
//! The server is a task group under a deadline that never ends, until the signal sets it. A
//! connection that is open when the grace is over is cancelled and says goodbye, and the group waits
//! for that, too.

use std::{fmt::Display, time::Duration};

use anyhow::{Error, Result};
use groundup::prelude::*;
use groundup::{Deadline, Selected, TaskGroup, select};

fn say(text: impl Display) {
    println!("{:6.1}  {text}", time());
}

async fn connection(number: u64) -> Result<()> {
    let served = catch_cancel(sleep(Duration::from_secs(3 * number))).await;
    if served.is_ok() {
        say(format_args!("connection {number} is served"));
    } else {
        sleep(Duration::from_secs(1)).await; // tells the peer
        say(format_args!("connection {number} is closed early"));
    }
    Ok(())
}

/// Accepts a connection each second until the signal comes.
async fn accept(mut signal: Promise<&'static str>, group: &TaskGroup<Error>) -> Result<()> {
    for number in 1.. {
        match select((&mut signal, sleep(Duration::from_secs(1)))).await {
            Selected::First(signal) => {
                let (signal, open) = (signal?, group.len());
                say(format_args!("{signal}: {open} connections are open"));
                break;
            }
            Selected::Second(()) => drop(group.spawn(connection(number))),
        }
    }
    Ok(())
}

#[groundup::main(virtual_time)]
async fn main() -> Result<()> {
    let signal = Promise::new();
    let received = signal.clone();
    let send = move || drop(received.set_result("SIGTERM"));
    call_later(Duration::from_millis(5_500), send);
    let deadline = Deadline::never();
    let server = task_group(async |connections| {
        accept(signal, &connections).await?;
        Ok(deadline.reschedule(Some(time() + Duration::from_secs(5)))?)
    });
    match deadline.run(server).await {
        Ok(served) => served?,
        Err(elapsed) => say(elapsed),
    }
    say("the server is down");
    Ok(())
}

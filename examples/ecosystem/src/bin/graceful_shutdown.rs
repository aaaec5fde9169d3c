//! A graceful shutdown: accept no more, let the rest end, or cancel it.
//!
//! The server is a task group under a deadline that never ends, until the signal sets it. A
//! connection that is open when the grace is over is cancelled and says goodbye, and the group waits
//! for that, too.

use std::fmt::Display;
use std::time::Duration;

use groundup::{
    Deadline, Promise, Selected, TaskGroup, call_later, catch_cancel, select, sleep, task_group,
    time,
};

const GRACE: Duration = Duration::from_secs(5);

fn say(text: impl Display) {
    println!("{:6.1}  {text}", time());
}

async fn connection(number: u64) -> anyhow::Result<()> {
    match catch_cancel(sleep(Duration::from_secs(3 * number))).await {
        Ok(()) => say(format_args!("connection {number} is served")),
        Err(_cancelled) => {
            sleep(Duration::from_secs(1)).await; // tells the peer
            say(format_args!("connection {number} is closed early"));
        }
    }
    Ok(())
}

/// Accepts a connection each second until the signal comes.
async fn accept(
    mut signal: Promise<&'static str>,
    connections: &TaskGroup<anyhow::Error>,
) -> anyhow::Result<()> {
    for number in 1.. {
        match select((&mut signal, sleep(Duration::from_secs(1)))).await {
            Selected::First(signal) => {
                say(format_args!(
                    "{}: {} connections are open",
                    signal?,
                    connections.len()
                ));
                break;
            }
            Selected::Second(()) => drop(connections.spawn(connection(number))),
        }
    }
    Ok(())
}

#[groundup::main(virtual_time)]
async fn main() -> anyhow::Result<()> {
    let signal = Promise::new();
    let received = signal.clone();
    call_later(Duration::from_millis(5_500), move || {
        let _ = received.set_result("SIGTERM");
    });
    let deadline = Deadline::never();
    let server = task_group(async |connections| {
        accept(signal, &connections).await?;
        deadline.reschedule(Some(time() + GRACE))?;
        Ok(())
    });
    match deadline.run(server).await {
        Ok(served) => served?,
        Err(elapsed) => say(elapsed),
    }
    say("the server is down");
    Ok(())
}

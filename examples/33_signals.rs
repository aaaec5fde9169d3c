//! Floor 7: SIGTERM is awaited, and Ctrl-C cancels the main task.
//!
//! A server answers its last request before it ends, whichever of the two tells it to end. This
//! program sends both signals to itself, through a shell.
//!
//! Its chapter: `crates/7-io/src/lib.rs`.

use std::future::pending;
use std::io;
use std::time::Duration;

use groundup::process::Command;
use groundup::signal::{SignalKind, signal};
use groundup::{
    RunError, Runner, TaskError, catch_cancel, raise_cancelled, sleep, spawn, spawn_named, timeout,
};

/// Serves until it is cancelled, and then finishes the work that it has begun.
async fn serve(name: &str) {
    if catch_cancel(pending::<()>()).await.is_err() {
        sleep(Duration::from_millis(5)).await;
        println!("  {name} has answered its last request");
        raise_cancelled().await
    }
}

/// Does what a person does at a terminal, or the system at its end.
async fn send(signal: &str) {
    let line = format!("kill -{signal} $PPID");
    let status = Command::shell(line).status().await;
    assert!(status.is_ok_and(|status| status.success()));
}

async fn until_told() -> io::Result<()> {
    let mut ends = signal(SignalKind::terminate())?;
    let server = spawn_named("server", serve("the server"));
    spawn(send("TERM")).detach();
    ends.recv().await?;
    println!("{} has come", ends.kind());
    server.cancel();
    let ended = server.await;
    println!(
        "cancelled: {}",
        ended.as_ref().is_err_and(TaskError::is_cancelled)
    );
    Ok(())
}

fn main() -> io::Result<()> {
    let runner = Runner::new();
    runner.run(until_told()).map_err(io::Error::other)??;

    // `run` would end the process after the clean-up. A runner tells the program.
    let ended = runner.run(async {
        spawn(serve("another task")).detach();
        spawn(send("INT")).detach();
        // A program in the background of a script ignores Ctrl-C, so there is a deadline.
        timeout(Duration::from_secs(20), serve("the main task")).await
    });
    println!(
        "interrupted: {}",
        matches!(ended, Err(RunError::Interrupted))
    );
    runner.close().map_err(io::Error::other)?;
    println!("nothing is left");
    Ok(())
}

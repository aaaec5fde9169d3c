//! With `async-process`: child processes, awaited and killed.
//!
//! Their pipes and their ends arrive from a thread of `async-io`, as sockets do.

use anyhow::ensure;
use async_process::{Command, Stdio};
use futures_lite::{AsyncBufReadExt, StreamExt, io::BufReader};
use groundup::{join, spawn, yield_now};

#[groundup::main]
async fn main() -> anyhow::Result<()> {
    let greet = async |name: &str| Command::new("echo").args(["hello", name]).output().await;
    for output in join(["ann", "ben"].map(greet)).await {
        let output = output?;
        ensure!(
            output.status.success(),
            "echo has failed: {}",
            output.status
        );
        print!("{}", String::from_utf8(output.stdout)?);
    }

    let mut lister = Command::new("sh")
        .args(["-c", "echo one; echo two"])
        .stdout(Stdio::piped())
        .spawn()?;
    let mut lines = BufReader::new(lister.stdout.take().expect("it is piped")).lines();
    while let Some(line) = lines.next().await {
        println!("a line: {}", line?);
    }
    println!("it has ended: {}", lister.status().await?);

    // A cancel of the task drops the child, which kills it.
    let endless = Command::new("sleep")
        .arg("1000")
        .kill_on_drop(true)
        .output();
    let waiting = spawn(endless);
    yield_now().await;
    waiting.cancel();
    println!("{}", waiting.await.unwrap_err());
    Ok(())
}

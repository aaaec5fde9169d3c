//! Floor 7: other programs, with their streams, ends and errors.
//!
//! Its chapter: `crates/7-io/src/lib.rs`.

use std::io;
use std::os::unix::process::ExitStatusExt;
use std::process::Stdio;
use std::time::Duration;

use groundup::net::{StreamReader, StreamWriter};
use groundup::process::Command;
use groundup::{gather, run, timeout};

/// Speaks with a program, line by line.
async fn talk() -> io::Result<()> {
    let mut command = Command::shell("while read line; do echo \"you say $line\"; done");
    let mut process = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let (input, output) = (process.stdin.take(), process.stdout.take());
    let (Some(input), Some(output)) = (input, output) else {
        return Err(io::Error::other("both are pipes"));
    };
    let (mut says, mut answers) = (StreamWriter::new(input), StreamReader::new(output));
    for word in ["one\n", "two\n"] {
        says.write(word.as_bytes());
        says.drain().await?;
        let answer = answers.readline().await?;
        print!("{}", String::from_utf8_lossy(&answer));
    }
    drop(says); // the end of its input
    println!("it ends: {}", process.wait().await?);
    Ok(())
}

async fn program() -> io::Result<()> {
    talk().await?;

    // All input, all output. More than a pipe holds is no problem.
    let mut sort = Command::new("sort")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let sorted = sort.communicate("c\na\nb\n".repeat(30_000)).await?;
    println!(
        "{} lines are sorted",
        sorted.stdout.split(|byte| *byte == b'\n').count() - 1
    );

    // Several at once.
    let statuses =
        (1..=3).map(|code| async move { Command::shell(format!("exit {code}")).status().await });
    for status in gather(statuses).await.map_err(io::Error::other)? {
        println!("{}", status?);
    }

    // One that never ends is killed, and leaves nothing.
    let endless = Command::new("sleep").arg("100000").spawn()?;
    let late = timeout(Duration::from_millis(20), endless.wait()).await;
    println!("too late: {}", late.is_err());
    endless.kill()?;
    println!("killed by signal {:?}", endless.wait().await?.signal());

    let error = Command::new("no-such-program").output().await.unwrap_err();
    println!("{error}");
    Ok(())
}

fn main() -> io::Result<()> {
    run(program())
}

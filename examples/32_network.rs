//! Floor 7: a network in memory, which is slow, and breaks in the middle.
//!
//! A client asks a counter on another host once a second, and waits half a second for the answer.
//! The link between them is cut for three seconds. The connection survives: what was held arrives
//! late. All of it happens on virtual time, so the program ends at once.
//!
//! Its chapter: `crates/7-io/src/lib.rs`.

use std::io;
use std::time::Duration;

use groundup::net::{Network, StreamReader, StreamWriter, open_connection, start_server};
use groundup::{run_virtual, sleep, sleep_until, spawn, time, timeout};

const SECOND: Duration = Duration::from_secs(1);

/// Answers each line with its number.
async fn count(mut reader: StreamReader, mut writer: StreamWriter) -> io::Result<()> {
    let mut number = 0;
    while !reader.readline().await?.is_empty() {
        number += 1;
        writer.write(format!("{number}\n").as_bytes());
        writer.drain().await?;
    }
    Ok(())
}

async fn client() -> io::Result<()> {
    let (mut reader, mut writer) = open_connection("counter", 80).await?;
    for question in 1..=6 {
        let begin = time();
        writer.write(b"how many?\n");
        writer.drain().await?;
        let answer = timeout(SECOND / 2, reader.readline()).await;
        let answer = answer.ok().transpose()?;
        let text = answer.map(|line| String::from_utf8_lossy(&line).trim_end().to_string());
        println!("{:.2} question {question}: {text:?}", time());
        sleep_until(begin + SECOND).await;
    }
    Ok(())
}

pub(crate) async fn program() -> io::Result<()> {
    let network = Network::builder().latency(SECOND / 20).build();
    let (here, counter) = (network.host("localhost"), network.host("counter"));
    let server = counter.run(start_server("0.0.0.0", 80, count)).await?;
    let asking = spawn(client());
    sleep(2 * SECOND).await;
    network.partition(&here, &counter);
    println!("{:.2} cut", time());
    sleep(3 * SECOND).await;
    network.heal(&here, &counter);
    println!("{:.2} healed", time());
    asking.await.map_err(io::Error::other)??;
    server.close();
    Ok(())
}

fn main() -> io::Result<()> {
    run_virtual(program())
}

//! An echo server, a silent client and a quick one, on a slow network.

use std::io;
use std::time::Duration;

use groundup::net::{Network, StreamReader, StreamWriter, open_connection, start_server};
use groundup::{current_task, gather, sleep, spawn_named, time};

async fn echo(mut reader: StreamReader, mut writer: StreamWriter) -> io::Result<()> {
    if let Some(task) = current_task() {
        task.set_name("echo");
    }
    loop {
        let line = reader.readline().await?;
        if line.is_empty() {
            return Ok(());
        }
        writer.write(&line);
        writer.drain().await?;
    }
}

/// Is silent for some seconds, sends a line, and waits for its echo.
async fn client(line: &'static str, silent: u64) -> io::Result<()> {
    let (mut reader, mut writer) = open_connection("server", 80).await?;
    sleep(Duration::from_secs(silent)).await;
    writer.write(line.as_bytes());
    writer.drain().await?;
    let echo = reader.readline().await?;
    print!("{} {}", time(), String::from_utf8_lossy(&echo));
    Ok(())
}

pub async fn main() -> io::Result<()> {
    let network = Network::builder()
        .latency(Duration::from_millis(250))
        .build();
    let host = network.host("server");
    let server = host.run(start_server("0.0.0.0", 80, echo)).await?;
    let silent = spawn_named("silent", client("silent\n", 2));
    let quick = spawn_named("quick", client("quick\n", 0));
    for ended in gather([silent, quick]).await.map_err(io::Error::other)? {
        ended?;
    }
    server.close();
    server.wait_closed().await;
    Ok(())
}

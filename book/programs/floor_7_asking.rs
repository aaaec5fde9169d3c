//! A line that comes after a while, and four ways to ask for it.

use std::io;
use std::time::Duration;

use groundup::net::{Network, StreamReader, StreamWriter, open_connection, start_server};
use groundup::{sleep, time, timeout};

async fn answer(_request: StreamReader, mut writer: StreamWriter) -> io::Result<()> {
    sleep(Duration::from_micros(1_042_500)).await;
    writer.write(b"here it is\n");
    writer.drain().await
}

/// Asks again and again, with a pause between, until the line is there.
async fn ask(mut reader: StreamReader, pause: Duration) -> u32 {
    let mut asked = 1;
    while timeout(Duration::ZERO, reader.readline()).await.is_err() {
        sleep(pause).await;
        asked += 1;
    }
    asked
}

pub async fn main() -> io::Result<()> {
    let network = Network::builder().latency(Duration::from_millis(2)).build();
    let host = network.host("server");
    let server = host.run(start_server("0.0.0.0", 80, answer)).await?;
    for pause in [1000, 100, 10, 1] {
        let (reader, _writer) = open_connection("server", 80).await?;
        let began = time();
        let asked = ask(reader, Duration::from_millis(pause)).await;
        let waited = time() - began;
        println!(
            "asks every {pause:>4} ms: {asked:>4} times, {} s",
            waited.as_secs_f64()
        );
    }
    let (mut reader, _writer) = open_connection("server", 80).await?;
    let began = time();
    reader.readline().await?;
    let waited = time() - began;
    println!("waits:                         {} s", waited.as_secs_f64());
    server.close();
    Ok(())
}

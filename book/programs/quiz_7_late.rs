//! A read that meets its deadline in the middle of a line.

use std::io;
use std::time::Duration;

use groundup::net::{Network, StreamReader, StreamWriter, open_connection, start_server};
use groundup::{sleep, timeout};

async fn answer(_request: StreamReader, mut writer: StreamWriter) -> io::Result<()> {
    writer.write(b"hello ");
    sleep(Duration::from_secs(2)).await;
    writer.write(b"world\n");
    writer.drain().await
}

pub async fn main() -> io::Result<()> {
    let network = Network::new();
    let host = network.host("server");
    let server = host.run(start_server("0.0.0.0", 80, answer)).await?;
    let (mut reader, _writer) = open_connection("server", 80).await?;
    let first = timeout(Duration::from_secs(1), reader.readline()).await;
    println!("late: {}", first.is_err());
    let line = reader.readline().await?;
    println!("{:?}", String::from_utf8_lossy(&line));
    server.close();
    Ok(())
}

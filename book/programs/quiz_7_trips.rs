//! Three questions over one connection, one after the other.

use std::io;
use std::time::Duration;

use groundup::net::{Network, StreamReader, StreamWriter, open_connection, start_server};

async fn echo(mut reader: StreamReader, mut writer: StreamWriter) -> io::Result<()> {
    loop {
        let line = reader.readline().await?;
        if line.is_empty() {
            return Ok(());
        }
        writer.write(&line);
    }
}

pub async fn main() -> io::Result<()> {
    let network = Network::builder()
        .latency(Duration::from_millis(100))
        .build();
    let host = network.host("server");
    let server = host.run(start_server("0.0.0.0", 80, echo)).await?;
    let (mut reader, mut writer) = open_connection("server", 80).await?;
    for question in ["one\n", "two\n", "three\n"] {
        writer.write(question.as_bytes());
        reader.readline().await?;
    }
    server.close();
    Ok(())
}

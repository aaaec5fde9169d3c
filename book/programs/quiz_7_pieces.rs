//! Three writes, and some reads.

use std::io;
use std::time::Duration;

use groundup::net::{Network, StreamReader, StreamWriter, open_connection, start_server};
use groundup::sleep;

async fn answer(_request: StreamReader, mut writer: StreamWriter) -> io::Result<()> {
    writer.write(b"one ");
    writer.write(b"two ");
    sleep(Duration::from_secs(1)).await;
    writer.write(b"three");
    writer.drain().await
}

pub async fn main() -> io::Result<()> {
    let network = Network::new();
    let host = network.host("server");
    let server = host.run(start_server("0.0.0.0", 80, answer)).await?;
    let (mut reader, _writer) = open_connection("server", 80).await?;
    loop {
        let bytes = reader.read(100).await?;
        if bytes.is_empty() {
            server.close();
            return Ok(());
        }
        println!("{:?}", String::from_utf8_lossy(&bytes));
    }
}

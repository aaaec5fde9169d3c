//! A hundred bytes come at once, and are read in three pieces.

use std::io;
use std::time::Duration;

use groundup::net::{Network, StreamReader, StreamWriter, open_connection, start_server};
use groundup::{current_task, sleep, time};

async fn answer(_request: StreamReader, mut writer: StreamWriter) -> io::Result<()> {
    sleep(Duration::from_secs(1)).await;
    writer.write(&[7; 100]);
    writer.drain().await?;
    sleep(Duration::from_secs(1)).await;
    Ok(())
}

pub async fn main() -> io::Result<()> {
    if let Some(task) = current_task() {
        task.set_name("reader");
    }
    let network = Network::new();
    let host = network.host("server");
    let server = host.run(start_server("0.0.0.0", 80, answer)).await?;
    let (mut reader, _writer) = open_connection("server", 80).await?;
    loop {
        let bytes = reader.read(40).await?;
        println!("{} {} bytes", time(), bytes.len());
        if bytes.is_empty() {
            server.close();
            return Ok(());
        }
    }
}

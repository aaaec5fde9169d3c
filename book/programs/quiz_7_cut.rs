//! A link that is cut for three seconds.

use std::io;
use std::time::Duration;

use groundup::net::{Network, StreamReader, StreamWriter, open_connection, start_server};
use groundup::{sleep, spawn};

const SECOND: Duration = Duration::from_secs(1);

async fn answer(mut reader: StreamReader, mut writer: StreamWriter) -> io::Result<()> {
    reader.readline().await?;
    writer.write(b"yes\n");
    writer.drain().await
}

async fn ask() -> io::Result<()> {
    let (mut reader, mut writer) = open_connection("server", 80).await?;
    sleep(SECOND).await;
    writer.write(b"are you there?\n");
    reader.readline().await?;
    Ok(())
}

pub async fn main() -> io::Result<()> {
    let network = Network::builder().latency(SECOND / 2).build();
    let (here, there) = (network.host("localhost"), network.host("server"));
    let server = there.run(start_server("0.0.0.0", 80, answer)).await?;
    let asking = spawn(ask());
    sleep(SECOND + SECOND / 2).await;
    network.partition(&here, &there);
    sleep(3 * SECOND).await;
    network.heal(&here, &there);
    asking.await.map_err(io::Error::other)??;
    server.close();
    Ok(())
}

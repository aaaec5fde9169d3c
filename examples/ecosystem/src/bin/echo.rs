//! With `async-net`: an echo server, and three clients of it.
//!
//! The sockets wait in a thread of `async-io` and wake the loop from there, so the real clock is
//! used, and no sleep.

use anyhow::Context;
use async_net::{TcpListener, TcpStream};
use futures_lite::{AsyncReadExt, AsyncWriteExt, StreamExt, io};
use groundup::{spawn, try_join};

async fn serve(listener: TcpListener) -> anyhow::Result<()> {
    let mut connections = listener.incoming();
    while let Some(connection) = connections.next().await {
        let connection = connection?;
        spawn(async move {
            if let Err(error) = io::copy(connection.clone(), connection).await {
                eprintln!("a connection broke: {error}");
            }
        });
    }
    Ok(())
}

async fn client(address: std::net::SocketAddr, text: &'static str) -> anyhow::Result<String> {
    let mut stream = TcpStream::connect(address).await.context("no server")?;
    stream.write_all(text.as_bytes()).await?;
    stream.shutdown(std::net::Shutdown::Write)?;
    let mut echo = String::new();
    stream.read_to_string(&mut echo).await?;
    Ok(echo)
}

#[groundup::main]
async fn main() -> anyhow::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let server = spawn(serve(listener)).cancel_on_drop();
    let echoes = try_join(["one", "two", "three"].map(|text| client(address, text))).await?;
    println!("{echoes:?}");
    drop(server);
    Ok(())
}

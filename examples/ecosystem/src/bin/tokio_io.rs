//! With the feature `tokio-io`: code for tokio's traits on our sockets.

use groundup::net::{StreamReader, TcpListener, TcpStream};
use groundup::web::{FuturesIo, TokioIo};
use groundup::{join, run};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};

/// Answers each line in capitals: written for tokio, and for no runtime.
async fn shout(stream: impl AsyncRead + AsyncWrite + Unpin) -> std::io::Result<()> {
    let (reader, mut writer) = tokio::io::split(stream);
    let mut lines = BufReader::new(reader).lines();
    while let Some(line) = lines.next_line().await? {
        writer.write_all(line.to_uppercase().as_bytes()).await?;
        writer.write_all(b"\n").await?;
    }
    writer.shutdown().await
}

fn main() -> std::io::Result<()> {
    run(async {
        let listener = TcpListener::bind(([127, 0, 0, 1], 0))?;
        let address = listener.local_addr()?;
        let server = async {
            let (stream, _) = listener.accept().await?;
            shout(TokioIo::new(stream)).await
        };
        let client = async {
            let mut stream = TokioIo::new(TcpStream::connect(address).await?);
            stream.write_all(b"tea\nand cake\n").await?;
            stream.shutdown().await?;
            // And back: what speaks tokio's traits, for a reader of ours.
            let mut reader = StreamReader::new(FuturesIo::new(stream));
            for _ in 0..2 {
                print!("{}", String::from_utf8_lossy(&reader.readline().await?));
            }
            std::io::Result::Ok(())
        };
        let (server, client) = join((server, client)).await;
        server.and(client)
    })
}

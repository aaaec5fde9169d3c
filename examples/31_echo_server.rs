//! Floor 7: an echo server, a slow client, and a line that is too long.
//!
//! The server has a task for each connection. A client that sends a line over the limit gets an
//! answer, and one that sends nothing meets a deadline. The others are served meanwhile.
//!
//! Its chapter: `crates/7-io/src/lib.rs`.

use std::io;
use std::time::Duration;

use groundup::net::{ReadError, StreamReader, StreamWriter, open_connection, start_server};
use groundup::{gather, run, timeout};

/// Sends back each line, until the client has ended or has been silent for long.
async fn echo(mut reader: StreamReader, mut writer: StreamWriter) -> io::Result<()> {
    reader.set_limit(1000);
    loop {
        match timeout(Duration::from_millis(300), reader.readline()).await {
            Ok(Ok(line)) if line.is_empty() => return Ok(()),
            Ok(Ok(line)) => writer.write(&line),
            Ok(Err(ReadError::LimitOverrun { limit, .. })) => {
                writer.write(format!("no line has more than {limit} bytes\n").as_bytes());
            }
            Ok(Err(error)) => return Err(error.into()),
            Err(_elapsed) => {
                writer.write(b"you are too slow\n");
                return Ok(());
            }
        }
        writer.drain().await?;
    }
}

/// Sends a text, and returns the line that comes back.
async fn client(port: u16, text: String) -> io::Result<String> {
    let (mut reader, mut writer) = open_connection("127.0.0.1", port).await?;
    writer.write(text.as_bytes());
    writer.drain().await?;
    let line = reader.readline().await?;
    Ok(String::from_utf8_lossy(&line).trim_end().to_string())
}

async fn program() -> io::Result<()> {
    let server = start_server("127.0.0.1", 0, echo).await?;
    let port = server.local_addrs()[0].port();
    let too_long = format!("{}\n", "x".repeat(1500));
    let texts = ["one\n".to_string(), too_long, String::new(), "two\n".into()];
    let lines = gather(texts.map(|text| client(port, text))).await;
    for line in lines.map_err(io::Error::other)? {
        println!("{}", line?);
    }
    server.close();
    server.wait_closed().await;
    println!("{} connections are left", server.connections());
    Ok(())
}

fn main() -> io::Result<()> {
    run(program())
}

//! An echo server on asyncio's streams: each line of a client comes back.
//!
//! | a client | |
//! |---|---|
//! | sends a line that is too long | reads why, once; nothing of the line comes back |
//! | is silent, or does not read | is disconnected after a minute |
//! | is there when the server ends | reads that it ends |
//!
//! Each connection has a task, so no client delays another.

use std::io;
use std::rc::Rc;
use std::time::Duration;

use groundup::net::{ReadError, StreamReader, StreamWriter, start_server};
use groundup::{Event, Selected, select_biased, timeout};

/// Most bytes of a line.
pub const LIMIT: usize = 4096;

/// How long a client may be silent, or not read.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Serves until `until` is done, and then until no client is left. `begun` gets the port.
///
/// # Errors
///
/// If there is no such port to listen at.
pub async fn serve(
    port: u16,
    begun: impl FnOnce(u16),
    until: impl Future<Output = ()>,
) -> io::Result<()> {
    let ends = Rc::new(Event::new());
    let told = ends.clone();
    let server = start_server("127.0.0.1", port, move |reader, writer| {
        echo(reader, writer, told.clone())
    })
    .await?;
    begun(server.local_addrs()[0].port());
    until.await;
    server.close();
    ends.set();
    server.wait_closed().await;
    Ok(())
}

async fn echo(
    mut reader: StreamReader,
    mut writer: StreamWriter,
    ends: Rc<Event>,
) -> io::Result<()> {
    reader.set_limit(LIMIT);
    // True within a line that is too long, which comes in parts: the rest of it is no line of its own.
    let mut skips = false;
    loop {
        let line = timeout(PATIENCE, reader.readline());
        let goes_on = match select_biased((ends.wait(), line)).await {
            Selected::Second(Ok(Ok(line))) => {
                if !std::mem::take(&mut skips) {
                    writer.write(&line);
                }
                !line.is_empty() // an empty line is the end
            }
            Selected::Second(Ok(Err(ReadError::LimitOverrun { limit, found, .. }))) => {
                if !skips {
                    writer.write(format!("a line has at most {limit} bytes\n").as_bytes());
                }
                skips = !found;
                true
            }
            Selected::Second(Ok(Err(error))) => return Err(error.into()),
            Selected::Second(Err(_elapsed)) => {
                writer.write(format!("you were silent for {PATIENCE:?}\n").as_bytes());
                false
            }
            Selected::First(()) => {
                writer.write(b"the server ends\n");
                false
            }
        };
        match timeout(PATIENCE, writer.drain()).await {
            Ok(drained) => drained?,
            Err(_elapsed) => writer.abort(), // a writer that is only dropped waits for its peer
        }
        if !goes_on || writer.is_closing() {
            return Ok(());
        }
    }
}

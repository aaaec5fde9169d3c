//! Lines of text as a transport, for `nc` and `telnet`.

use std::io;

use futures::io::{AsyncRead, AsyncWrite};
use groundup::net::{ReadError, StreamReader, StreamWriter};

use super::transport::{End, Hears, Speaks, TooLong};

impl<R: AsyncRead + Unpin> Hears for StreamReader<R> {
    async fn hear(&mut self) -> io::Result<Option<String>> {
        match self.readline().await {
            Ok(line) if line.is_empty() => Ok(None),
            Ok(line) => Ok(Some(String::from_utf8_lossy(&line).into_owned())),
            // The end of the line has not come: no text so long is wanted.
            Err(ReadError::LimitOverrun { limit, .. }) => {
                Err(TooLong(format!("a line has at most {limit} bytes")).into())
            }
            Err(error) => Err(error.into()),
        }
    }
}

impl<W: AsyncWrite + Unpin + 'static> Speaks for StreamWriter<W> {
    async fn say(&mut self, text: &str) -> io::Result<()> {
        self.write(text.as_bytes());
        self.write(b"\n");
        self.drain().await
    }

    /// Lines have no pings. The system notices a peer that is gone when it sends.
    async fn ping(&mut self) -> io::Result<()> {
        Ok(())
    }

    async fn end(&mut self, _how: End, reason: &str) -> io::Result<()> {
        self.say(&format!("* {reason}")).await?;
        self.close();
        self.wait_closed().await
    }
}

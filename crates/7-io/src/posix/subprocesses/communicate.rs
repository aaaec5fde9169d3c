//! asyncio's `communicate`: input, outputs and end, at the same time.
//!
//! The problem: a process that writes more than a pipe holds waits for its reader. If the reader
//! waits meanwhile for the process to take its input, both wait for ever. So the three pipes are
//! served side by side, in one task.
//!
//! Invariants:
//! 1. The input is closed when it is written, and the streams are read to their ends.
//! 2. A process that does not read its input is no error.
//!
//! Read next: `run.rs`.

use std::future::{Future, poll_fn};
use std::io;
use std::panic::Location;
use std::pin::Pin;
use std::process::Output;

use futures_io::AsyncWrite;
use groundup_sync::combinators::join;

use super::process::Process;
use crate::posix::pipes::ends::{PipeReader, PipeWriter};
use crate::sockets::awaits::{CallSite, awaited_at};
use crate::streams::reader::StreamReader;

impl Process {
    /// Writes the input, closes it, reads both outputs to their ends, and waits for the process:
    /// asyncio's `communicate`. A stream that is no pipe, or that was taken, is left out.
    ///
    /// All output is kept in memory.
    ///
    /// # Errors
    ///
    /// The errors of the pipes. A process that ends, or closes its input, before it has read all of it,
    /// gives none.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, the pipes are closed and the bytes that were read are lost. The
    /// process goes on, and can be killed and waited for:
    ///
    /// ```
    /// # mod groundup { pub mod process { pub use groundup_io::*; } pub use groundup_io::{run, combinators::*}; }
    /// use std::process::Stdio;
    /// use std::time::Duration;
    ///
    /// use groundup::process::Command;
    /// use groundup::{run, timeout};
    ///
    /// run(async {
    ///     let mut sleeper = Command::new("sleep").arg("1000").stdout(Stdio::piped()).spawn()?;
    ///     let late = timeout(Duration::from_millis(10), sleeper.communicate(b"")).await;
    ///     assert!(late.is_err());
    ///     sleeper.kill()?;
    ///     assert!(!sleeper.wait().await?.success());
    ///     Ok::<_, std::io::Error>(())
    /// })
    /// # .unwrap();
    /// ```
    #[track_caller]
    pub fn communicate(
        &mut self,
        input: impl AsRef<[u8]>,
    ) -> impl Future<Output = io::Result<Output>> {
        self.communicate_for(input, Location::caller())
    }

    /// Does what `communicate` does, for a function that the program has called at `place`.
    pub(super) async fn communicate_for(
        &mut self,
        input: impl AsRef<[u8]>,
        place: CallSite,
    ) -> io::Result<Output> {
        let fed = feed(self.stdin.take(), input.as_ref());
        let stdout = read_all(self.stdout.take());
        let stderr = read_all(self.stderr.take());
        let (fed, stdout, stderr) = awaited_at(place, join((fed, stdout, stderr))).await;
        fed?;
        let (stdout, stderr) = (stdout?, stderr?);
        let status = self.exit.wait(place).await?;
        Ok(Output {
            status,
            stdout,
            stderr,
        })
    }
}

/// Writes the input and closes the pipe.
async fn feed(pipe: Option<PipeWriter>, mut input: &[u8]) -> io::Result<()> {
    let Some(mut pipe) = pipe else {
        return Ok(());
    };
    while !input.is_empty() {
        match poll_fn(|cx| Pin::new(&mut pipe).poll_write(cx, input)).await {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(written) => input = &input[written..],
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(()),
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

async fn read_all(pipe: Option<PipeReader>) -> io::Result<Vec<u8>> {
    match pipe {
        Some(pipe) => StreamReader::new(pipe).read_to_end().await,
        None => Ok(Vec::new()),
    }
}

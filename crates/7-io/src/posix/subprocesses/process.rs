//! A process that was started: asyncio's `subprocess.Process`.
//!
//! The problem: a process ends by itself, is told to end, or is killed, and several tasks may have a
//! part in it. So all methods but `communicate` take a shared reference.
//!
//! Invariant: a signal is sent only while the status has not been taken.
//!
//! Read next: `posix/subprocesses/exit.rs`.

use std::fmt;
use std::future::Future;
use std::io;
use std::panic::Location;
use std::process::ExitStatus;

use super::exit::Exit;
use crate::posix::pipes::ends::{PipeReader, PipeWriter};
use crate::posix::signals::kind::SignalKind;

/// A process that a [`Command`](crate::Command) has started.
///
/// If it is dropped before the end, the process goes on, unless
/// [`kill_on_drop`](crate::Command::kill_on_drop) says otherwise. Its loop takes the status when it
/// ends, so no zombie is left.
///
/// The example needs the crate `futures`, too.
///
/// ```
/// # mod groundup { pub mod net { pub use groundup_io::*; } pub mod process { pub use groundup_io::*; } pub use groundup_io::run; }
/// use std::process::Stdio;
///
/// use futures::AsyncWriteExt;
/// use groundup::net::StreamReader;
/// use groundup::process::Command;
/// use groundup::run;
///
/// run(async {
///     let mut command = Command::new("cat");
///     let mut cat = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
///     let mut input = cat.stdin.take().unwrap();
///     let mut lines = StreamReader::new(cat.stdout.take().unwrap());
///     input.write_all(b"one line\n").await?;
///     assert_eq!(lines.readline().await?, b"one line\n");
///     drop(input); // the end of its input
///     assert!(cat.wait().await?.success());
///     Ok::<_, std::io::Error>(())
/// })
/// # .unwrap();
/// ```
pub struct Process {
    /// The writing end of its standard input, if that is a pipe.
    pub stdin: Option<PipeWriter>,
    /// The reading end of its standard output, if that is a pipe.
    pub stdout: Option<PipeReader>,
    /// The reading end of its standard error stream, if that is a pipe.
    pub stderr: Option<PipeReader>,
    pub(super) exit: Exit,
}

impl Process {
    /// Returns the number by which the system knows the process: asyncio's `pid`. After the end the
    /// system may give it to another process.
    #[doc(alias = "pid")]
    pub fn id(&self) -> u32 {
        self.exit.id()
    }

    /// Waits until the process has ended, and returns its status. Several tasks may wait.
    ///
    /// A process that writes to a pipe waits while the pipe is full. So read its streams at the same
    /// time, or call [`communicate`](Process::communicate).
    ///
    /// # Errors
    ///
    /// If another part of the program has taken the status, or it is used outside its loop.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, the process goes on, and can be waited for again.
    #[track_caller]
    pub fn wait(&self) -> impl Future<Output = io::Result<ExitStatus>> {
        self.exit.wait(Location::caller())
    }

    /// Returns the status of the process if it has ended: asyncio's `returncode`.
    ///
    /// # Errors
    ///
    /// If another part of the program has taken the status.
    #[doc(alias = "returncode")]
    pub fn try_wait(&self) -> io::Result<Option<ExitStatus>> {
        self.exit.try_wait()
    }

    /// Ends the process at once, by SIGKILL. It gets no time to clean up.
    ///
    /// # Errors
    ///
    /// As [`send_signal`](Process::send_signal).
    pub fn kill(&self) -> io::Result<()> {
        self.send_signal(SignalKind::kill())
    }

    /// Asks the process to end, by SIGTERM.
    ///
    /// # Errors
    ///
    /// As [`send_signal`](Process::send_signal).
    pub fn terminate(&self) -> io::Result<()> {
        self.send_signal(SignalKind::terminate())
    }

    /// Sends a signal to the process.
    ///
    /// # Errors
    ///
    /// `NotFound` if the process has ended, as asyncio's `ProcessLookupError`; `InvalidInput` for a
    /// signal without a name.
    pub fn send_signal(&self, kind: SignalKind) -> io::Result<()> {
        self.exit.send(kind)
    }
}

impl fmt::Debug for Process {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Process")
            .field("id", &self.id())
            .field("status", &self.exit.known())
            .finish_non_exhaustive()
    }
}

//! One worker, as its pool sees it: a process and a socket.
//!
//! The problem: a process may die at any moment, or send bytes that are no reply. The thread that
//! reads its reply must find out, get the status, and leave no zombie.
//!
//! ```text
//!   start ──> idle ──> call ──> idle ──> ..       say_end: closes the socket
//!                        │                        wait_end: waits for the exit, or kills
//!                        │ the socket is closed, or the bytes are no reply
//!                        v
//!                      end ──> the status
//! ```
//!
//! Invariants:
//! 1. Each process that was started is waited for once, at the latest when its `Worker` is dropped.
//! 2. A wait has a limit: a process that does not end by itself is killed.
//! 3. Only this process has the other end of the socket, since a pair is closed when another program
//!    is executed.
//!
//! Read next: `processes/no_worker.rs`.

use std::env;
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read};
use std::net::Shutdown;
use std::os::fd::OwnedFd;
use std::os::unix::fs::MetadataExt;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use parking_lot::Mutex;

use super::frame::{Broken, Reply, Request};
use super::serve::MARK;

/// So long an idle worker, whose socket is closed, may take to end by itself, unless a test sets it.
pub(super) const PATIENCE: Duration = Duration::from_secs(1);

/// The link to the executable of a process, which stays right if the file is replaced.
const SELF: &str = "/proc/self/exe";

/// True if this system has workers.
pub(super) const SUPPORTED: bool = true;

/// A process that runs jobs, one at a time.
pub(super) struct Worker {
    socket: UnixStream,
    child: Mutex<Child>,
    /// The number by which the system knows the process.
    id: u32,
}

impl Worker {
    /// Starts this executable once more. With the name of a test, it is a test program, and runs that
    /// test alone, which calls `serve_jobs`.
    pub(super) fn start(test: Option<&str>) -> io::Result<Worker> {
        let (socket, far_end) = UnixStream::pair()?;
        let far_end = File::from(OwnedFd::from(far_end));
        let name = env::current_exe().map_or(OsString::new(), OsString::from);
        let mut command = if Path::new(SELF).exists() {
            Command::new(SELF)
        } else {
            Command::new(&name)
        };
        let mark = far_end.metadata()?.ino().to_string();
        command.arg0(name).env(MARK, mark);
        if let Some(test) = test {
            command.args([test, "--exact", "--nocapture", "--include-ignored"]);
            command.stdout(Stdio::null()); // what the test program says about its tests
        }
        let child = command.stdin(far_end).spawn()?;
        let (id, child) = (child.id(), Mutex::new(child));
        Ok(Worker { socket, child, id })
    }

    /// Sends a job and waits for its reply.
    pub(super) fn call(&self, request: &Request) -> Result<Reply, Broken> {
        request.write(&mut &self.socket)?;
        Reply::read(&mut &self.socket, request.number, request.limit)
    }

    /// Returns true if the worker lives, and has sent nothing since its last reply.
    pub(super) fn is_idle(&self) -> bool {
        let look = || {
            self.socket.set_nonblocking(true)?;
            let read = (&self.socket).read(&mut [0]);
            self.socket.set_nonblocking(false)?;
            read
        };
        look().is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock)
    }

    /// Kills the process. The thread that waits for a reply finds the socket closed.
    pub(super) fn kill(&self) {
        let _ = self.child.lock().kill(); // it may have ended already
    }

    /// Returns true unless the process has ended. If it has, the system forgets it.
    pub(super) fn lives(&self) -> bool {
        !matches!(self.child.lock().try_wait(), Ok(Some(_)))
    }

    /// Returns the number by which the system knows the process.
    pub(super) fn id(&self) -> u32 {
        self.id
    }

    /// Closes the socket: the worker ends by itself.
    pub(super) fn say_end(&self) {
        let _ = self.socket.shutdown(Shutdown::Write);
    }

    /// Waits until a worker whose socket is closed has ended, for at most `limit`, or kills it.
    pub(super) fn wait_end(&self, limit: Duration) {
        let limit = limit.max(Duration::from_millis(1)); // zero would be no limit
        let _ = self.socket.set_read_timeout(Some(limit));
        let _ = (&self.socket).read(&mut [0]); // returns when the worker's end is closed
        let _ = self.end();
    }

    /// Kills the process, and waits for its end. If it has ended before, this is its own status.
    pub(super) fn end(&self) -> io::Result<ExitStatus> {
        let mut child = self.child.lock();
        let _ = child.kill();
        child.wait()
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.say_end();
        self.wait_end(PATIENCE);
    }
}

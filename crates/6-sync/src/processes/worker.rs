//! One worker, as its pool sees it: a process and a socket.
//!
//! The problem: a process may die at any moment, or send bytes that are no reply. The thread that
//! reads its reply must find out, get the status, and leave no zombie.
//!
//! ```text
//!   start ──> idle ──> call ──> idle ──> ..       end: closes the socket, waits for the exit
//!                        │
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
use std::io::{self, Read};
use std::net::Shutdown;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use parking_lot::Mutex;

use super::frame::{Broken, Reply, Request};
use super::serve::MARK;

/// So long an idle worker, whose socket is closed, may take to end by itself.
const PATIENCE: Duration = Duration::from_secs(1);

/// The link to the executable of a process, which stays right if the file is replaced.
const SELF: &str = "/proc/self/exe";

/// True if this system has workers.
pub(super) const SUPPORTED: bool = true;

/// A process that runs jobs, one at a time.
pub(super) struct Worker {
    socket: UnixStream,
    child: Mutex<Child>,
}

impl Worker {
    /// Starts this executable once more. With the name of a test, it is a test program, and runs that
    /// test alone, which calls `serve_jobs`.
    pub(super) fn start(test: Option<&str>) -> io::Result<Worker> {
        let (socket, far_end) = UnixStream::pair()?;
        let name = env::current_exe().map_or(OsString::new(), OsString::from);
        let mut command = if Path::new(SELF).exists() {
            Command::new(SELF)
        } else {
            Command::new(&name)
        };
        command.arg0(name).env(MARK, "1");
        if let Some(test) = test {
            command.args([test, "--exact", "--nocapture", "--include-ignored"]);
            command.stdout(Stdio::null()); // what the test program says about its tests
        }
        let child = command.stdin(OwnedFd::from(far_end)).spawn()?;
        let child = Mutex::new(child);
        Ok(Worker { socket, child })
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

    /// Returns the number by which the system knows the process.
    pub(super) fn id(&self) -> u32 {
        self.child.lock().id()
    }

    /// Closes the socket, and waits until the worker has ended by itself, or kills it.
    pub(super) fn close(&self) {
        let _ = self.socket.shutdown(Shutdown::Write);
        let _ = self.socket.set_read_timeout(Some(PATIENCE));
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
        self.close();
    }
}

//! Other programs, as processes of their own: asyncio's `subprocess`.
//!
//! The problem: a program that starts another one writes to it, reads two streams from it, and waits
//! for its end. Each of these may take any time, and each that is done alone may block the other
//! program for ever: its output fills a pipe that no code reads.
//!
//! ```text
//!   Command ── spawn ──> Process ── stdin ───> PipeWriter     AsyncWrite
//!                            │ ──── stdout ──> PipeReader     AsyncRead
//!                            │ ──── stderr ──> PipeReader
//!                            ├── wait ───────> ExitStatus
//!                            └── communicate(input) ──> Output, all of it at once
//! ```
//!
//! The end of a process is an event of a descriptor on Linux, and the signal SIGCHLD elsewhere
//! (`exit.rs`). The status of a process must be taken, or the process stays as a zombie. A
//! [`Process`](crate::Process) that is dropped leaves that to its loop (`orphans.rs`).
//!
//! Invariants:
//! 1. The status of each process is taken once, and no signal is sent to a process after that: another
//!    one may have its number.
//! 2. A wait that is dropped or cancelled has taken nothing, and the process goes on.
//! 3. A process that is dropped leaves no zombie, as long as its loop runs.
//!
//! Access: nothing of this floor uses this folder.
//!
//! Read next: `posix/subprocesses/command.rs`.

pub(crate) mod command;
mod communicate;
mod exit;
mod orphans;
pub(crate) mod process;

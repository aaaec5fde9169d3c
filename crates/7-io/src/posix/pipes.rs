//! Pipes, and other descriptors that only pass bytes.
//!
//! The problem: a child process, a shell and a named pipe speak through descriptors that are no
//! sockets. They pass bytes one way, and their two ends are two types: a program that reads from the
//! wrong end is a program that does not compile.
//!
//! ```text
//!   pipe() ──────────────────> PipeWriter, PipeReader     in one program, or for a child
//!   connect_read_pipe(fd) ───> PipeReader                 a named pipe, a terminal, a socket
//!   connect_write_pipe(fd) ──> PipeWriter
//!   stdin() ─────────────────> PipeReader                 the standard streams
//!   stdout(), stderr() ──────> PipeWriter
//! ```
//!
//! Invariants:
//! 1. A pipe of the program does not block. The standard streams are left as they are, since other
//!    programs share them: an attempt asks first.
//! 2. A write to a pipe without a reader is an error, `BrokenPipe`, and never a signal.
//!
//! Access: `subprocesses/` makes its pipes here. This folder uses the sockets' machinery
//! (`sockets/socket.rs`), and no kind of socket.
//!
//! Read next: `posix/pipes/descriptor.rs`.

pub(crate) mod descriptor;
pub(crate) mod ends;
pub(crate) mod standard;

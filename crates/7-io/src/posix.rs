//! What Unix systems have beside sockets.
//!
//! The problem: a program on Unix is told to end by a signal, speaks with other programs through
//! pipes, and starts them as its children. A loop waits for all of these in the same way: each is a
//! descriptor, and a source of the reactor.
//!
//! ```text
//!   signals/        signal, ctrl_c, add_signal_handler
//!   pipes/          pipe, stdin, stdout, connect_read_pipe ..
//!   subprocesses/   Command, Process
//!   callbacks.rs    add_reader, add_writer
//! ```
//!
//! Invariant: nothing of this floor uses this folder. On systems that are no Unix it is not there.
//!
//! Read next: `posix/callbacks.rs`.

pub(crate) mod callbacks;
pub(crate) mod pipes;
pub(crate) mod signals;
pub(crate) mod subprocesses;

//! What Unix systems have beside sockets.
//!
//! The problem: on Unix a signal asks a program to end. Programs speak with each other through pipes,
//! and start each other as children. A loop waits for all of these in the same way: each is a
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

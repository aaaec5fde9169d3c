//! Floor 7: processes, pipes, and callbacks of descriptors.
//!
//! A [`Command`] starts a program, and a [`Process`] has its end and its streams. Pipes and the
//! standard streams read and write as sockets do. [`add_reader`] and its kin call a function of the
//! loop, as asyncio's loop does. All of them need the real clock and a Unix system.
//!
//! Jobs of this program in processes of their own are another thing: `ProcessPool`.
//!
//! Invariant: these are the names of the crate `groundup-io` for processes and descriptors.
//!
//! Read next: `signal.rs`.

#[doc(inline)]
pub use groundup_io::{
    Command, PipeReader, PipeWriter, Process, add_reader, add_writer, connect_read_pipe,
    connect_write_pipe, pipe, remove_reader, remove_writer, stderr, stdin, stdout,
};

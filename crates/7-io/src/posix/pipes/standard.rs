//! The standard streams of the process.
//!
//! The problem: the standard streams belong to the shell and to other programs as well. So they are
//! not made non-blocking (`descriptor.rs`), and closing one here closes a duplicate only.
//!
//! Invariant: after any use, the standard library's `stdin`, `println!` and `eprintln!` work as
//! before.
//!
//! Read next: `posix/signals.rs`.

use std::io;
use std::os::fd::{AsFd, OwnedFd};

use super::descriptor::Descriptor;
use super::ends::{PipeReader, PipeWriter};
use crate::sockets::socket::check_loop;

#[track_caller]
fn duplicate(stream: impl AsFd) -> io::Result<Descriptor> {
    check_loop()?;
    let duplicate: OwnedFd = stream.as_fd().try_clone_to_owned()?;
    Ok(Descriptor::shared(duplicate))
}

/// Returns the standard input, to be read by tasks. Bytes that the standard library's `stdin` has
/// read already are not in it, so use one of the two.
///
/// # Errors
///
/// `PermissionDenied` if it is a regular file, as in `program < file`: read it on a thread then, with
/// [`to_thread`](groundup_sync::to_thread). `Unsupported` on virtual time.
///
/// # Panics
///
/// Outside a running loop.
///
/// ```no_run
/// # mod groundup { pub mod net { pub use groundup_io::StreamReader; } pub mod process { pub use groundup_io::*; } pub use groundup_io::run; }
/// use groundup::net::StreamReader;
/// use groundup::process::stdin;
/// use groundup::run;
///
/// run(async {
///     let mut lines = StreamReader::new(stdin()?);
///     while let line @ [_, ..] = &*lines.readline().await? {
///         println!("{}", String::from_utf8_lossy(line).trim_end());
///     }
///     Ok::<_, std::io::Error>(())
/// })
/// # .unwrap();
/// ```
#[track_caller]
pub fn stdin() -> io::Result<PipeReader> {
    PipeReader::new(duplicate(io::stdin())?)
}

/// Returns the standard output, to be written to by tasks. It stands beside `println!`: the lines of
/// both come in the order in which they are written.
///
/// # Errors
///
/// As [`stdin`].
///
/// # Panics
///
/// Outside a running loop.
///
/// The example needs the crate `futures`, too.
///
/// ```no_run
/// # mod groundup { pub mod process { pub use groundup_io::*; } pub use groundup_io::run; }
/// use futures::AsyncWriteExt;
/// use groundup::process::stdout;
/// use groundup::run;
///
/// run(async { stdout()?.write_all(b"slow readers slow only this task\n").await })
/// # .unwrap();
/// ```
#[track_caller]
pub fn stdout() -> io::Result<PipeWriter> {
    PipeWriter::new(duplicate(io::stdout())?)
}

/// Returns the standard error stream, to be written to by tasks.
///
/// # Errors
///
/// As [`stdin`].
///
/// # Panics
///
/// Outside a running loop.
///
/// The example needs the crate `futures`, too.
///
/// ```no_run
/// # mod groundup { pub mod process { pub use groundup_io::*; } pub use groundup_io::run; }
/// use futures::AsyncWriteExt;
/// use groundup::process::stderr;
/// use groundup::run;
///
/// run(async { stderr()?.write_all(b"a warning\n").await })
/// # .unwrap();
/// ```
#[track_caller]
pub fn stderr() -> io::Result<PipeWriter> {
    PipeWriter::new(duplicate(io::stderr())?)
}

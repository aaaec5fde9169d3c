//! asyncio's `add_reader`: a function for each descriptor.
//!
//! The problem: a library in C gives a descriptor, and a function to be called whenever it is
//! readable. It has its own way to read, so there is nothing to await. asyncio's loop has four
//! methods for it, and so has this page, as functions for the running loop.
//!
//! ```text
//!   add_reader(fd, f) ──> f is called in each iteration in which fd is readable
//!   remove_reader(fd) ──> f is not called any more, also if it was about to be
//! ```
//!
//! A descriptor has one reader and one writer. A second `add_reader` replaces the function.
//!
//! Invariants:
//! 1. A function that reads nothing is called again, as asyncio calls it (level-triggered).
//! 2. Functions are called and dropped while the table is not borrowed.
//! 3. The loop watches a duplicate of the descriptor, which it closes when the function is removed.
//!
//! Read next: `posix/pipes.rs`.

use std::cell::RefCell;
use std::io;
use std::os::fd::{AsFd, AsRawFd};

use groundup_sync::executor::{keep, try_iteration};

use crate::reactor::about::About;
use crate::reactor::readiness::Way;
use crate::reactor::watch::{Watch, Watches};

/// The functions of a loop, by descriptor and way.
#[derive(Default)]
struct Callbacks {
    readers: RefCell<Watches>,
    writers: RefCell<Watches>,
}

impl Callbacks {
    fn of(&self, way: Way) -> &RefCell<Watches> {
        match way {
            Way::Read => &self.readers,
            Way::Write => &self.writers,
        }
    }
}

#[track_caller]
fn add(descriptor: &impl AsFd, way: Way, function: impl FnMut() + 'static) -> io::Result<()> {
    let descriptor = descriptor.as_fd();
    let duplicate = descriptor.try_clone_to_owned()?;
    let watch = Watch::new(duplicate, way, About::Watched, function)?;
    let callbacks = keep(Callbacks::default);
    let table = callbacks.of(way);
    let number = descriptor.as_raw_fd().cast_unsigned();
    let before = table.borrow_mut().insert((number.into(), 0), watch);
    if let Some(before) = before {
        before.end();
    }
    Ok(())
}

fn remove(descriptor: &impl AsFd, way: Way) -> bool {
    if try_iteration().is_none() {
        return false;
    }
    let callbacks = keep(Callbacks::default);
    let table = callbacks.of(way);
    let number = descriptor.as_fd().as_raw_fd().cast_unsigned();
    let removed = table.borrow_mut().remove((number.into(), 0));
    removed.inspect(|watch| watch.end()).is_some()
}

/// Calls `function` in each iteration in which the descriptor is readable: asyncio's `add_reader`. It
/// replaces the function before.
///
/// # Errors
///
/// `PermissionDenied` if the system does not watch the descriptor, as that of a regular file;
/// `Unsupported` on virtual time.
///
/// # Panics
///
/// Outside a running loop.
///
/// ```
/// # mod groundup { pub mod process { pub use groundup_io::*; } pub use groundup_io::{run, sync::Event}; }
/// use std::io::Read;
/// use std::os::unix::net::UnixStream;
/// use std::rc::Rc;
///
/// use groundup::process::{add_reader, remove_reader};
/// use groundup::{Event, run};
///
/// run(async {
///     let (ours, theirs) = UnixStream::pair()?;
///     ours.set_nonblocking(true)?;
///     let (ours, came) = (Rc::new(ours), Rc::new(Event::new()));
///     let (reads, tells) = (ours.clone(), came.clone());
///     add_reader(&*ours, move || {
///         (&*reads).read(&mut [0; 100]).unwrap();
///         tells.set();
///     })?;
///     std::io::Write::write_all(&mut &theirs, b"data")?;
///     came.wait().await;
///     assert!(remove_reader(&*ours));
///     assert!(!remove_reader(&*ours));
///     Ok::<_, std::io::Error>(())
/// })
/// # .unwrap();
/// ```
#[track_caller]
pub fn add_reader(descriptor: &impl AsFd, function: impl FnMut() + 'static) -> io::Result<()> {
    add(descriptor, Way::Read, function)
}

/// Removes the function of [`add_reader`], and returns true if there was one: asyncio's
/// `remove_reader`. Call it before the descriptor is closed: the loop has a duplicate, and the file
/// stays open as long.
///
/// ```
/// # mod groundup { pub mod process { pub use groundup_io::*; } pub use groundup_io::run; }
/// use groundup::process::remove_reader;
/// use groundup::run;
///
/// run(async {
///     assert!(!remove_reader(&std::io::stdin()), "nothing was added");
/// });
/// ```
pub fn remove_reader(descriptor: &impl AsFd) -> bool {
    remove(descriptor, Way::Read)
}

/// Calls `function` in each iteration in which the descriptor can be written to: asyncio's
/// `add_writer`. It replaces the function before.
///
/// # Errors
///
/// As [`add_reader`].
///
/// # Panics
///
/// Outside a running loop.
///
/// ```
/// # mod groundup { pub mod process { pub use groundup_io::*; } pub use groundup_io::{run, sync::Event}; }
/// use std::os::unix::net::UnixStream;
/// use std::rc::Rc;
///
/// use groundup::process::{add_writer, remove_writer};
/// use groundup::{Event, run};
///
/// run(async {
///     let (ours, _theirs) = UnixStream::pair()?;
///     let room = Rc::new(Event::new());
///     let tells = room.clone();
///     add_writer(&ours, move || tells.set())?;
///     room.wait().await;
///     assert!(remove_writer(&ours));
///     Ok::<_, std::io::Error>(())
/// })
/// # .unwrap();
/// ```
#[track_caller]
pub fn add_writer(descriptor: &impl AsFd, function: impl FnMut() + 'static) -> io::Result<()> {
    add(descriptor, Way::Write, function)
}

/// Removes the function of [`add_writer`], and returns true if there was one: asyncio's
/// `remove_writer`.
///
/// ```
/// # mod groundup { pub mod process { pub use groundup_io::*; } pub use groundup_io::run; }
/// use groundup::process::remove_writer;
/// use groundup::run;
///
/// run(async {
///     assert!(!remove_writer(&std::io::stdout()), "nothing was added");
/// });
/// ```
pub fn remove_writer(descriptor: &impl AsFd) -> bool {
    remove(descriptor, Way::Write)
}

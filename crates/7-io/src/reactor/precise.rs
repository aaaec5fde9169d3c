//! A park that ends in the middle of a millisecond.
//!
//! The problem: `mio` counts in milliseconds and rounds up. A sleep of 100 µs would last a whole
//! one. On Unix the reactor's own descriptor can be waited for, too, and `ppoll` counts in
//! nanoseconds. So a short park is a `ppoll` of that descriptor, and then a look that does not
//! block.
//!
//! `rustix` has a call of epoll that counts in nanoseconds. It comes with a feature that changes the
//! calls of every crate in the program, and old kernels refuse them. So that feature is not used
//! (`tests/tests/it/manifests.rs`).
//!
//! Invariant: this page takes no event from the system: the look after it does.
//!
//! Read next: `sockets.rs`.

use std::time::Duration;

use mio::Registry;

/// Blocks until there is an event, or for this time. Errors and signals end it early.
#[cfg(unix)]
pub(super) fn block(registry: &Registry, time: Duration) {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};

    let mut descriptors = [PollFd::new(registry, PollFlags::IN)];
    if let Ok(time) = Timespec::try_from(time) {
        let _ = poll(&mut descriptors, Some(&time));
    }
}

/// Does not block: the look after it blocks for whole milliseconds.
#[cfg(not(unix))]
pub(super) fn block(_: &Registry, _: Duration) {}

//! One buffer for the reads of a thread.
//!
//! The problem: hyper and tokio give memory for a read that is not initialized, and a socket of this
//! floor reads into memory that is. To zero 8 KiB for each read costs more than all else of the read.
//! So the socket reads into a buffer that was zeroed once, and the bytes that came are copied.
//!
//! Invariant: nothing is borrowed during the read. A read inside a read gets a buffer of its own.
//!
//! Read next: `web/dialled.rs`.

use std::cell::Cell;

/// Length of the buffer: no read takes more.
const LENGTH: usize = 32 * 1024;

thread_local! {
    static SCRATCH: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// Calls `read` with a buffer of at most `room` bytes. The buffer has bytes of an earlier read.
pub(super) fn with_scratch<R>(room: usize, read: impl FnOnce(&mut [u8]) -> R) -> R {
    let mut buffer = SCRATCH.try_with(Cell::take).unwrap_or_default();
    if buffer.is_empty() {
        buffer = vec![0; LENGTH];
    }
    let value = read(&mut buffer[..room.min(LENGTH)]);
    // At the end of a thread there is no place for it.
    _ = SCRATCH.try_with(|place| place.set(buffer));
    value
}

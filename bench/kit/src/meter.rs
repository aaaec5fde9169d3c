//! The cost of a row: CPU time, wall time, bytes held.
//!
//! The table compares CPU time (user and system, all threads of the process), because
//! other work on the machine lengthens wall time but hardly CPU time. Where two
//! threads hand work to each other it compares wall time, since a thread that waits
//! costs no CPU time. Bytes are the growth of the resident set. That is the one
//! measure that includes every allocator, every arena, Python's heap and the rounding
//! up of malloc.
//!
//! Invariants: a sample covers exactly one stretch, from [`Meter::start`] to
//! [`Meter::stop`]. Reading the clocks costs two system calls in all.
//!
//! Read next: `line.rs`, which prints a sample.

use std::time::Instant;

use rustix::time::{ClockId, clock_gettime};

/// The measurement of one row.
#[derive(Clone, Copy, Debug)]
pub struct Sample {
    /// Operations done, all rounds together.
    pub ops: u64,
    /// User and system time of the whole process, in ns.
    pub cpu_ns: u64,
    /// Wall time, in ns.
    pub wall_ns: u64,
    /// Growth of the resident set in bytes, for the rows that measure memory.
    pub bytes: Option<u64>,
}

/// A measurement that is going on.
#[derive(Debug)]
pub struct Meter {
    cpu: u64,
    wall: Instant,
}

impl Meter {
    /// Starts a measurement.
    #[must_use]
    pub fn start() -> Meter {
        Meter {
            wall: Instant::now(),
            cpu: process_ns(),
        }
    }

    /// Stops the measurement; `ops` operations were done since the start.
    #[must_use]
    pub fn stop(self, ops: u64) -> Sample {
        let cpu_ns = process_ns() - self.cpu;
        let wall = self.wall.elapsed().as_nanos();
        Sample {
            ops,
            cpu_ns,
            wall_ns: u64::try_from(wall).unwrap_or(u64::MAX),
            bytes: None,
        }
    }

    /// Stops a row that measures memory: `bytes` more are resident than before.
    #[must_use]
    pub fn stop_bytes(self, ops: u64, bytes: u64) -> Sample {
        Sample {
            bytes: Some(bytes),
            ..self.stop(ops)
        }
    }
}

/// Returns the CPU time of this process so far, user and system, every thread, in ns.
fn process_ns() -> u64 {
    let now = clock_gettime(ClockId::ProcessCPUTime);
    u64::try_from(now.tv_sec).unwrap_or(0) * 1_000_000_000 + u64::try_from(now.tv_nsec).unwrap_or(0)
}

/// Returns the bytes of this process that are resident now.
///
/// # Panics
///
/// If `/proc/self/statm` cannot be read: the rows about memory need Linux.
#[must_use]
pub fn resident_bytes() -> u64 {
    let statm = std::fs::read_to_string("/proc/self/statm")
        .expect("the rows about memory read /proc/self/statm, so they need Linux with /proc");
    let pages: u64 = statm
        .split_ascii_whitespace()
        .nth(1)
        .and_then(|field| field.parse().ok())
        .expect("the second field of /proc/self/statm is the resident set in pages");
    pages * rustix::param::page_size() as u64
}

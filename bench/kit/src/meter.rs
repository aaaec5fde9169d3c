//! The cost of a row: CPU time, wall time, page faults, bytes held.
//!
//! The table compares CPU time (user and system, all threads of the process), because
//! other work on the machine lengthens wall time but hardly CPU time. Where two
//! threads hand work to each other it compares wall time, since a thread that waits
//! costs no CPU time. Bytes are the growth of the resident set. That is the one
//! measure that includes every allocator, every arena, Python's heap and the rounding
//! up of malloc.
//!
//! ```text
//!   start the runtime   round 0      start   round 1   round 2   ...   stop
//!                       unmeasured     |<------------ sample ----------->|
//! ```
//!
//! Round 0 gets memory from the kernel. The page faults in the sample show whether the
//! later rounds did so again.
//!
//! Invariants: a sample covers exactly one stretch, from [`Meter::start`] to
//! [`Meter::stop`]. The faults are read outside of the clocks. A row that measures
//! memory has no unmeasured round, since freed memory would hide the growth.
//!
//! Read next: `line.rs`, which prints a sample.

use std::time::Instant;

use rustix::time::{ClockId, clock_gettime};

/// The amount of work: `size` operations, `rounds` times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Work {
    /// Operations in one round. Each row defines its operation.
    pub size: u64,
    /// How often the round is repeated inside the measured stretch.
    pub rounds: u64,
}

impl Work {
    /// Runs `round` once unmeasured, and then `rounds` times; a round is `ops` operations.
    pub async fn measure(self, ops: u64, mut round: impl AsyncFnMut()) -> Sample {
        round().await;
        let meter = Meter::start();
        for _ in 0..self.rounds {
            round().await;
        }
        meter.stop(ops * self.rounds)
    }
}

/// The measurement of one row.
#[derive(Clone, Copy, Debug)]
pub struct Sample {
    /// Operations done, all rounds together.
    pub ops: u64,
    /// User and system time of the whole process, in ns.
    pub cpu_ns: u64,
    /// Wall time, in ns.
    pub wall_ns: u64,
    /// Page faults that needed no disk.
    pub faults: u64,
    /// Growth of the resident set in bytes, for the rows that measure memory.
    pub bytes: Option<u64>,
}

/// A measurement that is going on.
#[derive(Debug)]
pub struct Meter {
    faults: u64,
    cpu: u64,
    wall: Instant,
}

impl Meter {
    /// Starts a measurement.
    #[must_use]
    pub fn start() -> Meter {
        Meter {
            faults: page_faults(),
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
            faults: page_faults() - self.faults,
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
    nanoseconds(ClockId::ProcessCPUTime)
}

/// Returns the CPU time of this thread so far, user and system, in ns.
pub(crate) fn thread_ns() -> u64 {
    nanoseconds(ClockId::ThreadCPUTime)
}

fn nanoseconds(clock: ClockId) -> u64 {
    let now = clock_gettime(clock);
    u64::try_from(now.tv_sec).unwrap_or(0) * 1_000_000_000 + u64::try_from(now.tv_nsec).unwrap_or(0)
}

/// Returns the minor page faults of this process so far; 0 where there is no `/proc`.
fn page_faults() -> u64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The name of the program, in parentheses, may contain spaces. Eight fields follow it
    // before the number of minor faults is complete.
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    let field = after_name.split_ascii_whitespace().nth(7);
    field.and_then(|field| field.parse().ok()).unwrap_or(0)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_page_is_a_fault() {
        let before = page_faults();
        let pages = vec![1u8; 64 << 20];
        assert!(std::hint::black_box(&pages)[4096] == 1);
        assert!(page_faults() > before, "64 MiB without a page fault");
    }
}

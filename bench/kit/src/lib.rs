//! The rows of the benchmark, written once for every system.
//!
//! A comparison is only worth reading if all systems did the same work. So the work
//! of a row is written here, once, against a small trait of the operations that a
//! system must have. Every system (ours, tokio, smol, ...) is a program of a hundred
//! lines that implements the trait and calls [`main`]. The compiler specialises a row
//! for each system, so the rows add no indirect calls of their own.
//!
//! ```text
//!   bench-tokio spawn_join 100000 5
//!       |           |        |    `- rounds: how often the work is done
//!       |           |        `------ size: operations in one round
//!       |           `--------------- row
//!       `--------------------------- one program = one system
//!   => row=spawn_join system=tokio ops=500000 cpu_ns=... wall_ns=... bytes=-
//! ```
//!
//! Invariants: one process runs one row. The meter starts after the runtime is up and
//! stops before it is torn down, so that neither counts. Every row checks its own
//! result with an assertion, so that no system can win by not doing the work. The
//! crate contains no `unsafe`.
//!
//! Read next: [`System`], then the rows in [`rows`].

mod line;
mod meter;
mod parts;
pub mod rows;
mod system;

pub use line::main;
pub use meter::{Meter, Sample, resident_bytes};
pub use parts::{Bell, Chain, SelfWake, Signal};
pub use system::{Group, Groups, System, Timers};

/// The amount of work: `size` operations, `rounds` times.
#[derive(Clone, Copy, Debug)]
pub struct Work {
    /// Operations in one round. Each row defines its operation.
    pub size: u64,
    /// How often the round is repeated inside the measured stretch.
    pub rounds: u64,
}

impl Work {
    /// Returns the number of operations of all rounds.
    #[must_use]
    pub fn ops(self) -> u64 {
        self.size * self.rounds
    }
}

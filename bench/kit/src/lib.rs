//! The rows of the benchmark, written once for every system.
//!
//! A comparison is only worth reading if all systems did the same work. So the work
//! of a row is written here, once, against small traits of the operations that a
//! system must have. Every system (ours, tokio, smol, ...) is a program of a hundred
//! lines that implements the traits and calls [`main`]. The compiler specialises a row
//! for each system, so the rows add no indirect calls of their own.
//!
//! ```text
//!   bench-tokio spawn_join 100000 5
//!       |           |        |    `- rounds: how often the work is measured
//!       |           |        `------ size: operations in one round
//!       |           `--------------- row
//!       `--------------------------- one program = one system
//!   => row=spawn_join system=tokio ops=500000 cpu_ns=... wall_ns=... faults=0 bytes=-
//!
//!   bench-tokio check
//!   => LocalSet on a current_thread runtime without its I/O driver
//! ```
//!
//! Invariants: one process runs one row. The meter starts when the runtime is up and one
//! round is done, and stops before the runtime is torn down. Every row checks its own
//! result with an assertion, so that no system can win by not doing the work. `check`
//! asserts that the runtime is one that its users run. The crate contains no `unsafe`.
//!
//! Read next: [`System`], then the rows in [`rows`].

mod check;
mod line;
mod meter;
mod order;
mod parts;
pub mod rows;
mod sharing;
pub mod sockets;
mod system;

pub use check::{has_open, woken_by_a_thread};
pub use line::main;
pub use meter::{Meter, Sample, Work, resident_bytes};
pub use order::{Chain, Order, scattered};
pub use parts::{Bell, SelfWake, Signal};
pub use sharing::{
    Blocking, Get, Gotten, IsPut, Locks, Oneshots, Permits, Put, Queues, pool_threads,
};
pub use system::{Children, Group, InPlace, Program, Run, System, Timers};

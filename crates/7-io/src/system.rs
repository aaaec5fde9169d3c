//! The state of the whole process, and the calls of one system.
//!
//! The problem: a loop has its reactor for itself, and signals are for the process. So their state is
//! shared by all loops, and is beneath them.
//!
//! Invariant: only `linux.rs` has calls that Linux alone has. `elsewhere.rs` stands in for it.
//!
//! Access: all other folders of this floor may use this one.
//!
//! Read next: `system/linux.rs`.

pub(crate) mod dispositions;
#[cfg(not(target_os = "linux"))]
pub(crate) mod elsewhere;
#[cfg(not(target_os = "linux"))]
pub(crate) use elsewhere as calls;
#[cfg(target_os = "linux")]
pub(crate) mod linux;
#[cfg(target_os = "linux")]
pub(crate) use linux as calls;

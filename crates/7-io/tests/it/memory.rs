//! The network in memory, beside the system and beside models.
//!
//! The problem: a network that is simulated is worth as much as it is like the real one. So random
//! scripts run on both, and what each end sees is compared. The rest is what only a simulation can
//! do: time, loss, order, partitions, and runs that repeat.
//!
//! ```text
//!   props       random scripts, on the system and in memory; a connection beside two deques;
//!               bytes under latency, bandwidth, jitter and cancels
//!   chat        a seeded chat with a partition, whose trace repeats
//!   network     hosts, ports, time, loss, order, partitions, resets
//!   edges       other loops and threads, the end of the loop, refusals
//! ```
//!
//! Read next: `memory/props.rs`.

mod chat;
mod edges;
mod network;
mod props;
pub(crate) mod reports;

//! Channels of two ends, beside lists of values.
//!
//! ```text
//!   by hand        oneshot, broadcast, watch: any order of sends, polls and drops
//!   under tasks    senders and receivers that are cancelled, dropped or closed anywhere
//! ```
//!
//! Read next: `channels/oneshots.rs`.

mod broadcasts;
mod oneshots;
mod tasks;
mod watches;

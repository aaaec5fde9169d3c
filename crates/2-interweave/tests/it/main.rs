//! The tests of floor 2.
//!
//! `weaves` has the loops one by one, `props` has random generators and random orders.
//!
//! Read next: `weaves.rs`.

mod props;
mod weaves;

//! The tests of the facade.
//!
//! `differences` has every difference from asyncio, `errors` every error, `outlives` every kind of future after its
//! loop was closed.
//!
//! Read next: `differences.rs`.

mod differences;
mod entrances;
mod errors;
mod outlives;

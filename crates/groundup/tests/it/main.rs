//! The tests of the facade.
//!
//! `differences` has every difference from asyncio, `errors` every error, `oneself` every await of oneself, `reports`
//! what `unwrap` prints of a deadlock, and `outlives` every kind of future after its loop was closed.
//!
//! Read next: `differences.rs`.

mod differences;
mod entrances;
mod errors;
mod oneself;
mod outlives;
mod reports;

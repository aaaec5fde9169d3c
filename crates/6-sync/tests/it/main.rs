//! The tests of floor 6.
//!
//! ```text
//!   errors       what each error says
//!   threads      jobs on threads
//! ```
//!
//! Read next: `errors.rs`.

mod errors;
mod threads;

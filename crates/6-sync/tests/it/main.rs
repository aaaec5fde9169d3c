//! The tests of floor 6.
//!
//! ```text
//!   errors       what each error says
//! ```
//!
//! Read next: `errors.rs`.

mod errors;

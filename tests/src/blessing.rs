//! The variable `BLESS`, under which tests write what they compare.
//!
//! The problem: several packages compare committed texts, and in each the variable must mean the same. So
//! a test of a package that does not depend on this one has this file as a module.
//!
//! Invariant: an empty value and `0` ask for nothing.
//!
//! Read next: `bless.rs`.

use std::ffi::OsStr;

/// Returns true if outputs are to be written instead of compared.
pub(crate) fn blessing() -> bool {
    asks(std::env::var_os("BLESS").as_deref())
}

/// Returns true if this value of the variable asks for it.
pub(crate) fn asks(value: Option<&OsStr>) -> bool {
    value.is_some_and(|value| !value.is_empty() && value != "0")
}

//! The place holder of a body that a learner writes.
//!
//! The problem: a function without its body must compile, and a check that calls it must fail with a
//! line that names the exercise. `todo!` says neither which exercise it is, nor that it is one.
//!
//! Invariant: the first line of the panic is `exercise N.M is unfinished`, which the tool reads.
//!
//! Read next: `exercises/tool/src/check/outcome.rs`.
#![forbid(unsafe_code)]

/// Panics, in the place of the body of the exercise `number`.
///
/// # Panics
/// Panics always.
#[track_caller]
pub fn unfinished(number: &str) -> ! {
    panic!("exercise {number} is unfinished")
}

/// Panics as [`unfinished`] does if the variable `EXERCISE_CUT` names this exercise. `cargo xtask
/// exercise prove` puts a call before each body: one build then has every exercise cut alone.
///
/// # Panics
/// Panics if the variable names this exercise.
#[track_caller]
pub fn cut(number: &str) {
    if std::env::var("EXERCISE_CUT").is_ok_and(|cut| cut == number) {
        unfinished(number)
    }
}

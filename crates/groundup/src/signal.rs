//! Floor 7: signals of the system.
//!
//! A [`Signal`] is awaited, or read as a stream. Ctrl-C cancels the main task of
//! [`run`](crate::run()), so most programs need [`ctrl_c`] only if they want something else. Signals
//! need the real clock and a Unix system.
//!
//! Invariant: these are the names of the crate `groundup-io` for signals.
//!
//! Read next: `prelude.rs`.

#[doc(inline)]
pub use groundup_io::{
    Signal, SignalKind, add_signal_handler, ctrl_c, remove_signal_handler, signal,
};

//! Signals of the system, as tasks and callbacks know them.
//!
//! The problem: SIGTERM asks a program to end, SIGHUP to read its configuration again, and SIGWINCH says
//! that its terminal has another size. A handler of a signal interrupts any instruction and may
//! do nearly nothing. A task that awaits the signal may do everything.
//!
//! ```text
//!   signal(kind) ──────────────> Signal: recv, or a Stream
//!   ctrl_c() ──────────────────> a future, for one SIGINT
//!   add_signal_handler(kind, f)  a function of the loop, asyncio's way
//! ```
//!
//! Each listener has a socket, into which the handler writes a byte (`dispositions/table.rs`).
//! Signals that come before the listener looks are one, as they are in the system.
//!
//! Invariants:
//! 1. A signal that comes after a listener was made is noticed by the listener.
//! 2. A listener that is dropped is unregistered. After the last one the signal has its default action
//!    again.
//!
//! Access: this folder stands on the reactor and the sockets. Which signals the process handles is
//! decided in `dispositions/`.
//!
//! Read next: `posix/signals/kind.rs`.

pub(crate) mod handlers;
pub(crate) mod kind;
pub(crate) mod listener;

//! What the process does with a signal: the state of all its loops.
//!
//! The problem: the system has one table of signals for a process, and a signal interrupts any
//! thread at any instruction. Its handler may do very little: set a flag, or write a byte. The crate
//! `signal-hook` has handlers that do this. But once a signal has a handler, the program does not end
//! by that signal any more, also when no code listens to it. So this folder counts the listeners of
//! each signal, and has the handler take the default action while there are none.
//!
//! ```text
//!   SIGTERM ──> the handler ──> no listener ──> the default action: the process ends
//!                    └────────> a listener ───> a byte into its socket ──> a loop wakes
//!
//!   SIGINT  ──> the handler ──> no listener, a run: a flag, and a byte that ends its park
//!                               .. the second one: the default action
//! ```
//!
//! | page | what |
//! |---|---|
//! | `table.rs` | the listeners of each signal, and the default action |
//! | `unpark_socket.rs` | the socket whose bytes end the park of the main thread |
//! | `interrupt.rs` | the run whose main task an interrupt cancels |
//!
//! Invariants:
//! 1. The default action is taken while a signal has no listener, and SIGINT no run. If the signal had
//!    a handler before, or was ignored, it is never taken.
//! 2. A handler of a signal sets flags, writes bytes, or takes the default action, and does nothing else.
//! 3. While SIGINT has a listener, runs ignore it.
//!
//! Access: the reactor stands on this folder. `signals/` and `subprocesses/` use `table.rs`, and
//! `run.rs` begins and ends a run in `interrupt.rs`.
//!
//! Read next: `system/dispositions/table.rs`.

pub(crate) mod interrupt;
pub(crate) mod table;
mod unpark_socket;

//! The tests of floor 4.
//!
//! ```text
//!   rules_*  misuse  panics       a rule of the loop each; what is refused; what survives
//!   alarms  sleep_tickets         several alarms of one scope; sleeps that may be sent
//!   owners  run_ends              the last owner is dropped; however a run ends
//!   recorded  hops  wakes         iterations beside those of CPython
//!   fairness  outside  guest      when the loop looks at the clock and outside
//!   remote  foreign               other threads; futures of other crates
//!   trace  explain  determinism   what a run tells, and that it can be repeated
//!   held_up                       whom the report of a slow step names
//!   props                         random programs beside a reference
//!   support                       a log, and drivers that do what a test says
//! ```
//!
//! Tests beside these own a thing of the process: `clock.rs` the time of the machine,
//! `many_loops.rs` all numbers of loops, `standard_error.rs` the standard error.
//! The programs of `ui/` must not compile (package `refusals`).
//!
//! Read next: `rules_loop.rs`.

mod alarms;
mod completions;
mod determinism;
mod explain;
mod fairness;
mod foreign;
mod guest;
mod held_up;
mod hops;
mod instants;
mod misuse;
mod outside;
mod owners;
mod panics;
mod props;
mod recorded;
mod remote;
mod rules_loop;
mod rules_timers;
mod run_ends;
mod sleep_tickets;
mod support;
mod trace;
mod wakes;

//! Rules G, W, A, O, H, D, P: the combinators do what asyncio's do.
//!
//! Each rule has one test, named after it. Times and iterations are those of CPython 3.13 for
//! the same programs on a clock that jumps. From cause to effect:
//!
//! | cause and effect | iterations |
//! |---|---|
//! | a future under `wait_for` or `timeout` is done, its awaiter goes on | 0 |
//! | a task under `wait_for` is done, its awaiter goes on | 1 |
//! | a child is done, and `gather`, `wait`, `shield`, `as_completed` goes on | 2 |
//! | the last child of a group is done, and the group ends | 2 |
//! | a deadline has passed, and the future under it receives the cancel | 1 |
//!
//! A rule that Rust's types enforce has no test. The table gives the reason:
//!
//! | rule | why no test can run it |
//! |---|---|
//! | G09, W11: the same awaitable twice | a future moves into its combinator; two handles of one task are two members, which the facade's `two_handles_of_one_task_are_two_members` shows; what remains of W11 is tested |
//! | W01: a single future in place of a list, a wrong mode | does not compile: not an iterator, not a `ReturnWhen`; what remains is tested |
//! | A07: a single future in place of a list | does not compile |
//! | P07: `KeyboardInterrupt` and `SystemExit` | there are no exceptions that outrank others; a panic of a child is tested instead |
//! | P08: a group that was not entered, or entered twice | a group exists only inside its block; the other two refusals are tested |
//!
//! One difference from Python is on purpose: when a task or a gather is cancelled, its awaiter
//! receives the cancel as a value of the await, and is not cancelled itself (G06, H02). A
//! Python exception corresponds to a panic for `gather`, and to an `Err` for `try_gather` and
//! the groups.
//!
//! Read next: `cancel_table.rs`.

mod as_completed;
mod conserved;
mod deadlines;
mod gather;
mod members;
mod shield;
mod task_group;
mod wait;
mod wait_for;

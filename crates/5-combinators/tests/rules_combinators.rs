//! Rules G, W, A, O, H, D, P: what asyncio's combinators do, ours do.
//!
//! One test a rule, named after it; times and iterations are those that CPython
//! 3.13 gives for the same programs on a clock that jumps. From cause to effect:
//!
//! | cause and effect | iterations |
//! |---|---|
//! | a future under `wait_for` or `timeout` is done, its awaiter goes on | 0 |
//! | a task under `wait_for` is done, its awaiter goes on | 1 |
//! | a child is done, and `gather`, `wait`, `shield`, `as_completed` goes on | 2 |
//! | the last child of a group is done, and the group ends | 2 |
//! | a deadline has passed, and what is under it is told | 1 |
//!
//! A rule that the types of Rust keep has no test, and its reason here:
//!
//! | rule | why there is nothing to run |
//! |---|---|
//! | G09, W11: the same awaitable twice | a future moves into its combinator; two handles of one task are two members, which the facade's `two_handles_of_one_task_are_two_members` shows; what remains of W11 is tested |
//! | W01: a single future in place of a list, a wrong mode | does not compile: not an iterator, not a `ReturnWhen`; what remains is tested |
//! | A07: a single future in place of a list | does not compile |
//! | P07: `KeyboardInterrupt` and `SystemExit` | there are no exceptions that outrank others; a panic of a child is tested instead |
//! | P08: a group that was not entered, or entered twice | a group exists only inside its block; the other two refusals are tested |
//!
//! Other than in Python, and on purpose: a cancel of a task or a gather that
//! somebody awaits is a value of that await, not a cancel of the awaiter (G06,
//! H02). What Python calls an exception is a panic for `gather`, and an `Err` for
//! `try_gather` and the groups.
//!
//! Read next: `cancel_table.rs`.

#[path = "support/stage.rs"]
mod stage;

#[path = "rules/as_completed.rs"]
mod as_completed;
#[path = "rules/conserved.rs"]
mod conserved;
#[path = "rules/deadlines.rs"]
mod deadlines;
#[path = "rules/gather.rs"]
mod gather;
#[path = "rules/members.rs"]
mod members;
#[path = "rules/shield.rs"]
mod shield;
#[path = "rules/task_group.rs"]
mod task_group;
#[path = "rules/wait.rs"]
mod wait;
#[path = "rules/wait_for.rs"]
mod wait_for;

//! Promises of the types: programs that must not compile.
//!
//! The problem: asyncio checks in debug mode, while the program runs, that no call comes
//! from the wrong thread and that no coroutine is scheduled where a function belongs. Here
//! such a program does not compile. A bound that is lost in a change would let it in again,
//! and no other test would fail. Each file of a crate's `tests/ui/` is a program; beside it
//! stands the compiler's output.
//!
//! | promise | programs |
//! |---|---|
//! | L24: a loop, its tasks and its handles stay on their thread | `*_across_threads`, `a_loop_of_another_thread` |
//! | a value that crosses threads is `Send` | `remote_*`, `call_that_is_not_send` |
//! | L14, L25: only a function is called | `call_*`, `handler_that_cannot_be_called` |
//! | L18, R02, K10, K12: only a future is run, awaited and spawned | `run_a_number`, `await_a_number`, `spawn_a_number` |
//! | K13: a future runs once | `*_twice` |
//! | S05: a reader has one reader at a time | `two_reads_at_once` |
//! | K16, F13: a future that is not awaited is a warning | `*_not_awaited`, `never_awaited` |
//! | K06: a task's result is its own | `set_result_on_a_task` |
//! | a task and a callback may outlive their caller | `spawn_what_borrows`, `callback_that_borrows` |
//! | the outcomes of a census have an order | `census_of_floats` |
//! | a child of a borrowing group may outlive the body | `a_child_that_borrows_from_its_group` |
//!
//! Programs that must compile are tests of the floors: `may_borrow`, `cross_threads`.
//!
//! Under another compiler than the recorded one, only the error codes must be the same
//! (`src/lib.rs`). After a change of compiler, run `BLESS=1 cargo test -p refusals`,
//! and read the difference.
//!
//! Read next: `crates/groundup/tests/ui/a_loop_of_another_thread.rs`.

use refusals::each_is_refused;

#[test]
fn what_floor_3_must_refuse_does_not_compile() {
    each_is_refused("3-task", "groundup_task");
}

#[test]
fn what_floor_4_must_refuse_does_not_compile() {
    each_is_refused("4-executor", "groundup_executor");
}

#[test]
fn what_the_facade_must_refuse_does_not_compile() {
    each_is_refused("groundup", "groundup");
}

#[test]
fn what_the_kit_must_refuse_does_not_compile() {
    each_is_refused("testkit", "groundup_testkit");
}

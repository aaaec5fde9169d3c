//! Checks that programs which break a rule of the types do not compile.
//!
//! The problem: much of what asyncio checks while a program runs cannot be written here at all.
//! If a change loses a bound, such a program compiles again, and no other test fails. Each file
//! of `ui/` is a program, with the compiler's message beside it.
//!
//! | promise | programs |
//! |---|---|
//! | a value that belongs to a thread stays there | `*_across_threads`, `call_that_is_not_send` |
//! | a task may outlive its spawner | `spawn_what_borrows` |
//! | K06, K10, K12, K13, K16, F13, L25 | the programs that name the rule |
//! | allowed programs stay allowed | `wakers_cross_threads`, `the_root_may_borrow` |
//!
//! Another compiler than the recorded one must only refuse with the same codes (`refusals.rs`).
//! After a change of compiler, run `TRYBUILD=overwrite cargo test -p groundup-task --test
//! compile_fail`, and read the difference.
//!
//! Read next: `it/drive.rs`.

#[path = "../../../tests/support/refusals.rs"]
mod refusals;

use refusals::under_any_compiler;

#[test]
fn what_must_not_compile_does_not() {
    under_any_compiler("what_must_not_compile_does_not", |ui| {
        let programs = trybuild::TestCases::new();
        programs.pass(ui.join("wakers_cross_threads.rs"));
        programs.pass(ui.join("the_root_may_borrow.rs"));
        programs.compile_fail(ui.join("*_across_threads.rs"));
        programs.compile_fail(ui.join("a*.rs"));
        programs.compile_fail(ui.join("c*.rs"));
        programs.compile_fail(ui.join("future_not_awaited.rs"));
        programs.compile_fail(ui.join("promise_n*.rs"));
        programs.compile_fail(ui.join("promise_o*.rs"));
        programs.compile_fail(ui.join("s*.rs"));
    });
}

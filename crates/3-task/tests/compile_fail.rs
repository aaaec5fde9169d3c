//! What the types promise, by what does not compile.
//!
//! The problem: much of what asyncio checks while a program runs cannot be
//! written here at all, and a bound that is lost in a change would let it in
//! again without a test that fails. Each file of `ui/` is a program; beside it
//! stands what the compiler says.
//!
//! | promise | programs |
//! |---|---|
//! | T14: what belongs to a thread stays there | `*_across_threads`, `call_that_is_not_send` |
//! | a task outlives who spawned it | `spawn_what_borrows` |
//! | K06, K10, K12, K13, K16, F13, L25 | those that name the rule |
//! | what is allowed stays allowed | `wakers_cross_threads`, `the_root_may_borrow` |
//!
//! Another compiler than the recorded one need only refuse with the same codes
//! (`refusals.rs`). After a change of compiler: `TRYBUILD=overwrite cargo test -p groundup-task
//! --test compile_fail`, and read the difference.
//!
//! Read next: `drive/drive.rs`.

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

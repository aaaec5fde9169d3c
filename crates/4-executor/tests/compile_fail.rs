//! What the types of this floor promise, by what does not compile.
//!
//! The problem: asyncio checks in debug mode, while the program runs, that nobody
//! calls from the wrong thread or schedules a coroutine where a function belongs.
//! Here such a program cannot be compiled, and a bound that is lost in a change
//! would let it in again without a test that fails. Each file of `ui/` is a
//! program; beside it stands what the compiler says.
//!
//! | promise | programs |
//! |---|---|
//! | a loop and what is its stays on its thread (L24) | `*_across_threads` |
//! | only a function is called (L14, L25) | `call_*`, `handler_that_cannot_be_called` |
//! | only what can be awaited is run (L18, R02) | `run_a_number` |
//! | what crosses threads is able to | `remote_*` |
//! | a callback outlives who schedules it | `callback_that_borrows` |
//! | what is allowed stays allowed | `main_may_borrow`, `remotes_go_anywhere` |
//!
//! Another compiler than the recorded one need only refuse with the same codes
//! (`refusals.rs`). After a change of compiler: `TRYBUILD=overwrite cargo test -p groundup-executor
//! --test compile_fail`, and read the difference.
//!
//! Read next: `rules_loop.rs`.

#[path = "../../../tests/support/refusals.rs"]
mod refusals;

use refusals::under_any_compiler;

#[test]
fn what_must_not_compile_does_not() {
    under_any_compiler("what_must_not_compile_does_not", |ui| {
        let programs = trybuild::TestCases::new();
        programs.pass(ui.join("main_may_borrow.rs"));
        programs.pass(ui.join("remotes_go_anywhere.rs"));
        programs.compile_fail(ui.join("*_across_threads.rs"));
        programs.compile_fail(ui.join("call*.rs"));
        programs.compile_fail(ui.join("handler_that_cannot_be_called.rs"));
        programs.compile_fail(ui.join("remote_*.rs"));
        programs.compile_fail(ui.join("run_a_number.rs"));
    });
}

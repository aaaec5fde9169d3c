//! Promises of the types of this floor: programs that must not compile.
//!
//! The problem: asyncio checks in debug mode, while the program runs, that no call comes
//! from the wrong thread and that no coroutine is scheduled where a function belongs. Here
//! such a program does not compile. A bound that is lost in a change would let it in again,
//! and no other test would fail. Each file of `ui/` is a program; beside it stands the
//! compiler's output.
//!
//! | promise | programs |
//! |---|---|
//! | L24: a loop and its handles stay on its thread | `*_across_threads` |
//! | L14, L25: only a function is called | `call_*`, `handler_that_cannot_be_called` |
//! | L18, R02: only a value that can be awaited is run | `run_a_number` |
//! | a value that crosses threads is `Send` | `remote_*` |
//! | a callback outlives its caller | `callback_that_borrows` |
//! | permitted programs stay permitted | `main_may_borrow`, `remotes_go_anywhere` |
//!
//! Under another compiler than the recorded one, only the error codes must be the same
//! (`refusals.rs`). After a change of compiler, run
//! `TRYBUILD=overwrite cargo test -p groundup-executor --test compile_fail`, and read the
//! difference.
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

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
//! After a change of compiler: `TRYBUILD=overwrite cargo test -p groundup-executor
//! --test compile_fail`, and read the difference.
//!
//! Read next: `rules_loop.rs`.

#[test]
fn what_must_not_compile_does_not() {
    let programs = trybuild::TestCases::new();
    programs.pass("tests/ui/main_may_borrow.rs");
    programs.pass("tests/ui/remotes_go_anywhere.rs");
    programs.compile_fail("tests/ui/*_across_threads.rs");
    programs.compile_fail("tests/ui/call*.rs");
    programs.compile_fail("tests/ui/handler_that_cannot_be_called.rs");
    programs.compile_fail("tests/ui/remote_*.rs");
    programs.compile_fail("tests/ui/run_a_number.rs");
}

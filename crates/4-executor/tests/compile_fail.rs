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
//! Read next: `rules_loop.rs`.

#[path = "support/compiler.rs"]
mod compiler;

#[test]
fn what_must_not_compile_does_not() {
    compiler::check(
        "what_must_not_compile_does_not",
        &["main_may_borrow.rs", "remotes_go_anywhere.rs"],
        &[
            "*_across_threads.rs",
            "call*.rs",
            "handler_that_cannot_be_called.rs",
            "remote_*.rs",
            "run_a_number.rs",
        ],
    );
}

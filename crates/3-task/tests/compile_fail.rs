//! What the types promise, by what does not compile.
//!
//! The problem: much of what asyncio checks while a program runs cannot be
//! written here at all, and a bound that is lost in a change would let it in
//! again without a test that fails. Each file of `ui/` is a program; beside it
//! stands what the compiler says; another compiler than the one whose words these
//! are must give the same codes (`support/compiler.rs`).
//!
//! | promise | programs |
//! |---|---|
//! | T14: what belongs to a thread stays there | `*_across_threads`, `call_that_is_not_send` |
//! | a task outlives who spawned it | `spawn_what_borrows` |
//! | K06, K10, K12, K13, K16, F13, L25 | those that name the rule |
//! | what is allowed stays allowed | `wakers_cross_threads`, `the_root_may_borrow` |
//!
//! Read next: `drive/drive.rs`.

#[path = "support/compiler.rs"]
mod compiler;

#[test]
fn what_must_not_compile_does_not() {
    compiler::check(
        "what_must_not_compile_does_not",
        &["wakers_cross_threads.rs", "the_root_may_borrow.rs"],
        &[
            "*_across_threads.rs",
            "a*.rs",
            "c*.rs",
            "future_not_awaited.rs",
            "promise_n*.rs",
            "promise_o*.rs",
            "s*.rs",
        ],
    );
}

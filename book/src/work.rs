//! Work for the reader: questions with answers, patches with tests.
//!
//! The problem: an exercise in a book is worth as much as its solution, and a solution is seldom tried
//! again after the first edition. So each answer here is computed, and each patch is applied.
//!
//! | | file | held by |
//! |---|---|---|
//! | quiz | `book/quiz/NAME.toml` | its program, or the compiler (`work/compiles.rs`) |
//! | sabotage | `book/sabotage/NAME.patch` | the tree (`work/patch.rs`), and a test that fails (`work/red.rs`) |
//!
//! Invariant: no answer is written down without something that decides it.
//!
//! Read next: `work/quiz.rs`, `work/sabotage.rs`.

pub mod compiles;
pub mod patch;
pub mod quiz;
pub mod red;
pub mod sabotage;
pub mod watch;

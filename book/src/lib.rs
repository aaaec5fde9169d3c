//! The book, and the check that holds it to the code.
//!
//! # Nothing typed by hand
//!
//! A course about code shows code, outputs, pictures and answers. Typed by hand, each of them is wrong
//! soon after the next change, and no author reads all chapters again because a function has a new
//! name. So a chapter of this book names its listings and outputs, and a program puts them there:
//!
//! ```text
//!   book/text/*.md ── directives ──┐
//!   crates/, examples/ ── listing ─┤
//!   programs/ ── cast ── stage ────┼──► expand ──► target/book/text ── mdBook ──► HTML
//!        lines, events, pictures   │       │
//!   quiz/, sabotage/ ──────────────┘       └──► text/out, text/pictures, text/quiz
//!                                                committed, and compared by the check
//! ```
//!
//! The check is `cargo xtask book --check`, and needs no mdBook. It says each thing that does not hold
//! with its file and line. `--bless` writes the generated files again.
//!
//! # What this package holds to
//!
//! 1. If a program can produce a part of a page, a program has produced it.
//! 2. The check finds a listing, an output, a picture, a link, a name of a test and an answer that no
//!    longer agree, each at its line.
//! 3. A run is the same on every machine and every day.
//!
//! Read next: `programs.rs`, `expand.rs`, `work.rs`, `check.rs`; then `html.rs`.
#![forbid(unsafe_code)]

pub mod check;
pub mod expand;
pub mod html;
pub mod programs;
pub mod tree;
pub mod work;

//! Rules Y and Q: the shared objects do what asyncio's do.
//!
//! Each rule has a test, named after it. The iterations are those of CPython 3.13 for the same
//! programs. From cause to effect:
//!
//! | cause and effect | iterations |
//! |---|---|
//! | a lock or a permit is released, and its first waiter goes on | 1 |
//! | an event is set, and its waiters go on | 1 |
//! | a condition is notified, and a waiter has the lock again | 1 |
//! | the last party arrives, and the others go on | 1 |
//! | an item is put, and a getter has it | 1 |
//!
//! A rule, or a part of one, that Rust's types enforce has no test:
//!
//! | rule | why no test can run it |
//! |---|---|
//! | Y05: wait and notify without the lock | do not compile: both take a guard |
//! | Y06: a negative number of permits | does not compile: `usize` |
//! | Q01: a negative capacity | does not compile: `usize` |
//!
//! Read next: `misuse.rs`.

mod lines;
mod locks;
mod queues;

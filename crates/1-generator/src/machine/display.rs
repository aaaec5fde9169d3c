//! Display: a generator that pauses after each line that it prints.
//!
//! ```python
//! @types.coroutine
//! def display(values):
//!     for v in values:
//!         print(v)
//!         yield
//! ```
//!
//! The function prints a list and leaves a gap after every line for the output of
//! another function. Alone it prints `A B C`. Two of them, resumed in turn, print
//! `A 1 B 2 C 3`, and neither knows of the other. This is the smallest form of
//! concurrency.
//!
//! ```text
//!   ┌─────────────────────┐  a value is left: print it, Yield(())
//!   │ Showing { values,   │ ──────────────────────┐
//!   │           print }   │ ◀─────────────────────┘
//!   └─────────┬───────────┘
//!             │ no value is left: Return(())
//!             ▼
//!   ┌─────────────────────┐
//!   │ Over                │
//!   └─────────────────────┘
//! ```
//!
//! Python marks the function with `@types.coroutine`, so that an `async def` may await
//! it. The mark changes only how the function may be used. In Rust the type [`Display`]
//! implements `IntoFuture` for the same purpose.
//!
//! Invariant: the pause comes after the line, so k values take k + 1 resumes.
//!
//! Read next: `machine/running_mean.rs`, where the caller sends values in.

use alloc::string::ToString;
use core::{fmt, mem};

use crate::generator::Generator;
use crate::protocol::Misuse;
use crate::step::Step;

/// Prints each value on a line of its own and pauses after each.
///
/// ```
/// # mod groundup { pub use groundup_generator as generator; }
/// use groundup::generator::run;
/// use groundup::generator::machine::Display;
///
/// run(Display::new("ABC".chars(), |line: &str| println!("{line}"))); // A B C
/// ```
#[derive(Debug, Clone)]
#[must_use = "a generator does nothing until it is resumed"]
pub enum Display<I, P> {
    /// At the top of the loop: not started, or waiting at the `yield`.
    Showing {
        /// The values that are not printed yet.
        values: I,
        /// The function that prints a line.
        print: P,
    },
    /// The function has returned.
    Over,
}

impl<I, P> Display<I, P>
where
    I: Iterator<Item: fmt::Display>,
    P: FnMut(&str),
{
    /// Makes a machine that prints `values` in order; nothing is printed yet. For the
    /// characters of a string pass `text.chars()`, as Python's `for` takes them.
    pub fn new(values: impl IntoIterator<IntoIter = I>, print: P) -> Self {
        Display::Showing {
            values: values.into_iter(),
            print,
        }
    }
}

impl<I, P> Generator for Display<I, P>
where
    I: Iterator<Item: fmt::Display>,
    P: FnMut(&str),
{
    type Resume = ();
    type Yield = ();
    type Return = ();

    fn resume(&mut self, (): ()) -> Step<(), ()> {
        match mem::replace(self, Display::Over) {
            Display::Showing {
                mut values,
                mut print,
            } => {
                let Some(value) = values.next() else {
                    return Step::Return(());
                };
                print(&value.to_string());
                *self = Display::Showing { values, print };
                Step::Yield(())
            }
            Display::Over => panic!("{}", Misuse::Finished),
        }
    }
}

crate::bridge::await_and_iterate!(
    [I: Iterator<Item: fmt::Display>, P: FnMut(&str)] Display<I, P>
);

//! Display: one line, one pause, one line, one pause.
//!
//! ```python
//! @types.coroutine
//! def display(values):
//!     for v in values:
//!         print(v)
//!         yield
//! ```
//!
//! A function that prints a list and leaves a gap after every line for somebody
//! else's. Alone it prints `A B C`; two of them, resumed in turn, print
//! `A 1 B 2 C 3`, and neither knows of the other. This is as small as
//! concurrency gets.
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
//! Python marks the function with `@types.coroutine` so that an `async def` may
//! await it; the mark changes what may be done with it, not what it is. The
//! type [`Display`] says the same by implementing `IntoFuture`.
//!
//! Invariant: the pause comes after the line, so k values take k + 1 resumes.
//!
//! Read next: `running_mean.rs`, where the caller begins to talk back.

use alloc::string::ToString;
use core::{fmt, mem};

use crate::generator::Generator;
use crate::protocol::Misuse;
use crate::step::Step;

/// Prints each value on a line of its own and pauses after each.
///
/// ```
/// use groundup_generator::{machine::Display, run};
///
/// run(Display::new("ABC".chars(), |line: &str| println!("{line}"))); // A B C
/// ```
#[derive(Debug, Clone)]
#[must_use = "a generator does nothing until it is resumed"]
pub enum Display<I, P> {
    /// At the top of the loop: at the start, or waiting at the `yield`.
    Showing {
        /// The values that were not shown yet.
        values: I,
        /// What prints.
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
    /// Shows `values`, in order; nothing is printed yet. For the characters of a
    /// string pass `text.chars()`, as Python's `for` would take them.
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

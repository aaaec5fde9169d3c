//! Floor 1: paused functions as values, written by hand.
//!
//! This module has all of Python's generators as Rust values: written by hand in
//! [`machine`], or made from an async block by [`generator()`]. A generator that is
//! resumed without a value can be awaited and spawned like any future.
//!
//! Invariant: these are all public names of the crate `groundup-generator`, whose front
//! page explains them, except [`Stepped`](crate::Stepped). That one is at the root,
//! beside the futures that it steps.
//!
//! Read next: `interweave.rs`.

#[doc(inline)]
pub use groundup_io::generator::{
    // Delegation: `yield from`, nested and on an explicit stack.
    Arrival,
    AsyncFrame,
    // Generators written as async blocks.
    AsyncGenerator,
    Awaitable,
    Caller,
    Calling,
    Co,
    // Python's protocol: send, throw, close, and the rules about them.
    Coroutine,
    Exception,
    Frame,
    Frames,
    FromSent,
    // The trait of all generators, and its drivers.
    Generator,
    Input,
    Items,
    Leaf,
    Misuse,
    Move,
    Nested,
    Signal,
    Step,
    Uncaught,
    Values,
    Yield,
    YieldFrom,
    Yielding,
    frame,
    generator,
    generator_with_input,
    run,
    values,
};

#[doc(inline)]
pub use groundup_io::generator::{life, machine};

//! Floor 1: paused functions, by hand.
//!
//! Python's generators in full, as plain Rust values: hand-written in
//! [`machine`], or made of an async block by [`generator()`]. Those that are
//! resumed with nothing can be awaited and spawned like any future.
//!
//! Invariant: these are all public names of the crate `groundup-generator`,
//! whose front page is the chapter, but one: [`Stepped`](crate::Stepped) is at the
//! root, beside the futures that it steps.
//!
//! Read next: `interweave.rs`.

#[doc(inline)]
pub use groundup_combinators::generator::{
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
    // What a generator is, and what drives it.
    Generator,
    Hear,
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
    conversation,
    frame,
    generator,
    run,
    values,
};

#[doc(inline)]
pub use groundup_combinators::generator::{life, machine};

//! Floor 2: runs many generators on one thread.
//!
//! # The smallest scheduler is a deque
//!
//! The floor below gave us functions that can pause. A paused function is a value, and
//! values can be put into a list. The owner of the list decides which function
//! continues. This decision is the whole idea of cooperative multitasking. Keep the paused
//! functions in a queue, take the function at the front, run it until it pauses again, and
//! put it at the back:
//!
//! ```text
//!   round               1          2          3          4
//!
//!   a: countdown 4   ●4         ●3         ●2         ●1
//!   b: countdown 2      ●2         ●1         (over)
//!   c: countdown 3         ●3         ●2         ●1      (over)
//!
//!   out               4  2  3    3  1  2    2     1    1
//! ```
//!
//! Nothing here is parallel. One thread does one thing at a time, and no other generator
//! runs between two pauses of the running one. So a generator needs no lock to change two
//! values that belong together: no other generator sees only one of them changed. The price
//! is that each generator depends on the others. If one computes for a minute between two
//! pauses, all others wait for that minute. No cooperative scheduler can prevent such a wait.
//!
//! # Four forms of one loop
//!
//! An *interweaver* is a function or an iterator that resumes several generators in turn.
//! This floor has four interweavers:
//!
//! | interweaver | when one generator is over | gives | kept in |
//! |---|---|---|---|
//! | [`lockstep`] | ends without an error | the values | a fixed list, in a loop |
//! | [`interweave`] | goes on with the others | the values; outcomes on request | a deque |
//! | [`drain`]; [`run_to_end`] keeps the return values | goes on with the others | nothing; the return values, in order | a deque, run to the end |
//! | [`weave_rounds`] | goes on with the others | the values, to a closure | two buffers, run a round at a time |
//!
//! (`run_all` drains an interweaver that is an iterator, such as the first two.)
//!
//! `lockstep` comes first and shows a mistake; `interweave` is the cure, and the form to know
//! well. Floors 3 and 4 add a reason to run and a clock to the two buffers of `weave_rounds`. The result is an event
//! loop.
//!
//! ```
//! # mod groundup { pub use groundup_interweave::generator; pub use groundup_interweave as interweave; }
//! use groundup::generator::machine::Countdown;
//! use groundup::interweave::interweave;
//!
//! let weave = interweave([4, 2, 3].map(Countdown::new));
//! assert!(weave.eq([4, 2, 3, 3, 1, 2, 2, 1, 1]));
//! ```
//!
//! # Async functions, too
//!
//! At each pause of a generator another one may run. An `async fn` has such pauses, its
//! `await`s, and floor 1 can resume it like any generator
//! ([`Stepped`](generator::Stepped)). So the deque runs async functions, without a
//! waker and an event loop:
//!
//! ```
//! # mod groundup { pub use groundup_interweave::generator::*; pub use groundup_interweave::generator;
//! #     pub use groundup_interweave as interweave; }
//! use groundup::generator::machine::Countdown;
//! use groundup::interweave::run_to_end;
//! use groundup::Stepped;
//!
//! async fn twice(n: u32) -> [&'static str; 2] {
//!     [Countdown::new(n).await, Countdown::new(n).await]
//! }
//!
//! let both = run_to_end([Stepped::new(twice(3)), Stepped::new(twice(1))]);
//! assert_eq!(both, [["lift-off"; 2]; 2]);
//! ```
//!
//! The notebook that floors 1 and 2 follow, "Async IO from Ground Up", ends here. Its last
//! listings put async functions and generators into one deque, and are the example
//! `closing_listing` of this crate. One thing is missing: the deque resumes a generator
//! because it is next, and not because it has a reason to run.
//!
//! # Order is a choice
//!
//! A round resumes each living generator once. First in, first out is one order of a
//! round, and any other order would be as fair. So a [`Chooser`](trace::Chooser) may
//! decide the order. Two seeds may give two orders, and one seed gives the same order in
//! every run. A recorded list of choices repeats the order of an earlier run. A test that tries many
//! seeds finds bugs that first in, first out hides.
//!
//! # The same deque, as two buffers
//!
//! A round takes items from the front of the deque and puts items at the back, and takes
//! none of the new items before the next round. So the queue can be two vectors, one to
//! drain and one to fill, which are swapped once a round: [`Rounds`]. A property test checks
//! that the order stays the order of the deque. Unlike the ring buffer of a deque, a vector has no
//! position that wraps around. Floor 3 keeps its ready tasks in a `Rounds`.
//! [`weave_rounds`] is an interweaver on it.
//!
//! # What this floor cannot do
//!
//! A generator that waits for something pauses, is resumed, checks, and pauses again.
//! If ten thousand generators wait, every round makes ten thousand such checks. The queue
//! knows which generators are *alive*. The queue of floor 3 knows which of them have a
//! *reason to run*.
//!
//! # What this floor holds to
//!
//! 1. Fairness: a round resumes each generator that was alive at its beginning once, for any
//!    answers of the chooser. A generator that is added joins in the next round.
//! 2. Every value is delivered exactly once, in the order of its generator.
//! 3. A generator that returned is never resumed again, and costs nothing more.
//! 4. A panic of a generator goes on to the caller. [`interweave`] and [`weave_rounds`]
//!    drop only the generator that panicked, and can continue with the others.
//!    [`lockstep`], [`drain`] and [`run_to_end`] drop all. A panic of a chooser drops no
//!    generator.
//! 5. With the same generators and the same choices, the order is the same.
//!
//! # First path
//!
//! 1. `lockstep.rs`: a loop in a loop, and why it stops too early.
//! 2. `interweave.rs`: the deque, which is the whole scheduler.
//! 3. `drain.rs`: the deque in one function, which runs to the end.
//! 4. `examples/closing_listing.rs`: the last listings of the notebook, on `drain`.
//! 5. `rounds.rs`: the deque as two buffers, swapped once a round.
//! 6. `weave.rs`: an interweaver on these buffers, which resumes generators where they are.
//!
//! Examples of this chapter, for `cargo run -p examples --example`: `07_interweave`, `08_fairness`.
//!
//! The other files are the second reading, which begins at `outcomes.rs`, the return values. Each
//! file names the next.
//!
//! Read next: `lockstep.rs`; after the first path floor 3, `groundup-task`.
#![forbid(unsafe_code)]
#![doc(test(attr(deny(warnings))))]

mod drain;
mod interweave;
mod lockstep;
mod order;
mod outcomes;
mod rounds;
mod weave;

pub use groundup_generator as generator;
pub use groundup_generator::trace;

pub use drain::{drain, run_all, run_to_end};
pub use interweave::{Interweave, interweave};
pub use lockstep::{Lockstep, lockstep};
pub use outcomes::Outcomes;
pub use rounds::{NextRound, Round, Rounds};
pub use weave::{Weave, weave_rounds};

//! Floor 2: many generators, one thread.
//!
//! # The smallest scheduler is a deque
//!
//! The floor below gave us functions that can pause. A paused function is a
//! value; values can be put into a list; and whoever holds the list decides who
//! goes on. That is the whole idea of cooperative multitasking. Keep the paused
//! ones in a queue, take the one at the front, let it run until it pauses again,
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
//! Nothing here is parallel. One thread does one thing at a time, and between
//! two pauses nobody can interfere, so no locks are needed to keep two values
//! consistent with each other. The price is that everybody depends on everybody
//! else's good manners: a generator that computes for a minute between two
//! pauses stops the world for a minute. No scheduler of this kind can help that.
//!
//! # Three forms of one loop
//!
//! | form | when one is over | gives | as in |
//! |---|---|---|---|
//! | [`lockstep`] | stops, quietly | the values | a loop over a fixed list |
//! | [`interweave`] | goes on with the others | the values; outcomes on request | the deque |
//! | [`drain`] | goes on with the others | nothing | the deque, run to the end |
//!
//! The first is here to be broken. The second is the one to read. The third is
//! the one that grows into an event loop, two floors up.
//!
//! ```
//! use groundup_interweave::{generator::machine::Countdown, interweave};
//!
//! let weave = interweave([4, 2, 3].map(Countdown::new));
//! assert!(weave.eq([4, 2, 3, 3, 1, 2, 2, 1, 1]));
//! ```
//!
//! # Async functions, too
//!
//! Each pause of a generator is a place where another one may go on. An `async
//! fn` has such places, its `await`s, and floor 1 lets it be resumed like any
//! generator ([`Stepped`](generator::Stepped)). So the deque runs async functions,
//! with no waker and no event loop:
//!
//! ```
//! use groundup_interweave::generator::{Stepped, machine::Countdown};
//! use groundup_interweave::run_to_end;
//!
//! async fn twice(n: u32) -> [&'static str; 2] {
//!     [Countdown::new(n).await, Countdown::new(n).await]
//! }
//!
//! let both = run_to_end([Stepped::new(twice(3)), Stepped::new(twice(1))]);
//! assert_eq!(both, [["lift-off"; 2]; 2]);
//! ```
//!
//! The source ends here: its last listings, async functions and generators in
//! one deque, are the example `closing_listing` of this crate. All that is left to
//! add is a better reason to resume one than its turn.
//!
//! # Order is a choice
//!
//! First in, first out is one order. Within a round (each of the living once)
//! any other would be as fair. So the order of a round can be left to a
//! [`Chooser`](trace::Chooser): a seed gives another order, the same one each
//! time, and a recorded list of choices gives the order of a run that is over.
//! Who waits for luck to show a bug waits long; who turns a seed does not.
//!
//! # The same deque, as two buffers
//!
//! A round reads from one end and writes to the other, and what is written is
//! not read before the next round. So the queue can be two plain vectors, one
//! being drained and one being filled, swapped once a round: [`Rounds`]. It is
//! the same order (a property says so), without the arithmetic of a ring, and it
//! is what the loop of floor 4 keeps its ready tasks in. [`weave_rounds`] is an
//! interweaver on it.
//!
//! # What this floor cannot do
//!
//! A generator that waits for something pauses, is resumed, looks, and pauses
//! again. With ten thousand of them waiting, every round asks ten thousand times
//! "and now?". The queue knows who is *alive*. It should know who has *reason to
//! run*. That is floor 3.
//!
//! # What this floor holds to
//!
//! 1. Fairness: no generator is resumed for the (k+1)-th time before every
//!    living one was resumed k times, whatever the chooser answers.
//! 2. Every value is delivered exactly once, in the order of its generator.
//! 3. A generator that returned is never resumed again, and never in the way.
//! 4. A panic goes to the caller and costs the one that panicked; the others can
//!    go on. A chooser that panics costs none. ([`lockstep`] ends at the first
//!    that is over, and so at the first that panics.)
//! 5. Same generators, same choices: same order.
//!
//! Read next: `lockstep.rs`, `interweave.rs`, `drain.rs`; then `rounds.rs`,
//! `sweep.rs` and `weave.rs`; `order.rs` for the chooser's part; then
//! `examples/closing_listing.rs`, and floor 3, `groundup-task`.
#![forbid(unsafe_code)]
#![doc(test(attr(deny(warnings))))]

mod drain;
mod interweave;
mod lockstep;
mod order;
mod outcomes;
mod round;
mod rounds;
mod sweep;
mod weave;

pub use groundup_generator as generator;
pub use groundup_generator::trace;

pub use drain::{drain, run_all, run_to_end};
pub use interweave::{Interweave, interweave};
pub use lockstep::{Lockstep, lockstep};
pub use outcomes::Outcomes;
pub use round::Round;
pub use rounds::Rounds;
pub use weave::{Weave, weave_rounds};

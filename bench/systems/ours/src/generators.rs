//! The rows about generators.
//!
//! ```text
//!   generator_sum     a hand-written machine, drained by a `for` loop
//!   interleave        1,000 machines in turn, until all are over
//!   deep_frames       a task that is 100 calls deep on an explicit stack of frames,
//!                     resumed by the loop at the bottom: deep_await without the way
//!                     down and up
//!   async_generator   an async block that yields, resumed one value at a time
//! ```
//!
//! Invariants: one operation is one resume that yields. Each value passes through
//! `black_box`, so that the compiler cannot remove a resume. Sums are asserted, by `assert!`:
//! `assert_eq!` borrows the sum, and the loop would then store it in memory at each value.
//!
//! Read next: the same work without generators, `systems/limit/src/loops.rs`.

use std::hint::black_box;

use bench_kit::rows::depth::DEPTH;
use bench_kit::{Run, Sample, System, Work};
use groundup::generator::{Frame, Frames, Generator, Input, Move, Step, generator, values};
use groundup::interweave::weave_rounds;

use crate::Ours;

/// Runs the row if it belongs to this module.
pub(crate) fn serve(row: &str, work: Work) -> Option<Sample> {
    match row {
        "generator_sum" => Some(Ours::run(generator_sum(work))),
        "interleave" => Some(Ours::run(interleave(work))),
        "deep_frames" => Some(Ours::run(deep_frames(work))),
        "async_generator" => Some(Ours::run(async_generator(work))),
        _ => None,
    }
}

/// The generator `for n in range(end): yield n * n`, by hand.
struct Squares {
    next: u64,
    end: u64,
}

impl Generator for Squares {
    type Resume = ();
    type Yield = u64;
    type Return = ();

    #[inline]
    fn resume(&mut self, (): ()) -> Step<u64, ()> {
        if self.next == self.end {
            return Step::Return(());
        }
        let number = self.next;
        self.next += 1;
        Step::Yield(number.wrapping_mul(number))
    }
}

/// Adds up the squares below `end`, without a generator.
fn sum_of_squares(end: u64) -> u64 {
    (0..end).fold(0u64, |sum, number| {
        sum.wrapping_add(number.wrapping_mul(number))
    })
}

/// Runs one machine for `size` values.
async fn generator_sum(work: Work) -> Sample {
    let expected = sum_of_squares(work.size);
    work.measure(work.size, async || {
        let sum = sum_of_values(black_box(work.size));
        assert!(sum == expected, "the machine has yielded each square");
    })
    .await
}

/// Drains a machine. A function of its own, as in the reference: where the values lie on the stack would
/// otherwise decide the row.
#[inline(never)]
fn sum_of_values(end: u64) -> u64 {
    let mut sum = 0u64;
    for value in values(Squares { next: 0, end }) {
        sum = sum.wrapping_add(black_box(value));
    }
    sum
}

/// Runs a thousand machines, `size` values in all, one value of each in turn.
async fn interleave(work: Work) -> Sample {
    let strands = work.size.min(1000);
    let each = work.size / strands;
    let expected = sum_of_squares(each).wrapping_mul(strands);
    work.measure(each * strands, async || {
        let mut sum = 0u64;
        weave_rounds((0..strands).map(|_| Squares { next: 0, end: each }))
            .for_each(|value| sum = sum.wrapping_add(black_box(value)));
        assert!(sum == expected, "each machine has yielded each square");
    })
    .await
}

/// A function that calls itself until it is deep enough, and then yields.
struct Down {
    above: u32,
    resumed: u64,
    wanted: u64,
}

impl Frame<(), u64> for Down {
    fn step(&mut self, input: Input<u64>) -> Move<(), u64> {
        match input {
            Input::Start if self.above > 0 => Move::call(Down {
                above: self.above - 1,
                ..*self
            }),
            Input::Returned(resumed) => Move::Return(resumed),
            Input::Start => Move::Yield(()),
            Input::Sent(()) => {
                self.resumed += 1;
                if self.resumed < self.wanted {
                    Move::Yield(())
                } else {
                    Move::Return(self.resumed)
                }
            }
        }
    }
}

/// Runs a task that is a hundred calls deep, and is resumed `size` times at the bottom.
async fn deep_frames(work: Work) -> Sample {
    work.measure(work.size, async || {
        let stack = Frames::new(Down {
            above: DEPTH,
            resumed: 0,
            wanted: work.size,
        });
        assert_eq!(Ours::spawn(stack.into_future()).await, work.size);
    })
    .await
}

/// Runs an async block that yields `size` numbers.
async fn async_generator(work: Work) -> Sample {
    work.measure(work.size, async || {
        let mut resumed = 0;
        let numbers = generator(|co| async move {
            for number in 0..work.size {
                co.yield_(number).await;
            }
        });
        for value in values(numbers) {
            black_box(value);
            resumed += 1;
        }
        assert_eq!(resumed, work.size);
    })
    .await
}

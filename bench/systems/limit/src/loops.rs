//! The rows about generators, without the loop or without the generator.
//!
//! ```text
//!   generator_sum   a machine by hand: two numbers and a test
//!   interleave      a hand-written round robin: taken from the front, put back at the end
//!   deep_frames     the stack of frames of our own library, resumed by a bare loop
//! ```
//!
//! Invariants: the same values in the same order as in the row of the same name in
//! `systems/ours/src/generators.rs`, each through `black_box` as there.
//!
//! Read next: `kit/src/rows.rs`.

use std::collections::VecDeque;
use std::hint::black_box;

use bench_kit::rows::depth::DEPTH;
use bench_kit::{Run, Sample, Work};
use groundup::generator::{Frame, Frames, Generator, Input, Move, Step};

use crate::Limit;

/// Runs the row if it belongs to this module.
pub(crate) fn serve(row: &str, work: Work) -> Option<Sample> {
    match row {
        "generator_sum" => Some(Limit::run(machine_sum(work))),
        "interleave" => Some(Limit::run(deque(work))),
        "deep_frames" => Some(Limit::run(bare_frames(work))),
        _ => None,
    }
}

/// The squares below `end`, by hand and without a trait.
struct Squares {
    next: u64,
    end: u64,
}

impl Squares {
    #[inline]
    fn step(&mut self) -> Option<u64> {
        if self.next == self.end {
            return None;
        }
        let number = self.next;
        self.next += 1;
        Some(number.wrapping_mul(number))
    }
}

/// Adds up the squares below `size`.
async fn machine_sum(work: Work) -> Sample {
    work.measure(work.size, async || {
        black_box(sum_of_values(black_box(work.size)));
    })
    .await
}

/// Drains a machine. A function of its own, as in the row of groundup.
#[inline(never)]
fn sum_of_values(end: u64) -> u64 {
    let mut machine = Squares { next: 0, end };
    let mut sum = 0u64;
    while let Some(value) = machine.step() {
        sum = sum.wrapping_add(black_box(value));
    }
    sum
}

/// Runs a thousand ranges, `size` values in all, one value of each in turn.
async fn deque(work: Work) -> Sample {
    let strands = work.size.min(1000);
    let each = work.size / strands;
    work.measure(each * strands, async || {
        let mut sum = 0u64;
        let mut waiting: VecDeque<_> = (0..strands).map(|_| 0..each).collect();
        while let Some(mut range) = waiting.pop_front() {
            if let Some(number) = range.next() {
                sum = sum.wrapping_add(black_box(number.wrapping_mul(number)));
                waiting.push_back(range);
            }
        }
        black_box(sum);
    })
    .await
}

/// A function that calls itself until it is deep enough, and then yields.
struct Down {
    above: u32,
    left: u64,
}

impl Frame<u64, ()> for Down {
    fn step(&mut self, input: Input<()>) -> Move<u64, ()> {
        match input {
            Input::Start if self.above > 0 => Move::call(Down {
                above: self.above - 1,
                left: self.left,
            }),
            Input::Start | Input::Sent(()) if self.left > 0 => {
                self.left -= 1;
                Move::Yield(self.left)
            }
            Input::Start | Input::Sent(()) | Input::Returned(()) => Move::Return(()),
        }
    }
}

/// Resumes the bottom of a hundred calls `size` times.
async fn bare_frames(work: Work) -> Sample {
    work.measure(work.size, async || {
        let mut resumed = 0;
        let mut stack = Frames::new(Down {
            above: DEPTH,
            left: work.size,
        });
        while let Step::Yield(left) = stack.resume(()) {
            black_box(left);
            resumed += 1;
        }
        assert_eq!(resumed, work.size);
    })
    .await
}

//! A chain of delegations, nested and as a stack: equal steps.

use groundup::generator::{Frame, Frames, Generator, Input, Move, Nested};

/// def down(n): return 1 + (yield from down(n - 1)) if n else (yield) or 0
struct Down(usize);

impl Frame<(), usize> for Down {
    fn step(&mut self, input: Input<usize>) -> Move<(), usize> {
        match input {
            Input::Start if self.0 == 0 => Move::Yield(()),
            Input::Start => Move::call(Down(self.0 - 1)),
            Input::Sent(()) => Move::Return(0),
            Input::Returned(below) => Move::Return(1 + below),
        }
    }
}

pub fn main() {
    for depth in [1, 100, 10_000] {
        let (mut nested, mut stack) = (Nested::new(Down(depth)), Frames::new(Down(depth)));
        let same = (nested.resume(()), nested.resume(())) == (stack.resume(()), stack.resume(()));
        println!(
            "{depth:6} deep: same {same}, a resume of the nest walks {}",
            nested.walked()
        );
    }
}

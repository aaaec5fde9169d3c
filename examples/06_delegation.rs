//! Floor 1: delegation: yields pass through, a return value comes back.
//!
//! Its chapter: `crates/1-generator/src/lib.rs`.

use std::cell::RefCell;

use groundup::generator::machine::SumOfSquares;
use groundup::generator::{Frame, Frames, Generator, Input, Move, Step};

/// `def down(n): return 1 + (yield from down(n - 1)) if n else (yield "bottom")`
struct Down(u32);

impl Frame<&'static str, u32> for Down {
    fn step(&mut self, input: Input<u32>) -> Move<&'static str, u32> {
        match input {
            Input::Start if self.0 == 0 => Move::Yield("bottom"),
            Input::Start => Move::call(Down(self.0 - 1)),
            Input::Sent(()) => Move::Return(0),
            Input::Returned(below) => Move::Return(1 + below),
        }
    }
}

fn main() {
    // A machine that holds another machine and resumes it.
    let lines = RefCell::new(Vec::new());
    let print = |line: &str| lines.borrow_mut().push(line.to_string());
    let mut sum = SumOfSquares::new([3, 4], &print);
    loop {
        let step = sum.resume(());
        println!("{step:?} after {:?}", lines.take());
        if let Step::Return(_) = step {
            break;
        }
    }

    // A stack of frames: ten thousand deep, and a resume touches only the top.
    let mut stack = Frames::new(Down(10_000));
    println!("{:?} at depth {}", stack.resume(()), stack.depth());
    println!("{:?}", stack.resume(()));
}

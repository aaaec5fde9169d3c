//! Tests the hand-written machines: their values, lines and memory.
//!
//! The expected lines are printed by the Python originals, which stand at the head of
//! each machine's file.
//!
//! Read next: `tests/it/protocol.rs`, the rules for all generators.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use groundup_generator::machine::{Countdown, Display, RunningMean, Square, Squares, SumOfSquares};
use groundup_generator::{Generator, Items, Step, generator, run, values};

/// Collects the lines that machines print.
#[derive(Clone, Default)]
struct Paper(Rc<RefCell<Vec<String>>>);

impl Paper {
    fn print(&self) -> impl FnMut(&str) + Clone + 'static {
        let lines = Rc::clone(&self.0);
        move |line: &str| lines.borrow_mut().push(line.to_owned())
    }

    fn lines(&self) -> Vec<String> {
        self.0.borrow().clone()
    }
}

/// Resumes several generators in turn until all have returned: the interleaving of
/// floor 2 in its plainest form.
fn in_turn(mut generators: Vec<Strand>) {
    while !generators.is_empty() {
        generators.retain_mut(|g| !g.resume(()).is_return());
    }
}

type Strand = Box<dyn Generator<Resume = (), Yield = (), Return = ()>>;

/// Drops the yielded values and the return value of a generator, so that different ones
/// fit into one list.
fn ending<G>(mut g: G) -> Strand
where
    G: Generator<Resume = ()> + 'static,
{
    Box::new(generator(|co| async move {
        while let Step::Yield(_) = g.resume(()) {
            co.yield_(()).await;
        }
    }))
}

/// Two `squares` in turn print alternating lines, "Computing square of 1" first.
/// Nothing is printed before the first resume.
#[test]
fn squares_in_turn() {
    let paper = Paper::default();
    let strands = vec![
        ending(Squares::new([1, 2, 3, 4], paper.print())),
        ending(Squares::new([10, 20, 30, 40], paper.print())),
    ];
    assert!(paper.lines().is_empty());
    in_turn(strands);
    let expected = [1, 10, 2, 20, 3, 30, 4, 40].map(|n| format!("Computing square of {n}"));
    assert_eq!(paper.lines(), expected);
}

/// Two `sum_of_squares` in turn print ten lines with two spaces, and then the two sums.
#[test]
fn sums_of_squares_in_turn() {
    let paper = Paper::default();
    in_turn(vec![
        ending(SumOfSquares::new([1, 2, 3, 4, 5], paper.print())),
        ending(SumOfSquares::new([10, 20, 30, 40, 50], paper.print())),
    ]);
    let squares = [1, 10, 2, 20, 3, 30, 4, 40, 5, 50];
    let mut expected: Vec<_> = squares
        .iter()
        .map(|n| format!("Computing square of  {n}"))
        .collect();
    expected.push("sum_of_squares [1, 2, 3, 4, 5] 55".into());
    expected.push("sum_of_squares [10, 20, 30, 40, 50] 5500".into());
    assert_eq!(paper.lines(), expected);
}

/// A sum over k numbers yields k + 1 times; a sum over none yields once.
#[test]
fn a_sum_pauses_once_a_number_and_once_more() {
    let paper = Paper::default();
    for (k, sum) in [(0, 0), (1, 1), (4, 30)] {
        let mut g = SumOfSquares::new((1..=k).collect::<Vec<_>>(), paper.print());
        let mut pauses = 0;
        let result = loop {
            match g.resume(()) {
                Step::Yield(()) => pauses += 1,
                Step::Return(result) => break result,
            }
        };
        assert_eq!((pauses, result), (k + 1, sum));
    }
    assert_eq!(paper.lines()[0], "sum_of_squares [] 0");
}

/// `run(square(3))` prints "square 3" and returns 9.
#[test]
fn run_square() {
    let paper = Paper::default();
    assert_eq!(run(Square::new("square", 3, paper.print())), 9);
    assert_eq!(paper.lines(), ["square 3"]);
}

/// `run(sum_of_squares(3, 4))`, with two delegations in one expression, returns 25.
#[test]
fn run_sum_of_two_squares() {
    let paper = Paper::default();
    let (three, four) = (paper.print(), paper.print());
    let sum = generator(|co| async move {
        co.yield_from(Square::new("square", 3, three)).await
            + co.yield_from(Square::new("square", 4, four)).await
    });
    assert!(paper.lines().is_empty());
    assert_eq!(run(sum), 25);
    assert_eq!(paper.lines(), ["square 3", "square 4"]);
}

/// `yield from range(10)`, then `return x*x`: ten yields, then the square.
#[test]
fn delegation_to_an_iterator() {
    let x = 7;
    let mut square = values(generator(|co| async move {
        co.yield_from(Items::new(0..10)).await;
        x * x
    }));
    assert!(square.by_ref().eq(0..10));
    assert_eq!(square.returned(), Some(49));
}

/// Displays print one after the other, and in turn.
#[test]
fn displays() {
    let paper = Paper::default();
    let (letters, digits) = (paper.print(), paper.print());
    run(generator(|co| async move {
        co.yield_from(Display::new("ABC".chars(), letters)).await;
        co.yield_from(Display::new("123".chars(), digits)).await;
    }));
    assert_eq!(paper.lines(), ["A", "B", "C", "1", "2", "3"]);

    let paper = Paper::default();
    in_turn(vec![
        Box::new(Display::new("ABC".chars(), paper.print())),
        Box::new(Display::new("123".chars(), paper.print())),
    ]);
    assert_eq!(paper.lines(), ["A", "1", "B", "2", "C", "3"]);
}

/// A countdown remembers after each resume the state in its picture.
#[test]
fn the_memory_of_a_countdown() {
    let mut count = Countdown::new(2);
    let mut memory = vec![count.clone()];
    let steps = [(); 3].map(|()| {
        let step = count.resume(());
        memory.push(count.clone());
        step
    });
    assert_eq!(
        steps,
        [Step::Yield(2), Step::Yield(1), Step::Return("lift-off")]
    );
    assert_eq!(
        memory,
        [
            Countdown::Start { n: 2 },
            Countdown::Counting { n: 2 },
            Countdown::Counting { n: 1 },
            Countdown::Over,
        ],
    );
}

/// A running mean answers every value until it returns.
#[test]
fn a_conversation_with_the_running_mean() {
    let mut mean = RunningMean::new();
    assert_eq!(mean.next(), Step::Yield(None));
    assert_eq!(mean.resume(Some(10.0)), Step::Yield(Some(10.0)));
    assert_eq!(mean.resume(Some(20.0)), Step::Yield(Some(15.0)));
    assert_eq!(mean.resume(Some(0.0)), Step::Yield(Some(10.0)));
    assert_eq!(mean.next(), Step::Return(3));
}

/// A bare machine that is resumed after its end panics, and the message names the cure.
#[test]
fn resuming_after_the_end_is_the_callers_bug() {
    fn misused<G>(mut g: G)
    where
        G: Generator,
        G::Resume: Default,
    {
        while !g.next().is_return() {}
        let payload = match catch_unwind(AssertUnwindSafe(|| drop(g.next()))) {
            Ok(()) => panic!("it went on"),
            Err(payload) => payload,
        };
        let text = payload.downcast_ref::<String>().expect("a message");
        assert!(text.starts_with("generator already finished"), "{text}");
    }
    let quiet = |_: &str| ();
    misused(Countdown::new(1));
    misused(Squares::new([1], quiet));
    misused(Square::new("square", 1, quiet));
    misused(SumOfSquares::new([1], quiet));
    misused(Display::new([1], quiet));
    misused(RunningMean::new());
    misused(generator(|co| async move { co.yield_(1).await }));
}

/// An iterator over a generator is fused, and keeps the return value.
#[test]
fn values_are_fused() {
    let mut count = values(Countdown::new(2));
    assert_eq!((count.next(), count.next()), (Some(2), Some(1)));
    assert_eq!(count.returned(), None);
    assert_eq!((count.next(), count.next()), (None, None));
    assert_eq!(count.returned(), Some("lift-off"));
    assert_eq!(count.returned(), None);
    assert_eq!(count.sum::<u32>(), 0);
    let mut looped = Vec::new();
    for n in Countdown::new(3) {
        looped.push(n);
    }
    assert_eq!(looped, [3, 2, 1]);
}

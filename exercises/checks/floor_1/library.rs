//! The tests of the exercises of floor 1.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};

use groundup_generator::machine::{Countdown, RunningMean, Squares, SumOfSquares};
use groundup_generator::{Generator, Misuse, Step, values};

/// Returns the text of a panic of `act`.
fn panic_of(act: impl FnOnce()) -> String {
    let payload = catch_unwind(AssertUnwindSafe(act)).expect_err("there is no panic");
    let text = payload.downcast_ref::<String>().cloned();
    let text = text.or_else(|| payload.downcast_ref::<&str>().map(ToString::to_string));
    text.unwrap_or_default()
}

#[test]
fn a_countdown_yields_and_returns() {
    let mut count = Countdown::new(2);
    let steps = [(); 3].map(|()| (count.resume(()), count.clone()));
    let expected = [
        (Step::Yield(2), Countdown::Counting { n: 2 }),
        (Step::Yield(1), Countdown::Counting { n: 1 }),
        (Step::Return("lift-off"), Countdown::Over),
    ];
    assert_eq!(steps, expected, "each resume gives a step and a state");
}

#[test]
fn a_countdown_from_zero_returns_at_once() {
    let mut count = Countdown::new(0);
    assert_eq!(count.resume(()), Step::Return("lift-off"), "from 0");
    assert_eq!(count, Countdown::Over, "the state after the return");
}

#[test]
fn a_finished_countdown_panics() {
    let mut count = Countdown::new(0);
    let _ = count.resume(());
    let text = panic_of(|| {
        let _ = count.resume(());
    });
    assert_eq!(text, Misuse::Finished.to_string(), "a resume after the end");
}

#[test]
fn squares_are_computed_on_demand() {
    let lines = RefCell::new(Vec::new());
    let mut squares = Squares::new([3, 4], |line: &str| {
        lines.borrow_mut().push(line.to_string())
    });
    assert_eq!(squares.resume(()), Step::Yield(9), "the first square");
    assert_eq!(
        *lines.borrow(),
        ["Computing square of 3"],
        "one line before the first yield"
    );
    assert_eq!(squares.resume(()), Step::Yield(16), "the second square");
    assert_eq!(squares.resume(()), Step::Return(()), "the end");
    assert_eq!(lines.borrow().len(), 2, "the end prints nothing");
}

#[test]
fn a_print_that_panics_ends_the_squares() {
    let mut squares = Squares::new([3, 4], |_: &str| panic!("no paper"));
    assert_eq!(
        panic_of(|| {
            let _ = squares.resume(());
        }),
        "no paper",
        "the panic of print"
    );
    assert!(
        matches!(squares, Squares::Over),
        "after a panic the machine is over"
    );
}

#[test]
fn finished_squares_panic() {
    let mut squares = Squares::new([], |_: &str| ());
    assert_eq!(squares.resume(()), Step::Return(()), "no number");
    let text = panic_of(|| {
        let _ = squares.resume(());
    });
    assert_eq!(text, Misuse::Finished.to_string(), "a resume after the end");
}

#[test]
fn a_finished_mean_panics() {
    let mut mean = RunningMean::new();
    let ends = [mean.next(), mean.next()];
    assert_eq!(ends, [Step::Yield(None), Step::Return(0)], "no number came");
    let text = panic_of(|| {
        let _ = mean.next();
    });
    assert_eq!(text, Misuse::Finished.to_string(), "a resume after the end");
}

#[test]
fn the_mean_follows_the_numbers() {
    let mut mean = RunningMean::new();
    assert_eq!(mean.next(), Step::Yield(None), "no number, no mean");
    assert_eq!(mean.resume(Some(3.0)), Step::Yield(Some(3.0)), "after 3");
    assert_eq!(
        mean.resume(Some(4.0)),
        Step::Yield(Some(3.5)),
        "after 3 and 4"
    );
    assert_eq!(mean.next(), Step::Return(2), "two numbers came");
    assert_eq!(mean, RunningMean::Over, "the state after the return");
}

#[test]
fn the_first_value_is_dropped() {
    let mut mean = RunningMean::new();
    assert_eq!(
        mean.resume(Some(100.0)),
        Step::Yield(None),
        "no `yield` waits for it"
    );
    assert_eq!(
        mean.resume(Some(1.0)),
        Step::Yield(Some(1.0)),
        "100 does not count"
    );
}

#[test]
fn yields_pass_through_and_results_come_back() {
    let lines = RefCell::new(Vec::new());
    let print = |line: &str| lines.borrow_mut().push(line.to_string());
    let mut sum = SumOfSquares::new([3, 4], &print);
    let mut steps = Vec::new();
    loop {
        let step = sum.resume(());
        steps.push((step, lines.take()));
        if step.is_return() {
            break;
        }
    }
    let line = |text: &str| vec![text.to_string()];
    let expected = [
        (Step::Yield(()), vec![]),
        (Step::Yield(()), line("Computing square of  3")),
        (Step::Yield(()), line("Computing square of  4")),
        (Step::Return(25), line("sum_of_squares [3, 4] 25")),
    ];
    assert_eq!(steps, expected, "the steps, and the lines of each");
}

#[test]
fn an_empty_sum_yields_once() {
    let mut sum = SumOfSquares::new([], |_: &str| ());
    assert_eq!(
        sum.resume(()),
        Step::Yield(()),
        "the last yield of the function"
    );
    assert_eq!(sum.resume(()), Step::Return(0), "the sum of nothing");
}

#[test]
fn a_for_loop_gives_the_yields() {
    let mut seen = Vec::new();
    for n in values(Countdown::new(3)) {
        seen.push(n);
    }
    assert_eq!(seen, [3, 2, 1], "the items of the loop");
}

#[test]
fn the_return_value_waits_behind_the_loop() {
    let mut count = values(Countdown::new(1));
    assert_eq!(count.next(), Some(1), "the yield");
    assert_eq!(count.returned(), None, "not over yet");
    assert_eq!(
        (count.next(), count.next()),
        (None, None),
        "the end, and again"
    );
    assert_eq!(count.returned(), Some("lift-off"), "the return value");
}

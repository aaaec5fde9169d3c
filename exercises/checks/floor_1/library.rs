//! The tests of the exercises of floor 1.

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};

use groundup_generator::machine::{Countdown, Echo, RunningMean, Squares, SumOfSquares};
use groundup_generator::{
    Coroutine, Exception, Frame, Frames, Generator, Input, Misuse, Move, Signal, Step, values,
};

/// Returns the text of a panic of `act`.
fn panic_of(act: impl FnOnce()) -> String {
    let payload = catch_unwind(AssertUnwindSafe(act)).expect_err("it panics");
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
    let text = panic_of(|| drop(count.resume(())));
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
        panic_of(|| drop(squares.resume(()))),
        "no paper",
        "the panic of print"
    );
    assert!(
        matches!(squares, Squares::Over),
        "after a panic the machine is over"
    );
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

#[test]
fn a_close_before_the_start_runs_nothing() {
    let echo = Coroutine::new(Echo::<i32, &str>::new());
    assert_eq!(echo.close(), Ok(None), "it never ran");
    assert_eq!(
        echo.next(),
        Err(Exception::Misuse(Misuse::Finished)),
        "it is over"
    );
    assert_eq!(echo.close(), Ok(None), "a second close does nothing");
}

/// A body that yields 0, and makes this step when it is closed.
struct Body(Step<u32, Result<u32, Exception<&'static str>>>);

impl Generator for Body {
    type Resume = Signal<(), &'static str>;
    type Yield = u32;
    type Return = Result<u32, Exception<&'static str>>;

    fn resume(&mut self, signal: Self::Resume) -> Step<u32, Self::Return> {
        match signal {
            Signal::Throw(Exception::Exit) => self.0.clone(),
            _ => Step::Yield(0),
        }
    }
}

#[test]
fn a_close_judges_the_step() {
    let closed = |at_exit| {
        let body = Coroutine::new(Body(at_exit));
        assert_eq!(body.next(), Ok(Step::Yield(0)));
        body.close()
    };
    assert_eq!(
        closed(Step::Return(Err(Exception::Exit))),
        Ok(None),
        "the exit came back"
    );
    assert_eq!(
        closed(Step::Return(Ok(7))),
        Ok(Some(7)),
        "the body returned 7"
    );
    let ignored = Err(Exception::Misuse(Misuse::IgnoredExit));
    assert_eq!(closed(Step::Yield(1)), ignored, "the body yielded");
    let raised = Err(Exception::Error("fire"));
    assert_eq!(
        closed(Step::Return(raised.clone())),
        raised.map(Some),
        "the body raised"
    );
}

#[test]
fn a_close_from_inside_is_refused() {
    thread_local!(static ANSWER: Cell<Option<bool>> = const { Cell::new(None) });
    struct Closer(std::rc::Weak<Coroutine<Closer>>);
    impl Generator for Closer {
        type Resume = Signal<(), &'static str>;
        type Yield = ();
        type Return = Result<(), Exception<&'static str>>;
        fn resume(&mut self, _: Self::Resume) -> Step<(), Self::Return> {
            let own = self.0.upgrade().expect("it is alive");
            let refused = Err(Exception::Misuse(Misuse::AlreadyExecuting));
            ANSWER.set(Some(own.close() == refused));
            Step::Yield(())
        }
    }
    let own = std::rc::Rc::new_cyclic(|weak| Coroutine::new(Closer(weak.clone())));
    assert_eq!(own.next(), Ok(Step::Yield(())), "the body goes on");
    assert_eq!(
        ANSWER.get(),
        Some(true),
        "a close of a running body is refused"
    );
}

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

#[test]
fn calls_and_returns_pass_the_values() {
    let mut stack = Frames::new(Down(2));
    assert_eq!(
        stack.resume(()),
        Step::Yield("bottom"),
        "the innermost call yields"
    );
    assert_eq!(stack.depth(), 3, "three calls are open");
    assert_eq!(stack.resume(()), Step::Return(2), "each call adds 1");
    assert_eq!(stack.depth(), 0, "no call is open");
}

#[test]
fn ten_thousand_calls_need_no_stack() {
    let mut stack = Frames::new(Down(10_000));
    assert_eq!(stack.resume(()), Step::Yield("bottom"), "the bottom");
    assert_eq!(stack.depth(), 10_001, "all calls are open");
    assert_eq!(stack.resume(()), Step::Return(10_000), "the whole way up");
}

/// A frame of the full protocol that calls `below` more, and notes the exit.
struct Noting(u32, std::rc::Rc<RefCell<Vec<u32>>>);

type NoteResult = Result<u32, Exception<&'static str>>;

impl Frame<u32, NoteResult, Signal<(), &'static str>> for Noting {
    fn step(
        &mut self,
        input: Input<NoteResult, Signal<(), &'static str>>,
    ) -> Move<u32, NoteResult, Signal<(), &'static str>> {
        match input {
            Input::Start if self.0 == 0 => Move::Yield(0),
            Input::Start => Move::call(Noting(self.0 - 1, self.1.clone())),
            Input::Sent(Signal::Throw(exception)) | Input::Returned(Err(exception)) => {
                self.1.borrow_mut().push(self.0);
                Move::Return(Err(exception))
            }
            Input::Sent(_) => Move::Return(Ok(0)),
            Input::Returned(Ok(value)) => Move::Return(Ok(value)),
        }
    }
}

#[test]
fn a_close_ends_the_frames_from_the_top() {
    let notes = std::rc::Rc::new(RefCell::new(Vec::new()));
    let stack = Coroutine::new(Frames::new(Noting(2, notes.clone())));
    assert_eq!(
        stack.next(),
        Ok(Step::Yield(0)),
        "the innermost frame yields"
    );
    assert_eq!(stack.close(), Ok(None), "the exit comes back");
    assert_eq!(
        *notes.borrow(),
        [0, 1, 2],
        "the innermost frame gets the exit first"
    );
}

//! The tests of the exercises of floor 1: closing, and a stack of calls.

use std::cell::{Cell, RefCell};

use groundup_generator::machine::Echo;
use groundup_generator::{
    Coroutine, Exception, Frame, Frames, Generator, Input, Misuse, Move, Signal, Step,
};

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
    let act = || {
        let mut stack = Frames::new(Down(10_000));
        assert_eq!(stack.resume(()), Step::Yield("bottom"), "the bottom");
        assert_eq!(stack.depth(), 10_001, "all calls are open");
        assert_eq!(stack.resume(()), Step::Return(10_000), "the whole way up");
    };
    // A stack in which ten thousand calls have no room.
    let thread = std::thread::Builder::new().stack_size(256 * 1024);
    let ended = thread.spawn(act).expect("a thread").join();
    ended.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
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

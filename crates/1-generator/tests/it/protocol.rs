//! Tests the rules of Python's generator protocol, one test each.
//!
//! Every expectation of this file was checked against CPython 3.13; the comments quote
//! the Python. The last test replays 400 programs whose behaviour on CPython is recorded
//! in `tests/cpython/`.
//!
//! Read next: `tests/it/props.rs`, random programs.

use crate::script::program;
use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use groundup_generator::life::Life;
use groundup_generator::machine::{Countdown, Echo, Echoed, RunningMean, Squares};
use groundup_generator::{
    Co, Coroutine, Exception, Generator, Items, Misuse, Signal, Step, Uncaught, YieldFrom,
    generator_with_input, run,
};

type Plain<G> = Coroutine<Uncaught<G, &'static str>>;

fn misuse<T>(misuse: Misuse) -> Result<T, Exception<&'static str>> {
    Err(Exception::Misuse(misuse))
}

/// A body made of a closure from signal to step, for a test of one rule.
struct Body<F>(F);

impl<F, R> Generator for Body<F>
where
    F: FnMut(Signal<i32, &'static str>) -> Step<i32, Result<R, Exception<&'static str>>>,
{
    type Resume = Signal<i32, &'static str>;
    type Yield = i32;
    type Return = Result<R, Exception<&'static str>>;

    fn resume(&mut self, signal: Self::Resume) -> Step<i32, Self::Return> {
        (self.0)(signal)
    }
}

fn body<R, F>(resume: F) -> Coroutine<Body<F>>
where
    F: FnMut(Signal<i32, &'static str>) -> Step<i32, Result<R, Exception<&'static str>>>,
{
    Coroutine::new(Body(resume))
}

/// Calling a generator function runs nothing, and its result may be dropped.
#[test]
fn creation_is_lazy() {
    let ran = Cell::new(false);
    let made = body(|_| {
        ran.set(true);
        Step::Return(Ok(()))
    });
    assert_eq!(made.life(), Life::Created);
    drop(made);
    assert!(!ran.get());
}

/// `g.send(1)` on a new generator raises TypeError; afterwards the generator can still
/// be started. `g.send(None)` is `next(g)`.
#[test]
fn the_first_send_carries_nothing() {
    let mean = Plain::plain(RunningMean::new());
    assert_eq!(mean.send(1.0), misuse(Misuse::JustStarted));
    assert_eq!(mean.life(), Life::Created);
    assert_eq!(mean.next(), Ok(Step::Yield(None)));
    assert_eq!(mean.send(1.0), Ok(Step::Yield(Some(1.0))));
}

/// A return value differs from a yielded value: StopIteration carries it, once.
#[test]
fn the_return_value_comes_once() {
    let count = Plain::plain(Countdown::new(1));
    assert_eq!(count.next(), Ok(Step::Yield(1)));
    assert_eq!(count.next(), Ok(Step::Return("lift-off")));
    assert_eq!(count.life(), Life::Finished);
    assert_eq!(count.next(), misuse(Misuse::Finished));
    assert_eq!(count.send(()), misuse(Misuse::Finished));
}

/// `g.throw(e)` on a new generator raises e at once, runs nothing, and finishes the generator.
#[test]
fn throw_before_the_start_runs_nothing() {
    let echo = Coroutine::new(Echo::<i32, &str>::new());
    assert_eq!(echo.throw("early"), Err(Exception::Error("early")));
    assert_eq!(echo.life(), Life::Finished);
    assert_eq!(echo.next(), misuse(Misuse::Finished));
}

/// A thrown error that is caught leads to the next yielded value; one that is not
/// caught ends the generator and comes out.
#[test]
fn throw_is_caught_or_comes_out() {
    let echo = Coroutine::new(Echo::<i32, &str>::new());
    let _ = echo.next();
    assert_eq!(echo.throw("spam"), Ok(Step::Yield(Echoed::Error("spam"))));
    assert_eq!(echo.life(), Life::Suspended);

    let count = Plain::plain(Countdown::new(3));
    let _ = count.next();
    assert_eq!(count.throw("abort"), Err(Exception::Error("abort")));
    assert_eq!(count.life(), Life::Finished);
}

/// `g.throw(e)` on a finished generator raises e.
#[test]
fn throw_after_the_end_comes_straight_back() {
    let count = Plain::plain(Countdown::new(0));
    assert_eq!(count.next(), Ok(Step::Return("lift-off")));
    assert_eq!(count.throw("late"), Err(Exception::Error("late")));
}

/// In a bare body without an object around it, an error before the first line is
/// outside every `try`, and an error that is not caught drops the locals.
#[test]
fn a_bare_body_handles_errors_by_itself() {
    let mut echo = Echo::<i32, &str>::new();
    let thrown = echo.resume(Signal::Throw("early".into()));
    assert_eq!(thrown, Step::Return(Err(Exception::Error("early"))));

    let held = Rc::new(());
    let inside = Rc::clone(&held);
    let squares = Squares::new([1, 2], move |_: &str| drop(Rc::clone(&inside)));
    let mut squares = Uncaught::<_, &str>::new(squares);
    assert_eq!(squares.next(), Step::Yield(1));
    let thrown = squares.resume(Signal::Throw("abort".into()));
    assert_eq!(thrown, Step::Return(Err(Exception::Error("abort"))));
    assert_eq!(Rc::strong_count(&held), 1);
}

/// A caught error may also end the generator with a value (StopIteration).
#[test]
fn a_caught_throw_may_return() {
    let g = body(|signal| match signal {
        Signal::Throw(_) => Step::Return(Ok(9)),
        _ => Step::Yield(1),
    });
    let _ = g.next();
    assert_eq!(g.throw("x"), Ok(Step::Return(9)));
}

/// `g.close()` raises nothing on a new, a suspended and a finished generator, and may be repeated.
#[test]
fn close_ends_it_quietly() {
    let never_started = Plain::plain(Countdown::new(3));
    assert_eq!(never_started.close(), Ok(None));
    assert_eq!(never_started.next(), misuse(Misuse::Finished));

    let suspended = Plain::plain(Countdown::new(3));
    let _ = suspended.next();
    assert_eq!(suspended.close(), Ok(None));
    assert_eq!(suspended.close(), Ok(None));
    assert_eq!(suspended.life(), Life::Finished);
}

/// If a generator returns when it is closed, close() returns that value (since 3.13).
#[test]
fn close_gives_the_value_of_one_that_returns() {
    let g = body(|signal| match signal {
        Signal::Throw(Exception::Exit) => Step::Return(Ok(5)),
        _ => Step::Yield(0),
    });
    let _ = g.next();
    assert_eq!(g.close(), Ok(Some(5)));
}

/// If a generator yields when it is closed, close() raises RuntimeError, "generator
/// ignored GeneratorExit". The generator stays suspended.
#[test]
fn close_must_not_be_answered_with_a_yield() {
    let g = body::<(), _>(|_| Step::Yield(0));
    let _ = g.next();
    assert_eq!(g.close(), misuse(Misuse::IgnoredExit));
    assert_eq!(g.life(), Life::Suspended);
    assert_eq!(
        g.throw(Exception::Exit),
        Ok(Step::Yield(0)),
        "a throw may be"
    );
}

/// An error that is raised while closing comes out of close().
#[test]
fn close_lets_other_errors_out() {
    let g = body::<(), _>(|signal| match signal {
        Signal::Throw(Exception::Exit) => Step::Return(Err("lost the key".into())),
        _ => Step::Yield(0),
    });
    let _ = g.next();
    assert_eq!(g.close(), Err(Exception::Error("lost the key")));
    assert_eq!(g.life(), Life::Finished);
}

/// An error that the body raises itself ends it.
#[test]
fn an_error_of_its_own_ends_it() {
    let g = body::<(), _>(|_| Step::Return(Err("own".into())));
    assert_eq!(g.next(), Err(Exception::Error("own")));
    assert_eq!(g.next(), misuse(Misuse::Finished));
}

/// If a body resumes its own generator, every request is refused with "generator
/// already executing" (ValueError), and nothing else happens.
#[test]
fn a_running_generator_refuses_everything() {
    struct Selfish {
        me: Rc<RefCell<Weak<Coroutine<Selfish>>>>,
        answers: Vec<Exception<&'static str>>,
    }
    impl Generator for Selfish {
        type Resume = Signal<(), &'static str>;
        type Yield = Life;
        type Return = Result<Vec<Exception<&'static str>>, Exception<&'static str>>;

        fn resume(&mut self, _: Self::Resume) -> Step<Life, Self::Return> {
            let me = self.me.borrow().upgrade().expect("it is being resumed");
            if !self.answers.is_empty() {
                return Step::Return(Ok(std::mem::take(&mut self.answers)));
            }
            self.answers.extend(me.next().err());
            self.answers.extend(me.send(()).err());
            self.answers.extend(me.throw("x").err());
            self.answers.extend(me.close().err());
            Step::Yield(me.life())
        }
    }
    let me = Rc::new(RefCell::new(Weak::new()));
    let g = Rc::new(Coroutine::new(Selfish {
        me: Rc::clone(&me),
        answers: Vec::new(),
    }));
    *me.borrow_mut() = Rc::downgrade(&g);
    assert_eq!(g.next(), Ok(Step::Yield(Life::Running)));
    assert_eq!(g.life(), Life::Suspended);
    assert_eq!(
        g.next(),
        Ok(Step::Return(vec![
            Exception::Misuse(
                Misuse::AlreadyExecuting
            );
            4
        ])),
    );
}

/// After a panic in the body the object can still be used, and is finished.
#[test]
fn a_panic_finishes_it() {
    let g = body::<(), _>(|_| panic!("burnt"));
    let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| g.next()));
    assert!(caught.is_err());
    assert_eq!(g.life(), Life::Finished);
    assert_eq!(g.next(), misuse(Misuse::Finished));
}

/// The body is dropped when it ends, not with the object; and a destructor that calls
/// the object gets an answer.
#[test]
fn the_body_is_dropped_at_its_end() {
    struct Holder {
        me: Rc<RefCell<Weak<Coroutine<Holder>>>>,
        answer: Rc<Cell<Option<Exception<&'static str>>>>,
    }
    impl Generator for Holder {
        type Resume = Signal<(), &'static str>;
        type Yield = ();
        type Return = Result<(), Exception<&'static str>>;

        fn resume(&mut self, signal: Self::Resume) -> Step<(), Self::Return> {
            match signal.received() {
                Ok(_) => Step::Yield(()),
                Err(exception) => Step::Return(Err(exception)),
            }
        }
    }
    impl Drop for Holder {
        fn drop(&mut self) {
            let me = self.me.borrow().upgrade().expect("the object outlives it");
            self.answer.set(me.next().err());
        }
    }
    let (me, answer) = (Rc::default(), Rc::new(Cell::new(None)));
    let g = Rc::new(Coroutine::new(Holder {
        me: Rc::clone(&me),
        answer: Rc::clone(&answer),
    }));
    *me.borrow_mut() = Rc::downgrade(&g);
    let _ = g.next();
    assert_eq!(g.close(), Ok(None));
    assert_eq!(answer.get(), Some(Exception::Misuse(Misuse::Finished)));
}

/// `yield from` passes on values, errors and the return value.
#[test]
fn yield_from_is_transparent() {
    let outer = Coroutine::new(generator_with_input(
        |co: Co<_, Signal<i32, &'static str>>| async move {
            co.yield_from(YieldFrom::new(Echo::<i32, &str>::new()))
                .await
        },
    ));
    assert_eq!(outer.next(), Ok(Step::Yield(Echoed::Nothing)));
    assert_eq!(outer.send(4), Ok(Step::Yield(Echoed::Value(4))));
    assert_eq!(outer.throw("x"), Ok(Step::Yield(Echoed::Error("x"))));
    assert_eq!(outer.close(), Ok(None));
}

/// Closing the outer generator ends both, even if the inner one swallows the exit and
/// returns a value.
#[test]
fn an_exit_goes_through_an_inner_that_swallows_it() {
    let mut inner = YieldFrom::new(Body(|signal| match signal {
        Signal::Throw(Exception::Exit) => Step::Return(Ok(1)),
        _ => Step::Yield(0),
    }));
    let _ = inner.next();
    assert_eq!(
        inner.resume(Signal::Throw(Exception::Exit)),
        Step::Return(Err(Exception::Exit)),
    );
}

/// A generator may delegate to a shared one, and gets an error if that one is over. In
/// Python the value of such a `yield from` is `None`.
#[test]
fn yield_from_a_finished_generator_is_an_error() {
    let shared = Plain::plain(Countdown::new(0));
    let _ = shared.next();
    let mut inner = YieldFrom::new(&shared);
    assert_eq!(inner.next(), Step::Return(misuse(Misuse::Finished)));
}

/// `yield from range(2)`: a value that is sent raises AttributeError, and a thrown
/// error is raised, both in the generator that delegates.
#[test]
fn an_iterator_hears_nothing() {
    let iterator = || Items::<_, Signal<i32, &str>>::with_signals(0..2);
    let mut items = iterator();
    assert_eq!(items.next(), Step::Yield(0));
    assert_eq!(
        items.resume(Signal::Send(1)),
        Step::Return(misuse(Misuse::NoSend))
    );
    let mut items = iterator();
    assert_eq!(items.next(), Step::Yield(0));
    let thrown = items.resume(Signal::Throw("x".into()));
    assert_eq!(thrown, Step::Return(Err(Exception::Error("x"))));
    assert_eq!(run(iterator()), Ok(()));
}

/// Every message begins with Python's sentence if there is one, and continues with the cure.
#[test]
fn messages_name_cause_and_cure() {
    let text = |misuse: Misuse| misuse.to_string();
    let starts = [
        (
            Misuse::JustStarted,
            "can't send non-None value to a just-started generator: ",
        ),
        (Misuse::AlreadyExecuting, "generator already executing: "),
        (Misuse::IgnoredExit, "generator ignored GeneratorExit: "),
        (Misuse::Finished, "generator already finished: "),
        (Misuse::ForeignAwait, "Pending but the slot is empty: "),
    ];
    for (misuse, start) in starts {
        assert!(text(misuse).starts_with(start), "{misuse:?}");
        assert!(
            text(misuse).contains(';'),
            "a cure follows the cause: {misuse:?}"
        );
    }
    assert!(text(Misuse::NoSend).contains("object has no attribute 'send'"));
}

/// Each of three forms behaves like CPython 3.13 in 400 programs.
#[test]
fn cpython_agrees() {
    let mut lines = 0;
    for line in include_str!("../cpython/protocol.txt").lines() {
        if line.starts_with('#') {
            continue;
        }
        let mut parts = line.split(" | ");
        let mut part = || parts.next().expect("program | requests | what happened");
        let (text, requests, expected) = (part(), part(), part());
        let parsed = program::parse(text);
        let requests = program::parse_requests(requests);
        for (form, name) in [
            (program::stacked as fn(&_, &_) -> _, "Frames"),
            (program::nested, "Nested"),
            (program::written_async, "async"),
        ] {
            let happened = program::observe(form, &parsed, &requests).join("; ");
            assert_eq!(happened, expected, "{name}: {line}");
        }
        lines += 1;
    }
    assert_eq!(lines, 400);
}

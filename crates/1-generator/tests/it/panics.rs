//! Tests that a panic ends a generator, in every form and wrapper.
//!
//! The programs are the ones of `tests/it/props.rs` with a panic at a random place: a
//! statement that panics, or a local whose destructor panics. These panics print no
//! message.
//!
//! Read next: `tests/it/life.rs`, the table that has this move.

use crate::script::program;
use crate::script::random;
use std::cell::Cell;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Wake, Waker};

use crate::script::program::{Block, Boom, Boxed, Log, Request};
use groundup_generator::life::Life;
use groundup_generator::machine::{Display, Square, Squares, SumOfSquares};
use groundup_generator::{
    Awaitable, Caller, Co, Coroutine, Exception, Frames, Generator, Items, Leaf, Misuse, Nested,
    Signal, Step, Stepped, Uncaught, YieldFrom, frame, generator, generator_with_input, values,
};
use proptest::prelude::*;

const FORMS: [fn(&Block, &Log) -> Boxed; 3] =
    [program::stacked, program::nested, program::written_async];

/// The result of one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Went {
    Yielded,
    Ended,
    /// The generator answered [`Misuse::Finished`], as an error or as a panic.
    Finished,
    /// The panic of the program came out.
    Panicked,
}

/// Makes a request. A panic with the message of [`Misuse::Finished`] counts as that
/// answer; a panic that is neither this nor the program's own fails the test.
fn attempt(request: impl FnOnce() -> Went) -> Went {
    match catch_unwind(AssertUnwindSafe(request)) {
        Ok(went) => went,
        Err(payload) if payload.is::<Boom>() => Went::Panicked,
        Err(payload) => match payload.downcast::<String>() {
            Ok(text) if *text == Misuse::Finished.to_string() => Went::Finished,
            Ok(text) => panic!("another panic: {text}"),
            Err(payload) => resume_unwind(payload),
        },
    }
}

fn went<Y, R>(step: Step<Y, R>) -> Went {
    match step {
        Step::Yield(_) => Went::Yielded,
        Step::Return(_) => Went::Ended,
    }
}

fn boom() -> ! {
    resume_unwind(Box::new(Boom))
}

/// Returns the places of a program before which a statement can stand, and its end.
fn places(text: &str) -> Vec<usize> {
    let starts = |place: usize| {
        let [kind, next] = [place, place + 1].map(|at| text.as_bytes().get(at).copied());
        match kind {
            Some(b'c' | b't') => true,
            Some(b'y' | b'i' | b'r' | b'e') => next.is_some_and(|next| next.is_ascii_digit()),
            kind => kind.is_none(),
        }
    };
    (0..=text.len()).filter(|&place| starts(place)).collect()
}

/// A program, and a copy with one to three statements that panic, at once or at the end of a block.
fn fragile() -> impl Strategy<Value = (String, String)> {
    let panics = proptest::collection::vec((any::<prop::sample::Index>(), "[pb]"), 1..4);
    (random::program(), panics).prop_map(|(whole, panics)| {
        let mut fragile = whole.clone();
        for (place, statement) in panics {
            let places = places(&fragile);
            fragile.insert_str(places[place.index(places.len())], &statement);
        }
        (whole, fragile)
    })
}

/// Returns the log of a form and its answers to all requests. Checks the object after each answer.
fn observe(form: fn(&Block, &Log) -> Boxed, program: &Block, requests: &[Request]) -> Vec<String> {
    let log = Log::default();
    let generator = Coroutine::new(form(program, &log));
    let mut panicked = false;
    for &request in requests {
        let mut answer = None;
        let went = attempt(|| {
            answer = Some(program::answer(&generator, request));
            Went::Ended
        });
        if panicked {
            let after_the_end = match request {
                Request::Next | Request::Send(_) => "finished".into(),
                Request::Throw(error) => format!("raise err{error}"),
                Request::ThrowExit => "raise exit".into(),
                Request::Close => "closed".into(),
            };
            assert_eq!(answer, Some(after_the_end), "{request:?}");
        }
        panicked |= went == Went::Panicked;
        if panicked {
            assert_eq!(generator.life(), Life::Finished);
            assert_eq!(Rc::strong_count(&log), 1, "a local is still there");
            assert_eq!(Rc::strong_count(program), 1, "a body is still there");
        }
        log.borrow_mut().push(answer.unwrap_or("panicked".into()));
    }
    attempt(|| {
        drop(generator); // the destructor of a local may panic
        Went::Ended
    });
    log.take()
}

/// Drives a generator until it stops yielding. Then checks that the program is dropped,
/// and that the next request gets `Finished`.
fn drive(program: &Block, log: &Log, mut request: impl FnMut() -> Went) -> Went {
    let last = loop {
        match attempt(&mut request) {
            Went::Yielded => {}
            last => break last,
        }
    };
    assert_eq!(Rc::strong_count(log), 1, "a local is still there");
    assert_eq!(Rc::strong_count(program), 1, "a body is still there");
    assert_eq!(attempt(&mut request), Went::Finished);
    last
}

/// Returns how a program ended in each wrapper of a generator.
fn endings(form: fn(&Block, &Log) -> Boxed, program: &Block) -> Vec<Went> {
    let log = Log::default();
    let made = || form(program, &log);
    let drive = |request: &mut dyn FnMut() -> Went| drive(program, &log, request);
    let context = &mut Context::from_waker(Waker::noop());
    let mut endings = Vec::new();

    let mut bare = made();
    endings.push(drive(&mut || went(bare.next())));

    let mut iterator = values(made());
    endings.push(drive(&mut || match iterator.next() {
        Some(_) => Went::Yielded,
        None => iterator.returned().map_or(Went::Finished, |_| Went::Ended),
    }));

    let mut future = Awaitable::new(made());
    endings.push(drive(&mut || match Pin::new(&mut future).poll(context) {
        Poll::Pending => Went::Yielded,
        Poll::Ready(_) => Went::Ended,
    }));

    let mut stepped = Stepped::new(Awaitable::new(made()));
    endings.push(drive(&mut || went(stepped.resume(()))));

    let mut uncaught = Uncaught::<_, ()>::new(Stepped::new(Awaitable::new(made())));
    endings.push(drive(&mut || went(uncaught.next())));

    let mut delegation = YieldFrom::new(made());
    endings.push(drive(&mut || went(delegation.next())));
    assert!(delegation.inner().is_none());

    let shared = Coroutine::new(made());
    let outer = Coroutine::new(YieldFrom::new(&shared));
    endings.push(drive(&mut || match outer.next() {
        Err(Exception::Misuse(Misuse::Finished)) => Went::Finished,
        other => other.map_or(Went::Ended, went),
    }));
    assert_eq!(
        (outer.life(), shared.life()),
        (Life::Finished, Life::Finished)
    );

    let inner = made();
    let mut block = generator_with_input(|co: Co<i64, Signal<i64, i64>>| async move {
        co.yield_from(YieldFrom::new(inner)).await
    });
    endings.push(drive(&mut || match block.try_resume(Signal::Next) {
        Err(misuse) => {
            assert_eq!(misuse, Misuse::Finished);
            Went::Finished
        }
        Ok(step) => went(step),
    }));

    let mut stack = Frames::new(Leaf::new(made()));
    endings.push(drive(&mut || went(stack.next())));
    assert_eq!(stack.depth(), 0);

    let inner = made();
    let mut stack = Frames::new(frame(
        |caller: Caller<i64, program::Ending, _>| async move { caller.call(Leaf::new(inner)).await },
    ));
    endings.push(drive(&mut || went(stack.next())));

    let mut nest = Nested::new(Leaf::new(made()));
    endings.push(drive(&mut || went(nest.next())));
    assert_eq!(nest.depth(), 0);
    endings
}

mod props {
    use super::*;

    proptest! {
        /// After a panic at any place, each form is finished, holds nothing any more, and
        /// answers each request as the table does for `Finished`. Before the panic it
        /// behaves as it does without one.
        #[test]
        fn after_a_panic_every_form_is_finished(
            (whole, fragile) in fragile(),
            requests in random::requests(),
        ) {
            let program = program::parse(&fragile);
            let requests = program::parse_requests(&requests);
            let [stacked, nested, written] =
                FORMS.map(|form| observe(form, &program, &requests));
            prop_assert_eq!(&stacked, &nested);
            prop_assert_eq!(&stacked, &written);
            let whole = program::observe(program::stacked, &program::parse(&whole), &requests);
            let before = stacked.iter().position(|line| line == "panicked").unwrap_or(whole.len());
            prop_assert_eq!(&stacked[..before], &whole[..before]);
        }

        /// Iterators, futures, delegations and frames around a generator that panicked pass
        /// the panic on, drop the generator, and are finished.
        #[test]
        fn what_wraps_a_panic_is_finished((_, fragile) in fragile()) {
            let program = program::parse(&fragile);
            for form in FORMS {
                let endings = endings(form, &program);
                prop_assert!(
                    endings.iter().all(|ending| *ending == endings[0]),
                    "{:?}", endings
                );
            }
        }
    }
}

/// The random programs do panic: at their first step and later, by a statement and by a destructor.
#[test]
fn the_programs_panic() {
    let places_of = |text| places(text).len();
    assert_eq!(
        ["", "y1", "c{y1}e2", "t{y1}e{y2}"].map(places_of),
        [1, 2, 4, 4]
    );
    for (text, answers) in [
        ("p", vec!["panicked"]),
        ("y1p", vec!["yield 1", "panicked", "finished"]),
        (
            "y1c{by2}",
            vec!["yield 1", "yield 2", "panicked", "finished"],
        ),
        ("t{c{y1p}}a{y2}", vec!["yield 1", "panicked", "finished"]),
        ("t{be1}a{y2}", vec!["panicked", "finished"]),
    ] {
        let program = program::parse(text);
        let requests = vec![Request::Next; answers.len()];
        for form in FORMS {
            assert_eq!(observe(form, &program, &requests), answers, "{text}");
        }
    }
}

/// A hand-written machine whose `print` panics is in its variant `Over` and has dropped
/// its locals, even without an object around it.
#[test]
fn a_machine_that_panics_is_over() {
    fn check<G: Generator<Resume = ()>>(make: impl FnOnce(Rc<()>) -> G, yields: usize) {
        let held = Rc::new(());
        let mut machine = make(Rc::clone(&held));
        for _ in 0..yields {
            assert_eq!(attempt(|| went(machine.resume(()))), Went::Yielded);
        }
        assert_eq!(attempt(|| went(machine.resume(()))), Went::Panicked);
        assert_eq!(Rc::strong_count(&held), 1);
        assert_eq!(attempt(|| went(machine.resume(()))), Went::Finished);
    }
    /// A `print` that panics at a line with this start.
    fn print(held: Rc<()>, fatal: &'static str) -> impl FnMut(&str) + Clone {
        move |line: &str| {
            let _held = &held;
            if line.starts_with(fatal) {
                boom()
            }
        }
    }
    check(|held| Display::new(1..4, print(held, "3")), 2);
    check(
        |held| Squares::new([1, 2], print(held, "Computing square of 2")),
        1,
    );
    check(|held| Square::new("square", 3, print(held, "square")), 1);
    check(
        |held| SumOfSquares::new([3, 4], print(held, "Computing square of  4")),
        2,
    );
    check(|held| SumOfSquares::new([3, 4], print(held, "sum")), 3);
    check(
        |held| {
            Items::new((1..4).inspect(move |&n| {
                let _held = &held;
                if n == 2 {
                    boom()
                }
            }))
        },
        1,
    );
}

/// A destructor that a panic runs may call the generator, which is finished by then and answers.
#[test]
fn a_destructor_may_ask_the_generator_that_panicked() {
    struct Asks(Rc<Cell<Option<Life>>>, std::rc::Weak<Coroutine<Boxed>>);
    impl Drop for Asks {
        fn drop(&mut self) {
            let Some(asked) = self.1.upgrade() else {
                return;
            };
            assert_eq!(asked.next(), Err(Exception::Misuse(Misuse::Finished)));
            self.0.set(Some(asked.life()));
        }
    }
    impl Generator for Asks {
        type Resume = Signal<i64, i64>;
        type Yield = i64;
        type Return = program::Ending;
        fn resume(&mut self, _: Self::Resume) -> Step<i64, program::Ending> {
            boom()
        }
    }
    let heard = Rc::new(Cell::new(None));
    let body = Rc::clone(&heard);
    let asked = Rc::new_cyclic(|weak| Coroutine::new(Box::new(Asks(body, weak.clone())) as Boxed));
    assert_eq!(
        attempt(|| asked.next().map_or(Went::Ended, went)),
        Went::Panicked
    );
    assert_eq!(heard.get(), Some(Life::Finished));
}

/// A waker that panics ends the future that called it.
#[test]
fn a_future_whose_waker_panics_is_over() {
    struct Fatal;
    impl Wake for Fatal {
        fn wake(self: std::sync::Arc<Self>) {
            boom()
        }
    }
    let held = Rc::new(());
    let inside = Rc::clone(&held);
    let mut future = Awaitable::new(generator(|co| async move {
        let _inside = inside;
        co.yield_(1).await;
    }));
    let waker = Waker::from(std::sync::Arc::new(Fatal));
    let mut poll = || match Pin::new(&mut future).poll(&mut Context::from_waker(&waker)) {
        Poll::Pending => Went::Yielded,
        Poll::Ready(()) => Went::Ended,
    };
    assert_eq!(attempt(&mut poll), Went::Panicked);
    assert_eq!(Rc::strong_count(&held), 1);
    assert_eq!(attempt(&mut poll), Went::Finished);
}

/// A resume that panics because of a foreign future ends the generator; `try_resume`
/// returns an error and does not end it.
#[test]
fn a_foreign_await_that_panics_is_the_end() {
    let stray = || generator(|_: Co<()>| std::future::pending::<()>());
    let mut panics = stray();
    assert!(catch_unwind(AssertUnwindSafe(|| panics.resume(()))).is_err());
    assert_eq!(panics.try_resume(()), Err(Misuse::Finished));
    let mut answers = stray();
    assert_eq!(answers.try_resume(()), Err(Misuse::ForeignAwait));
    assert_eq!(answers.try_resume(()), Err(Misuse::ForeignAwait));
}

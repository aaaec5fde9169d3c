//! Tests an `async fn` that is stepped as a generator.
//!
//! Read next: `tests/it/props.rs`.

use std::cell::RefCell;
use std::future::{pending, ready};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use groundup_generator::machine::{Countdown, Display, Square};
use groundup_generator::{
    Awaitable, Coroutine, Exception, Generator, Misuse, Step, Stepped, Uncaught, generator, run,
    values,
};

/// `async def sum_of_squares(x, y): return await square(x) + await square(y)`
async fn sum_of_squares(x: i64, y: i64) -> i64 {
    let quiet = |_: &str| ();
    Square::new("square", x, quiet).await + Square::new("square", y, quiet).await
}

/// Each suspension of the function is one bare yield, and its output is the return value.
#[test]
fn an_async_fn_is_stepped_from_pause_to_pause() {
    let mut sum = Stepped::new(sum_of_squares(3, 4));
    assert_eq!(sum.resume(()), Step::Yield(()));
    assert_eq!(sum.resume(()), Step::Yield(()));
    assert_eq!(sum.resume(()), Step::Return(25));
    assert_eq!(run(Stepped::new(sum_of_squares(30, 40))), 2500);
    assert_eq!(values(Stepped::new(sum_of_squares(1, 1))).count(), 2);
}

/// An `async fn` without a pause returns from its first resume.
#[test]
fn a_function_without_a_pause_returns_at_once() {
    assert_eq!(Stepped::new(async { 7 }).resume(()), Step::Return(7));
    assert_eq!(Stepped::new(ready(7)).resume(()), Step::Return(7));
}

/// Nothing runs before the first resume, which runs the function to its first pause only.
#[test]
fn a_stepped_function_is_lazy() {
    let log = RefCell::new(Vec::new());
    let print = |line: &str| log.borrow_mut().push(line.to_owned());
    let mut stepped = Stepped::new(async {
        Display::new("AB".chars(), print).await;
        Display::new("1".chars(), print).await;
    });
    assert!(log.borrow().is_empty());
    assert_eq!(stepped.resume(()), Step::Yield(()));
    assert_eq!(*log.borrow(), ["A"]);
    run(stepped);
    assert_eq!(*log.borrow(), ["A", "B", "1"]);
}

/// The locals are dropped as soon as the function has returned; or where it waits, if
/// the generator is dropped before.
#[test]
fn the_future_is_dropped_at_its_end() {
    let held = Rc::new(());
    let holding = |held: Rc<()>| async move {
        let _held = held;
        Countdown::new(1).await
    };

    let mut ends = Stepped::new(holding(Rc::clone(&held)));
    assert_eq!(ends.resume(()), Step::Yield(()));
    assert_eq!(Rc::strong_count(&held), 2);
    assert_eq!(ends.resume(()), Step::Return("lift-off"));
    assert_eq!(Rc::strong_count(&held), 1);

    let mut waits = Stepped::new(holding(Rc::clone(&held)));
    assert_eq!(waits.resume(()), Step::Yield(()));
    drop(waits);
    assert_eq!(Rc::strong_count(&held), 1);
}

/// A resume after the end is refused, with the cause and the cure.
#[test]
fn a_resume_after_the_end_is_refused() {
    let mut over = Stepped::new(async {});
    assert_eq!(over.resume(()), Step::Return(()));
    assert_eq!(format!("{over:?}"), "Stepped { finished: true }");
    let again = catch_unwind(AssertUnwindSafe(|| over.resume(())));
    let payload = again.expect_err("it went on");
    let text = payload.downcast::<String>().expect("a message");
    assert_eq!(*text, Misuse::Finished.to_string());
}

/// A future that is never ready yields for ever: no waker resumes it, and no error is reported.
#[test]
fn a_future_that_waits_yields_again_and_again() {
    let mut stuck = Stepped::new(pending::<()>());
    assert!((0..100).all(|_| stuck.resume(()) == Step::Yield(())));
}

/// A generator's block delegates to a stepped function, whose pauses become its own.
#[test]
fn a_generator_may_delegate_to_an_async_fn() {
    let mut written = generator(|co| async move {
        let sum = co.yield_from(Stepped::new(sum_of_squares(3, 4))).await;
        co.yield_(()).await;
        sum + 1
    });
    assert_eq!(values(&mut written).count(), 3);
    let again = generator(|co| async move { co.yield_from(Stepped::new(written_twice())).await });
    assert_eq!(run(again), 50);
}

async fn written_twice() -> i64 {
    sum_of_squares(3, 4).await + sum_of_squares(4, 3).await
}

/// With the protocol around it, an `async fn` can be thrown at and closed.
#[test]
fn a_stepped_function_takes_the_whole_protocol() {
    type Plain<G> = Coroutine<Uncaught<G, &'static str>>;
    let thrown: Plain<_> = Coroutine::plain(Stepped::new(sum_of_squares(3, 4)));
    assert_eq!(thrown.next(), Ok(Step::Yield(())));
    assert_eq!(thrown.throw("no"), Err(Exception::Error("no")));
    assert_eq!(thrown.next(), Err(Exception::Misuse(Misuse::Finished)));

    let closed: Plain<_> = Coroutine::plain(Stepped::new(sum_of_squares(3, 4)));
    assert_eq!(closed.next(), Ok(Step::Yield(())));
    assert_eq!(closed.close(), Ok(None));
}

/// A stepped function may itself be awaited.
#[test]
fn there_and_back_again() {
    let mut outer = Stepped::new(async {
        let inner = Awaitable::new(Stepped::new(sum_of_squares(3, 4)));
        inner.await * 2
    });
    assert_eq!(values(&mut outer).count(), 2);
    let twice = async { Awaitable::new(Stepped::new(sum_of_squares(3, 4))).await * 2 };
    assert_eq!(run(Stepped::new(twice)), 50);
}

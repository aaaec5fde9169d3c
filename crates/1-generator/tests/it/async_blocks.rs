//! Tests generators written as async blocks, and generators as futures.
//!
//! Read next: `tests/it/stepped.rs`, futures as generators.

use std::cell::{Cell, RefCell};
use std::future::{Future, IntoFuture, pending, ready};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use groundup_generator::machine::{Countdown, Display, Square, SumOfSquares};
use groundup_generator::{
    Awaitable, Caller, Co, Coroutine, Exception, Frames, Generator, Misuse, Signal, Step, frame,
    generator, generator_with_input, run, values,
};

fn panic_text<T>(f: impl FnOnce() -> T) -> String {
    let Err(payload) = catch_unwind(AssertUnwindSafe(f)) else {
        panic!("it went on");
    };
    match payload.downcast::<String>() {
        Ok(text) => *text,
        Err(payload) => (*payload.downcast::<&str>().expect("a message")).to_owned(),
    }
}

/// Nothing in the block runs before the first resume, which runs it to its first
/// `yield_` and no further.
#[test]
fn an_async_generator_is_lazy() {
    let log = Rc::new(RefCell::new(Vec::new()));
    let inside = Rc::clone(&log);
    let mut g = generator(|co| async move {
        inside.borrow_mut().push("started");
        co.yield_(1).await;
        inside.borrow_mut().push("went on");
    });
    assert!(log.borrow().is_empty());
    assert_eq!(g.resume(()), Step::Yield(1));
    assert_eq!(*log.borrow(), ["started"]);
    assert_eq!(g.resume(()), Step::Return(()));
    assert_eq!(*log.borrow(), ["started", "went on"]);
}

/// Each `yield_` evaluates to the value of the next resume; the value of the first
/// resume is dropped.
#[test]
fn values_go_in_where_it_waits() {
    let mut g = generator_with_input(|co: Co<u32, &str>| async move {
        let a = co.yield_(1).await;
        let b = co.yield_(2).await;
        format!("{a} {b}")
    });
    assert_eq!(g.resume("lost"), Step::Yield(1));
    assert_eq!(g.resume("a"), Step::Yield(2));
    assert_eq!(g.resume("b"), Step::Return("a b".into()));
}

/// A block may borrow from its own locals across a `yield_`.
#[test]
fn a_block_may_borrow_from_itself() {
    let words = values(generator(|co| async move {
        let text = String::from("all your yields");
        for word in text.split(' ') {
            co.yield_(word.len()).await;
        }
    }));
    assert_eq!(words.collect::<Vec<_>>(), [3, 4, 6]);
}

/// A block may await a foreign future that is ready, because that never suspends.
#[test]
fn a_ready_foreign_future_is_fine() {
    let g = generator(|co| async move {
        let n = ready(4).await;
        co.yield_(n).await;
    });
    assert_eq!(values(g).collect::<Vec<_>>(), [4]);
}

/// A foreign future that waits is an error, which names the cause and the cure.
#[test]
fn a_foreign_future_that_waits_is_reported() {
    let stray = || generator(|_: Co<u32>| pending::<()>());
    assert_eq!(stray().try_resume(()), Err(Misuse::ForeignAwait));
    let text = panic_text(|| stray().resume(()));
    assert!(text.starts_with("Pending but the slot is empty"), "{text}");
    assert!(text.contains("co.yield_from(g).await"), "{text}");

    let stray = frame(|_: Caller<u32, ()>| pending::<()>());
    let text = panic_text(|| run(Frames::new(stray)));
    assert!(text.starts_with("Pending but the slot is empty"), "{text}");
}

/// `generator.await` inside an async generator awaits such a foreign future, because
/// its pause yields no value. `co.yield_from(generator).await` is correct.
#[test]
fn awaiting_a_generator_in_a_generator_is_reported() {
    let mut g = generator(|_: Co<()>| async { Countdown::new(1).await });
    assert_eq!(g.try_resume(()), Err(Misuse::ForeignAwait));
    assert_eq!(
        g.try_resume(()),
        Ok(Step::Return("lift-off")),
        "it was polled again"
    );
    assert_eq!(g.try_resume(()), Err(Misuse::Finished));
}

/// Polls both futures in turn until both are ready.
struct Both<A, B>(Option<A>, Option<B>);

impl<A: Future<Output = ()> + Unpin, B: Future<Output = ()> + Unpin> Future for Both<A, B> {
    type Output = ();
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self
            .0
            .as_mut()
            .is_some_and(|a| Pin::new(a).poll(context).is_ready())
        {
            self.0 = None;
        }
        if self
            .1
            .as_mut()
            .is_some_and(|b| Pin::new(b).poll(context).is_ready())
        {
            self.1 = None;
        }
        if self.0.is_none() && self.1.is_none() {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    }
}

/// Two `yield_`s that wait at the same time cause a panic.
#[test]
fn two_yields_at_once_are_refused() {
    let mut g = generator(|co| async move {
        Both(Some(co.yield_(1)), Some(co.yield_(2))).await;
    });
    let text = panic_text(|| g.resume(()));
    assert!(
        text.starts_with("two yield_s of one generator wait at the same time"),
        "{text}"
    );
}

/// If a `yield_` is dropped before the caller saw its value, the value is taken back.
/// If it is dropped while it waits, its answer is lost.
#[test]
fn a_dropped_yield_takes_its_value_back() {
    let mut g = generator_with_input(|co: Co<u32, u32>| async move {
        {
            let mut never = pin!(co.yield_(1));
            let polled = never.as_mut().poll(&mut Context::from_waker(Waker::noop()));
            assert_eq!(polled, Poll::Pending);
        }
        let kept = co.yield_(2).await;
        {
            let waits = pin!(co.yield_(3));
            let mut once = Some(waits);
            std::future::poll_fn(|context| match once.take() {
                Some(mut waits) => waits.as_mut().poll(context).map(drop),
                None => Poll::Ready(()),
            })
            .await;
        }
        (kept, co.yield_(4).await)
    });
    assert_eq!(g.resume(0), Step::Yield(2));
    assert_eq!(g.resume(20), Step::Yield(3));
    assert_eq!(g.resume(30), Step::Yield(4));
    assert_eq!(g.resume(40), Step::Return((20, 40)));
}

/// A `yield_` that has returned its answer may be kept and dropped at any time, because
/// it has nothing to take back.
#[test]
fn a_finished_yield_takes_nothing_back() {
    let mut g = generator_with_input(|co: Co<u32, u32>| async move {
        let mut first = Box::pin(co.yield_(1));
        let one = first.as_mut().await;
        let mut first = Some(first);
        let mut second = pin!(co.yield_(2));
        let two = std::future::poll_fn(|context| {
            let polled = second.as_mut().poll(context);
            first = None;
            polled
        });
        (one, two.await)
    });
    assert_eq!(g.resume(0), Step::Yield(1));
    assert_eq!(g.resume(10), Step::Yield(2));
    assert_eq!(g.resume(20), Step::Return((10, 20)));
}

/// Dropping an async generator drops its locals at the place where it waits.
#[test]
fn closing_is_dropping() {
    let held = Rc::new(());
    let inside = Rc::clone(&held);
    let mut g = generator(|co| async move {
        let _inside = inside;
        co.yield_(()).await;
    });
    let _ = g.resume(());
    assert_eq!(Rc::strong_count(&held), 2);
    drop(g);
    assert_eq!(Rc::strong_count(&held), 1);
}

/// With signals an async generator catches errors, and does not catch the exit.
#[test]
fn errors_can_be_thrown_in() {
    let cleaned = Rc::new(Cell::new(false));
    let inside = Rc::clone(&cleaned);
    let g = Coroutine::new(generator_with_input(
        |co: Co<i32, Signal<i32, &str>>| async move {
            let mut last = 0;
            loop {
                match co.try_yield(last).await {
                    Ok(heard) => last = heard.unwrap_or(last),
                    Err(Exception::Error("reset")) => last = 0,
                    Err(exception) => {
                        inside.set(true);
                        return Err::<(), _>(exception);
                    }
                }
            }
        },
    ));
    assert_eq!(g.send(3), Err(Exception::Misuse(Misuse::JustStarted)));
    assert_eq!(g.next(), Ok(Step::Yield(0)));
    assert_eq!(g.send(3), Ok(Step::Yield(3)));
    assert_eq!(g.next(), Ok(Step::Yield(3)));
    assert_eq!(g.throw("reset"), Ok(Step::Yield(0)));
    assert!(!cleaned.get());
    assert_eq!(g.close(), Ok(None));
    assert!(cleaned.get());
}

struct Wakes(AtomicU32);

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// Drives a future as an executor that polls only woken futures. Returns the output and
/// the number of polls.
fn drive<T>(future: impl Future<Output = T>) -> (T, u32) {
    let wakes = Arc::new(Wakes(AtomicU32::new(1)));
    let waker = Waker::from(Arc::clone(&wakes));
    let mut future = pin!(future);
    for polls in 1.. {
        assert_eq!(
            wakes.0.swap(0, Ordering::Relaxed),
            1,
            "exactly one wake before a poll"
        );
        if let Poll::Ready(value) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return (value, polls);
        }
    }
    unreachable!()
}

/// An `async fn` awaits generators; each yield is one suspension that wakes the future itself.
#[test]
fn a_generator_can_be_awaited() {
    let lines = RefCell::new(Vec::new());
    let print = |line: &str| lines.borrow_mut().push(line.to_owned());
    let sum =
        async { Square::new("square", 3, print).await + Square::new("square", 4, print).await };
    assert_eq!(drive(sum), (25, 3));
    assert_eq!(*lines.borrow(), ["square 3", "square 4"]);

    assert_eq!(drive(Countdown::new(10).into_future()), ("lift-off", 11));
    assert_eq!(
        drive(Display::new("ABC".chars(), |_: &str| ()).into_future()),
        ((), 4)
    );
    assert_eq!(
        drive(generator(|co| async move { co.yield_(8).await }).into_future()),
        ((), 2)
    );
    let stack = Frames::new(frame(|caller: Caller<u8, u8>| async move {
        caller.yield_(1).await;
        7
    }));
    assert_eq!(drive(stack.into_future()), (7, 2));
    assert_eq!(
        drive(Awaitable::new(Coroutine::<
            groundup_generator::Uncaught<_, ()>,
        >::plain(Countdown::new(1))))
        .0,
        Ok("lift-off")
    );
}

/// A future made from a generator drops the generator when it is ready, and panics if it
/// is polled again.
#[test]
fn a_finished_future_holds_nothing() {
    let held = Rc::new(());
    let inside = Rc::clone(&held);
    let sum = SumOfSquares::new([], move |_: &str| drop(inside.clone()));
    let mut future = Awaitable::new(sum);
    let mut context = Context::from_waker(Waker::noop());
    assert_eq!(Pin::new(&mut future).poll(&mut context), Poll::Pending);
    assert_eq!(Rc::strong_count(&held), 2);
    assert_eq!(Pin::new(&mut future).poll(&mut context), Poll::Ready(0));
    assert_eq!(Rc::strong_count(&held), 1);
    let text = panic_text(|| Pin::new(&mut future).poll(&mut context));
    assert!(text.starts_with("generator already finished"), "{text}");
}

//! Values that panic in their drop, inside the combinators.
//!
//! The problem: a combinator has many values of the user's at once: results that were not read,
//! errors, the payloads of panics. If it is dropped, it drops them all, and each of them may
//! panic. Rust ends the process if one does so while another unwinds.
//!
//! Invariant: each panic in a drop is reported once, and the awaiter goes on.
//!
//! Read next: `misuse.rs`.

use std::cell::{Cell, RefCell};
use std::future::{pending, poll_fn};
use std::mem::forget;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures::StreamExt;
use futures::future::{FutureExt, LocalBoxFuture};
use futures::stream::iter;
use groundup_combinators::executor::{EventLoop, sleep, spawn};
use groundup_combinators::task::{ReportKind, TaskError, catch_cancel, yield_now};
use groundup_combinators::*;

thread_local! {
    static FIRED: Cell<usize> = const { Cell::new(0) };
}

/// Panics in its drop.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        FIRED.set(FIRED.get() + 1);
        resume_unwind(Box::new("a bomb"));
    }
}

/// Ends by a panic whose payload is a bomb.
fn panics() -> LocalBoxFuture<'static, u8> {
    async {
        yield_now().await;
        resume_unwind(Box::new(Bomb))
    }
    .boxed_local()
}

fn values() -> LocalBoxFuture<'static, Bomb> {
    async {
        yield_now().await;
        Bomb
    }
    .boxed_local()
}

fn second() -> Duration {
    Duration::from_secs(1)
}

/// Runs a program, closes its loop, and checks that so many bombs went off, each reported once.
fn check(name: &str, bombs: usize, program: LocalBoxFuture<'static, ()>) {
    FIRED.set(0);
    let told: Rc<RefCell<Vec<String>>> = Rc::default();
    let note = told.clone();
    let event_loop = EventLoop::builder().virtual_time();
    let event_loop = event_loop.exception_handler(move |report| {
        if report.kind == ReportKind::PanicInDrop {
            note.borrow_mut().push(report.message.clone());
        }
    });
    let event_loop = event_loop.build();
    event_loop.run_until_complete(program).unwrap();
    drop(event_loop);
    assert_eq!(FIRED.get(), bombs, "{name}");
    assert_eq!(told.borrow().len(), bombs, "{name}: {told:?}");
}

#[test]
fn a_payload_that_panics_in_its_drop_harms_nobody() {
    let check = |name: &str, program| check(name, 2, program);
    let both = || [panics(), panics()];
    check(
        "gather",
        async move { assert!(gather(both()).await.is_err()) }.boxed_local(),
    );
    check(
        "gather, given up",
        async move {
            let gathered = gather(both());
            drop(gathered);
            let [a, b] = both().map(spawn);
            sleep(second()).await;
            drop((a, b));
        }
        .boxed_local(),
    );
    check(
        "outcomes",
        async move {
            let outcomes = gather(both()).return_exceptions().await;
            assert!(outcomes.iter().all(Result::is_err));
        }
        .boxed_local(),
    );
    check(
        "task_group",
        async move {
            let ended = task_group(async |group: TaskGroup<()>| {
                for child in both() {
                    group.spawn(child.map(|_| Ok(())));
                }
                Ok(())
            });
            assert!(ended.await.is_err());
        }
        .boxed_local(),
    );
    check(
        "as_completed",
        async move {
            let mut ends = as_completed(both());
            while let Some(end) = ends.next().await {
                assert!(end.result.is_err());
            }
        }
        .boxed_local(),
    );
    check(
        "wait",
        async move {
            drop(wait(both().map(spawn), ReturnWhen::AllCompleted).await);
        }
        .boxed_local(),
    );
    check(
        "handles",
        async move {
            let tasks = both().map(spawn).into_iter().collect::<Vec<_>>();
            sleep(second()).await;
            drop(tasks);
        }
        .boxed_local(),
    );
    check(
        "shield",
        async move {
            for panics in both() {
                assert!(shield(panics).await.is_err());
            }
        }
        .boxed_local(),
    );
}

#[test]
fn values_that_nobody_has_read_are_dropped_one_by_one() {
    let check = |name: &str, program| check(name, 3, program);
    let all = || [values(), values(), values()];
    check(
        "handles",
        async move {
            let tasks = all().map(spawn);
            sleep(second()).await;
            drop(tasks);
        }
        .boxed_local(),
    );
    check(
        "gather",
        async move {
            let gathered = gather(all());
            sleep(second()).await;
            drop(gathered);
        }
        .boxed_local(),
    );
    check(
        "as_completed",
        async move {
            let ends = as_completed(all());
            sleep(second()).await;
            drop(ends);
        }
        .boxed_local(),
    );
    check(
        "buffered",
        async move {
            let mut read = Box::pin(buffered(iter(all()), 3));
            assert!(read.next().now_or_never().is_none());
            sleep(second()).await;
            drop(read);
        }
        .boxed_local(),
    );
    check(
        "merge",
        async move {
            let sources = all().map(|value| value.into_stream());
            let mut read = Box::pin(merge(sources));
            assert!(read.next().now_or_never().is_none());
            sleep(second()).await;
            drop(read);
        }
        .boxed_local(),
    );
    check(
        "errors of a group",
        async move {
            let group = task_group(async move |group: TaskGroup<Bomb>| {
                for value in all() {
                    let fails = group.spawn(async { Err::<(), _>(value.await) });
                    drop(fails);
                }
                catch_all().await;
                Ok(())
            });
            let group = spawn(group.map(drop));
            yield_now().await;
            drop(group.cancel_on_drop());
            sleep(second()).await;
        }
        .boxed_local(),
    );
}

/// Goes on for ever, and catches all cancels.
async fn catch_all() {
    loop {
        drop(catch_cancel(pending::<()>()).await);
    }
}

/// A future that returns a value, and panics in its drop.
struct Sour<T>(Option<T>);

impl<T> Unpin for Sour<T> {}

impl<T> Future for Sour<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<T> {
        Poll::Ready(self.0.take().unwrap())
    }
}

impl<T> Drop for Sour<T> {
    fn drop(&mut self) {
        resume_unwind(Box::new("the future"));
    }
}

fn sour() -> Sour<Bomb> {
    Sour(Some(Bomb))
}

#[test]
fn a_future_that_panics_in_its_drop_beside_its_output_ends_its_task() {
    type Row = (&'static str, fn() -> LocalBoxFuture<'static, ()>);
    let rows: [Row; 6] = [
        ("catch_cancel", || {
            catch_cancel(sour()).map(forget).boxed_local()
        }),
        ("timeout", || {
            timeout(second(), sour()).map(forget).boxed_local()
        }),
        ("a deadline", || {
            Deadline::after(second())
                .run(sour())
                .map(forget)
                .boxed_local()
        }),
        ("wait_for", || {
            wait_for(sour(), second()).map(forget).boxed_local()
        }),
        ("the body of a group", || {
            let group = task_group(|_: TaskGroup<()>| Sour(Some(Ok::<_, ()>(Bomb))));
            group.map(forget).boxed_local()
        }),
        ("the body of a borrowing group", || {
            let body = |_: BorrowingGroup<'static, ()>| Sour(Some(Ok::<_, ()>(Bomb)));
            borrowing_group(body).map(forget).boxed_local()
        }),
    ];
    for (name, row) in rows {
        let program = async move {
            let ended = spawn(row()).await;
            assert!(
                matches!(ended, Err(TaskError::Panicked(_))),
                "{name}: {ended:?}"
            );
        };
        check(name, 1, program.boxed_local());
    }
}

/// Polls a future; returns the message of its panic.
fn panic_of<T>(future: &mut LocalBoxFuture<'_, T>, cx: &mut Context<'_>) -> String {
    let payload = match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(cx))) {
        Err(payload) => payload,
        Ok(polled) => return format!("ready: {}", polled.is_ready()),
    };
    let text = payload.downcast_ref::<&str>().map(|text| text.to_string());
    text.or_else(|| payload.downcast_ref::<String>().cloned())
        .expect("the message is text")
}

/// A verb whose awaiter catches the panic of such a drop, and polls on, says that the verb has ended. It
/// waits for no output that is lost, at whatever place the future stood.
#[test]
fn a_verb_has_ended_after_a_panic_in_the_drop_of_a_future_that_had_ended() {
    type Verb<T> = fn(Vec<LocalBoxFuture<'static, T>>) -> LocalBoxFuture<'static, ()>;
    fn one<T: 'static>(at: usize, sour_at: usize, value: T) -> LocalBoxFuture<'static, T> {
        match at == sour_at {
            true => Box::pin(Sour(Some(value))),
            false => pending().boxed_local(),
        }
    }
    fn check<T: 'static>(name: &str, verb: Verb<T>, value: fn() -> T) {
        for (count, sour_at) in [(1, 0), (3, 0), (3, 2), (40, 0), (40, 17), (40, 39)] {
            let mut verb = verb((0..count).map(|at| one(at, sour_at, value())).collect());
            EventLoop::new()
                .run_until_complete(poll_fn(|cx| {
                    assert_eq!(panic_of(&mut verb, cx), "the future");
                    let again = panic_of(&mut verb, cx);
                    let ended = again.ends_with("was polled after it had finished: await it once");
                    assert!(ended, "{name}, {sour_at} of {count}: {again}");
                    Poll::Ready(())
                }))
                .unwrap();
        }
    }
    check("join", |all| join(all).map(drop).boxed_local(), || 5);
    let tries: Verb<Result<u8, u8>> = |all| try_join(all).map(drop).boxed_local();
    check("try_join, a value", tries, || Ok(5));
    check("try_join, an error", tries, || Err(5));
    check("race", |all| race(all).map(drop).boxed_local(), || 5);
    let races: Verb<Result<u8, u8>> = |all| race_ok(all).map(drop).boxed_local();
    check("race_ok, a value", races, || Ok(5));
    check("race_ok, an error", races, || Err(5));
}

/// As above, for the verbs of tuples.
#[test]
fn a_select_has_ended_after_a_panic_in_the_drop_of_its_winner() {
    let selects: [fn() -> LocalBoxFuture<'static, ()>; 5] = [
        || select((Sour(Some(5)),)).map(drop).boxed_local(),
        || {
            select((pending::<u8>(), Sour(Some(5))))
                .map(drop)
                .boxed_local()
        },
        || {
            select_biased((Sour(Some(5)), pending::<u8>()))
                .map(drop)
                .boxed_local()
        },
        || {
            select_biased((pending::<u8>(), Sour(Some(5))))
                .map(drop)
                .boxed_local()
        },
        || {
            join((Sour(Some(5)), pending::<u8>()))
                .map(drop)
                .boxed_local()
        },
    ];
    for select in selects {
        let mut select = select();
        EventLoop::new()
            .run_until_complete(poll_fn(|cx| {
                assert_eq!(panic_of(&mut select, cx), "the future");
                let again = panic_of(&mut select, cx);
                assert!(
                    again.ends_with("was polled after it had finished: await it once"),
                    "{again}"
                );
                Poll::Ready(())
            }))
            .unwrap();
    }
}

/// An iterator that goes on after its end.
struct Interrupted(u32);

impl Iterator for Interrupted {
    type Item = std::future::Ready<u32>;

    fn next(&mut self) -> Option<Self::Item> {
        self.0 += 1;
        (!self.0.is_multiple_of(20)).then(|| std::future::ready(self.0))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (100, None)
    }
}

/// The futures of a list are those before the first end of the iterator.
#[test]
fn a_list_ends_with_the_first_end_of_its_iterator() {
    let outputs = EventLoop::new().run_until_complete(join(Interrupted(0)));
    assert_eq!(outputs.unwrap(), (1..20).collect::<Vec<_>>());
}

/// A loser of `select` or `select_biased` panics in its drop: the output is dropped, and not leaked, and
/// the select has finished.
#[test]
fn the_output_is_dropped_if_the_drop_of_a_loser_panics() {
    fn check<V: Future + 'static>(name: &str, verb: impl Fn(Rc<()>) -> V) {
        let held = Rc::new(());
        let mut verb = Box::pin(verb(held.clone()));
        let mut cx = Context::from_waker(std::task::Waker::noop());
        let polled = catch_unwind(AssertUnwindSafe(|| verb.as_mut().poll(&mut cx).is_ready()));
        assert!(polled.is_err(), "{name}: the bomb goes off");
        let again = catch_unwind(AssertUnwindSafe(|| verb.as_mut().poll(&mut cx).is_ready()));
        assert!(again.is_err(), "{name}: it has finished");
        drop(verb);
        assert_eq!(Rc::strong_count(&held), 1, "{name}");
    }
    let loser = || {
        let bomb = Bomb;
        poll_fn(move |_| {
            let _ = &bomb;
            Poll::<()>::Pending
        })
    };
    let winner = |held: Rc<()>| std::future::ready(held);
    check("biased, 2nd", |held| select_biased((loser(), winner(held))));
    check("biased, 1st", |held| select_biased((winner(held), loser())));
    check("biased, 2nd of 3", |held| {
        select_biased((pending::<()>(), winner(held), loser()))
    });
    check("fair", |held| select((loser(), winner(held))));
}

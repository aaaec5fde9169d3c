//! Outputs of futures in place, as they end.
//!
//! The problem: the stream polls only its woken futures, keeps those that were woken beside one that
//! ended, and changes its wakers when another executor polls it. The reader must not notice.
//!
//! Invariant: the outputs come in the order in which the futures become ready, each at once if the
//! reader waits for it.
//!
//! Read next: `starts.rs`.

use std::cell::{Cell, RefCell};
use std::future::{pending, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Poll, Waker};

use futures::FutureExt;
use futures::channel::oneshot;
use futures::stream::{FuturesUnordered, Stream, StreamExt};
use groundup_combinators::executor::{EventLoop, sleep, spawn, time};
use groundup_combinators::task::{Promise, catch_cancel, yield_now};
use groundup_combinators::{Unordered, join, unordered};
use proptest::prelude::*;

use crate::setup::ms;

/// Polls the stream once more under the wakers of another combinator.
async fn next_elsewhere<F: Future>(stream: &mut Unordered<F>) -> Option<(usize, F::Output)> {
    let foreign: FuturesUnordered<_> = [stream.next()].into_iter().collect();
    foreign.into_future().await.0.flatten()
}

/// Reads a stream of sleeps, with a pause after each item, and every other item elsewhere if
/// `elsewhere` says so for its number. Returns the indices and the times.
fn read(delays: Vec<u64>, pause: u64, elsewhere: Vec<bool>) -> Vec<(usize, u64)> {
    let event_loop = EventLoop::builder().virtual_time().build();
    let reading = async move {
        let mut stream = unordered(delays.into_iter().map(|delay| sleep(ms(delay))));
        let mut items = Vec::new();
        loop {
            let item = match elsewhere.get(items.len()) {
                Some(true) => next_elsewhere(&mut stream).await,
                _ => stream.next().await,
            };
            let Some((index, ())) = item else {
                assert_eq!((stream.left(), stream.next().await), (0, None));
                return items;
            };
            items.push((index, time().since_start().as_millis() as u64));
            sleep(ms(pause)).await;
        }
    };
    let task = async { spawn(reading).await.unwrap() };
    event_loop.run_until_complete(task).unwrap()
}

/// Counts from 0, and announces more or fewer numbers than it has.
struct Announcing {
    left: std::ops::Range<usize>,
    announced: usize,
}

impl Iterator for Announcing {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        self.announced = self.announced.saturating_sub(1);
        self.left.next()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.announced, None)
    }
}

/// Reads a stream of futures of at least `BYTES` bytes, and joins as many.
fn read_and_join<const BYTES: usize>(
    count: usize,
    announced: usize,
) -> (Vec<(usize, usize)>, Vec<usize>) {
    let futures = || {
        let left = 0..count;
        Announcing { left, announced }.map(|number| async move {
            let ballast = [number; BYTES];
            yield_now().await;
            std::hint::black_box(ballast)
                .first()
                .copied()
                .unwrap_or(number)
        })
    };
    let both = async { join((unordered(futures()).collect(), join(futures()))).await };
    EventLoop::new().run_until_complete(both).unwrap()
}

proptest! {

    /// The places of a list have the numbers of its futures, however many the iterator announces, and
    /// however large they are.
    #[test]
    fn a_place_has_the_number_of_its_future(count in 0usize..300, announced in 0usize..300) {
        let expected = ((0..count).map(|n| (n, n)).collect(), (0..count).collect());
        prop_assert_eq!(&read_and_join::<0>(count, announced), &expected);
        prop_assert_eq!(&read_and_join::<30>(count, announced), &expected);
        prop_assert_eq!(&read_and_join::<100>(count, announced), &expected);
    }

    /// An output comes as soon as it is there and the reader is, under whichever executor each of them
    /// is awaited. Under one executor, they come in the order of their ends.
    #[test]
    fn outputs_come_as_they_end(
        delays in prop::collection::vec(1u64..40, 0..70),
        pause in 0u64..4,
        elsewhere in prop_oneof![
            Just(Vec::new()),
            prop::collection::vec(prop::bool::weighted(0.1), 0..70),
        ],
    ) {
        let moves = elsewhere.contains(&true);
        let mut left: Vec<_> = delays.iter().copied().enumerate().collect();
        left.sort_by_key(|&(_, delay)| delay);
        let mut now = 0;
        for (index, at) in read(delays, pause, elsewhere) {
            prop_assert_eq!(at, now.max(left[0].1));
            let place = left.iter().position(|left| left.0 == index);
            let place = place.expect("each output comes once");
            prop_assert!(left.remove(place).1 <= at && (moves || place == 0));
            now = at + pause;
        }
        prop_assert!(left.is_empty());
    }

    /// Futures that wake themselves are polled once in an iteration, as often as they ask for.
    #[test]
    fn each_wake_is_one_poll(yields in prop::collection::vec(0usize..9, 1..70)) {
        let mut expected: Vec<_> = yields.iter().copied().enumerate().collect();
        expected.sort_by_key(|&(_, yields)| yields);
        let event_loop = EventLoop::builder().virtual_time().build();
        let got = event_loop.run_until_complete(async move {
            let polls = yields.into_iter().map(|yields| async move {
                for _ in 0..yields {
                    yield_now().await;
                }
                yields
            });
            unordered(polls).collect::<Vec<_>>().await
        });
        prop_assert_eq!(got.unwrap(), expected);
    }

    /// The panic of a future reaches the reader, who reads the others all the same: as from a
    /// `FuturesUnordered`.
    #[test]
    fn a_panic_ends_its_future_alone(
        futures in prop::collection::vec((0usize..9, prop::bool::weighted(0.3)), 0..70),
    ) {
        let one = |(number, (yields, panics))| async move {
            for _ in 0..yields {
                yield_now().await;
            }
            if panics {
                resume_unwind(Box::new("a rainy day"));
            }
            number
        };
        let all = || futures.iter().copied().enumerate().map(one);
        let event_loop = EventLoop::builder().virtual_time().build();
        let read = event_loop.run_until_complete(async {
            let mut stream = unordered(all());
            let mut items = Vec::new();
            loop {
                match AssertUnwindSafe(stream.next()).catch_unwind().await {
                    Ok(None) => break,
                    Ok(Some((index, _))) => items.push(Some(index)),
                    Err(_) => items.push(None),
                }
                assert_eq!(stream.left(), futures.len() - items.len());
            }
            items
        });
        let model = event_loop.run_until_complete(async {
            let mut stream: FuturesUnordered<_> = all().collect();
            let mut items = Vec::new();
            loop {
                match AssertUnwindSafe(stream.next()).catch_unwind().await {
                    Ok(None) => break,
                    Ok(item) => items.push(item),
                    Err(_) => items.push(None),
                }
            }
            items
        });
        prop_assert_eq!(read.unwrap(), model.unwrap());
    }

    /// A cancel goes to the first future that catches it, and a stream that is dropped drops all.
    #[test]
    fn a_cancel_goes_to_the_first_that_catches(catching in prop::collection::vec(any::<bool>(), 1..70)) {
        let first = catching.iter().position(|catches| *catches);
        let held = Rc::new(());
        let weak = Rc::downgrade(&held);
        let event_loop = EventLoop::builder().virtual_time().build();
        let caught = event_loop.run_until_complete(async move {
            let task = spawn(async move {
                let future = |catches| {
                    let held = held.clone();
                    async move {
                        let _held = held;
                        match catches {
                            true => catch_cancel(pending::<()>()).await.is_err(),
                            false => pending().await,
                        }
                    }
                };
                let mut stream = unordered(catching.into_iter().map(future));
                drop(held);
                stream.next().await
            });
            sleep(ms(1)).await;
            task.cancel();
            task.await.ok().flatten()
        });
        prop_assert_eq!(caught.unwrap(), first.map(|first| (first, true)));
        prop_assert_eq!(weak.strong_count(), 0);
    }
}

/// Wakes from other threads reach the futures of a long list, whether it is read or joined.
#[test]
fn wakes_from_other_threads_reach_a_list() {
    for _ in 0..20 {
        let (senders, receivers): (Vec<_>, Vec<_>) =
            (0..200).map(|_| oneshot::channel::<usize>()).unzip();
        let (joined_senders, joined): (Vec<_>, Vec<_>) =
            (0..200).map(|_| oneshot::channel::<usize>()).unzip();
        let thread = std::thread::spawn(move || {
            for (n, (one, other)) in senders.into_iter().zip(joined_senders).enumerate() {
                one.send(n).unwrap();
                other.send(n).unwrap();
            }
        });
        let sums = EventLoop::new().run_until_complete(async {
            let read = async {
                let mut sum = 0;
                let mut stream = unordered(receivers);
                while let Some((index, sent)) = stream.next().await {
                    assert_eq!(sent, Ok(index));
                    sum += index;
                }
                sum
            };
            let (sum, all) = join((read, join(joined))).await;
            (sum, all.into_iter().map(Result::unwrap).sum::<usize>())
        });
        thread.join().unwrap();
        assert_eq!(sums.unwrap(), (199 * 100, 199 * 100));
    }
}

/// A stream that was begun in a loop goes on under another executor when the loop is gone.
#[test]
fn a_stream_outlives_its_loop() {
    let (send, receive): (Vec<_>, Vec<_>) = (0..50).map(|_| oneshot::channel::<()>()).unzip();
    let mut stream = unordered(receive);
    EventLoop::new()
        .run_until_complete(poll_fn(|cx| {
            assert!(Pin::new(&mut stream).poll_next(cx).is_pending());
            Poll::Ready(())
        }))
        .unwrap();
    let thread =
        std::thread::spawn(move || send.into_iter().for_each(|send| send.send(()).unwrap()));
    let count = futures::executor::block_on(stream.count());
    thread.join().unwrap();
    assert_eq!(count, 50);
}

/// Runs a program on a loop with a clock that jumps.
fn run<F: Future>(program: F) -> F::Output {
    let event_loop = EventLoop::builder().virtual_time().build();
    event_loop.run_until_complete(program).unwrap()
}

/// A poll of the only future that was woken leaves the regions of the others to the next cancel.
#[test]
fn a_poll_of_one_hides_no_region_of_the_others() {
    let caught = run(async {
        let bell: Promise<()> = Promise::new();
        let rung = bell.clone();
        let task = spawn(async move {
            let one = |at| {
                let rung = rung.clone();
                async move {
                    match at {
                        0 => rung.await.unwrap(),
                        1 => return catch_cancel(pending::<()>()).await.is_err(),
                        _ => {}
                    }
                    pending().await
                }
            };
            unordered((0..40).map(one)).next().await
        });
        sleep(ms(1)).await;
        bell.set_result(()).unwrap();
        sleep(ms(1)).await;
        task.cancel();
        task.await.ok().flatten()
    });
    assert_eq!(caught, Some((1, true)));
}

/// Behind an item the task waits for none of the other futures, so a cancel is passed on to what it awaits.
#[test]
fn behind_an_item_a_cancel_is_passed_on() {
    run(async {
        let [bell, idle, next] = [(); 3].map(|()| Promise::<()>::new());
        let (rung, never, awaited) = (bell.clone(), idle.clone(), next.clone());
        let task = spawn(async move {
            let one = |at| match at {
                0 => rung.clone(),
                _ => never.clone(),
            };
            let mut stream = unordered((0..40).map(one));
            stream.next().await;
            awaited.await.ok();
        });
        sleep(ms(1)).await;
        bell.set_result(()).unwrap();
        sleep(ms(1)).await;
        task.cancel();
        assert!(task.await.is_err());
        assert_eq!((next.cancelled(), idle.cancelled()), (true, false));
    });
}

/// Reads a stream of 40 futures, of which the first ends its region when the bell rings, by a panic or in
/// peace. Then cancels the reader, and returns how often the last 38 were polled.
fn polls_of_the_others(panics: bool) -> usize {
    let polls = Rc::new(Cell::new(0));
    run(async {
        let [bell, other] = [(); 2].map(|()| Promise::<()>::new());
        let (rung, polled) = (bell.clone(), polls.clone());
        let task = spawn(async move {
            let one = |at| {
                let mut region = Box::pin(catch_cancel(rung.clone().into_future()));
                let mut never = Box::pin(other.clone().into_future());
                let (rings, polled) = (other.clone(), polled.clone());
                let mut ended = false;
                poll_fn(move |cx| match at {
                    0 if !ended && region.as_mut().poll(cx).is_ready() => {
                        ended = true;
                        rings.set_result(()).unwrap();
                        match panics {
                            true => resume_unwind(Box::new("a rainy day")),
                            false => Poll::<()>::Pending,
                        }
                    }
                    0 => Poll::Pending,
                    1 if !ended => {
                        ended = never.as_mut().poll(cx).is_ready();
                        Poll::Pending
                    }
                    1 => Poll::Pending,
                    _ => {
                        polled.set(polled.get() + 1);
                        Poll::Pending
                    }
                })
            };
            let mut stream = unordered((0..40).map(one));
            let read = AssertUnwindSafe(stream.next()).catch_unwind().await;
            assert!(panics && read.is_err());
            stream.next().await;
        });
        sleep(ms(1)).await;
        bell.set_result(()).unwrap();
        sleep(ms(1)).await;
        task.cancel();
        assert!(task.await.is_err());
    });
    polls.get()
}

/// A region is gone when it has ended, and with the future that panics, also if the next poll is of one other
/// future. So a cancel ends the task without a poll.
#[test]
fn a_region_that_is_gone_brings_no_poll() {
    assert_eq!([true, false].map(polls_of_the_others), [38, 38]);
}

/// A future that has panicked wakes the reader no more.
#[test]
fn a_future_that_has_panicked_wakes_no_reader() {
    run(async {
        let (kept, polls) = (Rc::new(RefCell::new(None)), Rc::new(Cell::new(0)));
        let (keeps, polled) = (kept.clone(), polls.clone());
        let task = spawn(async move {
            let one = |at| {
                let keeps = keeps.clone();
                poll_fn(move |cx| {
                    if at == 0 && keeps.replace(Some(cx.waker().clone())).is_some() {
                        resume_unwind(Box::new("a rainy day"));
                    }
                    Poll::<()>::Pending
                })
            };
            let mut stream = unordered((0..40).map(one));
            assert!(
                AssertUnwindSafe(stream.next())
                    .catch_unwind()
                    .await
                    .is_err()
            );
            poll_fn(|cx| {
                polled.set(polled.get() + 1);
                Pin::new(&mut stream).poll_next(cx)
            })
            .await;
        });
        sleep(ms(1)).await;
        kept.borrow().iter().for_each(Waker::wake_by_ref);
        sleep(ms(1)).await;
        let before = polls.get();
        kept.borrow().iter().for_each(Waker::wake_by_ref);
        sleep(ms(1)).await;
        assert_eq!(polls.get(), before);
        task.cancel();
    });
}

/// A future of a join that panics, and wakes nothing, keeps its region.
#[test]
fn a_panic_keeps_the_region_of_a_future_that_goes_on() {
    let caught = run(async {
        let bell: Promise<()> = Promise::new();
        let rung = bell.clone();
        let task = spawn(async move {
            let one = |at| {
                let mut region = Box::pin(catch_cancel(pending::<()>()));
                let mut panics = Box::pin(rung.clone().into_future());
                poll_fn(move |cx| {
                    if at > 0 {
                        return Poll::Pending;
                    }
                    let caught = region.as_mut().poll(cx).is_ready();
                    if !caught && panics.as_mut().poll(cx).is_ready() {
                        panics = Box::pin(Promise::new().into_future());
                        resume_unwind(Box::new("a rainy day"));
                    }
                    match caught {
                        true => resume_unwind(Box::new("told")),
                        false => Poll::<()>::Pending,
                    }
                })
            };
            let mut all = Box::pin(join((0..40).map(one)));
            let mut panics = 0;
            poll_fn(|cx| {
                let polled = catch_unwind(AssertUnwindSafe(|| all.as_mut().poll(cx)));
                panics += usize::from(polled.is_err());
                match panics {
                    2 => Poll::Ready(()),
                    _ => Poll::Pending,
                }
            })
            .await;
        });
        sleep(ms(1)).await;
        bell.set_result(()).unwrap();
        sleep(ms(1)).await;
        task.cancel();
        task.await.is_ok()
    });
    assert!(caught);
}

//! Streams: tasks in flight go on while the reader is busy.
//!
//! The problem: the usual adaptors poll their futures in the task of their reader, so a busy
//! reader holds up everything. Here tasks drive them. Virtual time shows the difference: a
//! second of work that overlaps with a second of reading takes one second, otherwise two.
//!
//! Invariant: all times are virtual, and exact.
//!
//! Read next: `props.rs`.

use std::cell::Cell;
use std::future::{Future, ready};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use crate::setup::*;
use futures::stream::{self, Stream, StreamExt};
use groundup_combinators::executor::{all_tasks, sleep, spawn, time};
use groundup_combinators::task::{TaskError, catch_cancel, raise_cancelled, yield_now};
use groundup_combinators::{buffer_unordered, buffered, merge, zip};

/// Returns `name0`, `name1`, ... , each after `seconds`.
fn every(name: &'static str, seconds: u64, count: u32) -> impl Stream<Item = String> + 'static {
    stream::unfold(0, move |n| async move {
        if n == count {
            return None;
        }
        sleep(secs(seconds)).await;
        Some((format!("{name}{n}"), n + 1))
    })
}

/// Makes futures that take so many seconds and return that number.
fn naps(seconds: &[u64]) -> impl Stream<Item = impl Future<Output = u64> + 'static> + 'static {
    stream::iter(seconds.to_vec()).map(async |seconds| {
        sleep(secs(seconds)).await;
        seconds
    })
}

/// Returns the same stream, and the number of items taken from it.
fn counted<S: Stream>(source: S) -> (impl Stream<Item = S::Item>, Rc<Cell<usize>>) {
    let count = Rc::new(Cell::new(0));
    let taken = count.clone();
    let source = source.inspect(move |_| taken.set(taken.get() + 1));
    (source, count)
}

#[test]
fn merge_gives_items_in_the_order_in_which_they_come() {
    let setup = Setup::new();
    let log = setup.log.clone();
    setup.run(async {
        let mut merged = merge((every("a", 2, 2), every("b", 3, 2), stream::empty()));
        while let Some(item) = merged.next().await {
            log.say(item);
        }
        assert!(merged.next().await.is_none());
    });
    assert_eq!(log.times(), "a0@2000 b0@3000 a1@4000 b1@6000");
}

#[test]
fn merge_of_nothing_ends_at_once() {
    Setup::new().run(async {
        let nothing: [stream::Empty<u32>; 0] = [];
        assert_eq!(merge(nothing).next().await, None);
    });
}

#[test]
fn merge_drives_its_streams_while_the_reader_is_busy() {
    let setup = Setup::new();
    let log = setup.log.clone();
    setup.run(async {
        let mut merged = merge([every("a", 1, 3), every("b", 1, 3)]);
        while let Some(item) = merged.next().await {
            log.say(item);
            sleep(secs(1)).await;
        }
    });
    // Six items of a second each, and six seconds of reading: the reader waits for the first
    // second; all others overlap.
    assert_eq!(
        log.times(),
        "a0@1000 b0@2000 a1@3000 b1@4000 a2@5000 b2@6000"
    );
}

#[test]
fn merge_is_at_most_one_item_ahead() {
    Setup::new().run(async {
        let (source, taken) = counted(stream::iter(0..100));
        let mut merged = merge([source.boxed_local()]);
        assert_eq!((merged.next().await, taken.get()), (Some(0), 1));
        sleep(secs(1)).await;
        assert_eq!(taken.get(), 2);
        assert_eq!(merged.next().await, Some(1));
    });
}

#[test]
fn zip_pairs_them_and_ends_with_the_shortest() {
    let setup = Setup::new();
    let log = setup.log.clone();
    setup.run(async {
        let mut pairs = zip((every("a", 2, 3), every("b", 3, 2), stream::repeat(1)));
        while let Some((a, b, one)) = pairs.next().await {
            log.say(format_args!("{a}{b}{one}"));
        }
        assert_eq!(
            time().since_start(),
            secs(6),
            "the shortest ends it, at once"
        );
        assert!(pairs.next().await.is_none());
    });
    assert_eq!(log.times(), "a0b01@3000 a1b11@6000");
}

#[test]
fn zip_drives_its_streams_while_the_reader_is_busy() {
    let setup = Setup::new();
    setup.run(async {
        let mut pairs = zip((every("a", 2, 4), every("b", 2, 4)));
        while pairs.next().await.is_some() {
            sleep(secs(2)).await;
        }
    });
    // Without any overlap it would take 4 * (2 + 2 + 2) seconds.
    assert_eq!(setup.event_loop.time().since_start(), secs(10));
}

#[test]
fn buffered_gives_the_order_of_the_source_and_buffer_unordered_that_of_the_ends() {
    let setup = Setup::new();
    setup.run(async {
        let given = [3, 1, 2];
        let in_order = buffered(naps(&given), 3).map(Result::unwrap);
        assert_eq!(in_order.collect::<Vec<_>>().await, [3, 1, 2]);
        let by_ends = buffer_unordered(naps(&given), 3).map(Result::unwrap);
        assert_eq!(by_ends.collect::<Vec<_>>().await, [1, 2, 3]);
    });
    assert_eq!(setup.event_loop.time().since_start(), secs(6));
}

#[test]
fn work_in_flight_goes_on_while_the_reader_is_busy() {
    for ordered in [true, false] {
        let setup = Setup::new();
        setup.run(async {
            let mut results = match ordered {
                true => buffered(naps(&[1; 6]), 2),
                false => buffer_unordered(naps(&[1; 6]), 2),
            };
            while let Some(result) = results.next().await {
                assert_eq!(result.unwrap(), 1);
                sleep(secs(1)).await;
            }
        });
        // Six seconds of reading, and a second for the first pair. If the reader polled the
        // streams itself, it would wait for each pair.
        assert_eq!(setup.event_loop.time().since_start(), secs(7));
    }
}

#[test]
fn a_slow_reader_holds_up_the_source_and_never_more_than_the_limit_is_there() {
    for ordered in [true, false] {
        let setup = Setup::new();
        setup.run(async {
            let (source, taken) = counted(naps(&[1; 20]));
            let mut results = match ordered {
                true => buffered(source.boxed_local(), 3),
                false => buffer_unordered(source.boxed_local(), 3),
            };
            results.next().await.unwrap().unwrap();
            sleep(secs(100)).await;
            assert_eq!(taken.get(), 4);
            assert_eq!(all_tasks().len(), 2, "this one and the driver");
        });
    }
}

#[test]
fn a_source_that_waits_is_waited_for() {
    Setup::new().run(async {
        let source = every("x", 2, 3).map(|name| async move {
            sleep(secs(1)).await;
            name
        });
        let mut results = buffered(source.boxed_local(), 8);
        sleep(secs(10)).await;
        assert_eq!(all_tasks().len(), 1, "nothing runs before the first poll");
        assert_eq!(results.next().await.unwrap().unwrap(), "x0");
        assert_eq!(time().since_start(), secs(13));
        sleep(secs(10)).await;
        assert_eq!(results.next().await.unwrap().unwrap(), "x1");
        assert_eq!(results.next().await.unwrap().unwrap(), "x2");
        assert!(results.next().await.is_none());
        assert_eq!(
            time().since_start(),
            secs(23),
            "the source was driven meanwhile"
        );
    });
}

#[test]
fn tasks_can_be_buffered_too() {
    Setup::new().run(async {
        let tasks = stream::iter([2, 1].map(|n| spawn(sleep(secs(n)))));
        let results: Vec<_> = buffered(tasks, 1).collect().await;
        assert_eq!((results.len(), time().since_start()), (2, secs(2)));
    });
}

#[test]
fn a_panic_of_a_call_is_an_item() {
    for ordered in [true, false] {
        Setup::new().run(async move {
            let source = stream::iter(0..3).map(async |n: u64| {
                assert!(n != 1, "one is not wanted");
                n
            });
            let mut results = match ordered {
                true => buffered(source, 2),
                false => buffer_unordered(source, 2),
            };
            assert_eq!(results.next().await.unwrap().unwrap(), 0);
            let failed = results.next().await.unwrap();
            assert!(matches!(failed, Err(TaskError::Panicked(_))));
            assert_eq!(results.next().await.unwrap().unwrap(), 2);
            assert!(results.next().await.is_none());
        });
    }
}

fn panics_at_two() -> impl Stream<Item = u32> + 'static {
    stream::iter(0..4).inspect(|n| assert!(*n != 2, "two is not wanted"))
}

#[test]
fn a_panic_of_a_source_goes_on_in_the_reader_behind_the_items_before_it() {
    let setup = Setup::new();
    setup.run(async {
        let mut merged = merge([panics_at_two()]);
        assert_eq!(merged.next().await, Some(0));
        assert_eq!(merged.next().await, Some(1));
        let reader = spawn(async move { merged.next().await });
        let TaskError::Panicked(panic) = reader.await.unwrap_err() else {
            panic!("it panics");
        };
        assert_eq!(panic.message(), "two is not wanted");

        let reader = spawn(zip((panics_at_two(), stream::repeat(1))).count());
        assert!(reader.await.unwrap_err().is_panicked());

        let calls = panics_at_two().map(ready);
        let mut results = buffered(calls, 8);
        assert_eq!(results.next().await.unwrap().unwrap(), 0);
        assert_eq!(results.next().await.unwrap().unwrap(), 1);
        let reader = spawn(async move { results.next().await });
        assert!(reader.await.unwrap_err().is_panicked());
    });
    assert_eq!(setup.reports(), [""; 0]);
}

#[test]
fn a_cancel_of_a_source_goes_on_in_the_reader_too() {
    Setup::new().run(async {
        let source = || {
            stream::once(async {
                yield_now().await;
                match raise_cancelled().await {}
            })
        };
        let mut merged = merge([source().map(|()| 1).boxed_local()]);
        assert!(catch_cancel(merged.next()).await.is_err());
        assert_eq!(merged.next().await, None, "and then it has ended");
        let reader = spawn(buffered(source().map(|()| ready(1)), 2).count());
        assert!(reader.await.unwrap_err().is_cancelled());
    });
}

#[test]
fn a_cancel_of_the_reader_loses_nothing_and_dropping_stops_all() {
    let setup = Setup::new();
    let log = setup.log.clone();
    setup.run(async {
        let inner = log.clone();
        let reader = spawn(async move {
            let mut merged = merge([every("a", 2, 9)]);
            let mut pairs = zip((every("b", 2, 9), every("c", 2, 9)));
            let mut naps = buffered(naps(&[2; 9]), 2);
            assert!(catch_cancel(merged.next()).await.is_err());
            assert!(catch_cancel(pairs.next()).await.is_err());
            assert!(catch_cancel(naps.next()).await.is_err());
            inner.say(format_args!("cancelled:{}", all_tasks().len()));
            assert_eq!(merged.next().await.unwrap(), "a0");
            assert_eq!(pairs.next().await.unwrap(), ("b0".into(), "c0".into()));
            assert_eq!(naps.next().await.unwrap().unwrap(), 2);
            inner.say("read");
        });
        for _ in 0..3 {
            yield_now().await;
            yield_now().await;
            reader.cancel();
        }
        reader.await.unwrap();
        sleep(ms(1)).await;
        assert_eq!(all_tasks().len(), 1, "all that was in flight was cancelled");
    });
    assert_eq!(log.times(), "cancelled:8@0 read@2000");
}

#[test]
fn a_buffer_of_zero_is_refused() {
    for build in [
        buffered::<stream::Empty<std::future::Ready<()>>>,
        buffer_unordered,
    ] {
        let refused = catch_unwind(|| build(stream::empty(), 0));
        let message = *refused.unwrap_err().downcast::<&str>().unwrap();
        assert_eq!(
            message,
            "a buffer of 0 would never run anything: give it at least 1"
        );
    }
}

#[test]
fn outside_a_loop_the_first_poll_says_what_is_missing() {
    let mark = |build: &dyn Fn()| {
        let refused = catch_unwind(AssertUnwindSafe(build));
        let message = *refused.unwrap_err().downcast::<String>().unwrap();
        message.split(" makes").next().unwrap().to_string()
    };
    use futures::executor::block_on;
    let merged = || assert!(block_on(merge([stream::empty::<u32>()]).next()).is_none());
    let zipped = || assert!(block_on(zip((stream::repeat(1), stream::repeat(2))).next()).is_some());
    let buffer = || assert!(block_on(buffered(naps(&[1]), 1).next()).is_some());
    assert_eq!(mark(&merged), "no running event loop: merge");
    assert_eq!(mark(&zipped), "no running event loop: zip");
    assert_eq!(mark(&buffer), "no running event loop: buffered");
}

/// A source without end that catches every cancel and goes on.
fn stubborn(log: &Log) -> impl Stream<Item = u32> + use<> {
    let log = log.clone();
    stream::repeat(5).then(move |item| {
        let log = log.clone();
        async move {
            if catch_cancel(sleep(secs(2))).await.is_err() {
                log.say("caught");
            }
            item
        }
    })
}

#[test]
fn a_source_that_catches_the_cancel_goes_on_to_its_next_item_and_no_further() {
    let setup = Setup::new();
    let log = setup.log.clone();
    setup.run(async {
        let mapped = |both: (u32, char)| both.0;
        let streams = [
            merge([stubborn(&log)]).boxed_local(),
            zip((stubborn(&log), stream::repeat('x')))
                .map(mapped)
                .boxed_local(),
            buffered(stubborn(&log).map(ready), 2)
                .map(Result::unwrap)
                .boxed_local(),
            buffer_unordered(stubborn(&log).map(ready), 2)
                .map(Result::unwrap)
                .boxed_local(),
        ];
        for mut stream in streams {
            assert_eq!(stream.next().await, Some(5));
            sleep(secs(1)).await;
            drop(stream);
        }
    });
    let caught = [3, 6, 9, 12].map(|at| format!("caught@{at}000"));
    assert_eq!(log.times(), caught.join(" "));
    assert_eq!(setup.reports(), [""; 0]);
}

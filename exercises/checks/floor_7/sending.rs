//! Tests of the exercises of floor 7: a writer, and attempts that race.

use std::cell::{Cell, RefCell};
use std::future::{Future, poll_fn};
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_io::AsyncWrite;
use groundup_io::combinators::timeout;
use groundup_io::executor::{run_virtual, sleep, spawn, time};
use groundup_io::{StreamWriter, staggered_race};

/// A writer that takes at most three bytes, and is pending every second time.
#[derive(Clone, Default)]
struct Slow {
    taken: Rc<RefCell<Vec<u8>>>,
    closed_after: Rc<Cell<Option<usize>>>,
    fails_after: Option<usize>,
    waits: bool,
}

impl AsyncWrite for Slow {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.waits = !self.waits;
        if self.waits {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        let mut taken = self.taken.borrow_mut();
        if self.fails_after.is_some_and(|after| taken.len() >= after) {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        let count = bytes.len().min(3);
        taken.extend_from_slice(&bytes[..count]);
        Poll::Ready(Ok(count))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.closed_after.set(Some(self.taken.borrow().len()));
        Poll::Ready(Ok(()))
    }
}

#[test]
fn a_slow_writer_gets_all_bytes() {
    run_virtual(async {
        let slow = Slow::default();
        let mut writer = StreamWriter::new(slow.clone());
        writer.set_write_buffer_limits(0, 0);
        for word in ["one ", "two ", "three"] {
            writer.write(word.as_bytes());
        }
        assert_eq!(writer.waiting_bytes(), 13, "no byte is sent yet");
        writer.drain().await.expect("it does not fail");
        assert_eq!(
            *slow.taken.borrow(),
            b"one two three",
            "all bytes, in order"
        );
        assert_eq!(writer.waiting_bytes(), 0, "no byte is left");
    });
}

#[test]
fn a_close_comes_after_the_bytes() {
    run_virtual(async {
        let slow = Slow::default();
        let mut writer = StreamWriter::new(slow.clone());
        writer.write(b"the last words");
        writer.close();
        writer.wait_closed().await.expect("it does not fail");
        assert_eq!(
            slow.closed_after.get(),
            Some(14),
            "14 bytes, and then the end"
        );
    });
}

#[test]
fn a_writer_that_fails_tells_drain() {
    run_virtual(async {
        let slow = Slow {
            fails_after: Some(6),
            ..Slow::default()
        };
        let mut writer = StreamWriter::new(slow.clone());
        writer.set_write_buffer_limits(0, 0);
        writer.write(b"hello world");
        let error = writer.drain().await.expect_err("the pipe breaks");
        assert_eq!(
            error.kind(),
            io::ErrorKind::BrokenPipe,
            "the error of the writer"
        );
        assert_eq!(slow.taken.borrow().len(), 6, "after six bytes");
        assert_eq!(writer.waiting_bytes(), 0, "the other bytes are dropped");
    });
}

/// A writer that takes no bytes, or panics. After ten calls it says that it is broken.
struct Odd {
    panics: bool,
    calls: u32,
}

impl AsyncWrite for Odd {
    fn poll_write(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        _: &[u8],
    ) -> Poll<io::Result<usize>> {
        assert!(!self.panics, "the writer's own bug");
        self.calls += 1;
        Poll::Ready(match self.calls {
            ..=10 => Ok(0),
            _ => Err(io::ErrorKind::BrokenPipe.into()),
        })
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

#[test]
fn a_write_of_no_bytes_is_an_error() {
    run_virtual(async {
        let (panics, calls) = (false, 0);
        let mut writer = StreamWriter::new(Odd { panics, calls });
        writer.write(b"words");
        writer.close();
        let ended = writer.wait_closed().await;
        assert_eq!(
            ended.map_err(|error| error.kind()),
            Err(io::ErrorKind::WriteZero),
            "it would never end"
        );
    });
}

#[test]
fn a_writer_that_panics_has_failed() {
    run_virtual(async {
        let (panics, calls) = (true, 0);
        let writer = Rc::new(RefCell::new(StreamWriter::new(Odd { panics, calls })));
        let own = writer.clone();
        let drains = spawn(async move {
            let mut writer = own.borrow_mut();
            writer.set_write_buffer_limits(0, 0);
            writer.write(b"words");
            writer.drain().await
        });
        assert!(drains.await.is_err(), "the panic goes through drain");
        let again = timeout(seconds(9), writer.borrow_mut().drain()).await;
        let again = again.map(|ended| ended.map_err(|error| error.kind()));
        assert_eq!(
            again.ok(),
            Some(Err(io::ErrorKind::Other)),
            "the writer has failed, so no drain waits for it"
        );
    });
}

fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

/// Makes attempts: each takes so many seconds, and then has this result.
fn attempts<const N: usize>(
    attempts: [(u64, Result<&'static str, &'static str>); N],
) -> [impl Future<Output = Result<&'static str, &'static str>>; N] {
    attempts.map(|(takes, result)| async move {
        sleep(seconds(takes)).await;
        result
    })
}

fn now() -> u64 {
    time().since_start().as_secs()
}

#[test]
fn the_first_value_wins() {
    run_virtual(async {
        let all = attempts([(100, Ok("silent")), (2, Ok("quick")), (1, Ok("last"))]);
        let won = staggered_race(all, seconds(5)).await;
        assert_eq!(
            (won, now()),
            (Ok("quick"), 7),
            "5 seconds for the silent one, and 2"
        );
    });
}

#[test]
fn after_the_last_start_there_is_no_delay() {
    run_virtual(async {
        let polls = Cell::new(0);
        let [attempt] = attempts([(100, Ok("slow"))]);
        let mut attempt = Box::pin(attempt);
        let counted = poll_fn(|cx| {
            polls.set(polls.get() + 1);
            attempt.as_mut().poll(cx)
        });
        assert_eq!(
            staggered_race([counted], seconds(1)).await,
            Ok("slow"),
            "the only attempt"
        );
        assert!(
            polls.get() <= 4,
            "it is not polled each second: {} polls",
            polls.get()
        );
    });
}

#[test]
fn a_failure_starts_the_next_at_once() {
    run_virtual(async {
        let all = attempts([(1, Err("refused")), (2, Ok("second")), (1, Ok("third"))]);
        let won = staggered_race(all, seconds(60)).await;
        assert_eq!(
            (won, now()),
            (Ok("second"), 3),
            "the second starts after 1 second"
        );
    });
}

#[test]
fn all_errors_come_in_their_order() {
    run_virtual(async {
        let all = attempts([(10, Err("slow")), (1, Err("quick")), (2, Err("last"))]);
        let won = staggered_race(all, seconds(5)).await;
        assert_eq!(
            (won, now()),
            (Err(vec!["quick", "last", "slow"]), 10),
            "5 + 1, 6 + 2, 10"
        );
        let none = staggered_race(attempts([]), seconds(5)).await;
        assert_eq!(none, Err(vec![]), "no attempts");
    });
}

#[test]
fn a_failure_keeps_no_other_attempt_from_its_poll() {
    run_virtual(async {
        // Both end in one poll, after the last start.
        let all = attempts([(10, Err("refused")), (9, Ok("second"))]);
        let won = timeout(seconds(60), staggered_race(all, seconds(1))).await;
        assert_eq!(
            (won.ok(), now()),
            (Some(Ok("second")), 10),
            "the second is polled behind the first"
        );
    });
}

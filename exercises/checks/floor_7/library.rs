//! The tests of the exercises in the library of floor 7.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use futures_io::{AsyncRead, AsyncWrite};
use groundup_io::executor::{run_virtual, sleep, time};
use groundup_io::{ReadError, StreamReader, StreamWriter, staggered_race};

/// A source that gives these pieces, and makes the reader wait before each.
struct Pieces(VecDeque<Vec<u8>>, bool);

fn pieces<const N: usize>(pieces: [&[u8]; N]) -> Pieces {
    Pieces(pieces.into_iter().map(<[u8]>::to_vec).collect(), false)
}

impl AsyncRead for Pieces {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        room: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        self.1 = !self.1;
        if self.1 {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        let Some(mut piece) = self.0.pop_front() else {
            return Poll::Ready(Ok(0));
        };
        let count = piece.len().min(room.len());
        room[..count].copy_from_slice(&piece[..count]);
        if count < piece.len() {
            self.0.push_front(piece.split_off(count));
        }
        Poll::Ready(Ok(count))
    }
}

#[test]
fn a_message_is_put_together() {
    run_virtual(async {
        let mut reader = StreamReader::new(pieces([b"he", b"llo wo", b"rld"]));
        assert_eq!(
            reader.readexactly(5).await.ok(),
            Some(b"hello".to_vec()),
            "two pieces"
        );
        assert_eq!(
            reader.readexactly(0).await.ok(),
            Some(Vec::new()),
            "no bytes"
        );
        assert_eq!(
            reader.readexactly(6).await.ok(),
            Some(b" world".to_vec()),
            "the rest"
        );
    });
}

#[test]
fn a_message_that_ends_early_is_an_error() {
    run_virtual(async {
        let mut reader = StreamReader::new(pieces([b"he", b"l"]));
        let ended = reader.readexactly(5).await;
        let Err(ReadError::Incomplete { partial, expected }) = ended else {
            panic!("three bytes of five came: {ended:?}");
        };
        assert_eq!(
            (&partial[..], expected),
            (&b"hel"[..], Some(5)),
            "the bytes are in the error"
        );
    });
}

#[test]
fn a_dropped_read_loses_no_byte() {
    run_virtual(async {
        let mut reader = StreamReader::new(pieces([b"he", b"llo"]));
        for _ in 0..2 {
            let mut reading = Box::pin(reader.readexactly(5));
            let poll = reading
                .as_mut()
                .poll(&mut Context::from_waker(Waker::noop()));
            assert!(poll.is_pending(), "not all bytes are there");
        }
        assert_eq!(
            reader.readexactly(5).await.ok(),
            Some(b"hello".to_vec()),
            "all bytes"
        );
    });
}

#[test]
fn a_separator_may_come_in_pieces() {
    run_virtual(async {
        let mut reader = StreamReader::new(pieces([b"GET /\r", b"\nHost: a\r\n\r", b"\nbody"]));
        for expected in ["GET /\r\n", "Host: a\r\n", "\r\n"] {
            let line = reader.readuntil(b"\r\n").await.ok();
            assert_eq!(
                line.as_deref(),
                Some(expected.as_bytes()),
                "up to the separator"
            );
        }
        assert_eq!(
            reader.read_to_end().await.ok(),
            Some(b"body".to_vec()),
            "the rest stays"
        );
    });
}

#[test]
fn a_line_beyond_the_limit_is_an_error() {
    run_virtual(async {
        for (data, found) in [(&b"123456\n"[..], true), (&b"1234567"[..], false)] {
            let mut reader = StreamReader::with_limit(5, pieces([data]));
            let ended = reader.readuntil(b"\n").await;
            let Err(ReadError::LimitOverrun {
                limit, found: was, ..
            }) = ended
            else {
                panic!("the limit is 5: {ended:?}");
            };
            assert_eq!((limit, was), (5, found), "{data:?}");
            let rest = reader.read_to_end().await.ok();
            assert_eq!(rest.as_deref(), Some(data), "the bytes stay");
        }
        let mut reader = StreamReader::with_limit(5, pieces([b"12345\n"]));
        assert_eq!(
            reader.readuntil(b"\n").await.ok(),
            Some(b"12345\n".to_vec()),
            "five fit"
        );
    });
}

#[test]
fn data_that_ends_without_a_separator() {
    run_virtual(async {
        let mut reader = StreamReader::new(pieces([b"no ", b"line"]));
        let ended = reader.readuntil(b"\n").await;
        let Err(ReadError::Incomplete { partial, expected }) = ended else {
            panic!("the data ends: {ended:?}");
        };
        assert_eq!(
            (&partial[..], expected),
            (&b"no line"[..], None),
            "the bytes are in the error"
        );
    });
}

fn counting(from: usize, count: usize) -> Vec<u8> {
    (from..from + count).map(|n| (n % 251) as u8).collect()
}

#[test]
fn a_large_message_grows_the_buffer() {
    run_virtual(async {
        let all = counting(0, 300_000);
        let source = Pieces(all.chunks(1000).map(<[u8]>::to_vec).collect(), false);
        let mut reader = StreamReader::new(source);
        let message = reader.readexactly(300_000).await.ok();
        assert!(message == Some(all), "300,000 bytes, in order");
    });
}

#[test]
fn the_buffer_moves_its_bytes_to_the_front() {
    run_virtual(async {
        let all = counting(0, 50_000);
        let source = Pieces(all.chunks(700).map(<[u8]>::to_vec).collect(), false);
        let mut reader = StreamReader::new(source);
        for at in 0..500 {
            let message = reader.readexactly(100).await.ok();
            assert!(
                message == Some(counting(100 * at, 100)),
                "message {at} is whole"
            );
        }
    });
}

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

//! The tests of the exercises in the library of floor 7: a reader.

use std::collections::VecDeque;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use futures_io::AsyncRead;
use groundup_io::executor::run_virtual;
use groundup_io::{ReadError, StreamReader};

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
        let source = Pieces(all.chunks(730).map(<[u8]>::to_vec).collect(), false);
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

//! The tests of the exercises in the library of floor 7: a reader.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::future::Future;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::rc::Rc;
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
                consumed,
                limit,
                found: was,
            }) = ended
            else {
                panic!("the limit is 5: {ended:?}");
            };
            let bytes = if found { 6 } else { 7 };
            assert_eq!(
                (consumed, limit, was),
                (bytes, 5, found),
                "the bytes without a separator, the limit, and whether there is one: {data:?}"
            );
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
fn an_empty_separator_is_a_bug() {
    run_virtual(async {
        let mut reader = StreamReader::new(pieces([b"a line\nand more"]));
        let line = reader.readuntil(b"\n").await.ok();
        assert_eq!(line.as_deref(), Some(&b"a line\n"[..]), "up to a newline");
        let mut reading = pin!(reader.readuntil(b""));
        let mut cx = Context::from_waker(Waker::noop());
        let polled = catch_unwind(AssertUnwindSafe(|| reading.as_mut().poll(&mut cx)));
        assert!(
            polled.is_err(),
            "up to an empty separator: a panic, at once"
        );
    });
}

/// A source that gives so many bytes, one by one.
struct Drops(usize);

impl AsyncRead for Drops {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        room: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        let Some(left) = self.0.checked_sub(1) else {
            return Poll::Ready(Ok(0));
        };
        self.0 = left;
        room[0] = b'.';
        Poll::Ready(Ok(1))
    }
}

/// Returns the nanoseconds that this thread has computed, where the system says so.
fn computed() -> Option<u64> {
    std::thread::yield_now(); // the system brings its count up to date
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    text.split_whitespace().next()?.parse().ok()
}

#[test]
fn each_byte_is_searched_once() {
    const BYTES: usize = 20_000;
    run_virtual(async {
        let start = computed();
        let mut reader = StreamReader::new(Drops(BYTES));
        assert!(reader.readexactly(BYTES).await.is_ok(), "all bytes");
        let read = computed();
        let mut reader = StreamReader::new(Drops(BYTES));
        let ended = reader.readuntil(b"\r\n").await;
        assert!(ended.is_err(), "there is no separator");
        if let (Some(start), Some(read), Some(end)) = (start, read, computed()) {
            let (plain, searched) = ((read - start) / 1000, (end - read) / 1000);
            assert!(
                searched < 10 * plain + 100_000,
                "20,000 pieces of one byte: {searched} us with a search, and {plain} us without"
            );
        }
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

/// A source that fills the room which the reader has, up to so many bytes each time. It notes the
/// lengths of the rooms, and the places in memory where they end.
#[derive(Clone, Default)]
struct Rooms(Rc<RefCell<Vec<(usize, usize)>>>, usize);

impl AsyncRead for Rooms {
    fn poll_read(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        room: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        let end = room.as_ptr_range().end as usize;
        self.0.borrow_mut().push((room.len(), end));
        let count = room.len().min(self.1);
        room[..count].fill(b'.');
        Poll::Ready(Ok(count))
    }
}

#[test]
fn small_messages_stay_in_one_memory() {
    run_virtual(async {
        let rooms = Rooms(Rc::default(), 730);
        let mut reader = StreamReader::new(rooms.clone());
        for _ in 0..500 {
            let message = reader.readexactly(100).await;
            assert_eq!(
                message.map(|bytes| bytes.len()).ok(),
                Some(100),
                "a message"
            );
        }
        let mut ends: Vec<usize> = rooms.0.borrow().iter().map(|room| room.1).collect();
        ends.dedup();
        assert_eq!(ends.len(), 1, "50,000 bytes, but one allocation");
    });
}

/// Reads messages of these lengths. Returns the lengths of the rooms that the source was given.
fn rooms_of<const N: usize>(messages: [usize; N]) -> Vec<usize> {
    let rooms = Rooms(Rc::default(), usize::MAX);
    let source = rooms.clone();
    run_virtual(async move {
        let mut reader = StreamReader::new(source);
        for count in messages {
            let message = reader.readexactly(count).await;
            assert_eq!(message.map(|bytes| bytes.len()).ok(), Some(count), "bytes");
        }
    });
    rooms.0.take().into_iter().map(|room| room.0).collect()
}

#[test]
fn the_room_grows_only_if_it_must() {
    assert_eq!(
        rooms_of([1024, 1025]),
        [2048, 1024],
        "half of the memory is free: the bytes move, and the room is this half"
    );
    assert_eq!(
        rooms_of([500, 2000, 1548]),
        [2048, 1548, 2000],
        "1548 of 2048 are more than half: twice the bytes; then 1096 of 3096 move"
    );
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

//! S01 to S06: the answers of a reader.
//!
//! The bytes are from CPython's `test_streams.py`.
//!
//! Read next: `writers.rs`.

use std::future::Future;
use std::panic::catch_unwind;

use groundup_io::executor::spawn;
use groundup_io::task::yield_now;
use groundup_io::{ReadError, StreamReader};

use crate::setup::*;

/// Runs a test with a source and a reader of it.
fn with_reader<F: Future<Output = ()>>(
    limit: usize,
    test: impl FnOnce(Fed, StreamReader<Fed>) -> F,
) {
    Setup::without_sockets().run(async {
        let fed = Fed::default();
        let reader = StreamReader::with_limit(limit, fed.clone());
        test(fed, reader).await;
    });
}

/// Returns the fields of an overrun.
fn overrun<T: std::fmt::Debug>(read: Result<T, ReadError>) -> (usize, bool) {
    match read {
        Err(ReadError::LimitOverrun {
            consumed, found, ..
        }) => (consumed, found),
        other => panic!("{other:?}"),
    }
}

/// Returns the fields of an error about missing bytes.
fn incomplete<T: std::fmt::Debug>(read: Result<T, ReadError>) -> (Vec<u8>, Option<usize>) {
    match read {
        Err(ReadError::Incomplete { partial, expected }) => (partial, expected),
        other => panic!("{other:?}"),
    }
}

#[test]
fn s01_a_read_of_nothing_does_not_wait() {
    with_reader(100, |fed, mut reader| async move {
        assert_eq!(reader.read(0).await.unwrap(), b"");
        fed.feed(b"line1\n");
        assert_eq!(reader.read(0).await.unwrap(), b"");
        assert_eq!(reader.readline().await.unwrap(), b"line1\n");
    });
}

#[test]
fn s01_a_read_returns_what_is_there_up_to_its_number_and_at_the_end_nothing() {
    with_reader(100, |fed, mut reader| async move {
        let task = spawn(async move {
            let read = reader.read(30).await.unwrap();
            (read, reader)
        });
        yield_now().await;
        fed.feed(b"line1\nline2\n");
        let (read, mut reader) = task.await.unwrap();
        assert_eq!(read, b"line1\nline2\n");
        fed.feed(b"abcdef");
        assert_eq!(reader.read(4).await.unwrap(), b"abcd");
        assert_eq!(reader.read(4).await.unwrap(), b"ef");
        assert!(!reader.at_eof());
        fed.end();
        assert_eq!(reader.read(1024).await.unwrap(), b"");
        assert!(reader.at_eof());
    });
}

#[test]
fn s01_a_read_to_the_end_waits_for_the_end() {
    with_reader(5, |fed, mut reader| async move {
        fed.feed(b"line1\n");
        let task = spawn(async move { reader.read_to_end().await });
        yield_now().await;
        fed.feed(b"line2");
        yield_now().await;
        assert!(!task.done());
        fed.end();
        assert_eq!(task.await.unwrap().unwrap(), b"line1\nline2");
    });
}

#[test]
fn s01_an_error_of_the_connection_is_given_and_the_bytes_stay() {
    with_reader(100, |fed, mut reader| async move {
        fed.feed(b"half a li");
        fed.fail(std::io::ErrorKind::ConnectionReset);
        let error = std::io::Error::from(reader.readline().await.unwrap_err());
        assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
        assert_eq!(reader.read(100).await.unwrap(), b"half a li");
    });
}

#[test]
fn s02_a_line_comes_in_pieces_and_several_in_one_piece() {
    with_reader(100, |fed, mut reader| async move {
        fed.feed(b"chunk1 ");
        let task = spawn(async move {
            let line = reader.readline().await.unwrap();
            (line, reader)
        });
        yield_now().await;
        for piece in [&b"chunk2 "[..], b"chunk3 ", b"\n chunk4"] {
            fed.feed(piece);
        }
        let (line, mut reader) = task.await.unwrap();
        assert_eq!(line, b"chunk1 chunk2 chunk3 \n");
        fed.feed(b"\nx\n");
        assert_eq!(reader.readline().await.unwrap(), b" chunk4\n");
        assert_eq!(reader.readline().await.unwrap(), b"x\n");
    });
}

#[test]
fn s02_at_the_end_a_line_is_what_is_left() {
    with_reader(100, |fed, mut reader| async move {
        fed.feed(b"some data");
        fed.end();
        assert_eq!(reader.readline().await.unwrap(), b"some data");
        assert_eq!(reader.readline().await.unwrap(), b"");
    });
}

#[test]
fn s02_a_line_over_the_limit_is_dropped_and_the_next_one_is_read() {
    with_reader(3, |fed, mut reader| async move {
        fed.feed(b"li");
        fed.feed(b"ne1\nline2\n");
        let read = reader.readline().await;
        assert_eq!(overrun(read), (5, true), "found, and too long");
        fed.end();
        assert_eq!(overrun(reader.readline().await), (5, true));
        assert_eq!(reader.readline().await.unwrap(), b"");
    });
    with_reader(7, |fed, mut reader| async move {
        for piece in [&b"chunk1"[..], b"chunk2", b"chunk3\n", b"chunk4\n"] {
            fed.feed(piece);
        }
        let read = reader.readline().await;
        assert_eq!(overrun(read), (12, false), "not found, and dropped so far");
        assert_eq!(reader.readline().await.unwrap(), b"chunk3\n");
        assert_eq!(reader.readline().await.unwrap(), b"chunk4\n");
    });
}

#[test]
fn s03_readuntil_finds_separators_of_any_length_in_any_pieces() {
    with_reader(100, |fed, mut reader| async move {
        let task = spawn(async move {
            let one = reader.readuntil(b"AAA").await.unwrap();
            let two = reader.readuntil(b"AAA").await.unwrap();
            (one, two, reader)
        });
        yield_now().await;
        for piece in [&b"AA"[..], b"xA", b"AAyA", b"A", b"Az"] {
            fed.feed(piece);
            yield_now().await;
        }
        let (one, two, mut reader) = task.await.unwrap();
        assert_eq!((one, two), (b"AAxAAA".to_vec(), b"yAAA".to_vec()));
        assert_eq!(reader.read(10).await.unwrap(), b"z");
    });
}

#[test]
fn s03_over_the_limit_readuntil_keeps_the_bytes() {
    with_reader(3, |fed, mut reader| async move {
        fed.feed(b"some dataAA");
        let read = reader.readuntil(b"AAA").await;
        assert_eq!(overrun(read), (9, false), "AA may be the beginning");
        fed.feed(b"A");
        assert_eq!(
            reader.read(100).await.unwrap(),
            b"some dataAA",
            "it is still there"
        );
        fed.feed(b"some dataAAA");
        let read = reader.readuntil(b"AAA").await;
        assert!([(9, true), (10, true)].contains(&overrun(read)));
    });
}

#[test]
fn s03_at_the_end_readuntil_gives_the_bytes_in_the_error() {
    with_reader(100, |fed, mut reader| async move {
        fed.feed(b"some data");
        fed.end();
        let read = reader.readuntil(b"@").await;
        assert_eq!(incomplete(read), (b"some data".to_vec(), None));
        assert!(reader.at_eof(), "they were taken");
    });
}

#[test]
#[should_panic = "a separator cannot be empty: it would be found everywhere; give it at least 1 byte"]
fn s03_an_empty_separator_is_refused() {
    with_reader(100, |_, mut reader| async move {
        let _ = reader.readuntil(b"").await;
    });
}

#[test]
fn s04_readexactly_waits_for_all_bytes_whatever_the_limit() {
    with_reader(2, |fed, mut reader| async move {
        assert_eq!(reader.readexactly(0).await.unwrap(), b"");
        fed.feed(b"12");
        let task = spawn(async move {
            let read = reader.readexactly(5).await.unwrap();
            (read, reader)
        });
        yield_now().await;
        fed.feed(b"3456");
        let (read, mut reader) = task.await.unwrap();
        assert_eq!(read, b"12345");
        assert_eq!(reader.read(9).await.unwrap(), b"6");
    });
}

#[test]
fn s04_a_short_readexactly_says_how_much_is_missing_and_keeps_the_bytes() {
    with_reader(100, |fed, mut reader| async move {
        fed.feed(b"123");
        fed.end();
        let error = reader.readexactly(5).await.unwrap_err();
        let text = error.to_string();
        assert!(
            text.starts_with("3 bytes read on a total of 5 expected bytes"),
            "{text}"
        );
        assert_eq!(incomplete::<()>(Err(error)), (b"123".to_vec(), Some(5)));
        assert!(reader.at_eof());
    });
}

#[test]
fn s06_a_limit_of_zero_is_refused() {
    let text = "the limit of a reader cannot be 0: no line would fit; give it at least 1";
    let refused = |make: fn()| *catch_unwind(make).unwrap_err().downcast::<&str>().unwrap();
    assert_eq!(
        refused(|| drop(StreamReader::with_limit(0, &b""[..]))),
        text
    );
    assert_eq!(refused(|| StreamReader::new(&b""[..]).set_limit(0)), text);
    drop(StreamReader::with_limit(1, &b""[..]));
}

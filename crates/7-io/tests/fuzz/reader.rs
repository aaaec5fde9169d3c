//! The target of the reader: its limits, beside the bytes that came.
//!
//! The properties of `it/props/bytes.rs` have the exact model of a reader of short pieces. This target
//! has pieces of any length, limits of any size, and buffers that grow, move and shrink. So its checks
//! are the sentences of the documents: what is returned stands at the place of the stream, an overrun
//! is one, and each byte is given once.
//!
//! Invariant: the bytes that were given, dropped or are in an error are a beginning of the stream.
//!
//! Read next: `network.rs`.

use std::future::Future;
use std::io::ErrorKind;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use groundup_io::{ReadError, StreamReader};

use crate::input::{Features, Input};
use crate::setup::Fed;

/// The bytes that were fed, and the number of those that the reader gave.
struct Stream {
    fed: Vec<u8>,
    given: usize,
    ended: bool,
}

impl Stream {
    fn rest(&self) -> &[u8] {
        &self.fed[self.given..]
    }

    /// The reader gives these bytes.
    fn gives(&mut self, bytes: &[u8]) {
        assert!(self.rest().starts_with(bytes), "other bytes than were fed");
        self.given += bytes.len();
    }

    fn find(&self, separator: &[u8]) -> Option<usize> {
        let mut windows = self.rest().windows(separator.len());
        windows.position(|window| window == separator)
    }
}

/// A piece of the stream: few letters, so that separators are likely, and long runs without one.
fn piece(input: &mut Input<'_>) -> Vec<u8> {
    let (length, kind) = (input.size().min(20_000), input.byte());
    let letter = |at: usize| match kind % 4 {
        0 => b'a',
        1 => b"ab"[at % 2],
        2 => b"aab\n"[at * usize::from(kind) / 5 % 4],
        _ => b"aaab\r\n"[(at ^ at >> 3) % 6],
    };
    (0..length).map(letter).collect()
}

fn separator(input: &mut Input<'_>) -> &'static [u8] {
    let separators: [&[u8]; 7] = [
        b"\n",
        b"b",
        b"ab",
        b"aab",
        b"\r\n",
        b"aaaaaaaaaaaaaaaaab",
        b"ba",
    ];
    separators[input.below(7)]
}

pub(crate) fn target(bytes: &[u8]) -> Vec<u64> {
    let mut input = Input::new(bytes);
    let mut features = Features::default();
    let fed = Fed::default();
    let mut limit = 1 + input.size();
    let mut reader = StreamReader::with_limit(limit, fed.clone());
    let mut stream = Stream {
        fed: Vec::new(),
        given: 0,
        ended: false,
    };
    let mut operations = 0;
    while !input.is_over() && operations < 300 && stream.fed.len() < 300_000 {
        operations += 1;
        let op = input.below(12);
        let answer = match op {
            0..=3 if !stream.ended => {
                let piece = piece(&mut input);
                if !piece.is_empty() {
                    fed.feed(&piece); // an empty piece would be the end
                    stream.fed.extend(piece);
                }
                continue;
            }
            4 if input.below(8) == 0 => {
                fed.end();
                stream.ended = true;
                continue;
            }
            5 => {
                limit = 1 + input.size();
                reader.set_limit(limit);
                continue;
            }
            6 if input.below(4) == 0 => {
                fed.fail(ErrorKind::ConnectionReset);
                continue;
            }
            op => ask(op, &mut input, &mut reader, &mut stream, limit),
        };
        assert!(!reader.at_eof() || stream.ended && stream.rest().is_empty());
        let limit = [16, 2048].map(|size| limit > size);
        features.add((op, answer, limit, stream.ended, stream.rest().len() > 2048));
    }
    features.found()
}

/// Polls a call once; a call that waits is dropped. Returns the kind of its answer.
fn ask(
    op: usize,
    input: &mut Input<'_>,
    reader: &mut StreamReader<Fed>,
    stream: &mut Stream,
    limit: usize,
) -> &'static str {
    match op {
        7 => {
            let most = input.size();
            let read = once(async { reader.read(most).await.map_err(ReadError::Io) });
            if let Poll::Ready(Ok(bytes)) = &read {
                assert!(bytes.len() <= most && (!bytes.is_empty() || most == 0 || stream.ended));
            }
            told(read, stream)
        }
        8 => {
            let count = input.size();
            let read = once(reader.readexactly(count));
            match &read {
                Poll::Ready(Ok(bytes)) => assert_eq!(bytes.len(), count),
                Poll::Ready(Err(ReadError::Incomplete { partial, expected })) => {
                    assert_eq!(
                        (partial.len(), *expected),
                        (stream.rest().len(), Some(count))
                    );
                    assert!(partial.len() < count && stream.ended);
                }
                Poll::Ready(Err(error)) => assert!(matches!(error, ReadError::Io(_))),
                Poll::Pending => assert!(stream.rest().len() < count && !stream.ended),
            }
            told(read, stream)
        }
        9 => {
            let read = once(async { reader.read_to_end().await.map_err(ReadError::Io) });
            if let Poll::Ready(Ok(bytes)) = &read {
                assert_eq!(bytes, stream.rest());
            }
            told(read, stream)
        }
        10 | 11 => {
            let separator = separator(input);
            let read = once(reader.readuntil(separator));
            check_until(&read, separator, stream, limit);
            told(read, stream)
        }
        _ => {
            let read = once(reader.readline());
            line(read, stream, limit)
        }
    }
}

/// Polls a call once, and drops it.
fn once<T>(call: impl Future<Output = T>) -> Poll<T> {
    pin!(call).poll(&mut Context::from_waker(Waker::noop()))
}

/// The bytes of an answer are the next ones.
fn told(read: Poll<Result<Vec<u8>, ReadError>>, stream: &mut Stream) -> &'static str {
    match read {
        Poll::Pending => "pending",
        Poll::Ready(Ok(bytes)) => {
            stream.gives(&bytes);
            if bytes.is_empty() { "nothing" } else { "bytes" }
        }
        Poll::Ready(Err(ReadError::Incomplete { partial, .. })) => {
            stream.gives(&partial);
            "incomplete"
        }
        Poll::Ready(Err(ReadError::LimitOverrun { found, .. })) => {
            if found {
                "long"
            } else {
                "longer"
            }
        }
        Poll::Ready(Err(_)) => "error",
    }
}

/// Checks the answer of `readuntil` against the bytes that were fed.
fn check_until(
    read: &Poll<Result<Vec<u8>, ReadError>>,
    separator: &[u8],
    stream: &Stream,
    limit: usize,
) {
    let at = stream.find(separator);
    match read {
        Poll::Ready(Ok(bytes)) => {
            let at = at.expect("a separator was fed");
            assert!(bytes.len() == at + separator.len() && at <= limit);
        }
        Poll::Ready(Err(ReadError::Incomplete { partial, .. })) => {
            assert!(at.is_none() && stream.ended && partial == stream.rest());
        }
        Poll::Ready(Err(ReadError::LimitOverrun {
            consumed,
            limit: told,
            found,
        })) => {
            assert!(*told == limit && *consumed > limit);
            match found {
                true => assert_eq!(at, Some(*consumed)),
                // It may not have come yet.
                false => assert!(at.is_none_or(|at| at >= *consumed)),
            }
        }
        Poll::Ready(Err(_)) => {}
        Poll::Pending => {
            assert!(at.is_none() && !stream.ended && stream.rest().len() <= limit + separator.len())
        }
    }
}

/// Checks the answer of `readline`, which drops a line that is too long, or its beginning.
fn line(read: Poll<Result<Vec<u8>, ReadError>>, stream: &mut Stream, limit: usize) -> &'static str {
    let at = stream.find(b"\n");
    match &read {
        Poll::Ready(Ok(bytes)) => match at {
            Some(at) => assert!(bytes.len() == at + 1 && at <= limit),
            None => assert!(stream.ended && bytes == stream.rest()),
        },
        Poll::Ready(Err(ReadError::LimitOverrun {
            consumed,
            found: true,
            ..
        })) => {
            assert!(at == Some(*consumed) && *consumed > limit);
            stream.given += consumed + 1;
        }
        Poll::Ready(Err(ReadError::LimitOverrun {
            consumed,
            found: false,
            ..
        })) => {
            // The bytes have no separator, so all of those that had come are dropped, and no more.
            assert!(*consumed > limit && at.is_none_or(|at| at >= *consumed));
            stream.given += consumed;
        }
        Poll::Ready(Err(ReadError::Incomplete { .. })) => panic!("a line is never incomplete"),
        Poll::Ready(Err(_)) => {}
        Poll::Pending => assert!(at.is_none() && !stream.ended && stream.rest().len() <= limit + 1),
    }
    told(read, stream)
}

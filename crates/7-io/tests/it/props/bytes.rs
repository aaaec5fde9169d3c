//! A reader beside a list.
//!
//! Read next: `sent.rs`.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use groundup_io::{ReadError, StreamReader};
use proptest::prelude::*;

use crate::setup::Fed;

#[derive(Clone, Debug)]
enum Op {
    Feed(Vec<u8>),
    End,
    Read(usize),
    ReadToEnd,
    Line,
    Exactly(usize),
    Until(Vec<u8>),
}

fn op() -> impl Strategy<Value = Op> {
    let letters = || prop::collection::vec(prop::sample::select(&b"ab\n"[..]), 1..8);
    let separator = prop::collection::vec(prop::sample::select(&b"ab\n"[..]), 1..4);
    prop_oneof![
        6 => letters().prop_map(Op::Feed),
        1 => Just(Op::End),
        2 => (0..9_usize).prop_map(Op::Read),
        1 => Just(Op::ReadToEnd),
        3 => Just(Op::Line),
        2 => (0..12_usize).prop_map(Op::Exactly),
        3 => separator.prop_map(Op::Until),
    ]
}

/// The answer of a call, in words that can be compared.
#[derive(Debug, PartialEq, Eq)]
enum Answer {
    Bytes(Vec<u8>),
    Incomplete(Vec<u8>, Option<usize>),
    Overrun(usize, bool),
}

fn told(read: Result<Vec<u8>, ReadError>) -> Answer {
    match read {
        Ok(bytes) => Answer::Bytes(bytes),
        Err(ReadError::Incomplete { partial, expected }) => Answer::Incomplete(partial, expected),
        Err(ReadError::LimitOverrun {
            consumed, found, ..
        }) => Answer::Overrun(consumed, found),
        Err(other) => panic!("{other:?}"),
    }
}

/// The pieces that did not come yet, the bytes that came, and whether the end is behind them.
#[derive(Default)]
struct Model {
    pieces: VecDeque<Vec<u8>>,
    came: Vec<u8>,
    end_is_near: bool,
    ended: bool,
    limit: usize,
}

impl Model {
    /// Answers a call, or `None` if it waits. A call that waits has let all pieces come.
    fn answer(&mut self, op: &Op) -> Option<Answer> {
        loop {
            if let Some(answer) = self.answer_now(op) {
                return Some(answer);
            }
            match self.pieces.pop_front() {
                Some(piece) => self.came.extend(piece),
                None if self.end_is_near => self.ended = true,
                None => return None,
            }
        }
    }

    fn take(&mut self, count: usize) -> Vec<u8> {
        self.came.drain(..count).collect()
    }

    /// Answers by the bytes that came.
    fn answer_now(&mut self, op: &Op) -> Option<Answer> {
        let (len, ended) = (self.came.len(), self.ended);
        match op {
            Op::Feed(_) | Op::End => None,
            Op::Read(0) => Some(Answer::Bytes(Vec::new())),
            Op::Read(most) => (len > 0 || ended).then(|| Answer::Bytes(self.take(len.min(*most)))),
            Op::ReadToEnd => ended.then(|| Answer::Bytes(self.take(len))),
            Op::Exactly(count) if len >= *count => Some(Answer::Bytes(self.take(*count))),
            Op::Exactly(count) => ended.then(|| Answer::Incomplete(self.take(len), Some(*count))),
            Op::Until(separator) => self.until(separator),
            Op::Line => match self.until(b"\n")? {
                Answer::Incomplete(partial, _) => Some(Answer::Bytes(partial)),
                Answer::Overrun(consumed, found) => {
                    let dropped = if found { consumed + 1 } else { len };
                    drop(self.take(dropped));
                    Some(Answer::Overrun(consumed, found))
                }
                bytes => Some(bytes),
            },
        }
    }

    fn until(&mut self, separator: &[u8]) -> Option<Answer> {
        let mut windows = self.came.windows(separator.len());
        if let Some(at) = windows.position(|window| window == separator) {
            return Some(match at > self.limit {
                true => Answer::Overrun(at, true),
                false => Answer::Bytes(self.take(at + separator.len())),
            });
        }
        // So many bytes are known to be in front of the separator.
        let before = (self.came.len() + 1).saturating_sub(separator.len());
        if before > self.limit {
            return Some(Answer::Overrun(before, false));
        }
        let len = self.came.len();
        self.ended.then(|| Answer::Incomplete(self.take(len), None))
    }
}

async fn call(reader: &mut StreamReader<Fed>, op: &Op) -> Answer {
    match op {
        Op::Read(most) => Answer::Bytes(reader.read(*most).await.unwrap()),
        Op::ReadToEnd => Answer::Bytes(reader.read_to_end().await.unwrap()),
        Op::Line => told(reader.readline().await),
        Op::Exactly(count) => told(reader.readexactly(*count).await),
        Op::Until(separator) => told(reader.readuntil(separator).await),
        Op::Feed(_) | Op::End => unreachable!("it is no call"),
    }
}

proptest! {
    /// Every call answers by its definition, in whichever pieces the bytes came, and a call
    /// that waits and is dropped changes nothing.
    #[test]
    fn a_reader_is_a_list_of_bytes(
        limit in 1..12_usize,
        ops in prop::collection::vec(op(), 0..40),
    ) {
        let fed = Fed::default();
        let mut reader = StreamReader::with_limit(limit, fed.clone());
        let mut model = Model { limit, ..Model::default() };
        let mut cx = Context::from_waker(Waker::noop());
        for op in &ops {
            match op {
                Op::Feed(piece) if !model.end_is_near => {
                    fed.feed(piece);
                    model.pieces.push_back(piece.clone());
                }
                Op::Feed(_) => {}
                Op::End => {
                    fed.end();
                    model.end_is_near = true;
                }
                op => {
                    let answer = match pin!(call(&mut reader, op)).poll(&mut cx) {
                        Poll::Ready(answer) => Some(answer),
                        Poll::Pending => None, // and the call is dropped
                    };
                    prop_assert_eq!(answer, model.answer(op), "{:?}", op);
                    prop_assert_eq!(reader.at_eof(), model.ended && model.came.is_empty());
                }
            }
        }
    }

    /// Every byte that was fed comes out once, in order, whichever calls ask for it.
    #[test]
    fn no_byte_is_lost_or_doubled(
        pieces in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..5000), 0..8),
        sizes in prop::collection::vec(1..9000_usize, 1..20),
    ) {
        let fed = Fed::default();
        let mut reader = StreamReader::new(fed.clone());
        pieces.iter().for_each(|piece| fed.feed(piece));
        fed.end();
        let mut cx = Context::from_waker(Waker::noop());
        let mut got = Vec::new();
        let mut sizes = sizes.into_iter().cycle();
        while !reader.at_eof() {
            let size = sizes.next().unwrap();
            let read = async {
                match size % 2 {
                    0 => reader.read(size).await.unwrap(),
                    _ => match reader.readexactly(size).await {
                        Ok(bytes) => bytes,
                        Err(ReadError::Incomplete { partial, .. }) => partial,
                        Err(other) => panic!("{other}"),
                    },
                }
            };
            match pin!(read).poll(&mut cx) {
                Poll::Ready(bytes) => got.extend(bytes),
                Poll::Pending => panic!("it waits behind the end"),
            }
        }
        prop_assert!(got == pieces.concat());
    }
}

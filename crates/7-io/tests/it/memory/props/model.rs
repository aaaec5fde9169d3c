//! A connection in memory beside two deques.
//!
//! The problem: how many bytes a write takes is a matter of the system, so it is not compared with
//! one. Here it is compared with the dullest model: a way is a deque of at most a window of bytes.
//!
//! Read next: `memory/props/paths.rs`.

use std::collections::VecDeque;
use std::io::ErrorKind;
use std::net::Shutdown;
use std::pin::pin;
use std::task::Poll;

use futures::{AsyncReadExt, AsyncWriteExt};
use groundup_io::Network;
use proptest::prelude::*;

use crate::setup::*;

#[derive(Clone, Debug)]
enum Op {
    Write(Vec<u8>),
    Read(usize),
    End,
}

fn op() -> impl Strategy<Value = (usize, Op)> {
    let op = prop_oneof![
        8 => prop::collection::vec(any::<u8>(), 1..30).prop_map(Op::Write),
        8 => (0..30_usize).prop_map(Op::Read),
        1 => Just(Op::End),
    ];
    (0..2_usize, op)
}

/// One way of a connection.
#[derive(Default)]
struct Deque {
    bytes: VecDeque<u8>,
    ended: bool,
}

impl Deque {
    /// Returns the number of bytes taken; `None` if the writer waits.
    fn write(&mut self, bytes: &[u8], window: usize) -> Result<Option<usize>, ErrorKind> {
        if self.ended {
            return Err(ErrorKind::BrokenPipe);
        }
        let count = bytes.len().min(window - self.bytes.len());
        self.bytes.extend(&bytes[..count]);
        Ok(Some(count).filter(|count| *count > 0))
    }

    /// Returns the bytes; `None` if the reader waits.
    fn read(&mut self, most: usize) -> Option<Vec<u8>> {
        let count = most.min(self.bytes.len());
        let waits = self.bytes.is_empty() && !self.ended;
        (!waits).then(|| self.bytes.drain(..count).collect())
    }
}

proptest! {
    /// A connection in memory is two deques of at most a window of bytes.
    #[test]
    fn a_connection_is_two_deques(
        window in 1..50_usize,
        script in prop::collection::vec(op(), 0..60),
    ) {
        Setup::without_sockets().run(async {
            let network = Network::builder().window(window).build();
            let (client, server) = connection().await;
            let ends = [client, server];
            let mut ways = [Deque::default(), Deque::default()];
            for (at, op) in &script {
                let mut end = &ends[*at];
                match op {
                    Op::Write(bytes) => {
                        let done = match futures::poll!(pin!(end.write(bytes))) {
                            Poll::Ready(done) => done.map(Some).map_err(|error| error.kind()),
                            Poll::Pending => Ok(None),
                        };
                        assert_eq!(done, ways[*at].write(bytes, window), "{op:?}");
                    }
                    Op::Read(most) => {
                        let mut room = vec![0; *most];
                        let read = match futures::poll!(pin!(end.read(&mut room))) {
                            Poll::Ready(count) => Some(count.unwrap()),
                            Poll::Pending => None,
                        };
                        let read = read.map(|count| room[..count].to_vec());
                        assert_eq!(read, ways[1 - *at].read(*most), "{op:?}");
                    }
                    Op::End => {
                        // It is refused when both ways have ended.
                        let over = ways.iter().all(|way| way.ended);
                        assert_eq!(end.shutdown(Shutdown::Write).is_err(), over);
                        ways[*at].ended = true;
                    }
                }
            }
            drop(ends);
            assert_is_empty(&network);
        });
    }
}

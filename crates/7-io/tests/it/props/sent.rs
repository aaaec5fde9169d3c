//! A writer beside a list.
//!
//! Read next: `passed.rs`.

use std::pin::pin;

use groundup_io::StreamWriter;
use groundup_io::task::yield_now;
use proptest::prelude::*;

use crate::setup::{Pipe, Setup};

#[derive(Clone, Debug)]
enum Op {
    Write(Vec<u8>),
    Room(usize),
    Yield,
    /// Polls a drain, and drops it.
    Drain,
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        4 => prop::collection::vec(any::<u8>(), 0..20).prop_map(Op::Write),
        4 => (0..30_usize).prop_map(Op::Room),
        2 => Just(Op::Yield),
        3 => Just(Op::Drain),
    ]
}

proptest! {
    /// The peer gets a beginning of the bytes that were written, in order; all of them at the end; and
    /// a drain is ready if and only if no more bytes wait than the marks allow.
    #[test]
    fn a_writer_is_a_list_of_bytes(
        (low, high) in (0..10_usize).prop_flat_map(|low| (Just(low), low..20)),
        ops in prop::collection::vec(op(), 0..40),
        closes in any::<bool>(),
    ) {
        Setup::without_sockets().run(async {
            let pipe = Pipe::default();
            let mut writer = StreamWriter::new(pipe.writer());
            writer.set_write_buffer_limits(high, low);
            let mut written = Vec::new();
            for op in ops {
                match op {
                    Op::Write(bytes) => {
                        writer.write(&bytes);
                        written.extend(bytes);
                    }
                    Op::Room(bytes) => pipe.make_room(bytes),
                    Op::Yield => {
                        yield_now().await;
                    }
                    Op::Drain => {
                        let ready = futures::poll!(pin!(writer.drain())).is_ready();
                        let waits = writer.waiting_bytes();
                        // Between the marks it depends on the way there.
                        if waits > high {
                            assert!(!ready);
                        } else if waits <= low {
                            assert!(ready);
                        }
                    }
                }
                let taken = pipe.taken();
                assert_eq!(writer.waiting_bytes(), written.len() - taken.len());
                assert!(written.starts_with(&taken));
            }
            pipe.make_room(usize::MAX);
            if closes {
                writer.close();
                writer.wait_closed().await.unwrap();
            }
            drop(writer);
            for _ in 0..5 {
                yield_now().await;
            }
            assert_eq!(pipe.taken(), written);
            assert!(pipe.is_closed() && pipe.is_dropped());
        });
    }
}

//! A socket beside two lists, with cancels between.
//!
//! The problem: a byte that was read in the step into which a cancel is delivered, or a wake that goes
//! to a future that was dropped, is lost without a trace. So operations begin, wait, are cancelled and
//! dropped at random, while a peer sends, reads and ends.
//!
//! Read next: `channels.rs`.

use std::cell::RefCell;
use std::io::{Read, Write};
use std::os::unix::net::UnixStream as StdStream;
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;

use futures::{AsyncReadExt, AsyncWriteExt};
use groundup_io::UnixStream;
use groundup_io::executor::spawn;
use groundup_io::task::yield_now;
use proptest::prelude::*;

use crate::setup::Setup;

#[derive(Clone, Debug)]
enum Op {
    /// The peer sends bytes.
    Comes(Vec<u8>),
    /// The peer reads what there is.
    Taken,
    /// Polls a read, and drops it.
    PollRead(usize),
    /// Polls a write, and drops it.
    PollWrite(Vec<u8>),
    /// Reads in a task that is cancelled so many iterations later, and yields meanwhile; before the
    /// cancel, the peer may send.
    Task(usize, usize, Vec<u8>),
    /// Yields, so that the loop looks.
    Yield(usize),
}

fn bytes() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(any::<u8>(), 0..40)
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        4 => bytes().prop_map(Op::Comes),
        2 => Just(Op::Taken),
        4 => (1..30_usize).prop_map(Op::PollRead),
        3 => bytes().prop_map(Op::PollWrite),
        4 => (1..30_usize, 0..4_usize, bytes()).prop_map(|(n, after, b)| Op::Task(n, after, b)),
        2 => (1..80_usize).prop_map(Op::Yield),
    ]
}

async fn run(ops: Vec<Op>) {
    let (mut peer, socket) = StdStream::pair().unwrap();
    peer.set_nonblocking(true).unwrap();
    let socket = Rc::new(UnixStream::from_std(socket).unwrap());
    let (mut came, mut went) = (Vec::new(), Vec::new());
    let (got, mut taken) = (Rc::<RefCell<Vec<u8>>>::default(), Vec::new());
    for op in ops {
        match op {
            Op::Comes(bytes) => {
                peer.write_all(&bytes).unwrap();
                came.extend(bytes);
            }
            Op::Taken => drop(peer.read_to_end(&mut taken)), // until it would block
            Op::PollRead(count) => {
                let mut room = vec![0; count];
                let mut stream = &*socket;
                let read = pin!(stream.read(&mut room));
                if let Poll::Ready(count) = futures::poll!(read) {
                    got.borrow_mut().extend(&room[..count.unwrap()]);
                }
            }
            Op::PollWrite(bytes) => {
                let mut stream = &*socket;
                if let Poll::Ready(count) = futures::poll!(pin!(stream.write(&bytes))) {
                    went.extend(&bytes[..count.unwrap()]);
                }
            }
            Op::Task(count, after, bytes) => {
                let (socket, got) = (socket.clone(), got.clone());
                let task = spawn(async move {
                    let mut room = vec![0; count];
                    let count = (&*socket).read(&mut room).await.unwrap();
                    got.borrow_mut().extend(&room[..count]);
                });
                for _ in 0..after {
                    yield_now().await;
                }
                peer.write_all(&bytes).unwrap();
                came.extend(bytes);
                task.cancel();
                if let Err(error) = task.await {
                    assert!(error.is_cancelled(), "{error}");
                }
            }
            Op::Yield(count) => {
                for _ in 0..count {
                    yield_now().await;
                }
            }
        }
    }
    peer.shutdown(std::net::Shutdown::Write).unwrap();
    let mut rest = Vec::new();
    (&*socket).read_to_end(&mut rest).await.unwrap();
    got.borrow_mut().extend(rest);
    (&*socket).close().await.unwrap();
    drop(peer.read_to_end(&mut taken));
    assert_eq!(*got.borrow(), came, "bytes that came");
    assert_eq!(taken, went, "bytes that went");
}

proptest! {
    /// The bytes that a socket gives are the bytes that its peer has sent, and the other way round,
    /// whichever operations were dropped or cancelled meanwhile.
    #[test]
    fn a_socket_is_two_lists_of_bytes(ops in prop::collection::vec(op(), 0..60)) {
        Setup::new().run(run(ops));
    }
}

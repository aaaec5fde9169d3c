//! Bytes under latency, bandwidth, jitter and cancels.
//!
//! The problem: packets overtake each other, a window fills, and tasks are cancelled in the middle of
//! a read or a write. No byte may be lost, doubled or moved by any of that.
//!
//! Read next: `memory/chat.rs`.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use futures::{AsyncReadExt, AsyncWriteExt};
use groundup_io::executor::{EventLoop, sleep, spawn};
use groundup_io::{Network, TcpStream};
use proptest::prelude::*;

use crate::setup::*;

/// A stint of work: how long it lasts, and how many bytes an operation passes at most.
type Stint = (u64, usize);

fn stints() -> impl Strategy<Value = Vec<Stint>> {
    prop::collection::vec((0..3000_u64, 1..300_usize), 0..20)
}

/// The byte at a place of the stream.
fn byte(at: usize) -> u8 {
    (at % 251) as u8
}

/// Writes in tasks that are cancelled when their time is over. Returns the number of bytes taken.
async fn write_in_stints(stream: Rc<TcpStream>, stints: Vec<Stint>) -> usize {
    let taken = Rc::new(Cell::new(0));
    for (nanos, size) in stints {
        let (stream, own) = (stream.clone(), taken.clone());
        let task = spawn(async move {
            loop {
                let bytes: Vec<u8> = (own.get()..own.get() + size).map(byte).collect();
                own.set(own.get() + (&*stream).write(&bytes).await.unwrap());
                sleep(Duration::from_nanos(size as u64)).await;
            }
        });
        sleep(Duration::from_nanos(nanos)).await;
        task.cancel();
        drop(task.await);
    }
    taken.get()
}

/// Reads in tasks that are cancelled when their time is over, and then to the end.
async fn read_in_stints(stream: Rc<TcpStream>, stints: Vec<Stint>) -> Vec<u8> {
    let got = Rc::<RefCell<Vec<u8>>>::default();
    for (nanos, size) in stints {
        let (stream, own) = (stream.clone(), got.clone());
        let task = spawn(async move {
            let mut room = vec![0; size];
            loop {
                let count = (&*stream).read(&mut room).await.unwrap();
                own.borrow_mut().extend(&room[..count]);
                sleep(Duration::from_nanos(size as u64)).await;
            }
        });
        sleep(Duration::from_nanos(nanos)).await;
        task.cancel();
        drop(task.await);
    }
    let mut rest = Vec::new();
    (&*stream).read_to_end(&mut rest).await.unwrap();
    let mut got = got.take();
    got.extend(rest);
    got
}

proptest! {
    /// The bytes that a reader gets are those that the writers' calls took, in order, and nothing is
    /// left in the network, whatever the link is like and whichever calls are cancelled.
    #[test]
    fn bytes_are_conserved(
        seed in any::<u64>(),
        (latency, jitter) in (0..1000_u64, 0..1000_u64),
        bandwidth in prop::option::of(1_000_000..1_000_000_000_u64),
        window in 1..1000_usize,
        (writes, reads) in (stints(), stints()),
        cuts in prop::collection::vec((0..2000_u64, 0..2000_u64), 0..3),
    ) {
        let event_loop = EventLoop::builder().virtual_time().seed(seed).build();
        Setup::with(event_loop).run(async {
            let network = Network::builder()
                .latency(Duration::from_nanos(latency))
                .jitter(Duration::from_nanos(jitter))
                .window(window);
            let network = match bandwidth {
                Some(bandwidth) => network.bandwidth(bandwidth),
                None => network,
            };
            let network = network.build();
            let (client, server) = connection().await;
            let here = network.host("localhost");
            let breaker = spawn({
                let network = network.clone();
                async move {
                    for (until, cut) in cuts {
                        sleep(Duration::from_nanos(until)).await;
                        network.partition(&here, &here);
                        sleep(Duration::from_nanos(cut)).await;
                        network.heal(&here, &here);
                    }
                }
            });
            let writing = spawn(async move {
                let stream = Rc::new(client);
                let taken = write_in_stints(stream.clone(), writes).await;
                (&*stream).close().await.unwrap();
                (taken, stream)
            });
            let got = read_in_stints(Rc::new(server), reads).await;
            let (taken, client) = writing.await.unwrap();
            breaker.await.unwrap();
            assert!(got.len() == taken && (0..taken).map(byte).eq(got));
            drop(client);
            sleep(Duration::from_secs(1)).await; // what is on its way arrives
            assert_is_empty(&network);
        });
    }

    /// A connection that is dropped at any moment of a transfer leaves nothing, and its peer gets a
    /// beginning of the bytes and then the end or a reset.
    #[test]
    fn a_drop_at_any_moment_leaves_nothing(
        seed in any::<u64>(),
        latency in 0..500_u64,
        (writer_lives, reader_lives) in (0..5000_u64, 0..5000_u64),
    ) {
        let event_loop = EventLoop::builder().virtual_time().seed(seed).build();
        Setup::with(event_loop).run(async {
            let latency = Duration::from_nanos(latency);
            let network = Network::builder().latency(latency).jitter(latency).window(100).build();
            let (mut client, mut server) = connection().await;
            let writing = spawn(async move {
                for at in 0.. {
                    if client.write_all(&[byte(at)]).await.is_err() {
                        break;
                    }
                    sleep(Duration::from_nanos(10)).await;
                }
            });
            let reading = spawn(async move {
                let mut at = 0;
                let mut room = [0; 7];
                while let Ok(count @ 1..) = server.read(&mut room).await {
                    assert!(room[..count].iter().all(|got| {
                        at += 1;
                        *got == byte(at - 1)
                    }));
                }
            });
            let (one, other) = (writing.cancel_on_drop(), reading.cancel_on_drop());
            let end = spawn(async move {
                sleep(Duration::from_nanos(reader_lives)).await;
                drop(other);
            });
            sleep(Duration::from_nanos(writer_lives)).await;
            drop(one);
            end.await.unwrap();
            sleep(Duration::from_secs(1)).await;
            assert_is_empty(&network);
        });
    }
}

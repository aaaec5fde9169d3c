//! Scenes of datagrams, Unix sockets, look-ups, and races of connects.
//!
//! The problem: a socket in memory has no law that a counter at its side tells: what was not read is in the
//! socket. So a scene reads in the end what is left, and the law compares.
//!
//! Invariant: the law of what is left holds if the scene came to its end; a run that drops or cancels its
//! future earlier must come to rest.
//!
//! Read next: `../ledger.rs`.

use std::cell::Cell;
use std::future::Future;
use std::io;
use std::rc::Rc;

use futures::{AsyncReadExt, AsyncWriteExt};
use groundup::net::{
    Network, TcpListener, UdpSocket, UnixListener, UnixStream, look_up, open_connection,
    staggered_race,
};
use groundup::{sleep, spawn, timeout};
use groundup_testkit::Case;

use super::{Account, Scene, child, lawful, scene, three};
use crate::toys::ms;

/// What was sent, what was received, and what was left when the scene came to its end.
#[derive(Clone, Default)]
struct Sent {
    account: Account,
    left: Rc<Cell<Option<u32>>>,
}

impl Sent {
    /// Makes the case of a scene that counts, and returns what is left.
    fn case<F: Future<Output = u32> + 'static>(scene: impl FnOnce(Account) -> F) -> Case {
        let sent = Sent::default();
        let (scene, own) = (scene(sent.account.clone()), sent.clone());
        let whole = async move { own.left.set(Some(scene.await)) };
        Case::new(whole).law(move || {
            let (put, got) = (sent.account.put.get(), sent.account.got.get());
            got <= put && sent.left.get().is_none_or(|left| put == got + left)
        })
    }
}

/// Two tasks receive, and a third one sends to both.
fn datagrams() -> Scene {
    let law = "each datagram is in the socket, or was received once";
    lawful("UdpSocket, recv_from", law, || {
        Sent::case(|account| async move {
            Network::new();
            let server = Rc::new(UdpSocket::bind(([127, 0, 0, 1], 53)).unwrap());
            let own = server.clone();
            three(move |number| {
                let (server, Account { put, got }) = (own.clone(), account.clone());
                async move {
                    if number < 2 {
                        if server.recv_from(&mut [0; 4]).await.is_ok() {
                            got.set(got.get() + 1);
                        }
                        return;
                    }
                    let client = UdpSocket::bind(([127, 0, 0, 1], 0)).unwrap();
                    for _ in 0..2 {
                        let to = server.local_addr().unwrap();
                        if client.send_to(b"ping", to).await.is_ok() {
                            put.set(put.get() + 1);
                        }
                        sleep(ms(1)).await;
                    }
                }
            })
            .await;
            let mut left = 0;
            while let Ok(received) = timeout(ms(5), server.recv_from(&mut [0; 4])).await {
                left += u32::from(received.is_ok());
            }
            left
        })
    })
}

/// One end writes byte by byte, and two tasks read from the other end.
fn bytes() -> Scene {
    let law = "each byte is in the socket, or was read once";
    lawful("UnixStream, reads and writes", law, || {
        Sent::case(|account| async move {
            Network::builder().window(1).build();
            let (reads, writes) = UnixStream::pair().unwrap();
            let (reads, writes) = (Rc::new(reads), Rc::new(writes));
            let (reader, writer) = (reads.clone(), writes.clone());
            three(move |number| {
                let (reader, writer) = (reader.clone(), writer.clone());
                let Account { put, got } = account.clone();
                async move {
                    for _ in 0..2 {
                        let (count, passed) = match number {
                            2 => (&put, (&*writer).write(b"x").await),
                            _ => (&got, (&*reader).read(&mut [0]).await),
                        };
                        count.set(count.get() + passed.map_or(0, |bytes| bytes as u32));
                    }
                }
            })
            .await;
            let mut left = 0;
            while let Ok(read) = timeout(ms(5), (&*reads).read(&mut [0])).await {
                left += read.map_or(0, |bytes| bytes as u32);
            }
            drop(writes);
            left
        })
    })
}

/// A listener at a path, and a client that asks it.
fn at_a_path() -> Scene {
    scene("UnixListener, UnixStream", || async {
        Network::new();
        let listener = UnixListener::bind("/run/echo").unwrap();
        let serve = async move {
            let mut stream = listener.accept().await?;
            let mut four = [0; 4];
            stream.read_exact(&mut four).await?;
            stream.write_all(&four).await
        };
        let server = spawn(async move { timeout(ms(50), serve).await.ok() });
        let call = async {
            let mut stream = UnixStream::connect("/run/echo").await?;
            stream.write_all(b"ping").await?;
            stream.read_exact(&mut [0; 4]).await
        };
        let called = timeout(ms(50), call).await;
        server.await.ok();
        called.is_ok()
    })
}

/// Three attempts, of which the first fails, the second is silent, and the third wins.
fn race() -> Scene {
    lawful(
        "staggered_race",
        "the attempts that lose are dropped",
        || {
            let (alive, over) = (Rc::new(()), Rc::new(Cell::new(None)));
            let (own, told) = (alive.clone(), over.clone());
            let attempts = [1, 50, 4].map(|milliseconds| {
                let alive = alive.clone();
                async move {
                    let _alive = alive;
                    match child(milliseconds).await {
                        1 => Err("no"),
                        took => Ok(took),
                    }
                }
            });
            let race = async move {
                let won = staggered_race(attempts, ms(3)).await;
                told.set(Some((won, Rc::strong_count(&own))));
            };
            drop(alive);
            Case::new(race).law(move || {
                let over = over.take();
                // The one that is left is held by this scene.
                over.is_none_or(|(won, alive)| won == Ok(4) && alive == 1)
            })
        },
    )
}

/// The scenes.
pub(super) fn scenes() -> Vec<Scene> {
    vec![
        datagrams(),
        at_a_path(),
        bytes(),
        scene("look_up, on a thread", || async {
            look_up("localhost", 80)
                .await
                .map_or(0, |found| found.len())
        }),
        race(),
        scene("open_connection, whose first address refuses", || async {
            let network = Network::builder().latency(ms(3)).build();
            let addresses = ["fd00::1", "192.0.2.1"].map(|text| text.parse().unwrap());
            let server = network.host_at("server", addresses);
            let listening = server.run(async { TcpListener::bind(([0; 4], 80)) });
            let listener = listening.await.unwrap();
            let (reader, writer) = open_connection("server", 80).await?;
            drop((listener, reader, writer));
            Ok::<_, io::Error>(())
        }),
    ]
}

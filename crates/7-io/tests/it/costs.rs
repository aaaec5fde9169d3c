//! Counts the steps of an event, beside 10^2 to 10^5 silent sockets.
//!
//! The problem: a reactor that looks at all its sockets after an event, or wakes all waiters of a socket
//! when one of them gives up, gives the right answers, and stands still beside a hundred thousand idle
//! connections. So the tests count the polls of the waits, what is done to wakers of another executor, the
//! steps and the iterations.
//!
//! | where | silent sockets |
//! |---|---|
//! | in memory | 10^2 to 10^4, and to 10^5 if `GROUNDUP_LARGEST` says so, as `.ci/run` does |
//! | on the system | 10^2 to as many as the process may have descriptors for, at most 2,000 |
//!
//! Invariants:
//! 1. An event of one socket is a poll of its own wait alone.
//! 2. A wait that is dropped is a poll of no other, and touches no other waker.
//!
//! Read next: `errors.rs`.

use std::any::Any;
use std::cell::Cell;
use std::future::{Future, poll_fn};
use std::net::{TcpStream as StdStream, UdpSocket as StdUdpSocket};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::task::{Context, Wake, Waker};

use futures::FutureExt;
use futures::future::LocalBoxFuture;
use futures::{AsyncReadExt, AsyncWriteExt};
use groundup_io::executor::{current_loop, spawn};
use groundup_io::task::yield_now;
use groundup_io::{Network, TcpListener, UdpSocket, UnixListener, UnixStream};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::setup::*;

/// Number of events, of waits that are cancelled, and of waits of another executor that are dropped.
const EVENTS: usize = 5;

/// Number of bytes that a write in memory can take before its peer reads.
const WINDOW: usize = 16;

/// A wait for a socket, and the event that ends it. The event returns the peer.
struct Silent {
    wait: LocalBoxFuture<'static, ()>,
    event: Box<dyn FnOnce() -> Box<dyn Any>>,
}

/// Makes a silent socket of this number, in the running loop.
type Kind = (&'static str, fn(usize) -> Silent);

/// Polls once a future that does not wait.
fn at_once<T>(future: impl Future<Output = T>) -> T {
    future.now_or_never().expect("it does not wait")
}

fn silent<P: 'static>(
    wait: impl Future<Output = ()> + 'static,
    event: impl FnOnce() -> P + 'static,
) -> Silent {
    Silent {
        wait: Box::pin(wait),
        event: Box::new(|| Box::new(event())),
    }
}

fn read(_: usize) -> Silent {
    let (mut one, mut peer) = UnixStream::pair().unwrap();
    let wait = async move { one.read_exact(&mut [0]).await.unwrap() };
    silent(wait, move || {
        at_once(peer.write_all(b"x")).unwrap();
        peer
    })
}

fn write(_: usize) -> Silent {
    let (mut one, mut peer) = UnixStream::pair().unwrap();
    at_once(one.write_all(&[7; WINDOW])).unwrap();
    let wait = async move { one.write_all(b"x").await.unwrap() };
    silent(wait, move || {
        at_once(peer.read_exact(&mut [0])).unwrap();
        peer
    })
}

fn accept_in_memory(number: usize) -> Silent {
    let path = number.to_string();
    let listener = UnixListener::bind(&path).unwrap();
    let wait = async move { drop(listener.accept().await.unwrap()) };
    silent(wait, move || UnixStream::connect(path).now_or_never())
}

fn accept(_: usize) -> Silent {
    let listener = TcpListener::bind(LOCAL).unwrap();
    let address = listener.local_addr().unwrap();
    let wait = async move { drop(listener.accept().await.unwrap()) };
    silent(wait, move || StdStream::connect(address).unwrap())
}

/// A host has 16,384 ports.
fn receive_in_memory(number: usize) -> Silent {
    let host = Network::current()
        .unwrap()
        .host(format!("host {}", number / 10_000));
    let bind = || async { UdpSocket::bind(([0; 4], 0)).unwrap() };
    let socket = at_once(host.run(bind()));
    let to = (host.addresses()[0], socket.local_addr().unwrap().port());
    let wait = async move { assert_eq!(socket.recv_from(&mut [0]).await.unwrap().0, 1) };
    silent(wait, move || {
        let sender = at_once(host.run(bind()));
        at_once(sender.send_to(b"x", to)).unwrap();
        sender
    })
}

fn receive(_: usize) -> Silent {
    let socket = UdpSocket::bind(LOCAL).unwrap();
    let address = socket.local_addr().unwrap();
    let wait = async move { assert_eq!(socket.recv_from(&mut [0]).await.unwrap().0, 1) };
    silent(wait, move || {
        let sender = StdUdpSocket::bind("127.0.0.1:0").unwrap();
        sender.send_to(b"x", address).unwrap();
        sender
    })
}

/// Counts its wakes. Its clones are counted by its `Arc`.
#[derive(Default)]
struct Wakes(AtomicUsize);

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Relaxed);
    }
}

/// What some events and dropped waits have cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Cost {
    /// Polls of the tasks that wait.
    polls: usize,
    /// Wakes of the wakers of another executor, and those of its wakers that were given back.
    wakes: usize,
    given_back: usize,
    steps: u64,
    iterations: u64,
}

/// Makes silent sockets. Tasks wait for one half of them, and another executor for the other half. Returns
/// what some events and some dropped waits cost.
async fn cost(make: fn(usize) -> Silent, others: usize) -> Cost {
    let (polls, wakes) = (Rc::new(Cell::new(0)), Arc::new(Wakes::default()));
    let waker = Waker::from(wakes.clone());
    let (mut tasks, mut foreign) = (Vec::new(), Vec::new());
    for number in 0..others {
        let Silent { mut wait, event } = make(number);
        if number % 2 == 1 {
            assert!(
                wait.as_mut()
                    .poll(&mut Context::from_waker(&waker))
                    .is_pending()
            );
            foreign.push((wait, event));
            continue;
        }
        let polls = polls.clone();
        let wait = poll_fn(move |cx| {
            polls.set(polls.get() + 1);
            wait.as_mut().poll(cx)
        });
        tasks.push((spawn(wait), event));
    }
    for _ in 0..3 {
        yield_now().await;
    }
    polls.set(0);
    let clones = Arc::strong_count(&wakes);
    let before = current_loop().metrics();
    let mut peers = Vec::new();
    for _ in 0..EVENTS {
        let (task, event) = tasks.swap_remove(tasks.len() / 2);
        peers.push(event());
        task.await.unwrap();
        let (task, event) = tasks.swap_remove(tasks.len() / 2);
        assert!(task.cancel());
        assert!(task.await.unwrap_err().is_cancelled());
        let (wait, other_event) = foreign.swap_remove(foreign.len() / 2);
        drop(wait);
        drop((event, other_event));
        yield_now().await;
    }
    let after = current_loop().metrics();
    let cost = Cost {
        polls: polls.get(),
        wakes: wakes.0.load(Relaxed),
        given_back: clones - Arc::strong_count(&wakes),
        steps: after.steps - before.steps,
        iterations: after.iterations - before.iterations,
    };
    assert!(tasks.iter().all(|(task, _)| !task.done()));
    for (task, _) in &tasks {
        task.cancel();
    }
    cost
}

/// Checks that the costs are those of a few sockets.
fn assert_equal(kind: &str, costs: &[Cost]) {
    let first = costs[0];
    assert!(
        costs.iter().all(|cost| *cost == first),
        "{kind}: {costs:#?}"
    );
    let polls = (first.polls, first.wakes, first.given_back);
    assert_eq!(polls, (EVENTS, 0, EVENTS), "{kind}: {costs:#?}");
}

#[test]
fn an_event_in_memory_costs_the_same_beside_silent_sockets() {
    let largest = std::env::var("GROUNDUP_LARGEST").ok();
    let largest = largest.map_or(10_000, |text| text.parse().expect("a number"));
    let kinds: [Kind; 4] = [
        ("a read", read),
        ("a write", write),
        ("an accept", accept_in_memory),
        ("a datagram", receive_in_memory),
    ];
    for (kind, make) in kinds {
        let costs = [100, 1_000, largest].map(|others| {
            Setup::without_sockets().run(async move {
                let _network = Network::builder().window(WINDOW).build();
                cost(make, others).await
            })
        });
        assert_equal(kind, &costs);
    }
}

#[test]
fn an_event_of_the_system_costs_the_same_beside_silent_sockets() {
    let limits = getrlimit(Resource::Nofile);
    let (current, maximum) = (limits.maximum, limits.maximum);
    setrlimit(Resource::Nofile, Rlimit { current, maximum }).unwrap();
    // A pair has two descriptors, and other tests have some, too.
    let most = current.map_or(2_000, |most| (most as usize / 4).min(2_000));
    let kinds: [Kind; 3] = [
        ("a read", read),
        ("an accept", accept),
        ("a datagram", receive),
    ];
    for (kind, make) in kinds {
        let costs = [100, most / 4, most]
            .map(|others| Setup::new().run(async move { cost(make, others).await }));
        assert_equal(kind, &costs);
    }
}

//! The driver: busy loops, limits, order, parks, refusals.
//!
//! Read next: `sockets.rs`.

use std::cell::{Cell, RefCell};
use std::io::{ErrorKind, Write};
use std::net::TcpListener as StdListener;
use std::os::unix::net::UnixStream as StdStream;
use std::panic::catch_unwind;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;
use std::time::Duration;

use futures::{AsyncReadExt, AsyncWriteExt};
use groundup_io::combinators::{gather, join, timeout};
use groundup_io::executor::{
    Driver, EventLoop, Outside, Parked, ThreadPark, current_loop, driver, sleep, spawn, stop, time,
};
use groundup_io::task::{ReportKind, Unpark, catch_cancel, yield_now};
use groundup_io::trace::{Recording, Replay, Seeded};
use groundup_io::{Reactor, TcpListener, UdpSocket, UnixStream, look_up, open_connection};

use crate::memory::reports::wakes_by_sockets;
use crate::setup::*;

/// Makes round trips of one byte over a connection, and returns how many succeeded.
async fn round_trips(count: usize) -> usize {
    let (mut client, mut server) = connection().await;
    let echo = spawn(async move {
        let mut byte = [0];
        while server.read(&mut byte).await.unwrap() == 1 {
            server.write_all(&byte).await.unwrap();
        }
    });
    let mut done = 0;
    for number in 0..count {
        let sent = [number as u8];
        let mut byte = [0];
        client.write_all(&sent).await.unwrap();
        client.read_exact(&mut byte).await.unwrap();
        done += usize::from(byte == sent);
    }
    drop(client);
    echo.await.unwrap();
    done
}

#[test]
fn a_loop_with_a_task_that_always_yields_serves_its_sockets() {
    Setup::new().run(async {
        let busy = spawn(async {
            loop {
                yield_now().await;
            }
        });
        assert_eq!(round_trips(100).await, 100);
        busy.cancel();
    });
}

#[test]
fn a_loop_whose_timers_are_always_due_serves_its_sockets() {
    Setup::new().run(async {
        let busy = spawn(async {
            loop {
                sleep(Duration::from_nanos(1)).await;
            }
        });
        assert_eq!(round_trips(100).await, 100);
        busy.cancel();
    });
}

#[test]
fn a_socket_that_always_has_data_does_not_starve_the_other_tasks() {
    const BYTES: usize = 20_000;
    Setup::new().run(async {
        let (mut filler, socket) = StdStream::pair().unwrap();
        filler.write_all(&[7; BYTES]).unwrap();
        let turns = Rc::new(Cell::new(0));
        let counted = turns.clone();
        let other = spawn(async move {
            loop {
                counted.set(counted.get() + 1);
                yield_now().await;
            }
        });
        let mut socket = UnixStream::from_std(socket).unwrap();
        let mut byte = [0];
        for _ in 0..BYTES {
            socket.read_exact(&mut byte).await.unwrap();
        }
        // At most 128 reads between two looks, and each wait for a look lets the other task run.
        assert!(turns.get() >= BYTES / 128, "{} turns", turns.get());
        other.cancel();
    });
}

#[test]
fn a_task_that_ignores_errors_of_a_socket_does_not_stop_the_loop() {
    Setup::new().run(async {
        let here = UdpSocket::bind(LOCAL).unwrap();
        here.connect(here.local_addr().unwrap()).unwrap();
        let too_long = vec![0; 100_000];
        let careless = spawn(async move {
            loop {
                let error = here.send(&too_long).await.unwrap_err();
                assert!(error.raw_os_error().is_some());
            }
        });
        for _ in 0..10 {
            yield_now().await;
        }
        careless.cancel();
    });
}

#[test]
fn the_first_socket_installs_the_reactor_and_time_goes_on() {
    let setup = Setup::new();
    setup.run(async {
        assert!(driver::<ThreadPark>().is_some());
        let start = time();
        let deadline = spawn(sleep(Duration::from_millis(2)));
        yield_now().await;
        let before = time();
        let (_one, _other) = UnixStream::pair().unwrap();
        assert!(driver::<Reactor>().is_some() && driver::<ThreadPark>().is_none());
        assert!(time() >= before);
        deadline.await.unwrap();
        assert!(time() >= start + Duration::from_millis(2));
        let first = driver::<Reactor>().unwrap();
        drop(UnixStream::pair().unwrap());
        assert!(
            Rc::ptr_eq(&first, &driver::<Reactor>().unwrap()),
            "one for all"
        );
    });
}

#[test]
fn a_loop_that_runs_in_pieces_serves_its_sockets_in_each_of_them() {
    let event_loop = EventLoop::new();
    let task = event_loop.spawn(round_trips(100));
    while !task.done() {
        event_loop.run_some(10).unwrap();
    }
    assert_eq!(event_loop.run_until_done(task).unwrap(), 100);
}

#[test]
fn sockets_are_refused_on_virtual_time_with_a_sentence() {
    Setup::without_sockets().run(async {
        let errors = [
            TcpListener::bind(LOCAL).unwrap_err(),
            UdpSocket::bind(LOCAL).unwrap_err(),
            UnixStream::pair().unwrap_err(),
            open_connection("127.0.0.1", 1).await.unwrap_err(),
        ];
        for error in errors {
            assert_eq!(error.kind(), ErrorKind::Unsupported);
            let text = error.to_string();
            assert!(text.contains("run the program on the real clock"), "{text}");
            assert!(
                text.ends_with(
                    "make a network in memory at the beginning of the program, with `Network::new`"
                ),
                "{text}"
            );
        }
        assert_eq!(
            look_up("127.0.0.1", 1).await.unwrap().len(),
            1,
            "no socket is needed"
        );
    });
}

#[test]
fn a_socket_outside_a_loop_panics_with_a_sentence() {
    let payload = catch_unwind(|| TcpListener::bind(LOCAL)).unwrap_err();
    let text = payload.downcast_ref::<&str>().unwrap();
    assert!(
        text.starts_with(
            "no running event loop: a socket, a pipe, a process or a signal belongs to one"
        ),
        "{text}"
    );
}

#[test]
fn a_thread_wakes_a_loop_that_has_nothing_but_silent_sockets() {
    let event_loop = EventLoop::new();
    let remote = event_loop.remote();
    let (go, wait) = std::sync::mpsc::channel();
    let thread = std::thread::spawn(move || {
        wait.recv().unwrap();
        remote.stop().unwrap();
    });
    let _silent = event_loop.spawn(async move {
        let (mut silent, _peer) = UnixStream::pair().unwrap();
        go.send(()).unwrap();
        silent.read(&mut [0]).await
    });
    event_loop.run_forever().unwrap();
    thread.join().unwrap();
}

/// Counts the calls that end a park.
struct Counting {
    reactor: Reactor,
    unparks: Arc<AtomicUsize>,
    parks: Arc<AtomicUsize>,
}

impl Driver for Counting {
    fn now(&self) -> u64 {
        self.reactor.now()
    }

    fn park(&self, until: Option<u64>, outside: Outside, may: &mut dyn FnMut() -> bool) -> Parked {
        self.parks.fetch_add(1, Ordering::SeqCst);
        self.reactor.park(until, outside, may)
    }

    fn unpark(&self) -> Unpark {
        let (unpark, unparks) = (self.reactor.unpark(), self.unparks.clone());
        Arc::new(move || {
            unparks.fetch_add(1, Ordering::SeqCst);
            unpark();
        })
    }

    fn block(&self, duration: Duration) {
        self.reactor.block(duration);
    }
}

#[test]
fn many_messages_to_a_sleeping_loop_cost_one_write() {
    let (unparks, parks) = (Arc::default(), Arc::default());
    let counting = Counting {
        reactor: Reactor::new().unwrap(),
        unparks: Arc::clone(&unparks),
        parks: Arc::clone(&parks),
    };
    let event_loop = EventLoop::builder().driver(counting).build();
    let remote = event_loop.remote();
    let thread = std::thread::spawn(move || {
        for _ in 0..999 {
            remote.call_soon(|| ()).unwrap();
        }
        remote.stop().unwrap();
    });
    event_loop.run_forever().unwrap();
    thread.join().unwrap();
    let written = unparks.load(Ordering::SeqCst);
    let parked = parks.load(Ordering::SeqCst);
    assert!(written <= parked, "{written} writes for {parked} parks");
}

#[test]
fn a_nap_on_the_reactor_is_never_early_and_not_rounded_up_to_a_millisecond() {
    let reactor = Reactor::new().unwrap();
    let nap = 100_000;
    let took = |_| {
        let until = reactor.now() + nap;
        while reactor.now() < until {
            assert_eq!(
                reactor.park(Some(until), Outside::Nobody, &mut || true),
                Parked::Awake
            );
        }
        reactor.now() - until + nap
    };
    let shortest = (0..500).map(took).min().unwrap();
    assert!(
        (nap..1_000_000).contains(&shortest),
        "the shortest of 500 took {shortest} ns"
    );

    let until = reactor.now() + 21_500_000;
    reactor.park(Some(until), Outside::Nobody, &mut || true);
    assert!(reactor.now() >= until, "a longer one is in two parts");
}

#[test]
fn a_park_that_may_not_block_looks_and_returns() {
    let reactor = Reactor::new().unwrap();
    assert_eq!(
        reactor.park(None, Outside::MayCall, &mut || false),
        Parked::Awake
    );
}

/// Lets eight tasks wait for a socket each, makes all readable between two looks, and returns the
/// order in which the tasks go on.
async fn order_of_one_look() -> Vec<usize> {
    let order = Rc::<RefCell<Vec<usize>>>::default();
    let mut peers = Vec::new();
    let readers = (0..8).map(|number| {
        let (peer, socket) = StdStream::pair().unwrap();
        peers.push(peer);
        let mut socket = UnixStream::from_std(socket).unwrap();
        let order = order.clone();
        spawn(async move {
            socket.read_exact(&mut [0]).await.unwrap();
            order.borrow_mut().push(number);
        })
    });
    let readers: Vec<_> = readers.collect();
    sleep(Duration::from_nanos(1)).await; // the tasks wait
    for peer in peers.iter_mut().rev() {
        peer.write_all(b"x").unwrap();
    }
    gather(readers).await.unwrap();
    order.take()
}

#[test]
fn the_order_of_the_events_of_one_look_is_a_choice_that_repeats() {
    let seeded = |seed| {
        let recording = Recording::new(Seeded::new(seed));
        let event_loop = EventLoop::builder().chooser(recording.clone()).build();
        let order = Setup::with(event_loop).run(order_of_one_look());
        (order, recording.choices())
    };
    let replayed = |choices: Vec<usize>| {
        let event_loop = EventLoop::builder().chooser(Replay::new(choices)).build();
        Setup::with(event_loop).run(order_of_one_look())
    };
    let in_order: Vec<usize> = (0..8).collect();
    let mut orders = std::collections::BTreeSet::new();
    for seed in 0..10 {
        let (order, choices) = seeded(seed);
        assert_eq!(seeded(seed).0, order, "seed {seed}");
        assert_eq!(replayed(choices), order, "seed {seed}");
        orders.insert(order);
    }
    assert!(orders.len() > 5, "{orders:?}");
    assert_eq!(
        replayed(Vec::new()),
        in_order,
        "choices of 0: in the order of the sockets"
    );
    let plain = Setup::new().run(order_of_one_look());
    let backwards: Vec<usize> = in_order.into_iter().rev().collect();
    assert_eq!(
        plain, backwards,
        "without a chooser: in the order of the events"
    );
}

#[test]
fn a_wait_for_a_socket_is_explained_with_its_address() {
    Setup::new().run(async {
        let listener = TcpListener::bind(LOCAL).unwrap();
        let address = listener.local_addr().unwrap();
        let accepting = spawn(async move { drop(listener.accept().await) });
        let (mut one, other) = connection().await;
        let peer = one.peer_addr().unwrap();
        let reading = spawn(async move { one.read(&mut [0]).await });
        yield_now().await;
        yield_now().await;
        let explain = |task| current_loop().explain(task);
        let text = explain(accepting.as_task_ref());
        assert!(
            text.contains(&format!(
                "waits for a connection at {address} (bound at {}:",
                file!()
            )),
            "{text}"
        );
        let text = explain(reading.as_task_ref());
        assert!(
            text.contains(&format!("waits for data from {peer} (connected at ")),
            "{text}"
        );
        drop(other);
        accepting.cancel();
        assert_eq!(reading.await.unwrap().unwrap(), 0);
    });
}

#[test]
fn a_trace_names_the_socket_that_has_woken_a_task() {
    let recorder = groundup_io::trace::Recorder::new();
    let event_loop = EventLoop::builder().trace(recorder.clone()).build();
    let talk = async {
        let (mut one, mut other) = connection().await;
        let echo = spawn(async move {
            let mut line = [0; 4];
            while other.read_exact(&mut line).await.is_ok() {
                other.write_all(&line).await.unwrap();
            }
        });
        for _ in 0..5 {
            one.write_all(b"ping").await.unwrap();
            one.read_exact(&mut [0; 4]).await.unwrap();
        }
        drop(one);
        echo.await.unwrap();
    };
    event_loop.run_until_complete(talk).unwrap();
    let wakes = wakes_by_sockets(&recorder.events());
    assert!(wakes >= 5, "{wakes} wakes");
}

#[test]
fn an_idle_loop_whose_sockets_no_task_awaits_is_reported() {
    let builder = EventLoop::builder().idle_report(Duration::from_millis(1));
    let event_loop = builder.build();
    let told = Rc::<RefCell<Vec<ReportKind>>>::default();
    let kinds = told.clone();
    event_loop.set_exception_handler(Some(Rc::new(move |report| {
        kinds.borrow_mut().push(report.kind);
        stop();
    })));
    let _stuck = event_loop.spawn(async {
        let _unused = UnixStream::pair().unwrap();
        std::future::pending::<()>().await
    });
    event_loop.run_forever().unwrap();
    assert_eq!(*told.borrow(), [ReportKind::Idle]);
}

#[test]
fn a_deadline_ends_the_wait_for_a_socket_and_loses_no_byte() {
    Setup::new().run(async {
        let (mut one, mut other) = UnixStream::pair().unwrap();
        let mut room = [0; 8];
        let read = timeout(Duration::from_millis(1), one.read(&mut room)).await;
        assert!(read.is_err());
        other.write_all(b"late").await.unwrap();
        assert_eq!(one.read(&mut room).await.unwrap(), 4);
        assert_eq!(&room[..4], b"late");
    });
}

#[test]
fn a_cancel_that_meets_data_wins_and_the_data_stays() {
    Setup::new().run(async {
        let (peer, socket) = StdStream::pair().unwrap();
        let socket = Rc::new(UnixStream::from_std(socket).unwrap());
        let own = socket.clone();
        let reading = spawn(async move { (&*own).read(&mut [0; 8]).await });
        yield_now().await;
        (&peer).write_all(b"kept").unwrap();
        reading.cancel();
        assert!(reading.await.unwrap_err().is_cancelled());
        let mut room = [0; 8];
        assert_eq!((&*socket).read(&mut room).await.unwrap(), 4);
    });
}

#[test]
fn a_cancel_is_caught_before_a_read_beside_it_goes_on() {
    Setup::new().run(async {
        let (peer, socket) = StdStream::pair().unwrap();
        (&peer).write_all(b"there already").unwrap();
        let mut socket = UnixStream::from_std(socket).unwrap();
        let log = Rc::<RefCell<Vec<&str>>>::default();
        let (reads, catches) = (log.clone(), log.clone());
        let task = spawn(join((
            async move {
                // A leaf of another crate, which knows nothing of cancels.
                let mut polled = false;
                std::future::poll_fn(|cx| {
                    cx.waker().wake_by_ref();
                    match std::mem::replace(&mut polled, true) {
                        true => Poll::Ready(()),
                        false => Poll::Pending,
                    }
                })
                .await;
                socket.read_exact(&mut [0; 13]).await.unwrap();
                reads.borrow_mut().push("read");
            },
            async move {
                assert!(catch_cancel(std::future::pending::<()>()).await.is_err());
                catches.borrow_mut().push("caught");
            },
        )));
        yield_now().await;
        task.cancel();
        task.await.unwrap();
        assert_eq!(*log.borrow(), ["caught", "read"]);
    });
}

#[test]
fn a_listener_of_the_standard_library_is_taken_over() {
    Setup::new().run(async {
        let std = StdListener::bind("127.0.0.1:0").unwrap();
        let address = std.local_addr().unwrap();
        let listener = TcpListener::from_std(std).unwrap();
        let client = std::net::TcpStream::connect(address).unwrap();
        let (mut server, _) = listener.accept().await.unwrap();
        let mut client = groundup_io::TcpStream::from_std(client).unwrap();
        client.write_all(b"x").await.unwrap();
        server.read_exact(&mut [0]).await.unwrap();
    });
}

#[test]
fn the_sockets_of_a_loop_are_counted() {
    Setup::new().run(async {
        let sources = || current_loop().counts().sources;
        assert_eq!(sources(), 0);
        let pair = connection().await;
        assert_eq!(sources(), 2);
        drop(pair);
        assert_eq!(sources(), 0);
    });
}

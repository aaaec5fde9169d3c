//! Sockets outside their loop, and after its end.
//!
//! Read next: `servers.rs`.

use std::cell::RefCell;
use std::future::{Future, poll_fn};
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::task::{Context, Poll, Wake};

use futures::executor::block_on;
use futures::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use groundup_io::executor::{EventLoop, ThreadPark, current_loop, run, spawn};
use groundup_io::task::yield_now;
use groundup_io::*;

use crate::patience::until_equal;
use crate::setup::*;

fn is_send_and_sync<T: Send + Sync>() {}

#[test]
fn a_socket_is_send_and_sync() {
    is_send_and_sync::<TcpListener>();
    is_send_and_sync::<TcpStream>();
    is_send_and_sync::<TcpReadHalf>();
    is_send_and_sync::<TcpWriteHalf>();
    is_send_and_sync::<UdpSocket>();
    is_send_and_sync::<UnixListener>();
    is_send_and_sync::<UnixStream>();
    is_send_and_sync::<UnixDatagram>();
    is_send_and_sync::<StreamReader>();
}

#[test]
fn a_socket_works_in_its_own_loop_and_says_so_elsewhere() {
    let setup = Setup::new();
    let (mut one, _other) = setup.run(async {
        let (one, mut other) = UnixStream::pair().unwrap();
        other.write_all(b"home").await.unwrap();
        (one, other)
    });
    let foreign = "this socket, pipe, process or signal belongs to another event loop";

    let nowhere = block_on(one.read(&mut [0])).unwrap_err().to_string();
    assert!(
        nowhere.starts_with("no event loop runs here: await a socket"),
        "{nowhere}"
    );
    let plain = run(async { one.read(&mut [0]).await.unwrap_err().to_string() });
    assert!(plain.starts_with(foreign), "{plain}");
    let (text, mut one) = std::thread::spawn(move || {
        run(async move {
            drop(UnixStream::pair().unwrap()); // this loop has a reactor, too
            (one.read(&mut [0]).await.unwrap_err().to_string(), one)
        })
    })
    .join()
    .unwrap();
    assert!(text.starts_with(foreign), "{text}");

    setup.run(async {
        assert_eq!(one.read(&mut [0; 8]).await.unwrap(), 4, "at home it works");
    });
}

#[test]
fn a_socket_of_a_driver_that_was_replaced_says_so_also_if_the_driver_lives() {
    let setup = Setup::new();
    let gone = "this socket, pipe, process or signal belongs to another event loop, or to a driver \
                that its loop no longer has";
    setup.run(async {
        let (mut one, mut other) = UnixStream::pair().unwrap();
        // The last wait of this thread is in this reactor.
        assert!(futures::poll!(one.read(&mut [0])).is_pending());
        let waiting = spawn(async move { (one.read(&mut [0]).await.unwrap_err(), one) });
        yield_now().await;
        let reactor = current_loop().replace_driver(Rc::new(ThreadPark::new()));
        let read = other.read(&mut [0]).await.unwrap_err();
        let (waited, mut one) = waiting.await.unwrap();
        for error in [read, waited] {
            assert!(error.to_string().starts_with(gone), "{error}");
        }
        // The loop gets it back, and the socket works again.
        drop(current_loop().replace_driver(reactor));
        other.write_all(b"home").await.unwrap();
        assert_eq!(one.read(&mut [0; 8]).await.unwrap(), 4);
    });
}

#[test]
fn a_waker_that_is_used_on_another_thread_loses_no_event() {
    Setup::new().run(async {
        for _ in 0..50 {
            let (client, mut server) = connection().await;
            let client = Arc::new(client);
            let (elsewhere, stream) = (client.clone(), &*client);
            let waker = poll_fn(|cx| Poll::Ready(cx.waker().clone())).await;
            let thread = std::thread::spawn(move || {
                let mut cx = Context::from_waker(&waker);
                let mut room = [0];
                let mut reader = &*elsewhere;
                Pin::new(&mut reader).poll_read(&mut cx, &mut room)
            });
            server.write_all(b"xy").await.unwrap();
            let mut room = [0];
            let mut reader = stream;
            let here = poll_fn(|cx| Pin::new(&mut reader).poll_read(cx, &mut room));
            assert_eq!(here.await.unwrap(), 1);
            match thread.join().unwrap() {
                Poll::Ready(Ok(count)) => assert_eq!(count, 1),
                Poll::Ready(Err(error)) => {
                    assert!(
                        error.to_string().starts_with("no event loop runs here"),
                        "{error}"
                    );
                }
                Poll::Pending => panic!("it would wait for ever"),
            }
        }
    });
}

#[test]
fn a_wait_that_outlives_its_loop_gets_an_error() {
    let event_loop = EventLoop::new();
    let main = async {
        let listener = TcpListener::bind(LOCAL).unwrap();
        let mut accept = Box::pin(async move { listener.accept().await.map(drop) });
        assert!(futures::poll!(accept.as_mut()).is_pending());
        (accept, ())
    };
    let (accept, ()) = event_loop.run_until_complete(main).unwrap();
    // Another executor of this thread waits for it, when the loop is closed.
    let ended = Rc::new(RefCell::new(None::<io::Error>));
    let told = ended.clone();
    let mut pool = futures::executor::LocalPool::new();
    futures::task::LocalSpawnExt::spawn_local(&pool.spawner(), async move {
        let error = accept.await.unwrap_err();
        *told.borrow_mut() = Some(error);
    })
    .unwrap();
    drop(event_loop);
    pool.run();
    let text = ended.take().unwrap().to_string();
    assert!(text.starts_with("no event loop runs here"), "{text}");
}

#[test]
fn the_end_of_a_loop_wakes_the_waits_of_another_executor() {
    let event_loop = EventLoop::new();
    let main = async {
        let (mut one, other) = UnixStream::pair().unwrap();
        (Box::pin(async move { one.read(&mut [0]).await }), other)
    };
    let (mut read, _peer) = event_loop.run_until_complete(main).unwrap();
    let woken = Arc::new(Woken::default());
    let waker = std::task::Waker::from(woken.clone());
    event_loop
        .run_until_complete(async {
            let mut cx = Context::from_waker(&waker);
            assert!(read.as_mut().poll(&mut cx).is_pending());
        })
        .unwrap();
    drop(event_loop);
    assert_eq!(woken.0.load(SeqCst), 1);
    assert!(block_on(read).is_err());
}

#[test]
fn a_poll_on_another_thread_has_both_ways_try_again() {
    Setup::new().run(async {
        let (one, _other) = UnixStream::pair().unwrap();
        let woken = [Arc::new(Woken::default()), Arc::new(Woken::default())];
        let wakers = woken.clone().map(std::task::Waker::from);
        let (mut reads, mut writes) = (&one, &one);
        let mut cx = Context::from_waker(&wakers[0]);
        assert!(
            Pin::new(&mut reads)
                .poll_read(&mut cx, &mut [0])
                .is_pending()
        );
        let mut cx = Context::from_waker(&wakers[1]);
        let full = [0; 100_000];
        while Pin::new(&mut writes).poll_write(&mut cx, &full).is_ready() {}
        let waker = poll_fn(|cx| Poll::Ready(cx.waker().clone())).await;
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let mut cx = Context::from_waker(&waker);
                let read = Pin::new(&mut &one).poll_read(&mut cx, &mut [0]);
                assert!(matches!(read, Poll::Ready(Err(_))));
            });
        });
        yield_now().await;
        yield_now().await;
        assert_eq!(woken.map(|woken| woken.0.load(SeqCst)), [1, 1]);
    });
}

#[derive(Default)]
struct Woken(AtomicUsize);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, SeqCst);
    }
}

/// Returns the number of sources of the running loop.
fn sources() -> String {
    let reactor = executor::driver::<Reactor>().unwrap();
    format!("{reactor:?}")
}

#[test]
fn a_socket_that_is_dropped_anywhere_leaves_no_entry() {
    let setup = Setup::new();
    let outside = setup.run(async {
        let (here, elsewhere) = UnixStream::pair().unwrap();
        let (outside, task) = UnixStream::pair().unwrap();
        assert_eq!(sources(), "Reactor { sources: 4, waiting: 0 }");
        drop(here);
        spawn(async move { drop(task) }).await.unwrap();
        std::thread::spawn(move || drop(elsewhere)).join().unwrap();
        // The message of the thread comes.
        until_equal("Reactor { sources: 1, waiting: 0 }".into(), sources).await;
        outside
    });
    drop(outside);
    setup.run(async {
        yield_now().await;
        assert_eq!(sources(), "Reactor { sources: 0, waiting: 0 }");
    });
}

#[test]
fn a_wait_that_is_dropped_leaves_no_waker() {
    Setup::new().run(async {
        let (mut one, _other) = UnixStream::pair().unwrap();
        let listener = TcpListener::bind(LOCAL).unwrap();
        for _ in 0..3 {
            let mut accept = Box::pin(listener.accept());
            assert!(futures::poll!(accept.as_mut()).is_pending());
            assert_eq!(sources(), "Reactor { sources: 3, waiting: 1 }");
        }
        assert_eq!(sources(), "Reactor { sources: 3, waiting: 0 }");
        assert!(futures::poll!(one.read(&mut [0])).is_pending());
        drop(one);
        assert_eq!(sources(), "Reactor { sources: 2, waiting: 0 }");
    });
}

#[test]
fn a_socket_survives_its_loop_and_closes_when_it_is_dropped() {
    let event_loop = EventLoop::new();
    let (mut one, other) = event_loop
        .run_until_complete(async { UnixStream::pair().unwrap() })
        .unwrap();
    drop(event_loop);
    let error = block_on(one.write(b"x")).unwrap_err();
    assert!(
        error.to_string().starts_with("no event loop runs"),
        "{error}"
    );
    drop((one, other));
}

#[test]
fn a_wait_ends_when_its_loop_is_closed_also_if_the_driver_lives() {
    let reactor = Rc::new(Reactor::new().unwrap());
    let event_loop = EventLoop::builder().driver_rc(reactor.clone()).build();
    let (mut one, _other) = event_loop
        .run_until_complete(async { UnixStream::pair().unwrap() })
        .unwrap();
    // A waker of another executor, which no close of a loop knows.
    let count = Arc::new(Woken::default());
    let waker = count.clone().into();
    let mut read = Box::pin(async move { one.read(&mut [0]).await });
    event_loop
        .run_until_complete(async {
            let cx = &mut Context::from_waker(&waker);
            assert!(read.as_mut().poll(cx).is_pending());
        })
        .unwrap();
    assert_eq!(count.0.load(SeqCst), 0);
    drop(event_loop);
    assert_eq!(count.0.load(SeqCst), 1);
    let cx = &mut Context::from_waker(&waker);
    assert!(matches!(read.as_mut().poll(cx), Poll::Ready(Err(_))));
    drop(reactor);
}

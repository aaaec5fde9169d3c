//! Other loops and threads, the end of the loop, refusals.
//!
//! Read next: `../props.rs`.

use std::net::SocketAddr;
use std::os::fd::AsFd;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use futures::executor::block_on;
use futures::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use groundup_io::executor::{EventLoop, run_virtual, sleep, spawn};
use groundup_io::task::yield_now;
use groundup_io::trace::{Choice, Chooser};
use groundup_io::*;

use crate::patience::until_equal;
use crate::setup::*;

/// Returns the text of a panic.
fn panic_of<T>(act: impl FnOnce() -> T) -> String {
    let payload = match catch_unwind(AssertUnwindSafe(act)) {
        Ok(_) => panic!("it does not panic"),
        Err(payload) => payload,
    };
    let text = payload.downcast_ref::<String>().cloned();
    text.or_else(|| payload.downcast_ref::<&str>().map(|text| text.to_string()))
        .unwrap()
}

#[test]
fn a_loop_has_one_network() {
    let outside = panic_of(Network::new);
    assert!(
        outside.starts_with("no running event loop: a network in memory belongs"),
        "{outside}"
    );
    let stranger = run_virtual(async { Network::new().host("x") });
    run_virtual(async {
        let network = Network::new();
        assert!(Network::current().is_some());
        let second = panic_of(Network::new);
        assert!(
            second.starts_with("this loop has a network in memory already"),
            "{second}"
        );
        let taken =
            panic_of(|| network.host_at("localhost", [std::net::IpAddr::from([10, 9, 9, 9])]));
        assert_eq!(
            taken,
            "the network has a host \"localhost\" already: pass a name and addresses that no other \
             host has"
        );
        let here = network.host("localhost");
        let wrong = panic_of(|| network.link(&here, &stranger));
        assert_eq!(
            wrong,
            "NetworkHost(x) is a host of another network: take the host from `Network::host` of this \
             one"
        );
    });
    run_virtual(async { assert!(Network::current().is_none(), "the next loop has none") });
}

#[test]
fn a_network_works_on_the_real_clock_too() {
    Setup::new().run(async {
        let network = Network::builder()
            .latency(Duration::from_micros(10))
            .build();
        let (mut client, mut server) = connection().await;
        client.write_all(b"ping").await.unwrap();
        server.read_exact(&mut [0; 4]).await.unwrap();
        assert!(executor::driver::<Reactor>().is_none());
        drop((client, server));
        until_equal(true, || is_empty(&network)).await;
    });
}

#[test]
fn only_a_system_has_descriptors_and_unix_datagrams() {
    Setup::without_sockets().run(async {
        let _network = Network::new();
        let listener = TcpListener::bind(LOCAL).unwrap();
        let none = panic_of(|| listener.as_fd());
        assert!(
            none.starts_with("a socket in memory has no descriptor"),
            "{none}"
        );
        let datagrams = UnixDatagram::pair().unwrap_err().to_string();
        assert!(
            datagrams.starts_with("a network in memory has no such socket"),
            "{datagrams}"
        );
    });
}

#[test]
fn a_socket_in_memory_works_in_its_own_loop_and_says_so_elsewhere() {
    let setup = Setup::without_sockets();
    let (network, mut one, other) = setup.run(async {
        let network = Network::new();
        let (one, mut other) = connection().await;
        other.write_all(b"home").await.unwrap();
        (network, one, other)
    });
    let nowhere = block_on(one.read(&mut [0])).unwrap_err().to_string();
    assert!(
        nowhere.starts_with("no event loop runs here: await a socket"),
        "{nowhere}"
    );
    let foreign = "this socket, pipe, process or signal belongs to another event loop";
    let plain = run_virtual(async { one.read(&mut [0]).await.unwrap_err().to_string() });
    assert!(plain.starts_with(foreign), "{plain}");
    let with_network = run_virtual(async {
        let _own = Network::new();
        drop(connection().await);
        one.read(&mut [0]).await.unwrap_err().to_string()
    });
    assert!(with_network.starts_with(foreign), "{with_network}");
    setup.run(async {
        assert_eq!(one.read(&mut [0; 8]).await.unwrap(), 4, "at home it works");
    });
    // One is dropped while the loop does not run, the other on another thread.
    drop(one);
    std::thread::spawn(move || drop(other)).join().unwrap();
    setup.run(async {
        yield_now().await;
        assert_is_empty(&network);
    });
}

#[test]
fn a_network_is_changed_while_its_loop_does_not_run() {
    let setup = Setup::without_sockets();
    let (network, mut client, mut server) = setup.run(async {
        let network = Network::new();
        let (client, server) = connection().await;
        (network, client, server)
    });
    let here = network.host("localhost");
    network.partition(&here, &here);
    setup.run(async { client.write_all(b"held").await.unwrap() });
    network.heal(&here, &here);
    setup.run(async {
        yield_now().await;
        server.read_exact(&mut [0; 4]).await.unwrap();
    });
    assert_eq!(network.reset(&here, &here), 1);
    setup.run(async { assert!(client.read(&mut [0]).await.is_err()) });
    drop(setup);
    network.partition(&here, &here); // its loop is closed: nothing happens
    assert_eq!(network.reset(&here, &here), 0);
}

#[derive(Default)]
struct Woken(AtomicUsize);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

#[test]
fn the_end_of_a_loop_wakes_the_waits_of_another_executor() {
    let event_loop = EventLoop::builder().virtual_time().build();
    let woken = Arc::new(Woken::default());
    let waker = Waker::from(woken.clone());
    let (mut read, _peer) = event_loop
        .run_until_complete(async {
            drop(Network::new());
            let (mut one, other) = connection().await;
            let mut read = Box::pin(async move { one.read(&mut [0]).await });
            assert!(
                read.as_mut()
                    .poll(&mut Context::from_waker(&waker))
                    .is_pending()
            );
            (read, other)
        })
        .unwrap();
    drop(event_loop);
    assert_eq!(woken.0.load(Ordering::SeqCst), 1);
    let text = block_on(read.as_mut()).unwrap_err().to_string();
    assert!(text.starts_with("no event loop runs here"), "{text}");
}

#[test]
fn a_loop_that_is_closed_with_sockets_in_its_tasks_frees_everything() {
    let event_loop = EventLoop::builder().virtual_time().build();
    let alive = std::rc::Rc::new(());
    let own = alive.clone();
    event_loop
        .run_until_complete(async {
            let network = Network::builder().latency(Duration::from_secs(1)).build();
            let address: SocketAddr = ([10, 0, 0, 1], 80).into();
            let listener = TcpListener::bind(address).unwrap();
            spawn(async move {
                let _alive = own;
                let mut client = TcpStream::connect(address).await.unwrap();
                client.write_all(&[0; 100_000]).await.unwrap();
                drop(network);
            })
            .detach();
            let accepting = spawn(async move { drop(listener.accept().await) });
            sleep(Duration::from_millis(2500)).await;
            accepting.detach();
        })
        .unwrap();
    drop(event_loop);
    assert_eq!(
        std::rc::Rc::strong_count(&alive),
        1,
        "the task and its socket are dropped"
    );
}

/// A waker that uses a socket: the one whose future it wakes.
struct Echoing(TcpStream);

impl Wake for Echoing {
    fn wake(self: Arc<Self>) {
        let mut cx = Context::from_waker(Waker::noop());
        let written = Pin::new(&mut &self.0).poll_write(&mut cx, b"woken");
        assert!(matches!(written, Poll::Ready(Ok(5))));
        assert!(
            Pin::new(&mut &self.0)
                .poll_read(&mut cx, &mut [0; 2])
                .is_ready()
        );
    }
}

#[test]
fn a_waker_may_use_the_network() {
    Setup::without_sockets().run(async {
        let network = Network::new();
        let (mut client, server) = connection().await;
        let echoing = Arc::new(Echoing(server));
        let waker = Waker::from(echoing.clone());
        let mut cx = Context::from_waker(&waker);
        let waits = Pin::new(&mut &echoing.0).poll_read(&mut cx, &mut [0; 1]);
        assert!(waits.is_pending());
        client.write_all(b"ping").await.unwrap();
        let mut five = [0; 5];
        client.read_exact(&mut five).await.unwrap();
        assert_eq!(&five, b"woken");
        let mut rest = [0; 8];
        assert_eq!(
            (&mut &echoing.0).read(&mut rest).await.unwrap(),
            2,
            "two of four were read"
        );
        drop((client, waker, echoing));
        assert_is_empty(&network);
    });
}

/// A chooser that uses the network when it is asked.
struct Meddler;

impl Chooser for Meddler {
    fn choose(&mut self, choice: Choice, options: usize) -> usize {
        if choice == Choice::Pick {
            drop(UdpSocket::bind(LOCAL));
        }
        options - 1
    }
}

#[test]
fn a_chooser_may_use_the_network() {
    let event_loop = EventLoop::builder().virtual_time().chooser(Meddler).build();
    Setup::with(event_loop).run(async {
        let second = Duration::from_secs(1);
        let network = Network::builder().latency(second).jitter(second).build();
        let (mut client, mut server) = connection().await;
        client.write_all(b"ping").await.unwrap();
        server.read_exact(&mut [0; 4]).await.unwrap();
        drop((client, server));
        sleep(Duration::from_secs(10)).await;
        assert_is_empty(&network);
    });
}

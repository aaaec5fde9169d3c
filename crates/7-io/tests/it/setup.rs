//! A loop on the real clock, pairs of sockets, and obedient peers.
//!
//! Invariants:
//! 1. [`Setup::run`] fails if the loop reports anything, or a task is left.
//! 2. A port of [`free_address`] is no other socket's while the test has it.
//!
//! Read next: `rules.rs`.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use futures::future::LocalBoxFuture;
use futures::io::{AsyncRead, AsyncWrite};
use groundup_io::executor::EventLoop;
use groundup_io::task::{Report, yield_now};
use groundup_io::{Network, TcpListener, TcpStream};
use socket2::{Domain, Socket, Type};

use crate::patience::Patience;

/// Any port of this machine.
pub(crate) const LOCAL: ([u8; 4], u16) = ([127, 0, 0, 1], 0);

/// Holds a loop on the real clock.
pub(crate) struct Setup {
    pub(crate) event_loop: EventLoop,
    pub(crate) reports: Rc<RefCell<Vec<String>>>,
}

impl Setup {
    pub(crate) fn new() -> Self {
        Setup::with(EventLoop::new())
    }

    /// A loop on virtual time, for tests without sockets.
    pub(crate) fn without_sockets() -> Self {
        Setup::with(EventLoop::builder().virtual_time().build())
    }

    pub(crate) fn with(event_loop: EventLoop) -> Self {
        let reports = Rc::<RefCell<Vec<String>>>::default();
        let told = reports.clone();
        event_loop.set_exception_handler(Some(Rc::new(move |report: &Report| {
            told.borrow_mut().push(report.message.clone());
        })));
        Setup {
            event_loop,
            reports,
        }
    }

    /// Runs `main`, and checks that no report was made, and that no task is left soon after.
    pub(crate) fn run<T>(&self, main: impl Future<Output = T>) -> T {
        let output = self.run_with_reports(main);
        assert_eq!(*self.reports.borrow(), [""; 0]);
        output
    }

    /// Runs `main`, and checks that no task is left soon after.
    pub(crate) fn run_with_reports<T>(&self, main: impl Future<Output = T>) -> T {
        // Boxed, so that the run is compiled once for each type of output, and not for each test.
        let main: LocalBoxFuture<'_, T> = Box::pin(main);
        let output = self.event_loop.run_until_complete(main);
        let output = output.unwrap_or_else(|error| panic!("{error}"));
        self.run_until_none_is_left();
        output
    }

    /// Runs until what was cancelled or sent has ended. The system may need some time for it.
    fn run_until_none_is_left(&self) {
        let patience = Patience::new();
        loop {
            let some = self.event_loop.run_until_complete(async {
                for _ in 0..100 {
                    yield_now().await;
                }
            });
            some.unwrap_or_else(|error| panic!("{error}"));
            // A packet in memory may be on its way.
            let on_the_way = |kind: &str| kind == "timers" || kind == "callbacks";
            let mut left = self.event_loop.leftovers();
            left.retain(|(kind, _)| !on_the_way(kind) && *kind != "unread");
            if left.is_empty() {
                return;
            }
            patience.check(|| format!("{left:?} is left"));
        }
    }
}

/// Runs a program twice: with sockets of the system, and with sockets in memory.
pub(crate) fn on_both_systems<T: PartialEq + std::fmt::Debug>(program: impl AsyncFn() -> T) {
    let on_system = Setup::new().run(program());
    assert_eq!(
        in_memory(&program),
        on_system,
        "in memory, and on the system"
    );
}

/// Runs a program with sockets in memory, and checks that none is left.
pub(crate) fn in_memory<T>(program: impl AsyncFnOnce() -> T) -> T {
    Setup::without_sockets().run(async {
        let network = Network::new();
        let output = program().await;
        assert_is_empty(&network);
        output
    })
}

/// Checks that no socket is left, that no future waits, and that no packet is on its way.
pub(crate) fn assert_is_empty(network: &Network) {
    assert!(is_empty(network), "{network:?}");
}

pub(crate) fn is_empty(network: &Network) -> bool {
    format!("{network:?}").ends_with("sockets: 0, waiting: 0, on_the_way: 0, held: 0 }")
}

/// Returns an address at which no socket listens. The first value keeps the port from all other sockets of
/// the machine, except those that a test binds to the address.
pub(crate) fn free_address() -> (Option<Socket>, SocketAddr) {
    // Only Linux shares the port with a listener. And no other program is in memory.
    if !cfg!(target_os = "linux") || Network::current().is_some() {
        let listener = TcpListener::bind(LOCAL).unwrap();
        return (None, listener.local_addr().unwrap());
    }
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    socket.set_reuse_address(true).unwrap();
    socket.bind(&SocketAddr::from(LOCAL).into()).unwrap();
    let address = socket.local_addr().unwrap().as_socket().unwrap();
    (Some(socket), address)
}

/// Returns the two ends of a connection of TCP: the one that connected, and the one that accepted.
pub(crate) async fn connection() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind(LOCAL).unwrap();
    let address = listener.local_addr().unwrap();
    let client = TcpStream::connect(address).await.unwrap();
    let (server, peer) = listener.accept().await.unwrap();
    assert_eq!(peer, client.local_addr().unwrap());
    (client, server)
}

/// Gives bytes in the pieces in which a test feeds them. All clones are one source.
#[derive(Clone, Default)]
pub(crate) struct Fed(Rc<FedState>);

#[derive(Default)]
struct FedState {
    pieces: RefCell<VecDeque<Vec<u8>>>,
    ended: Cell<bool>,
    fails: Cell<Option<io::ErrorKind>>,
    waker: RefCell<Option<Waker>>,
}

impl Fed {
    pub(crate) fn feed(&self, piece: &[u8]) {
        self.0.pieces.borrow_mut().push_back(piece.to_vec());
        self.wake();
    }

    pub(crate) fn end(&self) {
        self.0.ended.set(true);
        self.wake();
    }

    pub(crate) fn fail(&self, kind: io::ErrorKind) {
        self.0.fails.set(Some(kind));
        self.wake();
    }

    fn wake(&self) {
        let waker = self.0.waker.take();
        waker.into_iter().for_each(Waker::wake);
    }
}

impl AsyncRead for Fed {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        let mut pieces = self.0.pieces.borrow_mut();
        if let Some(mut piece) = pieces.pop_front() {
            let count = piece.len().min(buf.len());
            let rest = piece.split_off(count);
            buf[..count].copy_from_slice(&piece);
            if !rest.is_empty() {
                pieces.push_front(rest);
            }
            return Poll::Ready(Ok(count));
        }
        if let Some(kind) = self.0.fails.take() {
            return Poll::Ready(Err(kind.into()));
        }
        if self.0.ended.get() {
            return Poll::Ready(Ok(0));
        }
        *self.0.waker.borrow_mut() = Some(cx.waker().clone());
        Poll::Pending
    }
}

/// Takes bytes as long as a test gives it room. All clones are one sink.
#[derive(Clone, Default)]
pub(crate) struct Pipe(Rc<PipeState>);

#[derive(Default)]
struct PipeState {
    room: Cell<usize>,
    taken: RefCell<Vec<u8>>,
    closed: Cell<bool>,
    dropped: Cell<bool>,
    fails: Cell<Option<io::ErrorKind>>,
    waker: RefCell<Option<Waker>>,
}

/// The writing end of a [`Pipe`].
pub(crate) struct PipeEnd(Pipe);

impl Pipe {
    pub(crate) fn writer(&self) -> PipeEnd {
        PipeEnd(self.clone())
    }

    pub(crate) fn make_room(&self, bytes: usize) {
        self.0.room.set(self.0.room.get().saturating_add(bytes));
        self.wake();
    }

    pub(crate) fn fail(&self, kind: io::ErrorKind) {
        self.0.fails.set(Some(kind));
        self.wake();
    }

    pub(crate) fn taken(&self) -> Vec<u8> {
        self.0.taken.borrow().clone()
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.0.closed.get()
    }

    pub(crate) fn is_dropped(&self) -> bool {
        self.0.dropped.get()
    }

    fn wake(&self) {
        let waker = self.0.waker.take();
        waker.into_iter().for_each(Waker::wake);
    }
}

impl Drop for PipeEnd {
    fn drop(&mut self) {
        self.0.0.dropped.set(true);
    }
}

impl AsyncWrite for PipeEnd {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let state = &self.0.0;
        if let Some(kind) = state.fails.get() {
            return Poll::Ready(Err(kind.into()));
        }
        let count = buf.len().min(state.room.get());
        if count == 0 {
            *state.waker.borrow_mut() = Some(cx.waker().clone());
            return Poll::Pending;
        }
        state.room.set(state.room.get() - count);
        state.taken.borrow_mut().extend(&buf[..count]);
        Poll::Ready(Ok(count))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.0.0.closed.set(true);
        Poll::Ready(Ok(()))
    }
}

//! Floor 7: the first version: `poll`, and an echo.
//!
//! This version has costs. The system reads the whole list of waits in each park. A wait that is
//! dropped stays in the list until its socket is ready. Sockets are looked at only while no task is
//! ready, so a task that always yields stops all sockets. An unpark of another thread does not end
//! `poll`. A connect blocks the thread.
//!
//! Read next: `reactor.rs`.

use std::cell::RefCell;
use std::future::{Future, poll_fn};
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::fd::AsFd;
use std::rc::Rc;
use std::task::{Poll, Waker};
use std::time::Instant;

use rustix::event::{PollFd, PollFlags, Timespec, poll};

#[path = "programs/echoing.rs"]
mod echoing;
#[path = "../../6-sync/examples/first_sync.rs"]
#[allow(dead_code, reason = "it is a program of its own, too")]
mod first_sync;

use first_sync::first_combinators::first_loop::first_task::{round, spawn};
use first_sync::first_combinators::first_loop::{self, fire};

type Connection = Rc<TcpStream>;
type Listener = Rc<TcpListener>;

/// A socket, the event for which a task waits, and the waker of the task.
type SocketWait = (Rc<dyn AsFd>, PollFlags, Waker);

thread_local! {
    static WAITS: RefCell<Vec<SocketWait>> = RefCell::default();
}

/// Attempts an operation of a socket, and waits each time it would block.
async fn when_ready<S: AsFd + 'static, T>(
    socket: &Rc<S>,
    event: PollFlags,
    mut attempt: impl FnMut(&S) -> io::Result<T>,
) -> T {
    poll_fn(|cx| match attempt(socket) {
        Err(error) if error.kind() == ErrorKind::WouldBlock => {
            let wait: SocketWait = (socket.clone(), event, cx.waker().clone());
            WAITS.with_borrow_mut(|waits| waits.push(wait));
            Poll::Pending
        }
        done => Poll::Ready(done.unwrap()),
    })
    .await
}

/// Parks the thread until a socket is ready, or until the time `next`. Wakes the tasks whose
/// sockets are ready.
fn park(next: Option<Instant>) {
    let waits = WAITS.take();
    let entries = waits
        .iter()
        .map(|wait| PollFd::from_borrowed_fd(wait.0.as_fd(), wait.1));
    let mut entries: Vec<_> = entries.collect();
    let left = |next: Instant| next.saturating_duration_since(Instant::now());
    let time = next.map(|next| Timespec::try_from(left(next)).unwrap());
    poll(&mut entries, time.as_ref()).unwrap();
    let ready: Vec<bool> = entries.iter().map(|of| !of.revents().is_empty()).collect();
    for (wait, is_ready) in waits.into_iter().zip(ready) {
        match is_ready {
            true => wait.2.wake(),
            false => WAITS.with_borrow_mut(|waits| waits.push(wait)),
        }
    }
}

/// Runs rounds until `main` has ended. Parks in `poll` while no task is ready.
fn run_until_complete(main: impl Future<Output = ()> + 'static) {
    let main = spawn(main);
    while main.0.borrow().value.is_none() {
        let next = fire();
        if !round() {
            park(next);
        }
    }
}

fn listen() -> Listener {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    listener.set_nonblocking(true).unwrap();
    Rc::new(listener)
}

fn port_of(listener: &Listener) -> u16 {
    listener.local_addr().unwrap().port()
}

async fn accept(listener: &Listener) -> Connection {
    let (connection, _) = when_ready(listener, PollFlags::IN, TcpListener::accept).await;
    connection.set_nonblocking(true).unwrap();
    Rc::new(connection)
}

async fn connect(port: u16) -> Connection {
    let connection = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
    connection.set_nonblocking(true).unwrap();
    Rc::new(connection)
}

async fn receive(connection: &mut Connection) -> String {
    let mut room = [0; 64];
    let read = |mut socket: &TcpStream| socket.read(&mut room);
    let bytes = when_ready(connection, PollFlags::IN, read).await;
    String::from_utf8_lossy(&room[..bytes]).into_owned()
}

async fn send(connection: &mut Connection, text: &str) {
    let write = |mut socket: &TcpStream| socket.write_all(text.as_bytes());
    when_ready(connection, PollFlags::OUT, write).await;
}

fn main() {
    first_loop::run_until_complete(first_loop::first_task::yielding::main());
    first_loop::run_until_complete(first_loop::sleeping::main());
    first_loop::run_until_complete(first_sync::first_combinators::waiting::main());
    first_loop::run_until_complete(first_sync::sharing::main());
    run_until_complete(echoing::main());
}

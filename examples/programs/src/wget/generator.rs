//! The generator style: a wait is a `yield`, and the code is in order.
//!
//! The generator asks, and its caller answers. The caller, [`drive`], translates each question into a
//! callback that resumes the generator with the answer. So the page has two halves: `wget`, which is
//! written once for each program, and `drive`, which is written once.
//!
//! ```text
//!   generator                      drive                            loop
//!     │ yield Ask::Ready(socket)    │                                │
//!     │───────────────────────────> │ when(socket, a callback) ────> │
//!     │                             │ <──── it is ready ──────────── │
//!     │ <── resume(the answer) ──── │                                │
//! ```
//!
//! A function of the generator that yields borrows its `Co`, and is awaited: Python's `yield from`.

use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use groundup::generator::{Co, Generator, Step as Resumed, generator_with_input};
use mio::net::TcpStream;

use super::Done;
use super::download::{Download, Step};
use super::waits::{self, Way, when};
use crate::failure::Failure;
use crate::http::url::Url;

/// What the generator asks of its caller.
#[derive(Debug)]
pub enum Ask {
    /// The addresses of a host.
    Addresses(String, u16),
    /// To wait until a socket is ready.
    Ready(Way, Rc<TcpStream>),
}

/// The answer of the caller: addresses, if the generator has asked for some.
pub type Answer = io::Result<Vec<SocketAddr>>;

type Caller = Co<Ask, Answer>;

/// Downloads a page: a generator of questions.
pub fn wget(
    mut download: Download,
) -> impl Generator<Resume = Answer, Yield = Ask, Return = Result<(), Failure>> {
    generator_with_input(|co: Caller| async move {
        loop {
            let url = download.url().clone();
            if url.is_tls {
                return Err(super::needs_async(&url));
            }
            let asked = Ask::Addresses(url.host.clone(), url.port);
            let found = co.yield_(asked).await;
            let addresses = found.map_err(|error| not_found(&url, &error))?;
            let failed = |error| failure(&url, &error);
            let socket = connect(&co, &addresses).await.map_err(failed)?;
            let mut request = download.request();
            while !request.is_empty() {
                waits::write_some(&socket, &mut request).map_err(failed)?;
                ready(&co, Way::Write, &socket).await.map_err(failed)?;
            }
            let step = loop {
                ready(&co, Way::Read, &socket).await.map_err(failed)?;
                if let Some(bytes) = waits::read_some(&socket).map_err(failed)? {
                    match download.received(&bytes)? {
                        Step::More => {}
                        step => break step,
                    }
                }
            };
            if step == Step::Done {
                return Ok(());
            }
        }
    })
}

async fn ready(co: &Caller, way: Way, socket: &Rc<TcpStream>) -> io::Result<()> {
    co.yield_(Ask::Ready(way, socket.clone())).await.map(drop)
}

async fn connect(co: &Caller, addresses: &[SocketAddr]) -> io::Result<Rc<TcpStream>> {
    let mut first = None;
    for &address in addresses {
        let attempt = async {
            let socket = waits::begin(address)?;
            ready(co, Way::Write, &socket).await?;
            waits::connected(&socket).map(|()| socket)
        };
        match attempt.await {
            Ok(socket) => return Ok(socket),
            Err(error) => _ = first.get_or_insert(error),
        }
    }
    Err(first.unwrap_or_else(|| io::ErrorKind::NotFound.into()))
}

fn not_found(url: &Url, error: &io::Error) -> Failure {
    match too_long(error) {
        Some(limit) => Failure::no_names(url, limit),
        None => Failure::unknown_host(url, error),
    }
}

fn failure(url: &Url, error: &io::Error) -> Failure {
    match too_long(error) {
        Some(limit) => Failure::late(url, limit),
        None => Failure::connection(url, error),
    }
}

/// A wait that was too long has its limit in the error (see [`drive`]).
fn too_long(error: &io::Error) -> Option<Duration> {
    let late = error.get_ref().and_then(|late| late.downcast_ref::<Late>());
    late.map(|late| late.0)
}

/// A wait was longer than this limit.
#[derive(Debug)]
struct Late(Duration);

impl std::fmt::Display for Late {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "nothing came for {:?}", self.0)
    }
}

impl std::error::Error for Late {}

/// Resumes a generator with the answers to its questions, and calls `done` at its end. Returns at once.
pub fn drive<G>(generator: G, limit: Duration, done: Done)
where
    G: Generator<Resume = Answer, Yield = Ask, Return = Result<(), Failure>> + 'static,
{
    resume(generator, Ok(Vec::new()), limit, done);
}

fn resume<G>(mut generator: G, answer: Answer, limit: Duration, done: Done)
where
    G: Generator<Resume = Answer, Yield = Ask, Return = Result<(), Failure>> + 'static,
{
    let late = move |error: io::Error| match error.kind() {
        io::ErrorKind::TimedOut => io::Error::other(Late(limit)),
        _ => error,
    };
    match generator.resume(answer) {
        Resumed::Return(end) => done(end),
        Resumed::Yield(Ask::Addresses(host, port)) => {
            waits::find(&host, port, limit, move |found| {
                resume(generator, found.map_err(late), limit, done);
            });
        }
        Resumed::Yield(Ask::Ready(way, socket)) => {
            when(way, &socket, limit, move |ready| {
                let answer = ready.map(|()| Vec::new()).map_err(late);
                resume(generator, answer, limit, done);
            });
        }
    }
}

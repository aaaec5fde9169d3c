//! The callback style: each wait ends a function, and begins another.
//!
//! ```text
//!   wget ─> connect ─> .. looked up ─> attempt ─> .. writable ─> send ─> .. ─> read ─> .. ─> read ─> end
//!                                        └── the next address, if this one fails
//! ```
//!
//! `..` is the loop. Read from top to bottom, the page has the order of the download, and the compiler
//! knows nothing of this order: all that a later function needs is in `Job`, and each function must hand
//! it on. A function that forgets to do so ends the download without a word.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use mio::net::TcpStream;

use super::Done;
use super::download::{Download, Step};
use super::waits::{self, Way, when};
use crate::failure::Failure;

/// All that the functions hand on.
struct Job {
    download: RefCell<Download>,
    limit: Duration,
    addresses: RefCell<VecDeque<SocketAddr>>,
    done: Cell<Option<Done>>,
}

/// Downloads a page, and calls `done` at the end. Returns at once.
pub fn wget(download: Download, limit: Duration, done: Done) {
    let job = Job {
        download: RefCell::new(download),
        limit,
        addresses: RefCell::default(),
        done: Cell::new(Some(done)),
    };
    connect(Rc::new(job));
}

fn end(job: &Rc<Job>, how: Result<(), Failure>) {
    if let Some(done) = job.done.take() {
        done(how);
    }
}

fn fail(job: &Rc<Job>, error: &io::Error) {
    let url = job.download.borrow().url().clone();
    let failure = match error.kind() {
        io::ErrorKind::TimedOut => Failure::late(&url, job.limit),
        _ => Failure::connection(&url, error),
    };
    end(job, Err(failure));
}

fn connect(job: Rc<Job>) {
    let url = job.download.borrow().url().clone();
    if url.is_tls {
        return end(&job, Err(super::needs_async(&url)));
    }
    let (host, limit) = (url.host.clone(), job.limit);
    waits::find(&host, url.port, limit, move |found| match found {
        Err(error) if error.kind() == io::ErrorKind::TimedOut => {
            end(&job, Err(Failure::no_names(&url, limit)));
        }
        Err(error) => end(&job, Err(Failure::unknown_host(&url, &error))),
        Ok(addresses) => {
            *job.addresses.borrow_mut() = addresses.into();
            attempt(job, None);
        }
    });
}

/// Tries the next address. `before` is the failure of the first one.
fn attempt(job: Rc<Job>, before: Option<io::Error>) {
    let Some(address) = job.addresses.borrow_mut().pop_front() else {
        let none = || io::ErrorKind::NotFound.into();
        return fail(&job, &before.unwrap_or_else(none));
    };
    match waits::begin(address) {
        Err(error) => attempt(job, before.or(Some(error))),
        Ok(socket) => when(
            Way::Write,
            &socket.clone(),
            job.limit,
            move |ready| match ready.and_then(|()| waits::connected(&socket)) {
                Err(error) => attempt(job, before.or(Some(error))),
                Ok(()) => {
                    let request = job.download.borrow().request();
                    send(job, socket, request);
                }
            },
        ),
    }
}

fn send(job: Rc<Job>, socket: Rc<TcpStream>, mut request: Vec<u8>) {
    match waits::write_some(&socket, &mut request) {
        Err(error) => fail(&job, &error),
        Ok(()) if request.is_empty() => read(job, socket),
        Ok(()) => when(
            Way::Write,
            &socket.clone(),
            job.limit,
            move |ready| match ready {
                Err(error) => fail(&job, &error),
                Ok(()) => send(job, socket, request),
            },
        ),
    }
}

fn read(job: Rc<Job>, socket: Rc<TcpStream>) {
    when(
        Way::Read,
        &socket.clone(),
        job.limit,
        move |ready| match ready.and_then(|()| waits::read_some(&socket)) {
            Err(error) => fail(&job, &error),
            Ok(None) => read(job, socket),
            Ok(Some(bytes)) => {
                let step = job.download.borrow_mut().received(&bytes);
                match step {
                    Ok(Step::More) => read(job, socket),
                    Ok(Step::Again) => connect(job),
                    Ok(Step::Done) => end(&job, Ok(())),
                    Err(failure) => end(&job, Err(failure)),
                }
            }
        },
    );
}

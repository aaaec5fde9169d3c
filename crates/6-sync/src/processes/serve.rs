//! The worker's side: reads jobs, runs them, and ends with the program.
//!
//! The problem: a worker is the whole program once more, and must not run it. So the first line of
//! `main` asks whether this process is a worker, and if it is, does not return. A worker whose
//! program has died, perhaps by a kill, must end as well, also in the middle of a job.
//!
//! ```text
//!   the socket ──> thread "requests": reads a request ──> the thread of main: runs the job
//!                    │ the other end is closed               │ writes the reply
//!                    v                                       v
//!                  exit(0), whatever main's thread does    next request
//! ```
//!
//! A process is a worker if its standard input is the socket whose number the variable below has: the
//! inode that the pool has read at its end. A child of a job inherits the variable, but not the socket,
//! and the number of another socket is another one.
//!
//! Invariants:
//! 1. In a worker `serve_jobs` does not return.
//! 2. A worker ends when the other end of the socket is closed.
//!
//! Read next: `processes/worker.rs`.

use std::cell::RefCell;

use groundup_combinators::executor::try_iteration;

use super::jobs::{self, ProcessJob};

/// The variable that is set in a worker: the inode of its socket.
pub(super) const MARK: &str = "GROUNDUP_WORKER";

/// Lists the functions that the workers of this program may run. A program calls it in the first
/// line of `main`.
///
/// In the program it returns at once. In a worker, which is the same executable, it runs the jobs that
/// the program sends, and never returns. Whatever stands before this line, each worker does, too.
///
/// A second call with the same list does nothing, so that each test of a program may call it: see
/// [`test_worker`](crate::ProcessPoolBuilder::test_worker).
///
/// # Panics
///
/// If a function is listed twice, if another list was given before, or if an event loop runs on this
/// thread, whose tasks a worker would start.
///
/// ```
/// # mod groundup { pub use groundup_sync::{*, executor::*}; }
/// use groundup::{ProcessPool, process_job, run, run_in_process, serve_jobs};
///
/// fn fib(n: u64) -> u64 {
///     if n < 2 { n } else { fib(n - 1) + fib(n - 2) }
/// }
///
/// fn main() {
///     serve_jobs(&[process_job(fib)]);
///     let value = run(async {
///         let pool = ProcessPool::new(2).unwrap();
///         run_in_process(&pool, fib, 20).await
///     });
///     assert_eq!(value.unwrap(), 6765);
/// }
/// ```
pub fn serve_jobs(jobs: &[ProcessJob]) {
    assert!(
        try_iteration().is_none(),
        "serve_jobs was called inside an event loop, which each worker would run, too: call it in \
         the first line of main, before the loop is made"
    );
    jobs::list(jobs);
    #[cfg(unix)]
    if let Some(socket) = worker::socket() {
        worker::serve(socket, jobs);
    }
}

thread_local! {
    /// The place of the last panic of this thread, in a worker.
    static PLACE: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Returns the place of the last panic of this thread.
pub(super) fn take_place() -> String {
    PLACE.take()
}

#[cfg(unix)]
mod worker {
    use std::fs::File;
    use std::io::{self, Write};
    use std::os::fd::{AsFd, OwnedFd};
    use std::os::unix::fs::MetadataExt;
    use std::os::unix::net::UnixStream;
    use std::sync::mpsc::channel;
    use std::{env, panic, process, thread};

    use super::super::frame::{Reply, Request};
    use super::{MARK, PLACE, ProcessJob};

    /// Returns the socket of this process, if it is a worker.
    pub(super) fn socket() -> Option<UnixStream> {
        let mark: u64 = env::var(MARK).ok()?.parse().ok()?;
        let copy = File::from(io::stdin().as_fd().try_clone_to_owned().ok()?);
        if copy.metadata().ok()?.ino() != mark {
            return None;
        }
        let socket = UnixStream::from(OwnedFd::from(copy));
        let is_of_a_pair = socket.local_addr().is_ok_and(|name| name.is_unnamed());
        is_of_a_pair.then_some(socket)
    }

    /// Runs jobs until the other end of the socket is closed, and then ends this process.
    pub(super) fn serve(mut socket: UnixStream, jobs: &[ProcessJob]) -> ! {
        let null = File::open("/dev/null");
        if null
            .and_then(|null| Ok(rustix::stdio::dup2_stdin(&null)?))
            .is_err()
        {
            process::exit(1); // a job would read the requests of others from its standard input
        }
        remember_places();
        let Ok(mut requests) = socket.try_clone() else {
            process::exit(1)
        };
        let (sent, received) = channel();
        let reader = thread::Builder::new()
            .name("requests".into())
            .spawn(move || {
                while let Ok(request) = Request::read(&mut requests) {
                    let _ = sent.send(request);
                }
                process::exit(0)
            });
        if reader.is_err() {
            process::exit(1);
        }
        for request in received {
            let reply = answer(&request, jobs);
            let _ = io::stdout().flush(); // the output of a job comes before its reply
            if reply.write(request.number, &mut socket).is_err() {
                break;
            }
        }
        process::exit(0)
    }

    fn answer(request: &Request, jobs: &[ProcessJob]) -> Reply {
        let mut listed = jobs.iter();
        let Some(job) = listed.find(|job| job.name() == request.job) else {
            return Reply::Unknown;
        };
        match job.run(&request.arguments) {
            Reply::Value(bytes) if bytes.len() as u64 > request.limit => {
                Reply::TooLarge(bytes.len() as u64)
            }
            reply => reply,
        }
    }

    /// Has each panic leave its place, for the reply.
    fn remember_places() {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            PLACE.set(
                info.location()
                    .map_or("?".into(), |place| place.to_string()),
            );
            before(info);
        }));
    }
}

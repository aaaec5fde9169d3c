//! Jobs in processes: values, ends, deaths, and what each leaves behind.
//!
//! ```text
//!   worker    the test that is the program of the workers, and the list of jobs
//!   values    what a job gets and gives
//!   deaths    a worker that dies, sends garbage, or outlives its use
//!   ends      shutdowns, cancels, and the end of the program itself
//! ```
//!
//! No test sleeps. A job that must be seen running connects to a socket of its test: the test sees
//! the job begin when it accepts, and the process end when it reads the end of the stream.
//!
//! Read next: `processes/worker.rs`.

mod deaths;
mod ends;
mod values;
pub(crate) mod worker;

use std::future::Future;
use std::io::{Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use groundup_sync::combinators::timeout;
use groundup_sync::executor::run;
use groundup_sync::task::yield_now;
use groundup_sync::{ProcessPool, ProcessPoolBuilder};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};

use crate::setup::{LONG, until};

/// Makes the options of a pool whose workers run the test `worker`.
fn builder(processes: usize) -> ProcessPoolBuilder {
    worker::worker();
    let builder = ProcessPool::builder().processes(processes);
    builder.test_worker("processes::worker::worker")
}

/// Runs a program with a pool, and checks that the pool leaves no process.
fn with_pool<F: Future<Output = ()>>(
    builder: ProcessPoolBuilder,
    program: impl FnOnce(std::rc::Rc<ProcessPool>) -> F,
) {
    let pool = std::rc::Rc::new(builder.build().unwrap());
    run(async {
        let program = timeout(LONG, program(pool.clone()));
        program.await.expect("no job takes so long");
        pool.join(LONG).await.unwrap();
        assert!(pool.workers().is_empty());
    });
}

/// Returns true if the system knows no such process, not even as a zombie.
fn is_gone(process: u32) -> bool {
    !cfg!(target_os = "linux") || !Path::new(&format!("/proc/{process}")).exists()
}

/// Asserts that the system knows no such process, not even as a zombie.
fn assert_gone(process: u32) {
    assert!(is_gone(process), "{process} is left");
}

/// Waits until the system knows no such process, and asserts that it comes to that.
fn ends(process: u32) {
    until(|| is_gone(process), || format!("{process} is left"));
}

/// Sends a signal to a process.
fn signal(name: &str, process: u32) {
    let arguments = [format!("-{name}"), process.to_string()];
    let sent = Command::new("kill").args(arguments).status();
    assert!(sent.unwrap().success());
}

/// Stops a worker, and waits until all its threads have stopped. The signal goes to one of them, and
/// another may run on until that one has a CPU.
fn stop(process: u32) {
    signal("STOP", process);
    let id = WaitId::Pid(Pid::from_raw(process.cast_signed()).unwrap());
    let options = WaitIdOptions::STOPPED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
    let has_stopped = || {
        let status = waitid(id.clone(), options).unwrap();
        status.is_some_and(|status| status.stopped())
    };
    until(has_stopped, || format!("{process} runs on"));
}

/// Waits until a pool lists no process, and asserts that it comes to that.
async fn lists_none(pool: &ProcessPool) {
    let empties = async {
        while !pool.workers().is_empty() {
            std::thread::yield_now();
            yield_now().await;
        }
    };
    let emptied = timeout(LONG, empties).await;
    assert!(emptied.is_ok(), "{:?} are listed", pool.workers());
}

/// A socket at which jobs announce themselves.
struct Meeting {
    path: PathBuf,
    listener: UnixListener,
}

impl Meeting {
    fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("groundup-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        let listener = UnixListener::bind(&path).unwrap();
        Meeting { path, listener }
    }

    fn place(&self) -> String {
        self.path.to_str().unwrap().to_string()
    }

    /// Returns true if no job has begun that was not seen.
    fn is_empty(&self) -> bool {
        self.listener.set_nonblocking(true).unwrap();
        self.listener.accept().is_err()
    }

    /// Waits until a job has begun.
    fn begun(&self) -> HeldJob {
        let mut listener = [PollFd::new(&self.listener, PollFlags::IN)];
        let limit = LONG.try_into().unwrap();
        let ready = poll(&mut listener, Some(&limit)).unwrap();
        assert_eq!(ready, 1, "no job has begun");
        HeldJob(self.listener.accept().unwrap().0)
    }
}

impl Drop for Meeting {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
    }
}

/// A job that runs, and ends when it is told to.
struct HeldJob(UnixStream);

impl HeldJob {
    fn end(mut self) {
        self.0.write_all(b"!").unwrap();
    }

    /// Waits until the process of the job has ended.
    fn wait_gone(mut self) {
        self.0.set_read_timeout(Some(LONG)).unwrap();
        match self.0.read(&mut [0]) {
            Ok(0) => {}
            Ok(_) => panic!("the job goes on"),
            Err(error) => assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset),
        }
    }
}

//! The systems: their names, their limits, and how they are built.
//!
//! Each is a package of this workspace and is built by itself. So a system that does
//! not compile on some machine is only a line under the table. Python is searched
//! for, never installed.
//!
//! Invariants: a system is either a program that exists or a reason for which there
//! is none. If a system leaves out a feature that ours has, its notes name the
//! feature, and the notes are printed with the table.
//!
//! Read next: `process.rs`.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The role of a system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// Our system, which is judged.
    Ours,
    /// A system that ours is compared with.
    Peer,
    /// A loop without wakers, or no loop: the cost of the work itself. It is not a peer.
    Reference,
    /// Another language: shown, not judged.
    Python,
}

/// A system that can be compared.
#[derive(Clone, Copy, Debug)]
pub(crate) struct System {
    pub(crate) name: &'static str,
    pub(crate) role: Role,
    /// A description of the system, with its version.
    pub(crate) what: &'static str,
    /// Features that the system leaves out, or has in another form, where a row
    /// depends on them.
    pub(crate) notes: &'static [&'static str],
}

/// Every system, in the order of the table's columns.
#[rustfmt::skip]
pub(crate) const SYSTEMS: &[System] = &[
    System { name: "ours", role: Role::Ours, what: "groundup of this repository", notes: &[
        "on the real clock deadlines that lie within 1 ms of each other share a wake-up, and a lone one is exact (Builder::timer_resolution, 1 ms by default)",
    ] },
    System { name: "tokio", role: Role::Peer, what: "tokio 1.54.1", notes: &[
        "counts every poll against a budget and keeps metrics; its feature parking_lot is on, as in full",
        "its timers have a resolution of 1 ms and may fire in another order within it",
        "built without its feature test-util, so the rows under virtual time are in the column tokio_paused",
    ] },
    System { name: "tokio_paused", role: Role::Peer, what: "tokio 1.54.1 with its feature test-util", notes: &[
        "serves the rows under virtual time, for which tokio has this feature; the column tokio is built without it, since it makes each reading of the clock take a mutex",
    ] },
    System { name: "unsync", role: Role::Peer, what: "async-unsync 0.3.0 on tokio 1.54.1 and monoio 0.2.4", notes: &[
        "not an executor: it serves queues, oneshots and permits, which stay on one thread; its oneshots run on monoio, where they take less time",
    ] },
    System { name: "crossfire", role: Role::Peer, what: "crossfire 3.1.22 on tokio 1.54.1", notes: &[
        "not an executor: it serves queues, each for one sender and one receiver, which may be on two threads",
    ] },
    System { name: "smol", role: Role::Peer, what: "async-executor 1.14.1, async-io 2.6.0, futures-lite 2.6.1; async-channel 2.5.0, async-lock 3.5.0, blocking 1.7.0, oneshot 0.1", notes: &[
        "a panic in a task unwinds through the executor: no isolation",
        "its oneshot and one_shot are those of the crate oneshot, which smol does not re-export",
    ] },
    System { name: "futures", role: Role::Peer, what: "futures 0.3.34", notes: &[
        "no timers and no threads for jobs; a panic in a task without a handle unwinds through the pool",
        "a task with a handle is a RemoteHandle: its result goes through a channel",
    ] },
    System { name: "buffered", role: Role::Peer, what: "futures-buffered 0.2.14", notes: &[
        "not an executor: its children are futures of one task",
    ] },
    System { name: "monoio", role: Role::Peer, what: "monoio 0.2.4; local-sync 0.1.1", notes: &[
        "does not catch panics",
        "its feature sync, which is off by default, is on: without it a wake from another thread panics; the rows that need no timer run with timers, too",
        "its jobs that block run on its DefaultThreadPool, which a user attaches to the runtime; it has no lock",
        "a task that wakes itself goes to the front of the queue, so the tasks of yield_many, gather and wait_first_yields do not take turns, and in semaphore_contended no task waits",
    ] },
    System { name: "compio", role: Role::Peer, what: "compio-runtime 0.12.3, compio-driver 0.12.5 (compio 0.19)", notes: &[
        "no queue, lock, semaphore or oneshot of its own: its one_shot is that of futures",
        "queue for remote wakes set to 4,096: with the default of 64 a thread waking 1,000 tasks spins",
    ] },
    System { name: "glommio", role: Role::Peer, what: "glommio 0.9.0", notes: &[
        "a panic in a task unwinds through the executor: no isolation",
        "spawn polls the new task at once, before it returns; tasks that are not awaited are spawned into the queue instead, to keep their turn",
        "no oneshot: its one_shot is that of futures; a job that blocks starts when it is polled, so a batch of jobs is a batch of tasks",
    ] },
    System { name: "limit", role: Role::Reference, what: "a deque of boxed futures, no wakers; loops by hand", notes: &[
        "a reference: it cannot wait, cancel, or catch a panic; in deep_frames it resumes the generators of groundup without a loop",
    ] },
    System { name: "asyncio", role: Role::Python, what: "CPython's asyncio", notes: &[] },
    System { name: "uvloop", role: Role::Python, what: "CPython with uvloop", notes: &[] },
];

impl System {
    /// Returns the system of that name.
    pub(crate) fn named(name: &str) -> Option<&'static System> {
        SYSTEMS.iter().find(|system| system.name == name)
    }
}

/// The command line of a system's program, before `ROW SIZE ROUNDS`.
pub(crate) type Launch = Vec<PathBuf>;

/// Returns the folder of the benchmark's workspace.
pub(crate) fn workspace() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

/// Builds a Rust system; returns its program, or the reason for which there is none.
pub(crate) fn build(system: &System) -> Result<Launch, String> {
    let package = format!("bench-{}", system.name);
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["build", "--release", "--quiet", "--package", &package])
        .current_dir(workspace())
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("cargo could not be started: {error}"))?;
    if !output.status.success() {
        let errors = String::from_utf8_lossy(&output.stderr);
        let first = errors.lines().find(|line| line.starts_with("error"));
        return Err(format!(
            "does not build: {}",
            first.unwrap_or("see cargo's output")
        ));
    }
    // The driver was built by the same cargo into the same folder.
    let here = std::env::current_exe().map_err(|error| format!("where is the driver? {error}"))?;
    let program = here.with_file_name(package);
    if program.is_file() {
        Ok(vec![program])
    } else {
        Err(format!("built, but {} is not there", program.display()))
    }
}

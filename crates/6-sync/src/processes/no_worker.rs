//! Workers, on systems that have none.
//!
//! The problem: the socket pair, its place as standard input and the signals are Unix. On another
//! system a program compiles, and a pool is an error that says so.
//!
//! Invariant: no `NoWorker` is ever made here.
//!
//! Read next: `processes/workers.rs`.

use std::convert::Infallible;
use std::io;
use std::process::ExitStatus;
use std::time::Duration;

use super::frame::{Broken, Reply, Request};

/// True if this system has workers.
pub(super) const SUPPORTED: bool = false;

/// So long a worker, if there were one, might take to end.
pub(super) const PATIENCE: Duration = Duration::ZERO;

/// A worker, of which there is none.
pub(super) struct NoWorker(Infallible);

pub(super) use NoWorker as Worker;

impl NoWorker {
    pub(super) fn start(_: Option<&str>) -> io::Result<NoWorker> {
        Err(io::ErrorKind::Unsupported.into())
    }

    pub(super) fn call(&self, _: &Request) -> Result<Reply, Broken> {
        match self.0 {}
    }

    pub(super) fn is_idle(&self) -> bool {
        match self.0 {}
    }

    pub(super) fn kill(&self) {
        match self.0 {}
    }

    pub(super) fn id(&self) -> u32 {
        match self.0 {}
    }

    pub(super) fn lives(&self) -> bool {
        match self.0 {}
    }

    pub(super) fn say_end(&self) {
        match self.0 {}
    }

    pub(super) fn wait_end(&self, _: Duration) {
        match self.0 {}
    }

    pub(super) fn end(&self) -> io::Result<ExitStatus> {
        match self.0 {}
    }
}

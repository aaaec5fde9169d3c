//! Jobs on threads: rules, ends, turns, and a property.
//!
//! ```text
//!   rules      R01 and R03 to R06, one test or more each
//!   ends       errors, panics, shutdowns: each says what happened, and nothing is lost
//!   workers    how many threads there are, and when; how often the loop is woken
//!   notifies   a worker is notified only if one is idle
//!   turns      on virtual time, runs repeat
//!   props      random jobs against a list; random programs repeat to the byte
//! ```
//!
//! No test sleeps: threads and loops meet by channels.
//!
//! Read next: `threads/rules.rs`.

mod ends;
mod notifies;
mod props;
mod rules;
mod turns;
mod workers;

use crate::setup::LONG;
use std::sync::mpsc::{Receiver, Sender, channel};

/// A job that says that it has begun, and ends when it is told to.
struct Held {
    begun: Receiver<()>,
    end: Sender<()>,
}

/// Makes a job that is held until it is told to end, or until `Held` is dropped.
fn held<T: Send + 'static>(value: T) -> (Held, impl FnOnce() -> T + Send + 'static) {
    let (begin, begun) = channel();
    let (end, ended) = channel();
    let job = move || {
        let _ = begin.send(());
        let _ = ended.recv();
        value
    };
    (Held { begun, end }, job)
}

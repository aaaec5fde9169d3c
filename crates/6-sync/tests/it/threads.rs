//! Jobs on threads: rules, ends, turns, and a property.
//!
//! ```text
//!   rules      R01 to R06, one test each
//!   ends       errors, panics, shutdowns: each says what happened, and nothing is lost
//!   workers    how many threads there are, and when; how often the loop is woken
//!   turns      on virtual time, runs repeat
//!   props      random jobs against a list; random programs repeat to the byte
//! ```
//!
//! No test sleeps: threads and loops meet by channels.
//!
//! Read next: `threads/rules.rs`.

mod ends;
mod props;
mod rules;
mod turns;
mod workers;

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Once;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use groundup_sync::executor::EventLoop;
use groundup_sync::task::Report;

/// A limit that no test reaches.
const LONG: Duration = Duration::from_secs(600);

/// Makes a loop on virtual time, and the list of its reports.
fn virtual_loop() -> (EventLoop, Rc<RefCell<Vec<Report>>>) {
    let event_loop = EventLoop::builder().virtual_time().build();
    let reports: Rc<RefCell<Vec<Report>>> = Rc::default();
    let kept = reports.clone();
    let keep = move |report: &Report| kept.borrow_mut().push(report.clone());
    event_loop.set_exception_handler(Some(Rc::new(keep)));
    (event_loop, reports)
}

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

/// Keeps the panics of jobs, which tests make on purpose, out of their output.
fn expect_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            let thread = std::thread::current();
            if !thread
                .name()
                .is_some_and(|name| name.starts_with("worker-"))
            {
                before(panic);
            }
        }));
    });
}

//! Loops on several threads, and queues between them.
//!
//! ```text
//!   tasks     where a task runs, and what its handle gives
//!   ends      shutdowns, and loops that end unasked
//!   queues    items between loops
//!   props     random operations on a queue against a list
//! ```
//!
//! No test sleeps: loops meet by queues, channels and handles.
//!
//! Read next: `fleet/tasks.rs`.

mod ends;
mod props;
mod queues;
mod tasks;

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Once;
use std::time::Duration;

use groundup_sync::executor::EventLoop;
use groundup_sync::task::Report;
use groundup_sync::{Fleet, FleetBuilder};

/// A limit that no test reaches.
const LONG: Duration = Duration::from_secs(60);

/// Makes the options of a fleet whose loops have clocks that jump.
fn virtual_fleet(loops: usize) -> FleetBuilder {
    let builder = Fleet::builder().loops(loops);
    builder.configure(|_, builder| builder.virtual_time())
}

/// Makes a loop on virtual time, and the list of its reports.
fn home() -> (EventLoop, Rc<RefCell<Vec<Report>>>) {
    let event_loop = EventLoop::builder().virtual_time().build();
    let reports: Rc<RefCell<Vec<Report>>> = Rc::default();
    let kept = reports.clone();
    let keep = move |report: &Report| kept.borrow_mut().push(report.clone());
    event_loop.set_exception_handler(Some(Rc::new(keep)));
    (event_loop, reports)
}

/// Keeps the panics in loops of fleets, which tests make on purpose, out of their output.
fn expect_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            let thread = std::thread::current();
            if !thread.name().is_some_and(|name| name.starts_with("loop-")) {
                before(panic);
            }
        }));
    });
}

//! The rows about callbacks, and about tasks that are not awaited.
//!
//! Of the systems here only ours has callbacks. The others run a task that calls the
//! function. A comparison of a callback with a task favours the callback, so each of
//! these rows has a twin in which ours spawns a task, too:
//!
//! ```text
//!   call_soon_chain    callback -> the next callback       spawn_chain     as tasks
//!   call_soon_fanout   main -> many callbacks at once      spawn_fanout    as tasks
//! ```
//!
//! Invariants: one operation is one callback or one task. In a fan-out all are waiting
//! before the first one runs, and the row asserts that.
//!
//! Read next: `depth.rs`.

use std::cell::Cell;
use std::rc::Rc;

use crate::{Bell, Sample, System, Work};

/// Runs the row if it belongs to this module.
pub fn serve<S: System>(row: &str, work: Work) -> Option<Sample> {
    match row {
        "call_soon_chain" => Some(S::run(chain::<S, Callback>(work))),
        "call_soon_fanout" => Some(S::run(fanout::<S, Callback>(work))),
        "spawn_chain" => Some(S::run(chain::<S, Detached>(work))),
        "spawn_fanout" => Some(S::run(fanout::<S, Detached>(work))),
        _ => None,
    }
}

/// The form in which a function waits for its turn.
trait Form: 'static {
    /// Makes the loop call `f`, in its turn.
    fn later<S: System>(f: impl FnOnce() + 'static);
}

/// As a callback, where the system has them.
struct Callback;

/// As a task that is not awaited.
struct Detached;

impl Form for Callback {
    fn later<S: System>(f: impl FnOnce() + 'static) {
        S::call_soon(f);
    }
}

impl Form for Detached {
    fn later<S: System>(f: impl FnOnce() + 'static) {
        S::detach(async move { f() });
    }
}

/// Runs one link of the chain; `left` more follow it.
fn link<S: System, L: Form>(left: u64, calls: Rc<Cell<u64>>, end: Bell) {
    L::later::<S>(move || {
        calls.set(calls.get() + 1);
        if left == 0 {
            end.ring();
        } else {
            link::<S, L>(left - 1, calls, end);
        }
    });
}

/// Schedules `size` functions, each of which schedules the next.
async fn chain<S: System, L: Form>(work: Work) -> Sample {
    work.measure(work.size, async || {
        let (calls, end) = (Rc::new(Cell::new(0)), Bell::default());
        link::<S, L>(work.size - 1, Rc::clone(&calls), end.clone());
        end.heard().await;
        assert_eq!(calls.get(), work.size);
    })
    .await
}

/// Schedules `size` functions before the first one runs.
async fn fanout<S: System, L: Form>(work: Work) -> Sample {
    work.measure(work.size, async || {
        let (left, end) = (Rc::new(Cell::new(work.size)), Bell::default());
        for _ in 0..work.size {
            let (left, end) = (Rc::clone(&left), end.clone());
            L::later::<S>(move || {
                left.set(left.get() - 1);
                if left.get() == 0 {
                    end.ring();
                }
            });
        }
        assert_eq!(left.get(), work.size, "one ran before its turn");
        end.heard().await;
        assert_eq!(left.get(), 0);
    })
    .await
}

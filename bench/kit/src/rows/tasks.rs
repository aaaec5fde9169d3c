//! The rows about spawning, yielding, handing over and calling back.
//!
//! Every event loop can run these rows. They differ in which task wakes which:
//!
//! ```text
//!   spawn_join        main -> task, task -> main          100,000 alive at once
//!   spawn_batch       main -> task, task -> main          1,000 alive at once
//!   yield_many        task -> itself                      1,000 in a ring
//!   yield_one         task -> itself                      alone
//!   hand_off          task A -> task B -> task A ...
//!   call_soon_chain   callback -> the next callback       new callback each time
//!   call_soon_fanout  main -> 1,000,000 callbacks         all waiting at once
//! ```
//!
//! Invariants: one operation is one task, one yield, one hand-off or one callback.
//! Every row counts its operations and asserts the count.
//!
//! Read next: `depth.rs`.

use std::cell::Cell;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Poll, Waker};

use crate::{Bell, Meter, Sample, System, Work};

/// Runs the row if it belongs to this module.
pub fn serve<S: System>(row: &str, work: Work) -> Option<Sample> {
    match row {
        "spawn_join" | "spawn_batch" => Some(S::run(spawn_join::<S>(work))),
        "yield_many" => Some(S::run(yielding::<S>(work, 1000))),
        "yield_one" => Some(S::run(yielding::<S>(work, 1))),
        "hand_off" => Some(S::run(hand_off::<S>(work))),
        "call_soon_chain" => Some(S::run(call_soon_chain::<S>(work))),
        "call_soon_fanout" => Some(S::run(call_soon_fanout::<S>(work))),
        _ => None,
    }
}

/// Spawns `size` tasks that return a number at once, and then awaits every handle.
async fn spawn_join<S: System>(work: Work) -> Sample {
    let meter = Meter::start();
    for _ in 0..work.rounds {
        let mut handles = Vec::with_capacity(work.size as usize);
        for number in 0..work.size {
            handles.push(S::spawn(async move { number }));
        }
        let mut sum = 0;
        for handle in handles {
            sum += handle.await;
        }
        assert_eq!(sum, work.size * (work.size - 1) / 2);
    }
    meter.stop(work.ops())
}

/// Runs `tasks` tasks that together yield `size` times, in turn.
async fn yielding<S: System>(work: Work, tasks: u64) -> Sample {
    let tasks = tasks.min(work.size);
    let each = work.size / tasks;
    let meter = Meter::start();
    for _ in 0..work.rounds {
        let mut handles = Vec::with_capacity(tasks as usize);
        for _ in 0..tasks {
            handles.push(S::spawn(async move {
                for _ in 0..each {
                    S::give_way().await;
                }
                each
            }));
        }
        let mut yields = 0;
        for handle in handles {
            yields += handle.await;
        }
        assert_eq!(yields, each * tasks);
    }
    meter.stop(each * tasks * work.rounds)
}

/// The cell in which a player leaves its waker for the other one.
type Admission = Rc<Cell<Option<Waker>>>;

/// Wakes the other player and waits to be woken, `moves` times.
async fn play(mine: Admission, other: Admission, moves: u64) -> u64 {
    for _ in 0..moves {
        let mut handed = false;
        poll_fn(|cx| {
            if handed {
                return Poll::Ready(());
            }
            handed = true;
            mine.set(Some(cx.waker().clone()));
            if let Some(waker) = other.take() {
                waker.wake();
            }
            Poll::Pending
        })
        .await;
        // Only the other player wakes this one, and it takes the waker.
        debug_assert!(mine.take().is_none());
    }
    // The other player still waits for its last move.
    if let Some(waker) = other.take() {
        waker.wake();
    }
    moves
}

/// Runs two tasks that wake each other through a stored waker, `size` times in all.
async fn hand_off<S: System>(work: Work) -> Sample {
    let moves = work.size / 2;
    let meter = Meter::start();
    for _ in 0..work.rounds {
        let (here, there) = (Admission::default(), Admission::default());
        let first = S::spawn(play(Rc::clone(&here), Rc::clone(&there), moves));
        let second = S::spawn(play(there, here, moves));
        assert_eq!(first.await + second.await, moves * 2);
    }
    meter.stop(moves * 2 * work.rounds)
}

/// Runs one callback of the chain; `left` more follow it.
fn link<S: System>(left: u64, calls: Rc<Cell<u64>>, end: Bell) {
    S::call_soon(move || {
        calls.set(calls.get() + 1);
        if left == 0 {
            end.ring();
        } else {
            link::<S>(left - 1, calls, end);
        }
    });
}

/// Schedules `size` callbacks, each of which schedules the next.
async fn call_soon_chain<S: System>(work: Work) -> Sample {
    let meter = Meter::start();
    for _ in 0..work.rounds {
        let (calls, end) = (Rc::new(Cell::new(0)), Bell::default());
        link::<S>(work.size - 1, Rc::clone(&calls), end.clone());
        end.heard().await;
        assert_eq!(calls.get(), work.size);
    }
    meter.stop(work.ops())
}

/// Schedules `size` callbacks before the first one runs.
async fn call_soon_fanout<S: System>(work: Work) -> Sample {
    let meter = Meter::start();
    for _ in 0..work.rounds {
        let (left, end) = (Rc::new(Cell::new(work.size)), Bell::default());
        for _ in 0..work.size {
            let (left, end) = (Rc::clone(&left), end.clone());
            S::call_soon(move || {
                left.set(left.get() - 1);
                if left.get() == 0 {
                    end.ring();
                }
            });
        }
        assert_eq!(left.get(), work.size, "a callback ran before its turn");
        end.heard().await;
        assert_eq!(left.get(), 0);
    }
    meter.stop(work.ops())
}

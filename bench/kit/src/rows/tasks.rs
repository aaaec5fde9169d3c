//! The rows about spawning, yielding, waking and handing over.
//!
//! Every event loop can run these rows. They differ in which task wakes which:
//!
//! ```text
//!   spawn_join        main -> task, task -> main          all alive at once
//!   yield_many        task -> itself                      1,000 in a ring
//!   yield_ring        task -> itself                      `size` in a ring, 10 times each
//!   yield_one         task -> itself                      alone
//!   hand_off          task A -> task B -> task A ...
//!   wake_ready        task A -> task B, B, B ...          B is ready already
//!   one_shot          main -> task, by a value            1,000 wait at once
//! ```
//!
//! Invariants: one operation is one task, one yield, one hand-off or one wake.
//! Every row counts its operations and asserts the count.
//!
//! Read next: `callbacks.rs`.

use std::cell::Cell;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Poll, Waker};

use crate::{Bell, Sample, System, Work};

/// Runs the row if it belongs to this module.
pub fn serve<S: System>(row: &str, work: Work) -> Option<Sample> {
    let tasks = work.size.min(1000);
    match row {
        "spawn_join" => Some(S::run(spawn_join::<S>(work))),
        "yield_many" => Some(S::run(yielding::<S>(work, tasks, work.size / tasks))),
        "yield_ring" => Some(S::run(yielding::<S>(work, work.size, 10))),
        "yield_one" => Some(S::run(yielding::<S>(work, 1, work.size))),
        "hand_off" => Some(S::run(hand_off::<S>(work))),
        "wake_ready" => Some(S::run(wake_ready::<S>(work))),
        "one_shot" => Some(S::run(one_shot::<S>(work))),
        _ => None,
    }
}

/// Spawns `size` tasks that return a number at once, and then awaits every handle.
async fn spawn_join<S: System>(work: Work) -> Sample {
    work.measure(work.size, async || {
        let mut handles = Vec::with_capacity(work.size as usize);
        for number in 0..work.size {
            handles.push(S::spawn(async move { number }));
        }
        let mut sum = 0;
        for handle in handles {
            sum += handle.await;
        }
        assert_eq!(sum, work.size * (work.size - 1) / 2);
    })
    .await
}

/// Runs `tasks` tasks that yield `each` times, in turn.
async fn yielding<S: System>(work: Work, tasks: u64, each: u64) -> Sample {
    work.measure(each * tasks, async || {
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
    })
    .await
}

/// The cell in which a task leaves its waker for another one.
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
    work.measure(moves * 2, async || {
        let (here, there) = (Admission::default(), Admission::default());
        let first = S::spawn(play(Rc::clone(&here), Rc::clone(&there), moves));
        let second = S::spawn(play(there, here, moves));
        assert_eq!(first.await + second.await, moves * 2);
    })
    .await
}

/// Number of wakes of the same task before it can run.
const REPEATS: u64 = 100;

/// Wakes a task a hundred times before it can run, and again, `size` times in all.
///
/// Only the first of a hundred wakes has an effect; the row is about the others.
async fn wake_ready<S: System>(work: Work) -> Sample {
    let (known, left) = (Admission::default(), Bell::default());
    let over = Rc::new(Cell::new(false));
    let woken = S::spawn(woken(Rc::clone(&known), left.clone(), Rc::clone(&over)));
    left.heard().await;
    let waker = known.take().expect("the task has left its waker");
    let sample = S::spawn(async move {
        let sample = work.measure(work.size, async || {
            for _ in 0..work.size / REPEATS {
                for _ in 0..REPEATS {
                    waker.wake_by_ref();
                }
                S::give_way().await;
            }
        });
        let sample = sample.await;
        over.set(true);
        waker.wake();
        sample
    })
    .await;
    assert!(woken.await > 1, "no wake has reached the task");
    sample
}

/// Leaves its waker once, and then counts its polls until it is over.
///
/// In every system measured, a task's waker stays the same for the task's whole life.
async fn woken(mine: Admission, left: Bell, over: Rc<Cell<bool>>) -> u64 {
    let mut polls = 0;
    poll_fn(|cx| {
        polls += 1;
        if over.get() {
            return Poll::Ready(());
        }
        if polls == 1 {
            mine.set(Some(cx.waker().clone()));
            left.ring();
        }
        Poll::Pending
    })
    .await;
    polls
}

/// Sets `size` values, each of which a task waits for.
async fn one_shot<S: System>(work: Work) -> Sample {
    work.measure(work.size, async || {
        let mut tasks = Vec::with_capacity(work.size as usize);
        let mut values = Vec::with_capacity(work.size as usize);
        for _ in 0..work.size {
            let (send, receive) = S::one_shot();
            values.push(send);
            tasks.push(S::spawn(receive));
        }
        // Tasks run in the order of their spawns: when this one ends, all others wait.
        S::spawn(async {}).await;
        for (number, send) in (0..).zip(values) {
            send(number);
        }
        let mut sum = 0;
        for task in tasks {
            sum += task.await;
        }
        assert_eq!(sum, work.size * (work.size - 1) / 2);
    })
    .await
}

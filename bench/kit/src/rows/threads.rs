//! The rows about waking a task from another thread.
//!
//! Both rows compare wall time and are pinned to two CPUs: one thread waits while the
//! other works, so CPU time would show only a part.
//!
//! ```text
//!   cross_thread_wake     task --unpark--> thread --wake--> task     one at a time
//!   remote_wake           thread --wake--> 1,000 tasks, then waits for them all
//! ```
//!
//! Invariants: the other thread is a plain `std::thread` that parks. It wakes only
//! through the standard `Waker`. It is started before the meter and joined after it.
//!
//! Read next: `memory.rs`.

use std::cell::Cell;
use std::future::poll_fn;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Poll, Waker};
use std::thread;

use crate::{Bell, Meter, Sample, Signal, System, Work};

/// Runs the row if it belongs to this module.
pub fn serve<S: System>(row: &str, work: Work) -> Option<Sample> {
    match row {
        "cross_thread_wake" => Some(S::run(cross_thread_wake::<S>(work))),
        "remote_wake" => Some(S::run(remote_wake::<S>(work))),
        _ => None,
    }
}

/// Parks this thread until `number` is `level` or higher.
fn park_until(number: &AtomicU64, level: u64) {
    while number.load(Ordering::Acquire) < level {
        thread::park();
    }
}

/// Runs `size` round trips between a task and a thread, after an unmeasured tenth of them.
async fn cross_thread_wake<S: System>(work: Work) -> Sample {
    let (first, trips) = (work.size / 10, work.size * work.rounds);
    let all = first + trips;
    let asked = Arc::new(AtomicU64::new(0));
    let answer = Arc::new(Signal::default());
    let answering = {
        let (asked, answer) = (Arc::clone(&asked), Arc::clone(&answer));
        thread::spawn(move || {
            for trip in 1..=all {
                park_until(&asked, trip);
                answer.raise(trip);
            }
        })
    };
    let other = answering.thread().clone();
    let sample = S::spawn(async move {
        let mut meter = Meter::start();
        for trip in 1..=all {
            asked.store(trip, Ordering::Release);
            other.unpark();
            answer.reached(trip).await;
            if trip == first {
                meter = Meter::start();
            }
        }
        meter.stop(trips)
    })
    .await;
    answering.join().expect("the answering thread ends well");
    sample
}

/// The state that the waking thread and the tasks share.
#[derive(Default)]
struct Shared {
    go: AtomicU64,
    round: AtomicU64,
    done: AtomicU64,
    wakers: Mutex<Vec<Waker>>,
}

/// The state that the tasks share.
struct Crew {
    shared: Arc<Shared>,
    waking: thread::Thread,
    tasks: u64,
    rounds: u64,
    /// Number of tasks that have not run yet in this round.
    left: Cell<u64>,
    /// The signal of the last task that has handed over its waker.
    known: Bell,
}

impl Crew {
    /// Hands over the waker of the running task.
    async fn sign_up(&self) {
        let mine = poll_fn(|cx| Poll::Ready(cx.waker().clone())).await;
        let mut wakers = self.shared.wakers.lock().expect("no panic in a row");
        wakers.push(mine);
        if wakers.len() as u64 == self.tasks {
            self.known.ring();
        }
    }

    /// Runs one task of the crew: it takes part in every round once.
    async fn member(self: Rc<Crew>) {
        self.sign_up().await;
        for round in 1..=self.rounds {
            poll_fn(|_| {
                if self.shared.round.load(Ordering::Acquire) >= round {
                    Poll::Ready(())
                } else {
                    Poll::Pending
                }
            })
            .await;
            self.left.set(self.left.get() - 1);
            if self.left.get() == 0 {
                self.left.set(self.tasks);
                self.shared.done.store(round, Ordering::Release);
                self.waking.unpark();
            }
        }
    }
}

/// Wakes all tasks from the other thread and waits until all have run, `rounds` times.
fn wake_rounds(shared: &Shared, rounds: u64) {
    park_until(&shared.go, 1);
    let wakers = std::mem::take(&mut *shared.wakers.lock().expect("no panic in a row"));
    for round in 1..=rounds {
        shared.round.store(round, Ordering::Release);
        for waker in &wakers {
            waker.wake_by_ref();
        }
        park_until(&shared.done, round);
    }
}

/// Wakes `size` tasks from a thread, waits until all have run, and does it again.
async fn remote_wake<S: System>(work: Work) -> Sample {
    // A tenth of the rounds first, with another crew.
    wake_crew::<S>(work.size, work.rounds.div_ceil(10)).await;
    wake_crew::<S>(work.size, work.rounds).await
}

/// Starts a crew of `tasks`, and measures `rounds` of them.
///
/// In every system measured, a task's waker stays the same for the task's whole life.
/// So the thread keeps the wakers of the first round.
async fn wake_crew<S: System>(tasks: u64, rounds: u64) -> Sample {
    let shared = Arc::new(Shared::default());
    let waking = {
        let shared = Arc::clone(&shared);
        thread::spawn(move || wake_rounds(&shared, rounds))
    };
    let crew = Rc::new(Crew {
        shared: Arc::clone(&shared),
        waking: waking.thread().clone(),
        tasks,
        rounds,
        left: Cell::new(tasks),
        known: Bell::default(),
    });
    let handles: Vec<_> = (0..tasks)
        .map(|_| S::spawn(Rc::clone(&crew).member()))
        .collect();
    crew.known.heard().await;
    let meter = Meter::start();
    shared.go.store(1, Ordering::Release);
    waking.thread().unpark();
    for handle in handles {
        handle.await;
    }
    let sample = meter.stop(rounds * tasks);
    waking.join().expect("the waking thread ends well");
    sample
}

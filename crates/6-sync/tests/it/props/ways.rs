//! Ways in which a wait ends early, and loops that run random programs.
//!
//! The problem: each property here spawns some tasks, cancels some of them, closes the loop in some
//! iteration, and looks for tasks that wait for ever. That is written once.
//!
//! Invariant: no task of these programs catches a cancel. So a task whose `cancel` returned true ends
//! as cancelled, whatever it had received by then.
//!
//! Read next: `wakes.rs`.

use std::fmt::Debug;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;

use groundup_sync::executor::EventLoop;
use groundup_sync::task::{Task, yield_now};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

/// What happens to a task from outside, or inside.
#[derive(Clone, Copy, Debug)]
pub(super) enum Way {
    /// Nothing.
    ToTheEnd,
    /// It is cancelled so many iterations after the beginning.
    Cancelled(usize),
    /// It drops its wait after so many polls, and ends.
    Dropped(usize),
}

pub(super) fn way() -> impl Strategy<Value = Way> {
    prop_oneof![
        3 => Just(Way::ToTheEnd),
        3 => (0_usize..12).prop_map(Way::Cancelled),
        2 => (1_usize..5).prop_map(Way::Dropped),
    ]
}

/// Awaits a future, and gives it up after so many polls, in the order of the way. The task is polled
/// again in each iteration.
pub(super) async fn on_the_way<T>(way: Way, future: impl Future<Output = T>) -> Option<T> {
    let Way::Dropped(mut polls) = way else {
        return Some(future.await);
    };
    let mut future = pin!(future);
    poll_fn(|cx| {
        if let Poll::Ready(value) = future.as_mut().poll(cx) {
            return Poll::Ready(Some(value));
        }
        polls -= 1;
        if polls == 0 {
            return Poll::Ready(None);
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await
}

pub(super) async fn yields(count: usize) {
    for _ in 0..count {
        yield_now().await;
    }
}

/// How a program runs: the seed of the order of its ready tasks, and the iteration in which its loop
/// is closed, if it is before the end.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plan {
    seed: Option<u64>,
    closed: Option<usize>,
}

impl Way {
    /// Returns the way without a drop inside the task.
    pub(super) fn cancelled_only(self) -> Way {
        match self {
            Way::Dropped(_) => Way::ToTheEnd,
            other => other,
        }
    }
}

impl Plan {
    /// Returns the plan of a loop that is not closed before the end.
    pub(super) fn to_the_end(self) -> Plan {
        let closed = None;
        Plan { closed, ..self }
    }
}

pub(super) fn plan() -> impl Strategy<Value = Plan> {
    let closed = prop::option::weighted(0.2, 0_usize..15);
    (any::<Option<u64>>(), closed).prop_map(|(seed, closed)| Plan { seed, closed })
}

/// A program of some tasks, on a loop of its own. The drop closes the loop.
pub(super) struct Program {
    plan: Plan,
    tasks: Vec<(Task<()>, Way)>,
    event_loop: EventLoop,
}

impl Program {
    pub(super) fn new(plan: Plan) -> Self {
        let builder = EventLoop::builder().virtual_time();
        let event_loop = match plan.seed {
            Some(seed) => builder.seed(seed).build(),
            None => builder.build(),
        };
        Program {
            plan,
            tasks: Vec::new(),
            event_loop,
        }
    }

    /// Spawns a task, which is cancelled if its way says so.
    pub(super) fn spawn(&mut self, way: Way, task: impl Future<Output = ()> + 'static) {
        let task = self.event_loop.spawn(task);
        self.tasks.push((task, way));
    }

    /// Runs the tasks, for so many iterations at most. Returns the positions of the tasks that wait
    /// for ever; none if the loop is to be closed before the end.
    ///
    /// # Errors
    ///
    /// A text, if a task was cancelled and did not end as cancelled.
    pub(super) fn run(&self, most: usize) -> Result<Vec<usize>, String> {
        let mut asked = Vec::new();
        for now in 0..self.plan.closed.unwrap_or(most) {
            for (at, (task, way)) in self.tasks.iter().enumerate() {
                if matches!(way, Way::Cancelled(when) if *when == now) && task.cancel() {
                    asked.push(at);
                }
            }
            let comes =
                |(_, way): &(Task<()>, Way)| matches!(way, Way::Cancelled(when) if *when > now);
            if self.event_loop.step().is_err() && !self.tasks.iter().any(comes) {
                break;
            }
        }
        let went_on = |at: &&usize| {
            let task = &self.tasks[**at].0;
            task.done() && task.cancelled() != Some(true)
        };
        if let Some(at) = asked.iter().find(went_on) {
            return Err(format!("task {at} was cancelled, and went on"));
        }
        let tasks = self.tasks.iter().enumerate();
        let stuck = tasks.filter(|(_, (task, _))| self.plan.closed.is_none() && !task.done());
        Ok(stuck.map(|(at, _)| at).collect())
    }
}

/// Runs random programs until one fails, and returns its fault.
pub(super) fn fault_of<P: Debug>(
    programs: impl Strategy<Value = P>,
    run: impl Fn(&P) -> Result<(), String>,
) -> String {
    let mut runner = TestRunner::new_with_rng(
        Config::default(),
        TestRng::deterministic_rng(RngAlgorithm::ChaCha),
    );
    let mut faults = (0..500).filter_map(|_| {
        let tree = programs.new_tree(&mut runner).unwrap();
        run(&tree.current()).err()
    });
    faults.next().expect("the fault is found")
}

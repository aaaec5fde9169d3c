//! The rows on an executor without wakers: the cost of the work itself.
//!
//! The executor is a deque of boxed futures. Each is polled in its turn and put back
//! if it is pending, whether or not anything happened. Where every task is always
//! ready (yields, callbacks, children that yield), any loop must do at least this
//! much, so it shows how much a loop adds. It is a reference and not a peer, because
//! it cannot wait.
//!
//! Invariants: the waker does nothing. One turn polls the futures that were queued
//! when the turn began. A row that would have to wait is not served.
//!
//! Read next: `loops.rs`, then a real system.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::process::ExitCode;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use bench_kit::{Children, InPlace, Program, Run, Sample, System, Work, rows};

mod loops;

type Queue = VecDeque<Pin<Box<dyn Future<Output = ()>>>>;

thread_local! {
    static QUEUE: RefCell<Queue> = const { RefCell::new(VecDeque::new()) };
}

/// The executor: no wakers, no clock, no threads.
struct Limit;

/// The cell in which a task leaves its result.
type Place<T> = Rc<Cell<Option<T>>>;

/// The future of a result, which checks the cell at each poll.
struct Joined<T>(Place<T>);

impl<T> Future for Joined<T> {
    type Output = T;

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<T> {
        match self.0.take() {
            Some(value) => Poll::Ready(value),
            None => Poll::Pending,
        }
    }
}

/// Puts a future at the end of the queue.
fn push(future: Pin<Box<dyn Future<Output = ()>>>) {
    QUEUE.with_borrow_mut(|queue| queue.push_back(future));
}

impl Run for Limit {
    fn run<F>(main: F) -> F::Output
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        let mut cx = Context::from_waker(Waker::noop());
        let mut main = pin!(main);
        loop {
            if let Poll::Ready(output) = main.as_mut().poll(&mut cx) {
                return output;
            }
            for _ in 0..QUEUE.with_borrow(VecDeque::len) {
                let Some(mut task) = QUEUE.with_borrow_mut(VecDeque::pop_front) else {
                    break;
                };
                if task.as_mut().poll(&mut cx).is_pending() {
                    push(task);
                }
            }
        }
    }
}

impl System for Limit {
    type Join<T: 'static> = Joined<T>;

    fn spawn<F>(future: F) -> Joined<F::Output>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        let place: Place<F::Output> = Rc::default();
        let result = Rc::clone(&place);
        push(Box::pin(async move { result.set(Some(future.await)) }));
        Joined(place)
    }

    fn detach<F>(future: F)
    where
        F: Future<Output = ()> + 'static,
    {
        push(Box::pin(future));
    }

    fn give_way() -> impl Future<Output = ()> {
        let mut given = false;
        poll_fn(move |_| {
            if std::mem::replace(&mut given, true) {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        })
    }
}

/// A boxed child, which its owner can only poll, as a loop does.
type Child = Pin<Box<dyn Future<Output = u64>>>;

impl Children for Limit {}

impl InPlace for Limit {
    fn in_task<F>(future: F) -> impl Future<Output = F::Output>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        future
    }

    /// Boxes each child, and polls the children in a deque until it is empty. This is
    /// the least cost of children that are not part of the future that waits for them.
    async fn join<F>(children: Vec<F>) -> Vec<u64>
    where
        F: Future<Output = u64> + 'static,
    {
        let mut results = vec![0; children.len()];
        let boxed = |child| -> Child { Box::pin(child) };
        let mut queue: VecDeque<_> = (0..).zip(children.into_iter().map(boxed)).collect();
        let mut cx = Context::from_waker(Waker::noop());
        while let Some((at, mut child)) = queue.pop_front() {
            match child.as_mut().poll(&mut cx) {
                Poll::Ready(value) => results[at] = value,
                Poll::Pending => queue.push_back((at, child)),
            }
        }
        results
    }
}

impl Program for Limit {
    const NAME: &str = "limit";
    const WAITS: bool = false;

    fn runtime() -> String {
        "no runtime: a deque".to_owned()
    }

    fn serve(row: &str, work: Work) -> Option<Sample> {
        match row {
            "cross_thread_wake" | "remote_wake" | "wake_ready" | "one_shot" | "idle_task" => None,
            "gather" => rows::of_children::<Limit>(row, work),
            "join" => rows::of_sets::<Limit>(row, work),
            _ => rows::of_system::<Limit>(row, work).or_else(|| loops::serve(row, work)),
        }
    }
}

fn main() -> ExitCode {
    bench_kit::main::<Limit>()
}

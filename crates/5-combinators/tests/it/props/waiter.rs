//! Waiter: the task that awaits a program and may be disturbed.
//!
//! The problem: a combinator must be dropped from outside in the middle of an iteration, or
//! cancelled, or run out of time, and the test must see its state at that moment. So the waiter
//! holds the combinator where other code can reach it, and records how the wait ended.
//!
//! ```text
//!   make --> waiting --polled by--> waiter --> back --> reads on what it can --> end
//!                       ^                       ^
//!                       strike                  what comes now is late
//! ```
//!
//! Invariant: after the wait the waiter suspends a few times more, so that a late cancel has a
//! task to arrive in.
//!
//! Read next: `disturbance.rs`.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Poll, Waker};

use futures::future::{FutureExt, LocalBoxFuture};
use futures::stream::{LocalBoxStream, StreamExt};
use groundup_combinators::executor::{current_task, time};
use groundup_combinators::task::{TaskRef, catch_cancel, yield_now};
use groundup_combinators::{Deadline, ReturnWhen, WaitSet};

use crate::props::disturbance::{Disturbance, Seen, What, When};
use crate::props::members::{Members, Outcome};

/// A combinator under test. A stream or a set can be read on after a cancel.
pub enum Waiting {
    Future(LocalBoxFuture<'static, String>),
    Stream(LocalBoxStream<'static, String>),
    Set(WaitSet<Outcome>),
}

impl Waiting {
    /// Reads it to its end, and records the results.
    async fn read(&mut self, got: &RefCell<Vec<String>>) {
        let write = |text| got.borrow_mut().push(text);
        match self {
            Waiting::Future(future) => write(future.await),
            Waiting::Stream(stream) => {
                while let Some(item) = stream.next().await {
                    write(item);
                }
            }
            Waiting::Set(set) => {
                while !set.is_empty() {
                    for mut task in set.wait(ReturnWhen::FirstCompleted).await {
                        write(format!("{:?}", task.take_result()));
                    }
                }
            }
        }
    }
}

/// State that the waiter and the disturbance share.
#[derive(Default)]
pub struct Shared {
    pub seen: RefCell<Seen>,
    pub got: RefCell<Vec<String>>,
    waiting: Cell<bool>,
    pub polls: Cell<usize>,
    pub held: RefCell<Option<LocalBoxFuture<'static, ()>>>,
    waker: RefCell<Option<Waker>>,
    deadline: RefCell<Option<Deadline>>,
    pub waiter: RefCell<Option<TaskRef>>,
}

impl Shared {
    /// Makes the disturbance.
    pub fn strike(&self, what: What, members: &Members) {
        if let What::Child(number) = what {
            let task = members.task(number);
            let own = |task: &TaskRef| self.waiter.borrow().as_ref() == Some(task);
            if task
                .filter(|task| !own(task))
                .is_some_and(|task| task.cancel())
            {
                self.seen.borrow_mut().struck.push((what, members.time()));
            }
            return;
        }
        if !self.waiting.get() {
            if what == What::Cancel
                && let Some(waiter) = &*self.waiter.borrow()
                && waiter.cancel()
            {
                let mut seen = self.seen.borrow_mut();
                seen.late = true;
                seen.cancels += 1;
            }
            return;
        }
        let done = match what {
            What::Cancel => {
                let waiter = self.waiter.borrow().clone();
                waiter.is_some_and(|waiter| waiter.cancel())
            }
            What::Drop => {
                let held = self.held.take();
                let any = held.is_some();
                drop(held);
                if let Some(waker) = self.waker.take() {
                    waker.wake();
                }
                any
            }
            What::Deadline => {
                let deadline = self.deadline.borrow().clone();
                deadline.is_some_and(|deadline| deadline.reschedule(Some(time())).is_ok())
            }
            What::Child(_) | What::Close => false,
        };
        if done {
            let mut seen = self.seen.borrow_mut();
            seen.struck.push((what, members.time()));
            seen.cancels += u32::from(what == What::Cancel);
        }
    }

    /// Polls the combinator, unless it was dropped.
    async fn attend(self: Rc<Self>, members: Members, disturbances: Rc<[Disturbance]>) {
        let strike_at = |poll: usize, after: bool| {
            let own = disturbances
                .iter()
                .filter(|disturbance| disturbance.when == When::Poll(poll, after));
            own.for_each(|disturbance| self.strike(disturbance.what, &members));
        };
        poll_fn(|cx| {
            let poll = self.polls.replace(self.polls.get() + 1);
            strike_at(poll, false);
            let Some(mut held) = self.held.take() else {
                return Poll::Ready(());
            };
            let kept = self.waker.replace(Some(cx.waker().clone()));
            drop(kept);
            if held.as_mut().poll(cx).is_ready() {
                return Poll::Ready(());
            }
            self.held.replace(Some(held));
            strike_at(poll, true);
            match self.held.borrow().is_some() {
                true => Poll::Pending,
                false => Poll::Ready(()),
            }
        })
        .await;
        // A region around this future drops it; then the combinator is dropped as well.
        self.held.take();
    }

    fn back(&self, caught: bool, members: &Members) {
        self.waiting.set(false);
        let mut seen = self.seen.borrow_mut();
        seen.caught = caught;
        seen.back = Some((members.time(), members.alive()));
    }
}

/// Drops the combinator when the region around `attend` drops that future.
struct LetGo(Rc<Shared>);

impl Drop for LetGo {
    fn drop(&mut self) {
        let held = self.0.held.take();
        drop(held);
    }
}

/// A program: makes the children and a combinator over them.
pub type Make = dyn Fn(&Members) -> Waiting;

pub async fn waiter(
    make: Rc<Make>,
    shared: Rc<Shared>,
    members: Members,
    disturbances: Rc<[Disturbance]>,
) {
    shared.waiting.set(true);
    let owned = disturbances
        .iter()
        .any(|disturbance| disturbance.what == What::Drop);
    let mut waiting = make(&members);
    let kept = Rc::new(RefCell::new(None));
    let (reader, keeper) = (shared.clone(), kept.clone());
    let held = match waiting {
        // One wait uses a future up: the wait owns it.
        Waiting::Future(_) => async move { waiting.read(&reader.got).await }.boxed_local(),
        _ if owned => async move { waiting.read(&reader.got).await }.boxed_local(),
        _ => async move {
            let mut lent = Lent(Some(waiting), keeper);
            lent.0.as_mut().expect("it is lent").read(&reader.got).await;
        }
        .boxed_local(),
    };
    shared.held.replace(Some(held));
    let attended = {
        let (shared, members, disturbances) =
            (shared.clone(), members.clone(), disturbances.clone());
        async move {
            let let_go = LetGo(shared.clone());
            shared.attend(members, disturbances).await;
            drop(let_go);
        }
    };
    let timed = disturbances
        .iter()
        .any(|disturbance| disturbance.what == What::Deadline);
    let caught = if timed {
        let deadline = Deadline::never();
        shared.deadline.replace(Some(deadline.clone()));
        let ended = catch_cancel(deadline.run(attended)).await;
        !matches!(ended, Ok(Ok(())))
    } else {
        catch_cancel(attended).await.is_err()
    };
    shared.back(caught, &members);
    let rest = kept.take();
    let late = catch_cancel(async {
        // A stream or a set whose wait was interrupted is read on.
        if let Some(mut rest) = rest {
            rest.read(&shared.got).await;
        }
        for _ in 0..4 {
            yield_now().await;
        }
    });
    let late = late.await.is_err();
    let own = current_task().expect("it is a task");
    let mut seen = shared.seen.borrow_mut();
    seen.cancelling = own.cancelling();
    seen.late |= late;
    seen.returned = true;
}

/// Gives a borrowed stream or set back when the reading ends, in whichever way it ends.
struct Lent(Option<Waiting>, Rc<RefCell<Option<Waiting>>>);

impl Drop for Lent {
    fn drop(&mut self) {
        self.1.replace(self.0.take());
    }
}

//! Compares a promise with a plain value after the same operations.
//!
//! The problem: a promise is a slot with flags, a count of handles and two kinds of waiters in
//! two places. Its contract is much simpler: it has a value or not, and a list of waiters that
//! are notified one round later, in order.
//!
//! Invariant: the plain value has no slots and no tickets, and of rounds only one queue.
//!
//! Read next: `../props.rs`.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::Poll;

use crate::drive::*;
use groundup_task::{Awaitable, DoneCallback, Promise, PromiseError};
use proptest::prelude::*;

/// One operation on a promise.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    Set(u32),
    Fail,
    Cancel(Option<u8>),
    Ask,
    AskError,
    Add(usize),
    Remove(usize),
    Await,
    DropAwait(usize),
    Clone,
    DropHandle,
    Round,
}

pub(crate) fn acts() -> impl Strategy<Value = Vec<Act>> {
    let act = prop_oneof![
        1 => any::<u32>().prop_map(Act::Set),
        1 => Just(Act::Fail),
        1 => any::<Option<u8>>().prop_map(Act::Cancel),
        2 => Just(Act::Ask),
        1 => Just(Act::AskError),
        3 => (0..3usize).prop_map(Act::Add),
        2 => (0..3usize).prop_map(Act::Remove),
        4 => Just(Act::Await),
        2 => any::<usize>().prop_map(Act::DropAwait),
        1 => Just(Act::Clone),
        1 => Just(Act::DropHandle),
        3 => Just(Act::Round),
    ];
    prop::collection::vec(act, 0..40)
}

#[derive(Clone, Copy, PartialEq)]
enum Waiter {
    Callback(usize),
    Await(usize),
}

/// The plain value.
#[derive(Default)]
struct Plain {
    state: Option<Result<u32, String>>,
    looked_at: bool,
    waiting: Vec<Waiter>,
    queue: VecDeque<Waiter>,
    log: Vec<String>,
}

impl Plain {
    fn mark(&self) -> String {
        match &self.state {
            None => "not ready".to_string(),
            Some(Ok(value)) => format!("value {value}"),
            Some(Err(error)) => error.clone(),
        }
    }

    fn finish(&mut self, how: Result<u32, String>) -> bool {
        let pending = self.state.is_none();
        if pending {
            self.state = Some(how);
            self.queue.extend(self.waiting.drain(..));
        }
        pending
    }

    /// Cancels the value. A cancel of a failed value counts as a look at it.
    fn cancel(&mut self, mark: &str) -> bool {
        self.look();
        self.finish(Err(mark.to_string()))
    }

    fn enter(&mut self, waiter: Waiter) {
        match self.state {
            None => self.waiting.push(waiter),
            Some(_) => self.queue.push_back(waiter),
        }
    }

    fn round(&mut self) {
        for waiter in std::mem::take(&mut self.queue) {
            let line = match waiter {
                Waiter::Callback(n) => format!("callback {n}"),
                Waiter::Await(n) => {
                    self.looked_at = true;
                    format!("await {n}: {}", self.mark())
                }
            };
            self.log.push(line);
        }
    }

    fn look(&mut self) -> String {
        self.looked_at |= self.state.is_some();
        self.mark()
    }
}

fn told(result: Result<u32, PromiseError>) -> String {
    match result {
        Ok(value) => format!("value {value}"),
        Err(PromiseError::NotReady) => "not ready".to_string(),
        Err(PromiseError::Failed(error)) => error.to_string(),
        Err(PromiseError::Cancelled(cancelled)) => cancelled.to_string(),
        Err(other) => panic!("{other}"),
    }
}

/// An await that can be dropped from outside.
type Await = Rc<RefCell<Option<Promise<u32>>>>;

struct Beside {
    drive: Drive,
    log: Rc<RefCell<Vec<String>>>,
    callbacks: Vec<DoneCallback>,
    handles: Vec<Promise<u32>>,
    awaits: Vec<Await>,
    plain: Plain,
}

impl Beside {
    fn new() -> Self {
        let drive = Drive::new();
        let log: Rc<RefCell<Vec<String>>> = Rc::default();
        let callback = |n| {
            let log = log.clone();
            DoneCallback::new(move || log.borrow_mut().push(format!("callback {n}")))
        };
        Beside {
            callbacks: (0..3).map(callback).collect(),
            handles: vec![drive.scheduler.promise()],
            drive,
            log,
            awaits: Vec::new(),
            plain: Plain::default(),
        }
    }

    fn round(&mut self) {
        self.drive.turns(1);
        self.plain.round();
    }

    fn begin_await(&mut self, promise: &Promise<u32>) {
        self.round(); // first run the ready tasks, so that the await begins last
        let number = self.awaits.len();
        let cell: Await = Rc::new(RefCell::new(Some(promise.clone())));
        self.awaits.push(cell.clone());
        let log = self.log.clone();
        let wait = poll_fn(move |cx| match &mut *cell.borrow_mut() {
            Some(promise) => promise.poll_output(cx),
            None => Poll::Pending,
        });
        let task = self.drive.spawn(async move {
            let mark = told(wait.await);
            log.borrow_mut().push(format!("await {number}: {mark}"));
        });
        task.detach();
        self.plain.enter(Waiter::Await(number));
        self.round();
    }

    /// Does one operation on both; returns false if the results differ.
    fn act(&mut self, act: &Act, promise: &Promise<u32>) -> bool {
        let plain = &mut self.plain;
        match act {
            Act::Set(value) => promise.set_result(*value).is_ok() == plain.finish(Ok(*value)),
            Act::Fail => {
                let failed = Err("failed".to_string());
                promise.set_exception("failed").is_ok() == plain.finish(failed)
            }
            Act::Cancel(None) => promise.cancel() == plain.cancel("cancelled"),
            Act::Cancel(Some(n)) => {
                promise.cancel_with(n.to_string()) == plain.cancel(&format!("cancelled: {n}"))
            }
            Act::Ask => told(promise.result()) == plain.look(),
            Act::AskError => {
                let error = promise.exception().ok().flatten();
                error.is_some() == (plain.look() == "failed")
            }
            Act::Add(n) => {
                promise.add_done_callback(self.callbacks[*n].clone());
                plain.enter(Waiter::Callback(*n));
                true
            }
            Act::Remove(n) => {
                let before = plain.waiting.len();
                plain
                    .waiting
                    .retain(|waiter| *waiter != Waiter::Callback(*n));
                let removed = before - plain.waiting.len();
                promise.remove_done_callback(&self.callbacks[*n]) == removed
            }
            Act::Await => {
                self.begin_await(promise);
                true
            }
            Act::DropAwait(n) if !self.awaits.is_empty() => {
                let number = n % self.awaits.len();
                self.awaits[number].take();
                plain
                    .waiting
                    .retain(|waiter| *waiter != Waiter::Await(number));
                plain
                    .queue
                    .retain(|waiter| *waiter != Waiter::Await(number));
                true
            }
            Act::DropAwait(_) => true,
            Act::Clone => {
                self.handles.push(promise.clone());
                true
            }
            Act::DropHandle => {
                self.handles.pop();
                true
            }
            Act::Round => {
                self.round();
                true
            }
        }
    }
}

/// Does the operations on a promise and on a plain value, and compares the results.
pub(crate) fn compare(acts: &[Act]) -> Result<(), TestCaseError> {
    let mut beside = Beside::new();
    for act in acts {
        let Some(promise) = beside.handles.last().cloned() else {
            break;
        };
        prop_assert!(beside.act(act, &promise), "they differ after {:?}", act);
        prop_assert_eq!(promise.done(), beside.plain.state.is_some());
        prop_assert_eq!(&*beside.log.borrow(), &beside.plain.log);
    }
    beside.round();
    beside.drive.settle();
    prop_assert_eq!(&*beside.log.borrow(), &beside.plain.log);
    beside.handles.clear();
    beside.awaits.iter().for_each(|cell| drop(cell.take()));
    beside.drive.settle();
    beside.drive.turns(1);
    let unseen = !beside.plain.looked_at && beside.plain.mark() == "failed";
    prop_assert_eq!(beside.drive.kinds().len(), usize::from(unseen));
    Ok(())
}

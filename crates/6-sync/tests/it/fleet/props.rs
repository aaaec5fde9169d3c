//! Random operations on a queue between loops, against a list.
//!
//! The problem: waiters come, are notified, look again, and leave at any moment. The model is a list of
//! items and the sets of the waits. Each operation is a call from outside, so it needs no thread: the
//! lock makes one critical section of each. (Threads are the matter of `tests/park-model`.)
//!
//! Invariants: the ones the properties are named after.
//!
//! Read next: `../errors.rs`.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use groundup_sync::{PutError, SharedGet, SharedPut, SharedQueue};
use proptest::prelude::*;
use proptest::sample::Index;

#[derive(Clone, Debug)]
enum Op {
    PutNowait,
    GetNowait,
    BeginPut,
    BeginGet,
    /// Polls a wait, woken or not.
    Poll(Index),
    Drop(Index),
    Shutdown,
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        3 => Just(Op::PutNowait),
        3 => Just(Op::GetNowait),
        4 => Just(Op::BeginPut),
        4 => Just(Op::BeginGet),
        6 => any::<Index>().prop_map(Op::Poll),
        3 => any::<Index>().prop_map(Op::Drop),
        1 => Just(Op::Shutdown),
    ]
}

/// Remembers that a waker was called.
struct Flag(AtomicBool);

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::SeqCst);
    }
}

enum Pending {
    Put(u32, SharedPut<u32>),
    Get(SharedGet<u32>),
}

struct Waiter {
    pending: Pending,
    woken: Arc<Flag>,
}

struct World {
    queue: SharedQueue<u32>,
    capacity: usize,
    items: VecDeque<u32>,
    waiters: Vec<Waiter>,
    next: u32,
    shut: bool,
}

impl World {
    fn fresh(&mut self) -> u32 {
        self.next += 1;
        self.next
    }

    /// Polls a wait, and compares its answer with the list.
    fn poll(&mut self, mut waiter: Waiter) -> Result<(), TestCaseError> {
        waiter.woken.0.store(false, Ordering::SeqCst);
        let waker = Waker::from(waiter.woken.clone());
        let cx = &mut Context::from_waker(&waker);
        let has_room = self.items.len() < self.capacity;
        match &mut waiter.pending {
            Pending::Put(item, put) => match Pin::new(put).poll(cx) {
                Poll::Ready(Ok(())) => {
                    prop_assert!(has_room && !self.shut);
                    self.items.push_back(*item);
                }
                Poll::Ready(Err(error)) => {
                    prop_assert!(self.shut);
                    prop_assert_eq!(error, PutError::ShutDown(*item));
                }
                Poll::Pending => {
                    prop_assert!(!has_room && !self.shut);
                    self.waiters.push(waiter);
                }
            },
            Pending::Get(get) => match Pin::new(get).poll(cx) {
                Poll::Ready(Ok(item)) => prop_assert_eq!(Some(item), self.items.pop_front()),
                Poll::Ready(Err(_)) => prop_assert!(self.shut && self.items.is_empty()),
                Poll::Pending => {
                    prop_assert!(self.items.is_empty() && !self.shut);
                    self.waiters.push(waiter);
                }
            },
        }
        Ok(())
    }

    fn begin(&mut self, pending: Pending) -> Result<(), TestCaseError> {
        let woken = Arc::new(Flag(AtomicBool::new(false)));
        self.poll(Waiter { pending, woken })
    }

    fn act(&mut self, op: Op) -> Result<(), TestCaseError> {
        match op {
            Op::PutNowait => {
                let item = self.fresh();
                let stored = self.queue.put_nowait(item).is_ok();
                prop_assert_eq!(stored, self.items.len() < self.capacity && !self.shut);
                if stored {
                    self.items.push_back(item);
                }
            }
            Op::GetNowait => {
                prop_assert_eq!(self.queue.get_nowait().ok(), self.items.pop_front());
            }
            Op::BeginPut => {
                let item = self.fresh();
                let put = self.queue.put(item);
                self.begin(Pending::Put(item, put))?;
            }
            Op::BeginGet => {
                let get = self.queue.get();
                self.begin(Pending::Get(get))?;
            }
            Op::Poll(at) if !self.waiters.is_empty() => {
                let waiter = self.waiters.remove(at.index(self.waiters.len()));
                self.poll(waiter)?;
            }
            Op::Drop(at) if !self.waiters.is_empty() => {
                drop(self.waiters.remove(at.index(self.waiters.len())));
            }
            Op::Poll(_) | Op::Drop(_) => {}
            Op::Shutdown => {
                self.queue.shutdown();
                self.shut = true;
            }
        }
        prop_assert_eq!(self.queue.len(), self.items.len());
        self.nobody_sleeps_in_vain()
    }

    /// If a wait could go on, a wait of its kind is woken.
    fn nobody_sleeps_in_vain(&self) -> Result<(), TestCaseError> {
        let is_get = |waiter: &&Waiter| matches!(waiter.pending, Pending::Get(_));
        let (gets, puts): (Vec<_>, Vec<_>) = self.waiters.iter().partition(is_get);
        let any_woken =
            |waits: &[&Waiter]| waits.iter().any(|it| it.woken.0.load(Ordering::SeqCst));
        let all_woken =
            |waits: &[&Waiter]| waits.iter().all(|it| it.woken.0.load(Ordering::SeqCst));
        if self.shut {
            prop_assert!(all_woken(&gets) && all_woken(&puts));
            return Ok(());
        }
        if !self.items.is_empty() && !gets.is_empty() {
            prop_assert!(any_woken(&gets), "an item, and no getter is woken");
        }
        if self.items.len() < self.capacity && !puts.is_empty() {
            prop_assert!(any_woken(&puts), "room, and no putter is woken");
        }
        Ok(())
    }
}

proptest! {
    /// Items go through in their order, each once. No getter stays asleep while there is an item,
    /// and no putter while there is room.
    #[test]
    fn items_go_through_once_and_no_wait_sleeps_beside_one(
        capacity in 1_usize..4,
        ops in prop::collection::vec(op(), 0..80),
    ) {
        let mut world = World {
            queue: SharedQueue::new(capacity),
            capacity,
            items: VecDeque::new(),
            waiters: Vec::new(),
            next: 0,
            shut: false,
        };
        for op in ops {
            world.act(op)?;
        }
    }
}

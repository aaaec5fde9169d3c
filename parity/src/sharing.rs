//! Calls of the objects that tasks share.
//!
//! Invariants
//! 1. Each call is one call of the facade. A call of a condition takes its lock first and
//!    releases it at the end, as `async with` does.
//! 2. An acquire keeps the lock or the permit; only `holding` has a guard.
//!
//! Read next: `bound.rs`.

use std::rc::Rc;

use groundup::{
    BaseQueue, BoundedSemaphore, Condition, Event, GetError, LifoQueue, Lock, LockGuard,
    PriorityQueue, PutError, Queue, QueueStore, Semaphore,
};

use crate::bound::{Bound, Stop};
use crate::interpreter::Run;
use crate::objects::{Kind, Method, Object};
use crate::program::{Block, Name};
use crate::steps::{Ran, Scene};

/// An object of a scenario.
#[derive(Clone)]
pub(crate) enum Shared {
    Lock(Rc<Lock>),
    Event(Rc<Event>),
    Condition(Rc<Condition>, Rc<Lock>),
    Semaphore(Rc<Semaphore>),
    Bounded(Rc<BoundedSemaphore>),
    Barrier(Rc<groundup::Barrier>),
    Queue(Rc<Queue<u64>>),
    Lifo(Rc<LifoQueue<u64>>),
    Priority(Rc<PriorityQueue<u64>>),
}

/// What a call returns: a number, nothing, or an error.
type Returned = Result<Option<u64>, Stop>;

fn error<T>(name: &str) -> Result<T, Stop> {
    Err(Stop::error(name))
}

fn misuse<E>(result: Result<(), E>) -> Returned {
    result.map(|()| None).map_err(|_| Stop::error("Misuse"))
}

fn put_result(result: Result<(), PutError<u64>>) -> Returned {
    match result {
        Ok(()) => Ok(None),
        Err(PutError::Full(_)) => error("Full"),
        Err(PutError::ShutDown(_)) => error("ShutDown"),
    }
}

/// Calls a method of a queue that never suspends.
fn on_queue<S: QueueStore<Item = u64>>(queue: &BaseQueue<S>, method: Method) -> Returned {
    match method {
        Method::PutNowait(item) => put_result(queue.put_nowait(item)),
        Method::GetNowait => match queue.get_nowait() {
            Ok(item) => Ok(Some(item)),
            Err(GetError::Empty) => error("Empty"),
            Err(GetError::ShutDown) => error("ShutDown"),
        },
        Method::TaskDone => misuse(queue.task_done()),
        Method::Shutdown => {
            queue.shutdown();
            Ok(None)
        }
        Method::ShutdownNow => {
            queue.shutdown_immediately();
            Ok(None)
        }
        Method::Look => {
            let state = [queue.is_full(), queue.is_empty()].map(u64::from);
            Ok(Some(queue.len() as u64 + 10 * state[0] + 20 * state[1]))
        }
        _ => error("WrongKind"),
    }
}

/// Calls a method of a queue that may suspend.
async fn wait_on_queue<S: QueueStore<Item = u64>>(
    queue: &BaseQueue<S>,
    method: Method,
) -> Returned {
    match method {
        Method::Put(item) => put_result(queue.put(item).await),
        Method::Get => match queue.get().await {
            Ok(item) => Ok(Some(item)),
            Err(_) => error("ShutDown"),
        },
        Method::Join => {
            queue.join().await;
            Ok(None)
        }
        _ => error("WrongKind"),
    }
}

impl Shared {
    /// Calls a method that never suspends.
    fn call(&self, method: Method) -> Returned {
        match (self, method) {
            (Shared::Lock(lock), Method::Release) => return misuse(lock.release()),
            (Shared::Bounded(semaphore), Method::Release) => return misuse(semaphore.release()),
            (Shared::Semaphore(semaphore), Method::Release) => semaphore.release(),
            (Shared::Event(event), Method::Set) => event.set(),
            (Shared::Event(event), Method::Clear) => event.clear(),
            (Shared::Lock(lock), Method::Look) => return Ok(Some(lock.locked().into())),
            (Shared::Event(event), Method::Look) => return Ok(Some(event.is_set().into())),
            (Shared::Semaphore(all), Method::Look) => return Ok(Some(all.locked().into())),
            (Shared::Bounded(all), Method::Look) => return Ok(Some(all.locked().into())),
            (Shared::Barrier(barrier), Method::Look) => {
                let waiting = barrier.n_waiting() as u64;
                return Ok(Some(waiting + 10 * u64::from(barrier.broken())));
            }
            (Shared::Queue(queue), _) => return on_queue(queue, method),
            (Shared::Lifo(queue), _) => return on_queue(queue, method),
            (Shared::Priority(queue), _) => return on_queue(queue, method),
            _ => return error("WrongKind"),
        }
        Ok(None)
    }

    /// Calls a method that may suspend.
    async fn wait(&self, method: Method) -> Returned {
        match (self, method) {
            (Shared::Lock(lock), Method::Acquire) => LockGuard::keep(lock.acquire().await),
            (Shared::Semaphore(semaphore), Method::Acquire) => semaphore.acquire().await.keep(),
            (Shared::Bounded(semaphore), Method::Acquire) => semaphore.acquire().await.keep(),
            (Shared::Event(event), Method::Wait) => event.wait().await,
            (Shared::Barrier(barrier), Method::Abort) => barrier.abort(),
            (Shared::Barrier(barrier), Method::Reset) => barrier.reset(),
            (Shared::Barrier(barrier), Method::Wait) => {
                return match barrier.wait().await {
                    Ok(index) => Ok(Some(index as u64)),
                    Err(_) => error("Broken"),
                };
            }
            (Shared::Condition(condition, lock), Method::Wait) => {
                drop(condition.wait(lock.acquire().await).await);
            }
            (Shared::Condition(condition, lock), Method::WaitFor(call)) => {
                let mut calls = 0;
                let reached = |(): &()| {
                    calls += 1;
                    calls >= call
                };
                drop(condition.wait_for(lock.acquire().await, reached).await);
            }
            (Shared::Condition(condition, lock), Method::Notify(n)) => {
                condition.notify(&lock.acquire().await, n as usize);
            }
            (Shared::Condition(condition, lock), Method::NotifyAll) => {
                condition.notify_all(&lock.acquire().await);
            }
            (Shared::Queue(queue), _) => return wait_on_queue(queue, method).await,
            (Shared::Lifo(queue), _) => return wait_on_queue(queue, method).await,
            (Shared::Priority(queue), _) => return wait_on_queue(queue, method).await,
            _ => return error("WrongKind"),
        }
        Ok(None)
    }

    /// Returns the word of its kind.
    fn word(&self) -> &'static str {
        match self {
            Shared::Lock(_) => "a lock",
            Shared::Event(_) => "an event",
            Shared::Condition(..) => "a condition",
            Shared::Semaphore(_) => "a semaphore",
            Shared::Bounded(_) => "a bounded semaphore",
            Shared::Barrier(_) => "a barrier",
            Shared::Queue(_) => "a queue",
            Shared::Lifo(_) => "a lifo queue",
            Shared::Priority(_) => "a priority queue",
        }
    }
}

impl Run {
    /// Makes an object.
    pub(crate) fn make(&self, into: &str, object: &Object) -> Result<(), Stop> {
        let made = match object {
            Object::Lock => Shared::Lock(Rc::default()),
            Object::Event => Shared::Event(Rc::new(Event::new())),
            Object::Condition(lock) => match self.shared(lock)? {
                Shared::Lock(lock) => Shared::Condition(Rc::new(Condition::new()), lock),
                _ => return error("WrongKind"),
            },
            &Object::Sized(kind, size) => {
                let size = size as usize;
                match kind {
                    Kind::Semaphore => Shared::Semaphore(Rc::new(Semaphore::new(size))),
                    Kind::Bounded => Shared::Bounded(Rc::new(BoundedSemaphore::new(size))),
                    Kind::Barrier => Shared::Barrier(Rc::new(groundup::Barrier::new(size))),
                    Kind::Queue => Shared::Queue(Rc::new(Queue::new(size))),
                    Kind::Lifo => Shared::Lifo(Rc::new(LifoQueue::new(size))),
                    Kind::Priority => Shared::Priority(Rc::new(PriorityQueue::new(size))),
                }
            }
        };
        self.bind(into, Bound::Shared(made));
        Ok(())
    }

    fn shared(&self, name: &str) -> Result<Shared, Stop> {
        match self.find(name)? {
            Bound::Shared(shared) => Ok(shared),
            _ => error("WrongKind"),
        }
    }

    /// Runs a call that never suspends.
    pub(crate) fn on(&self, who: &str, name: &str, method: Method) -> Result<(), Stop> {
        let shared = self.shared(name)?;
        self.tally.count(method.word(), shared.word());
        self.returned(who, name, method, shared.call(method))
    }

    /// Runs a call that may suspend.
    pub(crate) async fn wait_on(&self, who: &str, name: &str, method: Method) -> Result<(), Stop> {
        let shared = self.shared(name)?;
        self.tally.count(method.word(), shared.word());
        let returned = shared.wait(method).await;
        self.returned(who, name, method, returned)
    }

    /// Prints what a call has returned.
    fn returned(
        &self,
        who: &str,
        name: &str,
        method: Method,
        returned: Returned,
    ) -> Result<(), Stop> {
        match &returned {
            Ok(None) => self.emit(who, &format!("on {name} {method}")),
            Ok(Some(number)) => self.emit(who, &format!("on {name} {method}: {number}")),
            Err(stop) => self.emit(who, &format!("on {name} {method}: {stop}")),
        }
        returned.map(|_| ())
    }

    /// Runs a block with a lock or a permit, which is released at its end.
    pub(crate) async fn holding(
        self: &Rc<Self>,
        scene: Scene<'_>,
        name: &Name,
        block: &Block,
    ) -> Ran {
        let shared = self.shared(name)?;
        self.tally.count("holding", shared.word());
        let hold = || self.emit(scene.who, &format!("holding {name}"));
        match &shared {
            Shared::Lock(lock) => {
                let _guard = lock.acquire().await;
                hold();
                self.block(scene, block).await
            }
            Shared::Semaphore(semaphore) => {
                let _permit = semaphore.acquire().await;
                hold();
                self.block(scene, block).await
            }
            Shared::Bounded(semaphore) => {
                let _permit = semaphore.acquire().await;
                hold();
                self.block(scene, block).await
            }
            _ => error("WrongKind"),
        }
    }
}

//! Wakers whose wake and drop use the objects again.
//!
//! The problem: an object calls and drops the wakers of its waiters, and a foreign waker is code of
//! the user. This code may take what the waiter was notified of, wait itself, or drop another waiter.
//! Still no notice may be lost: a future that could go on was woken after its last poll.
//!
//! ```text
//!   a deed by hand ──> the object calls or drops a waker ──> the next deed of the hooks ──> ..
//! ```
//!
//! The clone of a waker runs code only if the waker is made with `unsafe`. So
//! `tests/unit/wait_list.rs` does between the two halves of a wait what such a clone could do.
//!
//! Read next: `channels.rs`.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::vec;

use futures::FutureExt;
use groundup_sync::executor::run_virtual;
use groundup_sync::task::yield_now;
use groundup_sync::*;
use proptest::prelude::*;

/// The objects for which a future may wait.
#[derive(Clone, Copy, Debug)]
enum Kind {
    Lock,
    Semaphore,
    Get,
    Put,
    Join,
    Event,
    Notify,
    Read,
    Write,
    Receive,
    Changed,
    Oneshot,
    Closed,
    Token,
    Cell,
    Barrier,
    Condition,
}

/// The waker of a poll: a new one, the one of the poll before if it was kept, or that of the task.
#[derive(Clone, Copy, Debug)]
enum By {
    New { keep: bool },
    Kept,
    Task,
}

/// A public call. A number chooses among the waits or guards that there are.
#[derive(Clone, Copy, Debug)]
enum Deed {
    Wait(Kind, By),
    Poll(usize, By),
    DropWait(usize),
    DropGuard(usize),
    TryLock,
    TryRead,
    TryWrite,
    Downgrade,
    Release,
    PutNow,
    GetNow,
    TaskDone,
    Shutdown { immediate: bool },
    Set(bool),
    Notify { all: bool },
    Signal { all: bool },
    Send,
    SendOne { really: bool },
    DropReceiver,
    Cancel,
    Reset { abort: bool },
}

fn by() -> impl Strategy<Value = By> {
    prop_oneof![
        4 => any::<bool>().prop_map(|keep| By::New { keep }),
        1 => Just(By::Kept),
        1 => Just(By::Task),
    ]
}

fn kind() -> impl Strategy<Value = Kind> {
    use Kind::*;
    prop::sample::select(vec![
        Lock, Semaphore, Get, Put, Join, Event, Notify, Read, Write, Receive, Changed, Oneshot,
        Closed, Token, Cell, Barrier, Condition,
    ])
}

fn deed() -> impl Strategy<Value = Deed> {
    use Deed::*;
    prop_oneof![
        8 => (kind(), by()).prop_map(|(kind, by)| Wait(kind, by)),
        8 => (any::<usize>(), by()).prop_map(|(which, by)| Poll(which, by)),
        1 => any::<usize>().prop_map(DropWait),
        4 => any::<usize>().prop_map(DropGuard),
        8 => prop::sample::select(vec![
            TryLock, TryRead, TryWrite, Downgrade, Release, PutNow, GetNow, TaskDone, Send, DropReceiver,
            Cancel,
        ]),
        6 => (0..5, any::<bool>()).prop_map(|(deed, flag)| match deed {
            0 => Set(flag),
            1 => Notify { all: flag },
            2 => Signal { all: flag },
            3 => SendOne { really: flag },
            _ => Reset { abort: flag },
        }),
        // The queue has no more items then.
        1 => any::<bool>().prop_map(|immediate| Shutdown { immediate }),
    ]
}

/// A wait, which gives a value or a guard.
type Wait = Pin<Box<dyn Future<Output = Box<dyn Any>>>>;

struct Waiting {
    kind: Kind,
    /// None while it is polled, and when it has ended.
    future: Option<Wait>,
    /// The number of the waker of its last poll; `None` is the waker of the task.
    last: Option<usize>,
    kept: Option<(usize, Waker)>,
}

/// The objects, the waits and the guards.
struct World {
    lock: Lock,
    semaphore: Semaphore,
    queue: Queue<u8>,
    event: Event,
    notify: Notify,
    shared: RwLock,
    cell: OnceCell<u8>,
    barrier: Barrier,
    condition: Condition,
    of_condition: Lock,
    token: CancellationToken,
    news: BroadcastSender<u8>,
    level: WatchSender<u8>,
    senders: RefCell<Vec<OneshotSender<u8>>>,
    receivers: RefCell<Vec<OneshotReceiver<u8>>>,
    waits: RefCell<Vec<Waiting>>,
    guards: RefCell<Vec<Box<dyn Any>>>,
    woken: RefCell<BTreeSet<usize>>,
    wakers: Cell<usize>,
    of_task: Option<Waker>,
    /// The deeds of the next calls and drops of wakers.
    hooks: RefCell<vec::IntoIter<Option<Deed>>>,
    depth: Cell<usize>,
    /// A deed of a hook has panicked.
    panicked: Cell<bool>,
}

thread_local! {
    static WORLD: Cell<Option<&'static World>> = const { Cell::new(None) };
}

/// A waker with a number.
struct Hooked(usize);

impl Wake for Hooked {
    fn wake(self: Arc<Self>) {
        if let Some(world) = WORLD.get() {
            world.woken.borrow_mut().insert(self.0);
            world.hook();
        }
    }
}

impl Drop for Hooked {
    fn drop(&mut self) {
        if let Some(world) = WORLD.get() {
            world.hook();
        }
    }
}

fn value<T: 'static>(value: T) -> Box<dyn Any> {
    Box::new(value)
}

/// Takes one of a list.
fn take<T>(list: &RefCell<Vec<T>>, which: usize) -> Option<T> {
    let mut list = list.borrow_mut();
    let which = which.checked_rem(list.len())?;
    Some(list.swap_remove(which))
}

impl World {
    fn new(of_task: Option<Waker>, hooks: Vec<Option<Deed>>) -> &'static World {
        Box::leak(Box::new(World {
            lock: Lock::new(),
            semaphore: Semaphore::new(1),
            queue: Queue::new(1),
            event: Event::new(),
            notify: Notify::new(),
            shared: RwLock::new(),
            cell: OnceCell::new(),
            barrier: Barrier::new(2),
            condition: Condition::new(),
            of_condition: Lock::new(),
            token: CancellationToken::new(),
            news: broadcast(4).0,
            level: watch(0).0,
            senders: RefCell::default(),
            receivers: RefCell::default(),
            waits: RefCell::default(),
            guards: RefCell::default(),
            woken: RefCell::default(),
            wakers: Cell::new(0),
            of_task,
            hooks: RefCell::new(hooks.into_iter()),
            depth: Cell::new(0),
            panicked: Cell::new(false),
        }))
    }

    /// Does the next deed of the hooks.
    fn hook(&'static self) {
        let depth = self.depth.get();
        let next = match depth < 3 {
            true => self.hooks.borrow_mut().next().flatten(),
            false => None,
        };
        if let Some(deed) = next {
            self.depth.set(depth + 1);
            let ran = catch_unwind(AssertUnwindSafe(|| self.act(deed)));
            self.depth.set(depth);
            self.panicked.set(self.panicked.get() || ran.is_err());
        }
    }

    fn wait(&'static self, kind: Kind, by: By) {
        let future: Wait = match kind {
            Kind::Lock => Box::pin(async { value(self.lock.acquire().await) }),
            Kind::Semaphore => Box::pin(async { value(self.semaphore.acquire().await) }),
            Kind::Get => Box::pin(async { value(self.queue.get().await.ok()) }),
            Kind::Put => Box::pin(async { value(self.queue.put(3).await.is_ok()) }),
            Kind::Join => Box::pin(self.queue.join().map(value)),
            Kind::Event => Box::pin(self.event.wait().map(value)),
            Kind::Notify => Box::pin(self.notify.notified().map(value)),
            Kind::Read => Box::pin(async { value(self.shared.read().await) }),
            Kind::Write => Box::pin(async { value(self.shared.write().await) }),
            Kind::Receive => {
                let mut receiver = self.news.subscribe();
                Box::pin(async move { value(receiver.recv().await.is_ok()) })
            }
            Kind::Changed => {
                let mut receiver = self.level.subscribe();
                Box::pin(async move { value(receiver.changed().await.is_ok()) })
            }
            Kind::Oneshot => {
                let (sender, receiver) = oneshot();
                self.senders.borrow_mut().push(sender);
                Box::pin(async { value(receiver.await.is_ok()) })
            }
            Kind::Closed => {
                let (mut sender, receiver) = oneshot();
                self.receivers.borrow_mut().push(receiver);
                Box::pin(async move { sender.closed().map(value).await })
            }
            Kind::Token => Box::pin(self.token.cancelled().map(value)),
            Kind::Cell => Box::pin(async {
                let make = || async {
                    yield_now().await;
                    1
                };
                value(*self.cell.get_or_init(make).await)
            }),
            Kind::Barrier => Box::pin(async { value(self.barrier.wait().await.is_ok()) }),
            Kind::Condition => Box::pin(async {
                let guard = self.of_condition.acquire().await;
                value(self.condition.wait(guard).await)
            }),
        };
        let mut waits = self.waits.borrow_mut();
        waits.push(Waiting {
            kind,
            future: Some(future),
            last: None,
            kept: None,
        });
        let at = waits.len() - 1;
        drop(waits);
        self.poll(at, by);
    }

    /// Polls a wait, unless it has ended or is being polled.
    fn poll(&self, at: usize, by: By) {
        let mut waits = self.waits.borrow_mut();
        let wait = &mut waits[at];
        let Some(mut future) = wait.future.take() else {
            return;
        };
        let kept = wait.kept.take();
        let new = || {
            let number = self.wakers.get();
            self.wakers.set(number + 1);
            (Some(number), Waker::from(Arc::new(Hooked(number))))
        };
        let (last, waker) = match (by, &self.of_task, &kept) {
            (By::Task, Some(waker), _) => (None, waker.clone()),
            (By::Kept, _, Some((number, waker))) => (Some(*number), waker.clone()),
            _ => new(),
        };
        wait.last = last;
        drop(waits);
        last.map(|number| self.woken.borrow_mut().remove(&number));
        let polled = future.as_mut().poll(&mut Context::from_waker(&waker));
        drop(kept);
        match polled {
            Poll::Ready(value) => {
                drop(future);
                self.guards.borrow_mut().push(value);
            }
            Poll::Pending => {
                let mut waits = self.waits.borrow_mut();
                waits[at].future = Some(future);
                if let (Some(number), By::New { keep: true }) = (last, by) {
                    waits[at].kept = Some((number, waker));
                    return;
                }
            }
        }
        drop(waker);
    }

    fn act(&'static self, deed: Deed) {
        let guards = &self.guards;
        let keep = |guard: Option<Box<dyn Any>>| guards.borrow_mut().extend(guard);
        let waits = self.waits.borrow().len();
        match deed {
            Deed::Wait(kind, by) => self.wait(kind, by),
            Deed::Poll(which, by) if waits > 0 => self.poll(which % waits, by),
            Deed::DropWait(which) if waits > 0 => {
                let dropped = self.waits.borrow_mut()[which % waits].future.take();
                drop(dropped);
            }
            Deed::Poll(..) | Deed::DropWait(_) => {}
            Deed::DropGuard(which) => drop(take(guards, which)),
            Deed::TryLock => keep(self.lock.try_acquire().map(value)),
            Deed::TryRead => keep(self.shared.try_read().map(value)),
            Deed::TryWrite => keep(self.shared.try_write().map(value)),
            Deed::Downgrade => {
                let is_write = |guard: &Box<dyn Any>| guard.is::<RwLockWriteGuard<'static>>();
                let at = guards.borrow().iter().position(is_write);
                let guard = at.map(|at| guards.borrow_mut().swap_remove(at));
                let guard =
                    guard.and_then(|guard| guard.downcast::<RwLockWriteGuard<'static>>().ok());
                keep(guard.map(|guard| value(RwLockWriteGuard::downgrade(*guard))));
            }
            Deed::Release => self.semaphore.release(),
            Deed::PutNow => drop(self.queue.put_nowait(1)),
            Deed::GetNow => drop(self.queue.get_nowait()),
            Deed::TaskDone => drop(self.queue.task_done()),
            Deed::Shutdown { immediate: false } => self.queue.shutdown(),
            Deed::Shutdown { immediate: true } => self.queue.shutdown_immediately(),
            Deed::Set(true) => self.event.set(),
            Deed::Set(false) => self.event.clear(),
            Deed::Notify { all: true } => self.notify.notify_waiters(),
            Deed::Notify { all: false } => self.notify.notify_one(),
            Deed::Signal { all } => {
                if let Some(guard) = self.of_condition.try_acquire() {
                    match all {
                        true => self.condition.notify_all(&guard),
                        false => self.condition.notify(&guard, 1),
                    };
                }
            }
            Deed::Send => {
                let _ = self.news.send(1);
                let _ = self.level.send(1);
            }
            Deed::SendOne { really } => {
                let sender = take(&self.senders, 0).filter(|_| really);
                let _ = sender.map(|sender| sender.send(1));
            }
            Deed::DropReceiver => drop(take(&self.receivers, 0)),
            Deed::Cancel => self.token.cancel(),
            Deed::Reset { abort: true } => self.barrier.abort(),
            Deed::Reset { abort: false } => self.barrier.reset(),
        }
    }

    /// Polls the woken futures, and drops all guards, until nothing happens any more.
    fn settle(&self) {
        loop {
            let of_task = (0..self.waits.borrow().len()).filter(|at| {
                let waits = self.waits.borrow();
                let woken = |number| self.woken.borrow().contains(&number);
                waits[*at].future.is_some() && waits[*at].last.is_none_or(woken)
            });
            let polls = of_task.collect::<Vec<_>>();
            let before = self.open();
            polls
                .iter()
                .for_each(|at| self.poll(*at, By::New { keep: false }));
            let guards = self.guards.take();
            if polls.is_empty() && guards.is_empty() {
                assert_eq!(self.open(), before);
                return;
            }
            guards.into_iter().for_each(drop);
        }
    }

    /// Returns the waits that have not ended.
    fn open(&self) -> Vec<usize> {
        let waits = self.waits.borrow();
        let open = waits
            .iter()
            .enumerate()
            .filter(|(_, wait)| wait.future.is_some());
        open.map(|(at, _)| at).collect()
    }

    /// Returns true if a new wait of this kind ends at once, so that no earlier one may be left.
    fn is_over(&self, kind: Kind) -> bool {
        match kind {
            Kind::Get | Kind::Put => self.queue.is_shut_down(),
            Kind::Join => self.queue.join().now_or_never().is_some(),
            Kind::Event => self.event.is_set(),
            Kind::Token => self.token.is_cancelled(),
            _ => false,
        }
    }

    /// Asserts that no future waits that could go on, and that no waiter is left behind.
    fn check(&self) {
        self.settle();
        for at in self.open() {
            let kind = self.waits.borrow()[at].kind;
            assert!(!self.is_over(kind), "{kind:?} waits for what is there");
            self.poll(at, By::New { keep: false });
            let waits = self.waits.borrow();
            assert!(
                waits[at].future.is_some(),
                "{:?} was not woken",
                waits[at].kind
            );
        }
        self.waits.take();
        let objects = format!(
            "{:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?}",
            self.lock,
            self.semaphore,
            self.queue,
            self.event,
            self.notify,
            self.shared,
            self.condition,
            self.of_condition
        );
        assert!(
            !["waiters", "getters", "putters"]
                .iter()
                .any(|line| objects.contains(line)),
            "{objects}"
        );
        assert!(!self.panicked.get(), "a hook has panicked");
    }
}

/// Does the deeds, and those of the hooks in between.
fn program(deeds: &[Deed], hooks: &[Option<Deed>], of_task: Option<Waker>) {
    let world = World::new(of_task, hooks.to_vec());
    WORLD.set(Some(world));
    deeds.iter().for_each(|deed| world.act(*deed));
    world.hooks.take();
    world.check();
    WORLD.set(None);
}

proptest! {
    /// Each future that can go on was woken, also if the wakers use the objects when they are called or
    /// dropped.
    #[test]
    fn no_wake_is_lost_beside_wakers_that_use_the_object(
        deeds in prop::collection::vec(deed(), 1..60),
        hooks in prop::collection::vec(prop::option::of(deed()), 0..60),
    ) {
        program(&deeds, &hooks, None);
        run_virtual(poll_fn(|cx| {
            program(&deeds, &hooks, Some(cx.waker().clone()));
            Poll::Ready(())
        }));
    }
}

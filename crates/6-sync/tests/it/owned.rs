//! Guards that own a share of their object.
//!
//! The problem: a permit is taken before a spawn and belongs to the task then. It must be released once,
//! however the task ends, also if the task never took a step.
//!
//! Invariants: the ones the tests are named after.
//!
//! Read next: `deadlocks.rs`.

use std::collections::VecDeque;
use std::future::{Future, pending};
use std::pin::Pin;
use std::rc::Rc;

use futures::FutureExt;
use groundup_sync::executor::{sleep, spawn, spawn_named};
use groundup_sync::task::yield_now;
use groundup_sync::*;
use proptest::collection::vec;
use proptest::prelude::*;

use crate::setup::*;

#[test]
fn an_owned_permit_is_released_however_its_task_ends() {
    Setup::new().run(async {
        let pool = Rc::new(BoundedSemaphore::new(2));
        let permit = pool.acquire_owned().await;
        spawn(async move { drop(permit) }).await.unwrap();
        assert_eq!(pool.available(), 2, "it returned");

        let permit = pool.try_acquire_owned().unwrap();
        let panics = spawn(async move {
            let _permit = permit;
            panic!("on a Monday");
        });
        panics.await.unwrap_err();
        assert_eq!(pool.available(), 2, "it panicked");

        for steps in 0..2 {
            let permit = pool.acquire_owned().await;
            let waits = spawn(async move {
                let _permit = permit;
                pending::<()>().await;
            });
            for _ in 0..steps {
                yield_now().await;
            }
            assert_eq!(pool.available(), 1);
            waits.cancel();
            waits.await.unwrap_err();
            assert_eq!(pool.available(), 2, "it was cancelled after {steps} steps");
        }
        let permit = pool.acquire_owned().await;
        assert_eq!(pool.release(), Err(NotAcquired), "its owner releases it");
        drop(permit);
        assert_eq!(pool.available(), 2);
    });
}

#[test]
fn an_owned_guard_holds_the_lock_and_no_other_task_releases_it() {
    let setup = Setup::new();
    let log = setup.log.clone();
    setup.run(async {
        let lock = Rc::new(Lock::with(vec![0]).named("lines"));
        let mut guard = lock.acquire_owned().await;
        guard.value().push(1);
        assert!(
            lock.locked() && lock.try_acquire().is_none() && lock.try_acquire_owned().is_none()
        );
        assert_eq!(lock.release(), Err(NotAcquired), "its owner releases it");
        assert_eq!(
            format!("{guard:?} {lock:?}"),
            "OwnedLockGuard(lines) <Lock lines [locked]>"
        );
        let own = lock.clone();
        let first = logged(&log, "borrowed", async move { own.acquire().await.push(2) });
        let own = lock.clone();
        let second = logged(&log, "owned", async move {
            own.acquire_owned().await.value().push(3);
        });
        let holds = spawn(async move {
            sleep(secs(1)).await;
            guard.value().push(4);
        });
        for task in [holds, first, second] {
            task.await.unwrap();
        }
        assert_eq!(
            log.hops(),
            "borrowed@0 owned@1",
            "in the order of their requests"
        );
        assert_eq!(*lock.acquire().await, [0, 1, 4, 2, 3]);
        assert_eq!(lock.release(), Err(NotAcquired));
    });
}

#[test]
fn the_report_follows_an_owned_guard_to_the_task_that_adopts_it() {
    let deadlock = Setup::new().deadlock(async {
        let lock = Rc::new(Lock::new().named("db"));
        let guard = lock.acquire_owned().await;
        let kant = spawn_named(String::from("Kant"), async move {
            OwnedLockGuard::adopt(&guard);
            pending::<()>().await;
        });
        yield_now().await;
        drop(lock.acquire().await);
        kant.await
    });
    let main = deadlock.stuck.iter().find(|stuck| stuck.place.is_none());
    let said = without_places(&main.unwrap().to_string());
    let told = "Task-1 (the main future) waits for db (made at here) held by Kant";
    assert_eq!(said, told);
}

/// An operation on a semaphore; the numbers choose among the waits and the permits that are there.
#[derive(Clone, Copy, Debug)]
enum Deed {
    /// Takes a permit at once, if it can be had: an owned one, or a borrowed one.
    Try(bool),
    /// Begins a wait, and polls it once.
    Wait(bool),
    Poll(usize),
    DropWait(usize),
    DropPermit(usize),
}

fn deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        any::<bool>().prop_map(Deed::Try),
        any::<bool>().prop_map(Deed::Wait),
        any::<usize>().prop_map(Deed::Poll),
        any::<usize>().prop_map(Deed::DropWait),
        any::<usize>().prop_map(Deed::DropPermit),
    ]
}

/// A permit of either kind: only its drop counts.
type AnyPermit = Box<dyn std::fmt::Debug>;

type Waits = VecDeque<(u32, Pin<Box<dyn Future<Output = AnyPermit>>>)>;

/// The dullest semaphore: free permits, and a line of waits, of which some were told.
struct Model {
    free: usize,
    line: VecDeque<(u32, bool)>,
}

impl Model {
    fn hand_out(&mut self) {
        for (_, told) in self.line.iter_mut().filter(|(_, told)| !*told) {
            if self.free > 0 {
                self.free -= 1;
                *told = true;
            }
        }
    }

    /// Takes a wait out of the line; returns true if it was told.
    fn leave(&mut self, number: u32) -> bool {
        let at = self.line.iter().position(|(known, _)| *known == number);
        at.and_then(|at| self.line.remove(at))
            .is_some_and(|(_, told)| told)
    }
}

proptest! {
    /// Owned and borrowed permits stand in one line, and both do what a count and a list do.
    #[test]
    fn owned_and_borrowed_permits_are_conserved(
        permits in 0usize..4,
        deeds in vec(deed(), 0..60),
    ) {
        let semaphore: &'static Rc<Semaphore> = Box::leak(Box::new(Rc::new(Semaphore::new(permits))));
        let mut model = Model { free: permits, line: VecDeque::new() };
        let (mut waits, mut held, mut number) = (Waits::new(), Vec::<AnyPermit>::new(), 0);
        for deed in deeds {
            match deed {
                Deed::Try(owned) => {
                    let taken: Option<AnyPermit> = match owned {
                        true => semaphore.try_acquire_owned().map(|it| Box::new(it) as _),
                        false => semaphore.try_acquire().map(|it| Box::new(it) as _),
                    };
                    let free = model.free > 0 && model.line.is_empty();
                    prop_assert_eq!(taken.is_some(), free);
                    model.free -= usize::from(free);
                    held.extend(taken);
                }
                Deed::Wait(owned) => {
                    number += 1;
                    let mut wait: Pin<Box<dyn Future<Output = AnyPermit>>> = match owned {
                        true => Box::pin(semaphore.acquire_owned().map(|it| Box::new(it) as _)),
                        false => Box::pin(semaphore.acquire().map(|it| Box::new(it) as _)),
                    };
                    let polled = wait.as_mut().now_or_never();
                    let free = model.free > 0 && model.line.is_empty();
                    prop_assert_eq!(polled.is_some(), free);
                    match polled {
                        Some(permit) => {
                            model.free -= 1;
                            held.push(permit);
                        }
                        None => {
                            model.line.push_back((number, false));
                            waits.push_back((number, wait));
                        }
                    }
                }
                Deed::Poll(at) if !waits.is_empty() => {
                    let at = at % waits.len();
                    let (number, wait) = &mut waits[at];
                    let told = model.line.contains(&(*number, true));
                    let polled = wait.as_mut().now_or_never();
                    prop_assert_eq!(polled.is_some(), told);
                    if told {
                        model.leave(*number);
                        model.hand_out();
                        waits.remove(at);
                    }
                    held.extend(polled);
                }
                Deed::DropWait(at) if !waits.is_empty() => {
                    let (number, wait) = waits.remove(at % waits.len()).unwrap();
                    drop(wait);
                    model.free += usize::from(model.leave(number));
                    model.hand_out();
                }
                Deed::DropPermit(at) if !held.is_empty() => {
                    drop(held.remove(at % held.len()));
                    model.free += 1;
                    model.hand_out();
                }
                _ => {}
            }
            prop_assert_eq!(semaphore.available(), model.free);
            prop_assert_eq!(model.free + held.len() + model.line.iter().filter(|it| it.1).count(), permits);
        }
    }
}

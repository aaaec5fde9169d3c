//! Read-write locks beside lists, and with tasks that leave anywhere.
//!
//! Invariants: the ones the properties are named after.
//!
//! Read next: `notices.rs`.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::task::Poll;

use groundup_sync::{RwLock, RwLockReadGuard, RwLockWriteGuard};
use proptest::prelude::*;

use super::wakes::ByHand;
use super::ways::{Plan, Program, Way, on_the_way, plan, way, yields};

/// What is done by hand. A number chooses among the waits or guards that there are.
#[derive(Clone, Copy, Debug)]
enum Deed {
    /// Makes a wait, to write if true, and polls it.
    Begin(bool),
    Poll(usize, bool),
    DropWait(usize),
    DropGuard(usize),
    Downgrade(usize),
}

fn deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        4 => any::<bool>().prop_map(Deed::Begin),
        3 => (any::<usize>(), any::<bool>()).prop_map(|(which, new)| Deed::Poll(which, new)),
        2 => any::<usize>().prop_map(Deed::DropWait),
        3 => any::<usize>().prop_map(Deed::DropGuard),
        1 => any::<usize>().prop_map(Deed::Downgrade),
    ]
}

/// The dullest model: those inside, and a line. Each is a number and whether it writes.
#[derive(Default)]
struct Model {
    inside: Vec<(u32, bool)>,
    /// The line, each with whether it was let in.
    line: Vec<(u32, bool, bool)>,
    wakes: BTreeMap<u32, usize>,
}

impl Model {
    /// Returns the kinds of those inside and of those that were let in.
    fn kinds(&self) -> Vec<bool> {
        let inside = self.inside.iter().map(|(_, writes)| *writes);
        let let_in = self.line.iter().filter(|one| one.2).map(|one| one.1);
        inside.chain(let_in).collect()
    }

    fn may_go_in(&self, writes: bool) -> bool {
        let kinds = self.kinds();
        kinds.is_empty() || !writes && !kinds.contains(&true)
    }

    fn begin(&mut self, wait: u32, writes: bool) -> bool {
        let waits = self.line.iter().any(|one| !one.2);
        if !waits && self.may_go_in(writes) {
            self.inside.push((wait, writes));
            return true;
        }
        self.line.push((wait, writes, false));
        false
    }

    fn poll(&mut self, wait: u32) -> bool {
        let at = self.line.iter().position(|one| one.0 == wait && one.2);
        let Some(at) = at else {
            return false;
        };
        let (wait, writes, _) = self.line.remove(at);
        self.inside.push((wait, writes));
        true
    }

    /// A wait or a guard has gone.
    fn leave(&mut self, wait: u32) {
        self.line.retain(|one| one.0 != wait);
        self.inside.retain(|one| one.0 != wait);
        self.let_in();
    }

    fn downgrade(&mut self, wait: u32) {
        let writer = self.inside.iter_mut().find(|one| one.0 == wait);
        writer.expect("it is inside").1 = false;
        self.let_in();
    }

    fn let_in(&mut self) {
        while let Some(at) = self.line.iter().position(|one| !one.2)
            && self.may_go_in(self.line[at].1)
        {
            self.line[at].2 = true;
            *self.wakes.entry(self.line[at].0).or_default() += 1;
        }
    }
}

enum Guard<'a> {
    Reads(RwLockReadGuard<'a, u32>),
    Writes(RwLockWriteGuard<'a, u32>),
}

proptest! {
    /// A read-write lock does what the model does, after each operation.
    #[test]
    fn a_read_write_lock_is_two_lists(deeds in prop::collection::vec(deed(), 0..60)) {
        let lock = RwLock::with(0);
        let mut model = Model::default();
        let (mut waits, mut guards) = (Vec::<(u32, ByHand<'_, Guard<'_>>)>::new(), Vec::new());
        let mut last = 0;
        for deed in deeds {
            match deed {
                Deed::Begin(writes) => {
                    last += 1;
                    let lock = &lock;
                    let mut wait = ByHand::new(async move {
                        match writes {
                            true => Guard::Writes(lock.write().await),
                            false => Guard::Reads(lock.read().await),
                        }
                    });
                    let polled = wait.poll(true);
                    prop_assert_eq!(polled.is_ready(), model.begin(last, writes));
                    match polled {
                        Poll::Ready(guard) => guards.push((last, guard)),
                        Poll::Pending => waits.push((last, wait)),
                    }
                }
                Deed::Poll(which, new) if !waits.is_empty() => {
                    let which = which % waits.len();
                    let polled = waits[which].1.poll(new);
                    prop_assert_eq!(polled.is_ready(), model.poll(waits[which].0));
                    if let Poll::Ready(guard) = polled {
                        guards.push((waits.remove(which).0, guard));
                    }
                }
                Deed::DropWait(which) if !waits.is_empty() => {
                    let (number, wait) = waits.remove(which % waits.len());
                    drop(wait);
                    model.leave(number);
                }
                Deed::DropGuard(which) if !guards.is_empty() => {
                    let (number, guard) = guards.remove(which % guards.len());
                    if let Guard::Writes(mut guard) = guard {
                        *guard += 1;
                    }
                    model.leave(number);
                }
                Deed::Downgrade(which) if !guards.is_empty() => {
                    let (number, guard) = guards.remove(which % guards.len());
                    guards.push((number, match guard {
                        Guard::Reads(guard) => Guard::Reads(guard),
                        Guard::Writes(guard) => {
                            let guard = RwLockWriteGuard::downgrade(guard);
                            model.downgrade(number);
                            Guard::Reads(guard)
                        }
                    }));
                }
                _ => {}
            }
            let kinds = model.kinds();
            prop_assert_eq!(lock.readers(), kinds.iter().filter(|writes| !**writes).count());
            prop_assert_eq!(lock.is_written(), kinds.contains(&true));
            let waiting = model.line.iter().any(|one| !one.2);
            prop_assert_eq!(lock.try_read().is_some(), !waiting && model.may_go_in(false));
            prop_assert_eq!(lock.try_write().is_some(), !waiting && model.may_go_in(true));
            for (number, wait) in &waits {
                let wakes = model.wakes.get(number).copied().unwrap_or(0);
                prop_assert_eq!(wait.wakes(), wakes, "wait {}", number);
            }
        }
    }
}

/// A task: it begins after so many iterations, stays inside for so many, and writes if true.
type Part = (usize, usize, bool, Way);

#[derive(Clone, Debug)]
struct Tasks {
    parts: Vec<Part>,
    plan: Plan,
}

fn tasks() -> impl Strategy<Value = Tasks> {
    let part = (0_usize..6, 0_usize..4, any::<bool>(), way());
    let parts = prop::collection::vec(part, 1..9);
    (parts, plan()).prop_map(|(parts, plan)| Tasks { parts, plan })
}

/// Counts those inside, and notes if a writer is not alone.
#[derive(Default)]
struct Count {
    inside: Cell<usize>,
    writers: Cell<usize>,
    crowded: Cell<bool>,
}

struct Entered(Rc<Count>, bool);

impl Entered {
    fn new(count: &Rc<Count>, writes: bool) -> Self {
        count.inside.set(count.inside.get() + 1);
        count.writers.set(count.writers.get() + usize::from(writes));
        let crowded = count.writers.get() > 0 && count.inside.get() > 1;
        count.crowded.set(count.crowded.get() || crowded);
        Entered(count.clone(), writes)
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        self.0.inside.set(self.0.inside.get() - 1);
        self.0
            .writers
            .set(self.0.writers.get() - usize::from(self.1));
    }
}

fn run(tasks: &Tasks) -> Result<(), String> {
    let (lock, count) = (Rc::new(RwLock::new()), Rc::<Count>::default());
    let mut program = Program::new(tasks.plan);
    for &(begins, stays, writes, way) in &tasks.parts {
        let (lock, count) = (lock.clone(), count.clone());
        program.spawn(way, async move {
            yields(begins).await;
            match writes {
                true => {
                    let guard = on_the_way(way, lock.write()).await;
                    let _entered = guard.is_some().then(|| Entered::new(&count, true));
                    yields(stays).await;
                }
                false => {
                    let guard = on_the_way(way, lock.read()).await;
                    let _entered = guard.is_some().then(|| Entered::new(&count, false));
                    yields(stays).await;
                }
            }
        });
    }
    if let Some(at) = program.run(100)?.first() {
        return Err(format!("task {at} waits for ever: {lock:?}"));
    }
    drop(program);
    if count.crowded.get() {
        return Err("a writer is not alone".into());
    }
    match lock.try_write() {
        Some(_) => Ok(()),
        None => Err(format!("no task is left: {lock:?}")),
    }
}

proptest! {
    /// Whatever ends a wait, a writer is alone, no task waits for ever, and the lock is free at the
    /// end.
    #[test]
    fn a_read_write_lock_is_free_at_the_end(tasks in tasks()) {
        prop_assert_eq!(run(&tasks), Ok(()));
    }
}

//! Permits are conserved, on semaphores and locks.
//!
//! Invariants: the ones the properties are named after.
//!
//! Read next: `owned.rs`.

use std::cell::Cell;
use std::rc::Rc;

use groundup_sync::{BoundedSemaphore, Lock, LockGuard, Semaphore};
use proptest::prelude::*;

use super::faulty::OldSemaphore;
use super::ways::{Plan, Program, Way, fault_of, on_the_way, plan, way, yields};

/// A thing with permits, true or faulty.
pub(super) trait Permits: 'static {
    fn new(permits: usize) -> Self;
    /// Waits for a permit, and keeps it.
    fn acquire(&self) -> impl Future<Output = ()>;
    fn release(&self);
    fn free(&self) -> usize;
}

impl Permits for Semaphore {
    fn new(permits: usize) -> Self {
        Semaphore::new(permits)
    }
    async fn acquire(&self) {
        self.acquire().await.keep();
    }
    fn release(&self) {
        self.release();
    }
    fn free(&self) -> usize {
        self.available()
    }
}

impl Permits for BoundedSemaphore {
    fn new(permits: usize) -> Self {
        BoundedSemaphore::new(permits)
    }
    async fn acquire(&self) {
        self.acquire().await.keep();
    }
    fn release(&self) {
        self.release().expect("it was acquired");
    }
    fn free(&self) -> usize {
        self.available()
    }
}

/// A lock has one permit, also if the program asks for more.
impl Permits for Lock {
    fn new(_: usize) -> Self {
        Lock::new()
    }
    async fn acquire(&self) {
        LockGuard::keep(self.acquire().await);
    }
    fn release(&self) {
        self.release().expect("it was acquired");
    }
    fn free(&self) -> usize {
        usize::from(!self.locked())
    }
}

/// Releases a permit when it is dropped.
struct Held<P: Permits>(Rc<P>, Rc<Cell<usize>>);

impl<P: Permits> Drop for Held<P> {
    fn drop(&mut self) {
        self.1.set(self.1.get() - 1);
        self.0.release();
    }
}

/// A task: it begins after so many iterations, and holds a permit for so many.
type Part = (usize, usize, Way);

#[derive(Clone, Debug)]
struct Tasks {
    permits: usize,
    parts: Vec<Part>,
    plan: Plan,
}

fn tasks() -> impl Strategy<Value = Tasks> {
    let part = (0_usize..6, 0_usize..4, way());
    let parts = prop::collection::vec(part, 1..9);
    (1_usize..4, parts, plan()).prop_map(|(permits, parts, plan)| Tasks {
        permits,
        parts,
        plan,
    })
}

/// Runs the tasks. Returns what is wrong: too many hold a permit, a task never gets one, or a permit
/// is lost or made.
fn run<P: Permits>(tasks: &Tasks) -> Result<(), String> {
    let thing = Rc::new(P::new(tasks.permits));
    let most = thing.free();
    let mut program = Program::new(tasks.plan);
    let (held, worst) = (Rc::new(Cell::new(0)), Rc::new(Cell::new(0)));
    for &(begins, holds, way) in &tasks.parts {
        let (thing, held, worst) = (thing.clone(), held.clone(), worst.clone());
        program.spawn(way, async move {
            yields(begins).await;
            if on_the_way(way, thing.acquire()).await.is_some() {
                held.set(held.get() + 1);
                worst.set(worst.get().max(held.get()));
                let _held = Held(thing, held);
                yields(holds).await;
            }
        });
    }
    // Each task holds its permit for less than 4 iterations, and hands it on in at most 2.
    if let Some(at) = program.run(100)?.first() {
        return Err(format!(
            "task {at} waits for ever, {} are free",
            thing.free()
        ));
    }
    drop(program);
    if worst.get() > most {
        return Err(format!("{} hold a permit, of {most}", worst.get()));
    }
    match thing.free() {
        free if free == most => Ok(()),
        free => Err(format!("{free} are free at the end, of {most}")),
    }
}

/// One act on a bounded semaphore.
#[derive(Clone, Copy, Debug)]
enum Act {
    Acquire,
    Keep,
    DropPermit,
    Release,
}

/// Permits that are held and permits that are kept, beside two counts.
fn run_bounded(bound: usize, acts: &[Act]) {
    let semaphore = BoundedSemaphore::new(bound);
    let (mut permits, mut kept) = (Vec::new(), 0);
    for act in acts {
        let is_free = permits.len() + kept < bound;
        match act {
            Act::Acquire | Act::Keep => {
                let permit = semaphore.try_acquire();
                assert_eq!(permit.is_some(), is_free);
                permits.extend(permit);
            }
            Act::DropPermit => drop(permits.pop()),
            Act::Release => {
                assert_eq!(semaphore.release().is_ok(), kept > 0);
                kept = kept.saturating_sub(1);
            }
        }
        if let (Act::Keep, true) = (act, is_free) {
            permits.pop().expect("it was acquired").keep();
            kept += 1;
        }
        assert_eq!(semaphore.available(), bound - permits.len() - kept);
    }
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let act = prop_oneof![
        Just(Act::Acquire),
        Just(Act::Keep),
        Just(Act::DropPermit),
        Just(Act::Release),
    ];
    proptest::collection::vec(act, 1..40)
}

proptest! {
    /// A release by hand is for a permit that was kept, and never for one that will be dropped.
    #[test]
    fn a_bounded_semaphore_has_never_more_permits(bound in 0_usize..4, acts in acts()) {
        run_bounded(bound, &acts);
    }

    /// Whatever ends a wait, each permit is free at the end, and no task waits for ever.
    #[test]
    fn permits_are_conserved(tasks in tasks()) {
        for result in [run::<Semaphore>(&tasks), run::<BoundedSemaphore>(&tasks), run::<Lock>(&tasks)] {
            prop_assert_eq!(result, Ok(()));
        }
    }
}

/// CPython issue 90155: after a cancel, its semaphore let nobody in, although permits were free.
#[test]
fn the_same_property_finds_the_fault_of_the_old_semaphore() {
    let found = fault_of(tasks(), run::<OldSemaphore>);
    assert!(found.contains("waits for ever"), "{found}");
}

//! Finds the circles of tasks that stand still while other tasks go on.
//!
//! The problem: two tasks wait for each other, and a third one goes on. The loop never comes to rest,
//! so it never reports a deadlock. A look from time to time finds the circle. But a task that waits
//! for one of several things is not stuck while it waits for a task of the circle, and a false alarm
//! is worse than none. So this follows a wait only if it is the one wait of the task.
//!
//! | wait | followed |
//! |---|---|
//! | the task awaits one task | yes |
//! | the task waits for a lock that one task has | yes |
//! | the task waits for a lock of which a guard was kept: any task may release it | no |
//! | several things; a combinator; a queue, of which a task is the last producer | no |
//! | the task has waits under the waker of another executor, also | no |
//!
//! Invariants:
//! 1. Each task is looked at once. Each has one successor, so a circle is found by a walk.
//! 2. No task of such a circle goes on before a task of it is cancelled, unless one of them also waits
//!    for a future that the loop does not know, in a `select` of both, or has passed its lock on.
//!
//! Read next: `handles/deadlock/dot.rs`.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use groundup_interweave::trace::Wait;

use crate::core::Core;
use crate::core::reasons::Holder;
use crate::handles::deadlock::Deadlock;
use crate::handles::deadlock::survey::Survey;
use crate::run::Scheduler;
use crate::store::key::{Mark, TaskState};
use crate::store::slot::Slot;
use crate::store::ticket::Ticket;
use crate::wait;

impl Scheduler {
    /// Looks for tasks that wait for each other and for nothing else, while other tasks may go on.
    /// Returns a report of the circles that `known` does not have, and adds their tasks to it; `None`
    /// if there are none.
    ///
    /// ```
    /// # mod groundup { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/facade.inc")); }
    /// use groundup::lowlevel::Scheduler;
    /// use groundup::{Task, spawn_named, yield_now};
    /// use std::{cell::RefCell, collections::HashSet, rc::Rc};
    ///
    /// let scheduler = Scheduler::new().unwrap();
    /// let slot: Rc<RefCell<Option<Task<()>>>> = Rc::default();
    /// let other = slot.clone();
    /// let main = scheduler.spawn(async move {
    ///     let a = spawn_named("a", async move {
    ///         yield_now().await;
    ///         let b = other.take().unwrap();
    ///         b.await.unwrap();
    ///     });
    ///     *slot.borrow_mut() = Some(spawn_named("b", async { a.await.unwrap() }));
    /// });
    /// scheduler.run_until_idle();
    /// let mut known = HashSet::new();
    /// let circle = scheduler.new_circles(&mut known).unwrap();
    /// assert_eq!(circle.cycles[0].join(" -> "), "a -> b -> a");
    /// assert!(scheduler.new_circles(&mut known).is_none(), "it is known");
    /// # drop(main);
    /// # scheduler.close();
    /// ```
    pub fn new_circles(self: &Rc<Self>, known: &mut HashSet<Ticket>) -> Option<Deadlock> {
        let core = &self.core;
        let mut walk_of: HashMap<Ticket, usize> = HashMap::new();
        let mut found: Vec<Vec<Ticket>> = Vec::new();
        for (walk, start) in core.living().into_iter().enumerate() {
            let (mut path, mut at) = (Vec::new(), Some(start));
            while let Some(task) = at.filter(|task| !walk_of.contains_key(task)) {
                walk_of.insert(task, walk);
                path.push(task);
                at = only_wait(core, task);
            }
            let Some(first) = at.filter(|task| walk_of[task] == walk) else {
                continue;
            };
            let circle = path.into_iter().skip_while(|task| *task != first);
            found.push(circle.chain([first]).collect());
        }
        known.retain(|task| core.slot_of(*task).is_some_and(|slot| !slot.is_done()));
        found.retain(|circle| !circle.iter().all(|task| known.contains(task)));
        if found.is_empty() {
            return None;
        }
        known.extend(found.iter().flatten());
        let tasks: HashSet<Ticket> = found.iter().flatten().copied().collect();
        let tasks = core
            .living()
            .into_iter()
            .filter(|task| tasks.contains(task));
        let _once = core.keep_earlier_producers();
        Some(self.report_of(tasks.collect(), found, &Survey::of(self)))
    }
}

/// Returns the task for which a suspended task waits, if the task waits for nothing else.
fn only_wait(core: &Core, ticket: Ticket) -> Option<Ticket> {
    let slot = core.slot_of(ticket)?;
    let idle = slot.state(core.current() == ticket) == TaskState::Idle;
    let hidden = core.rare(slot, |rare| rare.hidden.strong_count() > 0);
    if !idle || hidden == Some(true) {
        return None;
    }
    let lives = |slot: &Slot| slot.is_task() && !slot.is_done();
    let next = match wait::reason_of(core, slot.wait()) {
        Some(reason) => match (reason.wait, reason.holder) {
            (Wait::Held { .. }, Holder::Task(holder)) => holder,
            _ => return None,
        },
        None => core.original_of(slot.wait().awaited(core)?),
    };
    let next_slot = core.slot_of(next)?;
    (lives(next_slot) && !next_slot.has(Mark::Promise)).then_some(next)
}

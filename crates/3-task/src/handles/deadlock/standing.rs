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
//! | the task waits for a lock that readers have: it may be let in beside them | no |
//! | several things; a combinator; a queue, of which a task is the last producer | no |
//! | the task has waits under the waker of another executor, also | no |
//!
//! A deadline opens a circle if it is around a wait of it. It also does from outside: a `timeout` around
//! an await of a task of the circle cancels that task. So a circle is left out if a walk that begins at
//! the tasks of armed scopes, along the way of a cancel, comes to it.
//!
//! Invariants:
//! 1. Each task is looked at once. Each has one successor, so a circle is found by a walk.
//! 2. No task of such a circle goes on before a task of it is cancelled by a call, unless one of them
//!    also waits for a future that the loop does not know, in a `select` of both, or has passed its lock on.
//! 3. No deadline that is armed at the time of the report makes that call.
//!
//! Read next: `handles/deadlock/dot.rs`.

use std::rc::Rc;

use groundup_interweave::trace::Wait;

use crate::core::Core;
use crate::core::reasons::Holder;
use crate::handles::deadlock::Deadlock;
use crate::handles::deadlock::survey::Survey;
use crate::run::Scheduler;
use crate::store::key::{Mark, TaskState};
use crate::store::slot::Slot;
use crate::store::ticket::trees::TicketPlaces;
use crate::store::ticket::{Entry, Ticket};
use crate::wait;

impl Scheduler {
    /// Looks for tasks that wait for each other and for nothing else, while other tasks may go on.
    /// Returns a report of the circles that `known` does not have, and adds their tasks to it; `None`
    /// if there are none. Takes the tasks that stand in no circle out of it.
    ///
    /// `armed` returns the entries of all timers. A circle that a deadline may open, in a task of it or
    /// in a task that awaits one of its tasks, is left out as long as the deadline is armed. It is
    /// called only if a circle stands.
    ///
    /// ```
    /// # mod groundup { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/facade.inc")); }
    /// use groundup::lowlevel::Scheduler;
    /// use groundup::{Task, spawn_named, yield_now};
    /// use std::{cell::RefCell, rc::Rc};
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
    /// let mut known = Vec::new();
    /// let circle = scheduler.new_circles(&mut known, Vec::new).unwrap();
    /// assert_eq!(circle.cycles[0].join(" -> "), "a -> b -> a");
    /// assert!(scheduler.new_circles(&mut known, Vec::new).is_none(), "it is known");
    /// # drop(main);
    /// # scheduler.close();
    /// ```
    pub fn new_circles(
        self: &Rc<Self>,
        known: &mut Vec<Ticket>,
        armed: impl FnOnce() -> Vec<Entry>,
    ) -> Option<Deadlock> {
        let core = &self.core;
        let mut found = self.standing();
        let standing = TicketPlaces::of(&found);
        known.retain(|task| standing.contains(*task));
        let before = TicketPlaces::of([&*known]);
        found.retain(|circle| !circle.iter().all(|task| before.contains(*task)));
        if found.is_empty() {
            return None;
        }
        let _once = core.keep_earlier_producers();
        let survey = Survey::of(self);
        let released = self.may_be_released(&armed(), &survey);
        found.retain(|circle| !circle.iter().any(|task| released.contains(*task)));
        if found.is_empty() {
            return None;
        }
        let tasks = TicketPlaces::of(&found);
        let mut living = core.living();
        living.retain(|task| tasks.contains(*task));
        known.retain(|task| !tasks.contains(*task));
        known.extend(&living);
        Some(self.report_of(living, found, &survey))
    }

    /// Returns the circles of tasks each of which has one wait.
    fn standing(&self) -> Vec<Vec<Ticket>> {
        let mut walk_of = TicketPlaces::default();
        let mut found: Vec<Vec<Ticket>> = Vec::new();
        for (walk, start) in self.core.living().into_iter().enumerate() {
            let (mut path, mut at) = (Vec::new(), Some(start));
            while let Some(task) = at.filter(|task| !walk_of.contains(*task)) {
                walk_of.insert(task, walk);
                path.push(task);
                at = only_wait(&self.core, task);
            }
            let Some(first) = at.filter(|task| walk_of.get(*task) == Some(walk)) else {
                continue;
            };
            let circle = path.into_iter().skip_while(|task| *task != first);
            found.push(circle.chain([first]).collect());
        }
        found
    }

    /// Returns the tasks that these timers may cancel, or a cancel of a scope that is on its way: those
    /// that wait in such a scope, the tasks that these await, and so on. It is not known which task has
    /// opened a group that no task awaits yet, so the members of such a group count, too.
    fn may_be_released(&self, armed: &[Entry], survey: &Survey) -> TicketPlaces {
        let mut tasks = self.cancels.tasks_of_scopes(armed);
        if !tasks.is_empty() {
            tasks.extend(&survey.unclaimed);
        }
        let mut seen = TicketPlaces::default();
        while let Some(task) = tasks.pop() {
            if seen.insert(task, 0) {
                tasks.extend(survey.cancelled_with(&self.core, task));
            }
        }
        seen
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

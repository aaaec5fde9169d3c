//! What waits for several things, as scenarios ask for it.
//!
//! Whatever stands in the list of such a statement becomes a task here: a
//! named task is given as a clone of its handle, a fresh body is spawned, and
//! a promise, or a child of a group, is awaited by a task of its own. The
//! referee does the same.
//!
//! Invariants
//! 1. Names are looked up before anything is spawned.
//! 2. Tasks are spawned in the order of the list.
//!
//! Read next: `scopes.rs`, deadlines and groups.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use groundup::{
    Elapsed, GatherError, ReturnWhen, Task, TaskRef, as_completed, gather, shield, spawn,
    try_gather, wait, wait_for,
};

use crate::bound::{Bound, Member, Outcome, Output, Stop, Value, Waitable, outcome_of};
use crate::interpreter::{Run, raise};
use crate::program::{Block, Item, Mode, Ms, Name};
use crate::scopes::raising;
use crate::steps::{Ran, Scene};

type Done = Result<(), Stop>;

fn span(ms: Ms) -> Duration {
    Duration::from_millis(ms)
}

/// The first of each task, where a task is there several times.
fn distinct(members: Vec<Member>) -> Vec<Member> {
    let mut seen: Vec<TaskRef> = Vec::new();
    let mut kept = members;
    kept.retain(|(_, task)| {
        let new = !seen.contains(task.as_task_ref());
        seen.push(task.task_ref());
        new
    });
    kept
}

fn tasks(members: &[Member]) -> Vec<Task<Output>> {
    members.iter().map(|(_, task)| task.clone()).collect()
}

/// Awaits what cannot be given away, for those who need a task.
async fn stand_in(waitable: Waitable) -> Output {
    match waitable.wait().await {
        Ok(value) => Ok(value),
        Err(Stop::Error(name)) => Err(name),
        Err(Stop::Cancelled(reason)) => match raise(reason).await {},
    }
}

fn listed(values: &[Value]) -> Value {
    format!("[{}]", values.join(", ")).into()
}

impl Run {
    pub(crate) fn list(&self, name: &str) -> Result<Rc<RefCell<Vec<Member>>>, Stop> {
        match self.find(name)? {
            Bound::List(list) => Ok(list),
            _ => Err(Stop::error("WrongKind")),
        }
    }

    /// The tasks of a list of items.
    pub(crate) fn items(self: &Rc<Self>, items: &[Item]) -> Result<Vec<Member>, Stop> {
        enum Found {
            Ready(Member),
            Fresh(Name),
            StandIn(Name, Waitable),
        }
        let mut found = Vec::new();
        for item in items {
            match item {
                Item::Fresh(body) => found.push(Found::Fresh(body.clone())),
                Item::Spread(list) => {
                    let list = self.list(list)?;
                    found.extend(list.borrow().iter().cloned().map(Found::Ready));
                }
                Item::Named(name) => {
                    let waitable = self.waitable(name)?;
                    found.push(match waitable.task() {
                        Some(task) => Found::Ready((name.clone(), task)),
                        None => Found::StandIn(name.clone(), waitable),
                    });
                }
            }
        }
        let task = |found| match found {
            Found::Ready(member) => member,
            Found::StandIn(name, waitable) => (name, spawn(stand_in(waitable))),
            Found::Fresh(body) => {
                let (task, _) = self.task(self.label(&body), body.clone());
                (format!("{body}()"), spawn(task))
            }
        };
        Ok(found.into_iter().map(task).collect())
    }

    pub(crate) async fn gather(
        self: &Rc<Self>,
        who: &str,
        items: &[Item],
        into: &Option<Name>,
    ) -> Done {
        let members = self.items(items)?;
        let outcome = match try_gather(tasks(&members)).await {
            Ok(values) => Ok(listed(&values)),
            Err(GatherError::Failed(error)) => Err(Stop::Error(error)),
            Err(GatherError::Task(error)) => outcome_of(Err(error)),
            Err(error) => Err(Stop::Error(format!("INTERNAL {error}").into())),
        };
        self.deliver(who, "gather", outcome, into)
    }

    pub(crate) async fn outcomes(
        self: &Rc<Self>,
        who: &str,
        items: &[Item],
        into: &Option<Name>,
    ) -> Done {
        let members = self.items(items)?;
        let results = gather(tasks(&members)).return_exceptions().await;
        // Without reasons: CPython keeps them in such a list or not, as it happens.
        let shown = |result| match outcome_of(result) {
            Ok(value) => value,
            Err(Stop::Cancelled(_)) => "cancelled".into(),
            Err(stop) => stop.to_string().into(),
        };
        let values: Vec<Value> = results.into_iter().map(shown).collect();
        self.deliver(who, "outcomes", Ok(listed(&values)), into)
    }

    pub(crate) async fn wait(
        self: &Rc<Self>,
        who: &str,
        mode: Mode,
        within: Option<Ms>,
        items: &[Item],
        into: Option<&Name>,
    ) -> Done {
        let when = match mode {
            Mode::All => ReturnWhen::AllCompleted,
            Mode::First => ReturnWhen::FirstCompleted,
            Mode::Error => ReturnWhen::FirstException,
        };
        let members = distinct(self.items(items)?);
        if members.is_empty() {
            return Err(Stop::error("Empty"));
        }
        let waiting = wait(tasks(&members), when).errors_count();
        // The set of the pending that comes back stays registered, ahead of those
        // who come later. CPython registers anew each time, so it is given up.
        let (done, _) = waiting.timeout(within.map_or(Duration::MAX, span)).await;
        let done: Vec<TaskRef> = done.iter().map(|task| task.task_ref()).collect();
        let (done, pending): (Vec<Member>, Vec<Member>) = members
            .into_iter()
            .partition(|(_, task)| done.contains(task.as_task_ref()));
        let names = |members: &[Member]| {
            let names: Vec<&str> = members.iter().map(|(name, _)| name.as_str()).collect();
            names.join(", ")
        };
        self.emit(
            who,
            &format!(
                "wait: done [{}] pending [{}]",
                names(&done),
                names(&pending)
            ),
        );
        if let Some(name) = into {
            self.bind(name, Bound::List(Rc::new(RefCell::new(pending))));
        }
        Ok(())
    }

    pub(crate) async fn each(
        self: &Rc<Self>,
        scene: Scene<'_>,
        name: &Name,
        within: Option<Ms>,
        items: &[Item],
        block: &Block,
    ) -> Ran {
        let members = distinct(self.items(items)?);
        let coming = as_completed(tasks(&members));
        let mut coming = coming.timeout(within.map_or(Duration::MAX, span));
        while let Some(next) = coming.next().await {
            let outcome = next.map_or(Err(Stop::error("Timeout")), |next| outcome_of(next.result));
            let value: Value = match outcome {
                Ok(value) => value,
                Err(stop @ Stop::Cancelled(_)) => return Err(stop),
                Err(stop) => stop.to_string().into(),
            };
            self.emit(scene.who, &format!("next: {value}"));
            self.bind(name, Bound::Value(value));
            if let Some(value) = self.block(scene, block).await? {
                return Ok(Some(value));
            }
        }
        Ok(None)
    }

    pub(crate) async fn wait_for(
        self: &Rc<Self>,
        who: &str,
        within: Option<Ms>,
        item: &Item,
        into: &Option<Name>,
    ) -> Done {
        let delay = within.map(span);
        let late = |_: Elapsed| Err(Stop::error("Timeout"));
        let outcome: Outcome = match item {
            Item::Fresh(body) => {
                let (run, who, body) = (self.clone(), who.to_owned(), body.clone());
                let body = async move { raising(run.body(&who, &body)).await };
                wait_for(body, delay).await.unwrap_or_else(late)
            }
            Item::Named(name) | Item::Spread(name) => {
                let waitable = self.waitable(name)?;
                match waitable.task() {
                    Some(task) => wait_for(task, delay).await.map_or_else(late, outcome_of),
                    None => {
                        let awaited = async move { raising(waitable.wait()).await };
                        wait_for(awaited, delay).await.unwrap_or_else(late)
                    }
                }
            }
        };
        self.deliver(who, &format!("wait_for {item}"), outcome, into)
    }

    pub(crate) async fn shield(
        self: &Rc<Self>,
        who: &str,
        item: &Item,
        into: &Option<Name>,
    ) -> Done {
        let mut members = self.items(std::slice::from_ref(item))?;
        let Some((text, task)) = members.pop() else {
            return Ok(());
        };
        let outcome = outcome_of(shield(task).await);
        self.deliver(who, &format!("shield {text}"), outcome, into)
    }
}

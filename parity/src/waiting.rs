//! Statements that wait for several members.
//!
//! A member with a name is passed to the combinator as it is: a task, a child of a
//! group, a promise, a gather or a shield. A fresh body is spawned first. The referee
//! does the same.
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

use crate::bound::{
    Bound, Listing, Outcome, Output, Stop, Value, Waitable, listed, outcome_of, promise_outcome,
};
use crate::interpreter::Run;
use crate::program::{Block, Item, Mode, Name, Us};
use crate::scopes::raising;
use crate::steps::{Ran, Scene};

type Done = Result<(), Stop>;

pub(crate) fn span(us: Us) -> Duration {
    Duration::from_micros(us)
}

pub(crate) fn when(mode: Mode) -> ReturnWhen {
    match mode {
        Mode::All => ReturnWhen::AllCompleted,
        Mode::First => ReturnWhen::FirstCompleted,
        Mode::Error => ReturnWhen::FirstException,
    }
}

/// Removes the later copies of a member that is in a list several times.
fn distinct(members: Vec<Listing>) -> Vec<Listing> {
    let mut seen: Vec<TaskRef> = Vec::new();
    let mut kept = members;
    kept.retain(|(_, waitable)| {
        let new = !seen.contains(waitable.original());
        seen.push(waitable.original().clone());
        new
    });
    kept
}

/// Returns the task handles that a combinator takes for the members.
pub(crate) fn tasks(members: &[Listing]) -> Vec<Task<Output>> {
    members
        .iter()
        .map(|(_, waitable)| waitable.task())
        .collect()
}

pub(crate) fn names<'a>(texts: impl IntoIterator<Item = &'a String>) -> String {
    let texts: Vec<&str> = texts.into_iter().map(String::as_str).collect();
    texts.join(", ")
}

impl Run {
    pub(crate) fn list(&self, name: &str) -> Result<Rc<RefCell<Vec<Listing>>>, Stop> {
        match self.find(name)? {
            Bound::List(list) => Ok(list),
            _ => Err(Stop::error("WrongKind")),
        }
    }

    /// Counts the members of a list.
    pub(crate) fn members(&self, verb: &'static str, members: &[Listing]) {
        for (_, waitable) in members {
            self.tally.count(verb, waitable.kind());
        }
    }

    /// Returns the member of an item that is no list.
    pub(crate) fn item(self: &Rc<Self>, item: &Item) -> Result<Listing, Stop> {
        let mut members = self.items(std::slice::from_ref(item))?;
        members.pop().ok_or_else(|| Stop::error("Empty"))
    }

    /// Returns the members of items, and spawns the fresh bodies among them.
    pub(crate) fn items(self: &Rc<Self>, items: &[Item]) -> Result<Vec<Listing>, Stop> {
        enum Found {
            Ready(Listing),
            Fresh(Name),
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
                    found.push(Found::Ready((name.clone(), self.waitable(name)?)));
                }
            }
        }
        let member = |found| match found {
            Found::Ready(member) => member,
            Found::Fresh(body) => {
                let (task, _) = self.task(self.label(&body), body.clone());
                (format!("{body}()"), Waitable::Task(spawn(task)))
            }
        };
        Ok(found.into_iter().map(member).collect())
    }

    pub(crate) async fn gather(
        self: &Rc<Self>,
        who: &str,
        items: &[Item],
        into: &Option<Name>,
    ) -> Done {
        let members = self.items(items)?;
        self.members("gather of", &members);
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
        self.members("outcomes of", &members);
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
        within: Option<Us>,
        items: &[Item],
        into: Option<&Name>,
    ) -> Done {
        let members = distinct(self.items(items)?);
        if members.is_empty() {
            return Err(Stop::error("Empty"));
        }
        self.members("wait of", &members);
        let given = tasks(&members);
        let known: Vec<TaskRef> = given.iter().map(|task| task.task_ref()).collect();
        let waiting = wait(given, when(mode)).errors_count();
        // The set of pending tasks would stay registered, ahead of later waiters.
        // CPython registers anew for each wait, so the set is dropped.
        let (done, _) = waiting.timeout(within.map_or(Duration::MAX, span)).await;
        let is_done = |at: usize| done.iter().any(|task| *task.as_task_ref() == known[at]);
        let (done, pending): (Vec<_>, Vec<_>) =
            (0..).zip(members).partition(|(at, _)| is_done(*at));
        let texts =
            |members: &[(usize, Listing)]| names(members.iter().map(|(_, member)| &member.0));
        self.emit(
            who,
            &format!(
                "wait: done [{}] pending [{}]",
                texts(&done),
                texts(&pending)
            ),
        );
        if let Some(name) = into {
            let pending = pending.into_iter().map(|(_, member)| member).collect();
            self.bind(name, Bound::List(Rc::new(RefCell::new(pending))));
        }
        Ok(())
    }

    pub(crate) async fn each(
        self: &Rc<Self>,
        scene: Scene<'_>,
        name: &Name,
        within: Option<Us>,
        items: &[Item],
        block: &Block,
    ) -> Ran {
        let members = distinct(self.items(items)?);
        self.members("each of", &members);
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
        within: Option<Us>,
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
                self.tally.count("wait_for of", waitable.kind());
                match waitable {
                    Waitable::Promise(promise) => {
                        let ended = wait_for(promise, delay).await;
                        ended.map_or_else(late, promise_outcome)
                    }
                    waitable => {
                        let ended = wait_for(waitable.task(), delay).await;
                        ended.map_or_else(late, outcome_of)
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
        let (text, waitable) = self.item(item)?;
        self.tally.count("shield of", waitable.kind());
        let outcome = match waitable {
            Waitable::Promise(promise) => outcome_of(shield(promise).await),
            waitable => outcome_of(shield(waitable.task()).await),
        };
        self.deliver(who, &format!("shield {text}"), outcome, into)
    }
}

//! The statements that never suspend, and the callbacks that run them.
//!
//! Invariants
//! 1. Each statement makes one call of the facade.
//! 2. An error that a callback raises is printed on its line and ends
//!    nothing.
//!
//! Read next: `waiting.rs`, the statements that wait for several things.

use std::panic::panic_any;
use std::rc::Rc;
use std::time::Duration;

use groundup::{
    Deadline, DoneCallback, Instant, IntoTask, Locals, Promise, Task, block, call_at, call_later,
    call_soon, shield, spawn, spawn_in, stop, time, try_gather,
};

use crate::bound::{Bound, Hook, KeptSet, Known, Listed, Output, Stop, Value, Waitable, here};
use crate::interpreter::Run;
use crate::program::{Name, Plain, When};
use crate::waiting::tasks;

type Done = Result<(), Stop>;

impl Run {
    /// Runs one plain statement of the task or callback `who`.
    pub(crate) fn plain(self: &Rc<Self>, who: &str, plain: &Plain) -> Done {
        match plain {
            Plain::Say(words) => {
                let values: Result<Vec<Value>, Stop> =
                    words.iter().map(|word| self.value(word)).collect();
                let line = values?
                    .iter()
                    .fold("say".to_owned(), |line, word| line + " " + word);
                self.emit(who, &line);
            }
            Plain::Block(us) => block(Duration::from_micros(*us)),
            Plain::Spawn {
                into,
                body,
                group,
                context,
            } => {
                let place = (group.as_ref(), context.as_ref());
                self.spawn(into.as_ref().unwrap_or(body), body, place)?;
            }
            Plain::Context { into } => self.bind(into, Bound::Context(Locals::current())),
            Plain::Promise { into } => {
                self.bind(into, Bound::Waitable(Waitable::Promise(Promise::new())));
            }
            Plain::Set { promise, value } => {
                let value = self.value(value)?;
                let promise = self.promise(promise)?;
                promise
                    .set_result(Ok(value))
                    .map_err(|_| Stop::error("InvalidState"))?;
            }
            Plain::Fail { promise, error } => {
                let promise = self.promise(promise)?;
                let set = promise.set_exception(Stop::error(error));
                set.map_err(|_| Stop::error("InvalidState"))?;
            }
            Plain::Cancel { handle, reason } => self.cancel(who, handle, reason.as_deref())?,
            Plain::State { handle } => {
                let outcome = match handle.as_str() {
                    "me" => self.me().map(|_| None)?,
                    name => self.waitable(name)?.outcome(),
                };
                let state = match outcome {
                    None => "pending".to_owned(),
                    Some(Ok(value)) => format!("value {value}"),
                    Some(Err(stop)) => stop.to_string(),
                };
                self.emit(who, &format!("state {handle}: {state}"));
            }
            Plain::Cancelling { handle } => {
                let count = match handle.as_str() {
                    "me" => self.me()?.cancelling(),
                    name => self.known_task(name)?.cancelling(),
                };
                match count {
                    0 | 1 => {}
                    2 => self.tally.count("cancels that count:", "2"),
                    _ => self.tally.count("cancels that count:", "3 or more"),
                }
                self.emit(who, &format!("cancelling {handle}: {count}"));
            }
            Plain::Uncancel { handle } => {
                let left = match handle.as_str() {
                    "me" => self.me()?.uncancel(),
                    name => self.known_task(name)?.uncancel(),
                };
                if left > 0 {
                    self.tally.count("one of several cancels is taken back", "");
                }
                self.emit(who, &format!("uncancel {handle}: {left}"));
            }
            Plain::Callback { into, when, action } => self.callback(into.as_ref(), when, action)?,
            Plain::Forget { callback } => {
                let Bound::Hook(hook) = self.find(callback)? else {
                    return Err(Stop::error("WrongKind"));
                };
                let Hook::Done(watched, function) = &*hook else {
                    return Err(Stop::error("WrongKind"));
                };
                let removed = watched.original().remove_done_callback(function);
                self.emit(who, &format!("forget {callback}: {removed}"));
            }
            Plain::Raise(error) => return Err(Stop::error(error)),
            Plain::Reschedule { timeout, after } => {
                let (deadline, owner) = self.deadline(timeout)?;
                let by = match who {
                    who if who == owner => "its own task",
                    who if who.starts_with('(') => "a callback",
                    _ => "another task",
                };
                let when = after.map(|us| time() + Duration::from_micros(us));
                deadline
                    .reschedule(when)
                    .map_err(|_| Stop::error("TimeoutClosed"))?;
                self.tally.count("a deadline is moved by", by);
            }
            Plain::Expired { timeout } => {
                let expired = if self.deadline(timeout)?.0.expired() {
                    "yes"
                } else {
                    "no"
                };
                self.emit(who, &format!("expired {timeout}: {expired}"));
            }
            Plain::Add { list, item } => {
                let found = self.find(list)?;
                if let Bound::Kept(kept) = &found
                    && kept.set.borrow().is_none()
                {
                    return Err(Stop::error("InUse"));
                }
                match found {
                    Bound::List(list) => {
                        let added = self.items(std::slice::from_ref(item))?;
                        list.borrow_mut().extend(added);
                    }
                    Bound::Kept(kept) => {
                        let added = self.items(std::slice::from_ref(item))?;
                        self.members("a kept set is added", &added);
                        kept.extend(added);
                    }
                    _ => return Err(Stop::error("WrongKind")),
                }
            }
            Plain::Keep { into, items } => {
                let kept = KeptSet::new();
                let members = self.items(items)?;
                self.members("keep of", &members);
                kept.extend(members);
                self.bind(into, Bound::Kept(Rc::new(kept)));
            }
            Plain::Gathering { into, items } => {
                let members = self.items(items)?;
                self.members("gathering of", &members);
                let gathering = try_gather(tasks(&members));
                let all = here().proxy(Listed(gathering.into_task(&here())));
                self.bind(into, Bound::Waitable(Waitable::Gather(all)));
            }
            Plain::Shielding { into, item } => {
                let inner = self.item(item)?.1;
                self.tally.count("shielding of", inner.kind());
                let shielded = IntoTask::into_task(shield(inner.task()), &here());
                let outer = match inner.original().done() {
                    true => inner, // it is the very same in asyncio (H03)
                    false => Waitable::Shield(shielded),
                };
                self.bind(into, Bound::Waitable(outer));
            }
            Plain::Put { local, value } => {
                let value = self.value(value)?;
                self.local(local).set(value);
            }
            Plain::Get { local } => {
                let value = self.local(local).get().unwrap_or_else(|| "none".into());
                self.emit(who, &format!("get {local}: {value}"));
            }
            Plain::New { into, object } => self.make(into, object)?,
            Plain::On { object, method } => self.on(who, object, *method)?,
            Plain::Stop => stop(),
            Plain::Panic(name) => panic_any(format!("!{name}")),
        }
        Ok(())
    }

    fn promise(&self, name: &str) -> Result<Promise<Output>, Stop> {
        match self.waitable(name)? {
            Waitable::Promise(promise) => Ok(promise),
            _ => Err(Stop::error("WrongKind")),
        }
    }

    /// Returns a deadline, and the label of the task that has opened it.
    fn deadline(&self, name: &str) -> Result<(Deadline, Name), Stop> {
        match self.find(name)? {
            Bound::Deadline(deadline, owner) => Ok((deadline, owner)),
            _ => Err(Stop::error("WrongKind")),
        }
    }

    fn known_task(&self, name: &str) -> Result<Task<Output>, Stop> {
        match self.waitable(name)? {
            Waitable::Task(task) => Ok(task),
            _ => Err(Stop::error("WrongKind")),
        }
    }

    /// Spawns a body in a group and in a context, if they are named.
    fn spawn(
        self: &Rc<Self>,
        name: &str,
        body: &Name,
        (group, context): (Option<&Name>, Option<&Name>),
    ) -> Done {
        let group = match group.map(|group| self.find(group)).transpose()? {
            None => None,
            Some(Bound::Group(group)) => Some(group),
            Some(_) => return Err(Stop::error("WrongKind")),
        };
        let context = match context.map(|context| self.find(context)).transpose()? {
            None => None,
            Some(Bound::Context(context)) => Some(context),
            Some(_) => return Err(Stop::error("WrongKind")),
        };
        let (task, life) = self.task(self.label(name), body.clone());
        let task = match (&group, &context) {
            (None, None) => spawn(task),
            (None, Some(context)) => spawn_in(context, task),
            (Some(group), _) => {
                let child = match &context {
                    None => group.try_spawn(task),
                    Some(context) => group.try_spawn_in(context, task),
                };
                let child = child.map_err(|_| Stop::error("GroupClosed"))?;
                here().proxy(Known { child, life })
            }
        };
        self.tally.count(
            "spawn",
            match (group, context) {
                (None, None) => "",
                (None, Some(_)) => "in a context",
                (Some(_), None) => "in a group",
                (Some(_), Some(_)) => "in a group and a context",
            },
        );
        self.bind(name, Bound::Waitable(Waitable::Task(task)));
        Ok(())
    }

    fn cancel(&self, who: &str, handle: &str, reason: Option<&str>) -> Done {
        let accepted = if handle == "me" {
            let me = self.me()?;
            reason.map_or_else(|| me.cancel(), |reason| me.cancel_with(reason))
        } else {
            match self.find(handle)? {
                Bound::Waitable(waitable) => waitable.cancel(reason),
                Bound::Hook(hook) => {
                    match &*hook {
                        Hook::Soon(handle) => handle.cancel(),
                        Hook::Timer(handle) => handle.cancel(),
                        Hook::Done(..) => return Err(Stop::error("WrongKind")),
                    }
                    self.emit(who, &format!("cancel {handle}"));
                    return Ok(());
                }
                _ => return Err(Stop::error("WrongKind")),
            }
        };
        let answer = if accepted { "yes" } else { "no" };
        self.emit(who, &format!("cancel {handle}: {answer}"));
        Ok(())
    }

    fn callback(self: &Rc<Self>, into: Option<&Name>, when: &When, action: &Plain) -> Done {
        let watched = match when {
            When::Done(name) => Some(self.waitable(name)?),
            _ => None,
        };
        let kind = match when {
            When::Soon => "soon",
            When::Later(_) => "later",
            When::At(_) => "at",
            When::Done(_) => "done",
        };
        let who = format!("({})", self.label(into.map_or(kind, Name::as_str)));
        let (run, action) = (self.clone(), action.clone());
        let function = move || {
            if run.burn() {
                return;
            }
            run.emit(&who, "runs");
            if let Err(stop) = run.plain(&who, &action) {
                run.emit(&who, &stop.to_string());
            }
        };
        let hook = match (when, watched) {
            (When::Later(us), _) => Hook::Timer(call_later(Duration::from_micros(*us), function)),
            (When::At(us), _) => Hook::Timer(call_at(
                Instant::START + Duration::from_micros(*us),
                function,
            )),
            (_, Some(watched)) => {
                let function = DoneCallback::new(function);
                watched.original().add_done_callback(function.clone());
                Hook::Done(watched, function)
            }
            _ => Hook::Soon(call_soon(function)),
        };
        if let Some(name) = into {
            self.bind(name, Bound::Hook(Rc::new(hook)));
        }
        Ok(())
    }
}

//! Names tasks, at the spawn or later, for people who read traces.
//!
//! The problem: a task is known by its number, and readers do not remember that 17 is the
//! printer. A name that is set after the spawn comes too late for the first lines of a trace.
//! So the name can be passed to the spawn; setting it later is an event of its own.
//!
//! ```text
//!   spawn_named("kettle", f)     spawn      kettle        #2 by Task-1
//!
//!   spawn(f)                     spawn      Task-2        by Task-1
//!   task.set_name("kettle")      name       Task-2        kettle
//! ```
//!
//! Invariant: a name is for people alone. The loop looks no task up by its name, and any number
//! of tasks may share one.
//!
//! Read next: `handles/task.rs`, the handle that can take the value.

use std::future::Future;
use std::panic::Location;
use std::rc::Rc;

use groundup_interweave::trace::{Name, Verb};

use crate::handles::task::Task;
use crate::handles::task_ref::TaskRef;
use crate::run::Scheduler;
use crate::store::key::Mark;
use crate::store::object::CallSite;
use crate::store::ticket::Ticket;

impl TaskRef {
    /// Returns the name of the task: `Task-<n>` if none was set, `None` if the task has gone.
    /// A handle that is formatted with `{}` writes it.
    pub fn name(&self) -> Option<Name> {
        let core = &self.scheduler.core;
        core.name_of(core.original_of(self.ticket))
    }

    /// Sets the name of the task, for traces and reports.
    /// [`spawn_named`](Scheduler::spawn_named) sets it from the beginning.
    pub fn set_name(&self, name: impl AsRef<str>) {
        let Some(slot) = self.subject() else { return };
        let (scheduler, name) = (&self.scheduler, Name::from(name.as_ref()));
        let ticket = scheduler.core.original_of(self.ticket);
        let before = scheduler.core.id_of(ticket);
        scheduler.give_name(ticket, name.clone());
        if slot.has(Mark::Observed) && !slot.is_done() {
            scheduler.emit(before, Verb::Name { name });
        }
    }
}

impl Scheduler {
    /// Spawns a task, as [`spawn`](Scheduler::spawn) does, with a name from the beginning.
    ///
    /// ```
    /// # mod groundup { pub mod lowlevel { pub use groundup_task::*; } pub use groundup_task::trace; }
    /// use groundup::lowlevel::Scheduler;
    /// use groundup::trace::Recorder;
    ///
    /// let (scheduler, recorder) = (Scheduler::new().unwrap(), Recorder::new());
    /// scheduler.set_sink(Some(Box::new(recorder.clone())));
    /// let kettle = scheduler.spawn_named("kettle", async {});
    /// assert_eq!(kettle.name().as_deref(), Some("kettle"));
    /// assert_eq!(recorder.events()[0].to_string(), "       0.000      0  spawn      kettle#1");
    /// ```
    #[track_caller]
    pub fn spawn_named<F>(self: &Rc<Self>, name: impl AsRef<str>, future: F) -> Task<F::Output>
    where
        F: Future<Output: 'static> + 'static,
    {
        self.clone()
            .spawn_named_at(name.as_ref(), future, Location::caller())
    }

    /// Spawns a named task for a caller that passes its place in the source.
    pub fn spawn_named_at<F>(
        self: Rc<Self>,
        name: &str,
        future: F,
        call_site: CallSite,
    ) -> Task<F::Output>
    where
        F: Future<Output: 'static> + 'static,
    {
        // Named first, and scheduled then: its spawn is in the trace by this name.
        let ticket = self.spawn_ticket(&mut Some(future), 0, 0, call_site);
        self.give_name(ticket, Name::from(name));
        self.core.schedule(ticket);
        self.emit_spawn(ticket);
        Task::new(self, ticket)
    }

    /// Stores the name of a task, unless the task has gone.
    fn give_name(&self, ticket: Ticket, name: Name) {
        if let Some(slot) = self.core.slot_of(ticket) {
            self.core.rare_mut(slot).name = Some(name);
        }
    }
}

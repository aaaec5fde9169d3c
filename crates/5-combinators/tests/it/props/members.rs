//! Members: children that record what happens to them.
//!
//! The problem: the results of a combinator do not show whether it has left a child behind. So
//! each child of a program has an entry in a record: whether it was made, began, received a
//! cancel, how it ended and when, and whether its future was dropped.
//!
//! ```text
//!   made --begins--> runs --ends--> Returned, Failed
//!                      |
//!                      +--struck--> cleans up --> CleanedUp, or CutShort by a second cancel
//!                      +--dropped without a region of its own ------> Dropped
//! ```
//!
//! Invariant: dropping a child's future closes its entry, so an entry that is never closed is a
//! leak.
//!
//! Read next: `programs.rs`.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use futures::future::{FutureExt, LocalBoxFuture};
use groundup_combinators::executor::{current_task, sleep, spawn, time};
use groundup_combinators::task::{Scheduler, Task, TaskRef, catch_cancel, yield_now};

/// Output of a child: its number, as a success or as a failure.
pub type Outcome = Result<usize, usize>;

pub fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

/// Behaviour of a child.
#[derive(Clone, Copy, Debug)]
pub struct Behaviour {
    /// How often the child yields first.
    pub yields: u32,
    /// How long it sleeps then, in milliseconds; 0 means that it does not sleep.
    pub sleeps: u64,
    /// Length of its clean-up in milliseconds; `None` for a child without a region.
    pub clean_up: Option<u64>,
    pub fails: Fails,
}

/// Says how a child fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fails {
    Never,
    WithAnError,
    WithAPanic,
}

pub const fn behaviour(yields: u32, sleeps: u64, clean_up: Option<u64>) -> Behaviour {
    Behaviour {
        yields,
        sleeps,
        clean_up,
        fails: Fails::Never,
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    Returned,
    Failed,
    CleanedUp,
    CutShort,
    Dropped,
}

/// Entry of one child. Times are in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Member {
    pub began: bool,
    pub struck: Option<u64>,
    pub end: Option<(End, u64)>,
    pub gone: bool,
}

/// Records all children of one run.
#[derive(Clone, Default)]
pub struct Members {
    entries: Rc<RefCell<Vec<Member>>>,
    /// Tasks in which the children run, once they have begun.
    tasks: Rc<RefCell<Vec<Option<TaskRef>>>>,
    /// Time of the loop at the start of the run.
    pub began: Duration,
    /// Time of the run, for code outside the loop.
    now: Rc<Cell<u64>>,
}

/// Closes a child's entry when its future is dropped.
struct Entry {
    members: Members,
    number: usize,
}

impl Entry {
    fn write(&self, write: impl FnOnce(&mut Member)) {
        write(&mut self.members.entries.borrow_mut()[self.number]);
    }

    fn end(&self, end: End) {
        let at = self.members.time();
        self.write(|member| member.end = Some((end, at)));
    }

    async fn run(self, behaviour: Behaviour) -> Outcome {
        self.write(|member| member.began = true);
        self.members.tasks.borrow_mut()[self.number] = current_task();
        let body = async {
            for _ in 0..behaviour.yields {
                yield_now().await;
            }
            if behaviour.sleeps > 0 {
                sleep(ms(behaviour.sleeps)).await;
            }
        };
        match behaviour.clean_up {
            None => body.await,
            Some(clean_up) => {
                if let Err(cancelled) = catch_cancel(body).await {
                    let at = self.members.time();
                    self.write(|member| member.struck = Some(at));
                    sleep(ms(clean_up)).await;
                    self.end(End::CleanedUp);
                    cancelled.raise().await;
                }
            }
        }
        match behaviour.fails {
            Fails::Never => {
                self.end(End::Returned);
                return Ok(self.number);
            }
            Fails::WithAnError => self.end(End::Failed),
            Fails::WithAPanic => {
                self.end(End::Failed);
                // Without the message that the panic hook would print.
                std::panic::resume_unwind(Box::new("it was to fail"));
            }
        }
        Err(self.number)
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        let at = self.members.time();
        self.write(|member| {
            member.gone = true;
            if member.began && member.end.is_none() {
                let end = match member.struck {
                    Some(_) => End::CutShort,
                    None => End::Dropped,
                };
                member.end = Some((end, at));
            }
        });
    }
}

impl Members {
    /// Makes an empty record on a loop whose time is `began`.
    pub fn new(began: Duration) -> Self {
        Members {
            began,
            ..Members::default()
        }
    }

    /// Returns the time since the start of the run, in milliseconds.
    pub fn time(&self) -> u64 {
        if Scheduler::current().map(|_| ()).is_some() {
            self.look_at(time().since_start());
        }
        self.now.get()
    }

    /// Sets the time of the run from a time of the loop.
    pub fn look_at(&self, time: Duration) {
        self.now.set((time - self.began).as_millis() as u64);
    }

    /// Makes a child as a future.
    pub fn future(&self, behaviour: Behaviour) -> LocalBoxFuture<'static, Outcome> {
        let number = self.entries.borrow().len();
        self.entries.borrow_mut().push(Member::default());
        self.tasks.borrow_mut().push(None);
        let entry = Entry {
            members: self.clone(),
            number,
        };
        entry.run(behaviour).boxed_local()
    }

    pub fn futures(&self, behaviours: &[Behaviour]) -> Vec<LocalBoxFuture<'static, Outcome>> {
        behaviours
            .iter()
            .map(|behaviour| self.future(*behaviour))
            .collect()
    }

    pub fn tasks(&self, behaviours: &[Behaviour]) -> Vec<Task<Outcome>> {
        behaviours
            .iter()
            .map(|behaviour| spawn(self.future(*behaviour)))
            .collect()
    }

    /// Returns the task of a child that runs and has not ended.
    pub fn task(&self, number: usize) -> Option<TaskRef> {
        let runs = self.entries.borrow().get(number)?.end.is_none();
        let task = self.tasks.borrow().get(number)?.clone();
        task.filter(|_| runs)
    }

    /// Returns all entries, in the order in which the children were made.
    pub fn entries(&self) -> Vec<Member> {
        self.entries.borrow().clone()
    }

    /// Returns the number of children that have begun and not ended.
    pub fn alive(&self) -> usize {
        let entries = self.entries.borrow();
        entries
            .iter()
            .filter(|member| member.began && member.end.is_none())
            .count()
    }
}

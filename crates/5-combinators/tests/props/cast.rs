//! The cast: children that write down what becomes of them.
//!
//! The problem: whether a combinator has left an orphan cannot be seen in what it
//! gives. So every child that a scene plays with has an entry in a book: whether
//! it was made, began, was struck by a cancel, how it ended and when, and whether
//! its future has gone.
//!
//! ```text
//!   made --begins--> runs --ends--> Returned, Failed
//!                      |
//!                      +--struck--> cleans up --> CleanedUp, or CutShort by a second cancel
//!                      +--dropped without a region of its own ------> Dropped
//! ```
//!
//! Invariant: an entry is closed by its future's drop, so that one which is never
//! closed is a leak.
//!
//! Read next: `scenes.rs`.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use futures::future::{FutureExt, LocalBoxFuture};
use groundup_combinators::executor::{current_task, sleep, spawn, time};
use groundup_combinators::task::{Scheduler, Task, TaskRef, catch_cancel, yield_now};

/// What a child gives: its number, as a success or as a failure.
pub type Outcome = Result<usize, usize>;

pub fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

/// What a child does.
#[derive(Clone, Copy, Debug)]
pub struct Role {
    /// How often it yields first.
    pub yields: u32,
    /// How long it sleeps then, in milliseconds; 0 is not at all.
    pub sleeps: u64,
    /// How long its clean-up takes; `None` for a child that has no region.
    pub clean_up: Option<u64>,
    pub fails: Fails,
}

/// How a child fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fails {
    Never,
    WithAnError,
    WithAPanic,
}

pub const fn role(yields: u32, sleeps: u64, clean_up: Option<u64>) -> Role {
    Role {
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

/// The entry of one child. Times are in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Part {
    pub began: bool,
    pub struck: Option<u64>,
    pub end: Option<(End, u64)>,
    pub gone: bool,
}

/// The book of all children of one run.
#[derive(Clone, Default)]
pub struct Cast {
    parts: Rc<RefCell<Vec<Part>>>,
    /// The tasks in which they run, once they have begun.
    tasks: Rc<RefCell<Vec<Option<TaskRef>>>>,
    /// When the loop was as old as this, the run began.
    pub began: Duration,
    /// The time when no loop runs on the thread.
    now: Rc<Cell<u64>>,
}

/// Closes a child's entry when its future goes.
struct Entry {
    cast: Cast,
    number: usize,
}

impl Entry {
    fn write(&self, write: impl FnOnce(&mut Part)) {
        write(&mut self.cast.parts.borrow_mut()[self.number]);
    }

    fn end(&self, end: End) {
        let at = self.cast.time();
        self.write(|part| part.end = Some((end, at)));
    }

    async fn play(self, role: Role) -> Outcome {
        self.write(|part| part.began = true);
        self.cast.tasks.borrow_mut()[self.number] = current_task();
        let act = async {
            for _ in 0..role.yields {
                yield_now().await;
            }
            if role.sleeps > 0 {
                sleep(ms(role.sleeps)).await;
            }
        };
        match role.clean_up {
            None => act.await,
            Some(clean_up) => {
                if let Err(cancelled) = catch_cancel(act).await {
                    let at = self.cast.time();
                    self.write(|part| part.struck = Some(at));
                    sleep(ms(clean_up)).await;
                    self.end(End::CleanedUp);
                    cancelled.raise().await;
                }
            }
        }
        match role.fails {
            Fails::Never => {
                self.end(End::Returned);
                return Ok(self.number);
            }
            Fails::WithAnError => self.end(End::Failed),
            Fails::WithAPanic => {
                self.end(End::Failed);
                // Without the message that the hook would print.
                std::panic::resume_unwind(Box::new("it was to fail"));
            }
        }
        Err(self.number)
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        let at = self.cast.time();
        self.write(|part| {
            part.gone = true;
            if part.began && part.end.is_none() {
                let end = match part.struck {
                    Some(_) => End::CutShort,
                    None => End::Dropped,
                };
                part.end = Some((end, at));
            }
        });
    }
}

impl Cast {
    /// A book of children that are yet to be made, on a loop of this age.
    pub fn new(began: Duration) -> Self {
        Cast {
            began,
            ..Cast::default()
        }
    }

    /// The time since the run began, in milliseconds.
    pub fn time(&self) -> u64 {
        if Scheduler::try_current(|_| ()).is_some() {
            self.look_at(time());
        }
        self.now.get()
    }

    /// The loop is of this age now.
    pub fn look_at(&self, time: Duration) {
        self.now.set((time - self.began).as_millis() as u64);
    }

    /// A child as a future.
    pub fn future(&self, role: Role) -> LocalBoxFuture<'static, Outcome> {
        let number = self.parts.borrow().len();
        self.parts.borrow_mut().push(Part::default());
        self.tasks.borrow_mut().push(None);
        let entry = Entry {
            cast: self.clone(),
            number,
        };
        entry.play(role).boxed_local()
    }

    pub fn futures(&self, roles: &[Role]) -> Vec<LocalBoxFuture<'static, Outcome>> {
        roles.iter().map(|role| self.future(*role)).collect()
    }

    pub fn tasks(&self, roles: &[Role]) -> Vec<Task<Outcome>> {
        roles.iter().map(|role| spawn(self.future(*role))).collect()
    }

    /// The task of a child that runs and has not ended.
    pub fn task(&self, number: usize) -> Option<TaskRef> {
        let runs = self.parts.borrow().get(number)?.end.is_none();
        let task = self.tasks.borrow().get(number)?.clone();
        task.filter(|_| runs)
    }

    /// All entries, in the order in which the children were made.
    pub fn parts(&self) -> Vec<Part> {
        self.parts.borrow().clone()
    }

    /// How many have begun and not ended.
    pub fn alive(&self) -> usize {
        let parts = self.parts.borrow();
        parts
            .iter()
            .filter(|part| part.began && part.end.is_none())
            .count()
    }
}

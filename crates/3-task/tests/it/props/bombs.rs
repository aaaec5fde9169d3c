//! Random programs in which everything panics in its drop.
//!
//! The problem: one task has several values of the user's: its output, its locals, what its future
//! has captured, its callbacks, the wakers at it, the payload of its panic. Each may panic in its
//! drop. If two of them were dropped one after the other, and the first panic unwound through the
//! second drop, the process would end.
//!
//! Invariant: a bomb panics once, with its number, and that number is seen once: in a report, or in
//! the error that the awaiter gets.
//!
//! Read next: `../props.rs`.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any, resume_unwind};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

use crate::drive::*;
use futures::FutureExt;
use groundup_task::{Local, Promise, Report, TaskError};
use proptest::prelude::*;

thread_local! {
    static MADE: Cell<u32> = const { Cell::new(0) };
    static FIRED: RefCell<Vec<u32>> = const { RefCell::new(Vec::new()) };
    static SEEN: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

static FIRST: Local<Rc<Bomb>> = Local::new();
static SECOND: Local<Rc<Bomb>> = Local::new();

/// Panics in its drop, with its number.
#[derive(Debug)]
struct Bomb(u32);

impl Bomb {
    fn new() -> Self {
        MADE.set(MADE.get() + 1);
        Bomb(MADE.get())
    }

    fn made_if(wanted: bool) -> Option<Rc<Bomb>> {
        wanted.then(|| Rc::new(Bomb::new()))
    }
}

impl Drop for Bomb {
    fn drop(&mut self) {
        FIRED.with_borrow_mut(|fired| fired.push(self.0));
        resume_unwind(Box::new(format!("<{}>", self.0)));
    }
}

impl fmt::Display for Bomb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an error")
    }
}

impl std::error::Error for Bomb {}

impl Wake for Bomb {
    fn wake(self: Arc<Self>) {
        std::mem::forget(self);
    }
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum End {
    Returns,
    Panics,
    Waits,
    IsCancelled,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Fate {
    Detached,
    Dropped,
    LookedAt,
    Cloned,
    Awaited,
}

/// One occupant of the loop, and which of its values are bombs.
#[derive(Clone, Debug)]
pub(crate) enum Plan {
    Task {
        end: End,
        fate: Fate,
        locals: usize,
        captured: bool,
        output: bool,
        callbacks: usize,
        wakers: usize,
    },
    Promise {
        /// Set to a value, failed, or left alone.
        set: Option<bool>,
        callbacks: usize,
        wakers: usize,
    },
    Call {
        locals: usize,
        from_elsewhere: bool,
    },
}

fn plan() -> impl Strategy<Value = Plan> {
    use {End::*, Fate::*};
    let end = prop::sample::select(vec![Returns, Panics, Waits, IsCancelled]);
    let fate = prop::sample::select(vec![Detached, Dropped, LookedAt, Cloned, Awaited]);
    let task = (
        end,
        fate,
        0..3usize,
        any::<bool>(),
        any::<bool>(),
        0..3usize,
        0..3usize,
    );
    let task =
        task.prop_map(
            |(end, fate, locals, captured, output, callbacks, wakers)| Plan::Task {
                end,
                fate,
                locals,
                captured,
                output,
                callbacks,
                wakers,
            },
        );
    let promise = (any::<Option<bool>>(), 0..3usize, 0..3usize);
    let promise = promise.prop_map(|(set, callbacks, wakers)| Plan::Promise {
        set,
        callbacks,
        wakers,
    });
    let call = (0..3usize, any::<bool>());
    let call = call.prop_map(|(locals, from_elsewhere)| Plan::Call {
        locals,
        from_elsewhere,
    });
    prop_oneof![4 => task, 2 => promise, 1 => call]
}

pub(crate) fn plans() -> impl Strategy<Value = (Vec<Plan>, usize)> {
    (prop::collection::vec(plan(), 1..6), 0..6usize)
}

fn arm_locals(count: usize) {
    for local in [&FIRST, &SECOND].into_iter().take(count) {
        local.set(Rc::new(Bomb::new()));
    }
}

/// Holds its bomb beside the code that ends it, so that nothing unwinds through the bomb.
struct Holding {
    captured: Option<Rc<Bomb>>,
    polls: u32,
    end: End,
    locals: usize,
    output: bool,
}

impl Future for Holding {
    type Output = Option<Rc<Bomb>>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let _ = &self.captured;
        self.polls += 1;
        if self.polls == 1 {
            arm_locals(self.locals);
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        match self.end {
            End::Returns => Poll::Ready(Bomb::made_if(self.output)),
            End::Panics if self.output => panic_any(Bomb::new()),
            End::Panics => resume_unwind(Box::new("the step")),
            End::Waits | End::IsCancelled => Poll::Pending,
        }
    }
}

fn caught<R>(code: impl FnOnce() -> R) {
    if let Err(payload) = catch_unwind(AssertUnwindSafe(|| drop(code()))) {
        let text = payload.downcast_ref::<String>().cloned();
        SEEN.with_borrow_mut(|seen| seen.extend(text));
        std::mem::forget(payload);
    }
}

fn saw(error: TaskError) {
    if let TaskError::Panicked(panic) = &error {
        SEEN.with_borrow_mut(|seen| seen.push(panic.message().to_string()));
    }
}

/// Polls a future once with a waker that is a bomb.
fn poll_with_bomb(mut future: impl Future + Unpin) {
    let waker = Waker::from(Arc::new(Bomb::new()));
    let polled = future.poll_unpin(&mut Context::from_waker(&waker));
    caught(|| polled);
    caught(|| waker);
}

fn begin(plan: &Plan, kept: &mut Vec<Box<dyn FnOnce()>>) {
    match *plan {
        Plan::Task {
            end,
            fate,
            locals,
            captured,
            output,
            callbacks,
            wakers,
        } => {
            let captured = Bomb::made_if(captured);
            let mut task = spawn(Holding {
                captured,
                polls: 0,
                end,
                locals,
                output,
            });
            for _ in 0..callbacks {
                let bomb = Bomb::new();
                task.add_done_callback(move || {
                    let _ = &bomb;
                });
            }
            let mut clones: Vec<_> = (0..wakers).map(|_| task.clone()).collect();
            for clone in &mut clones {
                poll_with_bomb(clone);
            }
            kept.push(Box::new(move || {
                clones.into_iter().for_each(|clone| caught(|| drop(clone)))
            }));
            if let End::IsCancelled = end {
                let task = task.task_ref();
                call_soon(move || _ = task.cancel());
            }
            match fate {
                Fate::Detached => task.detach(),
                Fate::Dropped => kept.push(Box::new(move || drop(task))),
                Fate::LookedAt => kept.push(Box::new(move || {
                    task.with_output(|_| ());
                    drop(task);
                })),
                Fate::Cloned => {
                    let other = task.clone();
                    kept.push(Box::new(move || drop((task, other))));
                }
                Fate::Awaited => spawn(async move {
                    match (&mut task).await {
                        Ok(output) => caught(|| output),
                        Err(error) => saw(error),
                    }
                })
                .detach(),
            }
        }
        Plan::Promise {
            set,
            callbacks,
            wakers,
        } => {
            let promise = Promise::<Rc<Bomb>>::new();
            for _ in 0..callbacks {
                let bomb = Bomb::new();
                promise.add_done_callback(move || {
                    let _ = &bomb;
                });
            }
            let mut clones: Vec<_> = (0..wakers).map(|_| promise.clone()).collect();
            for clone in &mut clones {
                poll_with_bomb(clone);
            }
            match set {
                Some(true) => drop(promise.set_result(Rc::new(Bomb::new()))),
                Some(false) => drop(promise.set_exception(Bomb::new())),
                None => {}
            }
            kept.push(Box::new(move || {
                clones.into_iter().for_each(|clone| caught(|| drop(clone)))
            }));
            kept.push(Box::new(move || drop(promise)));
        }
        Plan::Call {
            locals,
            from_elsewhere,
        } => {
            let bomb = Bomb::new();
            if from_elsewhere {
                let call = Box::new(move || {
                    let _ = &bomb;
                });
                drop(scheduler().address().call_soon(call));
            } else {
                call_soon(move || {
                    arm_locals(locals);
                    {
                        let _ = &bomb;
                    };
                });
            }
        }
    }
}

/// Runs the plans for some rounds, lets go of the handles, and closes the loop.
pub(crate) fn run((plans, rounds): (Vec<Plan>, usize)) {
    FIRED.take();
    SEEN.take();
    let drive = Drive::new();
    // A report that is kept would keep its error.
    let note = |report: &Report| SEEN.with_borrow_mut(|seen| seen.push(report.message.clone()));
    drive.scheduler.set_exception_handler(Some(Rc::new(note)));
    let mut kept: Vec<Box<dyn FnOnce()>> = Vec::new();
    drive.run(async {
        plans.iter().for_each(|plan| begin(plan, &mut kept));
        pause(rounds).await;
        for let_go in kept {
            spawn(async move { let_go() }).detach();
            pause(1).await;
        }
    });
    drive.close();
    let seen = SEEN.take();
    for bomb in FIRED.take() {
        let number = format!("<{bomb}>");
        let times = seen.iter().filter(|text| text.contains(&number)).count();
        assert_eq!(times, 1, "bomb {bomb} in {seen:#?}");
    }
}

//! The statements of tasks: those that may suspend, and blocks.
//!
//! Invariants
//! 1. A block ends with `Err(Stop)`, with a returned value, or at its last line.
//! 2. A cancel is printed only where it is caught or ends a task. On its way it
//!    drops futures, and a drop prints nothing.
//!
//! Read next: `acting.rs`, the statements of tasks and callbacks.

use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use groundup::{catch_cancel, sleep, yield_now};

use crate::bound::{Bound, Outcome, Stop, Value};
use crate::interpreter::Run;
use crate::program::{Block, Name, Statement};
use crate::words::span;

/// How a block ended: with a returned value, at its last line, or stopped.
pub(crate) type Ran = Result<Option<Value>, Stop>;

/// The task and the handler in which a block runs.
#[derive(Clone, Copy)]
pub(crate) struct Scene<'a> {
    /// The task's label.
    pub(crate) who: &'a str,
    /// The error or cancel that the handler around it has caught.
    pub(crate) caught: Option<&'a Stop>,
}

impl Run {
    /// Runs a body in the running task and returns its value.
    pub(crate) async fn body(self: &Rc<Self>, who: &str, body: &str) -> Outcome {
        let body = self
            .scenario
            .body(body)
            .expect("a checked scenario has its bodies");
        let ran = self.block(Scene { who, caught: None }, &body.block).await?;
        Ok(ran.unwrap_or_else(|| "none".into()))
    }

    /// Runs the statements of a block, one after the other.
    pub(crate) fn block<'a>(
        self: &'a Rc<Self>,
        scene: Scene<'a>,
        block: &'a Block,
    ) -> Pin<Box<dyn Future<Output = Ran> + 'a>> {
        Box::pin(async move {
            for statement in block {
                self.step().await;
                if let Some(value) = self.statement(scene, statement).await? {
                    return Ok(Some(value));
                }
            }
            Ok(None)
        })
    }

    async fn statement(self: &Rc<Self>, scene: Scene<'_>, statement: &Statement) -> Ran {
        let who = scene.who;
        match statement {
            Statement::Plain(plain) => self.plain(who, plain)?,
            Statement::Yield => {
                yield_now().await;
                self.emit(who, "yield");
            }
            Statement::Sleep(us) => {
                sleep(Duration::from_micros(*us)).await;
                self.emit(who, &format!("sleep {}", span(*us)));
            }
            Statement::Await { into, handle } => {
                let waitable = self.waitable(handle)?;
                self.tally.count("await of", waitable.kind());
                let outcome = waitable.wait().await;
                self.deliver(who, &format!("await {handle}"), outcome, into)?;
            }
            Statement::Call { into, body } => {
                let outcome = self.body(who, body).await;
                self.deliver(who, &format!("call {body}"), outcome, into)?;
            }
            Statement::Return(word) => {
                let value = word
                    .as_ref()
                    .map_or(Ok("none".into()), |word| self.value(word));
                return value.map(Some);
            }
            Statement::Rethrow => {
                return Err(scene
                    .caught
                    .cloned()
                    .unwrap_or_else(|| Stop::error("NothingCaught")));
            }
            Statement::RaiseCancelled(reason) => {
                return Err(Stop::Cancelled(reason.as_deref().map(Arc::from)));
            }
            Statement::Try {
                block,
                cancelled,
                failed,
            } => {
                return self
                    .guarded(scene, block, cancelled.as_ref(), failed.as_ref())
                    .await;
            }
            Statement::Repeat { times, block } => {
                for _ in 0..*times {
                    if let Some(value) = self.block(scene, block).await? {
                        return Ok(Some(value));
                    }
                }
            }
            Statement::While { list, block } => {
                while !self.list(list)?.borrow().is_empty() {
                    self.step().await;
                    if let Some(value) = self.block(scene, block).await? {
                        return Ok(Some(value));
                    }
                }
            }
            Statement::Timeout {
                within,
                name,
                block,
            } => {
                return self.timeout(scene, *within, name.as_ref(), block).await;
            }
            Statement::On { object, method } => self.wait_on(who, object, *method).await?,
            Statement::Holding { object, block } => {
                return self.holding(scene, object, block).await;
            }
            Statement::Group { name, block } => return self.group(scene, name, block).await,
            Statement::Each {
                name,
                within,
                items,
                block,
            } => {
                return self.each(scene, name, *within, items, block).await;
            }
            Statement::Gather { into, items } => self.gather(who, items, into).await?,
            Statement::Outcomes { into, items } => self.outcomes(who, items, into).await?,
            Statement::Wait {
                into,
                mode,
                within,
                items,
            } => {
                self.wait(who, *mode, *within, items, into.as_ref()).await?;
            }
            Statement::WaitFor { into, within, item } => {
                self.wait_for(who, *within, item, into).await?;
            }
            Statement::Kept { set, mode, within } => self.kept(who, set, *mode, *within).await?,
            Statement::Shield { into, item } => self.shield(who, item, into).await?,
        }
        Ok(None)
    }

    /// Prints the outcome of an await, and binds its value.
    pub(crate) fn deliver(
        &self,
        who: &str,
        what: &str,
        outcome: Outcome,
        into: &Option<Name>,
    ) -> Result<(), Stop> {
        match &outcome {
            Ok(value) => self.emit(who, &format!("{what}: {value}")),
            Err(stop @ Stop::Error(_)) => self.emit(who, &format!("{what}: {stop}")),
            Err(Stop::Cancelled(_)) => {}
        }
        let value = outcome?;
        if let Some(name) = into {
            self.bind(name, Bound::Value(value));
        }
        Ok(())
    }

    async fn guarded(
        self: &Rc<Self>,
        scene: Scene<'_>,
        block: &Block,
        cancelled: Option<&Block>,
        failed: Option<&Block>,
    ) -> Ran {
        let ran = if cancelled.is_some() {
            let caught = catch_cancel(self.block(scene, block)).await;
            caught.unwrap_or_else(|cancelled| Err(Stop::cancelled(&cancelled)))
        } else {
            self.block(scene, block).await
        };
        let Err(stop) = ran else { return ran };
        let handler = if matches!(stop, Stop::Error(_)) {
            failed
        } else {
            cancelled
        };
        let Some(handler) = handler else {
            return Err(stop);
        };
        self.emit(scene.who, &format!("caught {stop}"));
        self.block(
            Scene {
                caught: Some(&stop),
                ..scene
            },
            handler,
        )
        .await
    }
}

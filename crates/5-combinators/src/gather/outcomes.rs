//! Outcomes: a gather in which failures are results.
//!
//! The problem: the failure of a child may concern that child only, and the caller wants the
//! results of the others all the same. asyncio has a flag for this, `return_exceptions`. Here
//! the output then has another type, so there is a second type of gather, made from the first.
//!
//! Invariant: the gather ends when all children have ended.
//!
//! Read next: `gather/result.rs`.

use std::rc::Rc;
use std::task::{Context, Poll};

use groundup_executor::task::{Awaitable, EachTold, Member, Scheduler, Task, TaskError, TaskRef};

use crate::gather::children::outcome;
use crate::gather::{Gather, Gathered};
use crate::members::member;

impl<T: 'static> Gather<Gathered<T>> {
    /// Makes failures and cancels items of the list, and waits for all children.
    ///
    /// ```text
    /// gather([a, b]).return_exceptions().await  ->  Vec of Ok(value) | Err(TaskError)
    /// ```
    ///
    /// Call it before a child fails: a [handle](Gather::handle) taken from a gather that has
    /// failed stays done and cancels nothing any more.
    ///
    /// ```
    /// # mod groundup { pub use groundup_combinators::{*, executor::*}; }
    /// use groundup::{gather, run, spawn};
    ///
    /// let outcomes = run(async {
    ///     let (task, cancelled) = (spawn(async { 1 }), spawn(async { 2 }));
    ///     cancelled.cancel();
    ///     gather([task, cancelled]).return_exceptions().await
    /// });
    /// assert_eq!(*outcomes[0].as_ref().unwrap(), 1);
    /// assert!(outcomes[1].as_ref().unwrap_err().is_cancelled());
    /// ```
    pub fn return_exceptions(mut self) -> GatherOutcomes<T> {
        self.result.collect();
        self.promise = self.result.promise();
        GatherOutcomes { gather: self }
    }
}

/// Awaits the outcomes of all children; [`Gather::return_exceptions`] returns it.
#[must_use = "futures do nothing unless awaited"]
#[derive(Debug)]
pub struct GatherOutcomes<T: 'static> {
    gather: Gather<Gathered<T>>,
}

impl<T: 'static> Awaitable for GatherOutcomes<T> {
    type Output = Vec<Result<T, TaskError>>;

    fn poll_output(&mut self, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let gather = &mut self.gather;
        gather.poll_end(cx).map(|_| {
            // However the gather has ended, each member has an outcome of its own.
            let members = gather.result.members.members.take();
            let outcomes: EachTold<_> = members.into_iter().map(outcome).collect();
            outcomes.into_vec()
        })
    }
}

impl<T: 'static> Member for GatherOutcomes<T> {
    type Value = Vec<Result<T, TaskError>>;

    fn original(&self) -> &TaskRef {
        self.gather.promise.original()
    }

    fn outcome(output: Self::Output) -> Result<Self::Value, TaskError> {
        Ok(output)
    }

    fn output(outcome: Result<Self::Value, TaskError>) -> Result<Self::Output, TaskError> {
        outcome
    }
}

impl<T: 'static> GatherOutcomes<T> {
    fn own_loop(&self) -> &Rc<Scheduler> {
        self.gather.promise.original().scheduler()
    }

    #[track_caller]
    fn into_proxy(mut self, scheduler: &Rc<Scheduler>) -> Task<Vec<Result<T, TaskError>>> {
        self.gather.detached = true;
        scheduler.proxy(self)
    }
}

member! {
    [T: 'static] GatherOutcomes<T>, Vec<Result<T, TaskError>>, GatherOutcomes<T>
}

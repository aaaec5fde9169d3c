//! Members: what every combinator asks its members, and their kinds.
//!
//! The problem: in asyncio a gather, a shield and a child of a group are futures, so a program
//! can gather them, wait for them and shield them. Here each of the three types implements two
//! traits, as a promise does: `Awaitable` polls it, and `Member` names the task or promise with
//! which it ends. The rest is the same for all three, and the macro of this file writes it.
//!
//! | a member | how it is awaited | in `race` and `select` | in `gather`, `wait`, `shield`, ... |
//! |---|---|---|---|
//! | gather, shield, child | `x.await`, `&mut x` | in place | by a proxy, without a task |
//!
//! `members/child_ended.rs` has the failure of a child, which stands for an error of its group.
//! `members/woken.rs` has the wakers of many futures in one task, and `members/pairs.rs` has tuples.
//!
//! Invariant: a member type is no `Future` itself: a combinator would spawn it.
//!
//! Read next: `members/child_ended.rs`.

pub(crate) mod child_ended;
pub(crate) mod pairs;
pub(crate) mod woken;

use std::cell::Ref;

use groundup_executor::task::{Exit, Task, TaskRef};

/// Returns how a member has ended. A handle that has returned its outcome knows it still: such a member that
/// had failed counts as failed. A member that has gone, and of which nothing is known, counts as returned.
pub(crate) fn exit_of(member: Option<&TaskRef>) -> Exit {
    member.and_then(TaskRef::exit).unwrap_or(Exit::Returned)
}

/// Fetches the value of a member that is a proxy, before the value is looked at. That may call the
/// user's `Clone`, so the borrow of the members ends first.
pub(crate) fn fetch_value<T>(members: Ref<'_, Vec<Option<Task<T>>>>, member: u32) {
    let task = members.get(member as usize).and_then(Option::as_deref);
    let proxy = task.filter(|task| task.is_proxy() && exit_of(Some(task)) == Exit::Returned);
    let proxy = proxy.cloned();
    drop(members);
    proxy.inspect(TaskRef::fetch_output);
}

/// Makes an `Awaitable` type one that can be awaited and given to every combinator. `$member`
/// is the type that implements `Member` for it. The type has two methods: `own_loop`, which
/// returns its loop, and `into_proxy`, which returns the proxy.
macro_rules! member {
    ([$($parameters:tt)*] $type:ty, $value:ty, $member:ty $(, $($bounds:tt)+)?) => {
        impl<$($parameters)*> std::future::IntoFuture for $type $(where $($bounds)+)? {
            type Output = <$type as groundup_executor::task::Awaitable>::Output;
            type IntoFuture = groundup_executor::task::Await<$type>;

            fn into_future(self) -> Self::IntoFuture {
                groundup_executor::task::Await::new(self)
            }
        }

        impl<$($parameters)*> std::future::Future for &mut $type $(where $($bounds)+)? {
            type Output = <$type as groundup_executor::task::Awaitable>::Output;

            fn poll(
                mut self: std::pin::Pin<&mut Self>,
                cx: &mut std::task::Context<'_>,
            ) -> std::task::Poll<Self::Output> {
                groundup_executor::task::Awaitable::poll_output(&mut **self, cx)
            }
        }

        impl<$($parameters)*> groundup_executor::task::Abandon for $type
        $(where $($bounds)+)? {
            type Output = <$type as groundup_executor::task::Awaitable>::Output;
            type Future = groundup_executor::task::Await<$type>;

            fn into_contender(self) -> Self::Future {
                groundup_executor::task::Await::new(self)
            }
        }

        impl<$($parameters)*> groundup_executor::task::IntoTask for $type
        $(where $($bounds)+)? {
            type Output = $value;
            type Awaited = <$type as groundup_executor::task::Awaitable>::Output;
            type Future = groundup_executor::task::Await<$type>;

            #[track_caller]
            fn into_task(
                self,
                scheduler: &std::rc::Rc<groundup_executor::task::Scheduler>,
            ) -> groundup_executor::task::Task<Self::Output> {
                self.into_proxy(scheduler)
            }

            #[track_caller]
            fn into_member(
                self,
                admission: groundup_executor::task::Admission<'_>,
            ) -> (groundup_executor::task::Task<Self::Output>, bool) {
                let scheduler = admission.scheduler().clone();
                self.into_proxy(&scheduler).into_member(admission)
            }

            fn home(&self) -> Option<&std::rc::Rc<groundup_executor::task::Scheduler>> {
                Some(self.own_loop())
            }

            fn into_awaited(self) -> Self::Future {
                groundup_executor::task::Await::new(self)
            }

            fn awaited(
                outcome: Result<Self::Output, groundup_executor::task::TaskError>,
            ) -> Result<Self::Awaited, groundup_executor::task::TaskError> {
                <$member as groundup_executor::task::Member>::output(outcome)
            }
        }
    };
}

pub(crate) use member;

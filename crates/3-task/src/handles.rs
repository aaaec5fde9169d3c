//! Handles: what users hold of a task, a promise or a callback.
//!
//! The problem: a handle must be able to do four things, await, cancel, ask and
//! let go, and none of them may keep the memory of what it names from being used
//! again. So a handle is the scheduler and a ticket, and little more; when its task has
//! gone, the ticket fits nothing, and every question has an honest answer.
//!
//! ```text
//!   Task<T> ────derefs to──> TaskRef ─┬─ Rc<Scheduler> ──> core, waits, cancels, ...
//!   Promise<T> ───holds one────^      └─ ticket        ──> a slot, or nothing
//!   Handle ───────holds one────^      (a callback)
//!   a proxy is a Task<T> that stands for a Promise<T>, or for what ends with one
//! ```
//!
//! Invariant: a handle whose task has gone answers as one whose task is done.
//!
//! Who may touch what: a handle reaches a part through its scheduler. The words of the
//! scheduler that make a handle (`spawn`, `promise`, `call_soon`) stand on that
//! handle's page.
//!
//! Read next: `handles/task_ref.rs`.

pub(crate) mod awaitable;
pub(crate) mod callback;
pub(crate) mod deadlock;
pub(crate) mod local;
pub(crate) mod look;
mod naming;
pub(crate) mod promise;
mod promise_await;
pub(crate) mod proxy;
pub(crate) mod task;
pub(crate) mod task_ref;
mod task_value;

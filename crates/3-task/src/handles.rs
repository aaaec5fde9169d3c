//! Handles that users hold of a task, a promise or a callback.
//!
//! The problem: a handle must be able to await, to cancel, to ask for the state, and to be
//! dropped, also after the task has gone. So a handle never points to the memory of the task: it
//! is the scheduler and a ticket, and little more. A `TaskRef` keeps nothing. A `Task` keeps the
//! slot, which holds the value, until the value is taken or its last handle is dropped; a `Promise`
//! keeps it until its last handle is dropped. The ticket of a task that has gone fits no slot, and
//! each method still has a correct answer.
//!
//! ```text
//!   Task<T> ────derefs to──> TaskRef ─┬─ Rc<Scheduler> ──> core, trace, cancels, ...
//!   Promise<T> ───holds one────^      └─ ticket        ──> a slot, or nothing
//!   Handle ───────holds one────^      (a callback)
//!
//!   A proxy is a Task<T> that stands for a Promise<T>, or for a child, gather or shield,
//!   which ends when a promise in it ends (`handles/proxy.rs`).
//! ```
//!
//! The value of a task or promise lies in its slot, and not in a handle: `store.rs` says where. An
//! await registers the waiter's ticket at the slot (`wait.rs`), and the end of the task or promise
//! wakes it (`run/finish.rs`).
//!
//! Invariant: a handle whose task has gone answers as if its task were done.
//!
//! Access: a handle reaches a part through its scheduler. The methods of the scheduler that make
//! a handle (`spawn`, `promise`, `call_soon`) stand on that handle's page.
//!
//! Read next: `handles/task_ref.rs`.

pub(crate) mod awaitable;
pub(crate) mod callback;
pub(crate) mod deadlock;
pub(crate) mod local;
mod naming;
pub(crate) mod promise;
mod promise_await;
pub(crate) mod proxy;
pub(crate) mod task;
pub(crate) mod task_ref;
mod task_value;

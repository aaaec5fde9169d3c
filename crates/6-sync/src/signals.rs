//! Signals: a thing has happened, and tasks go on.
//!
//! The problem: a task can go on only when another task has done its part. Nothing is handed over
//! but the news. The objects of this folder differ in a signal that comes while no task waits:
//!
//! | file | a signal without a waiter | lets go on |
//! |---|---|---|
//! | `signals/event.rs` | stays until it is cleared | all |
//! | `signals/notify.rs` | one stays, for the next wait | the first one, or all that wait |
//! | `signals/barrier.rs` | is an arrival, and counts | all, when the last one has arrived |
//! | `signals/cancellation_token.rs` | stays for ever, also for all tokens beneath | all |
//!
//! Invariant: a task that waits was not signalled; it goes on one iteration after the signal.
//!
//! Read next: `signals/event.rs`.

pub(crate) mod barrier;
pub(crate) mod cancellation_token;
pub(crate) mod event;
pub(crate) mod notify;

pub use self::barrier::Barrier;
pub use self::barrier::arrival::BarrierWait;
pub use self::cancellation_token::CancellationToken;
pub use self::cancellation_token::guard::CancellationGuard;
pub use self::cancellation_token::wait::CancellationWait;
pub use self::event::{Event, EventWait};
pub use self::notify::{Notify, NotifyWait};

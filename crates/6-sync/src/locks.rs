//! Locks: who may go into a section of code that awaits.
//!
//! The problem: a task changes shared state in several steps, and awaits between them. The other
//! tasks must wait outside until the state is whole again. Each object of this folder decides how
//! many tasks are inside at a time, and lets the others in by their order in the line:
//!
//! | file | inside at a time |
//! |---|---|
//! | `locks/lock.rs` | one task |
//! | `locks/rw_lock.rs` | one task that changes the value, or any number that read it |
//! | `locks/semaphore.rs` | as many tasks as there are permits |
//! | `locks/condition.rs` | one task, which leaves its lock while it waits for a change |
//! | `locks/once_cell.rs` | one task, which makes a value that stays for ever |
//!
//! Invariants:
//! 1. A task that leaves lets the next one in, however it leaves: a guard or a permit is dropped.
//! 2. A newcomer waits behind the tasks that wait.
//!
//! Read next: `locks/lock/guard.rs`.

pub(crate) mod condition;
pub(crate) mod lock;
pub(crate) mod once_cell;
pub(crate) mod rw_lock;
pub(crate) mod semaphore;

pub use self::condition::{Condition, ConditionWait};
pub use self::lock::Lock;
pub use self::lock::acquire::Acquire;
pub use self::lock::guard::LockGuard;
pub use self::lock::owned::OwnedLockGuard;
pub use self::once_cell::OnceCell;
pub use self::rw_lock::RwLock;
pub use self::rw_lock::acquire::{RwLockRead, RwLockWrite};
pub use self::rw_lock::guard::{RwLockReadGuard, RwLockWriteGuard};
pub use self::semaphore::Semaphore;
pub use self::semaphore::bounded::BoundedSemaphore;
pub use self::semaphore::owned::OwnedPermit;
pub use self::semaphore::permit::{AcquirePermit, Permit};

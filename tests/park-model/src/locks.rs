//! The locks of floor 6, as a checker has them.
//!
//! The problem: `handover.rs` and `channel.rs` of floor 6 wait on locks with limits of real time. A
//! checker has locks of its own, and no clock. So this page defines the module `sync` that both sources
//! import, once for each checker.
//!
//! Invariant: a limit of zero is over when the other threads have run for a while, or at once. Every
//! other limit is never over.
//!
//! Read next: `handover.rs`.

/// Defines the module `sync` of floor 6, on the locks of a checker.
macro_rules! surroundings {
    ($checker:ident) => {
        #[allow(dead_code)]
        mod sync {
            use std::ops::{Deref, DerefMut};
            use std::time::Duration;

            pub(crate) struct Mutex<T>($checker::sync::Mutex<T>);

            pub(crate) struct MutexGuard<'a, T> {
                held: Option<$checker::sync::MutexGuard<'a, T>>,
                mutex: &'a Mutex<T>,
            }

            pub(crate) struct Condvar($checker::sync::Condvar);

            impl<T> Mutex<T> {
                pub(crate) fn new(value: T) -> Self {
                    Mutex($checker::sync::Mutex::new(value))
                }

                fn hold(&self) -> Option<$checker::sync::MutexGuard<'_, T>> {
                    Some(self.0.lock().expect("no model panics under the lock"))
                }

                pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
                    MutexGuard {
                        held: self.hold(),
                        mutex: self,
                    }
                }
            }

            impl<T> Deref for MutexGuard<'_, T> {
                type Target = T;
                fn deref(&self) -> &T {
                    self.held.as_ref().expect("it is locked")
                }
            }

            impl<T> DerefMut for MutexGuard<'_, T> {
                fn deref_mut(&mut self) -> &mut T {
                    self.held.as_mut().expect("it is locked")
                }
            }

            impl Condvar {
                pub(crate) fn new() -> Self {
                    Condvar($checker::sync::Condvar::new())
                }
                pub(crate) fn notify_one(&self) {
                    self.0.notify_one();
                }
                pub(crate) fn notify_all(&self) {
                    self.0.notify_all();
                }
            }

            fn wait<T>(changed: &Condvar, guard: &mut MutexGuard<'_, T>) {
                let held = guard.held.take().expect("it is locked");
                guard.held = Some(changed.0.wait(held).expect("no model panics"));
            }

            /// Waits. With a limit of zero the wait is over when the other threads have run for a
            /// while, or at once.
            pub(crate) fn wait_at_most<T>(
                changed: &Condvar,
                guard: &mut MutexGuard<'_, T>,
                limit: Duration,
            ) -> bool {
                if limit.is_zero() {
                    drop(guard.held.take());
                    guard.held = guard.mutex.hold();
                    return true;
                }
                wait(changed, guard);
                false
            }

            pub(crate) fn wait_while<T>(
                changed: &Condvar,
                guard: &mut MutexGuard<'_, T>,
                mut waits: impl FnMut(&mut T) -> bool,
                _: Duration,
            ) {
                while waits(guard) {
                    wait(changed, guard);
                }
            }
        }
    };
}

pub(crate) use surroundings;

//! The woken list of floor 5, under both checkers.
//!
//! The problem: a thread writes a value and wakes a future, which another wake has listed already.
//! At this moment its owner begins the poll. If the poll misses the value and the wake lists
//! nothing, the future is never polled again.
//!
//! ```text
//!   crates/5-combinators/src/members/woken.rs ──┬── with the checker's atomics  must pass
//!                                               └── build.rs: one change        must fail
//! ```
//!
//! | program | property |
//! |---|---|
//! | `wakes_arrive` | the owner does not sleep for ever: some poll of the future sees the values of all threads |
//!
//! Invariant: the values have no order of their own (`Relaxed`): only the wakes order them.
//!
//! Read next: `crates/5-combinators/src/members/woken.rs`.

use std::task::{Wake, Waker};

use crate::models::must_fail;

/// Includes the forms of the woken list that `build.rs` has written.
macro_rules! list {
    ($whole:ident, $($broken:ident),+) => {
        #[allow(dead_code)]
        mod $whole {
            use super::std_sync;
            include!(concat!(env!("OUT_DIR"), "/", stringify!($whole), ".rs"));
        }
        $(
            #[allow(dead_code)]
            mod $broken {
                use super::std_sync;
                include!(concat!(env!("OUT_DIR"), "/woken_", stringify!($broken), ".rs"));
            }
        )+
    };
}

/// Compiles the woken list, as it is and broken, for one checker.
macro_rules! under {
    ($checker:ident, $check:expr, $threads:literal, $whole_check:expr, $($test:ident: $form:ident),+) => {
        mod $checker {
            use $checker::sync::Arc;
            use $checker::sync::atomic::{AtomicUsize, Ordering};
            use $checker::thread;

            use super::{Wake, Waker, must_fail};

            mod std_sync {
                pub(crate) use $checker::sync::atomic::{AtomicBool, Ordering};
                pub(crate) use $checker::sync::{Mutex, MutexGuard};
            }

            /// Unparks the owner of the list.
            struct Unparks(thread::Thread);

            impl Wake for Unparks {
                fn wake(self: std::sync::Arc<Self>) {
                    self.0.unpark();
                }
            }

            list!(woken, stored, never_reset, relaxed);

            /// Each of the threads adds to a value and wakes the future.
            macro_rules! wakes_arrive {
                ($list:ident) => {
                    wakes_arrive!($list, $check, $threads)
                };
                ($list:ident, $checked_by:expr, $number:literal) => {
                    $checked_by(|| {
                        let list = $list::WokenList::holding(vec![7_u8]);
                        let listed = $list::ListedWaker::new(&list, 7);
                        let value = Arc::new(AtomicUsize::new(0));
                        for _ in 0..$number {
                            let (value, waker) = (value.clone(), Waker::from(listed.clone()));
                            thread::spawn(move || {
                                value.fetch_add(1, Ordering::Relaxed);
                                waker.wake();
                            });
                        }
                        let owner = Waker::from(std::sync::Arc::new(Unparks(thread::current())));
                        loop {
                            let mut woken = Vec::new();
                            list.take(&mut woken, &owner);
                            woken.iter().for_each(|_| listed.begin_poll());
                            assert!(woken.len() <= 1, "the future is listed twice");
                            if !woken.is_empty() && value.load(Ordering::Relaxed) == $number {
                                listed.end();
                                break list.close();
                            }
                            thread::park();
                        }
                    })
                };
            }

            #[test]
            fn a_future_is_polled_after_its_only_wake() {
                wakes_arrive!(woken, $whole_check, 1);
            }

            #[test]
            fn a_future_is_polled_after_its_last_wake() {
                wakes_arrive!(woken);
            }

            $(
                #[test]
                fn $test() {
                    let test = stringify!($test);
                    let name = format!("woken::{}::{test}", stringify!($checker));
                    must_fail(&name, || wakes_arrive!($form));
                }
            )+
        }
    };
}

under!(
    loom,
    super::with_few_interruptions,
    2,
    loom::model,
    a_reset_that_acquires_nothing_loses_a_wake: stored,
    a_swap_that_acquires_nothing_loses_a_wake: relaxed,
    a_flag_that_is_never_reset_loses_a_wake: never_reset
);
// shuttle takes every ordering as the strongest, so it cannot find the first two.
under!(
    shuttle,
    super::check_by_chance,
    4,
    super::check_by_chance,
    a_flag_that_is_never_reset_loses_a_wake: never_reset
);

/// Checks all orders in which a thread is interrupted twice at most.
fn with_few_interruptions(program: impl Fn() + Send + Sync + 'static) {
    let mut builder = ::loom::model::Builder::new();
    builder.preemption_bound = Some(2);
    builder.check(program);
}

fn check_by_chance(program: impl Fn() + Send + Sync + 'static) {
    ::shuttle::check_random(program, 2_000);
}

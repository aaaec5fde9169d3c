//! The queue between loops, under both checkers.
//!
//! The problem: a put on one thread and a get on another meet. If the get finds no item and is not in
//! the line yet, or leaves with a notice that it does not pass on, an item lies in the queue and a
//! getter sleeps for ever.
//!
//! ```text
//!   crates/6-sync/src/fleet/channel.rs ──┬── as it is              must pass
//!                                        └── build.rs: one change  must fail
//! ```
//!
//! | program | property |
//! |---|---|
//! | `items_arrive` | each item of each producer arrives once; no thread sleeps for ever |
//! | `shut_down_beside` | a get and a put beside a shutdown end: with an item, or without |
//! | `left_beside` | if one of two getters leaves, the other gets the item |
//!
//! A thread that waits parks, and its waker unparks it. A getter that leaves is a thread that gives up
//! when its waker was called once, as a task that is cancelled with its notice.
//!
//! Invariant: one text has the tests of both checkers.
//!
//! Read next: `crates/6-sync/src/fleet/channel.rs`.

use std::task::{Wake, Waker};

use crate::models::{chance, few_interruptions, must_fail};

/// Includes a form of `channel.rs` that `build.rs` has written.
macro_rules! channels {
    ($($name:ident),*) => { $(
        #[allow(dead_code, unused_variables)]
        mod $name {
            include!(concat!(env!("OUT_DIR"), "/", stringify!($name), ".rs"));
        }
    )* };
}

/// Defines the three programs in a module, on one form of the queue.
macro_rules! programs {
    ($checker:ident, $name:ident, $channel:ident) => {
        #[allow(dead_code)]
        mod $name {
            use $checker::sync::Arc;
            use $checker::thread;

            use super::super::Waker;
            use super::Unparks;
            use super::$channel::{Channel, Found};

            fn own_waker() -> Waker {
                Waker::from(std::sync::Arc::new(Unparks(thread::current())))
            }

            fn wake(waker: Option<Waker>) {
                if let Some(waker) = waker {
                    waker.wake();
                }
            }

            /// Waits for an item; `None` if the queue was shut down.
            fn get(channel: &Channel<usize>) -> Option<usize> {
                let mut place = None;
                loop {
                    let (found, woken) = channel.get(&mut place, Some(own_waker()));
                    wake(woken);
                    match found {
                        Found::Done(item) => return Some(item),
                        Found::Shut => return None,
                        Found::Waits => thread::park(),
                    }
                }
            }

            /// Waits for room; false if the queue was shut down.
            fn put(channel: &Channel<usize>, item: usize) -> bool {
                let (mut place, mut item) = (None, Some(item));
                loop {
                    let (found, woken) = channel.put(&mut item, &mut place, Some(own_waker()));
                    wake(woken);
                    match found {
                        Found::Done(()) => return true,
                        Found::Shut => return false,
                        Found::Waits => thread::park(),
                    }
                }
            }

            /// Producers put so many items each into a queue with this capacity.
            pub(crate) fn items_arrive(producers: usize, each: usize, capacity: usize) {
                let channel = Arc::new(Channel::new(capacity));
                for producer in 0..producers {
                    let channel = channel.clone();
                    thread::spawn(move || {
                        for n in 0..each {
                            assert!(put(&channel, producer * each + n));
                        }
                    });
                }
                let mut items: Vec<_> = (0..producers * each)
                    .map(|_| get(&channel).expect("it is open"))
                    .collect();
                items.sort_unstable();
                assert!(
                    items.into_iter().eq(0..producers * each),
                    "each item arrives once"
                );
            }

            /// One thread gets and one puts while this one shuts the queue down.
            pub(crate) fn shut_down_beside() {
                let channel = Arc::new(Channel::new(1));
                let (gets, puts) = (channel.clone(), channel.clone());
                let getter = thread::spawn(move || get(&gets).is_some() as usize);
                let putter = thread::spawn(move || put(&puts, 1) as usize);
                channel.shut().into_iter().for_each(|waker| waker.wake());
                let (got, stored) = (getter.join().unwrap(), putter.join().unwrap());
                assert_eq!(got + channel.len(), stored, "each item arrives once");
            }

            /// Two getters wait, and one leaves when it was notified, or before.
            pub(crate) fn left_beside() {
                let channel = Arc::new(Channel::new(1));
                let (leaves, gets) = (channel.clone(), channel.clone());
                thread::spawn(move || {
                    let mut place = None;
                    let (found, woken) = leaves.get(&mut place, Some(own_waker()));
                    wake(woken);
                    if let Found::Done(item) = found {
                        assert!(put(&leaves, item)); // it had no time to leave
                    }
                    wake(leaves.leave_getters(place));
                });
                let getter = thread::spawn(move || get(&gets));
                assert!(put(&channel, 1));
                assert_eq!(getter.join().unwrap(), Some(1), "each item arrives once");
            }
        }
    };
}

/// Compiles the queue, as it is and broken, for one checker, with its tests.
macro_rules! under {
    ($checker:ident, $check:expr, $larger:expr, sizes $few:tt $many:tt) => {
        mod $checker {
            #[allow(unused_imports)] // each checker has its own of the first two
            use super::{chance, few_interruptions, Wake, must_fail};

            crate::locks::surroundings!($checker);

            #[allow(dead_code)]
            mod job_list {
                include!(concat!(env!("OUT_DIR"), "/job_list.rs"));
            }

            /// Unparks a thread that waits.
            struct Unparks($checker::thread::Thread);

            impl Wake for Unparks {
                fn wake(self: std::sync::Arc<Self>) {
                    self.0.unpark();
                }
            }

            channels!(channel, entered_in_two_steps, left_with_its_notice, shut_silently, took_silently);
            programs!($checker, whole, channel);
            programs!($checker, two_steps, entered_in_two_steps);
            programs!($checker, kept, left_with_its_notice);
            programs!($checker, silent, shut_silently);
            programs!($checker, no_room, took_silently);

            #[test]
            fn each_item_arrives_once() {
                $check(|| whole::items_arrive $few);
            }

            #[test]
            fn each_item_of_several_threads_arrives_once() {
                $larger(|| whole::items_arrive $many);
            }

            #[test]
            fn a_shutdown_ends_all_waits() {
                $check(whole::shut_down_beside);
            }

            #[test]
            fn a_getter_that_leaves_passes_its_notice_on() {
                $check(whole::left_beside);
            }

            #[test]
            fn entering_the_line_in_a_second_step_loses_an_item() {
                let name = "entering_the_line_in_a_second_step_loses_an_item";
                must_fail(&format!("{}::{name}", module_path!()), || {
                    $check(|| two_steps::items_arrive(1, 1, 1));
                });
            }

            #[test]
            fn leaving_with_the_notice_loses_an_item() {
                let name = "leaving_with_the_notice_loses_an_item";
                must_fail(&format!("{}::{name}", module_path!()), || {
                    $check(kept::left_beside);
                });
            }

            #[test]
            fn a_silent_shutdown_leaves_a_wait() {
                let name = "a_silent_shutdown_leaves_a_wait";
                must_fail(&format!("{}::{name}", module_path!()), || {
                    $check(silent::shut_down_beside);
                });
            }

            #[test]
            fn taking_an_item_silently_leaves_a_put() {
                let name = "taking_an_item_silently_leaves_a_put";
                must_fail(&format!("{}::{name}", module_path!()), || {
                    $check(|| no_room::items_arrive(1, 2, 1));
                });
            }
        }
    };
}

under!(
    loom,
    loom::model,
    few_interruptions,
    sizes(1, 2, 1)(2, 1, 1)
);
under!(shuttle, chance, chance, sizes(1, 5, 2)(3, 3, 2));

//! Compares the messages with the simplest model: a searched list.
//!
//! Invariants: no key is there twice, messages keep the order of their first post, and the cost
//! of a message does not depend on their number.
//!
//! Read next: `src/mailbox/messages.rs`.

use std::cell::Cell;

use proptest::prelude::*;

use super::messages::{Keyed, Messages};

thread_local! {
    static NOTIFIED: Cell<usize> = const { Cell::new(0) };
}

#[derive(Clone, Debug, PartialEq)]
struct Message(Option<u64>, usize);

impl Keyed for Message {
    fn key(&self) -> Option<u64> {
        NOTIFIED.set(NOTIFIED.get() + 1);
        self.0
    }
}

fn check(keys: Vec<Option<Option<u64>>>) {
    let (mut messages, mut model) = (Messages::new(), Vec::<Message>::new());
    let mut taken = Vec::new();
    for (number, key) in keys.into_iter().enumerate() {
        let Some(key) = key else {
            taken.clear();
            messages.take(&mut taken);
            assert_eq!(taken, model);
            model.clear();
            continue;
        };
        messages.put(Message(key, number));
        if key.is_none() || model.iter().all(|known| known.0 != key) {
            model.push(Message(key, number));
        }
        assert_eq!(messages.list, model);
    }
}

/// The most messages of a program: few in a build for debugging, which is slow with many.
const MOST: usize = if cfg!(debug_assertions) { 300 } else { 1000 };

mod props {
    use super::*;

    proptest! {
        /// Few and many keys, calls between them, and the box emptied now and then.
        #[test]
        fn a_message_with_a_key_is_there_once(
            keys in (1u64..300).prop_flat_map(|different| prop::collection::vec(
                prop_oneof![
                    1 => Just(None),
                    9 => Just(Some(None)),
                    90 => (0..different).prop_map(|key| Some(Some(key << 32 | key))),
                ],
                0..MOST,
            ))
        ) {
            check(keys);
        }
    }
}

#[test]
fn a_stamp_that_comes_round_finds_no_message_of_before() {
    let mut messages = Messages::new();
    for round in 0..3 {
        for key in 0..100 {
            messages.put(Message(Some(key), round));
        }
        let mut taken = Vec::new();
        messages.take(&mut taken);
        assert_eq!(taken.len(), 100);
        messages.index.as_mut().unwrap().stamp = u32::MAX - 1 + round as u32 % 2;
    }
}

/// The keys looked at per message stay the same, for any number of messages in any order.
#[test]
fn a_message_costs_the_same_however_many_there_are() {
    for tasks in [100u64, 1_000, 10_000, 100_000] {
        let mut messages = Messages::new();
        NOTIFIED.set(0);
        for _ in 0..3 {
            for task in 0..tasks {
                messages.put(Message(Some(7 << 52 | 5 << 32 | task), 0));
            }
        }
        assert_eq!(messages.list.len() as u64, tasks);
        let each = NOTIFIED.get() as u64 / (3 * tasks);
        assert!(each <= 12, "{each} keys looked at for each of {tasks}");
    }
}

//! Compares the messages with the simplest model: a searched list.
//!
//! Invariants: no key is there twice, messages keep the order of their first post, and the cost
//! of a message does not depend on their number.
//!
//! Read next: `src/mailbox/messages.rs`.

use std::cell::RefCell;

use proptest::prelude::*;

use super::messages::{Mail, Messages};

#[derive(Clone, Debug, PartialEq)]
enum Message {
    Key(u64),
    Other(usize),
}

/// Takes all messages out.
fn taken(messages: &mut Messages<usize>) -> Vec<Message> {
    let (mut mail, taken) = (Mail::default(), RefCell::new(Vec::new()));
    messages.take(&mut mail);
    let add = |message| taken.borrow_mut().push(message);
    mail.read(
        |key| add(Message::Key(key)),
        |other| add(Message::Other(other)),
    );
    taken.into_inner()
}

fn check(keys: Vec<Option<Option<u64>>>) {
    let (mut messages, mut model) = (Messages::new(), Vec::<Message>::new());
    for (number, key) in keys.into_iter().enumerate() {
        let Some(key) = key else {
            assert_eq!(taken(&mut messages), model);
            model.clear();
            continue;
        };
        let message = key.map_or(Message::Other(number), Message::Key);
        match &message {
            Message::Key(key) => messages.put_key(*key),
            Message::Other(number) => messages.put(*number),
        }
        if !model.contains(&message) {
            model.push(message);
        }
        assert_eq!(messages.mail.words.len(), model.len());
    }
    assert_eq!(taken(&mut messages), model);
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
                    90 => (1..=different).prop_map(|key| Some(Some(key << 32 | key))),
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
        for key in 1..=100 {
            messages.put_key(key);
        }
        assert_eq!(taken(&mut messages).len(), 100);
        messages.index.as_mut().unwrap().stamp = u32::MAX - 1 + round as u32 % 2;
    }
}

/// The keys looked at per message stay the same, for any number of messages in any order.
#[test]
fn a_message_costs_the_same_however_many_there_are() {
    for tasks in [100u64, 1_000, 10_000, 100_000] {
        let mut messages = Messages::<usize>::new();
        let keys = (0..tasks).map(|task| 7 << 52 | 5 << 32 | task);
        for key in keys.clone().cycle().take(3 * tasks as usize) {
            messages.put_key(key);
        }
        let (words, index) = (&messages.mail.words, messages.index.as_ref().unwrap());
        assert_eq!(words.len() as u64, tasks);
        // A search looks at every entry from the first to the one of its key.
        let looks = |key| {
            let found = index.find(key, words).unwrap() as u64;
            let entries = index.entries.len() as u64;
            (found + entries - index.first_entry(key) as u64) % entries + 1
        };
        let each = keys.map(looks).sum::<u64>() / tasks;
        assert!(each <= 12, "{each} keys looked at for each of {tasks}");
    }
}

//! Many orders, chosen at random and by priorities, of larger programs.
//!
//! The problem: loom checks every order, and so can check only small programs. shuttle
//! runs programs with more callers and more messages under thousands of orders. With PCT
//! it finds an error that needs only a few unlucky switches with a known probability.
//!
//! Invariant: the same programs as under loom, only larger.
//!
//! Read next: `woken.rs`.

crate::models::surroundings!(shuttle);

#[allow(dead_code)] // the models need not all of it
#[path = "../../../crates/3-task/src/mailbox/lent_mailbox.rs"]
mod lent_mailbox;
#[path = "../../../crates/3-task/src/mailbox/messages.rs"]
mod messages;
#[path = "../../../crates/3-task/src/mailbox/park.rs"]
mod park;

use crate::models::{chance, must_fail};

crate::models::broken!(
    emptied_first,
    looked_then_slept,
    rang_in_two_steps,
    rang_before_posting,
    looked_before_posting,
    admitted_outside,
    shut_unread,
    rose_deaf
);
crate::models::messages!(
    park,
    emptied_first,
    looked_then_slept,
    rang_in_two_steps,
    rang_before_posting,
    looked_before_posting,
    rose_deaf
);
crate::models::programs!(shuttle);
crate::models::places!(lent_mailbox, admitted_outside, shut_unread);

/// shuttle's `park` may return without an unpark, as the real one may.
const WAKES_ONLY_WHEN_UNPARKED: bool = false;

type Whole = park::Mailbox<u8>;
type WholeLentMailbox = lent_mailbox::LentMailbox<u8, thread::Thread>;

#[test]
fn four_callers_four_messages_each() {
    chance(|| messages_arrive::<Whole>(4, 4));
}

#[test]
fn a_loop_that_rises_by_itself_loses_no_message() {
    chance(|| a_sleep_that_ends_by_itself::<Whole>(4));
}

#[test]
fn a_message_to_a_closing_loop_comes_back_or_is_found() {
    chance(|| a_box_that_is_shut::<Whole>(4));
}

#[test]
fn a_mailbox_that_is_reopened_reads_no_message_of_another_loop() {
    chance(a_mailbox_that_is_reopened::<WholeLentMailbox>);
}

#[test]
fn emptying_the_box_before_answering_the_bell_loses_a_message() {
    must_fail(
        "under_shuttle::emptying_the_box_before_answering_the_bell_loses_a_message",
        || {
            chance(|| messages_arrive::<emptied_first::Mailbox<u8>>(4, 4));
        },
    );
}

#[test]
fn looking_and_then_sleeping_loses_a_wake() {
    must_fail(
        "under_shuttle::looking_and_then_sleeping_loses_a_wake",
        || {
            chance(|| messages_arrive::<looked_then_slept::Mailbox<u8>>(4, 4));
        },
    );
}

#[test]
fn ringing_in_two_steps_loses_or_doubles_a_wake() {
    must_fail(
        "under_shuttle::ringing_in_two_steps_loses_or_doubles_a_wake",
        || {
            chance(|| messages_arrive::<rang_in_two_steps::Mailbox<u8>>(4, 4));
        },
    );
}

#[test]
fn ringing_before_posting_loses_a_message() {
    must_fail(
        "under_shuttle::ringing_before_posting_loses_a_message",
        || {
            chance(|| messages_arrive::<rang_before_posting::Mailbox<u8>>(4, 4));
        },
    );
}

#[test]
fn looking_before_posting_loses_a_message() {
    must_fail(
        "under_shuttle::looking_before_posting_loses_a_message",
        || {
            chance(|| messages_arrive::<looked_before_posting::Mailbox<u8>>(4, 4));
        },
    );
}

#[test]
fn rising_deaf_loses_a_message() {
    must_fail("under_shuttle::rising_deaf_loses_a_message", || {
        chance(|| a_sleep_that_ends_by_itself::<rose_deaf::Mailbox<u8>>(4));
    });
}

#[test]
fn admitting_a_message_outside_the_box_gives_it_to_another_loop() {
    must_fail(
        "under_shuttle::admitting_a_message_outside_the_box_gives_it_to_another_loop",
        || {
            chance(a_mailbox_that_is_reopened::<admitted_outside::LentMailbox<u8, thread::Thread>>);
        },
    );
}

#[test]
fn shutting_a_box_unread_gives_its_messages_to_another_loop() {
    must_fail(
        "under_shuttle::shutting_a_box_unread_gives_its_messages_to_another_loop",
        || {
            chance(a_mailbox_that_is_reopened::<shut_unread::LentMailbox<u8, thread::Thread>>);
        },
    );
}

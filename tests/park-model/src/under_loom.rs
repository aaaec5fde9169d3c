//! Every order of the atomic steps, as far as loom can tell them apart.
//!
//! The problem: a reader cannot see which orders matter. loom runs a small program again and
//! again until it has run all orders, and all values that the memory model allows an
//! atomic load to return. It does not model `SeqCst` fences between two variables; the
//! protocol has one variable, and needs none.
//!
//! Invariant: these programs are small (two callers, two messages), so that loom runs all
//! orders. Only for one larger program it runs just the orders with few interruptions.
//!
//! Read next: `under_shuttle.rs`, larger programs and chosen orders.

crate::models::surroundings!(loom);

#[allow(dead_code)] // the models need not all of it
#[path = "../../../crates/3-task/src/mailbox/lent_mailbox.rs"]
mod lent_mailbox;
#[path = "../../../crates/3-task/src/mailbox/messages.rs"]
mod messages;
#[path = "../../../crates/3-task/src/mailbox/park.rs"]
mod park;

use crate::models::must_fail;

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
crate::models::programs!(loom);
crate::models::places!(lent_mailbox, admitted_outside, shut_unread);

/// loom's `park` returns only after an unpark.
const WAKES_ONLY_WHEN_UNPARKED: bool = true;

fn check(program: impl Fn() + Send + Sync + 'static) {
    loom::model(program);
}

/// Checks all orders in which a thread is interrupted three times at most.
fn check_larger(program: impl Fn() + Send + Sync + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(3);
    builder.check(program);
}

type Whole = park::Mailbox<u8>;
type WholeLentMailbox = lent_mailbox::LentMailbox<u8, thread::Thread>;

#[test]
fn one_caller_one_message() {
    check(|| messages_arrive::<Whole>(1, 1));
}

#[test]
fn one_caller_two_messages() {
    check(|| messages_arrive::<Whole>(1, 2));
}

#[test]
fn two_callers_one_message_each() {
    check(|| messages_arrive::<Whole>(2, 1));
}

#[test]
#[ignore = "slow: cargo test --release --manifest-path tests/park-model/Cargo.toml -- --include-ignored"]
fn two_callers_two_messages_each() {
    check_larger(|| messages_arrive::<Whole>(2, 2));
}

#[test]
fn a_loop_that_rises_by_itself_loses_no_message() {
    check(|| a_sleep_that_ends_by_itself::<Whole>(1));
}

#[test]
#[ignore = "slow: cargo test --release --manifest-path tests/park-model/Cargo.toml -- --include-ignored"]
fn a_loop_that_rises_by_itself_loses_none_of_two_messages() {
    check(|| a_sleep_that_ends_by_itself::<Whole>(2));
}

#[test]
fn a_message_to_a_closing_loop_comes_back_or_is_found() {
    check(|| a_box_that_is_shut::<Whole>(2));
}

#[test]
fn a_mailbox_that_is_reopened_reads_no_message_of_another_loop() {
    check(a_mailbox_that_is_reopened::<WholeLentMailbox>);
}

#[test]
fn emptying_the_box_before_answering_the_bell_loses_a_message() {
    must_fail(
        "under_loom::emptying_the_box_before_answering_the_bell_loses_a_message",
        || {
            check(|| messages_arrive::<emptied_first::Mailbox<u8>>(2, 1));
        },
    );
}

#[test]
fn looking_and_then_sleeping_loses_a_wake() {
    must_fail("under_loom::looking_and_then_sleeping_loses_a_wake", || {
        check(|| messages_arrive::<looked_then_slept::Mailbox<u8>>(1, 1));
    });
}

#[test]
fn ringing_in_two_steps_loses_or_doubles_a_wake() {
    must_fail(
        "under_loom::ringing_in_two_steps_loses_or_doubles_a_wake",
        || {
            check(|| messages_arrive::<rang_in_two_steps::Mailbox<u8>>(2, 1));
        },
    );
}

#[test]
fn ringing_before_posting_loses_a_message() {
    must_fail("under_loom::ringing_before_posting_loses_a_message", || {
        check(|| messages_arrive::<rang_before_posting::Mailbox<u8>>(1, 1));
    });
}

#[test]
fn looking_before_posting_loses_a_message() {
    must_fail("under_loom::looking_before_posting_loses_a_message", || {
        check(|| messages_arrive::<looked_before_posting::Mailbox<u8>>(2, 1));
    });
}

#[test]
fn rising_deaf_loses_a_message() {
    must_fail("under_loom::rising_deaf_loses_a_message", || {
        check(|| a_sleep_that_ends_by_itself::<rose_deaf::Mailbox<u8>>(1));
    });
}

#[test]
fn admitting_a_message_outside_the_box_gives_it_to_another_loop() {
    must_fail(
        "under_loom::admitting_a_message_outside_the_box_gives_it_to_another_loop",
        || {
            check(a_mailbox_that_is_reopened::<admitted_outside::LentMailbox<u8, thread::Thread>>);
        },
    );
}

#[test]
fn shutting_a_box_unread_gives_its_messages_to_another_loop() {
    must_fail(
        "under_loom::shutting_a_box_unread_gives_its_messages_to_another_loop",
        || {
            check(a_mailbox_that_is_reopened::<shut_unread::LentMailbox<u8, thread::Thread>>);
        },
    );
}

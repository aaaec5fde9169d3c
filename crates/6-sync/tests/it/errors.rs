//! Each error says the cause and the cure.
//!
//! Invariants: the ones the tests are named after.
//!
//! Read next: `cpython.rs`.

use groundup_sync::{BroadcastError, NotAcquired, SendError, SenderDropped};

#[test]
fn each_error_says_the_cause_and_the_cure() {
    assert_eq!(
        NotAcquired.to_string(),
        "released although it is not acquired: release once for each acquire whose guard was kept, and \
         call task_done once for each item"
    );
    let dropped = "all senders were dropped, and no value will come: end the receiver, or find out why \
                   the sending task ended without a send";
    assert_eq!(SenderDropped.to_string(), dropped);
    assert_eq!(BroadcastError::Closed.to_string(), dropped);
    assert_eq!(
        BroadcastError::Lagged(3).to_string(),
        "the receiver missed 3 values, which newer ones have replaced: go on with the next value, or \
         give the broadcast a larger capacity"
    );
    assert_eq!(
        format!("{0:?}: {0}", SendError(1)),
        "SendError(..): no receiver is left, so the value was not sent: end the sender, or keep a \
         receiver as long as values are sent"
    );
}

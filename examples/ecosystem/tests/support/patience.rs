//! A limit for the tests of this workspace that wait.
//!
//! A test that hangs says for what it waits. The limit costs a test that passes no time.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use groundup::{call_later, current_loop, timeout};

/// Most time for a test.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// Awaits a test on the real clock, but not for ever. When its time is over, it panics with the wait of each
/// task.
pub(crate) async fn patiently<T>(test: impl Future<Output = T>) -> T {
    let waits = Rc::new(RefCell::new(String::new()));
    let told = waits.clone();
    // This task would say of itself that it is running. The callback finds it at its wait.
    let look = call_later(PATIENCE, move || {
        *told.borrow_mut() = current_loop().explain_all();
    });
    let ended = timeout(PATIENCE, test).await;
    look.cancel();
    ended.unwrap_or_else(|_| {
        let waits = waits.borrow();
        panic!("the test has not ended within {PATIENCE:?}:\n{waits}")
    })
}

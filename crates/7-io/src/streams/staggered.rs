//! A race whose runners start one after another.
//!
//! The problem: a host has several addresses, and some of them do not answer. One attempt after the
//! other waits for each silent one. All at once burdens every server. So the next attempt starts when
//! the one before has failed, or has taken longer than a delay. The first that succeeds wins, and the
//! others are dropped. (RFC 8305 calls this "happy eyeballs".)
//!
//! ```text
//!   first    ████████████████████░           dropped: the second has won
//!   second        ██████████✓
//!   third                                    never started
//!            |delay|
//! ```
//!
//! Invariants:
//! 1. Attempts start in their order, each at most a delay after the one before.
//! 2. When one has succeeded, no other is polled, and all are dropped.
//!
//! Read next: `streams/open_connection.rs`.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::Duration;

use groundup_sync::executor::sleep;

/// Starts the futures one after another, each as soon as the one before has failed, or `delay` after
/// its start. Returns the first value, or the errors of all, in the order in which they happened:
/// asyncio's `staggered_race`.
///
/// # Errors
///
/// All errors, if no future succeeds; an empty list, if there are no futures.
///
/// # Cancel safety
///
/// If it is dropped, the futures are dropped.
///
/// ```
/// # mod groundup { pub mod net { pub use groundup_io::*; } pub use groundup_io::executor::*; }
/// use std::time::Duration;
///
/// use groundup::net::staggered_race;
/// use groundup::{run_virtual, sleep, time};
///
/// run_virtual(async {
///     let secs = Duration::from_secs;
///     let attempts = [("silent", 100), ("quick", 2), ("last", 1)].map(|(name, takes)| async move {
///         sleep(secs(takes)).await;
///         Ok::<_, String>(name)
///     });
///     assert_eq!(staggered_race(attempts, secs(5)).await, Ok("quick"));
///     assert_eq!(time().since_start(), secs(7)); // 5 for the silent one, and 2
/// });
/// ```
pub async fn staggered_race<F, T, E>(
    futures: impl IntoIterator<Item = F>,
    delay: Duration,
) -> Result<T, Vec<E>>
where
    F: Future<Output = Result<T, E>>,
{
    let mut waiting = futures.into_iter();
    let mut running: Vec<Pin<Box<F>>> = Vec::new();
    let mut errors = Vec::new();
    loop {
        let next = waiting.next();
        let is_last = next.is_none();
        running.extend(next.map(Box::pin));
        if running.is_empty() {
            return Err(errors);
        }
        let mut stagger = pin!(sleep(delay));
        let won = poll_fn(|cx| {
            let failed = errors.len();
            let mut at = 0;
            while at < running.len() {
                match running[at].as_mut().poll(cx) {
                    Poll::Ready(Ok(value)) => return Poll::Ready(Some(value)),
                    Poll::Ready(Err(error)) => {
                        errors.push(error);
                        drop(running.remove(at));
                    }
                    Poll::Pending => at += 1,
                }
            }
            // After a failure the next one starts at once. After the last start there is no delay.
            if errors.len() > failed && (!is_last || running.is_empty()) {
                return Poll::Ready(None);
            }
            match is_last {
                true => Poll::Pending,
                false => stagger.as_mut().poll(cx).map(|()| None),
            }
        });
        if let Some(value) = won.await {
            return Ok(value);
        }
    }
}

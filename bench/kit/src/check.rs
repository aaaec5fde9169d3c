//! The check of a runtime, which the driver asks for before it measures.
//!
//! A number says nothing if the runtime behind it is one that no user has. A runtime
//! built without its driver never sleeps, for instance, and is fast in every row that
//! never waits. So each program is asked once whether it runs as its users run it.
//!
//! ```text
//!   runtime()       the system's own assertions: kind of driver, flavour, ...
//!   wait 30 ms      for a thread that wakes the loop: it must sleep meanwhile
//! ```
//!
//! Invariants: a system that fails its check is no column of a table.
//!
//! Read next: `meter.rs`.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use crate::meter::thread_ns;
use crate::{Program, Signal};

/// The time for which the loop has nothing to do.
const PAUSE: Duration = Duration::from_millis(30);

/// Asserts that the runtime is one that users have; returns its description.
pub(crate) fn check<P: Program>() -> String {
    let runtime = P::run(async { P::runtime() });
    if P::WAITS {
        P::run(sleep_until_woken());
    }
    runtime
}

/// Waits for another thread, and asserts that the loop slept and was woken.
async fn sleep_until_woken() {
    let signal = Arc::new(Signal::default());
    let raise = {
        let signal = Arc::clone(&signal);
        move || {
            thread::sleep(PAUSE);
            signal.raise(1);
        }
    };
    let before = thread_ns();
    let waking = thread::spawn(raise);
    signal.reached(1).await;
    let spent = Duration::from_nanos(thread_ns() - before);
    waking.join().expect("the waking thread ends well");
    assert!(
        spent < PAUSE / 10,
        "the loop does not sleep while it waits: {spent:?} of CPU time in {PAUSE:?}"
    );
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::task::{Context, Poll, Wake, Waker};

    use super::*;
    use crate::{Run, Sample, Work};

    /// Wakes a thread that is parked.
    struct Unpark(thread::Thread);

    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }

    /// A runtime that parks its thread, or only polls.
    struct Polls<const PARKS: bool>;

    impl<const PARKS: bool> Run for Polls<PARKS> {
        fn run<F: Future>(main: F) -> F::Output {
            let waker = Waker::from(Arc::new(Unpark(thread::current())));
            let mut main = pin!(main);
            loop {
                match main.as_mut().poll(&mut Context::from_waker(&waker)) {
                    Poll::Ready(output) => return output,
                    Poll::Pending if PARKS => thread::park(),
                    Poll::Pending => {}
                }
            }
        }
    }

    impl<const PARKS: bool> Program for Polls<PARKS> {
        const NAME: &str = "polls";

        fn runtime() -> String {
            "a loop".to_owned()
        }

        fn serve(_: &str, _: Work) -> Option<Sample> {
            None
        }
    }

    #[test]
    fn a_loop_that_sleeps_passes() {
        assert_eq!(check::<Polls<true>>(), "a loop");
    }

    #[test]
    #[should_panic(expected = "the loop does not sleep while it waits")]
    fn a_loop_that_never_sleeps_is_refused() {
        check::<Polls<false>>();
    }
}

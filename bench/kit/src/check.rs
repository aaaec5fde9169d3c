//! The check of a runtime, which the driver asks for before it measures.
//!
//! A number says nothing if the runtime behind it is one that no user has. A runtime
//! built without its driver never sleeps, for instance, and is fast in every row that
//! never waits. So each program is asked once whether it runs as its users run it.
//!
//! ```text
//!   runtime()       the system's own assertions on each of its runtimes: kind of driver,
//!                   a task that a thread wakes, a socket, a timer, ...
//!   wait 30 ms      for a thread that wakes the loop: it must sleep meanwhile
//! ```
//!
//! Invariants: a system that fails its check is no column of a table. A runtime that serves rows
//! is checked, also if it serves only those about sockets.
//!
//! Read next: `meter.rs`.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use crate::meter::thread_ns;
use crate::{Program, Signal};

/// The time for which the loop has nothing to do.
const PAUSE: Duration = Duration::from_millis(30);

/// Asserts that the runtime is one that users have; returns its description.
pub(crate) fn check<P: Program>() -> String {
    let runtime = P::runtime();
    if P::WAITS {
        P::run(woken_by_a_thread());
    }
    runtime
}

/// Returns true if this process has a descriptor of `kind` open: `eventpoll` or `io_uring`.
///
/// # Panics
///
/// If `/proc/self/fd` cannot be read: the check of a driver needs Linux.
#[must_use]
pub fn has_open(kind: &str) -> bool {
    let link = format!("anon_inode:[{kind}]");
    let open = fs::read_dir("/proc/self/fd")
        .expect("the check of a driver reads /proc/self/fd, so it needs Linux with /proc");
    open.filter_map(|open| fs::read_link(open.ok()?.path()).ok())
        .any(|open| open == Path::new(&link))
}

/// Waits for another thread, and asserts that the loop slept and was woken.
///
/// # Panics
///
/// If the loop did not sleep while it had nothing to do.
pub async fn woken_by_a_thread() {
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
            Self::run(async { "a loop".to_owned() })
        }

        fn serve(_: &str, _: Work) -> Option<Sample> {
            None
        }
    }

    #[test]
    fn a_descriptor_is_open_while_it_lives() {
        assert!(!has_open("eventpoll"));
        let descriptor = rustix::event::epoll::create(rustix::event::epoll::CreateFlags::CLOEXEC);
        assert!(descriptor.is_ok() && has_open("eventpoll"));
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

//! Deadlines for hyper.
//!
//! The problem: hyper names a deadline by an instant of the machine's clock. The loop has a clock of its
//! own, which may be virtual. So an instant here is a beginning, the same for the whole process, and the loop's
//! time after it.
//!
//! Invariant: two instants differ by exactly the loop's time between them.
//!
//! Read next: `web/http/server.rs`.

use std::future::Future;
use std::pin::Pin;
use std::sync::OnceLock;
use std::task::{Context, Poll};
use std::time::{Duration, Instant as StdInstant};

use groundup_sync::executor::{SleepTicket, sleep_ticket, time, try_iteration};
use hyper::rt::{Sleep, Timer};

/// The loop's timers, for the time-outs of hyper: of the header of a request, of a connection without
/// requests.
///
/// ```
/// # mod groundup { pub mod web { pub use groundup_io::*; } pub use groundup_io::executor::*; }
/// use groundup::web::HyperTimer;
/// use groundup::web::hyper::rt::Timer;
/// use groundup::{run_virtual, time};
/// use std::time::Duration;
///
/// run_virtual(async {
///     let deadline = HyperTimer.now() + Duration::from_secs(30);
///     HyperTimer.sleep_until(deadline).await;
///     assert_eq!(time().since_start(), Duration::from_secs(30));
/// });
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct HyperTimer;

impl Timer for HyperTimer {
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Sleep>> {
        Box::pin(HyperSleep(sleep_ticket(duration)))
    }

    fn sleep_until(&self, deadline: StdInstant) -> Pin<Box<dyn Sleep>> {
        self.sleep(deadline.saturating_duration_since(self.now()))
    }

    fn reset(&self, sleep: &mut Pin<Box<dyn Sleep>>, deadline: StdInstant) {
        let duration = deadline.saturating_duration_since(self.now());
        match sleep.as_mut().downcast_mut_pin::<HyperSleep>() {
            Some(sleep) => sleep.get_mut().0.reset(duration),
            None => *sleep = self.sleep(duration),
        }
    }

    fn now(&self) -> StdInstant {
        static BEGINNING: OnceLock<StdInstant> = OnceLock::new();
        let passed = try_iteration().map_or(Duration::ZERO, |_| time().since_start());
        *BEGINNING.get_or_init(StdInstant::now) + passed
    }
}

/// A sleep that is `Send + Sync`, as hyper demands.
struct HyperSleep(SleepTicket);

impl Future for HyperSleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        Pin::new(&mut self.0).poll(cx)
    }
}

impl Sleep for HyperSleep {}

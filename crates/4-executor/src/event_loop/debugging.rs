//! The options and questions of a loop that help to find faults.
//!
//! The problem: a program is slow, or hangs, or loses an error, and the developer wants to know
//! why, without a change of the program where that is possible. So debug mode is an option of the
//! builder, and a variable of the environment sets it for a program that does not. And a program that
//! leaks is asked what its loop still holds.
//!
//! Invariants:
//! 1. An option that the program sets wins over the environment.
//! 2. A question changes nothing.
//!
//! Read next: `remote.rs`, the loop from other threads.

use std::sync::OnceLock;
use std::time::Duration;

use groundup_task::trace::Counts;

use super::EventLoop;
use super::builder::Builder;

/// asyncio's threshold for a slow callback.
const SLOW: Duration = Duration::from_millis(100);

/// After how long a loop reports that it is idle, if the environment turns debug mode on.
const IDLE: Duration = Duration::from_secs(5);

/// How often a loop looks for circles, if the environment turns debug mode on.
pub(super) const CIRCLES: Duration = Duration::from_secs(1);

/// Returns what `GROUNDUP_DEBUG` sets for a loop that does not say: the threshold of slow steps,
/// and the time after which an idle loop is reported. The variable is read once.
///
/// # Panics
///
/// If its value is neither 0 nor 1.
pub(super) fn defaults() -> (Option<Duration>, Option<Duration>) {
    static ON: OnceLock<bool> = OnceLock::new();
    let on = *ON.get_or_init(|| match std::env::var_os("GROUNDUP_DEBUG") {
        None => false,
        Some(value) if value == "0" || value.is_empty() => false,
        Some(value) if value == "1" => true,
        Some(value) => panic!("GROUNDUP_DEBUG is {value:?}: set it to 1 or 0, or unset it"),
    });
    (on.then_some(SLOW), on.then_some(IDLE))
}

impl Builder {
    /// Turns debug mode on or off. In debug mode the loop reports slow steps, results that
    /// no awaiter took, and tasks that were pending when the loop was closed. asyncio's
    /// debug mode also checks threads and callables; here the types check these always. In debug mode, or
    /// with a trace, reports and `explain` also say where a task awaits.
    ///
    /// A step is slow from 100 ms on, unless [`slow_step`](Builder::slow_step) sets another
    /// threshold. The environment variable `GROUNDUP_DEBUG=1` turns debug mode on for every loop
    /// that does not set it, an [`idle_report`](Builder::idle_report) after 5 s, and a
    /// [`circle_report`](Builder::circle_report) each second. A loop with `debug(false)` has none of them.
    ///
    /// The report of a slow step names those that it has held up: tasks with a timer that is due when the
    /// step ends, by deadline, then tasks that were ready before the step began, in their order. It names
    /// five of them, and counts the others and the callbacks. Tasks that the step itself or an event
    /// outside makes ready are not among them.
    ///
    /// ```
    /// # mod groundup { pub use groundup_executor::*; }
    /// use std::time::Duration;
    ///
    /// use groundup::{EventLoop, block, sleep, spawn_named};
    ///
    /// let ms = Duration::from_millis;
    /// let event_loop = EventLoop::builder()
    ///     .virtual_time()
    ///     .debug(true)
    ///     .exception_handler(|report| {
    ///         let expected = "Executing computes took 0.150 seconds and held up \
    ///                         bell (due at 0.100 s) and worker (ready)";
    ///         assert_eq!(report.message, expected);
    ///     })
    ///     .build();
    /// event_loop.run_until_complete(async move {
    ///     let bell = spawn_named("bell", sleep(ms(100)));
    ///     spawn_named("computes", async move { block(ms(150)) }).detach();
    ///     spawn_named("worker", async {}).detach();
    ///     bell.await.unwrap();
    /// }).unwrap();
    /// ```
    #[must_use]
    pub fn debug(mut self, on: bool) -> Self {
        let slow = self.debug.flatten().unwrap_or(SLOW);
        self.debug = Some(on.then_some(slow));
        self
    }

    /// Turns [debug mode](Builder::debug) on, in which the loop reports every step that
    /// takes `threshold` or longer.
    ///
    /// ```
    /// # mod groundup { pub use groundup_executor::*; }
    /// use std::time::Duration;
    ///
    /// let event_loop = groundup::EventLoop::builder()
    ///     .slow_step(Duration::from_millis(5))
    ///     .build();
    /// assert!(event_loop.is_debug());
    /// ```
    #[doc(alias = "slow_callback_duration")]
    #[must_use]
    pub fn slow_step(mut self, threshold: Duration) -> Self {
        self.debug = Some(Some(threshold));
        self
    }

    /// Reports once if the loop, on the real clock, has nothing to do for as long as `after`:
    /// nothing is ready, no timer is set, and no [`Remote`](crate::Remote) is alive. The report
    /// names each task and its wait, as the error of a [deadlock](crate::RunError::Deadlock) does. The
    /// loop goes on waiting, since a thread that it does not know of may still wake a task.
    ///
    /// ```
    /// # mod groundup { pub use groundup_executor::*; }
    /// use std::time::Duration;
    ///
    /// use groundup::{EventLoop, stop};
    ///
    /// let event_loop = EventLoop::builder()
    ///     .idle_report(Duration::from_millis(1))
    ///     .exception_handler(|report| {
    ///         assert!(report.message.contains("Task-1 (spawned at"));
    ///         stop();
    ///     })
    ///     .build();
    /// event_loop.spawn(std::future::pending::<()>()).detach();
    /// event_loop.run_forever().unwrap();
    /// ```
    #[must_use]
    pub fn idle_report(mut self, after: Duration) -> Self {
        self.idle_report = Some(after);
        self
    }

    /// Reports tasks that wait for each other in a circle, while other tasks go on. The loop looks
    /// when it is about to park, at most once in each time of this length, on its own clock. If it has run
    /// since its last look, it parks no longer than until the next one is due; on virtual time, where a
    /// park moves the clock, it looks only before parks, and a loop that stands still ends with a
    /// [`Deadlock`](crate::task::Deadlock). A circle is reported once as long as it stands; if a look found it open, it is reported again. A look costs
    /// a look at each task.
    ///
    /// A circle counts if each of its tasks awaits the next one, or waits for a lock that the next one
    /// has, and for nothing else that the loop knows; and if no deadline that is armed cancels one of the
    /// tasks, by a [`CancelScope`](crate::task::CancelScope) around its wait or around an await of it in another task. So it stands
    /// until `cancel` is called for a task or a scope, or a deadline is set later. A lock that readers have makes no circle, since a
    /// task in line may be let in beside them. A circle can open by itself only if a task waits for a
    /// future of another crate as well, as in a `select`, or if it has passed the guard of its lock to
    /// another task.
    ///
    /// ```
    /// # mod groundup { pub use groundup_executor::*; pub use groundup_executor::task::Task; }
    /// use std::{cell::RefCell, rc::Rc, time::Duration};
    ///
    /// use groundup::{EventLoop, Task, sleep, spawn_named};
    ///
    /// let told = Rc::new(RefCell::new(String::new()));
    /// let copy = told.clone();
    /// let event_loop = EventLoop::builder()
    ///     .virtual_time()
    ///     .circle_report(Duration::from_secs(1))
    ///     .exception_handler(move |report| copy.borrow_mut().push_str(&report.message))
    ///     .build();
    /// event_loop.run_until_complete(async {
    ///     let slot: Rc<RefCell<Option<Task<()>>>> = Rc::default();
    ///     let other = slot.clone();
    ///     let a = spawn_named("a", async move {
    ///         sleep(Duration::from_secs(1)).await;
    ///         let b = other.take().unwrap();
    ///         b.await.unwrap();
    ///     });
    ///     *slot.borrow_mut() = Some(spawn_named("b", async { a.await.unwrap() }));
    ///     for _ in 0..5 {
    ///         sleep(Duration::from_secs(1)).await; // the heartbeat of a server
    ///     }
    /// }).unwrap();
    /// assert!(told.borrow().ends_with("a circle: a -> b -> a"), "{}", told.borrow());
    /// ```
    #[must_use]
    pub fn circle_report(mut self, every: Duration) -> Self {
        self.circle_report = Some(every);
        self
    }
}

/// Questions to a loop whose program may leak.
impl EventLoop {
    /// Counts the things that the loop holds now: tasks, promises, callbacks, timers, groups, scopes,
    /// and handles of other threads. When a program has come to rest and has dropped its handles, each
    /// count is zero. The cost is that of a look at each task and promise that lives, as in
    /// [`all_tasks`](EventLoop::all_tasks). From inside, ask [`current_loop`](crate::current_loop).
    ///
    /// ```
    /// # mod groundup { pub use groundup_executor::*; }
    /// use std::time::Duration;
    ///
    /// use groundup::{EventLoop, call_later, current_loop};
    ///
    /// let event_loop = EventLoop::builder().virtual_time().build();
    /// let promise = event_loop.create_promise::<u32>();
    /// event_loop
    ///     .run_until_complete(async {
    ///         call_later(Duration::from_secs(3600), || ());
    ///         assert_eq!(current_loop().counts().tasks, 1);
    ///     })
    ///     .unwrap();
    /// let counts = event_loop.counts();
    /// assert_eq!(counts.to_string(), "promises   1\ncallbacks  1\ntimers     1\n");
    /// drop(promise);
    /// event_loop.close().unwrap();
    /// assert!(event_loop.counts().is_zero());
    /// ```
    pub fn counts(&self) -> Counts {
        let mut counts = self.inner.scheduler().counts();
        counts.timers = self.timers();
        (counts.remotes, counts.jobs) = self.inner.callers().counts();
        counts.sources = self.inner.driver().sources();
        counts
    }

    /// Names each thing that may be a leak if the program has come to rest, with the place where it
    /// was made: a task, a promise, a callback, a timer, a group, a scope, and an end that no code has
    /// looked at. With each comes its kind, a word of [`Counts::accounts`]. If the loop has a trace, the
    /// task that has set a timer is named, too.
    ///
    /// ```
    /// # mod groundup { pub use groundup_executor::*; }
    /// use groundup::EventLoop;
    ///
    /// let event_loop = EventLoop::new();
    /// let promise = event_loop.create_promise::<u32>();
    /// let (kind, text) = event_loop.leftovers().remove(0);
    /// assert_eq!(kind, "promises");
    /// assert!(text.starts_with("promise 1 (made at "), "{text}");
    /// assert!(text.ends_with("), which is not set"), "{text}");
    /// drop(promise);
    /// assert!(event_loop.leftovers().is_empty());
    /// ```
    pub fn leftovers(&self) -> Vec<(&'static str, String)> {
        let timers = self.inner.timers().leftovers();
        self.inner.scheduler().leftovers(&timers)
    }
}

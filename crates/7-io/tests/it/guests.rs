//! The loop as a guest of a host.
//!
//! The problem: in a host, a program must run as it does under `run`: the same steps in the same
//! iterations, the same clean-up, the same end. And each misuse must be an error, and no hang.
//!
//! Invariant: the host is the test's own. Its clock jumps when the guest sleeps, and no test waits.
//!
//! Read next: `props.rs`.

use std::cell::{Cell, RefCell};
use std::future::{Future, pending, poll_fn};
use std::io::ErrorKind;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use futures::executor::{LocalPool, block_on};
use futures::task::LocalSpawnExt;
use groundup_io::combinators::join;
use groundup_io::executor::{
    CloseError, EventLoop, RunError, Runner, block, call_soon, current_loop, iteration, remote,
    run, sleep, spawn, spawn_named, stop, time,
};
use groundup_io::sync::Event;
use groundup_io::task::{Report, catch_cancel, yield_now};
use groundup_io::trace::{Event as TraceEvent, Verb};
use groundup_io::{Guest, Host, Network, TcpListener, TcpStream, UdpSocket, ctrl_c, run_in};

use crate::patience::Patience;

/// A host whose clock jumps when a sleep is polled for the second time.
#[derive(Clone, Default)]
struct Jumping {
    now: Rc<Cell<Duration>>,
    sleeps: Rc<Cell<usize>>,
    /// Each sleep ends after this part of its time.
    early: Rc<Cell<u32>>,
    /// The clock stands, and no sleep ends.
    stands: Rc<Cell<bool>>,
}

struct JumpingSleep {
    host: Jumping,
    until: Duration,
    polled: bool,
}

impl Future for JumpingSleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if self.host.stands.get() {
            return Poll::Pending;
        }
        if std::mem::replace(&mut self.polled, true) {
            self.host.now.set(self.host.now.get().max(self.until));
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

impl Host for Jumping {
    type Sleep = JumpingSleep;

    fn now(&self) -> Duration {
        self.now.get()
    }

    fn sleep(&self, duration: Duration) -> JumpingSleep {
        self.sleeps.set(self.sleeps.get() + 1);
        JumpingSleep {
            host: self.clone(),
            until: self.now.get()
                + (duration / self.early.get().max(1)).max(Duration::from_nanos(1)),
            polled: false,
        }
    }

    fn block(&self, duration: Duration) {
        self.now.set(self.now.get() + duration);
    }

    fn jumps(&self) -> bool {
        true
    }
}

fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// Counts the wakes of one poll.
#[derive(Default)]
struct Counting(AtomicUsize);

impl Wake for Counting {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// Polls once, with a waker of its own, and returns the waker's count.
fn poll_once<F: Future>(future: Pin<&mut F>) -> (Poll<F::Output>, Arc<Counting>) {
    let counting = Arc::new(Counting::default());
    let waker = Waker::from(counting.clone());
    (future.poll(&mut Context::from_waker(&waker)), counting)
}

fn woken(counting: &Counting) -> usize {
    counting.0.load(Ordering::Relaxed)
}

/// Tasks that yield, sleep, block, spawn, call, catch a cancel, and are left at the end.
async fn program() -> u64 {
    for n in 0..7u64 {
        let task = async move {
            for round in 0..n {
                match (n + round) % 5 {
                    0 => yield_now().await,
                    1 => sleep(Duration::from_millis(n * round)).await,
                    2 => drop(call_soon(|| ())),
                    3 => block(Duration::from_millis(1)),
                    _ => spawn(sleep(Duration::from_millis(3))).await.unwrap(),
                }
            }
            n
        };
        spawn_named(format!("task {n}"), task).detach();
    }
    let stays = async {
        let _ = catch_cancel(pending::<()>()).await;
        sleep(secs(2)).await; // its clean-up
    };
    spawn_named("stays", stays).detach();
    sleep(Duration::from_millis(9)).await;
    iteration()
}

/// The trace of a run, without the parks, of which a guest has none, and without the beginnings of
/// iterations, whose times differ: a guest begins one after its host has waited.
type Trace = Rc<RefCell<Vec<String>>>;

fn traced() -> (groundup_io::executor::Builder, Trace) {
    let trace = Trace::default();
    let copy = trace.clone();
    let builder = EventLoop::builder().trace(move |event: &TraceEvent| {
        if !matches!(event.verb, Verb::Park { .. } | Verb::Iteration) {
            copy.borrow_mut().push(event.to_string());
        }
    });
    (builder, trace)
}

#[test]
fn a_program_takes_the_steps_in_a_guest_that_it_takes_in_a_loop() {
    for seed in [None, Some(1), Some(2), Some(3)] {
        let seeded = |(builder, trace): (groundup_io::executor::Builder, Trace)| match seed {
            Some(seed) => (builder.seed(seed), trace),
            None => (builder, trace),
        };
        let (builder, expected) = seeded(traced());
        let runner = Runner::with_loop(builder.virtual_time().build());
        let value = runner.run(program()).unwrap();
        runner.close().unwrap();

        let (builder, seen) = seeded(traced());
        let guest = Guest::with_builder(Jumping::default(), builder);
        let ended = block_on(async {
            let value = guest.run(program()).await.unwrap();
            guest.close().await.unwrap();
            value
        });
        assert_eq!(ended, value);
        assert!(expected.borrow().len() > 100);
        for (seen, expected) in seen.borrow().iter().zip(expected.borrow().iter()) {
            assert_eq!(seen, expected, "seed {seed:?}");
        }
        assert_eq!(seen.borrow().len(), expected.borrow().len());
    }
}

#[test]
fn a_report_of_the_main_task_has_the_place_of_its_run() {
    // Of itself, a task says only that it is running.
    let explained = async || {
        let told = Rc::<RefCell<String>>::default();
        let copy = told.clone();
        call_soon(move || *copy.borrow_mut() = current_loop().explain_all());
        yield_now().await;
        told.take()
    };
    let guest = Guest::new(Jumping::default());
    let (by_function, by_guest, line) = (
        block_on(run_in(Jumping::default(), explained())),
        block_on(guest.run(explained())).unwrap(),
        line!(),
    );
    for (told, line) in [(by_function, line - 2), (by_guest, line - 1)] {
        let place = format!("(spawned at {}:{line}:", file!());
        assert!(told.contains(&place), "{told:?} has no {place:?}");
    }
}

#[test]
fn the_time_of_a_guest_is_the_hosts_and_begins_with_its_first_poll() {
    let host = Jumping::default();
    let main = run_in(host.clone(), async {
        let begun = time();
        sleep(secs(5)).await;
        block(secs(2));
        (begun.since_start(), time().since_start())
    });
    host.now.set(secs(100));
    assert_eq!(block_on(main), (Duration::ZERO, secs(7)));
    assert_eq!(host.now.get(), secs(107));
}

#[test]
fn a_wake_reaches_the_waker_of_the_last_poll_alone() {
    let gate = Rc::new(Event::new());
    let guest = Guest::new(Jumping::default());
    let remote = guest.event_loop().remote();
    let wait = gate.clone();
    let mut main = pin!(guest.run(async move { wait.wait().await }));
    let (first, before) = poll_once(main.as_mut());
    let (second, last) = poll_once(main.as_mut());
    assert!(first.is_pending() && second.is_pending());
    assert_eq!(
        (woken(&before), woken(&last)),
        (0, 0),
        "a guest with no work spins not"
    );
    for _ in 0..3 {
        remote.call_soon(|| ()).unwrap();
    }
    assert_eq!(
        (woken(&before), woken(&last)),
        (0, 1),
        "once for each sleep"
    );
    gate.set();
    let mut polls = 0;
    while poll_once(main.as_mut()).0.is_pending() {
        polls += 1;
    }
    assert!(polls < 3);
}

#[test]
fn a_thread_that_calls_wakes_the_host() {
    let (value, of_thread) = block_on(run_in(Jumping::default(), async {
        let remote = remote();
        let thread = std::thread::spawn(move || {
            let task = remote.spawn(|| async { 5 });
            task.wait().unwrap()
        });
        let patience = Patience::new();
        while !thread.is_finished() {
            patience.check(|| "the thread waits for its task".into());
            // The host's other work.
            let mut polled = false;
            poll_fn(|cx| {
                cx.waker().wake_by_ref();
                match std::mem::replace(&mut polled, true) {
                    true => Poll::Ready(()),
                    false => Poll::Pending,
                }
            })
            .await;
        }
        (1, thread.join().unwrap())
    }));
    assert_eq!((value, of_thread), (1, 5));
}

#[test]
fn a_guest_that_is_busy_lets_the_host_go_on_after_its_budget() {
    let mut pool = LocalPool::new();
    let turns = Rc::new(Cell::new(0));
    let steps = Rc::new(Cell::new(0));
    let (count, copy) = (steps.clone(), turns.clone());
    let busy = async move {
        spawn(async move {
            loop {
                count.set(count.get() + 1);
                yield_now().await;
            }
        })
        .detach();
        while copy.get() < 3 {
            yield_now().await;
        }
    };
    let host_side = turns.clone();
    let other = async move {
        for _ in 0..3 {
            host_side.set(host_side.get() + 1);
            let mut polled = false;
            poll_fn(|cx| {
                cx.waker().wake_by_ref();
                match std::mem::replace(&mut polled, true) {
                    true => Poll::Ready(()),
                    false => Poll::Pending,
                }
            })
            .await;
        }
    };
    pool.spawner().spawn_local(other).unwrap();
    pool.run_until(run_in(Jumping::default(), busy));
    assert_eq!(turns.get(), 3);
    assert!(steps.get() < 1000, "{} steps", steps.get());
}

#[test]
fn a_sleep_of_the_host_that_ends_early_is_made_again() {
    let host = Jumping::default();
    host.early.set(2);
    block_on(run_in(host.clone(), sleep(secs(1))));
    assert!(host.now.get() >= secs(1));
    assert!(
        (2..64).contains(&host.sleeps.get()),
        "{}",
        host.sleeps.get()
    );
}

#[test]
fn a_deadline_that_stays_keeps_its_sleep() {
    let host = Jumping::default();
    host.stands.set(true);
    let guest = Guest::new(host.clone());
    let remote = guest.event_loop().remote();
    let mut main = pin!(guest.run(sleep(secs(9))));
    let calls = Arc::new(AtomicUsize::new(0));
    for polls in 0..5 {
        let (polled, _) = poll_once(main.as_mut());
        assert!(polled.is_pending());
        assert_eq!(calls.load(Ordering::Relaxed), polls, "a call in each poll");
        let counted = calls.clone();
        let call = move || _ = counted.fetch_add(1, Ordering::Relaxed);
        remote.call_soon(call).unwrap();
    }
    assert_eq!(host.sleeps.get(), 1);
}

/// Counts the drops of its clones.
#[derive(Clone, Default)]
struct Dropped(Rc<Cell<usize>>);

impl Drop for Dropped {
    fn drop(&mut self) {
        self.0.set(self.0.get() + 1);
    }
}

#[test]
fn a_guest_that_is_dropped_midway_drops_its_tasks() {
    let drops = Rc::new(Cell::new(0));
    let (one, other) = (Dropped(drops.clone()), Dropped(drops.clone()));
    let mut whole = Box::pin(run_in(Jumping::default(), async move {
        let _one = one;
        spawn(async move {
            let _other = other;
            pending::<()>().await
        })
        .detach();
        pending::<()>().await
    }));
    assert!(poll_once(whole.as_mut()).0.is_pending());
    assert_eq!(drops.get(), 0);
    drop(whole);
    assert_eq!(drops.get(), 2);
    run(async {}); // and the thread is free for another loop
}

#[test]
fn a_run_that_is_dropped_cancels_its_main_and_leaves_the_guest_usable() {
    let guest = Guest::new(Jumping::default());
    let cleaned = Rc::new(Cell::new(false));
    let copy = cleaned.clone();
    {
        let mut main = pin!(guest.run(async move {
            let _ = catch_cancel(pending::<()>()).await;
            copy.set(true);
        }));
        assert!(poll_once(main.as_mut()).0.is_pending());
    }
    assert_eq!(block_on(guest.run(async { 5 })).unwrap(), 5);
    assert!(cleaned.get(), "it has cleaned up");
    block_on(guest.close()).unwrap();
    assert!(matches!(
        block_on(guest.run(async {})),
        Err(RunError::Closed)
    ));
}

#[test]
fn a_guest_in_a_run_of_ours_is_refused() {
    let guest = Guest::new(Jumping::default());
    let refused = run(async { (guest.run(async {}).await, guest.close().await) });
    assert!(
        matches!(refused.0, Err(RunError::AnotherLoopRuns)),
        "{:?}",
        refused.0
    );
    assert!(
        matches!(refused.1, Err(CloseError::AnotherLoopRuns)),
        "{:?}",
        refused.1
    );
    assert_eq!(block_on(guest.run(async { 5 })).unwrap(), 5);
}

#[test]
#[should_panic(expected = "run_in() cannot be awaited inside a running event loop")]
fn run_in_in_a_run_of_ours_panics() {
    run(run_in(Jumping::default(), async {}));
}

#[test]
fn one_run_at_a_time() {
    let guest = Guest::new(Jumping::default());
    let (first, second) = block_on(async {
        futures::join!(guest.run(sleep(secs(1))), async {
            (guest.run(async {}).await, guest.close().await)
        })
    });
    first.unwrap();
    assert!(matches!(second.0, Err(RunError::AlreadyRunning)));
    assert!(matches!(second.1, Err(CloseError::StillRunning)));
}

#[test]
#[should_panic(expected = "this event loop is the guest of a host")]
fn a_run_of_the_loop_itself_panics_where_it_would_block_the_host() {
    let guest = Guest::new(Jumping::default());
    let _ = guest.event_loop().run_until_complete(sleep(secs(1)));
}

#[test]
fn the_ends_of_main_are_those_of_a_runner() {
    let stopped = block_on(Guest::new(Jumping::default()).run(async {
        stop();
        pending::<()>().await
    }));
    assert!(matches!(stopped, Err(RunError::Stopped)), "{stopped:?}");
    let cancelled = block_on(Guest::new(Jumping::default()).run(async {
        groundup_io::executor::current_task().unwrap().cancel();
        pending::<()>().await
    }));
    assert!(
        matches!(cancelled, Err(RunError::Cancelled(_))),
        "{cancelled:?}"
    );
    let guest = Guest::new(Jumping::default());
    guest.event_loop().call_later(secs(1), stop);
    block_on(guest.run_forever()).unwrap();
    assert_eq!(guest.event_loop().time().since_start(), secs(1));
}

#[test]
#[should_panic(expected = "out of paper")]
fn a_panic_of_main_goes_on_in_the_host() {
    block_on(run_in(Jumping::default(), async {
        yield_now().await;
        panic!("out of paper");
    }));
}

#[test]
fn a_panic_of_a_task_is_reported_and_the_guest_goes_on() {
    let reports = Rc::<RefCell<Vec<String>>>::default();
    let told = reports.clone();
    let builder = EventLoop::builder().exception_handler(move |report: &Report| {
        told.borrow_mut().push(report.to_string());
    });
    let guest = Guest::with_builder(Jumping::default(), builder);
    let value = block_on(guest.run(async {
        drop(spawn(async { panic!("out of paper") }));
        sleep(secs(1)).await;
        5
    }));
    assert_eq!(value.unwrap(), 5);
    assert!(reports.borrow()[0].contains("out of paper"), "{reports:?}");
}

#[test]
fn a_clean_up_names_the_tasks_that_go_on() {
    let reports = Rc::<RefCell<Vec<String>>>::default();
    let told = reports.clone();
    let builder = EventLoop::builder().exception_handler(move |report: &Report| {
        told.borrow_mut().push(report.message.clone());
    });
    let guest = Guest::with_builder(Jumping::default(), builder);
    let closed = block_on(async {
        let main = guest.run(async {
            spawn_named("stubborn", async {
                loop {
                    let _ = catch_cancel(sleep(secs(1))).await;
                }
            })
            .detach();
            yield_now().await;
        });
        main.await.unwrap();
        guest.shutdown(secs(30)).await
    });
    let Err(CloseError::Unfinished(names)) = closed else {
        panic!("{closed:?}")
    };
    assert_eq!(names, ["stubborn".into()]);
    assert_eq!(reports.borrow().len(), 1);
    assert!(reports.borrow()[0].contains("stubborn"));
    assert!(guest.event_loop().is_closed());
}

#[test]
fn a_guest_never_reports_a_deadlock() {
    let guest = Guest::new(Jumping::default());
    let mut main = pin!(guest.run(pending::<()>()));
    for _ in 0..3 {
        let (polled, counting) = poll_once(main.as_mut());
        assert!(polled.is_pending());
        assert_eq!(woken(&counting), 0);
    }
}

#[test]
fn sockets_and_signals_of_ours_are_refused_in_a_guest_with_a_sentence_for_guests() {
    let guest = Guest::new(Jumping::default());
    let refused = async {
        [
            TcpListener::bind(([127, 0, 0, 1], 0)).map(drop),
            TcpStream::connect(([127, 0, 0, 1], 1)).await.map(drop),
            UdpSocket::bind(([127, 0, 0, 1], 0)).map(drop),
            ctrl_c().await,
        ]
    };
    for refused in block_on(guest.run(refused)).unwrap() {
        let error = refused.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        let text = error.to_string();
        assert!(
            text.starts_with("this loop is the guest of a host"),
            "{text}"
        );
        assert!(
            text.contains("use those of the host, such as `tokio::net`"),
            "{text}"
        );
        assert!(!text.contains("virtual time"), "{text}");
    }
    // In memory they need no host.
    let in_memory = guest.run(async {
        let _network = Network::new();
        let listener = TcpListener::bind(([127, 0, 0, 1], 80)).unwrap();
        let connects = TcpStream::connect(([127, 0, 0, 1], 80));
        let (accepted, connected) = join((listener.accept(), connects)).await;
        (accepted.is_ok(), connected.is_ok())
    });
    assert_eq!(block_on(in_memory).unwrap(), (true, true));
}

/// Polls a future `polls` times and drops it. Returns true if it has ended.
fn polled_and_dropped(future: impl Future, polls: usize) -> bool {
    let mut future = pin!(future);
    (0..polls).any(|_| poll_once(future.as_mut()).0.is_ready())
}

/// Makes each iteration longer than a poll, so that a poll of the host ends anywhere in it.
fn crowd() {
    fn again() {
        call_soon(again);
    }
    (0..300).for_each(|_| drop(call_soon(again)));
}

async fn some_yields() {
    for _ in 0..5 {
        yield_now().await;
    }
}

#[test]
fn a_run_that_is_dropped_at_any_poll_stops_no_later_run() {
    for polls in 0.. {
        let guest = Guest::new(Jumping::default());
        let ended = polled_and_dropped(
            guest.run(async {
                crowd();
                yield_now().await;
            }),
            polls,
        );
        let next = block_on(guest.run(some_yields()));
        assert!(next.is_ok(), "dropped after {polls} polls: {next:?}");
        if ended {
            assert!(polls > 1, "it ends in several polls");
            break;
        }
    }
}

#[test]
fn a_clean_up_that_is_dropped_at_any_poll_stops_no_later_run() {
    for polls in 0.. {
        let guest = Guest::new(Jumping::default());
        let main = guest.run(async {
            crowd();
            spawn(pending::<()>()).detach();
            yield_now().await;
        });
        block_on(main).unwrap();
        if polled_and_dropped(guest.close(), polls) {
            assert!(polls > 2, "it ends in several polls");
            break;
        }
        let next = block_on(guest.run(some_yields()));
        assert!(next.is_ok(), "dropped after {polls} polls: {next:?}");
    }
}

#[test]
fn a_task_that_stops_its_clean_up_again_and_again_does_not_keep_the_host() {
    let guest = Guest::new(Jumping::default());
    let main = guest.run(async {
        let stops = async {
            let _ = catch_cancel(pending::<()>()).await;
            for _ in 0..1000 {
                stop();
                yield_now().await;
            }
        };
        spawn(stops).detach();
        yield_now().await;
    });
    block_on(main).unwrap();
    let mut polls = 0;
    let mut close = pin!(guest.close());
    block_on(poll_fn(|cx| {
        polls += 1;
        close.as_mut().poll(cx)
    }))
    .unwrap();
    assert!(polls >= 1000, "{polls} polls");
}

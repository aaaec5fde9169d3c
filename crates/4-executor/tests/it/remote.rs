//! The loop from other threads.
//!
//! The problem: a loop belongs to one thread. A message from another thread must arrive,
//! once and in order, also while the loop sleeps, and must be returned when the loop is
//! closed. These tests are about moments that meet or do not meet.
//!
//! Invariant: no thread sleeps and none reads a clock. The threads wait for each other by
//! channels and joins, so that the order of the important moments is certain.
//!
//! Read next: `explain.rs`.

use std::cell::{Cell, RefCell};
use std::future::{pending, poll_fn};
use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;
use std::time::Duration;

use crate::support::log::{secs, virtual_loop};
use crate::support::watched_park::WatchedPark;
use futures::channel::oneshot;
use futures::executor::block_on;
use futures::future::{Either, select};
use groundup_executor::task::{ReportKind, Unpark, catch_cancel, yield_now};
use groundup_executor::trace::Recorder;
use groundup_executor::{
    AtWork, Driver, EventLoop, LoopClosed, Outside, Parked, Remote, RemoteError, RemoteHandle,
    RemoteTask, RunError, Virtual, call_soon, current_task, remote, sleep, spawn, stop,
};

/// Makes a loop on the real clock, and a channel that reports when it sleeps.
fn watched_loop() -> (EventLoop, Receiver<Option<Duration>>) {
    let (park, parks) = WatchedPark::new();
    (EventLoop::builder().driver(park).build(), parks)
}

/// Makes a loop on virtual time, and a channel that reports when it sleeps.
fn watched_virtual_loop() -> (EventLoop, Receiver<Option<Duration>>) {
    let (park, parks) = WatchedPark::over(Virtual::new());
    (EventLoop::builder().driver(park).build(), parks)
}

/// Sends its name over the channel when it is dropped.
struct Falls(Sender<&'static str>);

impl Drop for Falls {
    fn drop(&mut self) {
        self.0.send("dropped").unwrap();
    }
}

/// Runs `body` in a thread with a remote of the loop, and runs the loop until `body` returns.
fn run_beside<T: Send + 'static>(
    event_loop: &EventLoop,
    body: impl FnOnce(Remote) -> T + Send + 'static,
) -> T {
    let remote = event_loop.remote();
    let thread = thread::spawn(move || {
        let ends = remote.clone();
        let out = body(remote);
        ends.stop().unwrap();
        out
    });
    event_loop.run_forever().unwrap();
    thread.join().unwrap()
}

#[test]
fn a_remote_and_its_tasks_go_to_any_thread() {
    fn check<T: Send + Sync + Clone>() {}
    fn sent<T: Send + Sync>() {}
    check::<Remote>();
    check::<AtWork>();
    sent::<RemoteHandle>();
    sent::<RemoteTask<Cell<u8>>>();
    sent::<RemoteError>();
}

#[test]
fn a_function_that_is_sent_may_make_a_future_that_is_not_send() {
    let event_loop = virtual_loop();
    let task = event_loop.remote().spawn(async || {
        let mine = Rc::new(5);
        sleep(secs(1)).await;
        *mine
    });
    assert_eq!(event_loop.run_until_complete(task).unwrap(), Ok(5));
}

// ----- calls -------------------------------------------------------------

#[test]
fn calls_of_many_threads_all_run_and_those_of_each_in_order() {
    const CALLS: usize = 1000;
    let event_loop = virtual_loop();
    let ran: Arc<Mutex<Vec<(usize, usize)>>> = Arc::default();
    let call = |thread: usize| {
        let (remote, ran) = (event_loop.remote(), ran.clone());
        move || {
            for call in 0..CALLS {
                let ran = ran.clone();
                let push = move || ran.lock().unwrap().push((thread, call));
                remote.call_soon(push).unwrap();
            }
        }
    };
    let threads: Vec<_> = (0..4).map(|n| thread::spawn(call(n))).collect();
    let remote = event_loop.remote();
    let joins = thread::spawn(move || {
        threads
            .into_iter()
            .for_each(|thread| thread.join().unwrap());
        remote.stop().unwrap();
    });
    event_loop.run_forever().unwrap();
    joins.join().unwrap();
    let ran = ran.lock().unwrap();
    assert_eq!(ran.len(), 4 * CALLS);
    for thread in 0..4 {
        let calls = ran.iter().filter(|(by, _)| *by == thread);
        assert!(calls.map(|(_, call)| *call).eq(0..CALLS));
    }
}

#[test]
fn calls_that_came_before_the_run_are_made_in_its_first_iteration() {
    let event_loop = virtual_loop();
    let (remote, iterations) = (event_loop.remote(), Arc::new(AtomicUsize::new(0)));
    let seen = iterations.clone();
    let call = move || {
        let at = move || seen.store(groundup_executor::iteration() as usize, Ordering::Relaxed);
        remote.call_soon(at).unwrap();
    };
    thread::spawn(call).join().unwrap();
    event_loop.stop();
    event_loop.run_forever().unwrap();
    assert_eq!(iterations.load(Ordering::Relaxed), 1);
}

#[test]
fn a_call_from_a_task_of_the_loop_itself_is_a_call_like_another() {
    let event_loop = virtual_loop();
    let main = async {
        let (tell, told) = channel();
        remote().call_soon(move || tell.send(()).unwrap()).unwrap();
        assert!(told.try_recv().is_err());
        yield_now().await;
        told.try_recv().unwrap();
    };
    event_loop.run_until_complete(main).unwrap();
}

#[test]
fn calls_from_here_and_there_run_in_the_order_in_which_they_were_sent() {
    let event_loop = virtual_loop();
    let order: Arc<Mutex<Vec<&str>>> = Arc::default();
    let push = |what| {
        let order = order.clone();
        move || order.lock().unwrap().push(what)
    };
    let main = async {
        let here = remote();
        here.call_soon(push("here")).unwrap();
        let (there, first, second) = (remote(), push("there"), push("there again"));
        let sends = move || {
            there.call_soon(first).unwrap();
            there.call_soon(second).unwrap();
        };
        thread::spawn(sends).join().unwrap();
        here.call_soon(push("here again")).unwrap();
        call_soon(push("and here"));
        yield_now().await;
    };
    event_loop.run_until_complete(main).unwrap();
    let order = order.lock().unwrap();
    assert_eq!(
        *order,
        ["here", "there", "there again", "here again", "and here"]
    );
}

#[test]
fn a_call_of_another_thread_can_be_taken_back_until_it_is_made() {
    let event_loop = virtual_loop();
    let remote = event_loop.remote();
    let (tell, told) = channel();
    let sends = move || {
        let call = |falls: Falls| move || falls.0.send("called").unwrap();
        let [made, back] = [(), ()].map(|()| {
            let falls = Falls(tell.clone());
            remote.call_soon(call(falls)).unwrap()
        });
        assert_eq!(format!("{back:?}"), "<RemoteHandle waiting>");
        assert!(back.cancel() && !back.cancel());
        assert_eq!(format!("{back:?}"), "<RemoteHandle cancelled>");
        made
    };
    let made = thread::spawn(sends).join().unwrap();
    // The cancelled call was dropped before the loop read its mailbox.
    assert_eq!(told.try_iter().collect::<Vec<_>>(), ["dropped"]);
    event_loop.run_until_complete(async {}).unwrap();
    assert_eq!(told.iter().collect::<Vec<_>>(), ["called", "dropped"]);
    assert!(!made.cancel());
    assert_eq!(format!("{made:?}"), "<RemoteHandle called>");
}

#[test]
fn l09_a_call_can_be_taken_back_by_one_that_runs_before_it() {
    for at_home in [false, true] {
        let event_loop = virtual_loop();
        let remote = event_loop.remote();
        let handle: Arc<Mutex<Option<RemoteHandle>>> = Arc::default();
        let (copy, sender) = (handle.clone(), remote.clone());
        let sends = move || {
            let first = copy.clone();
            let cancels = move || assert!(first.lock().unwrap().take().unwrap().cancel());
            drop(sender.call_soon(cancels).unwrap());
            let second = sender.call_soon(|| panic!("taken back")).unwrap();
            *copy.lock().unwrap() = Some(second);
        };
        if at_home {
            event_loop.call_soon(sends);
        } else {
            thread::spawn(sends).join().unwrap();
        }
        event_loop.set_exception_handler(Some(Rc::new(|report| panic!("{report}"))));
        event_loop.run_until_complete(yield_now()).unwrap();
        assert!(handle.lock().unwrap().is_none());
    }
}

#[test]
fn l16_a_call_over_which_the_loop_is_closed_is_dropped_whoever_holds_its_handle() {
    let event_loop = virtual_loop();
    let (tell, told) = channel();
    let falls = Falls(tell);
    let handle = event_loop.remote().call_soon(move || drop(falls)).unwrap();
    event_loop.close().unwrap();
    assert_eq!(told.iter().collect::<Vec<_>>(), ["dropped"]);
    assert!(!handle.cancel());
}

#[test]
fn the_report_of_a_panic_names_the_place_from_which_it_was_sent() {
    let places = Rc::new(Cell::new(None));
    let copy = places.clone();
    let event_loop = EventLoop::builder()
        .virtual_time()
        .exception_handler(move |report| copy.set(report.place))
        .build();
    let remote = event_loop.remote();
    let line = line!() + 1;
    let sends = move || remote.call_soon(|| panic!("sent")).is_ok();
    thread::spawn(sends).join().unwrap();
    event_loop.stop();
    event_loop.run_forever().unwrap();
    let place = places.get().unwrap();
    assert_eq!((place.file(), place.line()), (file!(), line));
}

#[test]
fn a_closed_loop_gives_the_call_back_and_it_can_still_be_made() {
    let event_loop = virtual_loop();
    let remote = event_loop.remote();
    assert!(remote.is_open());
    let (tell, told) = channel();
    let lost = tell.clone();
    remote
        .call_soon(move || lost.send("lost").unwrap())
        .unwrap();
    event_loop.close().unwrap();
    assert!(!remote.is_open());
    let closed: LoopClosed<_> = remote
        .call_soon(move || tell.send("given back").unwrap())
        .unwrap_err();
    closed.into_inner()();
    assert_eq!(told.recv(), Ok("given back"));
    // The messages that the loop had collected were dropped, neither kept nor called.
    assert!(told.recv().is_err());
    let closed: LoopClosed<()> = remote.stop().unwrap_err();
    assert_eq!(
        closed.to_string(),
        "Event loop is closed: what was sent to it is in this error"
    );
    drop(event_loop);
    assert!(remote.call_soon(|| ()).is_err());
    assert_eq!(format!("{remote:?}"), "Remote { open: false }");
}

#[test]
fn a_remote_of_a_loop_that_has_gone_does_not_reach_the_next() {
    let first = virtual_loop();
    let remote = first.remote();
    drop(first);
    let loops: Vec<_> = (0..100).map(|_| virtual_loop()).collect();
    assert!(remote.call_soon(|| panic!("not for you")).is_err());
    for event_loop in loops {
        event_loop.stop();
        event_loop.run_forever().unwrap();
    }
}

// ----- sleeping and waking -----------------------------------------------

#[test]
fn a_plain_waker_wakes_a_loop_that_sleeps() {
    let (event_loop, parks) = watched_loop();
    let (tell, told) = oneshot::channel();
    let thread = thread::spawn(move || {
        assert_eq!(parks.recv().unwrap(), None);
        tell.send(5).unwrap();
    });
    assert_eq!(event_loop.run_until_complete(told).unwrap(), Ok(5));
    thread.join().unwrap();
}

#[test]
fn a_loop_that_sleeps_until_a_deadline_is_woken_before_it() {
    let (event_loop, parks) = watched_loop();
    let timer = event_loop.call_later(secs(1_000_000), || panic!("not today"));
    let (tell, told) = oneshot::channel();
    let thread = thread::spawn(move || {
        assert!(parks.recv().unwrap().is_some());
        tell.send(()).unwrap();
    });
    event_loop.run_until_complete(told).unwrap().unwrap();
    thread.join().unwrap();
    assert!(!timer.cancelled() && event_loop.timers() == 1);
}

#[test]
fn virtual_time_with_nothing_to_do_waits_as_long_as_somebody_may_call() {
    let event_loop = virtual_loop();
    let remote = event_loop.remote();
    let promise = event_loop.create_promise::<u8>();
    let (go, gone) = channel::<()>();
    let thread = thread::spawn(move || {
        gone.recv().unwrap();
        let fulfil = || {
            let waiting = current_task().is_none();
            assert!(waiting, "a callback is no task");
            stop();
        };
        remote.call_soon(fulfil).unwrap();
    });
    // Nothing is ready when this returns, and no deadlock was reported.
    event_loop.call_soon(move || go.send(()).unwrap());
    event_loop.run_forever().unwrap();
    thread.join().unwrap();
    assert_eq!(
        (event_loop.time().since_start(), promise.done()),
        (secs(0), false)
    );
    // Now no thread can call any more.
    let error = event_loop.run_until_complete(promise).unwrap_err();
    assert!(matches!(error, RunError::Deadlock(_)));
}

#[test]
fn virtual_time_jumps_on_while_a_remote_is_alive() {
    let event_loop = virtual_loop();
    let _remote = event_loop.remote();
    event_loop.run_until_complete(sleep(secs(1000))).unwrap();
    assert_eq!(event_loop.time().since_start(), secs(1000));
}

#[test]
fn virtual_time_stands_still_while_a_thread_is_at_work() {
    let (event_loop, parks) = watched_virtual_loop();
    let (at_work, (tell, told)) = (event_loop.remote().at_work(), oneshot::channel());
    let copy = at_work.clone();
    let job = thread::spawn(move || {
        // The loop has nothing to do, and a deadline to which it could jump.
        assert_eq!(parks.recv().unwrap(), Some(secs(60)));
        drop(copy);
        tell.send("computed").unwrap();
        drop(at_work);
    });
    let main = async {
        match select(told, Box::pin(sleep(secs(60)))).await {
            Either::Left((computed, _)) => computed.unwrap(),
            Either::Right(_) => "overtaken",
        }
    };
    assert_eq!(event_loop.run_until_complete(main).unwrap(), "computed");
    job.join().unwrap();
    assert_eq!(event_loop.time().since_start(), secs(0));
    // Then the loop goes on.
    event_loop.run_until_complete(sleep(secs(60))).unwrap();
    assert_eq!(event_loop.time().since_start(), secs(60));
}

/// A function to be called once.
type Once = Cell<Option<Box<dyn FnOnce()>>>;

/// A clock that jumps, and calls a function at its next reading.
#[derive(Default)]
struct Looked(Rc<Once>, Rc<Cell<u64>>);

impl Driver for Looked {
    fn now(&self) -> u64 {
        if let Some(act) = self.0.take() {
            act();
        }
        self.1.get()
    }

    fn park(&self, until: Option<u64>, outside: Outside, _: &mut dyn FnMut() -> bool) -> Parked {
        assert_ne!(outside, Outside::AtWork, "it would sleep for ever");
        let Some(until) = until else {
            return Parked::Stalled;
        };
        self.1.set(until);
        Parked::Awake
    }

    fn unpark(&self) -> Unpark {
        Arc::new(|| ())
    }

    fn block(&self, _: Duration) {}

    fn jumps(&self) -> bool {
        true
    }
}

// The loop has checked its mailbox, and then reads the counts. They are zero now, but a
// message has come meanwhile.
#[test]
fn a_result_and_the_end_of_the_work_at_once_are_no_timeout() {
    let driver = Looked::default();
    let looked = driver.0.clone();
    let event_loop = EventLoop::builder().driver(driver).build();
    let (at_work, (tell, told)) = (event_loop.remote().at_work(), oneshot::channel());
    let ends = move || {
        tell.send(()).unwrap();
        drop(at_work);
    };
    let main = async {
        // This runs when main has suspended, and nothing is ready.
        call_soon(move || {
            looked.set(Some(Box::new(move || {
                thread::spawn(ends).join().unwrap();
            })));
        });
        matches!(select(told, sleep(secs(60))).await, Either::Left(_))
    };
    assert!(event_loop.run_until_complete(main).unwrap());
    assert_eq!(event_loop.time().since_start(), secs(0));
}

#[test]
fn threads_that_come_and_go_are_no_iterations_of_a_loop_on_virtual_time() {
    let iterations = |with_threads: bool| {
        let (event_loop, parks) = watched_virtual_loop();
        let comes = with_threads.then(|| (event_loop.remote(), event_loop.remote().at_work()));
        let goes = thread::spawn(move || {
            if let Some((remote, at_work)) = comes {
                // The loop is notified, finds nothing, and sleeps again.
                parks.recv().unwrap();
                drop(remote);
                parks.recv().unwrap();
                drop(at_work);
            }
        });
        event_loop.run_until_complete(sleep(secs(60))).unwrap();
        goes.join().unwrap();
        (event_loop.iteration(), event_loop.time().since_start())
    };
    assert_eq!(iterations(true), iterations(false));
}

#[test]
fn a_remote_task_that_may_be_cancelled_is_no_deadlock() {
    let (event_loop, parks) = watched_virtual_loop();
    let remote = event_loop.remote();
    let promise = event_loop.create_promise::<&str>();
    let task = remote.spawn(async || {
        let _ = catch_cancel(pending::<()>()).await;
        call_soon(stop);
    });
    drop(remote);
    let cancels = thread::spawn(move || {
        parks.recv().unwrap();
        assert!(task.cancel());
    });
    let stopped = event_loop.run_until_complete(promise.clone()).unwrap_err();
    assert!(matches!(stopped, RunError::Stopped), "{stopped}");
    cancels.join().unwrap();
    // The task is dropped, and its handle with it: no thread can call any more.
    let error = event_loop.run_until_complete(promise).unwrap_err();
    assert!(matches!(error, RunError::Deadlock(_)));
}

#[test]
fn a_remote_task_that_cannot_call_any_more_hides_no_deadlock() {
    let event_loop = virtual_loop();
    let remote = event_loop.remote();
    let done = remote.spawn(async || 5);
    let awaited = remote.spawn(pending::<()>);
    drop(remote);
    // A handle that is awaited in the task's own loop does not cancel the task meanwhile.
    let error = event_loop.run_until_complete(awaited).unwrap_err();
    assert!(matches!(error, RunError::Deadlock(_)));
    assert!(done.done());
    let error = event_loop.run_until_complete(pending::<()>()).unwrap_err();
    assert!(matches!(error, RunError::Deadlock(_)));
}

#[test]
fn when_the_last_remote_goes_a_loop_that_waited_for_it_says_deadlock() {
    for remotes in [1, 3] {
        let event_loop = virtual_loop();
        let held: Vec<_> = (0..remotes).map(|_| event_loop.remote()).collect();
        let (go, gone) = channel::<()>();
        let threads: Vec<_> = held
            .into_iter()
            .map(|remote| thread::spawn(move || drop(remote)))
            .collect();
        let joins = thread::spawn(move || {
            gone.recv().unwrap();
            threads
                .into_iter()
                .for_each(|thread| thread.join().unwrap());
        });
        event_loop.call_soon(move || go.send(()).unwrap());
        let error = event_loop.run_forever().unwrap_err();
        assert!(matches!(error, RunError::Deadlock(_)), "{error}");
        joins.join().unwrap();
    }
}

#[test]
fn a_call_and_a_goodbye_at_once_lose_no_call() {
    for _ in 0..200 {
        let event_loop = virtual_loop();
        let (remote, ran) = (event_loop.remote(), Arc::new(AtomicUsize::new(0)));
        let count = ran.clone();
        let thread = thread::spawn(move || {
            let add = move || {
                count.fetch_add(1, Ordering::Relaxed);
            };
            remote.call_soon(add).unwrap();
        });
        let error = event_loop.run_forever().unwrap_err();
        assert!(matches!(error, RunError::Deadlock(_)));
        thread.join().unwrap();
        assert_eq!(ran.load(Ordering::Relaxed), 1);
    }
}

#[test]
fn a_million_wakes_of_one_task_while_the_loop_is_busy_are_one_poll() {
    let event_loop = virtual_loop();
    let polls = Rc::new(Cell::new(0));
    let (count, (give, waker)) = (polls.clone(), channel::<Waker>());
    event_loop
        .spawn(poll_fn(move |cx| {
            count.set(count.get() + 1);
            give.send(cx.waker().clone()).unwrap();
            Poll::<()>::Pending
        }))
        .detach();
    event_loop.run_until_complete(yield_now()).unwrap();
    let waker = waker.recv().unwrap();
    let main = async move {
        // This step keeps the loop busy until the flood is over.
        let flood = || (0..1_000_000).for_each(|_| waker.wake_by_ref());
        thread::scope(|scope| scope.spawn(flood).join().unwrap());
        yield_now().await;
        yield_now().await;
    };
    event_loop.run_until_complete(main).unwrap();
    assert_eq!(polls.get(), 2);
}

// ----- tasks -------------------------------------------------------------

#[test]
fn a_task_from_another_thread_can_be_waited_for() {
    let event_loop = virtual_loop();
    let value = run_beside(&event_loop, |remote| {
        let task = remote.spawn(async || {
            sleep(secs(3)).await;
            let inner = spawn(async { 5 });
            inner.await.unwrap()
        });
        task.wait()
    });
    assert_eq!((value, event_loop.time().since_start()), (Ok(5), secs(3)));
}

#[test]
fn a_task_from_another_thread_can_be_awaited_under_any_executor() {
    let event_loop = virtual_loop();
    let sum = run_beside(&event_loop, |remote| {
        let one = block_on(remote.spawn(async || 1)).unwrap();
        let other = virtual_loop();
        // That loop does not report a deadlock while this thread works.
        let task = remote.spawn(async || 2);
        let two = other.run_until_complete(task).unwrap().unwrap();
        one + two
    });
    assert_eq!(sum, 3);
}

#[test]
fn a_remote_task_can_be_awaited_in_its_own_loop() {
    let event_loop = virtual_loop();
    let main = async { remote().spawn(async || 7).await };
    assert_eq!(event_loop.run_until_complete(main).unwrap(), Ok(7));
}

#[test]
fn thousands_of_tasks_of_several_threads_all_give_their_value() {
    let event_loop = virtual_loop();
    let sum = run_beside(&event_loop, |remote| {
        let spawns = |thread: u64| {
            let remote = remote.clone();
            move || {
                let task = move |n: u64| async move {
                    sleep(Duration::from_millis(n % 7)).await;
                    thread * 1000 + n
                };
                let tasks: Vec<_> = (0..1000).map(|n| remote.spawn(move || task(n))).collect();
                tasks
                    .into_iter()
                    .map(|task| task.wait().unwrap())
                    .sum::<u64>()
            }
        };
        let threads: Vec<_> = (0..3).map(|n| thread::spawn(spawns(n))).collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .sum::<u64>()
    });
    assert_eq!(sum, (0..3000).sum());
}

#[test]
fn a_remote_task_is_cancelled_like_another() {
    let event_loop = virtual_loop();
    run_beside(&event_loop, |remote| {
        // While the task runs, it may clean up, and then ends as cancelled.
        let (began, begins) = channel();
        let (cleaned, cleans) = channel();
        let task = remote.spawn(async move || {
            began.send(()).unwrap();
            let cancelled = catch_cancel(pending::<()>()).await.unwrap_err();
            cleaned.send(()).unwrap();
            cancelled.raise().await;
        });
        begins.recv().unwrap();
        assert!(task.cancel());
        assert_eq!(task.wait(), Err(RemoteError::Cancelled));
        cleans.recv().unwrap();
        // Once the task is done, it is too late.
        let task = remote.spawn(async || 5);
        let done = block_on(async {
            let mut task = task;
            let value = (&mut task).await;
            (value, task.done(), task.cancel())
        });
        assert_eq!(done, (Ok(5), true, false));
    });
}

#[test]
fn a_remote_task_that_is_cancelled_before_it_began_never_runs() {
    let event_loop = virtual_loop();
    let remote = event_loop.remote();
    let task = remote.spawn(async || panic!("never polled"));
    assert!(task.cancel() && !task.done());
    event_loop.run_until_complete(sleep(secs(1))).unwrap();
    assert!(task.done() && !task.cancel());
    assert_eq!(task.wait(), Err(RemoteError::Cancelled));
}

#[test]
fn a_remote_task_that_panics_says_with_what() {
    let event_loop = virtual_loop();
    let error = run_beside(&event_loop, |remote| {
        remote.spawn(async || panic!("far away")).wait()
    });
    let error = error.unwrap_err();
    assert_eq!(error, RemoteError::Panicked("far away".into()));
    assert_eq!(error.to_string(), "the task panicked: far away");
}

#[test]
fn a_remote_task_whose_loop_is_closed_says_closed_whether_it_began_or_not() {
    let event_loop = virtual_loop();
    let remote = event_loop.remote();
    let began = remote.spawn(pending::<()>);
    event_loop.run_until_complete(yield_now()).unwrap();
    let waiting = remote.spawn(pending::<()>);
    // A thread waits for one of them when it happens.
    let (go, going) = channel();
    let waits = thread::spawn(move || {
        go.send(()).unwrap();
        began.wait()
    });
    going.recv().unwrap();
    event_loop.close().unwrap();
    assert_eq!(waits.join().unwrap(), Err(RemoteError::Closed));
    assert!(waiting.done() && !waiting.cancel());
    assert_eq!(waiting.wait(), Err(RemoteError::Closed));
    // A task that is spawned after the close ends as closed, too.
    let late = remote.spawn(pending::<()>);
    assert!(late.done());
    assert_eq!(block_on(late), Err(RemoteError::Closed));
}

#[test]
fn a_wait_with_a_limit_ends_with_the_limit_or_with_the_task() {
    let event_loop = virtual_loop();
    let mut task = event_loop.remote().spawn(async || 5);
    assert_eq!(task.wait_real_time(Duration::ZERO), None);
    event_loop.run_until_complete(yield_now()).unwrap();
    event_loop.run_until_complete(yield_now()).unwrap();
    assert_eq!(task.wait_real_time(Duration::ZERO), Some(Ok(5)));
    let again = task.wait_real_time(Duration::MAX);
    assert_eq!(again, Some(Err(RemoteError::Taken)));
    // The limit is only a limit: the task comes first, at its own speed.
    let value = run_beside(&event_loop, |remote| {
        let slow = async || sleep(secs(1_000_000)).await;
        remote.spawn(slow).wait_real_time(Duration::MAX)
    });
    assert_eq!(value, Some(Ok(())));
}

#[test]
fn a_remote_task_whose_handle_is_dropped_runs_on() {
    let event_loop = virtual_loop();
    let (tell, told) = channel();
    run_beside(&event_loop, move |remote| {
        drop(remote.spawn(async move || {
            yield_now().await;
            tell.send("ran").unwrap();
        }));
        assert_eq!(told.recv(), Ok("ran"));
    });
}

#[test]
fn a_panic_of_a_remote_task_whose_handle_is_dropped_is_reported() {
    let reports: Rc<RefCell<Vec<String>>> = Rc::default();
    let kept = reports.clone();
    let event_loop = EventLoop::builder()
        .virtual_time()
        .exception_handler(move |report| kept.borrow_mut().push(report.message.clone()))
        .build();
    drop(
        event_loop
            .remote()
            .spawn(async || panic!("no handle is left")),
    );
    event_loop
        .run_until_complete(sleep(Duration::from_secs(1)))
        .unwrap();
    let lost = "Task exception was never retrieved: it panicked: no handle is left";
    assert_eq!(*reports.borrow(), [lost]);
}

#[test]
fn waiting_for_a_remote_task_on_a_loops_own_thread_is_refused() {
    let event_loop = virtual_loop();
    let main = async {
        let task = remote().spawn(async || 5);
        task.wait()
    };
    let run = std::panic::AssertUnwindSafe(|| event_loop.run_until_complete(main));
    let payload = std::panic::catch_unwind(run).unwrap_err();
    let text = payload.downcast_ref::<&str>().unwrap();
    assert!(text.starts_with("RemoteTask::wait would block the event loop"));
    event_loop.run_until_complete(sleep(secs(1))).unwrap();
}

#[test]
fn of_several_wakers_the_last_is_woken() {
    struct Count(AtomicUsize);
    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
    let event_loop = virtual_loop();
    let mut task = event_loop.remote().spawn(async || 5);
    let counts = [0, 1].map(|_| Arc::new(Count(AtomicUsize::new(0))));
    let mut poll = |count: &Arc<Count>| {
        let waker = Waker::from(count.clone());
        std::pin::Pin::new(&mut task).poll(&mut Context::from_waker(&waker))
    };
    assert!(poll(&counts[0]).is_pending() && poll(&counts[1]).is_pending());
    event_loop.run_until_complete(sleep(secs(1))).unwrap();
    let woken = [&counts[0], &counts[1]].map(|count| count.0.load(Ordering::Relaxed));
    assert_eq!(woken, [0, 1]);
    assert_eq!(poll(&counts[0]), Poll::Ready(Ok(5)));
}

#[test]
fn a_value_that_was_taken_is_gone_and_the_error_says_so() {
    let event_loop = virtual_loop();
    let mut task = event_loop.remote().spawn(async || 5);
    let twice = event_loop.run_until_complete(async { ((&mut task).await, (&mut task).await) });
    assert_eq!(twice.unwrap(), (Ok(5), Err(RemoteError::Taken)));
    assert!(task.done() && !event_loop.is_closed());
    let error = task.wait().unwrap_err();
    assert_eq!(error, RemoteError::Taken);
    assert!(error.to_string().starts_with("the value was taken before"));
}

#[test]
fn the_trace_says_that_a_thread_was_the_cause() {
    let recorder = Recorder::new();
    let builder = EventLoop::builder().virtual_time();
    let event_loop = builder.trace(recorder.clone()).build();
    let (tell, told) = oneshot::channel();
    let remote = event_loop.remote();
    let (go, going) = channel();
    let thread = thread::spawn(move || {
        going.recv().unwrap();
        tell.send(()).unwrap();
        drop(remote);
    });
    let main = async move {
        // This runs when main has suspended.
        call_soon(move || go.send(()).unwrap());
        told.await.unwrap();
    };
    event_loop.run_until_complete(main).unwrap();
    thread.join().unwrap();
    let trace = recorder.text();
    assert!(trace.contains("Task-1        by thread"), "{trace}");
}

/// What becomes of the handle of a remote task that has panicked.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Unread {
    DroppedBeforeTheEnd,
    Dropped,
    DroppedByAThread,
    DroppedOutsideARun,
    DroppedByAThreadOutsideARun,
    Awaited,
    Waited,
}

#[test]
fn a_panic_of_a_remote_task_that_nobody_has_read_is_reported_once_wherever_the_handle_is_dropped() {
    use Unread::*;
    for unread in [
        DroppedBeforeTheEnd,
        Dropped,
        DroppedByAThread,
        DroppedOutsideARun,
        DroppedByAThreadOutsideARun,
        Awaited,
        Waited,
    ] {
        let told = Rc::new(RefCell::new(Vec::new()));
        let note = told.clone();
        let event_loop = EventLoop::builder()
            .virtual_time()
            .exception_handler(move |report| {
                let what = (
                    report.kind,
                    report.task.as_deref().map(String::from),
                    report.number,
                );
                note.borrow_mut().push((what, report.place.is_some()));
            })
            .build();
        let by_thread = |task: RemoteTask<()>| thread::spawn(move || drop(task)).join().unwrap();
        let kept = event_loop.run_until_complete(async {
            let task = remote().spawn(async || panic!("unread"));
            if unread == DroppedBeforeTheEnd {
                drop(task);
                sleep(secs(1)).await;
                return None;
            }
            sleep(secs(1)).await;
            assert!(task.done());
            match unread {
                Dropped => drop(task),
                DroppedByAThread => by_thread(task),
                Awaited => assert!(task.await.is_err()),
                _ => return Some(task),
            }
            sleep(secs(1)).await;
            None
        });
        match (unread, kept.unwrap()) {
            (DroppedOutsideARun, task) => drop(task),
            (DroppedByAThreadOutsideARun, Some(task)) => by_thread(task),
            (Waited, Some(task)) => assert!(task.wait().is_err()),
            _ => {}
        }
        drop(event_loop);
        let panic = (
            ReportKind::PanicNeverRetrieved,
            Some("Task-2".to_string()),
            2,
        );
        let expected = match unread {
            Awaited | Waited => vec![],
            _ => vec![(panic, true)],
        };
        assert_eq!(*told.borrow(), expected, "{unread:?}");
    }
}

#[test]
fn a_waker_that_drops_the_handle_and_panics_harms_neither_the_value_nor_the_loop() {
    struct Value(Sender<&'static str>);
    impl Drop for Value {
        fn drop(&mut self) {
            self.0.send("the value").unwrap();
            panic!("the value");
        }
    }
    struct Waiting(Mutex<Option<RemoteTask<Value>>>);
    impl Wake for Waiting {
        fn wake(self: Arc<Self>) {
            drop(self.0.lock().unwrap().take());
            panic!("the waker");
        }
    }
    let (tell, told) = channel();
    let kinds = Rc::new(RefCell::new(Vec::new()));
    let note = kinds.clone();
    let event_loop = EventLoop::builder()
        .virtual_time()
        .exception_handler(move |report| note.borrow_mut().push(report.kind))
        .build();
    let mut task = event_loop.remote().spawn(async move || {
        sleep(secs(1)).await;
        Value(tell)
    });
    let waiting = Arc::new(Waiting(Mutex::new(None)));
    let waker = Waker::from(waiting.clone());
    let polled = std::pin::Pin::new(&mut task).poll(&mut Context::from_waker(&waker));
    assert!(polled.is_pending());
    *waiting.0.lock().unwrap() = Some(task);
    event_loop.run_until_complete(sleep(secs(2))).unwrap();
    assert_eq!(told.iter().collect::<Vec<_>>(), ["the value"]);
    assert_eq!(
        *kinds.borrow(),
        [ReportKind::PanicInWaker, ReportKind::PanicInDrop]
    );
}

#[test]
fn handles_of_other_threads_and_threads_at_work_are_counted() {
    let event_loop = virtual_loop();
    let counts = || (event_loop.counts().remotes, event_loop.counts().jobs);
    let before = counts();
    let remote = event_loop.remote();
    let (copy, at_work) = (remote.clone(), remote.at_work());
    assert_eq!(counts(), (before.0 + 2, before.1 + 1));
    drop((remote, copy, at_work));
    assert_eq!((before, counts()), ((0, 0), (0, 0)));
    assert!(event_loop.counts().is_zero());
}

//! Signals that the process sends to itself.
//!
//! The problem: a signal is for the whole process, and the tests of one program run on several
//! threads. So these tests have a process of their own, and take turns.
//!
//! Invariant: a test holds the turn, and its listeners are gone when it ends.
//!
//! Read next: `interrupts.rs`.
#![cfg(unix)]

#[path = "shared/patience.rs"]
mod patience;

use std::cell::{Cell, RefCell};
use std::env;
use std::future::Future;
use std::io::ErrorKind;
use std::os::unix::process::ExitStatusExt;
use std::pin::pin;
use std::process::Command;
use std::rc::Rc;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures::StreamExt;
use groundup_io::combinators::{Selected, join, select_biased, timeout};
use groundup_io::executor::{EventLoop, call_later, current_loop, run_virtual, spawn};
use groundup_io::task::yield_now;
use groundup_io::{
    Reactor, SignalKind, UnixStream, add_signal_handler, ctrl_c, remove_signal_handler, signal,
};
use patience::until_equal;
use signal_hook::low_level::raise;

const USER: SignalKind = SignalKind::user_defined1();

static TURN: Mutex<()> = Mutex::new(());

/// Set in a process that a test starts, in which the test ends by a signal.
const ENDS: &str = "GROUNDUP_TEST_ENDS";

/// Runs a test while no other one runs, and fails if the loop reports anything.
fn alone<T>(test: impl Future<Output = T>) -> T {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let event_loop = EventLoop::new();
    let reports = Rc::<RefCell<Vec<String>>>::default();
    let told = reports.clone();
    event_loop.set_exception_handler(Some(Rc::new(move |report| {
        told.borrow_mut().push(report.message.clone());
    })));
    let output = event_loop.run_until_complete(test).unwrap();
    drop(event_loop);
    assert_eq!(*reports.borrow(), [""; 0]);
    output
}

/// Sends the signal to this thread: its handler has run when this returns.
fn send(kind: SignalKind) {
    raise(kind.as_raw()).unwrap();
}

/// Runs this test once more, in a process that it ends by a signal, and returns that signal.
fn ending_signal(test: &str) -> Option<i32> {
    assert!(!is_the_one_that_ends(), "this process begins no other");
    let mut command = Command::new(env::current_exe().unwrap());
    command
        .args([test, "--exact", "--nocapture"])
        .env(ENDS, "1");
    let output = command.output().unwrap();
    assert!(!output.status.success());
    output.status.signal()
}

fn is_the_one_that_ends() -> bool {
    env::var_os(ENDS).is_some()
}

#[test]
fn signals_before_a_recv_are_one_and_later_ones_are_others() {
    alone(async {
        let mut signals = signal(USER).unwrap();
        (0..5).for_each(|_| send(USER));
        signals.recv().await.unwrap();
        let second = spawn(async move {
            signals.recv().await.unwrap();
            signals
        });
        for _ in 0..5 {
            yield_now().await;
        }
        assert!(!second.done(), "five signals were one");
        send(USER);
        let signals = second.await.unwrap();
        assert_eq!(signals.kind(), USER);
    });
}

#[test]
fn each_listener_is_told_and_one_that_is_dropped_is_not_missed() {
    alone(async {
        let mut one = signal(USER).unwrap();
        let mut other = signal(USER).unwrap();
        let dropped = signal(USER).unwrap();
        send(USER);
        drop(dropped);
        let (first, second) = join((one.recv(), other.recv())).await;
        first.unwrap();
        second.unwrap();
        drop(one);
        send(USER);
        other.recv().await.unwrap();
    });
}

#[test]
fn a_signal_that_comes_while_the_loop_sleeps_wakes_it() {
    alone(async {
        let mut signals = signal(USER).unwrap();
        let thread = std::thread::spawn(|| send(USER));
        signals.recv().await.unwrap();
        thread.join().unwrap();
    });
}

#[test]
#[allow(
    clippy::await_holding_refcell_ref,
    reason = "one task has it at a time"
)]
fn a_recv_that_is_cancelled_loses_no_signal() {
    alone(async {
        let signals = Rc::new(RefCell::new(signal(USER).unwrap()));
        let own = signals.clone();
        let task = spawn(async move { own.borrow_mut().recv().await });
        yield_now().await;
        send(USER);
        task.cancel();
        assert!(task.await.unwrap_err().is_cancelled());
        signals.borrow_mut().recv().await.unwrap();
    });
}

#[test]
fn a_listener_is_a_stream_too() {
    alone(async {
        let mut signals = signal(USER).unwrap();
        for _ in 0..3 {
            send(USER);
            signals.next().await.unwrap().unwrap();
        }
        assert!(futures::poll!(signals.next()).is_pending());
    });
}

/// The stream waits in its socket, and the `recv` that is dropped was the last in the list beside it.
#[test]
fn a_stream_is_woken_after_a_recv_beside_it_was_dropped() {
    alone(async {
        let mut signals = signal(USER).unwrap();
        for _ in 0..2 {
            assert!(futures::poll!(signals.next()).is_pending());
            send(USER);
            signals.next().await.unwrap().unwrap();
        }
        assert!(futures::poll!(signals.next()).is_pending());
        assert!(futures::poll!(signals.recv()).is_pending());
        call_later(Duration::from_millis(1), || send(USER));
        let next = timeout(Duration::from_secs(60), signals.next()).await;
        next.expect("the stream is woken").unwrap().unwrap();
    });
}

#[test]
fn ctrl_c_waits_for_an_interrupt() {
    alone(async {
        let pressed = spawn(ctrl_c());
        yield_now().await;
        send(SignalKind::interrupt());
        pressed.await.unwrap().unwrap();
    });
}

#[test]
fn ctrl_c_can_be_lent_to_a_select() {
    alone(async {
        let mut pressed = ctrl_c();
        let first = select_biased((&mut pressed, yield_now())).await;
        assert!(matches!(first, Selected::Second(())));
        send(SignalKind::interrupt());
        pressed.await.unwrap();
    });
}

#[test]
fn without_listeners_a_signal_has_its_default_action() {
    if is_the_one_that_ends() {
        alone(async {
            let signals = signal(USER).unwrap();
            drop(signal(USER).unwrap());
            send(USER);
            drop(signals);
            drop(signal(USER).unwrap());
            send(USER);
            unreachable!("the process has ended");
        });
    }
    let ended = ending_signal("without_listeners_a_signal_has_its_default_action");
    assert_eq!(ended, Some(USER.as_raw()));
}

#[test]
fn signals_that_do_nothing_by_default_do_nothing_afterwards() {
    alone(async {
        let urgent = SignalKind::from_raw(signal_hook::consts::SIGURG).unwrap();
        for kind in [SignalKind::window_change(), urgent] {
            let mut signals = signal(kind).unwrap();
            send(kind);
            signals.recv().await.unwrap();
            drop(signals);
            send(kind);
            let mut later = signal(kind).unwrap();
            let mut first = pin!(later.recv());
            for _ in 0..200 {
                assert!(
                    futures::poll!(first.as_mut()).is_pending(),
                    "it came before"
                );
                yield_now().await;
            }
            send(kind);
            first.await.unwrap();
        }
    });
}

#[test]
fn x01_a_signal_handler_is_a_callback_and_a_second_one_replaces_it() {
    alone(async {
        let log = Rc::<RefCell<Vec<&str>>>::default();
        let (one, other) = (log.clone(), log.clone());
        add_signal_handler(USER, move || one.borrow_mut().push("one")).unwrap();
        send(USER);
        assert!(log.borrow().is_empty(), "never inside a step");
        until(|| !log.borrow().is_empty()).await;
        send(USER);
        add_signal_handler(USER, move || other.borrow_mut().push("other")).unwrap();
        until(|| log.borrow().len() == 2).await;
        assert_eq!(*log.borrow(), ["one", "other"]);
        assert!(remove_signal_handler(USER));
    });
}

#[test]
fn x02_a_handler_that_is_removed_gives_the_default_action_back() {
    if is_the_one_that_ends() {
        alone(async {
            add_signal_handler(USER, || unreachable!("it was removed")).unwrap();
            send(USER);
            assert!(remove_signal_handler(USER));
            assert!(!remove_signal_handler(USER));
            yield_now().await;
            send(USER);
            unreachable!("the process has ended");
        });
    }
    let ended = ending_signal("x02_a_handler_that_is_removed_gives_the_default_action_back");
    assert_eq!(ended, Some(USER.as_raw()));
}

#[test]
fn x03_signals_that_no_program_can_handle_are_refused() {
    alone(async {
        for kind in [
            SignalKind::kill(),
            SignalKind::stop(),
            SignalKind::from_raw(11).unwrap(),
        ] {
            let error = signal(kind).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidInput);
            assert!(error.to_string().contains("cannot be handled"), "{error}");
        }
        let error = signal(SignalKind::from_raw(1000).unwrap()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
    });
}

#[test]
fn a_handler_that_panics_is_reported_and_goes_on() {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let event_loop = EventLoop::new();
    let calls = Rc::<Cell<u32>>::default();
    let reports = Rc::<Cell<u32>>::default();
    let told = reports.clone();
    event_loop.set_exception_handler(Some(Rc::new(move |_| told.set(told.get() + 1))));
    let counts = calls.clone();
    event_loop
        .run_until_complete(async {
            add_signal_handler(USER, move || {
                counts.set(counts.get() + 1);
                panic!("on purpose");
            })
            .unwrap();
            for calls_so_far in 1..=2 {
                send(USER);
                until(|| calls.get() == calls_so_far).await;
            }
        })
        .unwrap();
    assert_eq!((calls.get(), reports.get()), (2, 2));
}

#[test]
fn a_handler_removes_itself_while_it_is_called() {
    alone(async {
        let calls = Rc::<Cell<u32>>::default();
        let counts = calls.clone();
        add_signal_handler(USER, move || {
            counts.set(counts.get() + 1);
            assert!(remove_signal_handler(USER));
        })
        .unwrap();
        let mut beside = signal(USER).unwrap();
        send(USER);
        until(|| calls.get() == 1).await;
        send(USER);
        beside.recv().await.unwrap();
        (0..10).for_each(|_| drop(futures::FutureExt::now_or_never(beside.recv())));
        assert_eq!(calls.get(), 1);
    });
}

#[test]
fn a_handler_is_called_by_the_driver_that_the_loop_has_when_it_is_added() {
    alone(async {
        let calls = Rc::<RefCell<Vec<u32>>>::default();
        for number in 0..3 {
            let told = calls.clone();
            add_signal_handler(USER, move || told.borrow_mut().push(number)).unwrap();
            send(USER);
            until(|| calls.borrow().len() as u32 == number + 1).await;
            drop(current_loop().replace_driver(Rc::new(Reactor::new().unwrap())));
        }
        assert_eq!(*calls.borrow(), [0, 1, 2]);
        assert!(remove_signal_handler(USER));
    });
}

#[test]
fn a_signal_that_came_before_is_for_the_handler_that_replaces() {
    alone(async {
        let calls = Rc::<RefCell<Vec<&str>>>::default();
        let (one, two) = (calls.clone(), calls.clone());
        add_signal_handler(USER, move || one.borrow_mut().push("one")).unwrap();
        send(USER);
        add_signal_handler(USER, move || two.borrow_mut().push("two")).unwrap();
        until(|| !calls.borrow().is_empty()).await;
        assert_eq!(*calls.borrow(), ["two"]);
        assert!(remove_signal_handler(USER));
    });
}

#[test]
fn two_loops_listen_to_one_signal() {
    alone(async {
        let mut signals = signal(USER).unwrap();
        let thread = std::thread::spawn(|| {
            EventLoop::new()
                .run_until_complete(async {
                    let mut signals = signal(USER).unwrap();
                    send(USER);
                    signals.recv().await.unwrap();
                })
                .unwrap();
        });
        signals.recv().await.unwrap();
        thread.join().unwrap();
    });
}

#[test]
fn on_virtual_time_signals_are_refused() {
    run_virtual(async {
        let error = signal(USER).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        assert!(error.to_string().contains("signals"), "{error}");
        let error = add_signal_handler(USER, || ()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        assert_eq!(ctrl_c().await.unwrap_err().kind(), ErrorKind::Unsupported);
    });
}

#[test]
fn a_wait_for_a_signal_says_so() {
    alone(async {
        let waiting = spawn(async { signal(USER).unwrap().recv().await });
        yield_now().await;
        yield_now().await;
        let text = current_loop().explain(waiting.as_task_ref());
        assert!(
            text.ends_with(&format!("waits for signal {}", USER.as_raw())),
            "{text}"
        );
        waiting.cancel();
    });
}

#[test]
fn a_wait_for_a_signal_says_where_it_is_if_the_loop_is_watched() {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    fn told(wait: impl Future<Output = std::io::Result<()>> + 'static) -> String {
        let event_loop = EventLoop::builder().debug(true).build();
        let explained = event_loop.run_until_complete(async {
            let waiting = spawn(wait);
            yield_now().await;
            yield_now().await;
            let text = current_loop().explain(waiting.as_task_ref());
            waiting.cancel();
            _ = waiting.await;
            text
        });
        explained.unwrap()
    }
    let here = format!("(awaited at {}:{}:", file!(), line!() + 1);
    let text = told(async { signal(USER).unwrap().recv().await });
    assert!(text.contains(&here), "{text}");
    let here = format!("(awaited at {}:{}:", file!(), line!() + 1);
    let text = told(ctrl_c());
    assert!(text.contains(&here), "{text}");
}

/// Waits until `done` is true, in a loop that also looks for events.
async fn until(done: impl Fn() -> bool) {
    // A socket that a task awaits, so that the busy loop looks.
    let (mut one, _other) = UnixStream::pair().unwrap();
    let waits = spawn(async move { futures::AsyncReadExt::read(&mut one, &mut [0]).await });
    until_equal(true, done).await;
    waits.cancel();
}

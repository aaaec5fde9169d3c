//! Ctrl-C, as a program meets it: in processes with a loop.
//!
//! The problem: SIGINT is for the main thread of a process, and a test has a thread of its own. So
//! this program has no harness. Called as usual, it runs each test on its main thread. A test starts
//! this program once more, with the name of a scene, and sends it signals when it has said that it is
//! ready.
//!
//! Invariants:
//! 1. No scene waits for a time. Each waits for a signal, or for the end of its input.
//! 2. A scene that hangs is killed after a minute, and its status says so.
//!
//! Read next: `it/main.rs`.
#![cfg(unix)]

#[path = "shared/patience.rs"]
mod patience;

use std::future::pending;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::mpsc::{self, Sender};
use std::time::Duration;
use std::{env, thread};

use groundup_io::executor::{
    Driver, EventLoop, Outside, Parked, RunError, ThreadPark, current_loop, current_task,
    run_virtual, sleep, spawn, try_iteration,
};
use groundup_io::task::{Unpark, catch_cancel, raise_cancelled, yield_now};
use groundup_io::{Reactor, Runner, SignalKind, UdpSocket, run, signal};
use patience::kill_if_it_hangs;
use rustix::process::{Pid, Resource, Rlimit, Signal, getrlimit, kill_process, setrlimit};
use signal_hook::low_level::raise;

/// Writes a line at once, for the test to read.
fn say(line: &str) {
    println!("{line}");
    io::stdout().flush().unwrap();
}

/// Waits for ever, and cleans up when it is cancelled.
async fn wait_and_clean_up(name: &str) {
    if catch_cancel(pending::<()>()).await.is_err() {
        yield_now().await;
        say(&format!("{name} cleans up"));
        raise_cancelled().await
    }
}

/// A main task beside another one.
async fn two_tasks() {
    spawn(wait_and_clean_up("other")).detach();
    yield_now().await;
    say("ready");
    wait_and_clean_up("main").await;
}

/// Runs one main function after another until one is interrupted, or the input has ended.
fn many_runs() {
    let event_loop = EventLoop::new();
    let bind = async { UdpSocket::bind(([127, 0, 0, 1], 0)).unwrap() };
    let _socket = event_loop.run_until_complete(bind).unwrap();
    let runner = Runner::with_loop(event_loop);
    let input_ended = Arc::new(AtomicBool::new(false));
    let (ends, (begins, begun)) = (input_ended.clone(), mpsc::channel());
    thread::spawn(move || {
        begins.send(()).unwrap();
        block();
        ends.store(true, SeqCst);
    });
    begun.recv().unwrap(); // a thread that begins may get a signal of the process
    // The first run installs the handler. In that moment, `signal-hook` drops a signal.
    runner.run(async {}).unwrap();
    say("ready");
    loop {
        // The input ends after the signal: so does a run that begins then.
        let last = input_ended.load(SeqCst);
        match runner.run(async {}) {
            Err(RunError::Interrupted) => return say("interrupted"),
            ran => ran.unwrap(),
        }
        if last {
            return say("the interrupt is lost");
        }
    }
}

/// Keeps a socket, so that the loop has a reactor.
async fn with_socket() {
    let _socket = UdpSocket::bind(([127, 0, 0, 1], 0)).unwrap();
    two_tasks().await;
}

async fn busy() {
    spawn(async {
        loop {
            yield_now().await;
        }
    })
    .detach();
    two_tasks().await;
}

/// Blocks its thread until the test closes the input.
fn block() {
    let _ = io::stdin().read(&mut [0]);
}

/// Lets the process open no more descriptors, and returns the limits before.
fn no_more_descriptors() -> Rlimit {
    let limits = getrlimit(Resource::Nofile);
    let (current, maximum) = (Some(3), limits.maximum); // the standard streams
    setrlimit(Resource::Nofile, Rlimit { current, maximum }).unwrap();
    limits
}

/// A driver that knows no interrupts.
struct OwnDriver(ThreadPark);

impl Driver for OwnDriver {
    fn now(&self) -> u64 {
        self.0.now()
    }
    fn park(&self, until: Option<u64>, outside: Outside, may: &mut dyn FnMut() -> bool) -> Parked {
        self.0.park(until, outside, may)
    }
    fn unpark(&self) -> Unpark {
        self.0.unpark()
    }
    fn block(&self, duration: Duration) {
        self.0.block(duration);
    }
}

/// The programs that the tests start, by name.
fn scene(name: &str) {
    match name {
        "plain" => run(two_tasks()),
        "socket" => run(with_socket()),
        "busy" => run(busy()),
        "busy-socket" => run(async {
            let _socket = UdpSocket::bind(([127, 0, 0, 1], 0)).unwrap();
            busy().await;
        }),
        "timer" => run(async {
            say("ready");
            sleep(Duration::from_secs(1_000_000)).await;
        }),
        "reactor-replaced" => run(async {
            let _before = UdpSocket::bind(([127, 0, 0, 1], 0)).unwrap();
            drop(current_loop().replace_driver(Rc::new(Reactor::new().unwrap())));
            with_socket().await;
        }),
        "reactor-put-in" => run(async {
            drop(current_loop().replace_driver(Rc::new(Reactor::new().unwrap())));
            two_tasks().await;
        }),
        "park-put-in" => run(async {
            drop(current_loop().replace_driver(Rc::new(ThreadPark::new())));
            two_tasks().await;
        }),
        "park-after-reactor" => run(async {
            let _before = UdpSocket::bind(([127, 0, 0, 1], 0)).unwrap();
            drop(current_loop().replace_driver(Rc::new(ThreadPark::new())));
            two_tasks().await;
        }),
        "own-driver-put-in" => run(async {
            drop(current_loop().replace_driver(Rc::new(OwnDriver(ThreadPark::new()))));
            two_tasks().await;
        }),
        "own-driver-for-a-while" => run(async {
            let before = current_loop().replace_driver(Rc::new(OwnDriver(ThreadPark::new())));
            yield_now().await;
            drop(current_loop().replace_driver(before));
            two_tasks().await;
        }),
        "own-driver-after-an-interrupt" => run(async {
            raise(Signal::INT.as_raw()).unwrap();
            // Before the loop looks.
            drop(current_loop().replace_driver(Rc::new(OwnDriver(ThreadPark::new()))));
            wait_and_clean_up("main").await;
        }),
        "many-runs" => many_runs(),
        "before-the-first-step" => {
            let runner = Runner::new();
            let interrupt = || {
                let event_loop = runner.event_loop();
                event_loop.call_soon(|| raise(Signal::INT.as_raw()).unwrap());
                (0..200).for_each(|_| drop(event_loop.call_soon(|| ()))); // the loop looks between
            };
            interrupt();
            told(runner.run(async {}));
            interrupt();
            told(runner.run(wait_and_clean_up("main")));
        }
        "reactor-before" => {
            let event_loop = EventLoop::new();
            let bind = async { UdpSocket::bind(([127, 0, 0, 1], 0)).unwrap() };
            let _socket = event_loop.run_until_complete(bind).unwrap();
            told(Runner::with_loop(event_loop).run(two_tasks()));
        }
        "runner" => {
            let runner = Runner::new();
            told(runner.run(two_tasks()));
            told(runner.run(async { say("the next run") }));
            told(runner.run(two_tasks()));
        }
        "value" => {
            let value = run(async {
                say("ready");
                catch_cancel(pending::<()>()).await.unwrap_err();
                "a value"
            });
            say(value);
        }
        "stubborn" => run(async {
            say("ready");
            let _ = catch_cancel(pending::<()>()).await;
            say("cancelled");
            pending::<()>().await;
        }),
        "blocked" => run(async {
            say("ready");
            block();
            say("it was not interrupted");
        }),
        "last-step" => {
            say(run(async {
                say("ready");
                block();
                yield_now().await;
                "the interrupt is lost"
            }));
        }
        "last-step-of-a-runner" => {
            let runner = Runner::new();
            told(runner.run(async {
                say("ready");
                block();
            }));
            told(runner.run(async { say("the next run") }));
        }
        "after" => {
            run(async {});
            say("ready");
            block();
        }
        "twice" => {
            let main = async {
                let main = current_task().unwrap();
                say("ready");
                if catch_cancel(pending::<()>()).await.is_err() {
                    main.cancel();
                    pending::<()>().await;
                }
            };
            told(Runner::new().run(main));
        }
        "own-cancel" => {
            let main = async {
                current_task().unwrap().cancel();
                pending::<()>().await;
            };
            told(Runner::new().run(main));
        }
        "thread" => thread::spawn(|| run(two_tasks())).join().unwrap(),
        "virtual" => run_virtual(async {
            say("ready");
            loop {
                yield_now().await;
            }
        }),
        "own-driver" => {
            let event_loop = EventLoop::builder().virtual_time().build();
            told(Runner::with_loop(event_loop).run(busy()));
        }
        "listener" => run(async {
            let mut interrupts = signal(SignalKind::interrupt()).unwrap();
            say("ready");
            interrupts.recv().await.unwrap();
            say("told");
            interrupts.recv().await.unwrap();
            say("told again");
            drop(interrupts);
            two_tasks().await;
        }),
        "nested" => run(async {
            let refused = Runner::new().run(async {});
            assert!(matches!(refused, Err(RunError::AnotherLoopRuns)));
            assert!(current_loop().run_until_complete(async {}).is_err());
            two_tasks().await;
        }),
        "listener-without-descriptors" => run(async {
            let first = signal(SignalKind::interrupt()).unwrap();
            let limits = no_more_descriptors();
            drop(first); // SIGINT cannot be handled for the run again
            setrlimit(Resource::Nofile, limits).unwrap();
            let mut interrupts = signal(SignalKind::interrupt()).unwrap();
            say("ready");
            interrupts.recv().await.unwrap();
            say("told");
            interrupts.recv().await.unwrap();
            say("told again");
        }),
        "run-without-descriptors" => {
            let limits = no_more_descriptors();
            told(Runner::new().run(async {
                setrlimit(Resource::Nofile, limits).unwrap();
                drop(signal(SignalKind::interrupt()).unwrap());
                say("ready");
                block();
                say("it was not interrupted");
            }));
        }
        "listener-between" => run(async {
            raise(Signal::INT.as_raw()).unwrap();
            drop(signal(SignalKind::interrupt()).unwrap()); // before the loop looks
            let _ = catch_cancel(pending::<()>()).await;
            say("cancelled");
            raise(Signal::INT.as_raw()).unwrap();
            say("it goes on");
        }),
        "ignored" => run(async {
            say("ready");
            block();
            yield_now().await;
            say("it goes on");
        }),
        "panic" => {
            let runs = std::panic::catch_unwind(|| run(async { panic!("on purpose") }));
            assert!(runs.is_err() && try_iteration().is_none());
            say("ready");
            block();
        }
        other => panic!("there is no scene {other:?}"),
    }
}

/// Says how a run has ended.
fn told(ran: Result<(), RunError>) {
    say(&match ran {
        Ok(()) => "ended".to_string(),
        Err(RunError::Interrupted) => "interrupted".to_string(),
        Err(RunError::Cancelled(_)) => "cancelled".to_string(),
        Err(error) => error.to_string(),
    });
}

/// A scene that runs.
struct Scene {
    child: Child,
    lines: BufReader<ChildStdout>,
    /// Its drop ends the thread that kills a scene which hangs.
    _ends: Sender<()>,
}

impl Scene {
    fn begin(name: &str) -> Scene {
        let program = env::current_exe().unwrap();
        Scene::of(Command::new(program).arg("scene").arg(name))
    }

    fn of(command: &mut Command) -> Scene {
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.stderr(Stdio::null()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap());
        let _ends = kill_if_it_hangs(&child);
        Scene {
            child,
            lines,
            _ends,
        }
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.lines.read_line(&mut line).unwrap();
        line.trim_end().to_string()
    }

    fn interrupt(&self) {
        kill_process(Pid::from_child(&self.child), Signal::INT).unwrap();
    }

    /// Waits for the line "ready", and sends SIGINT.
    fn interrupt_when_ready(name: &str) -> Scene {
        let mut scene = Scene::begin(name);
        assert_eq!(scene.line(), "ready", "{name}");
        scene.interrupt();
        scene
    }

    /// Closes the input, and returns the remaining lines and the status.
    fn end(mut self) -> (Vec<String>, ExitStatus) {
        drop(self.child.stdin.take());
        let lines = self.lines.by_ref().lines().map(Result::unwrap).collect();
        (lines, self.child.wait().unwrap())
    }
}

/// Checks that a scene ends by SIGINT after these lines.
fn ends_interrupted(scene: Scene, lines: &[&str]) {
    let (said, status) = scene.end();
    assert_eq!(said, lines);
    assert_eq!(status.signal(), Some(Signal::INT.as_raw()), "{status}");
}

fn r04_the_first_interrupt_cancels_main_and_all_tasks_clean_up() {
    for name in [
        "plain",
        "socket",
        "busy",
        "busy-socket",
        "nested",
        "reactor-replaced",
        "reactor-put-in",
        "park-put-in",
        "park-after-reactor",
    ] {
        let scene = Scene::interrupt_when_ready(name);
        ends_interrupted(scene, &["main cleans up", "other cleans up"]);
    }
    ends_interrupted(Scene::interrupt_when_ready("timer"), &[]);
}

fn r04_an_interrupt_ends_the_process_if_the_driver_does_not_look_for_it() {
    for name in ["own-driver-put-in", "own-driver-for-a-while"] {
        ends_interrupted(Scene::interrupt_when_ready(name), &[]);
    }
}

fn r04_a_runner_returns_an_error_and_runs_again() {
    let mut scene = Scene::interrupt_when_ready("runner");
    let lines = ["main cleans up", "interrupted", "the next run", "ended"];
    for line in lines {
        assert_eq!(scene.line(), line);
    }
    assert_eq!(scene.line(), "ready");
    scene.interrupt();
    let (lines, status) = scene.end();
    assert_eq!(
        lines,
        [
            "main cleans up",
            "interrupted",
            "other cleans up",
            "other cleans up"
        ]
    );
    assert!(status.success(), "{status}");
}

fn r04_a_main_task_that_ends_with_a_value_gives_it() {
    let (lines, status) = Scene::interrupt_when_ready("value").end();
    assert_eq!(lines, ["a value"]);
    assert!(status.success(), "{status}");
}

fn r04_an_interrupt_in_the_last_step_of_main_is_not_lost() {
    ends_interrupted(Scene::interrupt_when_ready("last-step"), &[]);
    let (lines, status) = Scene::interrupt_when_ready("last-step-of-a-runner").end();
    assert_eq!(lines, ["interrupted", "the next run", "ended"]);
    assert!(status.success(), "{status}");
}

fn r04_an_interrupt_that_comes_while_runs_end_and_begin_is_not_lost() {
    // Any moment of a run is met by some of so many signals.
    for _ in 0..150 {
        let (lines, status) = Scene::interrupt_when_ready("many-runs").end();
        match status.signal() {
            Some(signal) => assert_eq!((signal, lines.len()), (Signal::INT.as_raw(), 0)),
            None => assert_eq!(lines, ["interrupted"]),
        }
    }
}

fn r04_an_interrupt_that_no_driver_has_seen_cancels_main_when_the_driver_is_replaced() {
    let scene = Scene::begin("own-driver-after-an-interrupt");
    ends_interrupted(scene, &["main cleans up"]);
}

fn r04_an_interrupt_before_the_first_step_of_main_is_not_lost() {
    let (lines, status) = Scene::begin("before-the-first-step").end();
    assert_eq!(lines, ["interrupted", "main cleans up", "interrupted"]);
    assert!(status.success(), "{status}");
}

fn r04_the_second_interrupt_ends_the_process_at_once() {
    let mut scene = Scene::interrupt_when_ready("stubborn");
    assert_eq!(scene.line(), "cancelled");
    scene.interrupt();
    ends_interrupted(scene, &[]);
}

fn r04_the_second_interrupt_ends_a_process_whose_loop_is_blocked() {
    let scene = Scene::interrupt_when_ready("blocked");
    // The first one is delivered before the second, or both are one: then another follows.
    while scene_lives(&scene) {
        scene.interrupt();
        thread::yield_now();
    }
    ends_interrupted(scene, &[]);
}

/// Returns false when the process is a zombie.
fn scene_lives(scene: &Scene) -> bool {
    use rustix::process::{WaitId, WaitIdOptions, waitid};

    let id = WaitId::Pid(Pid::from_child(&scene.child));
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
    waitid(id, options).unwrap().is_none()
}

fn r04_a_cancel_of_the_programs_own_is_no_interrupt() {
    let (lines, _) = Scene::interrupt_when_ready("twice").end();
    assert_eq!(lines, ["cancelled"]);
    let (lines, _) = Scene::begin("own-cancel").end();
    assert_eq!(lines, ["cancelled"]);
}

fn after_a_run_sigint_ends_the_process_as_before() {
    ends_interrupted(Scene::interrupt_when_ready("after"), &[]);
    ends_interrupted(Scene::interrupt_when_ready("panic"), &[]);
}

fn other_threads_and_virtual_time_handle_no_interrupt() {
    for name in ["thread", "virtual", "own-driver"] {
        ends_interrupted(Scene::interrupt_when_ready(name), &[]);
    }
}

fn a_loop_that_has_a_reactor_already_is_interrupted_too() {
    let (lines, status) = Scene::interrupt_when_ready("reactor-before").end();
    assert_eq!(lines, ["main cleans up", "interrupted", "other cleans up"]);
    assert!(status.success(), "{status}");
}

fn while_there_is_a_listener_no_run_is_interrupted() {
    let mut scene = Scene::interrupt_when_ready("listener");
    assert_eq!(scene.line(), "told");
    scene.interrupt();
    assert_eq!(scene.line(), "told again");
    assert_eq!(scene.line(), "ready");
    scene.interrupt();
    ends_interrupted(scene, &["main cleans up", "other cleans up"]);
}

fn a_listener_is_told_each_time_also_if_a_descriptor_was_missing_before() {
    let mut scene = Scene::interrupt_when_ready("listener-without-descriptors");
    assert_eq!(scene.line(), "told");
    scene.interrupt();
    let (lines, status) = scene.end();
    assert_eq!(lines, ["told again"]);
    assert!(status.success(), "{status}");
}

fn a_run_that_cannot_handle_interrupts_leaves_them_their_default_action() {
    ends_interrupted(Scene::interrupt_when_ready("run-without-descriptors"), &[]);
}

fn r04_the_second_interrupt_ends_the_process_also_if_a_listener_was_between() {
    ends_interrupted(Scene::begin("listener-between"), &["cancelled"]);
}

fn a_program_that_was_started_with_sigint_ignored_ignores_it() {
    let program = env::current_exe().unwrap();
    let line = "trap '' INT; exec \"$0\" scene ignored";
    let mut scene = Scene::of(Command::new("/bin/sh").arg("-c").arg(line).arg(program));
    assert_eq!(scene.line(), "ready");
    scene.interrupt();
    scene.interrupt();
    let (lines, status) = scene.end();
    assert_eq!(lines, ["it goes on"]);
    assert!(status.success(), "{status}");
}

/// Returns true if this process ignores SIGINT, as a job in the background of a script does.
fn is_ignored() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let set = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let set = set.and_then(|set| u64::from_str_radix(set.trim(), 16).ok());
    set.is_some_and(|set| set & 1 << (Signal::INT.as_raw() - 1) != 0)
}

/// The option of GNU's `env` that gives SIGINT its default action.
const DEFAULT_SIGNAL: &str = "--default-signal=INT";

/// Returns true if `env` knows that option.
fn env_can_undo() -> bool {
    let mut nothing = Command::new("env");
    nothing.args([DEFAULT_SIGNAL, "true"]).stderr(Stdio::null());
    nothing.status().is_ok_and(|status| status.success())
}

/// Makes the list of the tests.
macro_rules! tests {
    ($($test:ident,)*) => {
        const TESTS: &[(&str, fn())] = &[$((stringify!($test), $test),)*];
    };
}

tests! {
    r04_the_first_interrupt_cancels_main_and_all_tasks_clean_up,
    r04_an_interrupt_ends_the_process_if_the_driver_does_not_look_for_it,
    r04_a_runner_returns_an_error_and_runs_again,
    r04_a_main_task_that_ends_with_a_value_gives_it,
    r04_an_interrupt_in_the_last_step_of_main_is_not_lost,
    r04_an_interrupt_before_the_first_step_of_main_is_not_lost,
    r04_an_interrupt_that_comes_while_runs_end_and_begin_is_not_lost,
    r04_an_interrupt_that_no_driver_has_seen_cancels_main_when_the_driver_is_replaced,
    r04_the_second_interrupt_ends_the_process_at_once,
    r04_the_second_interrupt_ends_a_process_whose_loop_is_blocked,
    r04_the_second_interrupt_ends_the_process_also_if_a_listener_was_between,
    r04_a_cancel_of_the_programs_own_is_no_interrupt,
    after_a_run_sigint_ends_the_process_as_before,
    other_threads_and_virtual_time_handle_no_interrupt,
    a_loop_that_has_a_reactor_already_is_interrupted_too,
    while_there_is_a_listener_no_run_is_interrupted,
    a_listener_is_told_each_time_also_if_a_descriptor_was_missing_before,
    a_run_that_cannot_handle_interrupts_leaves_them_their_default_action,
    a_program_that_was_started_with_sigint_ignored_ignores_it,
}

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    if let [first, name] = arguments.as_slice()
        && first == "scene"
    {
        return scene(name);
    }
    if is_ignored() {
        // A job in the background of a script. `env` can undo that, so the tests begin once more.
        if env::var_os("BEGUN_ONCE_MORE").is_some() || !env_can_undo() {
            return println!("skipped: this process was started with SIGINT ignored");
        }
        let mut again = Command::new("env");
        again.arg(DEFAULT_SIGNAL).arg(env::current_exe().unwrap());
        let again = again.args(&arguments).env("BEGUN_ONCE_MORE", "1").status();
        let status = again.unwrap();
        return assert!(status.success(), "{status}");
    }
    // The arguments of the harness: options, which say nothing here, and a part of a name.
    let part = arguments.iter().find(|argument| !argument.starts_with('-'));
    for (name, test) in TESTS {
        if part.is_none_or(|part| name.contains(part.as_str())) {
            test();
            println!("test {name} ... ok");
        }
    }
}

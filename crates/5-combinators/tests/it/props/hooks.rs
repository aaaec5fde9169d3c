//! Hooks: user code may call anything that the public API offers.
//!
//! The problem: a sink, a chooser, a handler, a callback, a waker, a `Clone` or a `Drop` is
//! called in the middle of library code, and may use every handle there is. If the library held
//! a borrow of a table or a slot meanwhile, some call would panic. So here every hook makes
//! random public calls, whose own hooks make more, three deep, and some panic.
//!
//! ```text
//!   tasks, sink, chooser, handler, callbacks, waker, Clone, Drop
//!        └──> act(): one random call ──> ... ──> a hook ──> act()
//! ```
//!
//! Invariants:
//! 1. No panic message speaks of a borrow.
//! 2. The loop goes on: afterwards it runs a task, and closes.
//! 3. When the program and its handles have gone, no loop is left.
//!
//! Read next: `waiter.rs`.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::rc::{Rc, Weak};
use std::sync::{Arc, Once};
use std::task::{Context, Wake, Waker};
use std::time::Duration;

use groundup_combinators::executor::task::{
    CancelTargets, DoneCallback, Entered, Handle, Local, NoRoot, Promise, Report, Scheduler, Task,
    catch_cancel, yield_now,
};
use groundup_combinators::executor::trace::{Choice, Chooser, Event, Sink};
use groundup_combinators::executor::{EventLoop, RunError, TimerHandle, sleep};
use groundup_combinators::{ReturnWhen, TaskGroup, WaitSet, gather, shield, task_group, timeout};
use proptest::prelude::*;

const MS: Duration = Duration::from_millis(1);
/// Greatest depth of hooks that call hooks.
const DEPTH: u32 = 3;
/// Number of calls in one program.
const CALLS: u32 = 300;

static REQUEST: Local<Value> = Local::new();

/// Handles that the hooks use. Each access takes a handle out and puts it back, so that no
/// handle is borrowed while the library runs.
#[derive(Default)]
struct Stuff {
    event_loop: Option<Rc<EventLoop>>,
    scheduler: Option<Rc<Scheduler>>,
    tasks: Vec<Rc<RefCell<Option<Task<Value>>>>>,
    promises: Vec<Promise<Value>>,
    callbacks: Vec<DoneCallback>,
    handles: Vec<Handle>,
    timers: Vec<TimerHandle>,
    guards: Vec<Entered>,
    groups: Vec<TaskGroup<Value>>,
    futures: Vec<Pin<Box<dyn Future<Output = ()>>>>,
}

thread_local! {
    static STUFF: RefCell<Stuff> = RefCell::default();
    static RANDOM: Cell<u64> = const { Cell::new(1) };
    static LEFT: Cell<u32> = const { Cell::new(0) };
    static DEEP: Cell<u32> = const { Cell::new(0) };
    static RUNNING: Cell<bool> = const { Cell::new(false) };
    static FAULTS: RefCell<Vec<String>> = RefCell::default();
    /// Every loop of the program: none may outlive it.
    static LOOPS: RefCell<Vec<Weak<Scheduler>>> = RefCell::default();
}

/// A loop of the program.
fn open() -> EventLoop {
    let event_loop = EventLoop::builder().virtual_time().build();
    let home = Rc::downgrade(event_loop.scheduler());
    LOOPS.with_borrow_mut(|loops| loops.push(home));
    event_loop
}

/// Cancel targets of a promise without any target: each query is a hook.
struct NoTargets;

impl CancelTargets for NoTargets {
    fn target(&self, _number: usize) -> Option<groundup_combinators::task::Ticket> {
        hook(true);
        None
    }

    fn accepted(&self) {}
}

fn random(below: usize) -> usize {
    let mut x = RANDOM.get();
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    RANDOM.set(x);
    (x >> 33) as usize % below.max(1)
}

fn keep<T>(place: impl Fn(&mut Stuff) -> &mut Vec<T>, thing: T) {
    STUFF.with_borrow_mut(|stuff| place(stuff).push(thing));
}

/// Takes a random handle out.
fn take<T>(place: impl Fn(&mut Stuff) -> &mut Vec<T>) -> Option<T> {
    STUFF.with_borrow_mut(|stuff| {
        let place = place(stuff);
        let at = random(place.len());
        (!place.is_empty()).then(|| place.swap_remove(at))
    })
}

fn a_task() -> Option<Rc<RefCell<Option<Task<Value>>>>> {
    let task = take(|stuff| &mut stuff.tasks)?;
    keep(|stuff| &mut stuff.tasks, task.clone());
    Some(task)
}

fn a_promise() -> Option<Promise<Value>> {
    let promise = take(|stuff| &mut stuff.promises)?;
    keep(|stuff| &mut stuff.promises, promise.clone());
    Some(promise)
}

/// A value whose `Clone`, `Drop` and `Debug` are hooks.
struct Value;

impl Clone for Value {
    fn clone(&self) -> Self {
        hook(true);
        Value
    }
}

impl Drop for Value {
    fn drop(&mut self) {
        hook(false);
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        hook(true);
        f.write_str("Value")
    }
}

struct Bell;

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        hook(true);
    }
}

impl Drop for Bell {
    fn drop(&mut self) {
        hook(false);
    }
}

struct Listener(#[allow(dead_code)] Value);

impl Sink for Listener {
    fn event(&mut self, _: &Event) {
        hook(true);
    }
}

impl Chooser for Listener {
    fn choose(&mut self, _: Choice, options: usize) -> usize {
        hook(true);
        random(options)
    }
}

/// Makes one random call, and sometimes panics.
fn hook(may_panic: bool) {
    if DEEP.get() >= DEPTH || LEFT.get() == 0 {
        return;
    }
    DEEP.set(DEEP.get() + 1);
    LEFT.set(LEFT.get() - 1);
    // A call may panic as an answer, but not because of a borrow.
    drop(catch_unwind(AssertUnwindSafe(call)));
    DEEP.set(DEEP.get() - 1);
    if may_panic && !std::thread::panicking() && random(20) == 0 {
        panic!("a hook on a Monday");
    }
}

/// Runs a few steps, each with a call in it.
async fn steps(count: usize) -> Value {
    for _ in 0..count {
        hook(true);
        match random(4) {
            0 => sleep(MS).await,
            1 => drop(catch_cancel(yield_now()).await),
            _ => yield_now().await,
        }
    }
    Value
}

/// Makes one random call.
fn call() {
    let (event_loop, home) = STUFF.with_borrow(|stuff| {
        let event_loop = stuff.event_loop.clone().expect("there is a loop");
        (event_loop, stuff.scheduler.clone().expect("there is one"))
    });
    match random(33) {
        call @ 0..=9 => call_a_task(call, &home),
        call @ 10..=18 => call_a_promise(call, &home),
        call @ 19..=29 => call_a_loop(call, &event_loop, &home),
        call => call_a_combinator(call, &home),
    }
}

/// Makes a call of a task.
fn call_a_task(call: usize, home: &Rc<Scheduler>) {
    match call {
        0 | 1 => {
            let task = home.spawn(steps(random(4)));
            keep(|stuff| &mut stuff.tasks, Rc::new(RefCell::new(Some(task))));
        }
        2 => {
            let Some(task) = a_task() else { return };
            // Cloning a handle calls no code of the user, so the borrow is harmless.
            let clone = task.borrow().clone();
            keep(|stuff| &mut stuff.tasks, Rc::new(RefCell::new(clone)));
        }
        3..=5 => {
            let Some(task) = a_task() else { return };
            let handle = task.borrow_mut().take();
            let Some(handle) = handle else { return };
            handle.with_output(|_| hook(true));
            let before = task.replace(Some(handle));
            drop(before);
        }
        6 | 7 => {
            let Some(task) = a_task() else { return };
            let handle = task.borrow_mut().take();
            if let Some(mut handle) = handle {
                drop(handle.take_result());
            }
        }
        8 => drop(take(|stuff| &mut stuff.tasks)),
        _ => {
            let Some(task) = a_task() else { return };
            let handle = task.borrow().as_ref().map(|task| task.task_ref());
            if let Some(handle) = handle {
                handle.cancel();
                let _ = (format!("{handle:?}"), home.explain(&handle));
            }
        }
    }
}

/// Makes a call of a promise.
fn call_a_promise(call: usize, home: &Rc<Scheduler>) {
    match call {
        10 => keep(|stuff| &mut stuff.promises, home.promise()),
        11 => drop(a_promise().map(|promise| promise.set_result(Value))),
        12..=14 => drop(a_promise().map(|promise| promise.result())),
        15 => drop(a_promise().map(|promise| promise.cancel())),
        16 => drop(take(|stuff| &mut stuff.promises)),
        17 => {
            let Some(promise) = a_promise() else { return };
            promise.on_cancel(NoTargets);
            let callback = promise.add_done_callback(|| hook(true));
            keep(|stuff| &mut stuff.callbacks, callback);
        }
        _ => {
            let (Some(task), Some(callback)) = (a_task(), take(|stuff| &mut stuff.callbacks))
            else {
                return;
            };
            let handle = task.borrow().as_ref().map(|task| task.task_ref());
            if let Some(handle) = handle {
                handle.add_done_callback(callback.clone());
                handle.remove_done_callback(&callback);
            }
        }
    }
}

/// Makes a call of a loop.
fn call_a_loop(call: usize, event_loop: &EventLoop, home: &Rc<Scheduler>) {
    match call {
        19 => {
            let value = Value;
            let call = move || {
                let _value = &value;
                hook(true);
            };
            keep(|stuff| &mut stuff.handles, home.call_soon(call));
        }
        20 => drop(take(|stuff| &mut stuff.handles).map(|handle| handle.cancel())),
        21 => {
            let timer = event_loop.call_later(MS, || hook(true));
            keep(|stuff| &mut stuff.timers, timer);
        }
        22 => drop(take(|stuff| &mut stuff.timers).map(|timer| timer.cancel())),
        23 => {
            let sink = (random(3) > 0).then(|| Box::new(Listener(Value)) as Box<dyn Sink>);
            event_loop.set_trace(sink);
        }
        24 => {
            let chooser = (random(3) > 0).then(|| Box::new(Listener(Value)) as Box<dyn Chooser>);
            event_loop.set_chooser(chooser);
        }
        25 => {
            let value = Value;
            event_loop.set_exception_handler(Some(Rc::new(move |_| {
                let _value = &value;
                hook(true);
            })));
            event_loop.call_exception_handler(Report::new("told"));
        }
        26 => {
            // Each is refused with an error.
            if event_loop.is_running() {
                assert!(event_loop.close().is_err() && event_loop.step().is_err());
            }
            if home.current_task().is_some() {
                home.close();
            }
            home.run_round(&mut NoRoot);
        }
        27 => {
            let other = open();
            drop(other.spawn(steps(1)));
            drop(other.run_until_complete(async {}));
            keep(|stuff| &mut stuff.guards, other.scheduler().enter_over());
            drop(other);
        }
        28 => drop(take(|stuff| &mut stuff.guards)),
        _ => drop(REQUEST.set(Value).or_else(|| REQUEST.get())),
    }
}

/// Makes a random combinator over two tasks.
fn a_combinator(items: Vec<Task<Value>>) -> Pin<Box<dyn Future<Output = ()>>> {
    match random(5) {
        0 => Box::pin(async { drop(gather(items).await) }),
        1 => Box::pin(async {
            let mut set: WaitSet<Value> = items.into_iter().collect();
            drop(set.wait(ReturnWhen::FirstCompleted).await);
        }),
        2 => Box::pin(async { drop(shield(items.into_iter().next().unwrap()).await) }),
        3 => Box::pin(async { drop(timeout(MS, gather(items)).await) }),
        _ => Box::pin(async {
            let body = async |group: TaskGroup<Value>| {
                drop(group.spawn(async { Ok::<_, Value>(steps(2).await) }));
                drop(group.spawn(async { Err::<(), _>(steps(1).await) }));
                keep(|stuff| &mut stuff.groups, group);
                Ok(steps(1).await)
            };
            drop(task_group(body).await);
        }),
    }
}

/// Makes a call of a combinator.
fn call_a_combinator(call: usize, home: &Rc<Scheduler>) {
    match call {
        30 => {
            let items: Vec<_> = (0..2).map(|_| home.spawn(steps(2))).collect();
            let future = a_combinator(items);
            match random(2) {
                0 => home.spawn(future).detach(),
                _ => keep(|stuff| &mut stuff.futures, future),
            }
        }
        31 => {
            let Some(mut future) = take(|stuff| &mut stuff.futures) else {
                return;
            };
            let waker = Waker::from(Arc::new(Bell));
            if future
                .as_mut()
                .poll(&mut Context::from_waker(&waker))
                .is_pending()
            {
                keep(|stuff| &mut stuff.futures, future);
            }
        }
        _ => {
            let Some(group) = take(|stuff| &mut stuff.groups) else {
                return;
            };
            drop(group.spawn(async { Ok(steps(1).await) }));
            group.cancel();
        }
    }
}

/// Keeps expected panics off the terminal, and looks at their messages.
fn look_at_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let shown = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if !RUNNING.try_with(Cell::get).unwrap_or(false) {
                return shown(panic);
            }
            let text = panic.to_string();
            if text.contains("borrowed") {
                let _ = FAULTS.try_with(|faults| faults.borrow_mut().push(text));
            }
        }));
    });
}

fn play(seed: u64) {
    look_at_panics();
    RUNNING.set(true);
    RANDOM.set(seed | 1);
    DEEP.set(0);
    let event_loop = Rc::new(open());
    event_loop.set_exception_handler(Some(Rc::new(|_| hook(true))));
    STUFF.with_borrow_mut(|stuff| {
        stuff.event_loop = Some(event_loop.clone());
        stuff.scheduler = Some(event_loop.scheduler().clone());
    });
    LEFT.set(CALLS);
    for _ in 0..4 {
        event_loop.spawn(steps(8)).detach();
    }
    let ran = event_loop.run_until_complete(async {
        for _ in 0..20 {
            drop(catch_unwind(|| hook(false)));
            catch_cancel(sleep(MS)).await.ok();
        }
    });
    LEFT.set(0);
    event_loop.set_trace(None);
    event_loop.set_chooser(None);
    event_loop.set_exception_handler(Some(Rc::new(|_| ())));
    while take(|stuff| &mut stuff.guards).is_some() {}
    // A group that a hook polls in the main task may cancel that task.
    let ended = matches!(ran, Ok(()) | Err(RunError::Cancelled(_)));
    RUNNING.set(ended);
    assert!(ended, "{ran:?}");
    let five = event_loop.run_until_complete(async { event_loop.spawn(async { 5 }).await });
    assert_eq!(five.expect("it runs").expect("it goes on"), 5);
    let stuff = STUFF.take();
    LEFT.set(20);
    STUFF.with_borrow_mut(|stuff| {
        stuff.event_loop = Some(event_loop.clone());
        stuff.scheduler = Some(event_loop.scheduler().clone());
    });
    event_loop.close().expect("it is not running");
    LEFT.set(0);
    drop((stuff, STUFF.take()));
    drop(event_loop);
    RUNNING.set(false);
    let faults = FAULTS.take();
    assert!(faults.is_empty(), "seed {seed}: {}", faults.join("\n"));
    let loops = LOOPS.take();
    let alive = loops.iter().map(Weak::strong_count).collect::<Vec<_>>();
    assert!(
        alive.iter().all(|&held| held == 0),
        "seed {seed}: held {alive:?}"
    );
}

proptest! {
    /// Any hook may call anything: no panic speaks of a borrow, the loop goes on, and no loop is
    /// left after it.
    #[test]
    fn hooks_may_call_anything(seed: u64) {
        play(seed);
    }
}

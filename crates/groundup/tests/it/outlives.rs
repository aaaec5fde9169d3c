//! Tests that a future that outlives its loop gives an answer.
//!
//! The problem: a future that was made and polled in one loop may be awaited after that
//! loop was closed, in another loop or under another executor. The closed loop will
//! never end it. So the future ends at once, with an error or with a panic that says
//! why. It never waits for ever, and never ends as if all were well.
//!
//! Each kind of future is a row, polled once in its own loop. It is then awaited in three
//! places: in another loop, under a foreign executor, and under a foreign executor that
//! already waits when the loop is closed. A socket or a shared object is polled by a foreign executor
//! inside its loop, too: there alone it can wait for it.
//!
//! Read next: `outlives/sockets.rs`, the rows of floor 7, and `outlives/shared.rs`, those of floor 6.

mod shared;
#[cfg(unix)]
mod sockets;

use std::cell::{Cell, RefCell};
use std::future::{Future, pending, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Once};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use futures::stream;
use groundup::*;
use std::prelude::v1::test; // and not `groundup::test`

/// Awaits a future and gives its answer as a text. The text must never be `"fine"`.
type Says = Pin<Box<dyn Future<Output = String>>>;

const FINE: &str = "fine";
const HOUR: Duration = Duration::from_secs(3600);

fn says<T, E: ToString>(ended: Result<T, E>) -> String {
    ended.map_or_else(|error| error.to_string(), |_| FINE.to_string())
}

fn never() -> Task<u32> {
    spawn(pending::<u32>())
}

/// Makes a stream that never gives an item.
fn dry() -> stream::Pending<u32> {
    stream::pending()
}

/// A kind of future, and a function that makes it inside a loop.
type Row = (&'static str, fn() -> Says);

/// Returns the rows.
fn kinds() -> Vec<Row> {
    [tasks(), limits(), streams(), others()].concat()
}

/// Returns the rows of the handles of tasks, and the verbs over tasks.
fn tasks() -> Vec<Row> {
    vec![
        ("task", || {
            let task = never();
            Box::pin(async { says(task.await) })
        }),
        ("shared task", || {
            let (task, other) = (never(), never());
            let clone = task.clone();
            Box::pin(async move {
                drop(other);
                drop(clone);
                says(task.await)
            })
        }),
        ("promise", || {
            let promise = Promise::<u32>::new();
            Box::pin(async { says(promise.await) })
        }),
        ("gather", || {
            let gather = gather([never(), never()]);
            Box::pin(async { says(gather.await) })
        }),
        ("gather with exceptions", || {
            let gather = gather([never()]).return_exceptions();
            Box::pin(async { says(gather.await.pop().unwrap()) })
        }),
        ("gather of a tuple", || {
            let gather = gather((never(), never()));
            Box::pin(async { says(gather.await) })
        }),
        ("wait", || {
            let wait = wait([never()], ReturnWhen::AllCompleted);
            Box::pin(async {
                wait.await;
                FINE.to_string()
            })
        }),
        ("wait set", || {
            let mut set: WaitSet<u32> = [never()].into_iter().collect();
            Box::pin(async move {
                set.wait(ReturnWhen::FirstCompleted).await;
                FINE.to_string()
            })
        }),
        ("as_completed", || {
            let mut each = as_completed([never()]);
            Box::pin(async move { says(each.next().await.unwrap().result) })
        }),
        ("as_completed with a timeout", || {
            let mut each = as_completed([never()]).timeout(HOUR);
            Box::pin(async move { says(each.next().await.unwrap().unwrap().result) })
        }),
        ("shield", || {
            let shield = shield(never());
            Box::pin(async { says(shield.await) })
        }),
    ]
}

/// Returns the rows of what ends at a time, and groups.
fn limits() -> Vec<Row> {
    vec![
        ("timeout", || {
            let timeout = timeout(HOUR, pending::<()>());
            Box::pin(async { says(timeout.await) })
        }),
        ("timeout of a promise", || {
            let timeout = timeout(HOUR, Promise::<u32>::new());
            Box::pin(async { says(timeout.await.unwrap()) })
        }),
        ("deadline", || {
            let timeout = Deadline::after(HOUR).run(pending::<()>());
            Box::pin(async { says(timeout.await) })
        }),
        ("wait_for", || {
            let wait = wait_for(never(), HOUR);
            Box::pin(async { says(wait.await.unwrap()) })
        }),
        ("wait_for of a future", || {
            let wait = wait_for(pending::<()>(), HOUR);
            Box::pin(async { says(wait.await) })
        }),
        ("sleep", || {
            Box::pin(async {
                sleep(HOUR).await;
                FINE.to_string()
            })
        }),
        ("interval", || {
            Box::pin(async {
                let mut ticks = interval(HOUR);
                ticks.tick().await;
                ticks.tick().await;
                FINE.to_string()
            })
        }),
        ("borrowing group", || {
            Box::pin(async {
                says(
                    borrowing_group(async |group: BorrowingGroup<'static, String>| {
                        group.spawn(pending::<Result<(), String>>());
                        Ok(())
                    })
                    .await,
                )
            })
        }),
        ("task group", || {
            Box::pin(async {
                says(
                    task_group(async |group: TaskGroup<String>| {
                        group.spawn(pending::<Result<(), String>>());
                        Ok(())
                    })
                    .await,
                )
            })
        }),
    ]
}

/// Returns the rows of streams.
fn streams() -> Vec<Row> {
    vec![
        ("merge", || {
            let mut merged = merge([dry(), dry()]);
            Box::pin(async move {
                merged.next().await;
                FINE.to_string()
            })
        }),
        ("zip", || {
            let mut zipped = zip((dry(), dry()));
            Box::pin(async move {
                zipped.next().await;
                FINE.to_string()
            })
        }),
        ("buffered, no source", || {
            let source = stream::pending::<Task<u32>>();
            let mut buffered = buffered(source, 2);
            Box::pin(async move {
                buffered.next().await;
                FINE.to_string()
            })
        }),
        ("buffered, a task in flight", || {
            let mut buffered = buffered(stream::iter([never()]), 2);
            Box::pin(async move {
                buffered.next().await;
                FINE.to_string()
            })
        }),
        ("buffer_unordered", || {
            let mut buffered = buffer_unordered(stream::iter([never()]), 2);
            Box::pin(async move {
                buffered.next().await;
                FINE.to_string()
            })
        }),
        ("async_map", || {
            let mut mapped = async_map(|_: u32| pending::<u32>(), [1, 2]);
            Box::pin(async move { says(mapped.next().await.unwrap()) })
        }),
    ]
}

/// Returns the rows of handles that come from elsewhere.
fn others() -> Vec<Row> {
    vec![
        ("remote task", || {
            let task = remote().spawn(pending::<()>);
            Box::pin(async { says(task.await) })
        }),
        ("the child of a group", || {
            let kept: Rc<RefCell<Option<Says>>> = Rc::default();
            let keep = kept.clone();
            spawn(task_group(async move |group: TaskGroup<String>| {
                let child = group.spawn(pending::<Result<(), String>>());
                keep.replace(Some(Box::pin(async { says(child.result().await) })));
                Ok(())
            }))
            .detach();
            Box::pin(poll_fn(move |cx| match &mut *kept.borrow_mut() {
                Some(child) => child.as_mut().poll(cx),
                None => {
                    cx.waker().wake_by_ref(); // the group has not begun
                    Poll::Pending
                }
            }))
        }),
    ]
}

/// Where the future is awaited after the close.
#[derive(Clone, Copy, Debug)]
enum Place {
    AnotherLoop,
    AnotherExecutor,
    /// A foreign executor waits for it before the loop is closed, and must be woken by the close. If the
    /// future cannot wait there, it says so.
    Waiting,
    /// The same, of a future of a set that a task of the loop polls, where it can wait.
    WaitingInside,
}

const PLACES: [Place; 4] = [
    Place::AnotherLoop,
    Place::AnotherExecutor,
    Place::Waiting,
    Place::WaitingInside,
];

type MakeLoop = fn() -> EventLoop;

fn on_virtual_time() -> EventLoop {
    EventLoop::builder().virtual_time().build()
}

/// Counts the calls of a waker.
#[derive(Default)]
struct Calls(AtomicUsize);

impl Wake for Calls {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

thread_local! {
    /// The panics of this thread are made on purpose.
    static ON_PURPOSE: Cell<bool> = const { Cell::new(false) };
}

/// Calls `act`, and catches its panic, which is not shown.
fn caught<T>(act: impl FnOnce() -> T) -> std::thread::Result<T> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let shown = take_hook();
        set_hook(Box::new(move |panic| {
            if !ON_PURPOSE.get() {
                shown(panic);
            }
        }));
    });
    ON_PURPOSE.set(true);
    let done = catch_unwind(AssertUnwindSafe(act));
    ON_PURPOSE.set(false);
    done
}

/// Polls the future once. Returns its answer, which may be the text of a panic, or `None` if it waits.
fn ask(future: &mut Says, cx: &mut Context<'_>) -> Option<String> {
    match caught(|| future.as_mut().poll(cx)) {
        Ok(Poll::Pending) => None,
        Ok(Poll::Ready(mark)) => Some(mark),
        Err(panic) => match panic.downcast::<String>() {
            Ok(mark) => Some(*mark),
            Err(panic) => Some(panic.downcast_ref::<&str>().unwrap().to_string()),
        },
    }
}

/// Does what [`ask`] does. Returns a text if the future waits, too.
fn last_answer(future: &mut Says, cx: &mut Context<'_>) -> String {
    let answer = ask(future, cx);
    answer.unwrap_or_else(|| "it waits for ever".to_string())
}

/// Makes a future in a loop, polls it in a task of that loop, closes the loop, and polls again.
fn outlives(make_loop: MakeLoop, make: fn() -> Says, place: Place) -> String {
    let home = make_loop();
    let kept: Rc<RefCell<Option<Says>>> = Rc::default();
    let keep = kept.clone();
    home.spawn(async move {
        keep.replace(Some(make()));
        poll_fn(|cx| {
            let mut place = keep.borrow_mut();
            let polled = place.as_mut().unwrap().as_mut().poll(cx);
            assert!(polled.is_pending());
            polled.map(|_: String| ())
        })
        .await;
    })
    .detach();
    let busy = async {
        loop {
            yield_now().await; // keeps the loop busy: an idle one reports a deadlock
        }
    };
    home.spawn(busy).detach();
    for _ in 0..10 {
        home.step().unwrap();
    }
    let mut future = kept.take().unwrap();
    let calls = Arc::new(Calls::default());
    let waker = Waker::from(calls.clone());
    let cx = &mut Context::from_waker(&waker);
    if let Place::Waiting | Place::WaitingInside = place {
        // The future has moved to another executor, which waits for it when its loop is closed.
        let answer = match place {
            Place::WaitingInside => home
                .run_until_complete(async { ask(&mut future, cx) })
                .unwrap()
                .map(|_| "it does not wait inside its loop".to_string()),
            _ => ask(&mut future, cx),
        };
        if let Some(answer) = answer {
            return answer;
        }
        let before = calls.0.load(Ordering::Relaxed);
        home.close().unwrap();
        if calls.0.load(Ordering::Relaxed) == before {
            return "nobody was woken".to_string();
        }
    }
    home.close().unwrap();
    drop(home);
    let Place::AnotherLoop = place else {
        return last_answer(&mut future, cx);
    };
    let other = EventLoop::builder().virtual_time().build();
    let mark = poll_fn(move |cx| Poll::Ready(last_answer(&mut future, cx)));
    other.run_until_complete(mark).unwrap()
}

/// Awaits the futures of rows in some places. Returns those that have not given one of these sentences.
fn silent(
    make_loop: MakeLoop,
    rows: Vec<Row>,
    places: &[Place],
    sentences: &[&str],
) -> Vec<String> {
    let mut silent = Vec::new();
    for (kind, make) in rows {
        for &place in places {
            // Under another executor no cancel can reach a region, and so no deadline either.
            let unreachable = ["timeout", "deadline", "wait_for of a future"].contains(&kind);
            let waits = matches!(place, Place::Waiting | Place::WaitingInside);
            if unreachable && waits {
                continue;
            }
            let mark = outlives(make_loop, make, place);
            let sentence = sentences.iter().any(|sentence| mark.contains(sentence));
            if !sentence {
                silent.push(format!("{kind}, {place:?}: {mark}"));
            }
        }
    }
    silent
}

/// A future that was polled in a closed loop answers at its next poll, in another loop
/// and under another executor, and the close wakes its waiters.
#[test]
fn what_outlives_its_loop_answers() {
    // An interval says that it is of another loop, or that no loop runs.
    let sentences = [
        "closed",
        "cancelled",
        "this interval began in",
        "interval works only inside",
    ];
    let silent = silent(on_virtual_time, kinds(), &PLACES, &sentences);
    assert!(silent.is_empty(), "{}", silent.join("\n"));
}

/// The same of floor 6. A shared object says that it belongs to another loop.
#[test]
fn a_wait_for_a_shared_object_that_outlives_its_loop_is_refused() {
    let rows = [shared::objects(), shared::channels()].concat();
    let refused = ["is bound to a different event loop"];
    let silent = silent(on_virtual_time, rows, &PLACES, &refused);
    assert!(silent.is_empty(), "{}", silent.join("\n"));
}

/// The close of a loop waits for the jobs of its pool. So a look-up has its addresses.
#[cfg(unix)]
#[test]
fn a_look_up_that_outlives_its_loop_has_its_addresses() {
    for in_a_loop in [true, false] {
        let home = EventLoop::new();
        let mut late = Box::pin(sockets::look_up_late());
        let polled = home.run_until_complete(async { futures::poll!(&mut late).is_pending() });
        assert!(polled.unwrap());
        home.close().unwrap();
        let found = match in_a_loop {
            true => on_virtual_time().run_until_complete(late).unwrap(),
            false => futures::executor::block_on(late),
        };
        assert!(!found.unwrap().is_empty());
    }
}

/// A socket answers so, too, on the system and in memory, and says whose it is.
#[cfg(unix)]
#[test]
fn sockets_that_outlive_their_loop_answer() {
    let sentences = [
        "no event loop runs here: await a socket",
        "belongs to another event loop",
        "is bound to a different event loop",
        "closed",
        "cancelled",
    ];
    let on_the_system = sockets::on_the_system();
    let mut mute = silent(EventLoop::new, on_the_system, &PLACES, &sentences);
    let in_memory = sockets::in_memory();
    mute.extend(silent(on_virtual_time, in_memory, &PLACES, &sentences));
    assert!(mute.is_empty(), "{}", mute.join("\n"));
}

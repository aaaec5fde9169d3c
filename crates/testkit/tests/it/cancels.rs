//! Every verb of floors 5 to 7, disturbed at every point.
//!
//! Invariants:
//! 1. Each run comes to rest: no task, no timer, no report is left.
//! 2. The law of each scene holds: permits are free, items are in the queue or were received.
//!
//! Read next: `cancels/sockets.rs`.

mod sockets;

use std::cell::Cell;
use std::collections::BTreeSet;
use std::future::pending;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use futures::stream::{self, StreamExt};
use futures::{AsyncReadExt, AsyncWriteExt};
use groundup::net::{
    Network, StreamReader, StreamWriter, TcpListener, TcpStream, open_connection, start_server,
};
use groundup::{
    Barrier, BaseQueue, BorrowingGroup, BoundedSemaphore, CancellationToken, Condition, Event,
    Lock, Lowest, Notify, OnceCell, Queue, QueueStore, ReturnWhen, RwLock, Semaphore, SharedQueue,
    Task, TaskGroup, ThreadPool, as_completed, async_map, borrowing_group, broadcast,
    buffer_unordered, buffered, catch_cancel, current_loop, current_task, gather, interval, join,
    merge, oneshot, race, race_ok, run_in_executor, select, select_biased, shield, sleep, spawn,
    spawn_named, task_group, time, timeout, to_thread, try_gather, try_join, unordered, wait,
    wait_for, watch, yield_now, zip,
};
use groundup_testkit::{CancelEverywhere, Case, Found, cancel_everywhere};

use crate::toys::ms;

/// A scene: its name, its law in words, and the case.
pub(crate) type Scene = (&'static str, &'static str, Box<dyn Fn() -> Case>);

fn scene<F: Future + 'static>(name: &'static str, make: impl Fn() -> F + 'static) -> Scene {
    let case = move || {
        let future = make();
        Case::new(async move {
            future.await;
            // A task that was cancelled at its await takes no step behind it.
            let lost = cancels_of_the_task();
            assert_eq!(
                lost, 0,
                "the task was cancelled, and runs on behind the await"
            );
        })
    };
    (name, "", Box::new(case))
}

/// A scene of children that fail. Their error may come to the awaiter in place of a cancel, as in asyncio.
fn failing<F: Future + 'static>(name: &'static str, make: impl Fn() -> F + 'static) -> Scene {
    (name, "", Box::new(move || Case::new(make())))
}

fn lawful(name: &'static str, law: &'static str, make: impl Fn() -> Case + 'static) -> Scene {
    (name, law, Box::new(make))
}

/// Sleeps, and cleans up for a millisecond if it is cancelled.
async fn child(milliseconds: u64) -> u64 {
    match catch_cancel(sleep(ms(milliseconds))).await {
        Ok(()) => milliseconds,
        Err(cancelled) => {
            sleep(ms(1)).await;
            cancelled.raise().await
        }
    }
}

async fn fails(milliseconds: u64) -> Result<u64, &'static str> {
    sleep(ms(milliseconds)).await;
    Err("no")
}

fn children() -> [Task<u64>; 3] {
    [1, 2, 2].map(|milliseconds| spawn(child(milliseconds)))
}

fn floor_5() -> Vec<Scene> {
    vec![
        scene("gather", || async { gather(children()).await }),
        scene("gather of futures", || async {
            gather([child(1), child(2)]).await
        }),
        scene("gather, return_exceptions", || async {
            gather(children()).return_exceptions().await
        }),
        failing("try_gather", || async {
            try_gather([fails(1), fails(2)]).await.err()
        }),
        scene("wait for all", || async {
            wait(children(), ReturnWhen::AllCompleted).await
        }),
        scene("wait for the first", || async {
            wait(children(), ReturnWhen::FirstCompleted).await
        }),
        scene("wait for the first exception", || async {
            let tasks = [1, 2, 3].map(|milliseconds| spawn(fails(milliseconds)));
            let first = wait(tasks, ReturnWhen::FirstException);
            first.errors_count().await
        }),
        scene("wait with a timeout", || async {
            wait(children(), ReturnWhen::AllCompleted)
                .timeout(ms(1))
                .await
        }),
        scene("wait with a timeout that does not pass", || async {
            wait(children(), ReturnWhen::AllCompleted)
                .timeout(ms(50))
                .await
        }),
        scene("as_completed", || async {
            as_completed(children()).collect::<Vec<_>>().await
        }),
        scene("wait_for", || async {
            wait_for(spawn(child(2)), ms(3)).await.is_ok()
        }),
        scene("wait_for too long", || async {
            wait_for(spawn(child(9)), ms(3)).await.is_ok()
        }),
        scene("timeout", || async { timeout(ms(3), child(2)).await }),
        scene("timeout that passes", || async {
            timeout(ms(3), child(9)).await
        }),
        scene("shield", || async { shield(spawn(child(2))).await }),
        scene("task_group", || async {
            task_group(async |group: TaskGroup<()>| {
                let children = [1, 2]
                    .map(|milliseconds| group.spawn(async move { Ok(child(milliseconds).await) }));
                Ok(join(children).await)
            })
            .await
        }),
        scene("task_group with a failure", || async {
            task_group(async |group: TaskGroup<&'static str>| {
                drop(group.spawn(fails(1)));
                drop(group.spawn(async { Ok(child(5).await) }));
                Ok(())
            })
            .await
            .ok();
            yield_now().await; // the errors of a group leave it before a cancel
        }),
        scene("borrowing_group", || async {
            borrowing_group(async |group: BorrowingGroup<'_, ()>| {
                let children = [1, 2]
                    .map(|milliseconds| group.spawn(async move { Ok(child(milliseconds).await) }));
                Ok(join(children).await)
            })
            .await
        }),
        scene("borrowing_group with a failure", || async {
            borrowing_group(async |group: BorrowingGroup<'_, &'static str>| {
                drop(group.spawn(fails(1)));
                drop(group.spawn(async { Ok(child(5).await) }));
                Ok(())
            })
            .await
            .ok();
            yield_now().await;
        }),
        scene("join", || async { join([child(1), child(2)]).await }),
        scene("try_join", || async {
            try_join([fails(1), fails(2)]).await
        }),
        scene("race", || async {
            race([child(1), child(2)].map(Box::pin)).await
        }),
        scene("race_ok", || async {
            race_ok([fails(1), fails(2)].map(Box::pin)).await
        }),
        scene("select", || async {
            select((child(1), child(2))).await.index()
        }),
        scene("select of tasks", || async {
            select((spawn(child(1)), spawn(child(2)))).await.index()
        }),
        scene("unordered", || async {
            unordered([child(2), child(1)]).collect::<Vec<_>>().await
        }),
        scene("async_map", || async {
            async_map(child, vec![1, 2, 3]).limit(2).collect_vec().await
        }),
        scene("buffered", || async {
            buffered(stream::iter([child(2), child(1), child(1)]), 2)
                .collect::<Vec<_>>()
                .await
        }),
        scene("buffer_unordered", || async {
            buffer_unordered(stream::iter([child(2), child(1), child(1)]), 2)
                .collect::<Vec<_>>()
                .await
        }),
        scene("merge", || async {
            merge([stream::iter([1, 2]), stream::iter([3, 4])])
                .collect::<Vec<_>>()
                .await
        }),
        scene("zip", || async {
            zip((stream::iter([1, 2]), async_map(child, [1, 2])))
                .collect::<Vec<_>>()
                .await
        }),
        scene("interval", || async {
            let mut interval = interval(ms(1));
            for _ in 0..3 {
                interval.tick().await;
            }
        }),
    ]
}

/// A child that ends only if it is cancelled.
async fn never() -> u64 {
    match catch_cancel(pending()).await {
        Ok(()) => 0,
        Err(cancelled) => {
            sleep(ms(1)).await;
            cancelled.raise().await
        }
    }
}

/// The tools that cancel their children. A child that one of them forgets is left for ever. A gather has
/// one child, since the others run on when one is cancelled.
fn endless() -> Vec<Scene> {
    vec![
        scene("endless gather", || async {
            timeout(ms(2), async { gather([never()]).await })
                .await
                .err()
        }),
        scene("endless gather, return_exceptions", || async {
            timeout(ms(2), async {
                gather([never(), never()]).return_exceptions().await
            })
            .await
            .err()
        }),
        scene("endless try_gather", || async {
            let fallible = || async { Ok::<u64, ()>(never().await) };
            timeout(ms(2), async { try_gather([fallible()]).await.is_ok() }).await
        }),
        scene("endless task_group", || async {
            let group = task_group(async |group: TaskGroup<()>| {
                drop(group.spawn(async { Ok(never().await) }));
                drop(group.spawn(async { Ok(never().await) }));
                Ok(())
            });
            timeout(ms(2), group).await.is_ok()
        }),
        scene(
            "task_group that fails beside a child without end",
            || async {
                let group = task_group(async |group: TaskGroup<&'static str>| {
                    drop(group.spawn(async { Ok(never().await) }));
                    drop(group.spawn(fails(1)));
                    Ok(())
                });
                drop(timeout(ms(4), group).await);
                yield_now().await;
            },
        ),
        scene("endless task_group, in a body that waits", || async {
            let group = task_group(async |group: TaskGroup<()>| {
                drop(group.spawn(async { Ok(never().await) }));
                Ok(never().await)
            });
            timeout(ms(2), group).await.is_ok()
        }),
        scene("endless borrowing_group", || async {
            let group = borrowing_group(async |group: BorrowingGroup<'_, ()>| {
                drop(group.spawn(async { Ok(never().await) }));
                drop(group.spawn(async { Ok(never().await) }));
                Ok(())
            });
            timeout(ms(2), group).await.is_ok()
        }),
        scene("endless race of tasks", || async {
            timeout(ms(2), race([spawn(never()), spawn(never())]))
                .await
                .is_ok()
        }),
        scene("endless wait_for", || async {
            wait_for(never(), ms(2)).await.is_ok()
        }),
        scene("endless async_map", || async {
            let map = async_map(|_| never(), vec![1, 2, 3]).limit(2);
            timeout(ms(2), map.collect_vec()).await.is_ok()
        }),
        scene("endless async_map without a limit", || async {
            let map = async_map(|_| never(), vec![1, 2, 3]);
            timeout(ms(2), map.collect_vec()).await.is_ok()
        }),
        scene("endless buffered", || async {
            let stream = buffered(stream::iter([never(), never()]), 2);
            timeout(ms(2), stream.collect::<Vec<_>>()).await.is_ok()
        }),
        scene("endless merge", || async {
            let stream = merge([stream::pending::<u8>(), stream::pending()]);
            timeout(ms(2), stream.collect::<Vec<_>>()).await.is_ok()
        }),
        scene("endless zip", || async {
            let stream = zip([stream::pending::<u8>(), stream::pending()]);
            timeout(ms(2), stream.collect::<Vec<_>>()).await.is_ok()
        }),
    ]
}

fn cancels_of_the_task() -> u32 {
    current_task().map_or(0, |task| task.cancelling())
}

/// A scene whose future says at its end whether all is well. This holds in the first run, which is
/// the one without a disturbance.
fn calmly<F: Future<Output = bool> + 'static>(
    name: &'static str,
    make: impl Fn() -> F + 'static,
) -> Scene {
    let calm = Cell::new(true);
    lawful(
        name,
        "undisturbed, no cancel is left in its task",
        move || {
            let (calm, well) = (calm.replace(false), Rc::new(Cell::new(false)));
            let (seen, future) = (well.clone(), make());
            Case::new(async move { well.set(future.await) }).law(move || !calm || seen.get())
        },
    )
}

/// Sets its flag when it is dropped.
struct Flag(Rc<Cell<bool>>);

impl Drop for Flag {
    fn drop(&mut self) {
        self.0.set(true);
    }
}

/// Sets its flag when it is dropped by a cancel of its task.
struct OnCancel(Rc<Cell<bool>>);

impl Drop for OnCancel {
    fn drop(&mut self) {
        self.0.set(cancels_of_the_task() > 0);
    }
}

/// Two tasks read a queue of ends. If the reader that was woken for the first end is cancelled, the other
/// one must read it at once, and not only when the next member ends.
fn read_by_two() -> Scene {
    lawful(
        "as_completed, read by two tasks",
        "the first end is read as soon as a reader waits",
        || {
            let first = Rc::new(Cell::new(u128::MAX));
            let read = first.clone();
            Case::new(async move {
                let members = [spawn(child(1)), spawn(child(100))];
                let readers = as_completed(members).into_iter().map(|item| {
                    let first = first.clone();
                    spawn(async move {
                        drop(item.await);
                        first.set(first.get().min(time().since_start().as_millis()));
                    })
                });
                for reader in readers.collect::<Vec<_>>() {
                    reader.await.ok();
                }
            })
            .law(move || read.get() < 50 || read.get() == u128::MAX)
        },
    )
}

/// The losers of a race are dropped before the code behind its await runs.
fn losers() -> Scene {
    scene("race that is kept after its end", || async {
        let gone = Rc::new(Cell::new(false));
        let flag = Flag(gone.clone());
        let loser = async move {
            let _flag = flag;
            child(5).await
        };
        let mut racing = pin!(race((child(1), loser)));
        racing.as_mut().await;
        assert!(gone.get(), "the loser lives on in the race");
    })
}

/// One of many futures in place cleans up: a cancel of the task must find it among them.
fn forty() -> Scene {
    lawful(
        "join of forty futures",
        "the one that catches a cancel has cleaned up",
        || {
            let (gone, clean) = (Rc::new(Cell::new(false)), Rc::new(Cell::new(false)));
            let (was_dropped, was_clean) = (gone.clone(), clean.clone());
            Case::new(async move {
                let futures = (0..40).map(|number| {
                    let (gone, clean) = (gone.clone(), clean.clone());
                    async move {
                        if number != 7 {
                            return sleep(ms(number)).await;
                        }
                        let _flag = OnCancel(gone);
                        if let Err(cancelled) = catch_cancel(sleep(ms(50))).await {
                            sleep(ms(1)).await;
                            clean.set(true);
                            cancelled.raise().await
                        }
                    }
                });
                join(futures).await;
            })
            .law(move || !was_dropped.get() || was_clean.get())
        },
    )
}

/// Catches a cancel, and raises it in the same step.
async fn raises() -> u64 {
    match catch_cancel(sleep(ms(9))).await {
        Ok(()) => 9,
        Err(cancelled) => cancelled.raise().await,
    }
}

/// A scene of a future in a select, before one that catches a cancel. The future is polled while the cancel is
/// on its way, and must not return a value then: the select would drop the one that has the cancel.
fn before<F: Future + 'static>(name: &'static str, make: impl Fn() -> F + 'static) -> Scene {
    scene(name, move || {
        let future = make();
        async move { select_biased((future, raises())).await.index() }
    })
}

fn before_a_region() -> Vec<Scene> {
    vec![
        before("wait", || async {
            wait(children(), ReturnWhen::FirstCompleted).await
        }),
        before("as_completed", || async {
            as_completed(children()).next().await.is_some()
        }),
        before("shield", || async { shield(spawn(child(2))).await }),
        before("buffered", || async {
            let mut stream = buffered(stream::iter([child(2), child(1)]), 2);
            stream.next().await.is_some()
        }),
    ]
}

/// What a verb leaves behind in its loop and in its task, asserted where it has ended.
fn remains() -> Vec<Scene> {
    vec![
        scene("wait_for without time", || async {
            wait_for(never(), ms(0)).await.is_ok()
        }),
        scene("shield that is given up", || async {
            let task = spawn(child(5));
            let groups = || current_loop().scheduler().groups().0;
            let before = groups();
            drop(timeout(ms(1), shield(task.clone())).await);
            assert_eq!(groups(), before, "its registration is gone with it");
            task.await.ok();
        }),
        read_by_two(),
        losers(),
        forty(),
        calmly("task_group that cancels itself", || async {
            let group = task_group(async |group: TaskGroup<()>| {
                group.cancel();
                sleep(ms(3)).await;
                Ok(())
            });
            group.await.is_err() && cancels_of_the_task() == 0
        }),
        calmly("task_group that fails, in a body that waits", || async {
            let group = task_group(async |group: TaskGroup<&'static str>| {
                drop(group.spawn(fails(1)));
                sleep(ms(3)).await;
                Ok(())
            });
            group.await.is_err() && cancels_of_the_task() == 0
        }),
    ]
}

/// Spawns three users, and awaits them. A user waits for a second at most.
async fn three<F: Future<Output = ()> + 'static>(user: impl Fn(u64) -> F) {
    let users = [0, 1, 2].map(|number| {
        let user = user(number);
        let task = spawn(async move { timeout(ms(1_000), user).await.ok() });
        task.set_name(format!("user{number}"));
        task
    });
    for user in users {
        user.await.ok();
    }
}

fn permits() -> Vec<Scene> {
    vec![
        lawful("Lock", "the lock is free", || {
            let lock = Rc::new(Lock::new());
            let free = lock.clone();
            Case::new(three(move |_| {
                let lock = lock.clone();
                async move {
                    let _guard = lock.acquire().await;
                    yield_now().await;
                }
            }))
            .law(move || !free.locked())
        }),
        lawful("Lock, owned guards", "the lock is free", || {
            let lock = Rc::new(Lock::new());
            let free = lock.clone();
            Case::new(three(move |_| {
                let lock = lock.clone();
                async move {
                    let guard = lock.acquire_owned().await;
                    // The guard leaves the task that has taken it.
                    let keeper = spawn(async move {
                        yield_now().await;
                        drop(guard);
                    });
                    keeper.await.ok();
                }
            }))
            .law(move || !free.locked())
        }),
        lawful("Semaphore", "two permits are free", || {
            let pool = Rc::new(Semaphore::new(2));
            let free = pool.clone();
            Case::new(three(move |_| {
                let pool = pool.clone();
                async move {
                    let _permit = pool.acquire().await;
                    yield_now().await;
                }
            }))
            .law(move || free.available() == 2)
        }),
        lawful("BoundedSemaphore", "the permit is free", || {
            let pool = Rc::new(BoundedSemaphore::new(1));
            let free = pool.clone();
            Case::new(three(move |_| {
                let pool = pool.clone();
                async move {
                    let _permit = pool.acquire().await;
                    sleep(ms(1)).await;
                }
            }))
            .law(move || free.available() == 1)
        }),
        lawful("Semaphore, owned permits", "two permits are free", || {
            let pool = Rc::new(Semaphore::new(2));
            let free = pool.clone();
            Case::new(three(move |_| {
                let pool = pool.clone();
                async move {
                    let permit = pool.acquire_owned().await;
                    let keeper = spawn(async move {
                        yield_now().await;
                        drop(permit);
                    });
                    keeper.await.ok();
                }
            }))
            .law(move || free.available() == 2)
        }),
        lawful("RwLock", "a writer may enter", || {
            let lock = Rc::new(RwLock::new());
            let free = lock.clone();
            Case::new(three(move |number| {
                let lock = lock.clone();
                async move {
                    if number == 1 {
                        let _guard = lock.write().await;
                        yield_now().await;
                    } else {
                        let _guard = lock.read().await;
                        yield_now().await;
                    }
                }
            }))
            .law(move || free.try_write().is_some())
        }),
        lawful("OnceCell", "the cell is empty or has a value", || {
            let cell = Rc::new(OnceCell::new());
            let made = cell.clone();
            Case::new(three(move |number| {
                let cell = cell.clone();
                async move {
                    let make = || async move {
                        yield_now().await;
                        number
                    };
                    cell.get_or_init(make).await;
                }
            }))
            .law(move || made.get().is_none_or(|number| *number < 3))
        }),
    ]
}

/// Two tasks wait for one item, and the third one puts it. If the task that was notified is cancelled, the
/// other one must be notified in its place.
fn notified_one() -> Scene {
    lawful(
        "Condition, notify of one",
        "the lock is free, and no task waits in vain",
        || {
            let (lock, changed) = (Rc::new(Lock::with(0)), Rc::new(Condition::new()));
            let (late, in_vain) = (Rc::new(Cell::new(0)), lock.clone());
            let waited = late.clone();
            Case::new(three(move |number| {
                let (lock, changed, late) = (lock.clone(), changed.clone(), late.clone());
                async move {
                    let mut guard = lock.acquire().await;
                    if number == 2 {
                        *guard += 1;
                        return changed.notify(&guard, 1);
                    }
                    let item = changed.wait_for(guard, |items| *items > 0);
                    match timeout(ms(100), item).await {
                        Ok(mut guard) => *guard -= 1,
                        Err(_) => late.set(late.get() + 1),
                    }
                }
            }))
            .law(move || {
                let items = in_vain.try_acquire();
                items.is_some_and(|items| *items == 0 || waited.get() == 0)
            })
        },
    )
}

fn signals() -> Vec<Scene> {
    vec![
        scene("Event", || {
            let event = Rc::new(Event::new());
            three(move |number| {
                let event = event.clone();
                async move {
                    match number {
                        0 => event.set(),
                        _ => event.wait().await,
                    }
                }
            })
        }),
        lawful("Condition", "the lock is free", || {
            let (lock, changed) = (Rc::new(Lock::with(0)), Rc::new(Condition::new()));
            let free = lock.clone();
            Case::new(three(move |number| {
                let (lock, changed) = (lock.clone(), changed.clone());
                async move {
                    let mut guard = lock.acquire().await;
                    match number {
                        2 => {
                            *guard = 5;
                            changed.notify_all(&guard);
                        }
                        _ => drop(changed.wait_for(guard, |number| *number == 5).await),
                    }
                }
            }))
            .law(move || !free.locked())
        }),
        notified_one(),
        lawful("Barrier", "no task is counted", || {
            let barrier = Rc::new(Barrier::new(3));
            let empty = barrier.clone();
            Case::new(three(move |_| {
                let barrier = barrier.clone();
                async move { _ = barrier.wait().await.ok() }
            }))
            .law(move || empty.n_waiting() == 0)
        }),
        scene("Notify", || {
            let notify = Rc::new(Notify::new());
            three(move |number| {
                let notify = notify.clone();
                async move {
                    match number {
                        1 => notify.notify_one(),
                        _ => notify.notified().await,
                    }
                }
            })
        }),
        scene("CancellationToken", || {
            let token = CancellationToken::new();
            three(move |number| {
                let child = token.child_token();
                let token = token.clone();
                async move {
                    match number {
                        2 => token.cancel(),
                        _ => child.cancelled().await,
                    }
                }
            })
        }),
    ]
}

/// Counts the items that were put and the items that were received.
#[derive(Clone, Default)]
struct Account {
    put: Rc<Cell<u32>>,
    got: Rc<Cell<u32>>,
}

fn queue<S: QueueStore<Item = u64> + 'static>(name: &'static str) -> Scene {
    lawful(
        name,
        "each item is in the queue, or was received once",
        || {
            let (queue, account) = (Rc::new(BaseQueue::<S>::new(1)), Account::default());
            let (left, seen) = (queue.clone(), account.clone());
            Case::new(three(move |number| {
                let (queue, Account { put, got }) = (queue.clone(), account.clone());
                async move {
                    for _ in 0..2 {
                        match number {
                            2 if queue.get().await.is_ok() => got.set(got.get() + 1),
                            2 => {}
                            _ if queue.put(number).await.is_ok() => put.set(put.get() + 1),
                            _ => {}
                        }
                    }
                }
            }))
            .law(move || seen.put.get() == seen.got.get() + left.len() as u32)
        },
    )
}

/// A task puts two items and waits until the others have done them.
fn joined() -> Scene {
    lawful("Queue, join", "it returns when each item is done", || {
        let (queue, done) = (Rc::new(Queue::new(1)), Rc::new(Cell::new(0)));
        let early = Rc::new(Cell::new(false));
        let was_early = early.clone();
        Case::new(three(move |number| {
            let (queue, done, early) = (queue.clone(), done.clone(), early.clone());
            async move {
                if number > 0 {
                    if queue.get().await.is_ok() {
                        sleep(ms(number)).await;
                        done.set(done.get() + 1);
                        queue.task_done().unwrap();
                    }
                    return;
                }
                for item in 0..2 {
                    queue.put(item).await.unwrap();
                }
                sleep(ms(1)).await; // one of the two is done
                queue.join().await;
                early.set(done.get() < 2);
            }
        }))
        .law(move || !was_early.get())
    })
}

fn channels() -> Vec<Scene> {
    vec![
        queue::<std::collections::VecDeque<u64>>("Queue"),
        joined(),
        queue::<Vec<u64>>("LifoQueue"),
        queue::<Lowest<u64>>("PriorityQueue"),
        lawful(
            "SharedQueue",
            "each item is in the queue, or was received once",
            || {
                let (queue, account) = (SharedQueue::new(1), Account::default());
                let (left, seen) = (queue.clone(), account.clone());
                Case::new(three(move |number| {
                    let (queue, Account { put, got }) = (queue.clone(), account.clone());
                    async move {
                        for _ in 0..2 {
                            match number {
                                2 if queue.get().await.is_ok() => got.set(got.get() + 1),
                                2 => {}
                                _ if queue.put(number).await.is_ok() => put.set(put.get() + 1),
                                _ => {}
                            }
                        }
                    }
                }))
                .law(move || seen.put.get() == seen.got.get() + left.len() as u32)
            },
        ),
        scene("oneshot", || async {
            let (sender, receiver) = oneshot();
            let task = spawn(async move {
                sleep(ms(1)).await;
                sender.send(5).ok();
            });
            receiver.await.ok();
            task.await.ok();
        }),
        scene("broadcast", || async {
            let (sender, mut receiver) = broadcast(4);
            let task = spawn(async move { while receiver.recv().await.is_ok() {} });
            for number in 0..3 {
                sender.send(number).ok();
                yield_now().await;
            }
            drop(sender);
            task.await.ok();
        }),
        scene("watch", || async {
            let (sender, mut receiver) = watch(0);
            let task = spawn(async move { while receiver.changed().await.is_ok() {} });
            for number in 1..3 {
                sender.send(number).ok();
                yield_now().await;
            }
            drop(sender);
            task.await.ok();
        }),
    ]
}

/// Jobs on the threads of a pool. Each user gives its job up after a while, which is never over.
fn jobs() -> Vec<Scene> {
    let of_one_thread = || {
        let pool = Rc::new(ThreadPool::new(1));
        let alive = Arc::new(());
        let (kept, idle) = (alive.clone(), pool.clone());
        let case = Case::new(async move {
            let users = [1, 2, 3].map(|number| {
                let (pool, kept) = (pool.clone(), kept.clone());
                let job = move || drop((kept, number));
                spawn(async move { timeout(ms(5), run_in_executor(&pool, job)).await.ok() })
            });
            drop(kept);
            for user in users {
                user.await.ok();
            }
            pool.join(Duration::MAX).await.ok();
        });
        case.law(move || Arc::strong_count(&alive) == 1 && idle.queued() == 0)
    };
    vec![
        scene("to_thread", || {
            three(|number| async move {
                to_thread(move || number).await.unwrap();
            })
        }),
        lawful(
            "ThreadPool",
            "each job has ended or was dropped",
            of_one_thread,
        ),
    ]
}

/// A packet may be on its way when the program has ended, and that is no fault.
fn network() -> Vec<Scene> {
    vec![scene("a connection in memory", || async {
        let network = Network::builder().latency(ms(3)).build();
        let host = network.host("server");
        let listener = host.run(async { TcpListener::bind(([0, 0, 0, 0], 80)) });
        let (listener, address) = (listener.await.unwrap(), (host.addresses()[0], 80));
        let serve = async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut four = [0; 4];
            if stream.read_exact(&mut four).await.is_ok() {
                stream.write_all(&four).await.ok();
            }
        };
        let server = spawn(async move { timeout(ms(50), serve).await.ok() });
        let call = async move {
            let mut stream = TcpStream::connect(address).await?;
            stream.write_all(b"ping").await?;
            stream.read_exact(&mut [0; 4]).await
        };
        let called = timeout(ms(50), call).await;
        server.await.ok();
        called.is_ok()
    })]
}

/// Sends back each line, as it comes.
async fn echo(mut reader: StreamReader, mut writer: StreamWriter) -> io::Result<()> {
    loop {
        let line = reader.readline().await?;
        if line.is_empty() {
            return Ok(());
        }
        writer.write(&line);
        writer.drain().await?;
    }
}

/// A scene of a client and a server on a network in memory. The server is closed in the end.
fn connected<F: Future<Output = io::Result<()>> + 'static>(
    name: &'static str,
    client: impl Fn(StreamReader, StreamWriter) -> F + Copy + 'static,
) -> Scene {
    scene(name, move || async move {
        let host = Network::new().host("server");
        let server = host.run(start_server("0.0.0.0", 80, echo)).await.unwrap();
        let (reader, writer) = open_connection("server", 80).await.unwrap();
        // If the task that accepts is cancelled, the peer waits, as on a real network.
        let client = timeout(ms(1_000), client(reader, writer));
        client.await.ok();
        server.close();
        server.wait_closed().await;
    })
}

fn streams() -> Vec<Scene> {
    vec![
        connected(
            "write, drain, readline",
            |mut reader, mut writer| async move {
                writer.write(b"line\n");
                writer.drain().await?;
                reader.readline().await?;
                Ok(())
            },
        ),
        connected(
            "readexactly, readuntil",
            |mut reader, mut writer| async move {
                writer.write(b"seven, eight\n");
                writer.drain().await?;
                reader.readexactly(3).await?;
                reader.readuntil(b"t").await?;
                Ok(())
            },
        ),
        connected("read_to_end", |mut reader, mut writer| async move {
            writer.write(b"last\n");
            writer.close();
            reader.read_to_end().await?;
            writer.wait_closed().await
        }),
        connected(
            "timeout around a readline",
            |mut reader, writer| async move {
                timeout(ms(5), reader.readline()).await.ok();
                drop(writer);
                Ok(())
            },
        ),
    ]
}

/// The scenes, with the titles under which the page of tables has them.
pub(crate) fn chapters() -> Vec<(&'static str, Vec<Scene>)> {
    vec![
        ("Floor 5: tools that wait for several things", floor_5()),
        ("Floor 5: beside children without an end", endless()),
        (
            "Floor 5: in a select, before a future that catches cancels",
            before_a_region(),
        ),
        ("Floor 5: what is left of a tool that gives up", remains()),
        ("Floor 6: locks and permits", permits()),
        ("Floor 6: signals", signals()),
        ("Floor 6: queues and channels", channels()),
        ("Floor 6: jobs on threads", jobs()),
        ("Floor 7: streams on the network in memory", streams()),
        (
            "Floor 7: sockets on the network in memory",
            network().into_iter().chain(sockets::scenes()).collect(),
        ),
    ]
}

fn all() -> impl Iterator<Item = Scene> {
    chapters().into_iter().flat_map(|(_, scenes)| scenes)
}

#[test]
fn every_verb_of_floors_5_to_7_is_safe_everywhere() {
    let (mut runs, mut scenes) = (0, 0);
    for (name, _, make) in all() {
        println!("scene: {name}"); // `cargo xtask mutants` reads the last one
        let report = cancel_everywhere(make);
        let broken: Vec<String> = report.broken().map(ToString::to_string).collect();
        assert!(broken.is_empty(), "{name}: {}", broken.join("\n"));
        assert!(report.runs() > 3, "{name}: {}", report.runs());
        (runs, scenes) = (runs + report.runs(), scenes + 1);
    }
    println!("{scenes} scenes, {runs} disturbed runs, 0 broken");
    assert!(runs > 1_000, "{runs}");
}

/// A second disturbance comes while the program cleans up after the first.
#[test]
fn the_permits_are_safe_when_they_are_disturbed_twice() {
    for (name, _, make) in permits() {
        let report = CancelEverywhere::new().twice().run(make);
        let broken: Vec<String> = report.broken().map(ToString::to_string).collect();
        assert!(broken.is_empty(), "{name}: {}", broken.join("\n"));
    }
}

/// One cancel loses the seat. In most runs that are disturbed twice, or go in another order, too, the kit leaves
/// the other deviation out. In the rest, the task that loses the seat has another number or time without it.
#[test]
fn a_fault_is_told_by_the_disturbances_that_it_needs() {
    let case = || {
        let free = Rc::new(Cell::new(true));
        let is_free = free.clone();
        Case::new(async move {
            let guest = spawn_named("guest", async move {
                free.set(false);
                sleep(ms(1)).await;
                free.set(true);
            });
            let other = spawn_named("other", yield_now());
            other.await.ok();
            guest.await.ok();
        })
        .law(move || is_free.get())
    };
    let once = cancel_everywhere(case);
    let known: BTreeSet<&str> = once.broken().map(|found| found.story.as_str()).collect();
    let twice = CancelEverywhere::new().twice();
    let figures = [twice, CancelEverywhere::new().orders(1)].map(|more| {
        let report = more.run(case);
        let told: Vec<&Found> = report.broken().collect();
        let of_one = told.iter().filter(|found| found.deviations == 1);
        assert!(of_one.clone().all(|found| known.contains(&*found.story)));
        let of_two = told.iter().filter(|found| found.deviations_at_first == 2);
        (told.len(), of_two.count(), of_one.count())
    });
    assert_eq!(known.len(), 6);
    assert_eq!(figures, [(36, 30, 27), (14, 8, 14)]);
}

/// The panic tells a fault once, although many runs have it.
#[test]
fn a_fault_of_several_runs_is_told_once() {
    let case = || {
        let (done, seen) = (Rc::new(Cell::new(false)), Rc::new(Cell::new(false)));
        let (is_done, was_seen) = (done.clone(), seen.clone());
        Case::new(async move {
            let writer = spawn_named("writer", async move {
                seen.set(true);
                yield_now().await;
                done.set(true);
            });
            spawn_named("other", yield_now()).await.ok();
            writer.await.ok();
        })
        .law(move || is_done.get() || !was_seen.get())
    };
    let report = CancelEverywhere::new().orders(1).run(case);
    let told = catch_unwind(AssertUnwindSafe(|| report.assert_safe())).unwrap_err();
    let told = told.downcast::<String>().expect("the panic has a text");
    let tokens: Vec<&str> = report.broken().map(|found| found.token.as_str()).collect();
    let different: BTreeSet<&str> = tokens.iter().copied().collect();
    assert!(different.len() < tokens.len(), "{tokens:?}");
    let times = |token: &&str| told.matches(*token).count();
    assert!(different.iter().all(|token| times(token) <= 1), "{told}");
}

/// A text that many runs have is told once, with its first point and the line of the law.
#[test]
fn runs_that_fail_alike_are_told_once() {
    let line = line!() + 8;
    let report = cancel_everywhere(|| {
        let done = Rc::new(Cell::new(false));
        let is_done = done.clone();
        Case::new(async move {
            sleep(ms(1)).await;
            done.set(true);
        })
        .law(move || is_done.get())
    });
    let broken = report.broken().count();
    assert!(broken > 1, "{report}");
    let told = catch_unwind(AssertUnwindSafe(|| report.assert_safe())).unwrap_err();
    let told = told.downcast::<String>().expect("the panic has a text");
    let text = "law 1 of the case does not hold";
    assert_eq!(told.matches(text).count(), 1, "{told}");
    let place = format!("{text} (added at {}:{line}:10)\n", file!());
    assert!(told.contains(&place), "{told}");
    let more = format!(
        "\n  at this point: main is ready to run; the same text in {} more runs",
        broken - 1
    );
    assert!(told.contains(&more), "{told}");
}

#[test]
fn the_permits_are_safe_in_other_orders() {
    for (name, _, make) in permits() {
        let report = CancelEverywhere::new().orders(1).run(make);
        let broken: Vec<String> = report.broken().map(ToString::to_string).collect();
        assert!(broken.is_empty(), "{name}: {}", broken.join("\n"));
    }
}

#[test]
fn every_order_of_a_small_case_is_a_finite_number_of_runs() {
    let case = || Case::new(yield_now());
    let all = CancelEverywhere::new().orders(usize::MAX).run(case);
    all.assert_safe();
    assert_eq!(
        all.runs(),
        cancel_everywhere(case).runs(),
        "one task has one order"
    );
}

#[test]
fn the_table_of_a_lock_has_a_row_for_each_wait() {
    let report = cancel_everywhere(|| {
        let lock = Rc::new(Lock::new());
        Case::new(async move {
            let guard = lock.acquire().await;
            let own = lock.clone();
            let other = spawn_named("other", async move { drop(own.acquire().await) });
            sleep(ms(1)).await;
            drop(guard);
            other.await.ok();
        })
    });
    report.assert_safe();
    let table = report.to_string();
    let rows: Vec<&str> = table.lines().skip(2).collect();
    assert_eq!(
        rows,
        [
            "| main is ready to run | 3 ok |   |   |",
            "| the loop |   |   | 6 ok |",
            "| the future under test |   | 2 ok |   |",
            "| main waits until 0.001 s | 2 ok |   |   |",
            "| other is ready to run | 2 ok |   |   |",
            "| other waits for lock | 2 ok |   |   |",
            "| main waits for task other | 1 ok |   |   |",
            "",
            "18 runs, 0 broken",
        ]
    );
}

//! Searches by footprints, of random programs.
//!
//! Each task returns what it has seen and in which iteration. Nothing else is shared but objects of the
//! library and `Shared` cells.
//!
//! Read next: `../reductions.rs`.

use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;

use groundup::{
    Event, Lock, Notify, Promise, Queue, Semaphore, TaskRef, call_later, gather, iteration,
    oneshot, race, sleep, spawn, timeout, watch, yield_now,
};
use groundup_testkit::{Explore, Shared};
use proptest::prelude::*;

use crate::toys::ms;

/// One act of a task.
#[derive(Clone, Copy, Debug)]
enum Act {
    Yield,
    Sleep,
    Read,
    Write,
    /// Holds the lock for a yield.
    Hold,
    TryLock,
    /// Holds one of two permits for a yield.
    Permit,
    Put,
    Get,
    GetNow,
    SetEvent,
    ClearEvent,
    AskEvent,
    WaitEvent,
    Notify,
    Notified,
    SetPromise,
    AskPromise,
    RacePromise,
    Send,
    AskWatch,
    Cancel(usize),
    AskTask(usize),
    Await(usize),
    Spawn,
    Gather,
    Call,
    Channel,
}

/// The things that the tasks share.
struct World {
    cell: Shared<u32>,
    lock: Lock,
    semaphore: Semaphore,
    queue: Queue<u32>,
    event: Event,
    notify: Notify,
    promise: Promise<()>,
    sender: groundup::WatchSender<u32>,
    receiver: groundup::WatchReceiver<u32>,
    tasks: Shared<Vec<TaskRef>>,
}

fn acts() -> impl Strategy<Value = Act> {
    prop_oneof![
        3 => Just(Act::Yield),
        2 => Just(Act::Sleep),
        3 => Just(Act::Read),
        3 => Just(Act::Write),
        2 => Just(Act::Hold),
        2 => Just(Act::TryLock),
        2 => Just(Act::Permit),
        2 => Just(Act::Put),
        2 => Just(Act::Get),
        2 => Just(Act::GetNow),
        2 => prop_oneof![Just(Act::SetEvent), Just(Act::ClearEvent)],
        2 => prop_oneof![Just(Act::AskEvent), Just(Act::WaitEvent)],
        2 => prop_oneof![Just(Act::Notify), Just(Act::Notified)],
        2 => Just(Act::SetPromise),
        2 => prop_oneof![Just(Act::AskPromise), Just(Act::RacePromise)],
        2 => prop_oneof![Just(Act::Send), Just(Act::AskWatch)],
        2 => (0_usize..3).prop_map(Act::Cancel),
        3 => (0_usize..3).prop_map(Act::AskTask),
        1 => (0_usize..3).prop_map(Act::Await),
        1 => Just(Act::Spawn),
        1 => Just(Act::Gather),
        1 => Just(Act::Call),
        1 => Just(Act::Channel),
    ]
}

fn programs() -> impl Strategy<Value = Vec<Vec<Act>>> {
    prop::collection::vec(prop::collection::vec(acts(), 0..4), 2..4)
}

/// Waits for a future, but not for ever.
async fn briefly<F: Future>(future: F) -> Option<F::Output> {
    timeout(ms(2), future).await.ok()
}

async fn act(world: &Rc<World>, number: u32, act: Act) -> String {
    let task = |number| world.tasks.with(|tasks| tasks.get(number).cloned());
    match act {
        Act::Yield => yield_now().await,
        Act::Sleep => sleep(ms(1)).await,
        Act::Read => return world.cell.get().to_string(),
        Act::Write => world.cell.set(number),
        Act::Hold => {
            let _guard = world.lock.acquire().await;
            yield_now().await;
        }
        Act::TryLock => return world.lock.try_acquire().is_some().to_string(),
        Act::Permit => {
            let _permit = world.semaphore.acquire().await;
            yield_now().await;
        }
        Act::Put => return world.queue.put_nowait(number).is_ok().to_string(),
        Act::Get => return format!("{:?}", briefly(world.queue.get()).await),
        Act::GetNow => return format!("{:?}", world.queue.get_nowait()),
        Act::SetEvent => world.event.set(),
        Act::ClearEvent => world.event.clear(),
        Act::AskEvent => return world.event.is_set().to_string(),
        Act::WaitEvent => return format!("{:?}", briefly(world.event.wait()).await),
        Act::Notify => world.notify.notify_one(),
        Act::Notified => return format!("{:?}", briefly(world.notify.notified()).await),
        Act::SetPromise => return world.promise.set_result(()).is_ok().to_string(),
        Act::AskPromise => return world.promise.done().to_string(),
        Act::RacePromise => {
            let promise = world.promise.clone();
            let waits = async move { promise.await.is_ok() };
            let sleeps = async {
                sleep(ms(1)).await;
                false
            };
            let branches: [Pin<Box<dyn Future<Output = bool>>>; 2] =
                [Box::pin(waits), Box::pin(sleeps)];
            return race(branches).await.to_string();
        }
        Act::Send => drop(world.sender.send_replace(number)),
        Act::AskWatch => return world.receiver.borrow().to_string(),
        Act::Cancel(other) => return task(other).is_some_and(|task| task.cancel()).to_string(),
        Act::AskTask(other) => return task(other).is_some_and(|task| task.done()).to_string(),
        Act::Await(other) => match task(other) {
            Some(other) if Some(&other) != groundup::current_task().as_ref() => {
                return format!("{:?}", briefly(other.ended()).await);
            }
            _ => {}
        },
        Act::Spawn => {
            let cell = world.cell.clone();
            return spawn(async move { cell.get() }).await.unwrap().to_string();
        }
        Act::Gather => {
            let child = |cell: Shared<u32>| async move { cell.replace(number + 10) };
            let both = gather([world.cell.clone(), world.cell.clone()].map(child));
            return format!("{:?}", both.await.unwrap());
        }
        Act::Call => {
            let cell = world.cell.clone();
            call_later(ms(1), move || cell.set(number + 20));
        }
        Act::Channel => {
            let (sender, receiver) = oneshot();
            let cell = world.cell.clone();
            let child = spawn(async move { sender.send(cell.get()).is_ok() });
            let got = receiver.await.unwrap();
            return format!("{got} {}", child.await.unwrap());
        }
    }
    String::new()
}

/// Runs a program. Returns what each task has seen.
async fn run(program: Vec<Vec<Act>>) -> Vec<String> {
    let (sender, receiver) = watch(0);
    let world = Rc::new(World {
        cell: Shared::new(0),
        lock: Lock::new(),
        semaphore: Semaphore::new(1),
        queue: Queue::new(1),
        event: Event::new(),
        notify: Notify::new(),
        promise: Promise::new(),
        sender,
        receiver,
        tasks: Shared::default(),
    });
    let seen: Vec<Shared<String>> = program.iter().map(|_| Shared::default()).collect();
    let tasks = (program.into_iter().zip(&seen).zip(0..)).map(|((acts, seen), number)| {
        let (world, seen) = (world.clone(), seen.clone());
        spawn(async move {
            for next in acts {
                let answer = act(&world, number, next).await;
                seen.with_mut(|seen| seen.push_str(&format!("{answer}@{} ", iteration())));
            }
        })
    });
    let tasks: Vec<_> = tasks.collect();
    world
        .tasks
        .set(tasks.iter().map(|task| task.task_ref()).collect());
    for task in tasks {
        let _ = task.await;
    }
    let _ = world.promise.set_result(());
    sleep(ms(9)).await; // behind the callbacks
    let last = format!("{} at {}", world.cell.get(), iteration());
    let seen = seen.iter().map(Shared::get);
    seen.chain([last]).collect()
}

proptest! {
    /// A search by footprints loses no outcome, and adds none.
    #[test]
    fn a_search_by_footprints_keeps_the_outcomes(program in programs()) {
        let run = || run(program.clone());
        let all = Explore::new().exhaustive(300);
        let census = all.census(run);
        prop_assume!(census.complete());
        let reduced = all.clone().reduced().census(run);
        let fewer = all.by_footprints().census(run);
        prop_assert!(fewer.complete());
        prop_assert_eq!(fewer.outcomes(), census.outcomes());
        prop_assert!(fewer.schedules() <= reduced.schedules());
    }
}
